//! Files, functions and lines that fit on a screen and in a head.

use super::lexer::IN_LITERAL;
use super::repository::{File, Repository};
use super::source::Source;
use super::wrap::wrap;
use super::{Edit, Finding};

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;
/// A test may lay out a longer table.
const TEST_FUNCTION_LINES: usize = 100;
/// Without what is inside of string literals, so that a table of strings keeps one row on one line; and not of the rows
/// of tables in comments, which cannot be broken.
pub(super) const LINE_CHARACTERS: usize = 120;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    repository.rust().flat_map(|(file, source)| of_file(file, source)).collect()
}

/// Breaks the comments that are too long.
pub(super) fn fix(repository: &Repository) -> Vec<Edit> {
    repository.rust().map(|(file, source)| Edit::new(&file.path, wrap(&file.text, source))).collect()
}

fn of_file(file: &File, source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if lines > FILE_LINES {
        let what = format!("{lines} lines, and {FILE_LINES} are allowed");
        findings.push(Finding::new(&file.path, 0, what, "split it by idea; a folder with a `mod.rs` names the whole"));
    }
    for function in &source.functions {
        let allowed = if function.is_test { TEST_FUNCTION_LINES } else { FUNCTION_LINES };
        if function.lines > allowed {
            let what = format!("`{}` has {} lines, and {allowed} are allowed", function.name, function.lines);
            findings.push(Finding::new(&file.path, function.line, what, "give each of its steps a name"));
        }
    }
    for ((number, code), text) in source.code_lines().zip(file.text.lines()) {
        let length = text.chars().count() - code.chars().filter(|character| *character == IN_LITERAL).count();
        if length > LINE_CHARACTERS && !is_table_row(text.trim_start().trim_start_matches(['/', '!']).trim_start()) {
            let what = format!("{length} characters, and {LINE_CHARACTERS} are allowed");
            findings.push(Finding::new(
                &file.path,
                number,
                what,
                "break it; `cargo xtask tidy --fix` does that for comments",
            ));
        }
    }
    findings
}

/// Whether the text of a comment is a row of a table.
pub(super) fn is_table_row(text: &str) -> bool {
    text.starts_with('|')
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        brief(&check(&Repository::of(&[("a.rs", text)])))
    }

    #[test]
    fn long_files_and_functions_are_found() {
        let function =
            |attribute: &str, lines: usize| format!("{attribute}fn it() {{\n{}}}\n", "    x();\n".repeat(lines - 2));
        assert!(findings(&function("", 60)).is_empty());
        assert_eq!(findings(&function("", 61)), ["a.rs:1 `it` has 61 lines, and 60 are allowed"]);
        assert!(findings(&function("#[test]\n", 100)).is_empty());
        assert_eq!(findings(&function("#[test]\n", 101)), ["a.rs:2 `it` has 101 lines, and 100 are allowed"]);
        assert!(findings(&"\n".repeat(600)).is_empty());
        assert_eq!(findings(&"\n".repeat(601)), ["a.rs:0 601 lines, and 600 are allowed"]);
    }

    #[test]
    fn long_lines_are_found_unless_a_string_makes_them_long() {
        assert_eq!(findings(&format!("// {}\n", "x".repeat(118))), ["a.rs:1 121 characters, and 120 are allowed"]);
        assert!(findings(&format!("const A: &str = \"{}\";\n", "x".repeat(200))).is_empty());
        assert!(findings(&format!("//! | {} |\n", "x".repeat(200))).is_empty());
    }
}
