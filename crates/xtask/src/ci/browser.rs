//! A real browser: every page of the demo, the set-up of a new installation, and an incident from both ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::Run;
use super::counts::Counts;
use super::program;
use crate::install::{self, Tools};
use crate::metadata::Metadata;
use crate::process;

/// The part of `cargo xtask ci`.
pub(super) fn part(run: &mut Run) -> Result<Counts> {
    let program = program::build(run.cargo(), &run.root)?;
    test(&run.root, run.tools()?, &program, &[])
}

/// `cargo xtask browser`: the same alone; what follows is handed on to Node's test runner.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let root = process::root();
    let tools = install::everything(&root, &Metadata::load(&root)?.target_directory)?;
    let program = program::build(process::cargo(&root), &root)?;
    let counts = test(&root, &tools, &program, arguments)?;
    println!("{counts}");
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn test(root: &Path, tools: &Tools, program: &Path, arguments: &[String]) -> Result<Counts> {
    let mut node = Command::new("node");
    node.current_dir(root.join("tests/browser")).envs(tools.environment()).env("ALLCLEAR_TEST_PROGRAM", program);
    node.args(["--test", "--test-reporter=spec"]).args(arguments);
    for file in ["setup.test.js", "demo.test.js", "pages.test.js", "live.test.js", "planning.test.js"] {
        node.arg(file);
    }
    let mut child = node.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start node")?;
    let output = child.stdout.take().context("the output of node is piped")?;
    let mut counts = Counts::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("node printed something that is not UTF-8")?;
        println!("{line}");
        counts += Counts::of_node(&line).unwrap_or_default();
    }
    let status = child.wait()?;
    if (!status.success() && counts.failed == 0) || counts == Counts::default() {
        bail!("`{}` failed ({status})", process::line(&node));
    }
    Ok(counts)
}

/// `cargo xtask screenshots`: every page of the demo, drawn into `target/screenshots`; what follows names some of them.
pub(crate) fn screenshots(arguments: &[String]) -> Result<ExitCode> {
    let root = process::root();
    let target = Metadata::load(&root)?.target_directory;
    let tools = install::everything(&root, &target)?;
    let program = program::build(process::cargo(&root), &root)?;
    let folder = target.join("screenshots");
    let mut node = Command::new("node");
    node.envs(tools.environment()).env("ALLCLEAR_TEST_PROGRAM", program);
    node.arg(root.join("tests/browser/tour.js")).arg(&folder);
    if !arguments.is_empty() {
        node.arg(arguments.join(","));
    }
    let status = node.stdin(Stdio::null()).status().context("cannot start node")?;
    ensure!(status.success(), "some pages are not as they should be; the pictures are in {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
