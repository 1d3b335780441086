//! What the tools of a company send, byte for byte as they would.

use allclear_core::event::Action;
use allclear_core::id::IntegrationId;
use allclear_engine::Request;
use allclear_inbound::{Refusal, Source};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a tool has to say.
#[derive(Debug, Clone)]
pub(crate) struct Said<'a> {
    pub(crate) action: Action,
    pub(crate) key: &'a str,
    pub(crate) summary: &'a str,
    /// In the words of PagerDuty: `critical`, `error`, `warning`, `info`.
    pub(crate) severity: Option<&'a str>,
    pub(crate) labels: &'a [(String, String)],
    /// When it is over unless it is said again, where the tool says so.
    pub(crate) expires_at: Option<Timestamp>,
}

/// What the intake makes of a body, as the web routes do: it is checked, and given a dedup key where the source wants
/// one.
pub(crate) fn request(
    integration: IntegrationId,
    source: &'static Source,
    body: Bytes,
    make_key: &mut dyn FnMut() -> String,
) -> Result<Request, Refusal> {
    let needs_key = (source.accept)(&body)?.needs_dedup_key;
    let dedup_key = needs_key.then(make_key);
    Ok(Request { integration, source: source.name, dedup_key, body })
}

/// The body that this source would send.
pub(crate) fn body(source: &str, said: &Said<'_>) -> Vec<u8> {
    let value = match source {
        "pagerduty" => pagerduty(said),
        "pagerduty-change" => json!({
            "routing_key": "k",
            "payload": { "summary": said.summary, "source": "ci.example.com" },
        }),
        "pagerduty-v1" => json!({
            "service_key": "k",
            "event_type": action(said.action),
            "incident_key": said.key,
            "description": said.summary,
        }),
        "alertmanager" => json!({
            "version": "4",
            "status": if said.action == Action::Resolve { "resolved" } else { "firing" },
            "receiver": "allclear",
            "alerts": [{
                "status": if said.action == Action::Resolve { "resolved" } else { "firing" },
                "labels": labels(said),
                "annotations": { "summary": said.summary },
            }],
        }),
        "alertmanager-api" => json!([{
            "labels": labels(said),
            "annotations": { "summary": said.summary },
            "endsAt": said.expires_at.map(|at| at.to_string()).unwrap_or_default(),
        }]),
        _ => generic(said),
    };
    value.to_string().into_bytes()
}

const fn action(action: Action) -> &'static str {
    match action {
        Action::Trigger | Action::Change => "trigger",
        Action::Acknowledge => "acknowledge",
        Action::Resolve => "resolve",
    }
}

fn pagerduty(said: &Said<'_>) -> Value {
    let label = |name: &str| said.labels.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    json!({
        "routing_key": "k",
        "event_action": action(said.action),
        "dedup_key": said.key,
        "payload": {
            "summary": said.summary,
            "source": "srv01.example.com",
            "severity": said.severity.unwrap_or("error"),
            "component": label("component"),
            "group": label("group"),
            "class": label("class"),
        },
    })
}

/// The dedup key of Prometheus' alerts is made from the labels.
fn labels(said: &Said<'_>) -> Value {
    let mut labels = serde_json::Map::new();
    labels.insert("alertname".to_owned(), said.key.into());
    if let Some(severity) = said.severity {
        labels.insert("severity".to_owned(), severity.into());
    }
    for (name, value) in said.labels {
        labels.insert(name.clone(), value.as_str().into());
    }
    labels.into()
}

fn generic(said: &Said<'_>) -> Value {
    let mut value = json!({
        "action": action(said.action),
        "dedup_key": said.key,
        "summary": said.summary,
        "labels": said.labels.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
    });
    if let Some(severity) = said.severity {
        value["severity"] = severity.into();
    }
    if let Some(at) = said.expires_at {
        value["expires_at"] = at.to_string().into();
    }
    value
}
