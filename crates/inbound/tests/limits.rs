//! Beyond the limits of what sources send: refused, or read with a warning.

use allclear_core::limits;
use allclear_inbound::{Parsed, Raw, by_name};
use serde_json::{Value, json};

fn parse(source: &str, body: &Value) -> Parsed {
    let body = body.to_string();
    let raw = Raw { body: body.as_bytes(), dedup_key: None, received_at: "2026-11-05T12:00:00Z".parse().unwrap() };
    (by_name(source).unwrap().parse)(&raw)
}

#[track_caller]
fn warns(parsed: &Parsed, text: &str) {
    assert!(parsed.warnings.iter().any(|warning| warning.contains(text)), "{:?}", parsed.warnings);
}

#[test]
fn events_of_one_request() {
    // beyond: EVENTS_PER_REQUEST
    let labelled = |number: usize| json!({"labels": {"alertname": number.to_string()}});
    let alerts: Vec<Value> = (0..=limits::EVENTS_PER_REQUEST).map(labelled).collect();
    for (source, body) in
        [("alertmanager-api", json!(alerts)), ("alertmanager", json!({"alerts": alerts})), ("generic", json!(alerts))]
    {
        let parsed = parse(source, &body);
        assert_eq!(parsed.events.len(), limits::EVENTS_PER_REQUEST, "{source}");
        warns(&parsed, "5001");
    }
}

#[test]
fn dedup_keys() {
    // beyond: DEDUP_KEY_CHARACTERS
    let key = |end: &str| format!("{}{end}", "k".repeat(limits::DEDUP_KEY_CHARACTERS));
    let body = |end| json!({"summary": "s", "dedup_key": key(end)});
    let (one, other) = (parse("generic", &body("1")), parse("generic", &body("2")));
    warns(&one, "is too long");
    assert_ne!(one.events[0].dedup_key, other.events[0].dedup_key, "what differs beyond the limit still differs");
    let payload = json!({"summary": "s", "source": "s", "severity": "info"});
    let body = json!({"routing_key": "k", "event_action": "trigger", "dedup_key": key("1"), "payload": payload});
    let refusal = (by_name("pagerduty").unwrap().accept)(body.to_string().as_bytes()).unwrap_err();
    assert!(refusal.status == 400 && refusal.errors.iter().any(|error| error.contains("dedup_key")), "{refusal:?}");
}

#[test]
fn warnings_of_one_request() {
    // beyond: WARNINGS
    let odd: Vec<Value> = (0..limits::WARNINGS + 30).map(|_| json!({"labels": {"a": "b"}, "status": "odd"})).collect();
    let parsed = parse("alertmanager", &json!({"alerts": odd}));
    assert_eq!(parsed.warnings.len(), limits::WARNINGS + 1);
    warns(&parsed, "and 30 more warnings");
}
