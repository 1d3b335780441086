//! `sim`: how many days the simulator plays in a second of one core.

use std::process::ExitCode;

use allclear_world::sim::{self, Summary};
use anyhow::{Result, ensure};

use crate::options::Options;
use crate::table::{Table, median, target};
use crate::{clock, process};

const WANTED: f64 = 30.0;

/// Runs it: the same seeds in each round, on this one thread.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut table = Table::new(&["round", "seeds", "days", "days/s of CPU", "days/s", "operations/s of CPU"]);
    let mut rates = Vec::new();
    for round in 0..options.rounds {
        let (start, before) = (clock::instant(), process::cpu(std::process::id()));
        let mut summary = Summary::default();
        for seed in 0..options.seeds {
            summary.add(sim::run(seed, &sim::Options::default()));
        }
        let cpu = (process::cpu(std::process::id()) - before) as f64 / 1e6;
        ensure!(summary.failed.is_empty(), "{} seeds failed; run `allclear sim`", summary.failed.len());
        rates.push(summary.days() / cpu);
        table.row(vec![
            (round + 1).to_string(),
            summary.runs.to_string(),
            format!("{:.1}", summary.days()),
            format!("{:.1}", summary.days() / cpu),
            format!("{:.1}", summary.days() / start.elapsed().as_secs_f64()),
            format!("{:.0}", summary.tally.operations as f64 / cpu),
        ]);
    }
    table.print();
    let rate = median(&rates);
    target(&format!("≥ {WANTED:.0} simulated days a second of one core"), &format!("{rate:.1}"), rate >= WANTED);
    Ok(ExitCode::SUCCESS)
}
