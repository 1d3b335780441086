//! Real peers: the program itself against Prometheus, Alertmanager, vendors' libraries, a mail server and a browser.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

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

/// `cargo xtask peers`: the same alone; what follows is handed on to pytest.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let root = process::root();
    let tools = install::everything(&root, &Metadata::load(&root)?.target_directory)?;
    let program = program::build(process::cargo(&root), &root)?;
    let counts = test(&root, &tools, &program, arguments)?;
    println!("{counts}");
    Ok(if counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn test(root: &Path, tools: &Tools, program: &Path, arguments: &[String]) -> Result<Counts> {
    let mut pytest = Command::new(tools.python());
    pytest.current_dir(root.join("tests/peers")).envs(tools.environment()).env("ALLCLEAR_TEST_PROGRAM", program);
    // No traces in the working tree, and no plug-in that happens to be installed.
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1");
    pytest.args(["-m", "pytest", "-p", "no:cacheprovider", "--quiet", "--durations=5", "--tb=short"]).args(arguments);
    let mut child = pytest.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot start pytest")?;
    let output = child.stdout.take().context("the output of pytest is piped")?;
    let mut counts = None;
    for line in BufReader::new(output).lines() {
        let line = line.context("pytest printed something that is not UTF-8")?;
        println!("{line}");
        counts = Counts::of_pytest(&line).or(counts);
    }
    let status = child.wait()?;
    match counts {
        Some(counts) if status.success() || counts.failed > 0 => Ok(counts),
        _ => bail!("`{}` failed ({status})", process::line(&pytest)),
    }
}
