//! `crash`: the server is killed at random moments under load and started again on the same folder; in the end every
//! event that was answered 2xx must be there, and every page that was decided must have left.

use std::collections::{BTreeSet, HashMap};
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::delivery::Status;
use allclear_core::directory::Grouping;
use allclear_engine::unpack;
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::{Database, alerts, inbox, incidents};
use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::clock;
use crate::company::{Channel, Company};
use crate::database::{Kind, Place};
use crate::load::Load;
use crate::options::Options;
use crate::payload::{self, Request, keys_after};
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, target};

/// Many people, so that most pages leave by themselves and few are bundled.
const PEOPLE: usize = 256;
const CONNECTIONS: usize = 16;
/// How many events a second are wanted: slow enough that what 200 cycles send can be counted, fast enough that the
/// server is always in the middle of things.
const RATE: f64 = 1_500.0;
/// How long a cycle lasts: between these, as chance has it.
const SHORTEST: u64 = 150;
const SPREAD: u64 = 700;
/// How long the last server may take for what is left: longer than the lease of a sender that was killed.
const REST: Duration = Duration::from_secs(300);
const PAGE: i64 = 1_000;

/// What was counted in the end.
#[derive(Debug, Default)]
struct Count {
    answered: u64,
    /// How many were answered in a second of load; those that were wanted come only where the answers are fast enough.
    rate: f64,
    events_lost: u64,
    /// Events that are in the inbox more often than they were answered: sent again, or answered too late.
    events_twice: u64,
    alerts_missing: u64,
    incidents: u64,
    incidents_without_page: u64,
    pages: u64,
    pages_lost: u64,
    pages_twice: u64,
    unsettled: u64,
}

/// Runs it. Fails when anything was lost.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let headings = [
        "",
        "cycles",
        "answered/s",
        "events answered 2xx",
        "lost",
        "stored twice",
        "alerts missing",
        "incidents",
        "without a page",
        "pages decided",
        "lost",
        "sent twice",
        "not settled",
    ];
    let mut table = Table::new(&headings);
    let mut whole = true;
    for kind in &options.databases {
        let count = on(options, &runtime, *kind)?;
        let lost = count.events_lost + count.alerts_missing + count.incidents_without_page + count.pages_lost;
        whole &= lost + count.unsettled == 0;
        let numbers = [
            count.answered,
            count.events_lost,
            count.events_twice,
            count.alerts_missing,
            count.incidents,
            count.incidents_without_page,
            count.pages,
            count.pages_lost,
            count.pages_twice,
            count.unsettled,
        ];
        let first = [kind.name().to_owned(), options.cycles.to_string(), format!("{:.0}", count.rate)];
        table.row(first.into_iter().chain(numbers.iter().map(u64::to_string)).collect());
    }
    table.print();
    target("0 acknowledged events and 0 pages lost", if whole { "none" } else { "some" }, whole);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn on(options: &Options, runtime: &Runtime, kind: Kind) -> Result<Count> {
    let folder = tempfile::tempdir()?;
    let sinks = Sinks::open(runtime)?;
    let place = Place::new(kind, folder.path().join("data"))?;
    let company = Company { services: PEOPLE, grouping: Grouping::Alert, channel: Channel::Webhook };
    let founded = runtime.block_on(async { company.found(&place.open().await?, &sinks).await })?;
    let requests: Vec<Request> = founded.keys.iter().map(|key| payload::pagerduty(key, "critical")).collect();
    let (mut answered, mut seconds) = (BTreeSet::new(), 0.0);
    for cycle in 0..options.cycles {
        let server = Server::start(runtime, &place)?;
        let length = Duration::from_millis(SHORTEST + clock::random() % SPREAD);
        let load = Load {
            address: server.address,
            connections: CONNECTIONS,
            // It ends when its connections break.
            length: length + Duration::from_secs(5),
            rate: Some(RATE),
            repeats: 1,
            requests: shifted(&requests, cycle as usize * CONNECTIONS),
            first_key: cycle << 40,
        };
        let sending = std::thread::spawn(move || load.run(true));
        clock::pause(length);
        server.kill()?;
        let sent = sending.join().ok().context("the load broke down")??;
        answered.extend(sent.keys);
        seconds += sent.seconds;
        if (cycle + 1) % 20 == 0 {
            println!("{}: killed {} times, {} events answered", kind.name(), cycle + 1, answered.len());
        }
    }
    let server = Server::start(runtime, &place)?;
    println!("{}: settling", kind.name());
    settle(runtime, &place, &server)?;
    server.kill()?;
    let database = runtime.block_on(place.open())?;
    let count = runtime.block_on(count(&database, &answered, &sinks))?;
    Ok(Count { rate: answered.len() as f64 / seconds.max(f64::EPSILON), ..count })
}

/// The same requests, beginning with another one: each cycle is about other people.
fn shifted(requests: &[Request], by: usize) -> Vec<Request> {
    let (before, after) = requests.split_at(by % requests.len());
    after.iter().chain(before).cloned().collect()
}

