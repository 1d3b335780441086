//! The examples that come with the program.

use std::path::Path;

use super::super::{Document, Located, export, plan};
use super::{PRUNE, carry_out, ids, listed, loose, now, parse};
use crate::directory::{Directory, Kind};

/// All documents of an example's files.
pub(super) fn documents(example: &str) -> Vec<Located<Document>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let read = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        parse(&name, &text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    files.iter().flat_map(|path| read(path)).collect()
}

#[test]
fn acme_is_a_whole_company() {
    let documents = documents("acme");
    let plan = plan(&Directory::default(), &documents, now(), &mut ids(0), PRUNE);
    let acme = carry_out(&Directory::default(), plan.unwrap_or_else(|problems| panic!("{}", listed(&problems))));
    let counts = Kind::ALL.map(|kind| acme.of_kind(kind).count());
    assert_eq!(counts, [4, 15, 6, 5, 8, 13], "{:?}", Kind::ALL);
    let mut sources: Vec<&str> = acme.integrations().map(|integration| integration.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(
        sources,
        ["alertmanager", "alertmanager-api", "generic", "pagerduty", "pagerduty-change", "pagerduty-v1"]
    );
    for wanted in [documents, loose(export(&acme))] {
        let again = super::plan(&acme, &wanted, now(), &mut || panic!("nothing is new"), PRUNE).unwrap();
        assert!(again.is_empty(), "{again}");
    }
}
