//! Messages as they came in, read once more: for the inbox, an integration's page and an alert's events.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::view;
use crate::pages::{Anchor, InboxEvent, InboxOutcome, InboxRow};
use crate::problem::Problem;
use allclear_core::directory::Directory;
use allclear_core::event::Action;
use allclear_core::id::{IncidentId, IntegrationId};
use allclear_core::sentence;
use allclear_engine::{EventBecame, StoredEvent};
use allclear_inbound::{Parsed, Raw};
use allclear_store::incidents;

/// How much of a body is shown.
const SHOWN: usize = 8_000;

/// Where a message stands.
pub(super) fn outcome(message: &StoredEvent) -> InboxOutcome {
    match &message.became {
        None => InboxOutcome::Waiting,
        Some(became) if became.quarantined.is_some() => InboxOutcome::Quarantined,
        Some(_) => InboxOutcome::Processed,
    }
}

/// Its events, as its source's parser reads them.
pub(super) fn parsed(message: &StoredEvent) -> Parsed {
    let Some(source) = allclear_inbound::by_name(&message.source) else { return Parsed::default() };
    let dedup_key = message.dedup_key.as_deref();
    (source.parse)(&Raw { body: &message.body, dedup_key, received_at: message.received_at })
}

/// What people call the incidents that messages led to.
pub(super) async fn references(
    reader: &Reader,
    messages: &[StoredEvent],
) -> Result<BTreeMap<IncidentId, String>, Problem> {
    let events = messages.iter().filter_map(|message| message.became.as_ref()).flat_map(|became| &became.events);
    let mut ids: Vec<IncidentId> = events.filter_map(|event| event.incident).collect();
    ids.sort_unstable();
    ids.dedup();
    let read = reader.engine().database().read(ids, |ids, tx| {
        Box::pin(async move {
            let mut known = BTreeMap::new();
            for id in ids {
                known.extend(incidents::find(tx, *id).await?.map(|record| (*id, record.reference())));
            }
            Ok(known)
        })
    });
    Ok(read.await?)
}

/// The integration as a link; one that was removed is said to be so.
pub(super) fn integration_anchor(directory: &Directory, id: IntegrationId) -> Anchor {
    match directory.integration(id) {
        Some(integration) => Anchor::new(format!("/integrations/{}", integration.slug), &integration.name),
        None => Anchor::new("/integrations", "an integration that was removed"),
    }
}

/// A message as a row.
pub(super) fn row(reader: &Reader, message: &StoredEvent, references: &BTreeMap<IncidentId, String>) -> InboxRow {
    let parsed = parsed(message);
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
        outcome: outcome(message),
        summary: summary(&events),
        events,
        warnings,
        peer: allclear_inbound::by_name(&message.source)
            .map_or(message.source.as_str(), |source| source.title)
            .to_owned(),
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
