//! PagerDuty Events API v2: alert events.
//!
//! Vendor: <https://developer.pagerduty.com/docs/send-alert-event>, published schema
//! `PagerDuty/api-schema:reference/events-v2/openapiv3.json`.
//!
//! Shape: `POST /v2/enqueue`, one JSON object, at most 512 KB.
//!
//! | field | needed | becomes |
//! |---|---|---|
//! | `routing_key` | always | the integration |
//! | `event_action` | always: `trigger`, `acknowledge`, `resolve` | action |
//! | `dedup_key` | unless `trigger`; ≤ 255 characters | dedup key; the intake makes one for a trigger without |
//! | `payload.summary` | `trigger` | summary; PagerDuty cuts it at 1,024 characters, so do we |
//! | `payload.source` | `trigger` | source |
//! | `payload.severity` | `trigger`: `critical`, `error`, `warning`, `info` | SEV1, SEV2, SEV3, SEV4 |
//! | `payload.timestamp` | – | when it began |
//! | `payload.component`, `group`, `class` | – | labels of the same names |
//! | `payload.custom_details` | – | details, whatever JSON it is; not labels, as it holds free text and numbers that change with every event |
//! | `links[].href`, `text` · `images[].src`, `href`, `alt` | – | links, pictures |
//! | `client`, `client_url` | – | client |
//!
//! Refusals are worded as PagerDuty words them, with the remedy behind; all of a message's errors come at once.
//!
//! Oddities. `acknowledge` and `resolve` for a key without an open alert are accepted and dropped later, as there.
//! Their `payload` is not checked, because clients send an empty one. The published schema types every field; here a
//! field that only decorates (`links`, `client`, `timestamp`, `custom_details`, …) and has the wrong type is left out
//! with a warning, because a page must not be lost to a bad link. Case matters in `event_action` and `severity`, as
//! there.

use std::borrow::Cow;

use allclear_core::event::{Action, Event};
use allclear_core::limits;
use allclear_core::severity::Severity;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::json::{self, Nested, Text};
use crate::parts::{self, Warnings};
use crate::{Acceptance, Accepted, Answer, Parsed, Raw, Reason, Refusal, Snippet, Source, generic};

/// PagerDuty Events API v2.
pub(crate) static SOURCE: Source = Source {
    name: "pagerduty",
    title: "PagerDuty Events API v2",
    documentation: "https://developer.pagerduty.com/docs/send-alert-event",
    path: "/v2/enqueue",
    set_up: "Whatever sends to `https://events.pagerduty.com/v2/enqueue` today sends to `{url}` instead, with `{key}` as its \
             *routing key* (also called *integration key*).\n\n\
             - **Alertmanager**: `url` beside `routing_key` in `pagerduty_configs`, or `pagerduty_url` under `global`. Its \
             webhook (*Alertmanager webhook*) tells more: one event for each alert, with labels.\n\
             - **Grafana**: *Alerting → Contact points → PagerDuty → Optional settings → URL* (recent versions).\n\
             - **Python SDK** `pagerduty`: `EventsApiV2Client(\"{key}\", base_url=\"{base}\")`, https only; `pdpyras`: set \
             `session.url = \"{base}\"`.\n\
             - **Node SDK** `@pagerduty/pdjs`: `event({ server: \"{host}\", … })`, https only.\n\
             - A tool that has no field for the address: use the generic webhook instead.",
    snippets: &[
        Snippet {
            title: "Trigger, then resolve, with curl",
            language: "sh",
            text: "curl -X POST '{url}' -H 'Content-Type: application/json' -d '{\n  \"routing_key\": \"{key}\",\n  \
                   \"event_action\": \"trigger\",\n  \"dedup_key\": \"srv01/disk\",\n  \"payload\": {\n    \"summary\": \
                   \"Disk at 99% on srv01\",\n    \"source\": \"srv01.example.com\",\n    \"severity\": \
                   \"critical\"\n  }\n}'\ncurl -X POST '{url}' -H 'Content-Type: application/json' \\\n  -d \
                   '{\"routing_key\": \"{key}\", \"event_action\": \"resolve\", \"dedup_key\": \"srv01/disk\"}'\n",
        },
        Snippet {
            title: "alertmanager.yml",
            language: "yaml",
            text: "receivers:\n  - name: allclear\n    pagerduty_configs:\n      - url: '{url}'\n        routing_key: \
                   '{key}'\n        severity: '{{ if match \"^(critical|error|warning|info)$\" \
                   .CommonLabels.severity }}{{ .CommonLabels.severity }}{{ else }}error{{ end }}'\n",
        },
    ],
    sample: include_str!("../fixtures/pagerduty/trigger.json"),
    accept,
    accepted,
    refused,
    parse,
};

