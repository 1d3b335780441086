//! Alertmanager's webhook receiver, payload version 4.
//!
//! Vendor: <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>; the shape is
//! `prometheus/alertmanager:notify/webhook/webhook.go` and `template/template.go` (`Data`).
//!
//! Shape: `POST /in/{key}/alertmanager`, one JSON object with a group of alerts. Each alert becomes an event of its
//! own, so that a group of which some alerts are over is partly resolved.
//!
//! | field | becomes |
//! |---|---|
//! | `alerts[].status` (else the group's) | `firing` → trigger, `resolved` → resolve; anything else → trigger with a warning |
//! | `alerts[].fingerprint` | dedup key; computed from the labels when missing. The same key as the Alertmanager API gives |
//! | `alerts[].labels`, `annotations`, `generatorURL` | see `prometheus.rs`; the group's labels are among the alert's |
//! | `alerts[].startsAt` | when it began |
//! | `alerts[].endsAt` of a resolved alert | when it ended (`expires_at` of the resolve) |
//! | `receiver` | in the details |
//! | `externalURL` | client |
//! | `truncatedAlerts` | a warning: raise or remove `max_alerts` |
//!
//! Oddities. Year 1 stands for "no time". A repeated notification is a refresh of the same keys. `endsAt` of a firing
//! alert is not used: the webhook repeats every `repeat_interval` (4 h by default), so an expiry would end alerts
//! that still fire. A receiver with its own `payload:` template may send any JSON: whatever is not an alert becomes a
//! visible event, and nothing but an empty body is refused, because Alertmanager gives up on a 4xx.

use allclear_core::event::{Action, Event, Link};
use allclear_core::limits;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json::{self, List, Nested, Text};
use crate::parts::{self, Warnings};
use crate::prometheus::{self, Alert, Labels};
use crate::{Parsed, Raw, Snippet, Source, generic};

/// Alertmanager's webhook receiver.
pub(crate) static SOURCE: Source = Source {
    name: "alertmanager",
    title: "Alertmanager webhook",
    documentation: "https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
    path: "/in/{key}/alertmanager",
    set_up: "In `alertmanager.yml` add the receiver below and name it in the `route`. Keep `send_resolved: true`, or alerts \
             stay open after the condition is over, and leave `max_alerts` at 0, or alerts are cut off. Allclear groups by \
             itself: a `group_by: ['...']` route sends every alert as soon as it fires.\n\n\
             Prometheus can also post to Allclear directly, without Alertmanager: see *Alertmanager API*.",
    snippets: &[Snippet {
        title: "alertmanager.yml",
        language: "yaml",
        text: "route:\n  receiver: allclear\n  group_by: ['...']\n  group_wait: 0s\n  group_interval: 1m\n  \
               repeat_interval: 1h\nreceivers:\n  - name: allclear\n    webhook_configs:\n      - url: '{url}'\n        \
               send_resolved: true\n        max_alerts: 0\n",
    }],
    sample: include_str!("../fixtures/alertmanager/firing.json"),
    accept: generic::accept,
    accepted: generic::accepted,
    refused: generic::refused,
    parse,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    receiver: Text<'a>,
    #[serde(borrow, rename = "externalURL")]
    external_url: Text<'a>,
    #[serde(borrow)]
    alerts: Option<List<&'a RawValue>>,
    #[serde(borrow, rename = "truncatedAlerts")]
    truncated_alerts: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GroupAlert<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    labels: Labels<'a>,
    #[serde(borrow)]
    annotations: Labels<'a>,
    #[serde(borrow, rename = "startsAt")]
    starts_at: Text<'a>,
    #[serde(borrow, rename = "endsAt")]
    ends_at: Text<'a>,
    #[serde(borrow, rename = "generatorURL")]
    generator_url: Text<'a>,
    #[serde(borrow)]
    fingerprint: Text<'a>,
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let body = json::lossy(raw.body);
    let (group, alerts) = match json::read::<Nested<Group<'_>>>(&body) {
        Ok(Nested::Is(Group { alerts: Some(alerts), status, receiver, external_url, truncated_alerts })) => {
            (Group { alerts: None, status, receiver, external_url, truncated_alerts }, alerts)
        }
        Ok(Nested::Is(_)) => return not_understood(raw, "alerts is missing; an array of alerts is expected"),
        Ok(Nested::Absent | Nested::Other(_)) => return not_understood(raw, "the body is not a JSON object"),
        Err(error) => return not_understood(raw, &error),
    };
    let mut warnings = Warnings::default();
    group.warn(alerts.given, &mut warnings);
    let client = group.client(&mut warnings);
    let mut events = Vec::new();
    for (index, alert) in alerts.items.into_iter().enumerate() {
        let (name, text) = (format!("alerts[{index}]"), alert.get());
        let mut event = match json::read::<Nested<GroupAlert<'_>>>(text) {
            Ok(Nested::Is(alert)) if alert.labels.0.is_empty() && alert.fingerprint.get().is_none() => {
                stray(text, &name, "it has neither labels nor a fingerprint", &mut warnings)
            }
            Ok(Nested::Is(alert)) => group.event(alert, &name, raw.received_at, &mut warnings),
            Ok(Nested::Absent | Nested::Other(_)) => stray(text, &name, "it is not an object", &mut warnings),
            Err(error) => stray(text, &name, &error, &mut warnings),
        };
        event.client.clone_from(&client);
        events.push(event);
    }
    parts::finish(events, warnings)
}

