//! Parts that several sources share: warnings, digests, times, links, pictures.

use allclear_core::event::{Event, Image, Link};
use allclear_core::hex;
use allclear_core::limits;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::Parsed;
use crate::json::Text;

/// Collects warnings without letting a hostile payload fill the memory with them.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    list: Vec<String>,
    more: usize,
}

impl Warnings {
    pub(crate) fn push(&mut self, warning: impl Into<String>) {
        if self.list.len() < limits::WARNINGS {
            self.list.push(warning.into());
        } else {
            self.more += 1;
        }
    }

    fn into_list(mut self) -> Vec<String> {
        if self.more > 0 {
            self.list.push(format!("and {} more warnings", self.more));
        }
        self.list
    }
}

/// A value as quoted in a message: within backticks, cut when long.
pub(crate) fn quote(value: &str) -> String {
    match value.char_indices().nth(80) {
        Some((end, _)) => format!("`{}…`", &value[..end]),
        None => format!("`{value}`"),
    }
}

/// Ends a parse: every event within the limits, with a warning for each part that was cut.
pub(crate) fn finish(mut events: Vec<Event>, mut warnings: Warnings) -> Parsed {
    if events.len() > limits::EVENTS_PER_REQUEST {
        warnings.push(format!("{} events given, the first {} kept", events.len(), limits::EVENTS_PER_REQUEST));
        events.truncate(limits::EVENTS_PER_REQUEST);
    }
    let single = events.len() == 1;
    for (index, event) in events.iter_mut().enumerate() {
        if event.dedup_key.chars().nth(limits::DEDUP_KEY_CHARACTERS).is_some() {
            // Cutting could make one key of two; a digest cannot.
            let digest = digest(&[&event.dedup_key]);
            warnings.push(format!("dedup key {} is too long, its digest {digest} is used", quote(&event.dedup_key)));
            event.dedup_key = digest;
        }
        for cut in event.clamp() {
            warnings.push(if single { cut } else { format!("event {}: {cut}", index + 1) });
        }
    }
    Parsed { events, warnings: warnings.into_list() }
}

/// A stable digest of some texts, as 32 hexadecimal digits: half of SHA-256, with each text's length before it so that
/// no two lists of texts run together.
pub(crate) fn digest(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hex(&hasher.finalize()[..16])
}

/// A moment in ISO 8601 or RFC 3339, with any usual offset (`Z`, `+00:00`, `+0000`); without one it is taken as UTC.
/// Nothing for Go's zero time (year 1), which Prometheus and Alertmanager send for "not known".
///
/// # Errors
/// The text is not a moment.
pub(crate) fn time(text: &str) -> Result<Option<Timestamp>, ()> {
    let text = text.trim();
    let moment = text
        .parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().and_then(|civil| civil.to_zoned(TimeZone::UTC)).map(|at| at.timestamp()))
        .map_err(|_| ())?;
    Ok(Some(moment).filter(|moment| moment.as_second() > GO_ZERO_SECOND))
}

/// 0001-01-01T00:00:00Z, in seconds from the epoch.
const GO_ZERO_SECOND: i64 = -62_135_596_800;

/// A field that holds a moment; one that cannot be read is a warning.
pub(crate) fn time_field(name: &str, field: &Text<'_>, warnings: &mut Warnings) -> Option<Timestamp> {
    if let Some(kind) = field.wrong_kind() {
        warnings.push(format!("{name} is {kind}, left out; send a time such as 2026-11-05T12:00:00Z"));
    }
    let text = field.get()?;
    time(text).unwrap_or_else(|()| {
        warnings.push(format!("{name} {} is not a time, left out; send one such as 2026-11-05T12:00:00Z", quote(text)));
        None
    })
}

/// A field that holds a string and is only for show: anything else is kept as its JSON text.
pub(crate) fn loose_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// Any JSON that is only for show. What is nested too deeply, or holds a number that is none, is kept as text.
pub(crate) fn details(raw: Option<&RawValue>) -> Value {
    raw.map_or(Value::Null, |raw| {
        serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
    })
}

