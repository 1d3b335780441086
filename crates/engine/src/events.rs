//! Received events, to be looked at.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use allclear_core::id::IntegrationId;
use allclear_store::inbox::{self, Segment};
use allclear_store::{Error, Result, Tx};
use jiff::Timestamp;

use crate::engine::Engine;
use crate::frame::{self, EventAddress, Frame};
use crate::process::Became;

/// How many segments are read at one time. Each may have several megabytes.
const SEGMENTS: i64 = 4;

/// A request as it came, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its id.
    pub address: EventAddress,
    /// Whose it was.
    pub integration: IntegrationId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The name of the source whose parser reads it.
    pub source: String,
    /// The dedup key that the intake made for it.
    pub dedup_key: Option<String>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// What became of it; nothing while it waits to be processed.
    pub became: Option<Became>,
}

impl StoredEvent {
    fn new(address: EventAddress, frame: Frame<'_>, outcomes: &[Became]) -> Self {
        Self {
            address,
            integration: frame.integration,
            received_at: frame.received_at,
            source: frame.source.to_owned(),
            dedup_key: frame.dedup_key.map(str::to_owned),
            body: frame.body.to_vec(),
            became: outcomes.iter().find(|became| became.position == address.position).cloned(),
        }
    }
}

impl Engine {
    /// The event of that id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn event(&self, address: EventAddress) -> Result<Option<StoredEvent>> {
        self.database()
            .read(address, |address, tx| {
                Box::pin(async move {
                    let Some(segment) = inbox::find(tx, address.segment).await? else { return Ok(None) };
                    let frames = frame::unpack(&segment.body).unwrap_or_default();
                    let Some(frame) = frames.get(address.position as usize) else { return Ok(None) };
                    let outcomes = match inbox::outcome(tx, address.segment, frame.integration).await? {
                        Some(outcomes) => read_outcomes(&outcomes.body)?,
                        None => Vec::new(),
                    };
                    Ok(Some(StoredEvent::new(*address, *frame, &outcomes)))
                })
            })
            .await
    }

    /// The events of the latest segments from before a given one, newest first, whether they were processed or not; and
    /// the segment from before which the list goes on, if it does.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn inbox(&self, before: Option<i64>) -> Result<(Vec<StoredEvent>, Option<i64>)> {
        self.database()
            .read(before.unwrap_or(i64::MAX), |before, tx| {
                Box::pin(async move {
                    let segments = inbox::recent(tx, *before, SEGMENTS).await?;
                    let mut events = Vec::new();
                    for segment in &segments {
                        events.extend(of_segment(tx, segment).await?);
                    }
                    let goes_on = segments.len() == SEGMENTS.unsigned_abs() as usize;
                    Ok((events, segments.last().filter(|_| goes_on).map(|segment| segment.number)))
                })
            })
            .await
    }

    /// The events of an integration that were processed, newest first, from before a given one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn events(
        &self,
        integration: IntegrationId,
        before: Option<EventAddress>,
        limit: usize,
    ) -> Result<Vec<StoredEvent>> {
        let before = before.unwrap_or(EventAddress { segment: i64::MAX, position: 0 });
        self.database()
            .read((integration, before, limit), |(integration, before, limit), tx| {
                Box::pin(async move {
                    let mut events = Vec::new();
                    // The segment of the event before may have more of them, further to its front.
                    let mut next = before.segment.saturating_add(1);
                    while events.len() < *limit {
                        let segments = inbox::latest(tx, *integration, next, SEGMENTS).await?;
                        let Some((last, _)) = segments.last() else { break };
                        next = last.number;
                        for (segment, outcomes) in &segments {
                            let outcomes = read_outcomes(outcomes)?;
                            let frames = frame::unpack(&segment.body).unwrap_or_default();
                            for (position, frame) in (0..).zip(frames).collect::<Vec<_>>().into_iter().rev() {
                                let address = EventAddress { segment: segment.number, position };
                                if frame.integration == *integration && address < *before {
                                    events.push(StoredEvent::new(address, frame, &outcomes));
                                }
                            }
                        }
                    }
                    events.truncate(*limit);
                    Ok(events)
                })
            })
            .await
    }
}

/// The events of a segment, the last one first.
async fn of_segment(tx: &mut Tx<'_>, segment: &Segment) -> Result<Vec<StoredEvent>> {
    let frames = frame::unpack(&segment.body).unwrap_or_default();
    let mut outcomes: BTreeMap<IntegrationId, Vec<Became>> = BTreeMap::new();
    let mut events = Vec::with_capacity(frames.len());
    for (position, frame) in (0..).zip(frames) {
        if let Entry::Vacant(place) = outcomes.entry(frame.integration) {
            let stored = inbox::outcome(tx, segment.number, frame.integration).await?;
            place.insert(stored.map(|stored| read_outcomes(&stored.body)).transpose()?.unwrap_or_default());
        }
        let address = EventAddress { segment: segment.number, position };
        events.push(StoredEvent::new(address, frame, &outcomes[&frame.integration]));
    }
    events.reverse();
    Ok(events)
}

fn read_outcomes(body: &str) -> Result<Vec<Became>> {
    serde_json::from_str(body).map_err(|error| Error::Corrupt(format!("{error} in the outcomes of a segment")))
}
