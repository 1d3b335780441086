//! `cargo xtask tidy`: the walls of the design and the habits of the house, as ordinary checks.
//!
//! A rule is a function from the repository to its findings, so that its tests hand it a small repository in memory.

mod clock;
mod colour;
mod deny;
mod dependencies;
mod headers;
mod lexer;
mod limits;
mod palette;
mod paths;
mod plugins;
mod repository;
mod shown;
mod size;
mod source;
mod sql;
mod walls;
mod words;
mod wrap;

use std::path::Path;
use std::process::ExitCode;
use std::{fmt, fs};

use anyhow::{Context, Result, bail};

use crate::process;
use repository::Repository;

/// One rule.
struct Rule {
    name: &'static str,
    check: fn(&Repository) -> Vec<Finding>,
    /// Mends what a machine can mend.
    fix: Option<fn(&Repository) -> Vec<Edit>>,
}

/// Every rule. The file of the same name says what it asks and why.
const RULES: &[Rule] = &[
    Rule { name: "walls", check: walls::check, fix: None },
    Rule { name: "sql", check: sql::check, fix: None },
    Rule { name: "clock", check: clock::check, fix: None },
    Rule { name: "size", check: size::check, fix: Some(size::fix) },
    Rule { name: "headers", check: headers::check, fix: None },
    Rule { name: "plugins", check: plugins::check, fix: None },
    Rule { name: "words", check: words::check, fix: None },
    Rule { name: "paths", check: paths::check, fix: None },
    Rule { name: "dependencies", check: dependencies::check, fix: Some(dependencies::fix) },
    Rule { name: "deny", check: deny::check, fix: None },
    Rule { name: "limits", check: limits::check, fix: Some(limits::fix) },
    Rule { name: "shown", check: shown::check, fix: None },
    Rule { name: "palette", check: palette::check, fix: None },
];

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    /// Counted from 1; 0 stands for the file as a whole.
    line: usize,
    what: String,
    remedy: String,
}

/// A file and what should be in it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    path: String,
    text: String,
}

impl Edit {
    fn new(path: &str, text: String) -> Self {
        Self { path: path.to_owned(), text }
    }
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = if self.line == 0 { String::new() } else { format!(":{}", self.line) };
        write!(out, "{}{line}: {}\n    remedy: {}", self.path, self.what, self.remedy)
    }
}

/// Checks the working tree; with `--fix`, mends first what a machine can mend.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    match arguments {
        [] => {}
        [option] if option == "--fix" => fix(&process::root())?,
        other => bail!("unknown arguments {other:?}; usage: cargo xtask tidy [--fix]"),
    }
    Ok(if check(&process::root())? == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn fix(root: &Path) -> Result<()> {
    for fix in RULES.iter().filter_map(|rule| rule.fix) {
        let repository = Repository::load(root)?;
        for edit in fix(&repository).iter().filter(|edit| repository.text(&edit.path) != Some(&edit.text)) {
            fs::write(root.join(&edit.path), &edit.text).with_context(|| format!("cannot write {}", edit.path))?;
            println!("{}: mended", edit.path);
        }
    }
    Ok(())
}

/// Prints every finding, and returns how many there are.
pub(crate) fn check(root: &Path) -> Result<usize> {
    let repository = Repository::load(root)?;
    let mut count = 0;
    for rule in RULES {
        let mut findings = (rule.check)(&repository);
        findings.sort();
        count += findings.len();
        for finding in findings {
            println!("[{}] {finding}", rule.name);
        }
    }
    println!("{} rules, {} files, {count} findings", RULES.len(), repository.files.len());
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Findings as short text, `path:line what`, for comparison with what a rule's test expects.
    pub(super) fn brief(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(|finding| format!("{}:{} {}", finding.path, finding.line, finding.what)).collect()
    }

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let finding = Finding::new("a.rs", 7, "too long", "split it");
        assert_eq!(finding.to_string(), "a.rs:7: too long\n    remedy: split it");
        assert_eq!(Finding::new("a.rs", 0, "x", "y").to_string(), "a.rs: x\n    remedy: y");
    }
}
