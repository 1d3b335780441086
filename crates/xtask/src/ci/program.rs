//! The program itself, built for the tests that run it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::metadata::Metadata;
use crate::process;

/// Builds the program, with the whole workspace so that what the other parts have built serves here, too.
pub(super) fn build(mut cargo: Command, root: &Path) -> Result<PathBuf> {
    process::run(cargo.args(["build", "--locked", "--workspace", "--bins"]))?;
    Ok(Metadata::load(root)?.target_directory.join("debug/allclear"))
}
