//! Sources of events: what the tools of a site say, in our words.
//!
//! One file per source. Its header names the vendor's page, the shape, the mapping and the oddities; its [`Source`]
//! is all that the rest of the house knows of it: where its URL is pasted, a sample to send, what to check before the
//! bytes are stored ([`Source::accept`]), how to answer ([`Source::accepted`], [`Source::refused`]) and how to read
//! them afterwards ([`Source::parse`]). A new source is a file, a line in [`ALL`] and payloads in `fixtures/<name>/`.
//!
//! Everything here is pure: no clock, no randomness, no I/O. The same bytes always give the same events.

use std::borrow::Cow;

use allclear_core::event::Event;
use jiff::Timestamp;

mod alertmanager;
mod alertmanager_api;
mod fields;
mod generic;
mod json;
mod pagerduty;
mod pagerduty_change;
mod pagerduty_v1;
mod parts;
mod prometheus;
mod refusal;
mod set_up;

pub use alertmanager_api::RESOLVE_TIMEOUT;
pub use prometheus::fingerprint;
pub use refusal::{Reason, Refusal};
pub use set_up::{Address, Snippet};

/// All sources, in the order in which they are offered.
pub static ALL: &[&Source] = &[
    &pagerduty::SOURCE,
    &pagerduty_change::SOURCE,
    &pagerduty_v1::SOURCE,
    &alertmanager::SOURCE,
    &alertmanager_api::SOURCE,
    &generic::SOURCE,
];

/// The source of that [`Source::name`].
pub fn by_name(name: &str) -> Option<&'static Source> {
    ALL.iter().copied().find(|source| source.name == name)
}

/// A kind of tool that sends events, and all that is known of it.
pub struct Source {
    /// Its name in configuration, metrics and fixtures: `pagerduty`. Never changes.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The vendor's page on the format.
    pub documentation: &'static str,
    /// The path that its events are posted to; `{key}` stands for the integration's key where the path carries it.
    /// Where it does not, the key is [`Acceptance::routing_key`].
    pub path: &'static str,
    /// Where in the vendor's tool our address is pasted: Markdown with the placeholders of [`Address`].
    pub set_up: &'static str,
    /// Text ready to paste, with the placeholders of [`Address`].
    pub snippets: &'static [Snippet],
    /// A payload as the tool sends it; what "send a test event" sends.
    pub sample: &'static str,
    /// What is checked before the bytes are stored. Bounded work without a tree of values; borrows from the body.
    pub accept: fn(&[u8]) -> Result<Acceptance<'_>, Refusal>,
    /// The vendor's answer to a stored event.
    pub accepted: fn(&Accepted<'_>) -> Answer,
    /// The vendor's answer to a refused request, our own limits included.
    pub refused: fn(&Refusal) -> Answer,
    /// Reads stored bytes. Never fails and never panics on any bytes: what is not understood becomes one visible
    /// trigger event with a warning.
    pub parse: fn(&Raw<'_>) -> Parsed,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the intake must know of a request before it stores the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acceptance<'a> {
    /// The integration's key, for sources that carry it in the body instead of the path.
    pub routing_key: Option<Cow<'a, str>>,
    /// The dedup key that the sender gave, for sources whose requests carry exactly one event.
    pub dedup_key: Option<Cow<'a, str>>,
    /// The sender gave no key and expects one of ours: the intake makes a unique one, answers with it and hands it to
    /// [`Source::parse`] in [`Raw::dedup_key`]. Otherwise `parse` takes the keys from the content.
    pub needs_dedup_key: bool,
    /// A part of the request is refused though the rest is to be stored (Alertmanager's API does so): store, then
    /// answer with this.
    pub partial: Option<Refusal>,
}

/// A stored request, as an answer may tell it.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<'a> {
    /// Our id of the stored event.
    pub id: &'a str,
    /// The dedup key that the sender gave or that was made for it.
    pub dedup_key: Option<&'a str>,
}

/// An answer in the vendor's shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON; empty when the vendor answers without a body.
    pub body: String,
}

/// Stored bytes to be read.
#[derive(Debug, Clone, Copy)]
pub struct Raw<'a> {
    /// The body as it came.
    pub body: &'a [u8],
    /// The key that the intake made because [`Acceptance::needs_dedup_key`] asked for it.
    pub dedup_key: Option<&'a str>,
    /// When the body came.
    pub received_at: Timestamp,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parsed {
    /// The events, in the order of the request, each within the limits ([`Event::clamp`] has run).
    pub events: Vec<Event>,
    /// What was cut, left out or guessed, for people: each names the field, the value and what was done.
    pub warnings: Vec<String>,
}
