//! What people and files write: lengths of time, moments, names, whole configurations.

use allclear_core::declaration::{Document, Hours, Located, Location, Moment, Options, Text, Written, export, plan};
use allclear_core::directory::Directory;
use allclear_core::id::{IncidentId, UserId};
use allclear_core::schedule::Turn;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;
use allclear_engine::EventAddress;
use allclear_world::fuzz::Cases;
use jiff::Timestamp;
use uuid::Uuid;

/// What is wrong with a text is told with the text, and not at much greater length.
const TOLD: usize = 1_024;

/// What is read is written, and that is read as the same.
fn round<T: PartialEq + std::fmt::Debug>(
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
    write: impl Fn(&T) -> String,
) {
    match read(text) {
        Ok(value) => assert_eq!(read(&write(&value)), Ok(value), "{text}"),
        Err(refusal) => assert!(refusal.len() <= TOLD + 2 * text.len(), "{refusal}"),
    }
}

fn written<T: Written + PartialEq + std::fmt::Debug>(text: &str) {
    round(text, T::read, T::write);
}

#[test]
fn short_texts_are_read_or_refused() {
    let corpus: Vec<Vec<u8>> = [
        "90s",
        "1h30m",
        "7d",
        "PT5M",
        "weekly",
        "12h",
        "mon-fri 09:00-17:00",
        "sat 22:00-06:00",
        "24:00",
        "sev1",
        "critical",
        "Europe/Berlin",
        "UTC",
        "2026-11-16 09:00",
        "2026-11-05T12:00:00+01:00",
        "evt_0000000000800",
        "inc_01h455vb4pex5vsknk084sn02q",
        "2026-03-29T02:30:00[Europe/Berlin]",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    for case in Cases::of(&corpus, 4_000) {
        case.check(|bytes| {
            let text = &*String::from_utf8_lossy(bytes);
            round(text, |text| text.parse::<Wait>(), ToString::to_string);
            round(text, |text| text.parse::<Zone>(), ToString::to_string);
            round(
                text,
                |text| text.parse::<Severity>().map_err(|error| error.to_string()),
                |one| one.name().to_owned(),
            );
            round(text, |text| text.parse::<EventAddress>().map_err(|()| String::new()), ToString::to_string);
            round(text, |text| text.parse::<UserId>().map_err(|error| error.to_string()), ToString::to_string);
            round(text, |text| text.parse::<IncidentId>().map_err(|error| error.to_string()), ToString::to_string);
            written::<Turn>(text);
            written::<Moment>(text);
            if let Ok(hours) = serde_json::from_value::<Hours>(text.into()) {
                serde_json::to_string(&hours).expect("what was read can be written");
            }
            let quoted = serde_json::Value::from(text).to_string();
            serde_json::from_str::<Text<Turn>>(&quoted).ok();
        });
    }
}

fn files() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme");
    let files = std::fs::read_dir(folder).expect("the example is there").map(|file| file.expect("a file").path());
    let mut paths: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    paths.sort();
    let texts = paths.iter().map(|path| std::fs::read_to_string(path).expect("an example can be read"));
    // One document at a time is read faster, and comes through more often.
    texts.flat_map(|text| text.split("\n---\n").map(|one| one.as_bytes().to_vec()).collect::<Vec<_>>()).collect()
}

fn documents(text: &str) -> Vec<Document> {
    let yaml = serde_saphyr::from_multiple::<Document>(text);
    yaml.or_else(|_| serde_json::from_str::<Document>(text).map(|one| vec![one])).unwrap_or_default()
}

fn located(documents: Vec<Document>) -> Vec<Located<Document>> {
    let at = |number| Location { file: "fuzz".to_owned(), document: number, line: None };
    (1..).zip(documents).map(|(number, content)| Located { at: at(number), content }).collect()
}

#[test]
fn configurations_are_planned_or_refused() {
    let yaml = files();
    let json = yaml.iter().flat_map(|text| documents(&String::from_utf8_lossy(text)));
    let json = json.map(|document| serde_json::to_vec(&document).expect("a document can be written"));
    let mut corpus: Vec<Vec<u8>> = json.collect();
    corpus.extend(yaml);
    for case in Cases::of(&corpus, 1_000) {
        case.check(|bytes| {
            let read = documents(&String::from_utf8_lossy(bytes));
            let now: Timestamp = "2026-11-05T12:00:00Z".parse().expect("that is a moment");
            let mut next = 0;
            let mut ids = || {
                next += 1;
                Uuid::from_u128(next)
            };
            let directory = Directory::default();
            match plan(&directory, &located(read), now, &mut ids, Options::default()) {
                Err(problems) => {
                    let told: usize = problems.iter().map(|problem| problem.to_string().len()).sum();
                    assert!(told <= 64 * 1_024 + 32 * bytes.len(), "{told} bytes of problems");
                }
                Ok(mut plan) => {
                    plan.give_keys(&mut || "a-key-that-was-made".to_owned());
                    let Ok(changed) = directory.changed(&plan.changes()) else { return };
                    let again = plan_again(&changed, now, &mut ids);
                    assert_eq!(again, 0, "what is exported changes nothing when it is applied again");
                }
            }
        });
    }
}

/// How many changes the export of a directory makes to itself.
fn plan_again(directory: &Directory, now: Timestamp, ids: &mut dyn FnMut() -> Uuid) -> usize {
    let documents = located(export(directory));
    let mut ids = || ids();
    match plan(directory, &documents, now, &mut ids, Options::default()) {
        Ok(plan) => plan.changes().len(),
        Err(problems) => panic!("what is exported cannot be read: {problems:?}"),
    }
}
