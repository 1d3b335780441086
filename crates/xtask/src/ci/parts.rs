//! The parts of `cargo xtask ci`, in order.
//!
//! Clippy and the tests share the `dev` profile, where a dependency is compiled fastest. A part that computes for
//! minutes belongs in the profile `ci`, which is the release without link-time optimisation.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::counts::Counts;
use super::{Part, Run, browser, peers};
use crate::metadata::Metadata;
use crate::postgres::{Cluster, Durability};
use crate::{install, process, tidy};

/// Every part. A new one is a function below and an entry here.
pub(super) const PARTS: &[Part] = &[
    Part { name: "install what is missing", run: install_tools, remedy: "do what the message says, then run it again" },
    Part { name: "formatting", run: formatting, remedy: "run `cargo fmt`" },
    Part { name: "clippy", run: clippy, remedy: "`cargo clippy --workspace --all-targets` runs this part alone" },
    Part { name: "tidy", run: walls, remedy: "each finding names its own; `cargo xtask tidy` runs this part alone" },
    Part {
        name: "tests",
        run: tests,
        remedy: "run the named test alone: `cargo test -p <crate> <test>`; those of the store want \
                 ALLCLEAR_TEST_POSTGRES from `cargo xtask postgres`",
    },
    Part {
        name: "peers",
        run: peers::part,
        remedy: "`cargo xtask peers -k <name>` runs the named test alone; each failure shows what the peer said",
    },
    Part {
        name: "browser",
        run: browser::part,
        remedy: "`cargo xtask browser --test-name-pattern=<words>` runs the named test alone; `cargo xtask screenshots` \
                 draws the pages",
    },
];

fn install_tools(run: &mut Run) -> Result<Counts> {
    let target = Metadata::load(&run.root)?.target_directory;
    run.tools = Some(install::everything(&run.root, &target)?);
    Ok(Counts::default())
}

fn formatting(run: &mut Run) -> Result<Counts> {
    process::run(run.cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Counts::default())
}

fn clippy(run: &mut Run) -> Result<Counts> {
    process::run(run.cargo().args(["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    Ok(Counts::default())
}

fn walls(run: &mut Run) -> Result<Counts> {
    let findings = tidy::check(&run.root)?;
    ensure!(findings == 0, "{findings} findings");
    Ok(Counts::default())
}

fn tests(run: &mut Run) -> Result<Counts> {
    run.database = Some(Cluster::start(&run.tools()?.postgres, Durability::Fast)?);
    let counts = cargo_test(run.cargo().args(["test", "--locked", "--workspace", "--no-fail-fast"]))?;
    ensure!(counts != Counts::default(), "no test ran");
    Ok(counts)
}

/// Runs a `cargo test` and shows what it prints, less what went well one test at a time.
fn cargo_test(command: &mut Command) -> Result<Counts> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("the output of cargo is piped")?;
    let mut counts = Counts::default();
    let mut after_blank = true;
    for line in BufReader::new(output).lines() {
        let line = line.context("cargo test printed something that is not UTF-8")?;
        if let Some(more) = Counts::of_cargo_test(&line) {
            counts += more;
        }
        if !(is_noise(&line) || line.is_empty() && after_blank) {
            println!("{line}");
            after_blank = line.is_empty();
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("`{}` failed ({status}); {} tests had passed", process::line(command), counts.passed);
    }
    Ok(counts)
}

fn is_noise(line: &str) -> bool {
    let passed = line.starts_with("test ") && line.ends_with(" ... ok");
    let empty = Counts::of_cargo_test(line) == Some(Counts::default());
    passed || empty || line.starts_with("running ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_well_is_left_out_of_the_log() {
        assert!(is_noise("test a::b ... ok") && is_noise("running 0 tests"));
        assert!(is_noise(
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s"
        ));
        assert!(!is_noise(
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s"
        ));
        assert!(!is_noise("test a::b ... FAILED") && !is_noise("thread 'a::b' panicked at src/a.rs:1:1:"));
    }
}
