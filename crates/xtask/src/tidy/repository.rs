//! The repository as the rules see it: its files, and what cargo says about its packages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::source::Source;
use crate::metadata::Metadata;
use crate::process;

/// Everything that the rules may look at.
pub(super) struct Repository {
    /// The text files.
    pub(super) files: Vec<File>,
    /// Every file and folder, those that are not text too.
    paths: BTreeSet<String>,
    pub(super) metadata: Metadata,
}

/// A text file. Its path is relative to the root, with `/`.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
    /// Present for Rust.
    pub(super) source: Option<Source>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        let source = path.ends_with(".rs").then(|| Source::scan(&text));
        Self { path, text, source }
    }

    /// The folder below `crates/` that the file is in.
    pub(super) fn krate(&self) -> Option<&str> {
        Some(self.path.strip_prefix("crates/")?.split_once('/')?.0)
    }

    /// The file's own name without its ending.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Whether the whole file is test code.
    pub(super) fn is_test(&self) -> bool {
        self.stem() == "tests" || self.path.split('/').any(|part| part == "tests" || part == "benches")
    }
}

impl Repository {
    /// Reads the working tree: what git tracks, and what it would track.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let mut git = Command::new("git");
        git.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = process::output(&mut git).context("the list of files comes from git")?;
        let mut repository = Self { files: Vec::new(), paths: BTreeSet::new(), metadata: Metadata::load(root)? };
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A file that was deleted and not yet committed is listed and gone.
            let Ok(bytes) = fs::read(root.join(path)) else { continue };
            repository.add(path, String::from_utf8(bytes).ok());
        }
        Ok(repository)
    }

    /// A repository that exists in memory only.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let mut repository = Self { files: Vec::new(), paths: BTreeSet::new(), metadata: Metadata::default() };
        for (path, text) in files {
            repository.add(path, Some((*text).to_owned()));
        }
        repository
    }

    fn add(&mut self, path: &str, text: Option<String>) {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        self.paths.extend(slashes.chain([path.len()]).map(|end| path[..end].to_owned()));
        self.files.extend(text.map(|text| File::new(path.to_owned(), text)));
    }

    /// Whether there is such a file or folder.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.paths.contains(path.trim_end_matches('/'))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Every Rust file with its scan.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| Some((file, file.source.as_ref()?)))
    }

    /// Every path below a folder.
    pub(super) fn below(&self, folder: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{folder}/");
        self.paths.iter().filter(move |path| path.starts_with(&prefix)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_exist_because_of_their_files() {
        let repository = Repository::of(&[("crates/core/src/id.rs", "//! Ids.")]);
        assert!(repository.exists("crates/core/") && repository.exists("crates/core/src/id.rs"));
        assert!(!repository.exists("crates/cor"));
        let file = &repository.files[0];
        assert_eq!((file.krate(), file.stem(), file.is_test()), (Some("core"), "id", false));
        assert!(Repository::of(&[("crates/store/tests/it/main.rs", "")]).files[0].is_test());
    }
}
