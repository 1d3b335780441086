//! The benchmarks: `cargo xtask bench <name>` builds the server and this program as they ship, and runs it.
//!
//! Everything is measured from outside of the server, through its sockets and `/proc`, and beside its peers in the same
//! run: on a machine that does other things as well, only ratios and CPU time mean anything.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]

mod alertmanager;
mod client;
mod clock;
mod company;
mod crash;
mod database;
mod intake;
mod latency;
mod list;
mod load;
mod metrics;
mod options;
mod payload;
mod process;
mod reference;
mod schedule;
mod server;
mod sim;
mod sink;
mod start;
mod sustained;
mod table;

use std::process::ExitCode;

use anyhow::Result;

use crate::options::Options;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (name, rest) = arguments.split_first().map_or(("", arguments), |(name, rest)| (name.as_str(), rest));
    if name == "reference" {
        return reference::run(rest);
    }
    let options = Options::read(rest)?;
    match name {
        "intake" => intake::run(&options),
        "processed" => sustained::run(&options),
        "latency" => latency::run(&options),
        "list" => list::run(&options),
        "crash" => crash::run(&options),
        "schedule" => schedule::run(&options),
        "sim" => sim::run(&options),
        "start" => start::run(&options),
        other => anyhow::bail!("there is no benchmark `{other}`; run `cargo xtask bench` for the list"),
    }
}
