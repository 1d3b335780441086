//! Events: what a source said, in our words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::severity::Severity;

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Something is wrong (again, or still).
    Trigger,
    /// Somebody saw it at the source.
    Acknowledge,
    /// It is over.
    Resolve,
    /// Something was changed: a deploy, a new configuration. Shown beside incidents; never pages.
    Change,
}

/// A link that came with an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads: `http` or `https`.
    pub href: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A picture that came with an event; shown as a link, never loaded by our pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// The address of the picture.
    pub src: String,
    /// Where a click leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// The text in place of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}

/// One message from a source, parsed. All texts are within [`limits`] once [`Event::clamp`] has run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What it asks for.
    pub action: Action,
    /// Names the condition within the integration's service. Events with the same key are about the same thing.
    pub dedup_key: String,
    /// One line for people.
    pub summary: String,
    /// What is affected: a host, a job, a URL.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How bad; nothing when the source did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Labels, as monitoring tools use them (`job`, `instance`, `component`, `group`, `class`, …).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Links to dashboards, runbooks, the rule that fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Pictures, as addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Whatever else the source sent that a human may want to read.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub details: serde_json::Value,
    /// The tool that sent it, by its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Link>,
    /// When the condition began, if the source said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// When the alert is to be taken as over unless the source speaks again before then (Alertmanager's `endsAt`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Event {
    /// An event with nothing but the three things that every event has.
    pub fn new(action: Action, dedup_key: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            action,
            dedup_key: dedup_key.into(),
            summary: summary.into(),
            source: String::new(),
            severity: None,
            labels: BTreeMap::new(),
            links: Vec::new(),
            images: Vec::new(),
            details: serde_json::Value::Null,
            client: None,
            starts_at: None,
            expires_at: None,
        }
    }

    /// Cuts every part to the published limits and names the parts that were cut, so that crossing a limit is visible.
    /// A dedup key is never cut: two long keys must not become one. U+0000, which PostgreSQL cannot store and nobody
    /// can read, becomes U+FFFD everywhere.
    pub fn clamp(&mut self) -> Vec<String> {
        let mut cut = Vec::new();
        replace_nul(&mut self.dedup_key);
        clamp_text("summary", &mut self.summary, limits::SUMMARY_CHARACTERS, &mut cut);
        clamp_text("source", &mut self.source, limits::SOURCE_CHARACTERS, &mut cut);
        self.clamp_labels(&mut cut);
        self.links.retain(|link| is_web_address(&link.href));
        self.images.retain(|image| is_web_address(&image.src));
        clamp_list("links", &mut self.links, limits::LINKS, &mut cut);
        clamp_list("images", &mut self.images, limits::LINKS, &mut cut);
        for link in &mut self.links {
            link.clamp("link", &mut cut);
        }
        for image in &mut self.images {
            image.clamp(&mut cut);
        }
        if let Some(client) = &mut self.client {
            client.clamp("client", &mut cut);
            if !is_web_address(&client.href) {
                client.href.clear();
            }
        }
        if clamp_details(&mut self.details, limits::DETAILS_DEPTH) {
            cut.push(format!("details: nested too deeply, the first {} levels kept", limits::DETAILS_DEPTH));
        }
        cut
    }

    fn clamp_labels(&mut self, cut: &mut Vec<String>) {
        if self.labels.len() > limits::LABELS {
            cut.push(format!("labels: {} given, the first {} kept", self.labels.len(), limits::LABELS));
            let kept = std::mem::take(&mut self.labels).into_iter().take(limits::LABELS);
            self.labels = kept.collect();
        }
        let is_odd = |name: &String| name.len() > limits::LABEL_NAME_CHARACTERS || name.contains('\0');
        if self.labels.keys().any(is_odd) {
            // Of two names that are the same once they were cut, the first one stays.
            for (mut name, value) in std::mem::take(&mut self.labels) {
                clamp_text("label's name", &mut name, limits::LABEL_NAME_CHARACTERS, cut);
                self.labels.entry(name).or_insert(value);
            }
        }
        for (name, value) in &mut self.labels {
            clamp_text(name, value, limits::LABEL_CHARACTERS, cut);
        }
    }
}

impl Link {
    fn clamp(&mut self, name: &str, cut: &mut Vec<String>) {
        clamp_text(name, &mut self.href, limits::LINK_CHARACTERS, cut);
        clamp_text(&format!("{name}'s text"), &mut self.text, limits::SUMMARY_CHARACTERS, cut);
    }
}

impl Image {
    fn clamp(&mut self, cut: &mut Vec<String>) {
        clamp_text("image", &mut self.src, limits::LINK_CHARACTERS, cut);
        if let Some(href) = &mut self.href {
            clamp_text("image's link", href, limits::LINK_CHARACTERS, cut);
        }
        if let Some(alt) = &mut self.alt {
            clamp_text("image's text", alt, limits::SUMMARY_CHARACTERS, cut);
        }
        self.href.take_if(|href| !is_web_address(href));
    }
}

/// Only `http` and `https` become links on a page: a `javascript:` address from a payload must never be clickable.
fn is_web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn replace_nul(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// Leaves out what lies deeper than so many levels, and says whether there was any.
fn clamp_details(value: &mut serde_json::Value, levels: usize) -> bool {
    use serde_json::Value;

    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => {
            replace_nul(text);
            false
        }
        Value::Array(_) | Value::Object(_) if levels == 0 => {
            *value = Value::Null;
            true
        }
        // All of them are to be looked at, so no `any`.
        Value::Array(values) => values.iter_mut().fold(false, |cut, value| clamp_details(value, levels - 1) | cut),
        Value::Object(fields) => {
            if fields.keys().any(|name| name.contains('\0')) {
                let renamed = std::mem::take(fields).into_iter().map(|(mut name, value)| {
                    replace_nul(&mut name);
                    (name, value)
                });
                *fields = renamed.collect();
            }
            fields.values_mut().fold(false, |cut, value| clamp_details(value, levels - 1) | cut)
        }
    }
}

