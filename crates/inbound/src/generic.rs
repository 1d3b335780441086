//! Anything that can send an HTTP request: flat, forgiving JSON, a form, or plain text.
//!
//! Vendor: ourselves.
//!
//! Shape: `POST /in/{key}` with
//! 1. a JSON object: one event;
//! 2. a JSON array: an event for each element;
//! 3. a form (`summary=Disk+full&severity=critical`) with a name for the summary or the dedup key: one event; a field
//!    `payload` that holds a JSON object (as hooks for Slack send) is read instead of the form;
//! 4. anything else is text: its first line that is not blank is the summary, the whole is in the details.
//!
//! What the body is decides, not the content type. Names are compared without case, `_`, `-`, `.` and spaces, so that
//! `dedup_key`, `dedupKey` and `Dedup-Key` are one. Of the names in a row, the first that holds something usable
//! counts.
//!
//! | event | from |
//! |---|---|
//! | action | `event_action`, `action`, `event_type`, `status`, `state`: a word of [`fields::action`]; none → trigger |
//! | summary | `summary`, `title`, `subject`, `message`, `text`, `msg`, `name`, `alertname`, `description`: first line |
//! | dedup key | `dedup_key`, `incident_key`, `alias`, `key`, `fingerprint`, `id`; none → a digest of source and summary |
//! | severity | `severity`, `priority`, `level`: a usual word; `severity` 1–4 and `priority` 1–5 with 1 as the worst |
//! | source | `source`, `host`, `hostname`, `instance`, `server`, `node`, `device` |
//! | labels | `labels`, `tags` (an object; a list of `name=value`, `name:value`, bare tags or `{name, value}`; a list with commas), then `service`, `component`, `group`, `class`, `environment`, `env`, `region`, `cluster`, `team`, `job`, `check` |
//! | links | `links` (addresses, `{href, text}`, or text → address), then `url`, `link`, `runbook`, `runbook_url`, `dashboard`, `dashboard_url`, `generator_url`, `panel_url`, `permalink` |
//! | pictures | `images`, `image`, `image_url` |
//! | client | `client`, `client_url` |
//! | began, expires | `starts_at`, `started_at`, `timestamp`, `time`, `date` · `expires_at`, `ends_at`: ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970 |
//! | details | `details`, `custom_details`, and every field that was not used above, but for keys and passwords |
//!
//! Oddities. `id` is the last of the keys because many tools number their messages: then send `dedup_key`, or a
//! resolve will not find its trigger. Nothing but an empty body is refused. The event of last resort for all sources
//! is made here.

use allclear_core::event::{Action, Event};
use allclear_core::limits;
use serde_json::{Map, Value, json};

use crate::fields::{self, Fields};
use crate::json;
use crate::parts::{self, Warnings};
use crate::{Acceptance, Accepted, Answer, Parsed, Raw, Refusal, Snippet, Source};

/// The generic webhook.
pub(crate) static SOURCE: Source = Source {
    name: "generic",
    title: "Generic webhook",
    documentation: "https://www.rfc-editor.org/rfc/rfc8259",
    path: "/in/{key}",
    set_up: "Paste `{url}` wherever the tool asks for a *webhook URL*, with method POST. Most tools let you write the body: \
             use the JSON below with the tool's own placeholders. A tool that cannot will do, too: what Allclear does not \
             know is kept in the details.",
    snippets: &[
        Snippet {
            title: "The whole body",
            language: "json",
            text: "{\n  \"action\": \"trigger\",\n  \"dedup_key\": \"srv01/disk\",\n  \"summary\": \"Disk at 99% on \
                   srv01\",\n  \"severity\": \"critical\",\n  \"source\": \"srv01.example.com\",\n  \"labels\": \
                   {\"team\": \"storage\", \"mount\": \"/var\"},\n  \"links\": [{\"href\": \
                   \"https://wiki.example.com/disk\", \"text\": \"Runbook\"}],\n  \"details\": {\"free\": \"1%\"}\n}\n",
        },
        Snippet {
            title: "Trigger, then resolve, with curl",
            language: "sh",
            text: "curl '{url}' -d 'summary=Disk full on srv01' -d severity=critical -d key=srv01/disk\ncurl '{url}' -d \
                   status=ok -d key=srv01/disk\n",
        },
        Snippet {
            title: "When a cron job fails",
            language: "sh",
            text: "backup.sh || curl '{url}' -d \"summary=Backup failed on $(hostname)\" -d key=backup/$(hostname)\n",
        },
    ],
    sample: include_str!("../fixtures/generic/full.json"),
    accept,
    accepted,
    refused,
    parse,
};

