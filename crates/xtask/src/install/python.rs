//! PyPI packages, in the versions that the requirements in the repository name, in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Makes a virtual environment in `folder` with what `manifest/requirements.txt` names and returns its Python.
pub(crate) fn install(manifest: &Path, folder: &Path) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let requirements = manifest.join("requirements.txt");
    let wanted = fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    // Written last, so it stands for a finished installation.
    let installed = folder.join("installed-requirements.txt");
    if fs::read(&installed).is_ok_and(|copy| copy == wanted) {
        println!("PyPI packages: all here");
        return Ok(python);
    }
    println!("PyPI packages: installing into {}", folder.display());
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(pip.arg(&requirements))?;
    fs::write(installed, wanted)?;
    Ok(python)
}