/// A message, as far as it is read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    routing_key: Text<'a>,
    #[serde(borrow)]
    event_action: Text<'a>,
    #[serde(borrow)]
    dedup_key: Text<'a>,
    #[serde(borrow)]
    payload: Nested<Payload<'a>>,
    #[serde(borrow)]
    client: Text<'a>,
    #[serde(borrow)]
    client_url: Text<'a>,
    #[serde(borrow)]
    links: Option<&'a RawValue>,
    #[serde(borrow)]
    images: Option<&'a RawValue>,
}

/// The message's payload; change events have the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Payload<'a> {
    #[serde(borrow)]
    pub(crate) summary: Text<'a>,
    #[serde(borrow)]
    pub(crate) source: Text<'a>,
    #[serde(borrow)]
    severity: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    #[serde(borrow)]
    component: Option<&'a RawValue>,
    #[serde(borrow)]
    group: Option<&'a RawValue>,
    #[serde(borrow)]
    class: Option<&'a RawValue>,
    #[serde(borrow)]
    custom_details: Option<&'a RawValue>,
}

fn accept(body: &[u8]) -> Result<Acceptance<'_>, Refusal> {
    let message: Message<'_> = read(body)?;
    message.action()?;
    let dedup_key = message.dedup_key.into_given();
    let needs_dedup_key = dedup_key.is_none();
    Ok(Acceptance { routing_key: message.routing_key.into_given(), dedup_key, needs_dedup_key, partial: None })
}

/// Reads the one JSON object that every call of the API carries.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    let text = json::utf8(body).map_err(|error| Refusal::unreadable(format!("JSON parse error: {error}")))?;
    match json::read::<Nested<T>>(text) {
        Ok(Nested::Is(message)) => Ok(message),
        Ok(Nested::Absent) => Err(Refusal::unreadable("the body is null; send one JSON object")),
        Ok(Nested::Other(kind)) => Err(Refusal::unreadable(format!("the body is {kind}; send one JSON object"))),
        Err(error) => Err(Refusal::unreadable(format!("JSON parse error: {error}"))),
    }
}

impl Message<'_> {
    /// What the message asks for, or all that is wrong with it.
    fn action(&self) -> Result<Action, Refusal> {
        let mut errors = Vec::new();
        check_routing_key(&self.routing_key, &mut errors);
        let action = match (self.event_action.get(), self.event_action.wrong_kind()) {
            (Some("trigger"), _) => Some(Action::Trigger),
            (Some("acknowledge"), _) => Some(Action::Acknowledge),
            (Some("resolve"), _) => Some(Action::Resolve),
            (None, None) => {
                errors.push("'event_action' is missing or blank (send trigger, acknowledge or resolve)".to_owned());
                None
            }
            (given, kind) => {
                errors.push(format!(
                    "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve'; it \
                     is {})",
                    given.map_or_else(|| kind.unwrap_or_default().to_owned(), parts::quote)
                ));
                None
            }
        };
        check_dedup_key(&self.dedup_key, action.is_none_or(|action| action == Action::Trigger), &mut errors);
        if action.is_none_or(|action| action == Action::Trigger) {
            check_payload(&self.payload, &mut errors);
        }
        match action {
            Some(action) if errors.is_empty() => Ok(action),
            Some(_) | None => Err(Refusal::invalid(errors)),
        }
    }

    fn event(&self, action: Action, made_key: Option<&str>, whole: &str, warnings: &mut Warnings) -> Event {
        let key = self.dedup_key.get().or(made_key).map_or_else(|| parts::digest(&[whole]), str::to_owned);
        let none = Payload::default();
        let payload = self.payload.get().unwrap_or(&none);
        let mut event = payload.event(action, key, warnings);
        event.severity = payload.severity.get().and_then(severity);
        for (name, value) in [("component", payload.component), ("group", payload.group), ("class", payload.class)] {
            if let Some(text) = parts::loose_text(&parts::details(value)) {
                event.labels.insert(name.to_owned(), text);
            }
        }
        event.links = parts::links(self.links, warnings);
        event.images = parts::images(self.images, warnings);
        event.client = parts::client(self.client.get(), self.client_url.get(), warnings);
        event
    }
}

