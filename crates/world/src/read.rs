//! Reading what is stored, for transcripts and checks.

use allclear_core::directory::Directory;
use allclear_core::fact::Fact;
use allclear_core::id::{AlertId, ContactMethodId, DeliveryId, IncidentId, IntegrationId};
use allclear_core::journal::Entry;
use allclear_core::throttle::Line;
use allclear_engine::{Became, EventAddress, unpack};
use allclear_store::alerts::AlertRecord;
use allclear_store::audit::{self, StoredAudit};
use allclear_store::covers::{self, CoverRecord};
use allclear_store::deliveries::{self, Attempt, DeliveryRecord, Filter};
use allclear_store::incidents::{self, IncidentRecord, StoredEntry};
use allclear_store::timers::{self, Subject, Timer};
use allclear_store::{BoxFuture, Database, Result, Tx, alerts, directory, inbox};
use jiff::Timestamp;

use crate::task::block_on;

/// Everything of one incident but its alerts and deliveries.
#[derive(Debug)]
pub(crate) struct StoredState {
    pub(crate) record: IncidentRecord,
    /// The entries of its journal after the ones that are known.
    pub(crate) news: Vec<StoredEntry>,
    pub(crate) timer: Option<Timestamp>,
    pub(crate) firing_alerts: u32,
    /// Of some of the alerts that fire: which one, when it is due, and when its timer is set for.
    pub(crate) alert_timers: Vec<(AlertId, Option<Timestamp>, Option<Timestamp>)>,
}

/// Of how many alerts of an incident the timers are read each time it has changed: those that fire longest.
const ALERT_TIMERS: usize = 3;

const MANY: i64 = 1_000_000;

/// Reads in one transaction. In the fake world nothing is wrong with the database itself.
fn read<I, T, F>(database: &Database, input: I, body: F) -> T
where
    I: Send + Sync + 'static,
    T: Send + 'static,
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
{
    block_on(database.read(input, body)).expect("the database in memory can be read")
}

/// An incident, with its journal after an entry.
pub(crate) fn incident(database: &Database, id: IncidentId, after: u64) -> Option<StoredState> {
    read(database, (id, after), |(id, after), tx| {
        Box::pin(async move {
            let Some(record) = incidents::find(tx, *id).await? else { return Ok(None) };
            let news = incidents::journal(tx, *id, *after, MANY).await?;
            let timer = timers::one(tx, Subject::Incident, id.uuid()).await?;
            let firing = alerts::firing_of_incident(tx, *id).await?;
            let firing_alerts = u32::try_from(firing.len()).unwrap_or(u32::MAX);
            let mut alert_timers = Vec::new();
            for record in firing.iter().take(ALERT_TIMERS) {
                let timer = timers::one(tx, Subject::Alert, record.id.uuid()).await?;
                alert_timers.push((record.id, alerts::due_at(record), timer));
            }
            Ok(Some(StoredState { record, news, timer, firing_alerts, alert_timers }))
        })
    })
}

/// All incidents, oldest first.
pub(crate) fn incidents(database: &Database, open: bool) -> Vec<IncidentRecord> {
    let filter = incidents::Filter { open, ..incidents::Filter::default() };
    let mut all =
        read(database, filter, |filter, tx| Box::pin(async move { incidents::list(tx, *filter, MANY).await }));
    all.reverse();
    all
}

/// The latest incidents, newest first.
pub(crate) fn latest_incidents(database: &Database, limit: i64) -> Vec<IncidentRecord> {
    read(database, limit, |limit, tx| {
        Box::pin(async move { incidents::list(tx, incidents::Filter::default(), *limit).await })
    })
}

/// The incident of that number.
pub(crate) fn incident_by_number(database: &Database, number: i64) -> Option<IncidentRecord> {
    read(database, number, |number, tx| Box::pin(async move { incidents::by_number(tx, *number).await }))
}

/// The entries of a journal, read.
pub(crate) fn entries(stored: &[StoredEntry]) -> Vec<Entry<Fact>> {
    stored.iter().filter_map(|stored| stored.entry().ok()).collect()
}

/// The deliveries of an incident, oldest first.
pub(crate) fn ledger(database: &Database, incident: IncidentId) -> Vec<DeliveryRecord> {
    read(database, incident, |incident, tx| Box::pin(deliveries::of_incident(tx, *incident, MANY)))
}

/// The deliveries of an incident, oldest first, each with its attempts.
pub(crate) fn deliveries(database: &Database, incident: IncidentId) -> Vec<(DeliveryRecord, Vec<Attempt>)> {
    read(database, incident, |incident, tx| {
        Box::pin(async move {
            let mut all = Vec::new();
            for record in deliveries::of_incident(tx, *incident, MANY).await? {
                let attempts = deliveries::attempts(tx, record.id).await?;
                all.push((record, attempts));
            }
            Ok(all)
        })
    })
}

