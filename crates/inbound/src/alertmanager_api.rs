//! Alertmanager's API v2, as Prometheus posts to it: Allclear in the place of Alertmanager.
//!
//! Vendor: <https://prometheus.io/docs/alerting/latest/alerts_api/>, published schema
//! `prometheus/alertmanager:api/v2/openapi.yaml`; the semantics are `api/v2/api.go` (`postAlertsHandler`) and
//! `alert/alert.go` (`Validate`), compared with Alertmanager 0.25 by hand.
//!
//! Shape: `POST /in/{key}/alertmanager/api/v2/alerts`, a JSON array of alerts.
//!
//! | field | becomes |
//! |---|---|
//! | `labels` (needed; a label with an empty value is no label) | labels; the dedup key is their [`prometheus::fingerprint`] |
//! | `annotations`, `generatorURL` | see `prometheus.rs` |
//! | `startsAt` | when it began; missing: `endsAt`, else the moment of receipt |
//! | `endsAt` | past or now → resolve; ahead → trigger that expires then; missing → trigger that expires after [`RESOLVE_TIMEOUT`] |
//!
//! Refused with 400, like Alertmanager: malformed JSON (with line and column) refuses the whole request; an alert
//! without labels, with an empty label or annotation name, with a time that is none or that ends before it starts is
//! refused alone: the others are stored first ([`Acceptance::partial`]).
//!
//! Oddities. Prometheus sends firing alerts again every minute or so with `endsAt` some minutes ahead: when it dies
//! or drops the rule, the alert is over at `endsAt`. Resolved alerts come again for 15 minutes. Alertmanager answers
//! 422 for a missing `labels` and for a `generatorURL` that is no address; here that is 400 and a warning. Times may
//! be `""` or year 1 for "not known". Any UTF-8 is a label name.

use allclear_core::event::{Action, Event};
use allclear_core::limits;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use crate::json::{self, List, Text};
use crate::parts::{self, Warnings};
use crate::prometheus::{self, Alert, Labels};
use crate::{Acceptance, Accepted, Answer, Parsed, Raw, Reason, Refusal, Snippet, Source, generic};

/// How long an alert without `endsAt` fires unless it comes again: Alertmanager's default `resolve_timeout`.
pub const RESOLVE_TIMEOUT: SignedDuration = SignedDuration::from_mins(5);

/// Alertmanager's API v2.
pub(crate) static SOURCE: Source = Source {
    name: "alertmanager-api",
    title: "Alertmanager API (Prometheus)",
    documentation: "https://prometheus.io/docs/alerting/latest/alerts_api/",
    path: "/in/{key}/alertmanager/api/v2/alerts",
    set_up: "Prometheus (also Thanos Ruler, Mimir, Loki and vmalert) posts to Allclear as to an Alertmanager. In \
             `prometheus.yml` add the entry below under `alerting`; keep the Alertmanager that is there and both get every \
             alert. vmalert takes `-notifier.url={base}/in/{key}/alertmanager`.\n\n\
             `amtool` works with `--alertmanager.url={base}/in/{key}/alertmanager`.",
    snippets: &[
        Snippet {
            title: "prometheus.yml",
            language: "yaml",
            text: "alerting:\n  alertmanagers:\n    - scheme: {scheme}\n      path_prefix: {prefix}/in/{key}/alertmanager\n      \
                   api_version: v2\n      static_configs:\n        - targets: ['{host}']\n",
        },
        Snippet {
            title: "A test alert with amtool",
            language: "sh",
            text: "amtool --alertmanager.url={base}/in/{key}/alertmanager alert add alertname=Test severity=info instance=me \
                   --annotation=summary='A test'\n",
        },
        Snippet {
            title: "A test alert with curl",
            language: "sh",
            text: "curl -X POST '{url}' -H 'Content-Type: application/json' \\\n  -d '[{\"labels\": {\"alertname\": \
                   \"Test\", \"severity\": \"info\"}, \"annotations\": {\"summary\": \"A test\"}}]'\n",
        },
    ],
    sample: include_str!("../fixtures/alertmanager-api/firing.json"),
    accept,
    accepted: |_: &Accepted<'_>| Answer { status: 200, body: String::new() },
    refused,
    parse,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an alert: an object with labels")]
struct PostedAlert<'a> {
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
}

/// An alert that passed the checks.
struct Checked<'a> {
    alert: PostedAlert<'a>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

fn read(text: &str) -> Result<List<PostedAlert<'_>>, Refusal> {
    json::read(text).map_err(|error| Refusal::unreadable(format!("JSON parse error: {error}")))
}

