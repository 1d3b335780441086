//! The words of the generic webhook.

use allclear_core::event::{Action, Event};
use allclear_core::severity::Severity;
use allclear_inbound::{Raw, by_name};
use serde_json::{Value, json};

fn event(body: &Value) -> Event {
    let body = body.to_string();
    let raw = Raw { body: body.as_bytes(), dedup_key: None, received_at: "2026-11-05T12:00:00Z".parse().unwrap() };
    (by_name("generic").unwrap().parse)(&raw).events.remove(0)
}

#[test]
fn words_for_actions() {
    for (words, action) in [
        ("trigger firing Alerting DOWN problem failed CRITICAL no_data open", Action::Trigger),
        ("acknowledge Acknowledged ack", Action::Acknowledge),
        ("resolve RESOLVED ok up Recovered closed normal back-to-normal success", Action::Resolve),
        ("deploy change released", Action::Change),
        ("blue 1 null", Action::Trigger),
    ] {
        for word in words.split(' ') {
            for field in ["action", "status", "state", "event_action", "Event-Type"] {
                assert_eq!(event(&json!({field: word, "summary": "s"})).action, action, "{field} {word}");
            }
        }
    }
    // A word that is not known gives way to one that is, whatever the field.
    assert_eq!(event(&json!({"action": "updated", "status": "ok", "summary": "s"})).action, Action::Resolve);
}

#[test]
fn severities() {
    for (fields, severity) in [
        (json!({"severity": "Critical"}), Some(Severity::Sev1)),
        (json!({"severity": 2}), Some(Severity::Sev2)),
        (json!({"severity": "4"}), Some(Severity::Sev4)),
        (json!({"severity": 5}), None),
        (json!({"priority": 5}), Some(Severity::Sev4)),
        (json!({"priority": "P1"}), Some(Severity::Sev1)),
        (json!({"priority": 6}), None),
        (json!({"level": "warn"}), Some(Severity::Sev3)),
        (json!({"level": 40}), None),
        (json!({"severity": "purple", "level": "error"}), Some(Severity::Sev2)),
        (json!({}), None),
    ] {
        assert_eq!(event(&fields).severity, severity, "{fields}");
    }
}

#[test]
fn times() {
    for value in [
        json!("2026-11-05T11:00:00Z"),
        json!("2026-11-05 11:00:00"),
        json!("2026-11-05T12:00:00+0100"),
        json!(1_793_876_400),
        json!("1793876400"),
        json!(1_793_876_400.0),
        json!(1_793_876_400_000_i64),
        json!(1_793_876_400_000_000_i64),
        json!(1_793_876_400_000_000_000_i64),
    ] {
        let starts_at = event(&json!({"time": value})).starts_at;
        assert_eq!(starts_at.map(|at| at.to_string()).as_deref(), Some("2026-11-05T11:00:00Z"), "{value}");
    }
    for value in [json!("soon"), json!(1e30), json!(null), json!([]), json!("0001-01-01T00:00:00Z"), json!("NaN")] {
        assert_eq!(event(&json!({"time": value})).starts_at, None, "{value}");
    }
}

#[test]
fn a_resolve_finds_its_trigger_without_a_key() {
    let trigger = event(&json!({"status": "firing", "title": "Disk full", "host": "db-7", "value": 91}));
    let resolve = event(&json!({"status": "ok", "title": "Disk full", "host": "db-7", "value": 12}));
    assert_eq!(trigger.dedup_key, resolve.dedup_key);
    let elsewhere = event(&json!({"status": "ok", "title": "Disk full", "host": "db-8"}));
    assert_ne!(trigger.dedup_key, elsewhere.dedup_key);
}

#[test]
fn keys_of_integrations_are_not_shown() {
    let event = event(&json!({"routing_key": "s3cret", "serviceKey": "s3cret", "x": 1, "summary": "s"}));
    assert!(!serde_json::to_string(&event).unwrap().contains("s3cret"), "{event:?}");
    let body = br#"{"routing_key":"s3cret","event_action":"trigger"}"#;
    let raw = Raw { body, dedup_key: None, received_at: "2026-11-05T12:00:00Z".parse().unwrap() };
    let parsed = (by_name("pagerduty").unwrap().parse)(&raw);
    assert!(!serde_json::to_string(&parsed.events).unwrap().contains("s3cret"), "{parsed:?}");
}
