//! Every source: what it accepts, and what it reads.

use allclear_core::event::Event;
use allclear_core::limits;
use allclear_inbound::{ALL, Raw, Source};
use allclear_world::fuzz::Cases;
use jiff::Timestamp;
use serde_json::Value;

use super::payloads;

/// How much larger than what was sent the events may be that are made of it, in bytes of JSON: escapes make six bytes
/// of one, and a part may be said twice, as a label and in the details.
const GROWTH: usize = 16;
/// What each event may have besides: the source's own parts, such as a link that all of them share.
const EACH: usize = 6 * limits::LINK_CHARACTERS + 2_048;
/// The most of a refusal or a warning.
const TOLD: usize = 4_096;

#[test]
fn sources_read_anything() {
    let corpus = payloads();
    for mut case in Cases::of(&corpus, 300) {
        let moments = [Timestamp::MIN, Timestamp::UNIX_EPOCH, "2026-11-05T12:00:00Z".parse().unwrap(), Timestamp::MAX];
        let received_at = *case.pick(&moments).unwrap();
        let made_key = case.percent(50).then_some("made");
        case.check(|body| ALL.iter().for_each(|source| reads(source, body, made_key, received_at)));
    }
}

fn reads(source: &Source, body: &[u8], made_key: Option<&str>, received_at: Timestamp) {
    let accepted = (source.accept)(body);
    if let Err(refusal) = &accepted {
        assert!((400..500).contains(&refusal.status) && !refusal.errors.is_empty(), "{source:?}: {refusal:?}");
        let answer = (source.refused)(refusal);
        assert!(answer.body.len() <= TOLD * 16, "{source:?} answers with {} bytes", answer.body.len());
        serde_json::from_str::<Value>(&answer.body).expect("a refusal is JSON");
    }
    let parsed = (source.parse)(&Raw { body, dedup_key: made_key, received_at });
    let empty = parsed.events.is_empty();
    assert!(!empty || says_nothing(body), "{source:?}: nothing is to be seen of it");
    assert!(parsed.events.len() <= limits::EVENTS_PER_REQUEST);
    assert!(parsed.warnings.len() <= limits::WARNINGS + 1);
    assert!(parsed.warnings.iter().all(|warning| warning.len() <= TOLD), "{source:?}: {:?}", parsed.warnings);
    let bytes: usize = parsed.events.iter().map(size).sum();
    let most = GROWTH * body.len() + EACH * parsed.events.len();
    assert!(bytes <= most, "{source:?} makes {bytes} bytes of {}", body.len());
    for event in &parsed.events {
        within_limits(event);
    }
}

/// Only an empty list, or an object with one, is no event.
fn says_nothing(body: &[u8]) -> bool {
    let read: Result<Value, _> = serde_json::from_slice(body);
    let list = read.map(|value| value.get("alerts").cloned().unwrap_or(value));
    list.is_ok_and(|list| list == Value::Array(Vec::new()))
}

fn size(event: &Event) -> usize {
    serde_json::to_string(event).expect("an event has a JSON form").len()
}

fn within_limits(event: &Event) {
    let within = |text: &str, most: usize| text.chars().count() <= most && !text.contains('\0');
    assert!(!event.dedup_key.trim().is_empty() && within(&event.dedup_key, limits::DEDUP_KEY_CHARACTERS));
    assert!(!event.summary.trim().is_empty() && within(&event.summary, limits::SUMMARY_CHARACTERS));
    assert!(within(&event.source, limits::SOURCE_CHARACTERS));
    assert!(event.labels.len() <= limits::LABELS);
    for (name, value) in &event.labels {
        assert!(within(name, limits::LABEL_NAME_CHARACTERS) && within(value, limits::LABEL_CHARACTERS));
    }
    assert!(event.links.len() <= limits::LINKS && event.images.len() <= limits::LINKS);
    assert!(event.links.iter().all(|link| within(&link.href, limits::LINK_CHARACTERS)));
    let text = serde_json::to_string(event).expect("an event has a JSON form");
    let again: Event = serde_json::from_str(&text).expect("an event is read back");
    // A number of the details may lose its last digit when it is read; all the rest comes back as it was.
    let without_details = |event: &Event| Event { details: Value::Null, ..event.clone() };
    assert_eq!(without_details(&again), without_details(event), "what is stored is what is read back");
}
