//! `allclear sim`: plays companies from seeds, and checks that nothing that was promised is broken.

use std::io::IsTerminal as _;
use std::time::Instant;

use allclear_world::sim::{self, Mutation, Options, Planted, Report, Summary};
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
    /// How many days the troubles of each seed last, instead of as many as the seed says.
    #[arg(long, value_parser = days)]
    days: Option<f64>,
    /// Plant mistakes instead, one kind after the other, and tell which invariant finds them.
    #[arg(long, conflicts_with = "days")]
    planted: bool,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// Runs `allclear sim`.
pub(crate) fn run(arguments: &Arguments) -> Done {
    let Arguments { seeds, first, days, planted, display } = arguments;
    if *planted {
        return plant(*first, *seeds, display);
    }
    let start = instant();
    let mut summary = Summary::default();
    let options = Options { days: *days, ..Options::default() };
    for seed in *first..first.saturating_add(*seeds) {
        summary.add(sim::run(seed, &options));
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
        output::json(&as_json(&summary, *days, seconds))?;
        return Ok(end);
    }
    let mut text = summary.table(Some(seconds));
    for report in summary.failed.iter().take(TOLD) {
        text += &format!("\n{report}\nTo see it again: {}\n", again(report, *days));
    }
    output::print(&text)?;
    Ok(end)
}

/// A length of at least some minutes: below that, nothing happens in a world.
fn days(text: &str) -> Result<f64, String> {
    let days: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of days"))?;
    if (0.01..=366.0).contains(&days) { Ok(days) } else { Err("choose from 0.01 to 366 days".to_owned()) }
}

/// Plants each kind of mistake in so many seeds.
fn plant(first: u64, seeds: u64, display: &Display) -> Done {
    let planted: Vec<Planted> = Mutation::ALL.into_iter().map(|kind| Planted::plant(kind, first, seeds)).collect();
    if display.json {
        let rows = planted.iter().map(|one| {
            json!({
                "mistake": format!("{:?}", one.mutation), "made": one.made, "found": one.found,
                "caught": one.is_caught()
            })
        });
        output::json(&json!({"planted": rows.collect::<Vec<_>>()}))?;
    } else {
        output::print(&planted.iter().map(|one| format!("{one}\n")).collect::<String>())?;
    }
    Ok(if planted.iter().all(Planted::is_caught) { End::Fine } else { End::Failed })
}

/// The command that plays a seed again.
fn again(report: &Report, days: Option<f64>) -> String {
    let days = days.map(|days| format!(" --days {days}")).unwrap_or_default();
    format!("allclear sim --first {} --seeds 1{days}", report.seed)
}

fn as_json(summary: &Summary, days: Option<f64>, seconds: f64) -> serde_json::Value {
    let tally = summary.tally;
    let failed = summary.failed.iter().map(|report| {
        let violations = report.violations.iter().map(|violation| {
            json!({"invariant": violation.invariant.id, "subject": violation.subject, "detail": violation.detail})
        });
        json!({
            "seed": report.seed, "violations": violations.collect::<Vec<_>>(), "log": report.tail,
            "again": again(report, days)
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