/// A list of links: objects with `href` and perhaps `text`.
pub(crate) fn links(raw: Option<&RawValue>, warnings: &mut Warnings) -> Vec<Link> {
    let items = objects("links", raw, warnings);
    items.iter().filter_map(|(index, item)| link(&format!("links[{index}]"), item, warnings)).collect()
}

/// A list of pictures: objects with `src` and perhaps `href` and `alt`.
pub(crate) fn images(raw: Option<&RawValue>, warnings: &mut Warnings) -> Vec<Image> {
    let items = objects("images", raw, warnings);
    items.iter().filter_map(|(index, item)| image(&format!("images[{index}]"), item, warnings)).collect()
}

/// One link.
pub(crate) fn link(name: &str, item: &Map<String, Value>, warnings: &mut Warnings) -> Option<Link> {
    let href = web_address(&format!("{name}.href"), item.get("href"), warnings)?;
    Some(Link { href, text: item.get("text").and_then(loose_text).unwrap_or_default() })
}

/// One picture.
pub(crate) fn image(name: &str, item: &Map<String, Value>, warnings: &mut Warnings) -> Option<Image> {
    let src = web_address(&format!("{name}.src"), item.get("src"), warnings)?;
    let href = item.get("href").and_then(loose_text);
    Some(Image { src, href, alt: item.get("alt").and_then(loose_text) })
}

/// The objects of a list, each with its place; what is no object is a warning.
fn objects(name: &str, raw: Option<&RawValue>, warnings: &mut Warnings) -> Vec<(usize, Map<String, Value>)> {
    let items = match details(raw) {
        Value::Null => return Vec::new(),
        Value::Array(items) => items,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            warnings.push(format!("{name} is not an array, left out"));
            return Vec::new();
        }
    };
    let mut objects = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Value::Object(object) => objects.push((index, object)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                warnings.push(format!("{name}[{index}] is not an object, left out"));
            }
        }
    }
    objects
}

/// An address that may become a link: `http` or `https`. Anything else is a warning.
pub(crate) fn web_address(name: &str, value: Option<&Value>, warnings: &mut Warnings) -> Option<String> {
    let address = value.and_then(loose_text).unwrap_or_default();
    if is_web_address(&address) {
        return Some(address);
    }
    warnings.push(format!("{name} {} is not an http or https address, left out", quote(&address)));
    None
}

/// Whether it may become a link.
pub(crate) fn is_web_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// The tool that sent the event: its name and its address, as far as given.
pub(crate) fn client(name: Option<&str>, address: Option<&str>, warnings: &mut Warnings) -> Option<Link> {
    let href = address.filter(|href| {
        let linked = is_web_address(href);
        if !linked {
            warnings.push(format!("client_url {} is not an http or https address, left out", quote(href)));
        }
        linked
    });
    (name.is_some() || href.is_some())
        .then(|| Link { href: href.unwrap_or_default().to_owned(), text: name.unwrap_or_default().to_owned() })
}

/// The contexts of PagerDuty's first API: one list of links and pictures, told apart by `type`.
pub(crate) fn contexts(raw: Option<&RawValue>, warnings: &mut Warnings) -> (Vec<Link>, Vec<Image>) {
    let (mut links, mut images) = (Vec::new(), Vec::new());
    for (index, item) in objects("contexts", raw, warnings) {
        let name = format!("contexts[{index}]");
        match item.get("type").and_then(Value::as_str) {
            Some("link") => links.extend(link(&name, &item, warnings)),
            Some("image") => images.extend(image(&name, &item, warnings)),
            kind => {
                let kind = quote(kind.unwrap_or_default());
                warnings.push(format!("{name}.type {kind} is neither link nor image, left out"));
            }
        }
    }
    (links, images)
}
