//! The fields of a forgiving object: found by many names, each used once, the rest kept. See `generic.rs` for the
//! names.

use std::collections::BTreeMap;

use allclear_core::event::{Action, Image, Link};
use allclear_core::severity::Severity;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::generic::first_line;
use crate::parts::{self, Warnings, is_web_address, loose_text, quote};

const ACTION: &[&str] = &["eventaction", "action", "eventtype", "status", "state"];
const SUMMARY: &[&str] = &["summary", "title", "subject", "message", "text", "msg", "name", "alertname", "description"];
pub(crate) const KEY: &[&str] = &["dedupkey", "incidentkey", "alias", "key", "fingerprint", "id"];
const SEVERITY: &[&str] = &["severity", "priority", "level"];
const LABELS: &[&str] = &["labels", "tags"];
const LABEL: &[&str] =
    &["service", "component", "group", "class", "environment", "env", "region", "cluster", "team", "job", "check"];
/// Names of single links, with what to call them.
const LINK: &[(&str, &str)] = &[
    ("url", ""),
    ("link", ""),
    ("runbook", "Runbook"),
    ("runbookurl", "Runbook"),
    ("dashboard", "Dashboard"),
    ("dashboardurl", "Dashboard"),
    ("generatorurl", "Rule"),
    ("panelurl", "Panel"),
    ("permalink", ""),
];
/// Names of keys that let one send events: never shown.
const SECRET: &[&str] = &["routingkey", "servicekey", "integrationkey", "apikey", "token", "password", "secret"];
const IMAGE: &[&str] = &["image", "imageurl"];

/// An object's fields that were not used yet, in the order of their names.
pub(crate) struct Fields<'a> {
    path: &'a str,
    rest: Vec<Field<'a>>,
    /// A text of several lines whose first line became the summary.
    long_summary: Option<(&'a str, &'a str)>,
}

struct Field<'a> {
    plain_name: String,
    name: &'a str,
    value: &'a Value,
}

impl<'a> Fields<'a> {
    /// The fields of an object; none of anything else.
    pub(crate) fn new(value: &'a Value, path: &'a str) -> Self {
        let object = value.as_object().into_iter().flatten();
        let rest = object.map(|(name, value)| Field { plain_name: plain_name(name), name, value }).collect();
        Self { path, rest, long_summary: None }
    }

    /// Whether a form with this field is meant for us.
    pub(crate) fn knows(name: &str) -> bool {
        let name = plain_name(name);
        SUMMARY.iter().chain(KEY).any(|known| *known == name)
    }

    /// Takes the first of these names for which `usable` gives something.
    fn take<T>(&mut self, names: &[&str], usable: impl Fn(&'a Value) -> Option<T>) -> Option<(&'a str, T)> {
        names.iter().find_map(|wanted| {
            let (at, found) = self.rest.iter().enumerate().find_map(|(at, field)| {
                if field.plain_name != *wanted {
                    return None;
                }
                usable(field.value).map(|found| (at, found))
            })?;
            Some((self.rest.remove(at).name, found))
        })
    }

    /// A string that is not blank, a number or a boolean, as text.
    pub(crate) fn take_text(&mut self, names: &[&str]) -> Option<String> {
        self.take(names, scalar).map(|(_, text)| text)
    }

    pub(crate) fn take_action(&mut self, warnings: &mut Warnings) -> Option<Action> {
        let known = self.take(ACTION, |value| scalar(value).and_then(|word| action(&word)));
        if known.is_none()
            && let Some(field) = self.named(ACTION)
            && let Some(word) = scalar(field.value)
        {
            let (path, name) = (self.path, field.name);
            warnings.push(format!("{path}{name} {} is not known, taken as trigger", quote(&word)));
        }
        known.map(|(_, action)| action)
    }

    /// The first line of the summary.
    pub(crate) fn take_summary(&mut self) -> Option<String> {
        let (name, (line, text)) = self.take(SUMMARY, |value| {
            let text = value.as_str();
            let line = text.map_or_else(|| scalar(value), |text| first_line(text).map(str::to_owned))?;
            Some((line, text))
        })?;
        self.long_summary = text.filter(|text| text.trim() != line).map(|text| (name, text));
        Some(line)
    }

    pub(crate) fn take_severity(&mut self, warnings: &mut Warnings) -> Option<Severity> {
        for name in SEVERITY {
            let known = self.take(&[name], |value| scalar(value).and_then(|word| severity(name, &word)));
            if let Some((_, severity)) = known {
                return Some(severity);
            }
        }
        if let Some(field) = self.named(SEVERITY)
            && let Some(word) = scalar(field.value)
        {
            warnings.push(format!("{}{} {} is not a severity that is known", self.path, field.name, quote(&word)));
        }
        None
    }

    pub(crate) fn take_labels(&mut self) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        for name in LABELS {
            if let Some((_, given)) = self.take(&[name], Some) {
                add_labels(given, &mut labels);
            }
        }
        for name in LABEL {
            if let Some((name, text)) = self.take(&[name], scalar) {
                labels.entry(name.to_owned()).or_insert(text);
            }
        }
        labels
    }

