//! What holds for any bytes: no panic, no silence, nothing beyond the limits, the same events each time.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use allclear_core::event::Action;
use allclear_core::limits;
use allclear_inbound::{ALL, Raw, Source, by_name, fingerprint};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

static PAYLOADS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = ALL.iter().flat_map(|source| fs::read_dir(folder.join(source.name)).unwrap());
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.retain(|path| !path.to_string_lossy().ends_with(".golden.json"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
});

/// Checks one body against one source.
fn check(source: &Source, body: &[u8], made_key: Option<&str>, received_at: Timestamp) {
    let accepted = (source.accept)(body);
    let raw = Raw { body, dedup_key: made_key, received_at };
    let parsed = (source.parse)(&raw);
    assert_eq!(parsed, (source.parse)(&raw), "the same bytes, the same events");
    assert_eq!(accepted, (source.accept)(body));
    if parsed.events.is_empty() {
        let empty: Result<Value, _> = serde_json::from_slice(body);
        let empty = empty.map(|value| value.get("alerts").cloned().unwrap_or(value));
        assert_eq!(empty.ok(), Some(Value::Array(Vec::new())), "only an empty list gives no event");
    }
    assert!(parsed.events.len() <= limits::EVENTS_PER_REQUEST && parsed.warnings.len() <= 51);
    for event in &parsed.events {
        assert!(!event.dedup_key.trim().is_empty() && !event.summary.trim().is_empty(), "{event:?}");
        assert!(event.dedup_key.chars().count() <= limits::DEDUP_KEY_CHARACTERS);
        let mut clamped = event.clone();
        assert_eq!(clamped.clamp(), Vec::<String>::new());
        assert_eq!(&clamped, event, "clamp has run");
    }
    match &accepted {
        Ok(acceptance) => {
            // What the sender was told is what is read later.
            if let (Some(key), [event]) = (&acceptance.dedup_key, parsed.events.as_slice()) {
                assert_eq!(&event.dedup_key, key);
            }
            if acceptance.needs_dedup_key {
                assert!(made_key.is_none_or(|key| parsed.events[0].dedup_key == key));
            }
            if source.name.starts_with("pagerduty") {
                assert_eq!(parsed.events.len(), 1);
                assert!(!parsed.warnings.iter().any(|warning| warning.starts_with("not understood")), "{parsed:?}");
            }
        }
        Err(refusal) => {
            assert!(!refusal.errors.is_empty() && (400..500).contains(&refusal.status));
            assert_eq!(parsed.events.len(), 1, "what is refused is shown once, if it is ever read");
            assert_eq!(parsed.events[0].action, Action::Trigger);
            serde_json::from_str::<Value>(&(source.refused)(refusal).body).unwrap();
        }
    }
}

/// A payload of ours with bytes cut out, put in or turned over, or another payload's piece in the middle.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let count = PAYLOADS.len();
    let edit = (any::<prop::sample::Index>(), 0_usize..8, prop::collection::vec(any::<u8>(), 0..6));
    (0..count, 0..count, prop::collection::vec(edit, 1..6), any::<prop::sample::Index>()).prop_map(
        |(first, second, edits, piece)| {
            let mut body = PAYLOADS[first].clone();
            for (at, cut, bytes) in edits {
                let at = at.index(body.len() + 1);
                let end = (at + cut).min(body.len());
                body.splice(at..end, bytes);
            }
            if cut_point(&piece) {
                let other = &PAYLOADS[second];
                let at = piece.index(body.len() + 1);
                body.splice(at..at, other.iter().copied().take(piece.index(other.len() + 1)));
            }
            body
        },
    )
}

fn cut_point(index: &prop::sample::Index) -> bool {
    index.index(4) == 0
}

/// The names of fields that the sources know.
const NAMES: &str = "routing_key event_action dedup_key payload summary source severity timestamp links images href src client \
    client_url custom_details service_key event_type incident_key description contexts type alerts status labels \
    annotations startsAt endsAt generatorURL fingerprint externalURL receiver truncatedAlerts tags details message \
    id url priority level name value alertname instance";
/// Values that mean something to them, with a `|` between each two; the blank and the empty one are among them.
const VALUES: &str = "trigger|resolve|acknowledge|firing|resolved|critical|error|link|image| ||https://example.com/x|\
    0001-01-01T00:00:00Z|2026-11-05T12:00:00Z|9999-12-31T23:59:59Z|KEY";

/// JSON of any shape under the names that the sources know.
fn json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(NAMES.split(' ').collect::<Vec<_>>());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(VALUES.split('|').collect::<Vec<_>>()).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..10)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn moments() -> impl Strategy<Value = Timestamp> {
    let now: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
    prop_oneof![9 => Just(now), 1 => Just(Timestamp::MAX), 1 => Just(Timestamp::MIN)]
}

