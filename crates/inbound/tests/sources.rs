//! What holds for the description of every source.

use std::collections::BTreeSet;

use allclear_inbound::{ALL, Accepted, Address, Refusal, by_name};
use serde_json::Value;

#[test]
fn names_and_paths_are_unique_and_found() {
    let names: BTreeSet<&str> = ALL.iter().map(|source| source.name).collect();
    let paths: BTreeSet<&str> = ALL.iter().map(|source| source.path).collect();
    assert_eq!((names.len(), paths.len()), (ALL.len(), ALL.len()));
    for source in ALL {
        assert_eq!(by_name(source.name).map(|found| found.path), Some(source.path));
        assert!(source.path.starts_with('/') && source.documentation.starts_with("https://"), "{source:?}");
        assert!(
            !source.title.is_empty()
                && source.set_up.contains("{url}") | source.set_up.contains("{key}") | !source.snippets.is_empty()
        );
    }
    assert!(by_name("nagios").is_none());
}

#[test]
fn every_placeholder_is_filled() {
    let address = Address { base: "https://pager.example.com:8443/ops/", key: "k3y" };
    for source in ALL {
        let texts = source.snippets.iter().map(|snippet| snippet.text).chain([source.set_up]);
        for text in texts {
            let filled = address.fill(source, text);
            assert_eq!(placeholder(&filled), None, "{source:?}: {filled}");
        }
    }
}

/// The first `{word}`.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('{').find_map(|(at, _)| {
        let inside = &text[at + 1..];
        let end = inside.find('}')?;
        let word = &inside[..end];
        (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())).then_some(word)
    })
}

#[test]
fn addresses() {
    let source = by_name("alertmanager-api").unwrap();
    let address = Address { base: "https://pager.example.com/ops/", key: "k3y" };
    assert_eq!(address.url(source), "https://pager.example.com/ops/in/k3y/alertmanager/api/v2/alerts");
    let filled = address.fill(source, "{scheme} {host} {prefix}/in/{key} {base} {url}");
    let url = address.url(source);
    assert_eq!(filled, format!("https pager.example.com /ops/in/k3y https://pager.example.com/ops {url}"));
    let bare = Address { base: "http://127.0.0.1:8080", key: "k" };
    assert_eq!(bare.fill(source, "{scheme}|{host}|{prefix}|"), "http|127.0.0.1:8080||");
    assert_eq!(bare.url(by_name("pagerduty").unwrap()), "http://127.0.0.1:8080/v2/enqueue");
}

#[test]
fn answers_have_the_vendors_shape() {
    let stored = Accepted { id: "evt", dedup_key: Some("k") };
    let late = Refusal::intake(429, "600,000 requests a minute");
    let expected = [
        (
            "pagerduty",
            202,
            r#"{"dedup_key":"k","event_id":"evt","message":"Event processed","status":"success"}"#,
            429,
            r#"{"errors":["600,000 requests a minute"],"message":"Requests for this service are arriving too quickly.  Please retry later.","status":"throttle exceeded"}"#,
        ),
        (
            "pagerduty-change",
            202,
            r#"{"event_id":"evt","message":"Change event processed","status":"success"}"#,
            429,
            r#"{"errors":["600,000 requests a minute"],"message":"Requests for this service are arriving too quickly.  Please retry later.","status":"throttle exceeded"}"#,
        ),
        (
            "pagerduty-v1",
            200,
            r#"{"event_id":"evt","incident_key":"k","message":"Event processed","status":"success"}"#,
            403,
            r#"{"errors":["600,000 requests a minute"],"message":"Requests for this service are arriving too quickly.  Please retry later.","status":"throttle exceeded"}"#,
        ),
        (
            "alertmanager",
            202,
            r#"{"event_id":"evt","status":"accepted"}"#,
            429,
            r#"{"errors":["600,000 requests a minute"],"status":"refused"}"#,
        ),
        ("alertmanager-api", 200, "", 429, r#"{"code":429,"message":"600,000 requests a minute"}"#),
        (
            "generic",
            202,
            r#"{"event_id":"evt","status":"accepted"}"#,
            429,
            r#"{"errors":["600,000 requests a minute"],"status":"refused"}"#,
        ),
    ];
    assert_eq!(expected.len(), ALL.len());
    for (name, status, body, refused_status, refused_body) in expected {
        let source = by_name(name).unwrap();
        let answer = (source.accepted)(&stored);
        assert_eq!((answer.status, json(&answer.body)), (status, json(body)), "{name}");
        let answer = (source.refused)(&late);
        assert_eq!((answer.status, json(&answer.body)), (refused_status, json(refused_body)), "{name}");
    }
}

/// The value; nothing of an empty body.
fn json(body: &str) -> Option<Value> {
    (!body.is_empty()).then(|| serde_json::from_str(body).unwrap())
}