    pub(crate) fn take_links(&mut self, warnings: &mut Warnings) -> Vec<Link> {
        let mut links = Vec::new();
        if let Some((name, given)) = self.take(&["links"], Some) {
            let mut add = |text: &str, href: Option<&str>| match href.filter(|href| is_web_address(href)) {
                Some(href) => links.push(Link { href: href.to_owned(), text: text.to_owned() }),
                None => {
                    let href = quote(href.unwrap_or_default());
                    warnings.push(format!("{}{name}: {href} is not an http or https address, left out", self.path));
                }
            };
            each_address(given, &mut add);
        }
        for (name, text) in LINK {
            // What is no address (`"runbook": "restart it"`) stays in the details.
            if let Some((_, href)) = self.take(&[name], web_address) {
                links.push(Link { href: href.to_owned(), text: (*text).to_owned() });
            }
        }
        links
    }

    pub(crate) fn take_images(&mut self, warnings: &mut Warnings) -> Vec<Image> {
        let mut images = Vec::new();
        if let Some((name, given)) = self.take(&["images"], Some) {
            let items = given.as_array().map_or(std::slice::from_ref(given), Vec::as_slice);
            for item in items {
                let part = |names: &[&str]| names.iter().find_map(|name| item.get(name).and_then(loose_text));
                match item.as_str().map(str::to_owned).or_else(|| part(&["src", "url"])) {
                    Some(src) if is_web_address(&src) => {
                        images.push(Image { src, href: part(&["href"]), alt: part(&["alt", "text"]) });
                    }
                    Some(_) | None => {
                        let item = quote(&item.to_string());
                        warnings.push(format!("{}{name}: {item} has no http or https address, left out", self.path));
                    }
                }
            }
        }
        for name in IMAGE {
            if let Some((_, src)) = self.take(&[name], web_address) {
                images.push(Image { src: src.to_owned(), href: None, alt: None });
            }
        }
        images
    }

    pub(crate) fn take_client(&mut self, warnings: &mut Warnings) -> Option<Link> {
        let name = self.take_text(&["client"]);
        let address = self.take_text(&["clienturl"]);
        parts::client(name.as_deref(), address.as_deref(), warnings)
    }

    pub(crate) fn take_time(&mut self, names: &[&str], warnings: &mut Warnings) -> Option<Timestamp> {
        let known = self.take(names, moment);
        if known.is_none()
            && let Some(field) = self.named(names)
            && let Some(text) = scalar(field.value)
        {
            let (path, name) = (self.path, field.name);
            warnings.push(format!(
                "{path}{name} {} is not a time, left out; send one such as 2026-11-05T12:00:00Z",
                quote(&text)
            ));
        }
        known.and_then(|(_, moment)| moment)
    }

    /// What was sent as details, and all that was not used.
    pub(crate) fn into_details(mut self) -> Value {
        let given = self.take(&["details", "customdetails"], |value| Some(value).filter(|value| !value.is_null()));
        let mut details = match given {
            None => Map::new(),
            Some((_, Value::Object(object))) => object.clone(),
            Some((_, value)) if self.rest.is_empty() && self.long_summary.is_none() => return value.clone(),
            Some((name, value)) => Map::from_iter([(name.to_owned(), value.clone())]),
        };
        for Field { name, value, .. } in self.rest.iter().filter(|field| !field.value.is_null()) {
            details.entry(*name).or_insert_with(|| (*value).clone());
        }
        if let Some((name, text)) = self.long_summary {
            details.entry(name).or_insert_with(|| Value::from(text));
        }
        if details.is_empty() { Value::Null } else { Value::Object(details) }
    }

    fn named(&self, names: &[&str]) -> Option<&Field<'a>> {
        names.iter().find_map(|name| self.rest.iter().find(|field| field.plain_name == *name))
    }
}

/// A name without case, `_`, `-`, `.` and spaces.
fn plain_name(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-' | '.' | ' ')).collect::<String>().to_ascii_lowercase()
}

/// Whether a field of this name holds something that must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = plain_name(name);
    SECRET.iter().any(|secret| *secret == name)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
    }
}

fn web_address(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| is_web_address(text))
}