proptest! {
    #[test]
    fn any_bytes(body in prop::collection::vec(any::<u8>(), 0..400), at in moments()) {
        ALL.iter().for_each(|source| check(source, &body, None, at));
    }

    #[test]
    fn mutated_payloads(body in mutated(), made in prop::option::of("[a-z]{1,8}"), at in moments()) {
        ALL.iter().for_each(|source| check(source, &body, made.as_deref(), at));
    }

    #[test]
    fn any_json(value in json(), made in prop::option::of("[a-z]{1,8}"), at in moments()) {
        let body = value.to_string();
        ALL.iter().for_each(|source| check(source, body.as_bytes(), made.as_deref(), at));
    }

    /// What PagerDuty's published schema allows is taken, and nothing of it is lost.
    #[test]
    fn messages_within_pagerdutys_schema(
        key in "[a-zA-Z0-9]{32}",
        dedup_key in "\\PC{0,40}[a-z]",
        summary in "[a-z]\\PC{0,80}",
        origin in "[a-z]\\PC{0,20}",
        severity in prop::sample::select(vec!["critical", "error", "warning", "info"]),
        action in prop::sample::select(vec!["trigger", "acknowledge", "resolve"]),
        details in prop::collection::btree_map("[a-z]{1,4}", any::<i32>(), 0..4),
    ) {
        let source = by_name("pagerduty").unwrap();
        let body = serde_json::json!({
            "routing_key": key, "event_action": action, "dedup_key": dedup_key,
            "payload": {"summary": summary, "source": origin, "severity": severity, "custom_details": details},
        }).to_string();
        let acceptance = (source.accept)(body.as_bytes()).unwrap();
        prop_assert_eq!(acceptance.routing_key.as_deref(), Some(key.as_str()));
        prop_assert_eq!(acceptance.dedup_key.as_deref(), Some(dedup_key.as_str()));
        let raw = Raw { body: body.as_bytes(), dedup_key: None, received_at: Timestamp::UNIX_EPOCH };
        let parsed = (source.parse)(&raw);
        prop_assert_eq!(&parsed.warnings, &Vec::<String>::new());
        let event = &parsed.events[0];
        prop_assert_eq!(&event.dedup_key, &dedup_key);
        prop_assert_eq!(&event.summary, &summary);
        prop_assert_eq!(&event.source, &origin);
        prop_assert_eq!(serde_json::to_value(event.action).unwrap(), Value::from(action));
        prop_assert_eq!(&event.details, &serde_json::to_value(&details).unwrap());
        prop_assert!(event.severity.is_some());
    }

    #[test]
    fn a_fingerprint_is_of_the_set(mut labels in prop::collection::btree_map("[a-c]{1,3}", "\\PC{0,5}", 0..6)) {
        let pairs: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let one = fingerprint(pairs.iter().copied());
        prop_assert_eq!(&one, &fingerprint(pairs.iter().rev().copied()));
        prop_assert!(one.len() == 16 && one.bytes().all(|digit| digit.is_ascii_hexdigit()));
        labels.insert("z".to_owned(), String::new());
        prop_assert_ne!(one, fingerprint(labels.iter().map(|(name, value)| (name.as_str(), value.as_str()))));
    }
}

#[test]
fn work_and_memory_are_bounded() {
    let received_at: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
    // A quarter of what the intake lets in: enough for more events than are kept, and quick in a debug build.
    let bytes = limits::EVENT_BYTES / 4;
    let fill = |piece: &str| piece.repeat(bytes / piece.len());
    let list = |item: &str| format!("[{}{item}]", fill(&format!("{item},")));
    let bodies = [
        fill("["),
        fill("{\"a\":"),
        fill("{\"payload\":"),
        list("{\"labels\":{\"a\":\"1\"}}"),
        list("{}"),
        list("1"),
        format!("{{\"alerts\":{}}}", list("{\"labels\":{\"a\":\"1\"}}")),
        format!("{{\"alerts\":{}}}", list("[]")),
        format!("{{{}\"a\":1}}", fill("\"summary\":1,")),
        format!("{{{}\"a\":1}}", (0..bytes / 11).map(|n| format!("\"f{n}\":1,")).collect::<String>()),
        format!("{{\"summary\":\"x\",\"links\":{}}}", list("\"x\"")),
        format!("{{\"summary\":\"x\",\"tags\":{}}}", list("\"x:y\"")),
        fill("a=b&"),
        fill("\u{0}"),
        "9".repeat(bytes),
    ];
    for body in bodies {
        for source in ALL {
            check(source, body.as_bytes(), None, received_at);
        }
    }
}

#[test]
fn two_long_keys_do_not_become_one() {
    let source = by_name("generic").unwrap();
    let received_at: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
    let keys = ["a", "b"].map(|end| {
        let body = format!("{{\"summary\":\"s\",\"key\":\"{}{end}\"}}", "k".repeat(300));
        let parsed = (source.parse)(&Raw { body: body.as_bytes(), dedup_key: None, received_at });
        parsed.events[0].dedup_key.clone()
    });
    assert_ne!(keys[0], keys[1]);
    assert!(keys.iter().all(|key| key.len() == 32), "{keys:?}");
}
