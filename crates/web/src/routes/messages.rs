//! Messages as they came in, read once more: for the inbox, an integration's page and an alert's events.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::reader::Reader;
use super::view;
use crate::pages::{Anchor, InboxEvent, InboxOutcome, InboxRow};
use allclear_core::directory::Directory;
use allclear_core::event::Action;
use allclear_core::id::{IncidentId, IntegrationId};
use allclear_core::sentence;
use allclear_engine::{Became, EventAddress, EventBecame, Frame};
use allclear_inbound::{Parsed, Raw};
use allclear_store::incidents;
use allclear_store::{Result as Stored, Tx, inbox};

/// How much of a body is shown.
const SHOWN: usize = 8_000;

/// A message with what became of it.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) address: EventAddress,
    pub(super) integration: IntegrationId,
    pub(super) received_at: jiff::Timestamp,
    pub(super) source: String,
    pub(super) dedup_key: Option<String>,
    pub(super) body: Vec<u8>,
    /// What became of it; nothing while it waits.
    pub(super) became: Option<Became>,
}

impl Message {
    fn of(address: EventAddress, frame: &Frame<'_>, became: Option<Became>) -> Self {
        Self {
            address,
            integration: frame.integration,
            received_at: frame.received_at,
            source: frame.source.to_owned(),
            dedup_key: frame.dedup_key.map(str::to_owned),
            body: frame.body.to_vec(),
            became,
        }
    }

    pub(super) fn outcome(&self) -> InboxOutcome {
        match &self.became {
            None => InboxOutcome::Waiting,
            Some(became) if became.quarantined.is_some() => InboxOutcome::Quarantined,
            Some(_) => InboxOutcome::Processed,
        }
    }

    /// Its events, as its source's parser reads them.
    pub(super) fn parsed(&self) -> Parsed {
        let Some(source) = allclear_inbound::by_name(&self.source) else { return Parsed::default() };
        let dedup_key = self.dedup_key.as_deref();
        (source.parse)(&Raw { body: &self.body, dedup_key, received_at: self.received_at })
    }
}

/// The messages of a segment, the last one first; only those of one integration, if wanted.
pub(super) async fn of_segment(
    tx: &mut Tx<'_>,
    segment: &inbox::Segment,
    only: Option<IntegrationId>,
) -> Stored<Vec<Message>> {
    let frames = allclear_engine::unpack(&segment.body).unwrap_or_default();
    let mut outcomes: BTreeMap<IntegrationId, Vec<Became>> = BTreeMap::new();
    let mut messages = Vec::new();
    for (position, frame) in (0..).zip(&frames) {
        if only.is_some_and(|only| only != frame.integration) {
            continue;
        }
        if let Entry::Vacant(place) = outcomes.entry(frame.integration) {
            let outcome = inbox::outcome(tx, segment.number, frame.integration).await?;
            let became = outcome.and_then(|outcome| serde_json::from_str(&outcome.body).ok());
            place.insert(became.unwrap_or_default());
        }
        let became = outcomes[&frame.integration].iter().find(|became| became.position == position).cloned();
        messages.push(Message::of(EventAddress { segment: segment.number, position }, frame, became));
    }
    messages.reverse();
    Ok(messages)
}

/// One message.
pub(super) async fn find(tx: &mut Tx<'_>, address: EventAddress) -> Stored<Option<Message>> {
    let Some(segment) = inbox::find(tx, address.segment).await? else { return Ok(None) };
    let messages = of_segment(tx, &segment, None).await?;
    Ok(messages.into_iter().find(|message| message.address == address))
}

/// What people call the incidents that messages led to.
pub(super) async fn references(tx: &mut Tx<'_>, messages: &[Message]) -> Stored<BTreeMap<IncidentId, String>> {
    let mut known = BTreeMap::new();
    let events = messages.iter().filter_map(|message| message.became.as_ref()).flat_map(|became| &became.events);
    for incident in events.filter_map(|event| event.incident) {
        if !known.contains_key(&incident)
            && let Some(record) = incidents::find(tx, incident).await?
        {
            known.insert(incident, record.reference());
        }
    }
    Ok(known)
}

/// The integration as a link; one that was removed is said to be so.
pub(super) fn integration_anchor(directory: &Directory, id: IntegrationId) -> Anchor {
    match directory.integration(id) {
        Some(integration) => Anchor::new(format!("/integrations/{}", integration.slug), &integration.name),
        None => Anchor::new("/integrations", "an integration that was removed"),
    }
}

/// A message as a row.
pub(super) fn row(reader: &Reader, message: &Message, references: &BTreeMap<IncidentId, String>) -> InboxRow {
    let parsed = message.parsed();
    let became: &[EventBecame] = message.became.as_ref().map_or(&[], |became| &became.events);
    let events: Vec<InboxEvent> = parsed
        .events
        .iter()
        .enumerate()
        .map(|(place, event)| {
            let became = became.get(place);
            let reference = became.and_then(|became| references.get(&became.incident?));
            InboxEvent {
                action: action_word(event.action).to_owned(),
                summary: event.summary.clone(),
                became: became.map(|became| sentence::outcome(&became.outcome)).unwrap_or_default(),
                link: reference.map(|reference| view::incident_anchor(reference)),
            }
        })
        .collect();
    let mut warnings =
        message.became.as_ref().map_or_else(|| parsed.warnings.clone(), |became| became.warnings.clone());
    warnings.extend(message.became.as_ref().and_then(|became| became.quarantined.clone()));
    InboxRow {
        id: message.address.to_string(),
        received: reader.when(message.received_at),
        integration: integration_anchor(&reader.directory, message.integration),
        outcome: message.outcome(),
        summary: summary(&events),
        events,
        warnings,
        peer: allclear_inbound::by_name(&message.source)
            .map_or(message.source.as_str(), |source| source.title)
            .to_owned(),
        headers: Vec::new(),
        body: text(&message.body),
        size: size(message.body.len()),
    }
}

const fn action_word(action: Action) -> &'static str {
    match action {
        Action::Trigger => "trigger",
        Action::Acknowledge => "acknowledge",
        Action::Resolve => "resolve",
        Action::Change => "change",
    }
}

fn summary(events: &[InboxEvent]) -> String {
    match events {
        [] => "No event was found in it.".to_owned(),
        [one] => format!("{}: {}", one.action, one.summary),
        [first, rest @ ..] => format!("{}: {}, and {} more", first.action, first.summary, rest.len()),
    }
}

/// The body as text; indented when it is JSON.
fn text(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let indented = json.and_then(|json| serde_json::to_string_pretty(&json).ok());
    let text = indented.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}\n…", &text[..end]),
        None => text,
    }
}

fn size(bytes: usize) -> String {
    let shown = if bytes > SHOWN { ", of which the first part is shown" } else { "" };
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB{shown}", bytes as f64 / 1e3),
        _ => format!("{:.1} MB{shown}", bytes as f64 / 1e6),
    }
}