/// The words for actions, compared without case and without anything but letters.
pub(crate) fn action(word: &str) -> Option<Action> {
    let word: String = word.chars().filter(char::is_ascii_alphabetic).take(24).collect();
    match word.to_ascii_lowercase().as_str() {
        "trigger" | "triggered" | "fire" | "fired" | "firing" | "alert" | "alerting" | "alarm" | "active" | "open"
        | "opened" | "new" | "create" | "created" | "start" | "started" | "raise" | "raised" | "down" | "problem"
        | "fail" | "failed" | "failing" | "failure" | "error" | "critical" | "warning" | "warn" | "unhealthy"
        | "degraded" | "unreachable" | "offline" | "breached" | "timeout" | "nodata" | "missing" => {
            Some(Action::Trigger)
        }
        "acknowledge" | "acknowledged" | "acknowledgement" | "acknowledgment" | "ack" | "acked" => {
            Some(Action::Acknowledge)
        }
        "resolve" | "resolved" | "ok" | "okay" | "up" | "recover" | "recovered" | "recovery" | "healthy" | "normal"
        | "inactive" | "clear" | "cleared" | "close" | "closed" | "online" | "success" | "succeeded" | "pass"
        | "passed" | "end" | "ended" | "fixed" | "backtonormal" => Some(Action::Resolve),
        "change" | "changed" | "deploy" | "deployed" | "deployment" | "release" | "released" => Some(Action::Change),
        _ => None,
    }
}

fn severity(field: &str, word: &str) -> Option<Severity> {
    match (field, word.parse::<u8>()) {
        ("severity", Ok(rank)) => Severity::from_rank(rank),
        ("priority", Ok(priority)) => Severity::from_tool_word(&format!("p{priority}")),
        (_, Ok(_)) => None,
        (_, Err(_)) => Severity::from_tool_word(word),
    }
}

/// A moment as text or as a number since 1970, whose size tells its unit. Go's zero time is understood as none.
fn moment(value: &Value) -> Option<Option<Timestamp>> {
    let number = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse::<f64>().ok()));
    let Some(number) = number else {
        return value.as_str().and_then(|text| parts::time(text).ok());
    };
    let microseconds = match number.abs() {
        size if size < 1e11 => number * 1e6,
        size if size < 1e14 => number * 1e3,
        size if size < 1e17 => number,
        size if size < 1e20 => number / 1e3,
        _ => return None,
    };
    Timestamp::from_microsecond(microseconds as i64).ok().map(Some)
}

fn add_labels(given: &Value, labels: &mut BTreeMap<String, String>) {
    match given {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::Object(object) => {
            labels.extend(object.iter().filter_map(|(name, value)| Some((name.clone(), loose_text(value)?))));
        }
        Value::String(list) => list.split(',').for_each(|tag| add_tag(tag, labels)),
        Value::Array(items) => {
            for item in items {
                let part = |names: [&str; 2]| names.iter().find_map(|name| item.get(name).and_then(scalar));
                match (item, part(["name", "key"])) {
                    (Value::String(tag), _) => add_tag(tag, labels),
                    (Value::Object(_), Some(name)) => {
                        labels.insert(name, item.get("value").and_then(loose_text).unwrap_or_else(|| "true".into()));
                    }
                    (_, _) => {
                        labels.extend(loose_text(item).map(|tag| (tag, "true".to_owned())));
                    }
                }
            }
        }
    }
}

fn add_tag(tag: &str, labels: &mut BTreeMap<String, String>) {
    let tag = tag.trim();
    match tag.split_once(['=', ':']).map(|(name, value)| (name.trim(), value.trim())) {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => labels.insert(name.into(), value.into()),
        Some(_) | None if tag.is_empty() => None,
        Some(_) | None => labels.insert(tag.into(), "true".into()),
    };
}

/// Calls `add` with text and address for each link in an address, `{href, text}`, text → address, or a list of those.
fn each_address(given: &Value, add: &mut impl FnMut(&str, Option<&str>)) {
    match given {
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => add("", None),
        Value::String(href) => add("", Some(href)),
        Value::Array(items) => {
            for item in items {
                // Lists do not nest, so neither does this.
                if item.is_array() { add("", None) } else { each_address(item, add) }
            }
        }
        Value::Object(object) => {
            let part = |names: &[&str]| names.iter().find_map(|name| object.get(*name).and_then(Value::as_str));
            match part(&["href", "url", "link"]) {
                Some(href) => add(part(&["text", "title", "name"]).unwrap_or_default(), Some(href)),
                None => object.iter().for_each(|(text, href)| add(text, href.as_str())),
            }
        }
    }
}
