//! `docs/limits.md` says what the code does.

use super::repository::Repository;
use super::{Edit, Finding};
use crate::limits;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    compare(repository.text(limits::PATH), &limits::text())
}

/// Writes the document.
pub(super) fn fix(_: &Repository) -> Vec<Edit> {
    vec![Edit::new(limits::PATH, limits::text())]
}

fn compare(written: Option<&str>, wanted: &str) -> Vec<Finding> {
    if written == Some(wanted) {
        return Vec::new();
    }
    let same = written.unwrap_or_default().lines().zip(wanted.lines()).take_while(|(left, right)| left == right);
    vec![Finding::new(
        limits::PATH,
        same.count() + 1,
        "it is not what the code says",
        "run `cargo xtask limits`, or `cargo xtask tidy --fix`",
    )]
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn a_stale_document_is_found_at_its_first_wrong_line() {
        assert!(compare(Some("a\nb\n"), "a\nb\n").is_empty());
        assert_eq!(brief(&compare(Some("a\nc\n"), "a\nb\n")), ["docs/limits.md:2 it is not what the code says"]);
        assert_eq!(brief(&compare(None, "a\n")), ["docs/limits.md:1 it is not what the code says"]);
    }
}
