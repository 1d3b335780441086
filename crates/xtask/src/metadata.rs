//! What cargo says about the workspace and everything that it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// The output of `cargo metadata`, as far as it is used here.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: BTreeSet<String>,
    pub(crate) target_directory: PathBuf,
    resolve: Resolve,
}

/// One package of the dependency graph, ours or foreign.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Declared>,
}

/// A dependency as a manifest declares it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Declared {
    /// `dev` for what only tests use; nothing for the rest.
    pub(crate) kind: Option<String>,
    pub(crate) name: String,
    /// Absent for a dependency inside the workspace.
    pub(crate) source: Option<String>,
}

impl Declared {
    /// Tests may look behind a wall that the code itself stays in front of.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

#[derive(Debug, Default, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Debug, Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Debug, Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

impl Edge {
    fn only_for_tests(&self) -> bool {
        self.dep_kinds.iter().all(|kind| kind.kind.as_deref() == Some("dev"))
    }
}

impl Package {
    /// The folder that holds the package, which is what we call our crates by.
    pub(crate) fn folder(&self) -> &str {
        self.manifest_path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or(&self.name)
    }
}

impl Metadata {
    /// Asks cargo, with every feature that the workspace switches on.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let json = process::output(process::cargo(root).args(["metadata", "--locked", "--format-version", "1"]))
            .context("the dependency graph is needed; if Cargo.lock is out of date, run `cargo check`")?;
        Self::parse(&json)
    }

    /// Reads the output of `cargo metadata --format-version 1`.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).context("cannot read the output of `cargo metadata`")
    }

    /// Our own packages, by the name of their folder.
    pub(crate) fn members(&self) -> BTreeMap<&str, &Package> {
        let ours = self.packages.iter().filter(|package| self.workspace_members.contains(&package.id));
        ours.map(|package| (package.folder(), package)).collect()
    }

    /// For each package that `start` needs, directly or not: the path of names that leads to it. Dependencies that only
    /// tests use are followed from `start` itself, not from what it depends on.
    pub(crate) fn needed_by<'a>(&'a self, start: &'a Package) -> BTreeMap<&'a str, Vec<&'a str>> {
        let nodes: BTreeMap<&str, &Node> = self.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let names: BTreeMap<&str, &str> = self.packages.iter().map(|p| (p.id.as_str(), p.name.as_str())).collect();
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::from([(start.id.as_str(), vec![start.name.as_str()])]);
        let mut waiting = vec![start.id.as_str()];
        while let Some(id) = waiting.pop() {
            let Some(node) = nodes.get(id) else { continue };
            for edge in node.deps.iter().filter(|edge| id == start.id || !edge.only_for_tests()) {
                let (Some(name), false) = (names.get(edge.pkg.as_str()), found.contains_key(edge.pkg.as_str())) else {
                    continue;
                };
                let mut path = found[id].clone();
                path.push(name);
                found.insert(&edge.pkg, path);
                waiting.push(&edge.pkg);
            }
        }
        found.into_values().filter_map(|path| Some((*path.last()?, path))).collect()
    }
}

/// A small dependency graph for the tests of the rules that read one.
#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `(package, dependencies)`; a package called `crates/x` is ours, in the folder `x`. A dependency that ends in `?`
    /// is for tests only. Licences are MIT unless given as `name=LICENCE`.
    pub(crate) fn graph(packages: &[(&str, &[&str])]) -> Metadata {
        let mut metadata = Metadata::default();
        for (package, dependencies) in packages {
            let (path, license) = package.split_once('=').unwrap_or((package, "MIT"));
            let name = path.trim_start_matches("crates/");
            if path != name {
                metadata.workspace_members.insert(name.to_owned());
            }
            metadata.packages.push(Package {
                id: name.to_owned(),
                name: name.to_owned(),
                version: "1.0.0".to_owned(),
                license: (!license.is_empty()).then(|| license.to_owned()),
                manifest_path: PathBuf::from(format!("/{path}/Cargo.toml")),
                dependencies: dependencies.iter().map(|name| declared(name, packages)).collect(),
            });
            let deps = dependencies.iter().map(|dependency| Edge {
                pkg: dependency.trim_end_matches('?').to_owned(),
                dep_kinds: vec![EdgeKind { kind: dependency.ends_with('?').then(|| "dev".to_owned()) }],
            });
            metadata.resolve.nodes.push(Node { id: name.to_owned(), deps: deps.collect() });
        }
        metadata
    }

    fn declared(dependency: &str, packages: &[(&str, &[&str])]) -> Declared {
        let name = dependency.trim_end_matches('?');
        let ours = packages.iter().any(|(package, _)| *package == format!("crates/{name}"));
        let kind = dependency.ends_with('?').then(|| "dev".to_owned());
        Declared { name: name.to_owned(), kind, source: (!ours).then(|| "registry".to_owned()) }
    }

    #[test]
    fn what_a_package_needs_comes_with_the_way_to_it() {
        let graph = graph(&[
            ("crates/core", &["serde", "proptest?"]),
            ("serde", &["serde_core", "trybuild?"]),
            ("serde_core", &[]),
            ("trybuild", &["tokio"]),
            ("proptest", &["rand"]),
            ("rand", &[]),
            ("tokio", &[]),
        ]);
        let core = graph.members()["core"];
        let needed = graph.needed_by(core);
        assert_eq!(needed["serde_core"], ["core", "serde", "serde_core"]);
        assert_eq!(needed["rand"], ["core", "proptest", "rand"], "its own tests count");
        assert!(!needed.contains_key("tokio"), "the tests of others do not");
    }
}
