//! The processor: turns stored requests into alerts and incidents, in order, at our own pace.
//!
//! It takes the next segments of a lane, parses them, and in one transaction moves the lane's position on and stores
//! everything that follows from them. A crash before the commit changes nothing, a crash after it loses nothing.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use allclear_core::alert::Outcome;
use allclear_core::directory::Directory;
use allclear_core::event::Event;
use allclear_core::id::{AlertId, IncidentId, IntegrationId, ServiceId};
use allclear_core::pace::Processed;
use allclear_inbound::{Parsed, Raw};
use allclear_store::inbox::{self, Outcomes, Segment};
use allclear_store::{Error, Result, Tx, alerts};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::context::{Context, Counters};
use crate::desk::{Changed, Desk};
use crate::frame::{self, EventAddress};

/// How many segments are read at once.
const SEGMENTS: i64 = 64;
/// How many requests are processed in one transaction, unless one segment alone has more.
const REQUESTS: usize = 512;

/// What became of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Became {
    /// Its place in the segment.
    pub position: u32,
    /// What became of its events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<EventBecame>,
    /// What was cut, left out or guessed while reading it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why it could not be processed at all. It is kept, and can be replayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantined: Option<String>,
}

/// What became of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBecame {
    /// What it did to its alert.
    pub outcome: Outcome,
    /// The alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
    /// The incident that the alert belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// A request that was read by its source's parser.
#[derive(Clone)]
struct Read {
    address: EventAddress,
    integration: IntegrationId,
    service: Option<ServiceId>,
    events: Vec<Event>,
    warnings: Vec<String>,
}

/// Requests to be processed in one transaction.
struct Batch {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    lane: i64,
    from: i64,
    to: i64,
    requests: Vec<Read>,
    /// There are more behind them.
    more: bool,
    /// Requests that make every transaction fail, and how.
    poisonous: BTreeMap<EventAddress, String>,
}

/// Processes the next requests of a lane.
pub(crate) async fn process(context: &Arc<Context>, lane: i64) -> Result<Processed> {
    let Some(batch) = next_batch(context, lane, REQUESTS).await? else { return Ok(Processed::default()) };
    let processed = Processed { requests: batch.requests.len(), more: batch.more };
    if let Err(error) = run(context, batch).await {
        if error.is_outage() {
            return Err(error);
        }
        tracing::warn!(%error, lane, "a batch could not be processed; trying its first segment by itself");
        return process_carefully(context, lane).await;
    }
    Counters::add(&context.counters.processed, processed.requests);
    Ok(processed)
}

/// Processes one segment, putting requests into quarantine that make every transaction fail: one bad request must not
/// keep back all that come after it.
async fn process_carefully(context: &Arc<Context>, lane: i64) -> Result<Processed> {
    let Some(mut batch) = next_batch(context, lane, 0).await? else { return Ok(Processed::default()) };
    // When not even an empty batch goes through, no request is at fault.
    attempt(context, batch.part(None)).await?;
    for place in 0..batch.requests.len() {
        if let Err(error) = attempt(context, batch.part(Some(place))).await {
            // Nor when it is the database that is ill.
            if error.is_outage() {
                return Err(error);
            }
            let address = batch.requests[place].address;
            tracing::error!(%error, event = %address, "a request is put into quarantine");
            batch.poisonous.insert(address, error.to_string());
        }
    }
    let processed = Processed { requests: batch.requests.len(), more: batch.more };
    run(context, batch).await?;
    Counters::add(&context.counters.processed, processed.requests);
    Ok(processed)
}

/// The next segments of a lane, read: as many as have `requests` requests together, one at least.
async fn next_batch(context: &Arc<Context>, lane: i64, requests: usize) -> Result<Option<Batch>> {
    let (from, segments) =
        context.database.read(lane, |lane, tx| Box::pin(inbox::waiting(tx, *lane, SEGMENTS))).await?;
    let directory = context.directory.load_full();
    let (mut read, mut poisonous) = (Vec::new(), BTreeMap::new());
    let (mut to, mut more) = (None, segments.len() as i64 == SEGMENTS);
    for segment in &segments {
        if to.is_some() && read.len() >= requests {
            more = true;
            break;
        }
        read_segment(segment, &directory, &mut read, &mut poisonous);
        to = Some(segment.number);
    }
    let now = context.now();
    let context = Arc::clone(context);
    Ok(to.map(|to| Batch { context, directory, now, lane, from, to, requests: read, more, poisonous }))
}

fn read_segment(
    segment: &Segment,
    directory: &Directory,
    read: &mut Vec<Read>,
    poisonous: &mut BTreeMap<EventAddress, String>,
) {
    let Some(frames) = frame::unpack(&segment.body) else {
        tracing::error!(segment = segment.number, "a segment cannot be read; it is left where it is");
        return;
    };
    for (position, frame) in (0..).zip(frames) {
        let integration = directory.integration(frame.integration);
        let address = EventAddress { segment: segment.number, position };
        let parsed = match allclear_inbound::by_name(frame.source) {
            Some(source) => {
                let raw = Raw { body: frame.body, dedup_key: frame.dedup_key, received_at: frame.received_at };
                survive(|| (source.parse)(&raw)).unwrap_or_else(|reason| {
                    tracing::error!(reason, event = %address, "a request is put into quarantine");
                    poisonous.insert(address, reason);
                    Parsed::default()
                })
            }
            None => Parsed {
                warnings: vec![format!("there is no source `{}` in this version", frame.source)],
                ..Parsed::default()
            },
        };
        read.push(Read {
            address,
            integration: frame.integration,
            service: integration.map(|integration| integration.service),
            events: parsed.events,
            warnings: parsed.warnings,
        });
    }
}