pub(crate) fn accept(body: &[u8]) -> Result<Acceptance<'_>, Refusal> {
    if json::is_blank(body) {
        return Err(Refusal::unreadable("the body is empty; send JSON, a form or text"));
    }
    Ok(Acceptance::default())
}

pub(crate) fn accepted(event: &Accepted<'_>) -> Answer {
    Answer { status: 202, body: json!({"status": "accepted", "event_id": event.id}).to_string() }
}

pub(crate) fn refused(refusal: &Refusal) -> Answer {
    Answer { status: refusal.status, body: json!({"status": "refused", "errors": refusal.errors}).to_string() }
}

fn parse(raw: &Raw<'_>) -> Parsed {
    let text = json::lossy(raw.body);
    let mut warnings = Warnings::default();
    let events = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(items)) => events(items, &mut warnings),
        Ok(Value::Object(object)) => vec![event(object, raw.dedup_key, "", &mut warnings)],
        Ok(Value::String(line)) => vec![plain(&line, raw.dedup_key, &mut warnings)],
        Ok(Value::Null | Value::Bool(_) | Value::Number(_)) => vec![plain(&text, raw.dedup_key, &mut warnings)],
        Err(error) => match form(&text) {
            Some(object) => vec![event(object, raw.dedup_key, "", &mut warnings)],
            None => {
                if text.trim_start().starts_with(['{', '[']) {
                    warnings.push(format!("the body looks like JSON but is not: {error}; read as text"));
                }
                vec![plain(&text, raw.dedup_key, &mut warnings)]
            }
        },
    };
    parts::finish(events, warnings)
}

fn events(items: Vec<Value>, warnings: &mut Warnings) -> Vec<Event> {
    if items.is_empty() {
        warnings.push("the array is empty: there is nothing to show");
    }
    if items.len() > limits::EVENTS_PER_REQUEST {
        warnings.push(format!("{} events given, the first {} kept", items.len(), limits::EVENTS_PER_REQUEST));
    }
    let items = items.into_iter().take(limits::EVENTS_PER_REQUEST).enumerate();
    let mut events = Vec::new();
    for (index, item) in items {
        events.push(match item {
            Value::Object(object) => event(object, None, &format!("[{index}]."), warnings),
            Value::String(line) => plain(&line, None, warnings),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                plain(&item.to_string(), None, warnings)
            }
        });
    }
    events
}

/// One event from an object. `path` is the object's place in the request, for warnings.
fn event(object: Map<String, Value>, made_key: Option<&str>, path: &str, warnings: &mut Warnings) -> Event {
    let whole = without_secrets(Value::Object(object));
    let mut fields = Fields::new(&whole, path);
    let action = fields.take_action(warnings).unwrap_or(Action::Trigger);
    let summary = fields.take_summary();
    let key = fields.take_text(fields::KEY);
    let source = fields.take_text(&["source", "host", "hostname", "instance", "server", "node", "device"]);
    let source = source.unwrap_or_default();
    let key = key.or_else(|| made_key.map(str::to_owned)).unwrap_or_else(|| match (&summary, action) {
        (Some(summary), Action::Trigger | Action::Acknowledge | Action::Resolve) => parts::digest(&[&source, summary]),
        (None, _) | (_, Action::Change) => parts::digest(&[&whole.to_string()]),
    });
    let summary = summary.unwrap_or_else(|| {
        if action == Action::Trigger || action == Action::Change {
            warnings.push(format!("{path}summary is missing; send one line that says what is wrong"));
            return excerpt(whole.to_string());
        }
        key.clone()
    });
    let mut event = Event::new(action, key, summary);
    event.source = source;
    event.severity = fields.take_severity(warnings);
    event.labels = fields.take_labels();
    event.links = fields.take_links(warnings);
    event.images = fields.take_images(warnings);
    event.client = fields.take_client(warnings);
    event.starts_at = fields.take_time(&["startsat", "startedat", "timestamp", "time", "date"], warnings);
    event.expires_at = fields.take_time(&["expiresat", "endsat"], warnings);
    event.details = fields.into_details();
    event
}