fn not_understood(raw: &Raw<'_>, reason: &str) -> Parsed {
    generic::not_understood(raw, SOURCE.title, &[reason.to_owned()])
}

/// An element of `alerts` that is none: visible, as it came.
fn stray(text: &str, name: &str, reason: &str, warnings: &mut Warnings) -> Event {
    warnings.push(format!("{name} was not understood ({reason}); shown as it came, as a new alert"));
    generic::as_it_came(text, parts::digest(&[text]))
}

impl Group<'_> {
    fn warn(&self, alerts: usize, warnings: &mut Warnings) {
        if alerts == 0 {
            warnings.push("alerts is empty: there is nothing to show");
        }
        if alerts > limits::EVENTS_PER_REQUEST {
            warnings.push(format!("{alerts} alerts given, the first {} kept", limits::EVENTS_PER_REQUEST));
        }
        let truncated = self.truncated_alerts.map_or("0", RawValue::get);
        if !["0", "null"].contains(&truncated) {
            warnings.push(format!(
                "truncatedAlerts {}: Alertmanager left that many alerts out; set max_alerts of the receiver to 0",
                parts::quote(truncated)
            ));
        }
    }

    fn client(&self, warnings: &mut Warnings) -> Option<Link> {
        let href = self.external_url.get().filter(|href| href.len() <= limits::LINK_CHARACTERS)?;
        if !parts::is_web_address(href) {
            warnings.push(format!("externalURL {} is not an http or https address, left out", parts::quote(href)));
            return None;
        }
        Some(Link { href: href.to_owned(), text: "Alertmanager".to_owned() })
    }

    fn event(&self, mut alert: GroupAlert<'_>, name: &str, received_at: Timestamp, warnings: &mut Warnings) -> Event {
        alert.labels.drop_empty();
        let key = alert.fingerprint.get().map(str::to_owned);
        let key = key.unwrap_or_else(|| prometheus::fingerprint(alert.labels.iter()));
        let ends_at = parts::time_field(&format!("{name}.endsAt"), &alert.ends_at, warnings);
        let over = ends_at.is_some_and(|ends_at| ends_at <= received_at);
        let action = match alert.status.get().or_else(|| self.status.get()) {
            Some("firing") => Action::Trigger,
            Some("resolved") => Action::Resolve,
            None if over => Action::Resolve,
            None => Action::Trigger,
            Some(word) => {
                let word = parts::quote(word);
                warnings.push(format!("{name}.status {word} is neither firing nor resolved, taken as firing"));
                Action::Trigger
            }
        };
        let GroupAlert { labels, annotations, generator_url, .. } = &alert;
        let mut event = Alert { labels, annotations, generator_url }.event(action, key, name, warnings);
        event.starts_at = parts::time_field(&format!("{name}.startsAt"), &alert.starts_at, warnings);
        event.expires_at = ends_at.filter(|_| action == Action::Resolve);
        if let Some(receiver) = self.receiver.get() {
            let receiver: String = receiver.chars().take(limits::NAME_CHARACTERS).collect();
            let details = event.details.as_object().cloned().unwrap_or_default();
            let receiver = [("receiver".to_owned(), Value::from(receiver))];
            event.details = details.into_iter().chain(receiver).collect();
        }
        event
    }
}
