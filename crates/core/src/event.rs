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
    /// A dedup key is never cut: two long keys must not become one.
    pub fn clamp(&mut self) -> Vec<String> {
        let mut cut = Vec::new();
        clamp_text("summary", &mut self.summary, limits::SUMMARY_CHARACTERS, &mut cut);
        clamp_text("source", &mut self.source, limits::SOURCE_CHARACTERS, &mut cut);
        if self.labels.len() > limits::LABELS {
            cut.push(format!("labels: {} given, the first {} kept", self.labels.len(), limits::LABELS));
            let kept = std::mem::take(&mut self.labels).into_iter().take(limits::LABELS);
            self.labels = kept.collect();
        }
        for (name, value) in &mut self.labels {
            clamp_text(name, value, limits::LABEL_CHARACTERS, &mut cut);
        }
        clamp_list("links", &mut self.links, limits::LINKS, &mut cut);
        clamp_list("images", &mut self.images, limits::LINKS, &mut cut);
        for link in &mut self.links {
            clamp_text("link", &mut link.href, limits::LINK_CHARACTERS, &mut cut);
            clamp_text("link text", &mut link.text, limits::SUMMARY_CHARACTERS, &mut cut);
        }
        self.links.retain(|link| is_web_address(&link.href));
        self.images.retain(|image| is_web_address(&image.src));
        for image in &mut self.images {
            image.href.take_if(|href| !is_web_address(href));
        }
        if let Some(client) = &mut self.client
            && !is_web_address(&client.href)
        {
            client.href.clear();
        }
        cut
    }
}

/// Only `http` and `https` become links on a page: a `javascript:` address from a payload must never be clickable.
fn is_web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

fn clamp_text(name: &str, text: &mut String, limit: usize, cut: &mut Vec<String>) {
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
