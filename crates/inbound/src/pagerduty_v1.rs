//! PagerDuty Events API v1 ("Generic API"), which old tools and scripts still speak.
//!
//! Vendor: <https://developer.pagerduty.com/docs/send-v1-event>, published schema
//! `PagerDuty/api-schema:reference/events-v1/openapiv3.json`.
//!
//! Shape: `POST /generic/2010-04-15/create_event.json`, one JSON object. The date is a version; it never changes.
//!
//! | field | needed | becomes |
//! |---|---|---|
//! | `service_key` | always | the integration |
//! | `event_type` | always: `trigger`, `acknowledge`, `resolve` | action |
//! | `incident_key` | unless `trigger`; ≤ 255 characters | dedup key; the intake makes one for a trigger without |
//! | `description` | `trigger` | summary, cut at 1,024 characters |
//! | `details` | – | details, whatever JSON it is |
//! | `client`, `client_url` | – | client |
//! | `contexts[]` with `type` `link`: `href`, `text` | – | links |
//! | `contexts[]` with `type` `image`: `src`, `href`, `alt` | – | pictures |
//!
//! Oddities. There is no severity and no source. Success is 200, not 202, and too many requests is 403, not 429: its
//! clients retry on 403 alone. A context with a wrong type is left out with a warning.

use allclear_core::event::{Action, Event};
use allclear_core::limits;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::json::{self, Text};
use crate::parts::{self, Warnings};
use crate::{Acceptance, Accepted, Answer, Parsed, Raw, Refusal, Snippet, Source, generic, pagerduty};

/// PagerDuty Events API v1.
pub(crate) static SOURCE: Source = Source {
    name: "pagerduty-v1",
    title: "PagerDuty Events API v1",
    documentation: "https://developer.pagerduty.com/docs/send-v1-event",
    path: "/generic/2010-04-15/create_event.json",
    set_up: "Whatever sends to `https://events.pagerduty.com/generic/2010-04-15/create_event.json` today (Nagios and Zabbix \
             scripts, the PagerDuty agent, old plug-ins) sends to `{url}` instead, with `{key}` as its *service key*. For \
             anything new take the Events API v2, which knows severity.",
    snippets: &[Snippet {
        title: "Trigger, then resolve, with curl",
        language: "sh",
        text: "curl -X POST '{url}' -H 'Content-Type: application/json' \\\n  -d '{\"service_key\": \"{key}\", \
               \"event_type\": \"trigger\", \"incident_key\": \"srv01/HTTP\", \"description\": \"HTTP is down on \
               srv01\"}'\ncurl -X POST '{url}' -H 'Content-Type: application/json' \\\n  -d '{\"service_key\": \
               \"{key}\", \"event_type\": \"resolve\", \"incident_key\": \"srv01/HTTP\"}'\n",
    }],
    sample: include_str!("../fixtures/pagerduty-v1/trigger.json"),
    accept,
    accepted,
    refused,
    parse,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    service_key: Text<'a>,
    #[serde(borrow)]
    event_type: Text<'a>,
    #[serde(borrow)]
    incident_key: Text<'a>,
    #[serde(borrow)]
    description: Text<'a>,
    #[serde(borrow)]
    details: Option<&'a RawValue>,
    #[serde(borrow)]
    client: Text<'a>,
    #[serde(borrow)]
    client_url: Text<'a>,
    #[serde(borrow)]
    contexts: Option<&'a RawValue>,
}

impl Message<'_> {
    /// What the message asks for, or all that is wrong with it.
    fn action(&self) -> Result<Action, Refusal> {
        let mut errors = Vec::new();
        needed("Service key", "send the key of the integration", &self.service_key, &mut errors);
        let action = match self.event_type.get() {
            Some("trigger") => Some(Action::Trigger),
            Some("acknowledge") => Some(Action::Acknowledge),
            Some("resolve") => Some(Action::Resolve),
            Some(_) | None => {
                errors.push("event_type is invalid (must be one of: trigger acknowledge resolve)".to_owned());
                None
            }
        };
        match action {
            Some(Action::Trigger | Action::Change) | None => {
                if let Some(kind) = self.incident_key.wrong_kind() {
                    errors.push(format!("Incident key is {kind} (send a string)"));
                }
                needed("Description", "say what is wrong, in one line", &self.description, &mut errors);
            }
            Some(Action::Acknowledge | Action::Resolve) => {
                needed("Incident key", "send the key that the trigger had", &self.incident_key, &mut errors);
            }
        }
        let most = limits::DEDUP_KEY_CHARACTERS;
        if let Some(length) = self.incident_key.get().map(|key| key.chars().count()).filter(|length| *length > most) {
            errors.push(format!("Incident key is too long (at most {most} characters; it has {length})"));
        }
        match action {
            Some(action) if errors.is_empty() => Ok(action),
            Some(_) | None => Err(Refusal::invalid(errors)),
        }
    }

    fn event(&self, action: Action, raw: &Raw<'_>, warnings: &mut Warnings) -> Event {
        let key = self.incident_key.get().or(raw.dedup_key);
        let key = key.map_or_else(|| parts::digest(&[&json::lossy(raw.body)]), str::to_owned);
        let summary = self.description.get().unwrap_or(&key).to_owned();
        let mut event = Event::new(action, key, summary);
        event.details = parts::details(self.details);
        event.client = parts::client(self.client.get(), self.client_url.get(), warnings);
        (event.links, event.images) = parts::contexts(self.contexts, warnings);
        event
    }
}

fn needed(name: &str, remedy: &str, field: &Text<'_>, errors: &mut Vec<String>) {
    if let Some(kind) = field.wrong_kind() {
        errors.push(format!("{name} is {kind} (send a string)"));
    } else if field.get().is_none() {
        errors.push(format!("{name} is missing or blank ({remedy})"));
    }
}

fn accept(body: &[u8]) -> Result<Acceptance<'_>, Refusal> {
    let message: Message<'_> = pagerduty::read(body)?;
    message.action()?;
    let dedup_key = message.incident_key.into_given();
    let needs_dedup_key = dedup_key.is_none();
    Ok(Acceptance { routing_key: message.service_key.into_given(), dedup_key, needs_dedup_key, partial: None })
}

fn accepted(event: &Accepted<'_>) -> Answer {
    let mut body = json!({"status": "success", "message": "Event processed", "event_id": event.id});
    if let Some(key) = event.dedup_key {
        body["incident_key"] = Value::from(key);
    }
    Answer { status: 200, body: body.to_string() }
}

fn refused(refusal: &Refusal) -> Answer {
    let answer = pagerduty::refused(refusal);
    Answer { status: if answer.status == 429 { 403 } else { answer.status }, ..answer }
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let message: Message<'_> = match pagerduty::read(raw.body) {
        Ok(message) => message,
        Err(refusal) => return generic::not_understood(raw, SOURCE.title, &refusal.errors),
    };
    let mut warnings = Warnings::default();
    match message.action() {
        Ok(action) => {
            let event = message.event(action, raw, &mut warnings);
            parts::finish(vec![event], warnings)
        }
        Err(refusal) => generic::not_understood(raw, SOURCE.title, &refusal.errors),
    }
}
