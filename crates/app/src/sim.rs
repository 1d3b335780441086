//! `allclear sim`: plays companies from seeds, and checks that nothing that was promised is broken.

use std::io::IsTerminal as _;
use std::time::Instant;

use allclear_world::sim::{self, Report, Summary};
use clap::Args;
use serde_json::json;

use crate::output::{self, Display, Done, End};

/// How many failed runs are told in full.
const TOLD: usize = 5;

/// The arguments of `allclear sim`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear sim --seeds 100")]
pub(crate) struct Arguments {
    /// How many seeds to play.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Stop once so many days have passed in the world, if that comes before the last seed.
    #[arg(long)]
    days: Option<f64>,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// Runs `allclear sim`.
pub(crate) fn run(arguments: &Arguments) -> Done {
    let Arguments { seeds, first, days, display } = arguments;
    let start = instant();
    let mut summary = Summary::default();
    let enough = |summary: &Summary| days.is_some_and(|days| summary.days() >= days);
    for seed in *first..first.saturating_add(*seeds) {
        if enough(&summary) {
            break;
        }
        summary.add(sim::run(seed, &sim::Options::default()));
        if std::io::stderr().is_terminal() {
            eprint!("\rseed {seed}, {} failed", summary.failed.len());
        }
    }
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let seconds = start.elapsed().as_secs_f64();
    let end = if summary.failed.is_empty() { End::Fine } else { End::Failed };
    if display.json {
        output::json(&as_json(&summary, seconds))?;
        return Ok(end);
    }
    let mut text = summary.table(Some(seconds));
    for report in summary.failed.iter().take(TOLD) {
        text += &format!("\n{report}\nTo see it again: {}\n", again(report));
    }
    output::print(&text)?;
    Ok(end)
}

/// The command that plays a seed again.
fn again(report: &Report) -> String {
    format!("allclear sim --first {} --seeds 1", report.seed)
}

fn as_json(summary: &Summary, seconds: f64) -> serde_json::Value {
    let tally = summary.tally;
    let failed = summary.failed.iter().map(|report| {
        let violations = report.violations.iter().map(|violation| {
            json!({"invariant": violation.invariant.id, "subject": violation.subject, "detail": violation.detail})
        });
        json!({
            "seed": report.seed, "violations": violations.collect::<Vec<_>>(), "log": report.tail,
            "again": again(report)
        })
    });
    json!({
        "runs": summary.runs, "days": summary.days(), "seconds": seconds, "requests": tally.requests,
        "incidents": tally.incidents, "messages": tally.messages, "acts": tally.acts, "edits": tally.edits,
        "faults": tally.faults, "crashes": tally.crashes, "operations": tally.operations,
        "failed": failed.collect::<Vec<_>>()
    })
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is all that is measured")]
fn instant() -> Instant {
    Instant::now()
}
