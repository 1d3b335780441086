//! `crates/core/src/holiday/regions.txt`: the public holidays of the world, written from a maintained package of PyPI.
//!
//! The program never asks anybody for holidays while it runs. To have those of later years, or what parliaments have
//! decided since, name a newer version in `crates/xtask/holidays/requirements.txt` and run this.

use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{install, process};

/// Where they lie, from the root of the repository.
const PATH: &str = "crates/core/src/holiday/regions.txt";
/// What makes them.
const SOURCE: &str = "crates/xtask/holidays";
/// The first and the last year.
const YEARS: [&str; 2] = ["2024", "2040"];

/// Writes the file.
pub(crate) fn run(_: &[String]) -> Result<ExitCode> {
    let root = process::root();
    let python = install::python::install(&root.join(SOURCE), &root.join("target/tools/holidays"))?;
    let text = process::output(Command::new(python).arg(root.join(SOURCE).join("read.py")).args(YEARS))?;
    let path = root.join(PATH);
    fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("{PATH}: {} regions", text.lines().filter(|line| line.starts_with('@')).count());
    Ok(ExitCode::SUCCESS)
}
