//! What must not be in the repository: leftovers, and what is true on one machine only.

use super::Finding;
use super::repository::{File, Repository};
use super::source::Source;

/// Text that no file may hold, in halves so that this file does not, and why.
const NOWHERE: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "a path of one machine; write it relative to the repository"),
    ("/ro", "ot/", "a path of one machine; write it relative to the repository"),
    ("registry.npm", "js.org", "a registry's host; name the package and let the client know where it is"),
    ("files.python", "hosted.org", "a registry's host; name the package and let the client know where it is"),
    ("static.crates", ".io", "a registry's host; name the package and let the client know where it is"),
];

/// Code that is not finished, or that hides what it does.
const CODE: &[(&str, &str)] = &[
    ("dbg!(", "remove it"),
    ("todo!(", "finish it, or leave it out"),
    ("unimplemented!(", "finish it, or leave it out"),
    ("#[allow(", "use `#[expect(…, reason = \"…\")]`, which complains once it is no longer needed"),
    ("#![allow(", "use `#![expect(…, reason = \"…\")]`, which complains once it is no longer needed"),
];

/// Words that mark unfinished work in a comment.
const COMMENTS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    repository.files.iter().flat_map(of_file).collect()
}

fn of_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        for (first, second, why) in NOWHERE {
            let word = format!("{first}{second}");
            if line.contains(&word) {
                findings.push(Finding::new(&file.path, number + 1, format!("`{word}` is {why}"), "remove it"));
            }
        }
    }
    match &file.source {
        Some(source) => findings.extend(of_rust(&file.path, source)),
        None if file.path.ends_with(".lock") || file.path.ends_with("-lock.json") => {}
        None => findings.extend(marks(&file.path, 1, &file.text)),
    }
    findings
}

fn of_rust(path: &str, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in source.code_lines() {
        let found = CODE.iter().filter(|(word, _)| line.contains(word));
        findings.extend(found.map(|(word, remedy)| Finding::new(path, number, format!("`{word}…`"), *remedy)));
    }
    findings.extend(source.comments.iter().flat_map(|comment| marks(path, comment.line, &comment.text)));
    findings
}

/// Marks of unfinished work in a text that begins at `line`.
fn marks(path: &str, line: usize, text: &str) -> Vec<Finding> {
    let is_word = |character: char| character.is_alphanumeric() || matches!(character, '_' | '`');
    let mut findings = Vec::new();
    for (offset, line_text) in text.lines().enumerate() {
        let words: Vec<&str> = line_text.split(|character| !is_word(character)).collect();
        let marks = COMMENTS.iter().filter(|mark| words.contains(*mark));
        let remedy = "do it now, or write it down where work is planned";
        findings.extend(marks.map(|mark| Finding::new(path, line + offset, format!("`{mark}`"), remedy)));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        brief(&check(&Repository::of(&[(path, text)])))
    }

    #[test]
    fn leftovers_are_found_in_code_and_comments_not_in_strings() {
        let found = findings("a.rs", "fn a() {\n    dbg!(1);\n    todo!()\n}\n#[allow(dead_code)]\n// FIXME: later\n");
        assert_eq!(found, ["a.rs:2 `dbg!(…`", "a.rs:3 `todo!(…`", "a.rs:5 `#[allow(…`", "a.rs:6 `FIXME`"]);
        assert!(findings("a.rs", "const A: &str = \"dbg!(TODO)\"; // not a TODOLIST\n").is_empty());
        assert_eq!(findings("a.md", "One.\n\nTODO: two.\n"), ["a.md:3 `TODO`"]);
        assert!(findings("a.md", "The word `TODO` itself.\n").is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found_everywhere() {
        let path = format!("see {}{}notes", "/wo", "rk/");
        assert_eq!(findings("a.md", &path).len(), 1);
        assert_eq!(findings("a.rs", &format!("const A: &str = \"{path}\";")).len(), 1);
        assert!(findings("a.md", "see docs/limits.md").is_empty());
    }
}