/// One event from a text.
fn plain(text: &str, made_key: Option<&str>, warnings: &mut Warnings) -> Event {
    let line = headline(text).unwrap_or_else(|| {
        warnings.push("the message is empty");
        "Empty message".to_owned()
    });
    let key = made_key.map_or_else(|| parts::digest(&["", &line]), str::to_owned);
    let mut event = Event::new(Action::Trigger, key, line);
    if text.trim() != event.summary {
        event.details = Value::from(text);
    }
    event
}

/// The first line that is not blank.
pub(crate) fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// A summary for a text: its first line; of what looks like JSON the start, as its first line may be a bracket.
fn headline(text: &str) -> Option<String> {
    let line = first_line(text)?;
    if !line.starts_with(['{', '[']) {
        return Some(line.to_owned());
    }
    Some(excerpt(text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// The value but the fields that must not be shown, at any depth (which serde_json limits).
fn without_secrets(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let shown = object.into_iter().filter(|(name, _)| !fields::is_secret(name));
            Value::Object(shown.map(|(name, value)| (name, without_secrets(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_secrets).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// The start of a JSON text, for want of a summary.
fn excerpt(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(200) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The fields of a form, if the text is one: a single line of `name=value&…` with a name that we know. Blanks are
/// allowed, as `curl -d 'summary=Disk full'` sends them as they are.
fn form(text: &str) -> Option<Map<String, Value>> {
    let text = text.trim();
    if text.contains(['\n', '\r']) {
        return None;
    }
    let mut fields = Map::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        if name.contains(char::is_whitespace) {
            return None;
        }
        fields.insert(form_text(name), Value::String(form_text(value)));
    }
    if let Some(Ok(Value::Object(payload))) = fields.get("payload").and_then(Value::as_str).map(serde_json::from_str) {
        return Some(payload);
    }
    fields.keys().any(|name| Fields::knows(name)).then_some(fields)
}

/// Decodes `application/x-www-form-urlencoded`; what is not UTF-8 becomes `�`.
fn form_text(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        bytes.push(match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                (_, None) | (None, _) => b'%',
            },
            (other, _) => *other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// The event of last resort: what `source` did not understand, made visible as one new alert.
pub(crate) fn not_understood(raw: &Raw<'_>, source: &str, reasons: &[String]) -> Parsed {
    let text = json::lossy(raw.body);
    let key = raw.dedup_key.map_or_else(|| parts::digest(&[&text]), str::to_owned);
    let mut warnings = Warnings::default();
    warnings.push(format!("not understood as a message of {source}; shown as it came, as a new alert"));
    reasons.iter().for_each(|reason| warnings.push(reason.clone()));
    parts::finish(vec![as_it_came(&text, key)], warnings)
}

/// A trigger event for a text of any kind: the summary from a field that is usual for one, else from its first line.
pub(crate) fn as_it_came(text: &str, key: String) -> Event {
    let (summary, details) = match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let value = without_secrets(value);
            (Fields::new(&value, "").take_summary().unwrap_or_else(|| excerpt(value.to_string())), value)
        }
        Err(_) => (headline(text).unwrap_or_else(|| "Empty message".to_owned()), Value::from(text)),
    };
    let mut event = Event::new(Action::Trigger, key, summary);
    event.details = details;
    event
}
