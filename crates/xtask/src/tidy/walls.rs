//! Which crate may depend on which.
//!
//! A promise about time and failure can be checked by the million only if the crates that decide are pure. So they must
//! not even be able to reach a runtime, a socket or a database, directly or through something else.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::repository::Repository;
use crate::metadata::{Metadata, Package};

/// For each of our crates, the ones of ours that it may name in its manifest. The arrows point one way.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("inbound", &["core"]),
    ("channels", &["core"]),
    ("store", &["core"]),
    ("engine", &["core", "inbound", "channels", "store"]),
    ("web", &["core", "inbound", "store", "engine"]),
    ("world", &["core", "inbound", "channels", "store", "engine", "web"]),
    ("app", &["core", "inbound", "channels", "store", "engine", "web", "world"]),
    ("bench", &["core", "store", "engine", "web", "world"]),
    ("xtask", &["core"]),
];

const PURE: &[&str] = &["core", "inbound", "channels"];

/// What a pure crate must not reach by any way.
const IMPURE: &[&str] = &["tokio", "reqwest", "rusqlite", "tokio-postgres", "axum", "hyper", "mio"];

/// Where the same is written for people, and where each crate is introduced.
const WALLS: &str = "CONTRIBUTING.md";
const PARTS: &str = "ARCHITECTURE.md";
const HERE: &str = "crates/xtask/src/tidy/walls.rs";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = held(&repository.metadata);
    findings.extend(without_a_crate(&repository.metadata));
    findings.extend(written(repository.text(WALLS).unwrap_or_default()));
    findings.extend(introduced(repository.text(PARTS).unwrap_or_default()));
    findings
}

/// What the manifests say against the arrows.
fn held(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, package) in metadata.members() {
        let manifest = format!("crates/{folder}/Cargo.toml");
        findings.extend(arrows(metadata, folder, package, &manifest));
        findings.extend(reach(metadata, folder, package, &manifest));
    }
    findings
}

fn arrows(metadata: &Metadata, folder: &str, package: &Package, manifest: &str) -> Vec<Finding> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == folder) else {
        let what = format!("the crate `{folder}` has no place among the walls");
        return vec![Finding::new(manifest, 0, what, format!("add it to ARROWS in {HERE}"))];
    };
    let members = metadata.members();
    let used = members
        .iter()
        .filter(|(_, other)| package.dependencies.iter().any(|uses| uses.name == other.name && !uses.is_for_tests()));
    let wrong = used.filter(|(other, _)| !allowed.contains(other));
    let finding = |other: &str| {
        let remedy = format!("`{folder}` may use {}; pass in what it needs as a value", list(allowed));
        Finding::new(manifest, 0, format!("`{folder}` depends on `{other}`"), remedy)
    };
    wrong.map(|(other, _)| finding(other)).collect()
}

/// Arrows of crates that there are not: they would let a new one of that name through unseen.
fn without_a_crate(metadata: &Metadata) -> Vec<Finding> {
    let members = metadata.members();
    let named = ARROWS.iter().flat_map(|(name, allowed)| std::iter::once(name).chain(*allowed)).chain(PURE);
    let unknown: BTreeSet<&str> = named.copied().filter(|name| !members.contains_key(name)).collect();
    let finding = |name: &str| Finding::new(HERE, 0, format!("there is no crate `{name}`"), "remove it from the walls");
    unknown.into_iter().map(finding).collect()
}

/// The arrows as the table for people says them: `| `store` | the only SQL | `core` |`.
fn written(document: &str) -> Vec<Finding> {
    let rows = rows(document);
    let mut findings = Vec::new();
    for (name, allowed) in ARROWS {
        let Some((line, what, may)) = rows.get(name) else {
            findings.push(Finding::new(WALLS, 0, format!("the table of the walls has no `{name}`"), "add its line"));
            continue;
        };
        let may: BTreeSet<&str> = may.split('`').skip(1).step_by(2).collect();
        if may != allowed.iter().copied().collect() {
            let found = format!("`{name}` may use {}, and the table says otherwise", list(allowed));
            findings.push(Finding::new(WALLS, *line, found, format!("name each of them, or correct {HERE}")));
        }
        if what.starts_with("pure") != PURE.contains(name) {
            let found = format!("whether `{name}` is pure is not what tidy checks");
            findings.push(Finding::new(WALLS, *line, found, format!("correct it here or in {HERE}")));
        }
    }
    let unknown = rows.iter().filter(|(name, _)| ARROWS.iter().all(|(known, _)| known != *name));
    findings.extend(unknown.map(|(name, (line, _, _))| {
        Finding::new(WALLS, *line, format!("`{name}` has no place among the walls"), "remove the line")
    }));
    findings
}

/// The rows of the table of the walls by crate: the line, what it is, and what it may use.
fn rows(document: &str) -> BTreeMap<&str, (usize, &str, &str)> {
    let lines = document.lines().enumerate().skip_while(|(_, line)| *line != "## The walls").skip(1);
    let section = lines.take_while(|(_, line)| !line.starts_with("## "));
    let rows = section.filter_map(|(number, line)| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
        Some((name, (number + 1, cells.next()?, cells.next()?)))
    });
    rows.collect()
}

