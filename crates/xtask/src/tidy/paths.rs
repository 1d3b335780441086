//! Every path that a document names exists.
//!
//! A document that points at yesterday's file sends its reader astray, and nobody notices but the reader.

use super::Finding;
use super::repository::{File, Repository};

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let documents = repository.files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|file| of_document(repository, file)).collect()
}

fn of_document(repository: &Repository, file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (number, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let quoted = code_spans(line).into_iter().filter(|text| looks_like_a_path(repository, text)).map(str::to_owned);
        let linked = links(line).into_iter().filter_map(|target| resolved(&file.path, target));
        for path in quoted.chain(linked).filter(|path| !stands(repository, &file.path, path)) {
            let what = format!("`{path}` does not exist");
            findings.push(Finding::new(&file.path, number + 1, what, "correct the path, or the sentence"));
        }
    }
    findings
}

/// The texts between backticks.
fn code_spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The targets of `[text](target)`.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).collect()
}

/// Whether the text starts with something that lies at the top of the repository.
fn looks_like_a_path(repository: &Repository, text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_alphanumeric() || "./_-<>*{}:…".contains(c));
    plain && text.split_once('/').is_some_and(|(top, _)| repository.exists(top))
}

/// A link's target as a path from the root, unless it leads out of the repository or stays on the page.
fn resolved(document: &str, target: &str) -> Option<String> {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || target.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Whether the path exists: up to its line number, if it has one, and up to its first placeholder, such as `<name>`. It
/// may start at the root or at any folder that the document is in.
fn stands(repository: &Repository, document: &str, path: &str) -> bool {
    let path = path.split(':').next().unwrap_or_default();
    let known = path.split('/').take_while(|part| !part.contains(['<', '*', '{', '…'])).collect::<Vec<_>>().join("/");
    let mut folders = document.match_indices('/').map(|(at, _)| &document[..=at]);
    repository.exists(&known) || folders.any(|folder| repository.exists(&format!("{folder}{known}")))
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let files = [("docs/a.md", text), ("docs/adr/0001.md", ""), ("crates/core/src/id.rs", ""), ("README.md", "")];
        brief(&check(&Repository::of(&files)))
    }

    #[test]
    fn dead_paths_are_found() {
        assert_eq!(findings("See `crates/core/src/ids.rs`."), ["docs/a.md:1 `crates/core/src/ids.rs` does not exist"]);
        assert_eq!(findings("\nSee [this](adr/0002.md)."), ["docs/a.md:2 `docs/adr/0002.md` does not exist"]);
        assert_eq!(findings("One in `crates/cor/src/<noun>.rs`").len(), 1);
    }

    #[test]
    fn live_paths_and_other_things_are_left_alone() {
        let clean = "`crates/core/src/id.rs:12`, [up](../README.md#top), [out](https://example.org/docs), `docs/<name>.md`,\n\
                     `and/or`, `GET /docs`, `cargo test`, [here](#there), `docs/`\n\
                     ```\ncat docs/nothing.md\n```\n";
        assert_eq!(findings(clean), [""; 0]);
        let inside = Repository::of(&[
            ("crates/inbound/fixtures/README.md", "`tests/fixtures.rs`"),
            ("crates/inbound/tests/fixtures.rs", ""),
            ("tests/browser/package.json", ""),
        ]);
        assert!(check(&inside).is_empty(), "from a folder that the document is in");
    }
}