impl Payload<'_> {
    /// An event with what alert and change events have in common. Without a summary (an `acknowledge`, a `resolve`) the
    /// dedup key stands for it.
    pub(crate) fn event(&self, action: Action, key: String, warnings: &mut Warnings) -> Event {
        let summary = self.summary.get().unwrap_or(&key).to_owned();
        let mut event = Event::new(action, key, summary);
        event.source = self.source.get().unwrap_or_default().to_owned();
        event.starts_at = parts::time_field("payload.timestamp", &self.timestamp, warnings);
        event.details = parts::details(self.custom_details);
        event
    }
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "critical" => Some(Severity::Sev1),
        "error" => Some(Severity::Sev2),
        "warning" => Some(Severity::Sev3),
        "info" => Some(Severity::Sev4),
        _ => None,
    }
}

pub(crate) fn check_routing_key(key: &Text<'_>, errors: &mut Vec<String>) {
    if let Some(kind) = key.wrong_kind() {
        errors.push(format!("'routing_key' is invalid (must be a string; it is {kind})"));
    } else if key.get().is_none() {
        errors.push("'routing_key' cannot be blank (send the key of the integration)".to_owned());
    }
}

fn check_dedup_key(key: &Text<'_>, optional: bool, errors: &mut Vec<String>) {
    if let Some(kind) = key.wrong_kind() {
        errors.push(format!("'dedup_key' is invalid (must be a string; it is {kind})"));
    } else if let Some(length) = key.get().map(|key| key.chars().count()).filter(|n| *n > limits::DEDUP_KEY_CHARACTERS)
    {
        let most = limits::DEDUP_KEY_CHARACTERS;
        errors
            .push(format!("Length of 'dedup_key' is incorrect (should be at most {most} characters; it has {length})"));
    } else if key.get().is_none() && !optional {
        errors.push("'dedup_key' is missing or blank (send the key that the trigger had)".to_owned());
    }
}

fn check_payload(payload: &Nested<Payload<'_>>, errors: &mut Vec<String>) {
    let payload = match payload {
        Nested::Is(payload) => payload,
        Nested::Absent => {
            return errors.push("'payload' is missing or blank (send summary, source, severity)".to_owned());
        }
        Nested::Other(kind) => {
            return errors.push(format!("'payload' is invalid (must be an object; it is {kind})"));
        }
    };
    check_text("summary", "say what is wrong, in one line", &payload.summary, errors);
    check_text("source", "name the host or service that is affected", &payload.source, errors);
    match payload.severity.get() {
        Some(word) if severity(word).is_none() => errors.push(format!(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info'; it \
             is {})",
            parts::quote(word)
        )),
        Some(_) => {}
        None => check_text("severity", "send critical, error, warning or info", &payload.severity, errors),
    }
}

/// A needed text of the payload.
pub(crate) fn check_text(name: &str, remedy: &str, field: &Text<'_>, errors: &mut Vec<String>) {
    if let Some(kind) = field.wrong_kind() {
        errors.push(format!("'payload.{name}' is invalid (must be a string; it is {kind})"));
    } else if field.get().is_none() {
        errors.push(format!("'payload.{name}' is missing or blank ({remedy})"));
    }
}

fn accepted(event: &Accepted<'_>) -> Answer {
    let mut body = json!({"status": "success", "message": "Event processed", "event_id": event.id});
    if let Some(key) = event.dedup_key {
        body["dedup_key"] = Value::from(key);
    }
    Answer { status: 202, body: body.to_string() }
}

/// PagerDuty's shapes of "no".
pub(crate) fn refused(refusal: &Refusal) -> Answer {
    let (name, message) = match (refusal.reason, refusal.status) {
        (Reason::Unreadable, _) => ("Unrecognized object", "Event object format is unrecognized"),
        // PagerDuty answers 400 to a key that it does not know.
        (Reason::Invalid, _) | (Reason::Intake, 404) => ("invalid event", "Event object is invalid"),
        (Reason::Intake, 429) => {
            ("throttle exceeded", "Requests for this service are arriving too quickly.  Please retry later.")
        }
        (Reason::Intake, 500..) => ("unavailable", "The event was not stored; retry later"),
        (Reason::Intake, _) => ("invalid event", "Event object is not accepted"),
    };
    let body = json!({"status": name, "message": message, "errors": refusal.errors});
    Answer { status: if refusal.status == 404 { 400 } else { refusal.status }, body: body.to_string() }
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let message =
        match read::<Message<'_>>(raw.body).and_then(|message| message.action().map(|action| (action, message))) {
            Ok(understood) => understood,
            Err(refusal) => return generic::not_understood(raw, SOURCE.title, &refusal.errors),
        };
    let (action, message) = message;
    let whole: Cow<'_, str> = json::lossy(raw.body);
    let mut warnings = Warnings::default();
    let event = message.event(action, raw.dedup_key, &whole, &mut warnings);
    parts::finish(vec![event], warnings)
}
