//! PagerDuty Events API v2: change events (deploys, configuration changes). They never page.
//!
//! Vendor: <https://developer.pagerduty.com/docs/send-change-events>.
//!
//! Shape: `POST /v2/change/enqueue`, one JSON object.
//!
//! | field | needed | becomes |
//! |---|---|---|
//! | `routing_key` | always | the integration |
//! | `payload.summary` | always | summary, cut at 1,024 characters |
//! | `payload.source` | – | source |
//! | `payload.timestamp` | – | when it was done |
//! | `payload.custom_details` | – | details, whatever JSON it is |
//! | `links[].href`, `text` · `images[].src`, `href`, `alt` | – | links, pictures |
//!
//! Oddities. Change events have no dedup key and the answer names none; the intake makes one for each, so that two
//! deploys of the same text stay two. PagerDuty documents `links` alone, but its clients also send `images`.

use allclear_core::event::Action;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{self, Nested, Text};
use crate::pagerduty::{self, Payload};
use crate::parts::{self, Warnings};
use crate::{Acceptance, Accepted, Answer, Parsed, Raw, Refusal, Snippet, Source, generic};

/// PagerDuty change events.
pub(crate) static SOURCE: Source = Source {
    name: "pagerduty-change",
    title: "PagerDuty change events",
    documentation: "https://developer.pagerduty.com/docs/send-change-events",
    path: "/v2/change/enqueue",
    set_up: "Whatever sends to `https://events.pagerduty.com/v2/change/enqueue` today (a CI job, a deploy script) sends to \
             `{url}` instead, with `{key}` as its *routing key*. The key of an alert integration works, too. Changes are \
             shown beside incidents and never page.",
    snippets: &[Snippet {
        title: "At the end of a deploy, with curl",
        language: "sh",
        text: "curl -X POST '{url}' -H 'Content-Type: application/json' -d '{\n  \"routing_key\": \"{key}\",\n  \
               \"payload\": {\n    \"summary\": \"checkout 1.42.0 deployed\",\n    \"source\": \"ci.example.com\"\n  \
               },\n  \"links\": [{\"href\": \"https://ci.example.com/builds/42\", \"text\": \"Build 42\"}]\n}'\n",
    }],
    sample: include_str!("../fixtures/pagerduty-change/deploy.json"),
    accept,
    accepted,
    refused: pagerduty::refused,
    parse,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    routing_key: Text<'a>,
    #[serde(borrow)]
    payload: Nested<Payload<'a>>,
    #[serde(borrow)]
    links: Option<&'a RawValue>,
    #[serde(borrow)]
    images: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// The payload, or all that is wrong with the message.
    fn checked(&self) -> Result<&Payload<'a>, Refusal> {
        let mut errors = Vec::new();
        pagerduty::check_routing_key(&self.routing_key, &mut errors);
        match &self.payload {
            Nested::Is(payload) => {
                pagerduty::check_text("summary", "say what was changed, in one line", &payload.summary, &mut errors);
                if errors.is_empty() {
                    return Ok(payload);
                }
            }
            Nested::Absent => errors.push("'payload' is missing or blank (send summary)".to_owned()),
            Nested::Other(kind) => errors.push(format!("'payload' is invalid (must be an object; it is {kind})")),
        }
        Err(Refusal::invalid(errors))
    }
}

fn accept(body: &[u8]) -> Result<Acceptance<'_>, Refusal> {
    let message: Message<'_> = pagerduty::read(body)?;
    message.checked()?;
    let routing_key = message.routing_key.into_given();
    Ok(Acceptance { routing_key, needs_dedup_key: true, ..Acceptance::default() })
}

fn accepted(event: &Accepted<'_>) -> Answer {
    let body = json!({"status": "success", "message": "Change event processed", "event_id": event.id});
    Answer { status: 202, body: body.to_string() }
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let message: Message<'_> = match pagerduty::read(raw.body) {
        Ok(message) => message,
        Err(refusal) => return generic::not_understood(raw, SOURCE.title, &refusal.errors),
    };
    let payload = match message.checked() {
        Ok(payload) => payload,
        Err(refusal) => return generic::not_understood(raw, SOURCE.title, &refusal.errors),
    };
    let key = raw.dedup_key.map_or_else(|| parts::digest(&[&json::lossy(raw.body)]), str::to_owned);
    let mut warnings = Warnings::default();
    let mut event = payload.event(Action::Change, key, &mut warnings);
    event.links = parts::links(message.links, &mut warnings);
    event.images = parts::images(message.images, &mut warnings);
    parts::finish(vec![event], warnings)
}
