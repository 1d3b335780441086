//! A source or a channel is one file, one line in a list, and real payloads.
//!
//! Registration is by an explicit list, so a file that is left out compiles and does nothing. And what has no payload
//! to be read back is not known to work.

use super::Finding;
use super::repository::{File, Repository};
use super::source::Source;

/// Crate, the type of a descriptor there, and what its samples are called.
const KINDS: &[(&str, &str, &str)] = &[("inbound", "Source", "payloads"), ("channels", "Channel", "golden files")];

/// The folders in which samples lie.
const SAMPLES: &[&str] = &["fixtures", "golden", "snapshots"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    KINDS.iter().flat_map(|kind| of_kind(repository, kind)).collect()
}

fn of_kind(repository: &Repository, (krate, kind, samples): &(&str, &str, &str)) -> Vec<Finding> {
    let files = || repository.rust().filter(|(file, _)| file.krate() == Some(krate) && !file.is_test());
    let list: String = files().filter_map(|(_, source)| list(source)).collect();
    let mut findings = Vec::new();
    for (file, source) in files() {
        let Some(line) = declaration(source, kind) else { continue };
        let name = module(file);
        if !list.contains(&format!("{name}::")) {
            let remedy = format!("add `&{name}::…` to `ALL` in crates/{krate}/src/lib.rs");
            findings.push(Finding::new(&file.path, line, format!("`{name}` is not in the list"), remedy));
        }
        if !repository.below(&format!("crates/{krate}")).any(|path| is_sample(path, name)) {
            let remedy = format!("add some in crates/{krate}/fixtures/{name}/, or snapshots with its name");
            findings.push(Finding::new(&file.path, line, format!("`{name}` has no {samples}"), remedy));
        }
    }
    findings
}

/// The line on which the file declares a descriptor outside of tests.
fn declaration(source: &Source, kind: &str) -> Option<usize> {
    let value = format!(": {kind} = {kind} {{");
    let mut lines = source.code_lines().filter(|(line, _)| !source.is_test_line(*line));
    lines.find(|(_, code)| code.contains(&value)).map(|(line, _)| line)
}

/// What stands in the list `ALL`, if the file has it.
fn list(source: &Source) -> Option<&str> {
    let (_, after) = source.code.split_once(" ALL: ")?;
    after.split_once(';').map(|(list, _)| list)
}

/// The module's name: the file's, or its folder's for a `mod.rs`.
fn module(file: &File) -> &str {
    match file.stem() {
        "mod" => file.path.rsplit('/').nth(1).unwrap_or("mod"),
        stem => stem,
    }
}

/// Whether the path is a folder of samples for that name, or a snapshot file that carries it.
fn is_sample(path: &str, name: &str) -> bool {
    let path = path.replace('-', "_");
    let mut parts = path.split('/');
    let known = parts.any(|part| SAMPLES.contains(&part));
    known && parts.any(|part| part == name || part.ends_with(".snap") && part.contains(name))
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    const LIST: &str = "//! Sources.\npub static ALL: &[&Source] = &[&nagios::SOURCE, &zabbix::SOURCE];\n";
    const DECLARED: &str = "//! One.\npub(crate) static SOURCE: Source = Source { name: \"x\" };\n";

    #[test]
    fn a_source_that_is_listed_and_has_payloads_is_clean() {
        let repository = Repository::of(&[
            ("crates/inbound/src/lib.rs", LIST),
            ("crates/inbound/src/nagios.rs", DECLARED),
            ("crates/inbound/src/zabbix/mod.rs", DECLARED),
            ("crates/inbound/src/parts.rs", "//! No source.\n"),
            ("crates/inbound/fixtures/nagios/down.json", "{}"),
            ("crates/inbound/src/snapshots/golden__zabbix__down.snap", ""),
        ]);
        assert!(check(&repository).is_empty(), "{:?}", brief(&check(&repository)));
    }

    #[test]
    fn an_unlisted_source_and_one_without_payloads_are_found() {
        let repository = Repository::of(&[
            ("crates/inbound/src/lib.rs", LIST),
            ("crates/inbound/src/nagios.rs", DECLARED),
            ("crates/inbound/src/icinga.rs", DECLARED),
            ("crates/inbound/fixtures/icinga/down.json", "{}"),
        ]);
        assert_eq!(
            brief(&check(&repository)),
            [
                "crates/inbound/src/nagios.rs:2 `nagios` has no payloads",
                "crates/inbound/src/icinga.rs:2 `icinga` is not in the list"
            ]
        );
    }
}
