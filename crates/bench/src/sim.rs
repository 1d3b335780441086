//! `sim`: how many days the simulator plays in a second of one core.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::options::Options;
use crate::table::{Table, median, target};
use crate::{clock, process, server};

const WANTED: f64 = 30.0;

/// Runs it: the same seeds in each round, played by the program as it ships, which uses one thread for it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut table = Table::new(&["round", "seeds", "days", "days/s of CPU", "days/s", "operations/s of CPU"]);
    let mut rates = Vec::new();
    let own = std::process::id();
    for round in 0..options.rounds {
        let (start, before) = (clock::instant(), process::cpu_with_children(own));
        let played = play(options.seeds)?;
        let cpu = (process::cpu_with_children(own) - before) as f64 / 1e6;
        let number = |field: &str| played[field].as_f64().with_context(|| format!("`allclear sim` tells no {field}"));
        let days = number("days")?;
        rates.push(days / cpu);
        table.row(vec![
            (round + 1).to_string(),
            format!("{:.0}", number("runs")?),
            format!("{days:.1}"),
            format!("{:.1}", days / cpu),
            format!("{:.1}", days / start.elapsed().as_secs_f64()),
            format!("{:.0}", number("operations")? / cpu),
        ]);
    }
    table.print();
    let rate = median(&rates);
    target(&format!("≥ {WANTED:.0} simulated days a second of one core"), &format!("{rate:.1}"), rate >= WANTED);
    Ok(ExitCode::SUCCESS)
}

/// What `allclear sim --json` says of that many seeds, all of which must pass.
fn play(seeds: u64) -> Result<Value> {
    let mut command = Command::new(server::program()?);
    let output = command.args(["sim", "--json", "--seeds", &seeds.to_string()]).output()?;
    ensure!(output.status.success(), "seeds failed: {}", String::from_utf8_lossy(&output.stdout));
    Ok(serde_json::from_slice(&output.stdout)?)
}
