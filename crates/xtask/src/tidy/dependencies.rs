//! Every crate that we depend on has a line in `docs/dependencies.md`: where, why, and what else was considered.

use std::collections::{BTreeMap, BTreeSet};

use super::repository::Repository;
use super::{Edit, Finding};

const DOCUMENT: &str = "docs/dependencies.md";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let used = used(repository);
    let rows = rows(repository.text(DOCUMENT).unwrap_or_default());
    let mut findings = Vec::new();
    for (name, places) in &used {
        let places = listed(places);
        match rows.get(name) {
            None => {
                let remedy = format!("add `| `{name}` | {places} | why | what was considered |`");
                findings.push(Finding::new(DOCUMENT, 0, format!("`{name}` has no line"), remedy));
            }
            Some(row) if row.places != places => {
                let what = format!("`{name}` is used in {places}, not in {}", row.places);
                findings.push(Finding::new(
                    DOCUMENT,
                    row.line,
                    what,
                    "correct the second column; `cargo xtask tidy --fix` does that",
                ));
            }
            Some(row) if !row.explained => {
                let what = format!("`{name}` is not explained");
                findings.push(Finding::new(DOCUMENT, row.line, what, "say why, and what was considered"));
            }
            Some(_) => {}
        }
    }
    let stale = rows.iter().filter(|(name, _)| !used.contains_key(*name));
    findings.extend(stale.map(|(name, row)| {
        Finding::new(DOCUMENT, row.line, format!("nothing depends on `{name}`"), "remove the line")
    }));
    findings
}

/// Writes in the second column where each crate is used.
pub(super) fn fix(repository: &Repository) -> Vec<Edit> {
    let Some(document) = repository.text(DOCUMENT) else { return Vec::new() };
    let (used, rows) = (used(repository), rows(document));
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    for (name, row) in rows {
        if let Some(places) = used.get(name) {
            let line = &mut lines[row.line - 1];
            *line = line.replacen(&format!("| {} |", row.places), &format!("| {} |", listed(places)), 1);
        }
    }
    vec![Edit::new(DOCUMENT, lines.join("\n") + "\n")]
}

fn listed(places: &BTreeSet<&str>) -> String {
    places.iter().copied().collect::<Vec<_>>().join(", ")
}

/// Foreign crates that our manifests name, each with the folders of ours that do.
fn used(repository: &Repository) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut used: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (folder, package) in repository.metadata.members() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.source.is_some()) {
            used.entry(&dependency.name).or_default().insert(folder);
        }
    }
    used
}

struct Row<'a> {
    line: usize,
    places: &'a str,
    explained: bool,
}

/// The rows of every table whose first cell is a name in backticks.
fn rows(document: &str) -> BTreeMap<&str, Row<'_>> {
    let lines = document.lines().enumerate();
    let rows = lines.filter_map(|(number, line)| {
        let mut cells = line.strip_prefix('|')?.trim_end().trim_end_matches('|').split('|').map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        let (places, why, considered) = (cells.next()?, cells.next()?, cells.next()?);
        Some((name, Row { line: number + 1, places, explained: !why.is_empty() && !considered.is_empty() }))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;
    use crate::metadata::tests::graph;

    fn repository(document: &str) -> Repository {
        let mut repository = Repository::of(&[(DOCUMENT, document)]);
        repository.metadata = graph(&[
            ("crates/core", &["jiff", "insta?"]),
            ("crates/store", &["jiff", "core"]),
            ("jiff", &[]),
            ("insta", &[]),
        ]);
        repository
    }

    fn findings(document: &str) -> Vec<String> {
        brief(&check(&repository(document)))
    }

    #[test]
    fn the_second_column_is_corrected() {
        let edits = fix(&repository("# Title\n| `jiff` | core | zones | core |\n"));
        assert_eq!(edits, [Edit::new(DOCUMENT, "# Title\n| `jiff` | core, store | zones | core |\n".to_owned())]);
    }

    #[test]
    fn each_dependency_has_one_true_line() {
        let clean = "| crate | where | why | considered |\n| --- | --- | --- | --- |\n\
                     | `insta` | core | snapshots | by hand |\n| `jiff` | core, store | zones | chrono |\n";
        assert!(findings(clean).is_empty());
    }

    #[test]
    fn missing_wrong_empty_and_stale_lines_are_found() {
        assert_eq!(
            findings(
                "| `insta` | core |  | by hand |\n| `jiff` | core | zones | chrono |\n| `chrono` | web | x | y |\n"
            ),
            [
                "docs/dependencies.md:1 `insta` is not explained",
                "docs/dependencies.md:2 `jiff` is used in core, store, not in core",
                "docs/dependencies.md:3 nothing depends on `chrono`",
            ]
        );
        assert_eq!(findings("").len(), 2);
    }
}