fn clamp_text(name: &str, text: &mut String, limit: usize, cut: &mut Vec<String>) {
    replace_nul(text);
    if let Some((end, _)) = text.char_indices().nth(limit) {
        cut.push(format!("{name}: {} characters given, the first {limit} kept", text.chars().count()));
        text.truncate(end);
    }
}

fn clamp_list<T>(name: &str, list: &mut Vec<T>, limit: usize, cut: &mut Vec<String>) {
    if list.len() > limit {
        cut.push(format!("{name}: {} given, the first {limit} kept", list.len()));
        list.truncate(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_parts_are_cut_and_named() {
        let mut event = Event::new(Action::Trigger, "k".repeat(5_000), "é".repeat(limits::SUMMARY_CHARACTERS + 1));
        event.labels = (0..limits::LABELS + 3).map(|n| (format!("label{n:03}"), "v".to_owned())).collect();
        let cut = event.clamp();
        assert_eq!(event.summary.chars().count(), limits::SUMMARY_CHARACTERS);
        assert_eq!(event.labels.len(), limits::LABELS);
        assert_eq!(event.dedup_key.len(), 5_000);
        assert_eq!(cut.len(), 2, "{cut:?}");
        assert!(event.clamp().is_empty(), "a clamped event is within the limits");
    }

    /// An event with so much of everything that nothing of it may stay as it is.
    fn monster() -> Event {
        let long = || "x\0".repeat(10_000);
        let web = || format!("https://example.com/{}", long());
        let mut event = Event::new(Action::Trigger, "a\0b", long());
        event.source = long();
        event.labels = (0..200).map(|number| (format!("{number:03}{}", long()), long())).collect();
        event.links = (0..200).map(|_| Link { href: web(), text: long() }).collect();
        let image = || Image { src: web(), href: Some(web()), alt: Some(long()) };
        event.images = (0..200).map(|_| image()).collect();
        event.client = Some(Link { href: web(), text: long() });
        event.details = (0..100).fold(serde_json::json!({ "a\0": "b\0" }), |inner, number| {
            if number % 2 == 0 { serde_json::json!([inner, "\0"]) } else { serde_json::json!({ "in\0": inner }) }
        });
        event
    }

    fn depth(value: &serde_json::Value) -> usize {
        let inner =
            value.as_array().into_iter().flatten().chain(value.as_object().into_iter().flat_map(|all| all.values()));
        let is_container = value.is_array() || value.is_object();
        usize::from(is_container) + inner.map(depth).max().unwrap_or(0)
    }

    #[test]
    fn every_part_is_within_its_limit_and_without_nul() {
        // beyond: SUMMARY_CHARACTERS, SOURCE_CHARACTERS, LABELS, LABEL_NAME_CHARACTERS, LABEL_CHARACTERS
        // beyond: LINKS, LINK_CHARACTERS, DETAILS_DEPTH
        let mut event = monster();
        let cut = event.clamp();
        let told = ["summary", "source", "labels", "label's name", "links", "link's text", "images", "image's link"];
        for part in told.into_iter().chain(["image's text", "client", "client's text", "details"]) {
            assert!(cut.iter().any(|warning| warning.starts_with(&format!("{part}:"))), "{part} is not told");
        }
        let text = serde_json::to_string(&event).unwrap();
        assert!(!text.contains("\\u0000") && text.contains('\u{fffd}'));
        let longest = limits::LABEL_NAME_CHARACTERS;
        assert!(event.labels.len() <= limits::LABELS);
        assert!(event.labels.keys().all(|name| name.chars().count() <= longest));
        let image = &event.images[0];
        assert!(image.alt.as_ref().is_some_and(|alt| alt.chars().count() <= limits::SUMMARY_CHARACTERS));
        assert!(image.href.as_ref().is_some_and(|href| href.chars().count() <= limits::LINK_CHARACTERS));
        assert_eq!(depth(&event.details), limits::DETAILS_DEPTH);
        assert_eq!(event.dedup_key, "a\u{fffd}b");
        let clamped = event.clone();
        assert!(event.clamp().is_empty(), "a clamped event is within the limits");
        assert_eq!(event, clamped);
    }

    #[test]
    fn names_that_are_cut_to_the_same_are_one_label() {
        let mut event = Event::new(Action::Trigger, "k", "s");
        let name = |end: char| format!("{}{end}", "n".repeat(limits::LABEL_NAME_CHARACTERS));
        event.labels = [(name('a'), "first".to_owned()), (name('b'), "second".to_owned())].into();
        assert_eq!(event.clamp().len(), 2);
        assert_eq!(event.labels.into_values().collect::<Vec<_>>(), ["first"]);
    }

    #[test]
    fn only_web_addresses_become_links() {
        let mut event = Event::new(Action::Trigger, "k", "s");
        for href in ["https://grafana.example/d/1", "javascript:alert(1)", "data:text/html,x", "ftp://x"] {
            event.links.push(Link { href: href.into(), text: String::new() });
        }
        event.client = Some(Link { href: "javascript:alert(1)".into(), text: "Nagios".into() });
        event.clamp();
        assert_eq!(event.links.len(), 1);
        assert_eq!(event.client.unwrap().href, "");
    }
}