/// Waits until everything was processed, and every page has left or was given up.
fn settle(runtime: &Runtime, place: &Place, server: &Server) -> Result<()> {
    server.drain(runtime, REST)?;
    let database = runtime.block_on(place.open())?;
    let start = clock::instant();
    while start.elapsed() < REST {
        let waiting = runtime.block_on(database.read((), |(), tx| Box::pin(deliveries::oldest_queued(tx))))?;
        if waiting.is_none() && !runtime.block_on(all_deliveries(&database))?.iter().any(is_open) {
            break;
        }
        clock::pause(Duration::from_secs(2));
    }
    Ok(())
}

/// Whether something is still to be done about a delivery.
fn is_open(record: &DeliveryRecord) -> bool {
    match record.delivery.status {
        Status::Held | Status::Queued | Status::Sending | Status::Stopping => true,
        Status::Accepted | Status::Delivered | Status::Bundled | Status::Failed | Status::Withdrawn => false,
    }
}

async fn all_deliveries(database: &Database) -> Result<Vec<DeliveryRecord>> {
    let mut all: Vec<DeliveryRecord> = Vec::new();
    loop {
        let before = all.last().map(|record| record.id);
        let page =
            database.read(before, |before, tx| Box::pin(deliveries::list(tx, deliveries::Filter::All, *before, PAGE)));
        let page = page.await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

async fn count(database: &Database, answered: &BTreeSet<u64>, sinks: &Sinks) -> Result<Count> {
    let stored = stored_keys(database).await?;
    let alerts = alert_keys(database).await?;
    let missing = |key: &&u64| !alerts.contains(*key);
    let mut count = Count {
        answered: answered.len() as u64,
        events_lost: answered.iter().filter(|key| !stored.contains_key(key)).count() as u64,
        events_twice: stored.values().map(|times| times - 1).sum(),
        // What was stored must have become an alert, whether or not its sender heard of it.
        alerts_missing: stored.keys().filter(missing).count() as u64,
        ..Count::default()
    };
    let deliveries = all_deliveries(database).await?;
    let paged: BTreeSet<_> = deliveries.iter().filter_map(|record| record.incident).collect();
    let incidents = all_incidents(database).await?;
    count.incidents = incidents.len() as u64;
    count.incidents_without_page = incidents.iter().filter(|id| !paged.contains(id)).count() as u64;
    let arrived = sinks.arrived();
    for record in &deliveries {
        count.unsettled += u64::from(is_open(record));
        if matches!(record.purpose, Purpose::Page { .. } | Purpose::Bundle { .. }) {
            count.pages += 1;
            let times = arrived.webhooks.get(&record.id.to_string()).copied().unwrap_or(0);
            let has_left = times > 0 || record.delivery.status == Status::Bundled || is_open(record);
            count.pages_lost += u64::from(!has_left);
            count.pages_twice += u64::from(times.saturating_sub(1));
        }
    }
    Ok(count)
}

/// How often each key is in the inbox.
async fn stored_keys(database: &Database) -> Result<HashMap<u64, u64>> {
    let mut stored = HashMap::new();
    let mut before = i64::MAX;
    loop {
        let segments = database.read(before, |before, tx| Box::pin(inbox::recent(tx, *before, PAGE))).await?;
        let Some(last) = segments.last() else { return Ok(stored) };
        before = last.number;
        for segment in &segments {
            for frame in unpack(&segment.body).context("a segment cannot be read")? {
                let body = String::from_utf8_lossy(frame.body);
                let key = keys_after(&body, "\"dedup_key\":\"").context("a stored event has no key")?;
                *stored.entry(key).or_default() += 1;
            }
        }
    }
}

async fn alert_keys(database: &Database) -> Result<BTreeSet<u64>> {
    let mut keys = BTreeSet::new();
    let mut before = None;
    loop {
        let page = database.read(before, |before, tx| Box::pin(alerts::list(tx, false, *before, PAGE))).await?;
        let Some(last) = page.last() else { return Ok(keys) };
        before = Some(last.id);
        keys.extend(page.iter().filter_map(|record| u64::from_str_radix(&record.alert.key, 16).ok()));
    }
}

async fn all_incidents(database: &Database) -> Result<Vec<allclear_core::id::IncidentId>> {
    let mut filter = incidents::Filter::default();
    let mut all = Vec::new();
    loop {
        let page = database.read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, PAGE))).await?;
        let Some(last) = page.last() else { return Ok(all) };
        filter.before = last.number;
        all.extend(page.iter().map(|record| record.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_from_stored_events() {
        let mut request = payload::pagerduty("0", "critical");
        let text = String::from_utf8(request.set_key(42).to_vec()).unwrap();
        assert_eq!(keys_after(&text, "\"dedup_key\":\""), Some(42));
        assert_eq!(u64::from_str_radix(&payload::key_text(42), 16), Ok(42));
    }
}
