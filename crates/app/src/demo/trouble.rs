//! Troubles, as monitoring tells of them: alerts in the body of an Alertmanager webhook, deploys as change events.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Trouble {
    /// Through which integration it comes.
    pub(super) integration: &'static str,
    pub(super) alertname: &'static str,
    /// `critical`, `error`, `warning` or `info`.
    pub(super) severity: &'static str,
    pub(super) summary: String,
    pub(super) labels: Vec<(&'static str, String)>,
}

/// A trouble without labels of its own.
pub(super) fn trouble(
    integration: &'static str,
    alertname: &'static str,
    severity: &'static str,
    summary: &str,
) -> Trouble {
    Trouble { integration, alertname, severity, summary: summary.to_owned(), labels: Vec::new() }
}

impl Trouble {
    pub(super) fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((label, value.into()));
        self
    }

    fn alert(&self, fires: bool, at: Timestamp) -> Value {
        let mut labels = json!({ "alertname": self.alertname, "severity": self.severity });
        for (name, value) in &self.labels {
            labels[*name] = json!(value);
        }
        json!({
            "status": if fires { "firing" } else { "resolved" },
            "labels": labels,
            "annotations": { "summary": self.summary },
            "startsAt": at.to_string(),
            "endsAt": if fires { "0001-01-01T00:00:00Z".to_owned() } else { at.to_string() },
            "generatorURL": format!("https://prometheus.acme.example/graph?g0.expr={}", self.alertname),
        })
    }
}

/// The webhook that tells of these, which are all of one integration.
pub(super) fn told(troubles: &[Trouble], fires: bool, at: Timestamp) -> Bytes {
    let alerts: Vec<Value> = troubles.iter().map(|trouble| trouble.alert(fires, at)).collect();
    let body = json!({
        "version": "4",
        "status": if fires { "firing" } else { "resolved" },
        "receiver": "allclear",
        "groupLabels": {},
        "externalURL": "https://alertmanager.acme.example",
        "alerts": alerts,
    });
    body.to_string().into()
}

/// A change event: a deploy.
pub(super) fn deploy(key: &str, summary: &str, at: Timestamp) -> Bytes {
    let body = json!({
        "routing_key": key,
        "payload": { "summary": summary, "source": "deploys.acme.example", "timestamp": at.to_string() },
        "links": [{ "href": "https://git.acme.example/commits", "text": "What changed" }],
    });
    body.to_string().into()
}