/// The alerts that can be taken, each with its place, and what is wrong with the others.
fn check(alerts: List<PostedAlert<'_>>) -> (Vec<(usize, Checked<'_>)>, Vec<String>) {
    let (mut valid, mut errors) = (Vec::new(), Vec::new());
    for (index, alert) in alerts.items.into_iter().enumerate() {
        match alert.check() {
            Ok(checked) => valid.push((index, checked)),
            Err(error) => errors.push(format!("alerts[{index}]: {error}")),
        }
    }
    if alerts.given > limits::EVENTS_PER_REQUEST {
        let (given, most) = (alerts.given, limits::EVENTS_PER_REQUEST);
        errors.push(format!("{given} alerts given, the first {most} taken; send at most {most} in one request"));
    }
    (valid, errors)
}

impl<'a> PostedAlert<'a> {
    fn check(mut self) -> Result<Checked<'a>, String> {
        self.labels.drop_empty();
        let starts_at = time("startsAt", &self.starts_at)?;
        let ends_at = time("endsAt", &self.ends_at)?;
        if starts_at.zip(ends_at).is_some_and(|(start, end)| end < start) {
            return Err("start time must be before end time".to_owned());
        }
        if self.labels.0.is_empty() {
            return Err("at least one label pair required".to_owned());
        }
        for (what, set) in [("label set", &self.labels), ("annotations", &self.annotations)] {
            if set.0.contains_key("") {
                return Err(format!("invalid {what}: invalid name \"\""));
            }
        }
        Ok(Checked { alert: self, starts_at, ends_at })
    }
}

fn time(name: &str, field: &Text<'_>) -> Result<Option<Timestamp>, String> {
    let remedy = "send a time such as 2026-11-05T12:00:00Z";
    if let Some(kind) = field.wrong_kind() {
        return Err(format!("{name} is {kind}; {remedy}"));
    }
    let Some(text) = field.get() else { return Ok(None) };
    parts::time(text).map_err(|()| format!("{name} {} is not a time; {remedy}", parts::quote(text)))
}

impl Checked<'_> {
    fn event(&self, name: &str, received_at: Timestamp, warnings: &mut Warnings) -> Event {
        let ends_at = self.ends_at.unwrap_or_else(|| {
            received_at.saturating_add(RESOLVE_TIMEOUT).expect("only spans with calendar units are refused")
        });
        let action = if ends_at <= received_at { Action::Resolve } else { Action::Trigger };
        let PostedAlert { labels, annotations, generator_url, .. } = &self.alert;
        let key = prometheus::fingerprint(labels.iter());
        let mut event = Alert { labels, annotations, generator_url }.event(action, key, name, warnings);
        event.starts_at = self.starts_at.or(self.ends_at).or(Some(received_at));
        event.expires_at = Some(ends_at);
        event
    }
}

fn accept(body: &[u8]) -> Result<Acceptance<'_>, Refusal> {
    let text = json::lossy(body);
    let (valid, errors) = check(read(&text)?);
    match (valid.is_empty(), errors.is_empty()) {
        (true, false) => Err(Refusal::invalid(errors)),
        (_, true) => Ok(Acceptance::default()),
        (false, false) => Ok(Acceptance { partial: Some(Refusal::invalid(errors)), ..Acceptance::default() }),
    }
}

fn refused(refusal: &Refusal) -> Answer {
    let errors = refusal.errors.join("; ");
    let body = match refusal.reason {
        Reason::Unreadable => {
            json!({"code": 400, "message": format!("parsing alerts body from \"\" failed, because {errors}")})
        }
        Reason::Invalid => json!(errors),
        Reason::Intake => json!({"code": refusal.status, "message": errors}),
    };
    Answer { status: refusal.status, body: body.to_string() }
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let text = json::lossy(raw.body);
    let alerts = match read(&text) {
        Ok(alerts) => alerts,
        Err(refusal) => return generic::not_understood(raw, SOURCE.title, &refusal.errors),
    };
    let (valid, errors) = check(alerts);
    if valid.is_empty() && !errors.is_empty() {
        return generic::not_understood(raw, SOURCE.title, &errors);
    }
    let mut warnings = Warnings::default();
    errors.iter().for_each(|error| warnings.push(format!("left out, as the sender was told: {error}")));
    let mut events = Vec::new();
    for (index, alert) in &valid {
        events.push(alert.event(&format!("alerts[{index}]"), raw.received_at, &mut warnings));
    }
    parts::finish(events, warnings)
}
