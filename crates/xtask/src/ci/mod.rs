//! `cargo xtask ci`: everything that must pass before a change lands.

mod browser;
mod counts;
mod parts;
mod peers;
mod program;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::install::Tools;
use crate::postgres::Cluster;
use crate::process;
use crate::stopwatch::Stopwatch;
pub(crate) use browser::{run as browser, screenshots};
use counts::Counts;
use parts::PARTS;
pub(crate) use peers::run as peers;

/// One part of the whole.
struct Part {
    name: &'static str,
    run: fn(&mut Run) -> Result<Counts>,
    /// What to do when it fails.
    remedy: &'static str,
}

/// What the parts of one run share.
struct Run {
    root: PathBuf,
    tools: Option<Tools>,
    /// Stopped when the run ends, however it ends.
    database: Option<Cluster>,
}

impl Run {
    fn tools(&self) -> Result<&Tools> {
        self.tools.as_ref().context("the tools are installed by an earlier part")
    }

    /// Cargo, with everything that tests want to know in its environment.
    fn cargo(&self) -> Command {
        let mut command = process::cargo(&self.root);
        let tools = self.tools.iter().flat_map(Tools::environment);
        let database = self.database.iter().map(|cluster| ("ALLCLEAR_TEST_POSTGRES", OsString::from(cluster.url())));
        command.envs(tools.chain(database));
        if std::env::var_os("CI").is_some() {
            // Nobody edits and builds again there, and a build without increments is smaller and a little faster.
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }
}

/// Runs every part in order and stops at the first that fails. The last line of the output counts the tests.
pub(crate) fn run(_: &[String]) -> Result<ExitCode> {
    let whole = Stopwatch::start();
    let mut run = Run { root: process::root(), tools: None, database: None };
    let mut total = Counts::default();
    let mut times = Vec::new();
    for part in PARTS {
        println!("\n── {} ──", part.name);
        let watch = Stopwatch::start();
        let outcome = (part.run)(&mut run);
        times.push(format!("{:<28} {watch}", part.name));
        match outcome {
            Ok(counts) if counts.failed == 0 => total += counts,
            Ok(counts) => {
                total += counts;
                explain(part, &format!("{} of its tests failed", counts.failed));
                break;
            }
            Err(error) => {
                total.failed += 1;
                explain(part, &format!("{error:#}"));
                break;
            }
        }
    }
    drop(run);
    println!("\n── {whole} in all ──\n{}\n{total}", times.join("\n"));
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn explain(part: &Part, reason: &str) {
    println!("\nFAILED: {}: {reason}\nRemedy: {}", part.name, part.remedy);
}