/// Each crate has its line among the parts.
fn introduced(document: &str) -> Vec<Finding> {
    let missing = ARROWS.iter().filter(|(name, _)| !document.contains(&format!("\n| `crates/{name}` | ")));
    let finding =
        |name: &str| Finding::new(PARTS, 0, format!("`crates/{name}` is not among the parts"), "say what it is");
    missing.map(|(name, _)| finding(name)).collect()
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") }
}

fn reach(metadata: &Metadata, folder: &str, package: &Package, manifest: &str) -> Vec<Finding> {
    if !PURE.contains(&folder) {
        return Vec::new();
    }
    let needed = metadata.needed_by(package);
    let wrong = IMPURE.iter().filter_map(|name| Some((name, needed.get(name)?)));
    let finding = |(name, way): (&&str, &Vec<&str>)| {
        let what = format!("`{folder}` reaches `{name}` ({})", way.join(" → "));
        Finding::new(manifest, 0, what, "this crate is pure: time is an argument, and I/O is the engine's")
    };
    wrong.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;
    use crate::metadata::tests::graph;

    fn findings(packages: &[(&str, &[&str])]) -> Vec<String> {
        brief(&held(&graph(packages)))
    }

    #[test]
    fn each_arrow_has_a_crate() {
        let folders: Vec<String> = ARROWS.iter().map(|(name, _)| format!("crates/{name}")).collect();
        let all: Vec<(&str, &[&str])> = folders.iter().map(|folder| (folder.as_str(), &[] as &[&str])).collect();
        assert!(without_a_crate(&graph(&all)).is_empty());
        let found = brief(&without_a_crate(&graph(&all[1..])));
        assert_eq!(found, ["crates/xtask/src/tidy/walls.rs:0 there is no crate `core`"]);
    }

    #[test]
    fn the_table_for_people_says_the_same() {
        let row = |(name, allowed): &(&str, &[&str])| {
            let what = if PURE.contains(name) { "pure: rules" } else { "a part" };
            let may: Vec<String> = allowed.iter().map(|name| format!("`{name}`")).collect();
            format!("| `{name}` | {what} | {} |\n", if may.is_empty() { "nothing".to_owned() } else { may.join(", ") })
        };
        let heading = "## The walls\n\n| crate | is | may use |\n| --- | --- | --- |\n";
        let right = format!(
            "# Contributing\n{heading}{}\n## Recipes\n| `x` | y | z |\n",
            ARROWS.iter().map(row).collect::<String>()
        );
        assert_eq!(brief(&written(&right)), [""; 0]);
        let changed = |from: &str, to: &str| {
            assert!(right.contains(from), "{from}");
            brief(&written(&right.replacen(from, to, 1)))
        };
        assert_eq!(
            changed("| `core`, `inbound`, `store`, `engine` |", "| `core`, `inbound`, `store` |"),
            ["CONTRIBUTING.md:11 `web` may use core, inbound, store, engine, and the table says otherwise"]
        );
        assert_eq!(
            changed("| `store` | a part", "| `store` | pure"),
            ["CONTRIBUTING.md:9 whether `store` is pure is not what tidy checks"]
        );
        assert_eq!(
            changed("| `store` |", "| `shop` |"),
            [
                "CONTRIBUTING.md:0 the table of the walls has no `store`",
                "CONTRIBUTING.md:9 `shop` has no place among the walls"
            ]
        );
    }

    #[test]
    fn each_crate_is_among_the_parts() {
        let row = |(name, _): &(&str, &[&str])| format!("| `crates/{name}` | a part |\n");
        let right = format!("\n{}", ARROWS.iter().map(row).collect::<String>());
        assert!(introduced(&right).is_empty());
        let found = brief(&introduced(&right.replace("crates/bench", "crates/branch")));
        assert_eq!(found, ["ARCHITECTURE.md:0 `crates/bench` is not among the parts"]);
    }

    #[test]
    fn the_arrows_point_one_way() {
        let clean: &[(&str, &[&str])] = &[("crates/core", &[]), ("crates/inbound", &["core"])];
        assert!(findings(clean).is_empty());
        let wrong: &[(&str, &[&str])] =
            &[("crates/web", &["channels"]), ("crates/channels", &[]), ("crates/paging", &["channels"])];
        assert_eq!(
            findings(wrong),
            [
                "crates/paging/Cargo.toml:0 the crate `paging` has no place among the walls",
                "crates/web/Cargo.toml:0 `web` depends on `channels`",
            ]
        );
    }

    #[test]
    fn a_pure_crate_cannot_reach_a_runtime_by_any_way() {
        let rest: &[(&str, &[&str])] = &[("kit", &["tokio"]), ("tokio", &[])];
        let with = |ours: &[(&str, &[&str])]| findings(&[ours, rest].concat());
        assert!(with(&[("crates/engine", &["kit"])]).is_empty());
        let found = with(&[("crates/core", &["kit"])]);
        assert_eq!(found, ["crates/core/Cargo.toml:0 `core` reaches `tokio` (core → kit → tokio)"]);
    }
}
