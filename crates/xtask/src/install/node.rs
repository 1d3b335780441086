//! npm packages, in the versions that the lock file in the repository names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// Installs what `manifest/package-lock.json` names below `folder` and returns its `node_modules`. Packages may not run
/// scripts of their own, because some would download a browser.
pub(crate) fn install(manifest: &Path, folder: &Path) -> Result<PathBuf> {
    let modules = folder.join("node_modules");
    let lock = fs::read(manifest.join("package-lock.json"))
        .with_context(|| format!("{} needs a package-lock.json", manifest.display()))?;
    // The copy beside the modules is written last, so it stands for a finished installation.
    let installed = folder.join("installed-lock.json");
    if fs::read(&installed).is_ok_and(|copy| copy == lock) {
        println!("npm packages: all here");
        return Ok(modules);
    }
    println!("npm packages: installing into {}", folder.display());
    fs::create_dir_all(folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(manifest.join(file), folder.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::run(&mut npm).context("if the lock file is out of date, run `npm install` beside it")?;
    fs::write(installed, lock)?;
    Ok(modules)
}
