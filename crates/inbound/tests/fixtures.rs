//! Every payload of every source, against the golden file beside it. `UPDATE_GOLDEN=1` writes the golden files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use allclear_inbound::{ALL, Raw, Refusal, Source, by_name};
use jiff::Timestamp;
use serde_json::{Value, json};

const RECEIVED_AT: &str = "2026-11-05T12:00:00Z";
const MADE_KEY: &str = "made-by-the-intake";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn payloads(source: &Source) -> Vec<PathBuf> {
    let folder = folder().join(source.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".golden.json"));
    paths.sort();
    paths
}

fn refusal(source: &Source, refusal: &Refusal) -> Value {
    let answer = (source.refused)(refusal);
    let body: Value = serde_json::from_str(&answer.body).expect("a refusal has a JSON body");
    json!({"status": answer.status, "body": body})
}

/// What a source makes of a body, as people review it.
fn read(source: &Source, body: &[u8]) -> Value {
    let (accept, made_key) = match (source.accept)(body) {
        Ok(acceptance) => {
            let seen = json!({
                "routing_key": acceptance.routing_key,
                "dedup_key": acceptance.dedup_key,
                "needs_dedup_key": acceptance.needs_dedup_key,
                "partial": acceptance.partial.as_ref().map(|partial| refusal(source, partial)),
            });
            (json!({"accepted": seen}), acceptance.needs_dedup_key.then_some(MADE_KEY))
        }
        Err(refused) => (json!({"refused": refusal(source, &refused)}), None),
    };
    let received_at: Timestamp = RECEIVED_AT.parse().unwrap();
    let parsed = (source.parse)(&Raw { body, dedup_key: made_key, received_at });
    json!({"accept": accept, "events": parsed.events, "warnings": parsed.warnings})
}

#[test]
fn every_payload_reads_as_its_golden_file() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut different = Vec::new();
    for source in ALL {
        for path in payloads(source) {
            let seen = read(source, &fs::read(&path).unwrap());
            let golden = path.with_extension("golden.json");
            if update {
                fs::write(&golden, format!("{seen:#}\n")).unwrap();
            } else if serde_json::from_slice::<Value>(&fs::read(&golden).unwrap_or_default()).ok() != Some(seen.clone())
            {
                different.push(format!("{}\n{seen:#}", golden.display()));
            }
        }
    }
    assert!(different.is_empty(), "not as the golden files say:\n{}", different.join("\n"));
}

#[test]
fn payloads_called_refused_are_refused_and_no_others() {
    for source in ALL {
        for path in payloads(source) {
            let refused = (source.accept)(&fs::read(&path).unwrap()).is_err();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(refused, name.starts_with("refused-"), "{}", path.display());
        }
    }
}

#[test]
fn every_golden_file_has_its_payload_and_every_folder_its_source() {
    for entry in fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().into_string().unwrap();
        let source = by_name(&name).unwrap_or_else(|| panic!("fixtures/{name} has no source"));
        let stems: BTreeSet<PathBuf> = payloads(source).iter().map(|path| path.with_extension("")).collect();
        for file in fs::read_dir(entry.path()).unwrap().map(|entry| entry.unwrap().path()) {
            assert!(stems.contains(&file.with_extension("").with_extension("")), "{} is left over", file.display());
        }
    }
}

#[test]
fn samples_are_accepted_and_understood_without_warnings() {
    for source in ALL {
        let sample = source.sample.as_bytes();
        let acceptance = (source.accept)(sample).unwrap_or_else(|refusal| panic!("{source:?}: {refusal:?}"));
        assert_eq!(
            acceptance.routing_key.is_none(),
            source.path.contains("{key}"),
            "{source:?}: one place for the key"
        );
        let raw = Raw { body: sample, dedup_key: None, received_at: RECEIVED_AT.parse().unwrap() };
        let parsed = (source.parse)(&raw);
        assert_eq!((parsed.events.len(), parsed.warnings.len()), (1, 0), "{source:?}: {parsed:?}");
    }
}
