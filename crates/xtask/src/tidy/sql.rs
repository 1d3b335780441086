//! SQL lives in `store` alone.
//!
//! There every statement is written in the dialect of both databases, prepared on both by a test, and its plan is read.
//! A statement elsewhere would escape all three.

use super::Finding;
use super::repository::Repository;

/// How a statement begins, and a word that follows somewhere, so that `DELETE /incidents/…` is no statement.
const STATEMENTS: &[(&str, &str)] = &[
    ("SELECT", ""),
    ("INSERT", "INTO"),
    ("UPDATE", "SET"),
    ("DELETE", "FROM"),
    ("CREATE TABLE", "("),
    ("WITH", "AS ("),
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in repository.rust().filter(|(file, _)| file.krate() != Some("store") && !file.is_test()) {
        let strings = source.strings.iter().filter(|string| !source.is_test_line(string.line));
        findings.extend(strings.filter(|string| is_statement(&string.text)).map(|string| {
            Finding::new(
                &file.path,
                string.line,
                "SQL outside of `store`",
                "move the query to crates/store and call it",
            )
        }));
    }
    findings
}

fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    STATEMENTS.iter().any(|(start, later)| {
        text.strip_prefix(start).is_some_and(|rest| rest.starts_with([' ', '\n']) && rest.contains(later))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn statements_are_found_outside_of_the_store_and_its_tests() {
        let query = "//! Q.\nconst Q: &str = \"SELECT id FROM alert\";\n";
        let test = "//! T.\n#[cfg(test)]\nmod tests { const Q: &str = \"SELECT 1\"; }\n";
        let prose = "//! P.\nconst P: [&str; 3] = [\"DELETE /incidents\", \"SELECTED\", \"UPDATE me\"];\n";
        let repository = Repository::of(&[
            ("crates/web/src/a.rs", query),
            ("crates/store/src/a.rs", query),
            ("crates/web/src/b.rs", test),
            ("crates/web/tests/it.rs", query),
            ("crates/web/src/c.rs", prose),
        ]);
        assert_eq!(brief(&check(&repository)), ["crates/web/src/a.rs:2 SQL outside of `store`"]);
    }
}
