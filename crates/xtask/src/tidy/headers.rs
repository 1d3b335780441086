//! Every file says at its top what it is for.
//!
//! A reader who opens a file should know within one sentence whether it is the right one.

use super::Finding;
use super::repository::Repository;

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let sources = repository.rust().filter(|(file, _)| {
        file.path.split('/').nth(2) == Some("src") && file.krate().is_some() && !file.text.trim().is_empty()
    });
    let bare = sources.filter(|(file, _)| {
        let sentence = file.text.strip_prefix("//! ").and_then(|rest| rest.lines().next()).unwrap_or_default();
        sentence.trim().is_empty()
    });
    let remedy = "begin it with `//! ` and one sentence: what it is, then why if that is not plain";
    bare.map(|(file, _)| Finding::new(&file.path, 1, "no header", remedy)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn a_file_without_a_header_is_found() {
        let repository = Repository::of(&[
            ("crates/core/src/a.rs", "//! Rotations.\nfn a() {}\n"),
            ("crates/core/src/b.rs", "use a;\n//! Too late.\n"),
            ("crates/core/src/c.rs", "//!\nfn c() {}\n"),
            ("crates/core/tests/d.rs", "fn d() {}\n"),
        ]);
        assert_eq!(
            brief(&check(&repository)),
            ["crates/core/src/b.rs:1 no header", "crates/core/src/c.rs:1 no header"]
        );
    }
}