/// Runs what reads a request. Where it panics, that is a mistake in the program, and must not keep back the requests
/// that come after this one.
fn survive<T>(parse: impl FnOnce() -> T) -> std::result::Result<T, String> {
    // Whatever it left half done is thrown away with it.
    catch_unwind(AssertUnwindSafe(parse)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        format!("its reader panicked: {}", text.unwrap_or("without a message"))
    })
}

async fn run(context: &Arc<Context>, batch: Batch) -> Result<()> {
    let changed = context.database.write(batch, |batch, tx| Box::pin(batch.commit(tx))).await?;
    // Nothing changed where another node was faster.
    context.announce(changed.unwrap_or_default());
    Ok(())
}

/// Runs a batch and takes all of it back: only to see whether it goes through.
async fn attempt(context: &Arc<Context>, batch: Batch) -> Result<()> {
    let result = context
        .database
        .write(batch, |batch, tx| {
            Box::pin(async move {
                batch.commit(tx).await?;
                Err::<(), _>(Error::RolledBack)
            })
        })
        .await;
    match result {
        Err(Error::RolledBack) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Batch {
    /// The same batch with only one of its requests, or none.
    fn part(&self, place: Option<usize>) -> Self {
        let only = place.and_then(|place| self.requests.get(place));
        Self {
            context: Arc::clone(&self.context),
            directory: Arc::clone(&self.directory),
            requests: only.cloned().into_iter().collect(),
            poisonous: BTreeMap::new(),
            ..*self
        }
    }

    /// Processes everything; none when the lane's position has moved since the batch was read.
    async fn commit(&self, tx: &mut Tx<'_>) -> Result<Option<Changed>> {
        // After a power failure all of it is processed again.
        tx.commit_lazily().await?;
        if !inbox::advance(tx, self.lane, self.from, self.to).await? {
            return Ok(None);
        }
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        let sound = |read: &&Read| !self.poisonous.contains_key(&read.address);
        let mut keys: Vec<(ServiceId, &str)> = self
            .requests
            .iter()
            .filter(sound)
            .filter_map(|read| read.service.map(|service| (service, read)))
            .flat_map(|(service, read)| read.events.iter().map(move |event| (service, event.dedup_key.as_str())))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        desk.load_firing(tx, &keys).await?;
        let mut became = BTreeMap::new();
        let mut built = BTreeMap::new();
        for read in &self.requests {
            let result = self.process_one(tx, &mut desk, read, &mut built).await?;
            became.entry((read.integration, read.address.segment)).or_insert_with(Vec::new).push(result);
        }
        let changed = Changed { requests: true, ..desk.finish(tx).await? };
        self.record(tx, became, built).await?;
        Ok(Some(changed))
    }

    async fn process_one(
        &self,
        tx: &mut Tx<'_>,
        desk: &mut Desk<'_>,
        read: &Read,
        built: &mut BTreeMap<(AlertId, i64), Vec<u32>>,
    ) -> Result<Became> {
        let position = read.address.position;
        let mut became = Became { position, events: Vec::new(), warnings: read.warnings.clone(), quarantined: None };
        if let Some(reason) = self.poisonous.get(&read.address) {
            became.quarantined = Some(reason.clone());
            return Ok(became);
        }
        let Some(service) = read.service.and_then(|service| self.directory.service(service)) else {
            became.quarantined = Some("the integration was removed before this could be processed".to_owned());
            return Ok(became);
        };
        for event in &read.events {
            let placed = desk.event(tx, service, read.integration, event).await?;
            if let Some(alert) = placed.alert {
                let positions = built.entry((alert, read.address.segment)).or_default();
                if positions.last() != Some(&position) {
                    positions.push(position);
                }
            }
            became.events.push(EventBecame { outcome: placed.outcome, alert: placed.alert, incident: placed.incident });
        }
        Ok(became)
    }

    async fn record(
        &self,
        tx: &mut Tx<'_>,
        became: BTreeMap<(IntegrationId, i64), Vec<Became>>,
        built: BTreeMap<(AlertId, i64), Vec<u32>>,
    ) -> Result<()> {
        let built: Vec<(AlertId, i64, String)> = built
            .into_iter()
            .map(|((alert, segment), positions)| {
                let positions: Vec<String> = positions.iter().map(u32::to_string).collect();
                (alert, segment, positions.join(","))
            })
            .collect();
        alerts::add_events(tx, &built).await?;
        let mut counts: BTreeMap<IntegrationId, i64> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(became.len());
        for ((integration, segment), became) in became {
            *counts.entry(integration).or_default() += became.len() as i64;
            let body = serde_json::to_string(&became).expect("an outcome has a JSON form");
            outcomes.push(Outcomes { integration, segment, body });
        }
        let counts: Vec<(IntegrationId, i64)> = counts.into_iter().collect();
        inbox::record(tx, self.now, &outcomes, &counts).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_panics_is_survived() {
        assert_eq!(survive(|| 7), Ok(7));
        let digits = "not a number";
        let reason = survive(|| assert_eq!(digits.len(), 2, "two digits")).unwrap_err();
        assert!(reason.starts_with("its reader panicked") && reason.contains("two digits"), "{reason}");
    }
}
