//! What Alertmanager's webhook and its API have in common: label sets, fingerprints, and an alert as an event.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use allclear_core::event::{Action, Event, Link};
use allclear_core::limits;
use allclear_core::severity::Severity;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::json::Text;
use crate::parts::{self, Warnings};

/// A set of labels or annotations, sorted by name. A `null` value is an empty one; of two equal names the last
/// counts, as in Go.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels<'a>(pub(crate) BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Labels<'a> {
    /// The value, unless it is missing or blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref).filter(|value| !value.trim().is_empty())
    }

    /// The first of these names with a value.
    fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Removes labels without a value: they are the same as no label.
    pub(crate) fn drop_empty(&mut self) {
        self.0.retain(|_, value| !value.is_empty());
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}

struct LabelsVisitor;

impl<'de> Visitor<'de> for LabelsVisitor {
    type Value = Labels<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of strings")
    }

    fn visit_unit<E>(self) -> Result<Labels<'de>, E> {
        Ok(Labels::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels<'de>, A::Error> {
        let mut labels = Labels::default();
        while let Some((name, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
            let name = match name {
                Text::Is(name) => name,
                Text::Absent | Text::Null | Text::Other(_) => continue,
            };
            let value = match value {
                Text::Is(value) => value,
                Text::Absent | Text::Null => Cow::Borrowed(""),
                Text::Other(kind) => {
                    let name = parts::quote(&name);
                    return Err(A::Error::custom(format!("the value of {name} is {kind}, a string is expected")));
                }
            };
            labels.0.insert(name, value);
        }
        Ok(labels)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Labels<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LabelsVisitor)
    }
}

/// The fingerprint of a label set as 16 hexadecimal digits: 64-bit FNV-1a over each name and value in the order of the
/// names, a byte 0xFF after each (`prometheus/common:model/signature.go`). Prometheus, Alertmanager, `amtool` and we
/// give the same labels the same fingerprint.
pub fn fingerprint<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let sorted: BTreeMap<&str, &str> = labels.into_iter().collect();
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for text in sorted.into_iter().flat_map(|(name, value)| [name, value]) {
        for byte in text.bytes().chain([0xFF]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// An alert of Prometheus or Alertmanager, as far as both sources share it.
pub(crate) struct Alert<'a> {
    pub(crate) labels: &'a Labels<'a>,
    pub(crate) annotations: &'a Labels<'a>,
    pub(crate) generator_url: &'a Text<'a>,
}

impl Alert<'_> {
    /// The event, without times. `name` is the place of the alert in the request, for warnings.
    ///
    /// | event | is |
    /// |---|---|
    /// | summary | annotation `summary`, `message`, `description` or `title`, else label `alertname`, else the labels |
    /// | source | label `instance`, `host`, `hostname`, `node`, `pod`, `service` or `job` |
    /// | severity | label `severity`, else `priority`; a word that is not known is a warning |
    /// | labels | the labels |
    /// | links | `generatorURL`, and every annotation that is a web address, by its name |
    /// | details | the annotations |
    pub(crate) fn event(&self, action: Action, key: String, name: &str, warnings: &mut Warnings) -> Event {
        let mut event = Event::new(action, key, self.summary());
        let source = self.labels.first(&["instance", "host", "hostname", "node", "pod", "service", "job"]);
        event.source = source.unwrap_or_default().to_owned();
        event.severity = self.severity(name, warnings);
        event.labels = owned(self.labels);
        event.links = self.links(name, warnings);
        if !self.annotations.0.is_empty() {
            let annotations = self.annotations.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
            event.details = serde_json::json!({"annotations": Value::Object(annotations.collect())});
        }
        event
    }

    fn summary(&self) -> String {
        let said = self.annotations.first(&["summary", "message", "description", "title"]);
        if let Some(text) = said.or_else(|| self.labels.get("alertname")) {
            return text.trim().to_owned();
        }
        let mut pairs = String::new();
        for (name, value) in self.labels.iter() {
            pairs.push_str(if pairs.is_empty() { "" } else { ", " });
            pairs.push_str(&format!("{name}={value:?}"));
            if pairs.len() > limits::SUMMARY_CHARACTERS {
                break;
            }
        }
        if pairs.is_empty() { "Alert without labels".to_owned() } else { pairs }
    }

    fn severity(&self, name: &str, warnings: &mut Warnings) -> Option<Severity> {
        for label in ["severity", "priority"] {
            let Some(word) = self.labels.get(label) else { continue };
            let severity = Severity::from_tool_word(word);
            if severity.is_some() {
                return severity;
            }
            warnings.push(format!("{name}.labels.{label} {} is not a severity that is known", parts::quote(word)));
        }
        None
    }

    fn links(&self, name: &str, warnings: &mut Warnings) -> Vec<Link> {
        let mut links = Vec::new();
        match self.generator_url.get() {
            Some(href) if parts::is_web_address(href) => {
                links.push(Link { href: href.to_owned(), text: "Rule".to_owned() });
            }
            Some(href) => {
                let href = parts::quote(href);
                warnings.push(format!("{name}.generatorURL {href} is not an http or https address, left out"));
            }
            None => {}
        }
        let addresses = self.annotations.iter().filter(|(_, value)| parts::is_web_address(value));
        links.extend(addresses.map(|(name, value)| Link { href: value.to_owned(), text: link_text(name) }));
        links
    }
}

/// What to call the link of an annotation: `runbook_url` is "Runbook", `dashboardURL` is "Dashboard".
fn link_text(annotation: &str) -> String {
    let stem = ["_url", "-url", "URL", "Url"].iter().find_map(|end| annotation.strip_suffix(end)).unwrap_or(annotation);
    let words = stem.trim_matches('_').replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(|| "Link".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

fn owned(labels: &Labels<'_>) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_prometheus() {
        // Recorded from Alertmanager 0.25.
        let checkout = [
            ("severity", "critical"),
            ("alertname", "CheckoutErrorRateHigh"),
            ("cluster", "eu-1"),
            ("instance", "checkout-1.shop.example:9090"),
            ("job", "checkout"),
        ];
        assert_eq!(fingerprint(checkout), "53d4347bca2fcca8");
        assert_eq!(fingerprint([("a", "c")]), "d2af7181929410b3");
        assert_eq!(fingerprint([("a", "b")]), "d2b371819297f98a");
        assert_eq!(fingerprint([]), "cbf29ce484222325");
    }

    #[test]
    fn links_are_called_by_their_annotations() {
        for (annotation, text) in [
            ("runbook_url", "Runbook"),
            ("dashboardURL", "Dashboard"),
            ("silence-url", "Silence"),
            ("service_map", "Service map"),
            ("__dashboard_url__", "Dashboard url"),
            ("_url", "Link"),
        ] {
            assert_eq!(link_text(annotation), text);
        }
    }
}