/// All alerts, newest first.
pub(crate) fn all_alerts(database: &Database) -> Vec<AlertRecord> {
    read(database, (), |(), tx| Box::pin(async move { alerts::list(tx, false, None, MANY).await }))
}

/// One delivery.
pub(crate) fn delivery(database: &Database, id: DeliveryId) -> Option<DeliveryRecord> {
    read(database, id, |id, tx| Box::pin(async move { deliveries::find(tx, *id).await }))
}

/// One delivery with its attempts.
pub(crate) fn attempts(database: &Database, id: DeliveryId) -> Vec<Attempt> {
    read(database, id, |id, tx| Box::pin(async move { deliveries::attempts(tx, *id).await }))
}

/// The latest deliveries, newest first.
pub(crate) fn latest_deliveries(database: &Database, limit: i64) -> Vec<DeliveryRecord> {
    read(database, limit, |limit, tx| Box::pin(async move { deliveries::list(tx, Filter::All, None, *limit).await }))
}

/// All deliveries, newest first.
pub(crate) fn all_deliveries(database: &Database) -> Vec<DeliveryRecord> {
    latest_deliveries(database, MANY)
}

/// What is remembered of a contact method.
pub(crate) fn line(database: &Database, contact: ContactMethodId) -> Option<Line> {
    let lines =
        read(database, contact, |contact, tx| Box::pin(async move { deliveries::take_lines(tx, &[*contact]).await }));
    lines.into_iter().map(|(_, line)| line).next()
}

/// The contact methods for which messages are held: how many, what is remembered of it, and when its timer is set for.
pub(crate) fn held(database: &Database) -> Vec<(ContactMethodId, u64, Line, Option<Timestamp>)> {
    read(database, (), |(), tx| {
        Box::pin(async move {
            let mut held = Vec::new();
            for (contact, count) in deliveries::held(tx).await? {
                let line = deliveries::take_lines(tx, &[contact]).await?.into_iter().map(|(_, line)| line).next();
                let timer = timers::one(tx, Subject::Line, contact.uuid()).await?;
                held.push((contact, count, line.unwrap_or_default(), timer));
            }
            Ok(held)
        })
    })
}

/// What became of an integration's requests in a segment; none while they wait.
pub(crate) fn outcome(database: &Database, segment: i64, integration: IntegrationId) -> Option<Vec<Became>> {
    let stored = read(database, (segment, integration), |(segment, integration), tx| {
        Box::pin(async move { inbox::outcome(tx, *segment, *integration).await })
    });
    stored.and_then(|stored| serde_json::from_str(&stored.body).ok())
}

/// Whose the request at that address is.
pub(crate) fn whose(database: &Database, address: EventAddress) -> Option<IntegrationId> {
    let segment =
        read(database, address.segment, |number, tx| Box::pin(async move { inbox::find(tx, *number).await }))?;
    unpack(&segment.body)?.get(address.position as usize).map(|frame| frame.integration)
}

/// The bytes of a segment.
pub(crate) fn segment(database: &Database, number: i64) -> Option<Vec<u8>> {
    let segment = read(database, number, |number, tx| Box::pin(async move { inbox::find(tx, *number).await }));
    segment.map(|segment| segment.body)
}

/// All timers, the next one first.
pub(crate) fn timers(database: &Database) -> Vec<Timer> {
    read(database, (), |(), tx| Box::pin(async move { timers::due(tx, Timestamp::MAX, MANY).await }))
}

/// The open requests for cover.
pub(crate) fn open_covers(database: &Database) -> Vec<CoverRecord> {
    read(database, (), |(), tx| Box::pin(async move { covers::open(tx).await }))
}

/// All requests for cover, newest first.
pub(crate) fn all_covers(database: &Database) -> Vec<CoverRecord> {
    read(database, (), |(), tx| Box::pin(async move { covers::list(tx, None, None, MANY).await }))
}

/// The configuration.
pub(crate) fn directory(database: &Database) -> Directory {
    read(database, (), |(), tx| Box::pin(async move { directory::load(tx).await }))
}

/// The audit log, oldest first.
pub(crate) fn audit(database: &Database) -> Vec<StoredAudit> {
    read(database, (), |(), tx| Box::pin(async move { audit::chain(tx, 0, MANY).await }))
}

/// When the oldest request that is not yet processed was received.
pub(crate) fn oldest_waiting(database: &Database) -> Option<Timestamp> {
    read(database, (), |(), tx| Box::pin(async move { inbox::oldest_waiting(tx).await }))
}
