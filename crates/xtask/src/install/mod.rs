//! What the tests need beside Rust, installed where it is missing. A second run finds everything and costs nothing.

mod debian;
mod node;
pub(crate) mod python;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{postgres, process};

/// Where everything lies, once installed.
pub(crate) struct Tools {
    /// The folder with PostgreSQL's own programs, such as `initdb`.
    pub(crate) postgres: PathBuf,
    chromium: PathBuf,
    node_modules: PathBuf,
    python: PathBuf,
}

impl Tools {
    /// The Python with the packages that the tests want.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// The variables by which tests find the tools.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        vec![
            ("ALLCLEAR_TEST_POSTGRES_BIN", self.postgres.clone().into()),
            ("ALLCLEAR_TEST_CHROMIUM", self.chromium.clone().into()),
            ("ALLCLEAR_TEST_PYTHON", self.python.clone().into()),
            ("NODE_PATH", self.node_modules.clone().into()),
        ]
    }
}

/// Installs what is missing: Debian packages on the machine, npm and PyPI packages in a folder below `target`.
pub(crate) fn everything(root: &Path, target: &Path) -> Result<Tools> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        process::output(process::cargo(root).args([tool, "--version"]))
            .with_context(|| format!("cargo has no `{tool}` here; run `rustup component add {component}`"))?;
    }
    debian::install()?;
    let node_modules = node::install(&root.join("tests/browser"), &target.join("tools/node"))?;
    let python = python::install(&root.join("tests/peers"), &target.join("tools/python"))?;
    Ok(Tools {
        postgres: postgres::binaries().context("PostgreSQL's programs are not below /usr/lib/postgresql")?,
        chromium: process::on_path("chromium").context("chromium is not on the PATH")?,
        node_modules,
        python,
    })
}
