//! Which crate may depend on which.
//!
//! A promise about time and failure can be checked by the million only if the crates that decide are pure. So they must
//! not even be able to reach a runtime, a socket or a database, directly or through something else.

use super::Finding;
use super::repository::Repository;
use crate::metadata::{Metadata, Package};

/// For each of our crates, the ones of ours that it may name in its manifest. The arrows point one way.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("inbound", &["core"]),
    ("channels", &["core"]),
    ("recall", &["core"]),
    ("store", &["core"]),
    ("engine", &["core", "inbound", "channels", "recall", "store"]),
    ("web", &["core", "inbound", "store", "engine"]),
    ("world", &["core", "inbound", "channels", "recall", "store", "engine", "web"]),
    ("app", &["core", "inbound", "channels", "recall", "store", "engine", "web", "world"]),
    ("bench", &["core", "engine", "store", "web", "world"]),
    ("xtask", &["core"]),
];

const PURE: &[&str] = &["core", "inbound", "channels", "recall"];

/// What a pure crate must not reach by any way.
const IMPURE: &[&str] = &["tokio", "reqwest", "rusqlite", "tokio-postgres", "axum", "hyper", "mio"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let metadata = &repository.metadata;
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
        return vec![Finding::new(manifest, 0, what, "add it to ARROWS in crates/xtask/src/tidy/walls.rs")];
    };
    let members = metadata.members();
    let used = members
        .iter()
        .filter(|(_, other)| package.dependencies.iter().any(|uses| uses.name == other.name && !uses.is_for_tests()));
    let wrong = used.filter(|(other, _)| !allowed.contains(other));
    let finding = |other: &str| {
        let may = if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") };
        let remedy = format!("`{folder}` may use {may}; pass in what it needs as a value");
        Finding::new(manifest, 0, format!("`{folder}` depends on `{other}`"), remedy)
    };
    wrong.map(|(other, _)| finding(other)).collect()
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
        let mut repository = Repository::of(&[]);
        repository.metadata = graph(packages);
        brief(&check(&repository))
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
