//! `cargo xtask bench <name>`: the benchmarks of `crates/bench`, by name.

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::metadata::Metadata;
use crate::postgres::{self, Cluster, Durability};
use crate::process;

/// A benchmark.
struct Benchmark {
    name: &'static str,
    /// Whether it runs on PostgreSQL as well.
    postgres: bool,
    what: &'static str,
}

/// Every benchmark, in the order in which the usage shows them.
const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "intake", postgres: true, what: "events made durable a second, beside Alertmanager and a file" },
    Benchmark {
        name: "processed",
        postgres: true,
        what: "events placed and decided a second at a steady pace, and the lag",
    },
    Benchmark { name: "latency", postgres: true, what: "from an event to its page at the mail server and the webhook" },
    Benchmark {
        name: "list",
        postgres: true,
        what: "the first page of open incidents, empty and over a million alerts",
    },
    Benchmark { name: "crash", postgres: true, what: "kill -9 under load, again and again; fails if anything is lost" },
    Benchmark { name: "schedule", postgres: false, what: "a year of a schedule, and 10,000 schedules' who is on call" },
    Benchmark { name: "sim", postgres: false, what: "simulated days a second" },
    Benchmark { name: "start", postgres: false, what: "size of the program, start to first 2xx, memory at rest" },
];

/// Builds the server and the benchmarks as they ship, and runs one; what follows the name is handed on to it. Only
/// `--profile` is ours: another profile builds faster, and its figures are not to be published.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let name = arguments.first().map_or("", String::as_str);
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == name) else {
        eprint!("{}", usage(name));
        return Ok(ExitCode::FAILURE);
    };
    let (profile, rest) = match &arguments[1..] {
        [option, profile, rest @ ..] if option == "--profile" => (profile.as_str(), rest),
        rest => ("release", rest),
    };
    let root = process::root();
    let mut build = process::cargo(&root);
    build.args(["build", "--profile", profile, "--locked", "--package", "allclear", "--package", "allclear-bench"]);
    process::run(&mut build)?;
    let built = Metadata::load(&root)?.target_directory.join(profile);
    let mut command = std::process::Command::new(built.join("allclear-bench"));
    command.arg(name).args(rest).env("ALLCLEAR_BENCH_SERVER", built.join("allclear"));
    let cluster = benchmark.postgres.then(start_postgres).transpose()?;
    if let Some((cluster, programs)) = &cluster {
        command.env("ALLCLEAR_BENCH_POSTGRES", cluster.url());
        command.env("ALLCLEAR_BENCH_POSTGRES_PROCESS", cluster.process().to_string());
        command.env("ALLCLEAR_BENCH_POSTGRES_BIN", programs);
    }
    process::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

fn start_postgres() -> Result<(Cluster, std::path::PathBuf)> {
    let programs = postgres::binaries().context("there is no PostgreSQL here; run `apt-get install postgresql`")?;
    Ok((Cluster::start(&programs, Durability::Durable)?, programs))
}

fn usage(name: &str) -> String {
    let mut text = String::new();
    if !name.is_empty() {
        text.push_str(&format!("There is no benchmark `{name}`. "));
    }
    text.push_str("Usage: cargo xtask bench <name> [--profile <profile>] [arguments]\n\n");
    for Benchmark { name, what, .. } in BENCHMARKS {
        text.push_str(&format!("  {name:<12} {what}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_shows_the_list() {
        let text = usage("intak");
        assert!(text.contains("no benchmark `intak`"), "{text}");
        assert!(text.contains("  intake       events made durable"), "{text}");
        assert!(!usage("").contains("no benchmark"));
    }
    #[test]
    fn the_page_says_how_each_benchmark_is_run() {
        let page = include_str!("../../../docs/benchmarks.md");
        let commands = page.lines().filter_map(|line| line.strip_prefix("cargo xtask bench "));
        let named: Vec<&str> = commands.filter_map(|rest| rest.split(' ').find(|word| !word.is_empty())).collect();
        for Benchmark { name, .. } in BENCHMARKS {
            assert!(named.contains(name), "{name} is not among {named:?}");
        }
        let known = |name: &&str| *name == "#" || BENCHMARKS.iter().any(|benchmark| *name == benchmark.name);
        assert!(named.iter().all(known), "{named:?}");
    }
}
