//! What the first page of open incidents asks of the database, empty and after much history:
//! `cargo run --release -p allclear-store --example list`.
//!
//! On SQLite, and on the PostgreSQL of `ALLCLEAR_TEST_POSTGRES` (an empty database) if that is set. One reader asks
//! again and again: first with fifty open incidents and nothing else, then with 100,000 that are over and 1,000,000
//! alerts.

#![expect(clippy::print_stdout, reason = "a program whose whole point is the figures that it prints")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use allclear_core::actor::Actor;
use allclear_core::alert::{self, Alert, Clearing, Content};
use allclear_core::fact::Fact;
use allclear_core::id::{AlertId, IncidentId, IntegrationId, ServiceId, UserId};
use allclear_core::incident::{Incident, Status};
use allclear_core::severity::{Severity, Urgency};
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::incidents::{self, Filter, IncidentRecord};
use allclear_store::{Database, Result};
use jiff::Timestamp;
use uuid::Uuid;

const OPEN: u64 = 50;
const OVER: u64 = 100_000;
const ALERTS_OF_EACH: u64 = 10;
/// How many incidents are stored in one transaction.
const BATCH: u64 = 500;
const SECONDS: u64 = 5;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir_in(".").map_err(|error| allclear_store::Error::Backup(error.to_string()))?;
    measure(Database::sqlite(folder.path().join("allclear.db"))?).await?;
    if let Ok(url) = std::env::var("ALLCLEAR_TEST_POSTGRES") {
        measure(Database::postgres(&url).await?).await?;
    }
    Ok(())
}

async fn measure(database: Database) -> Result<()> {
    fill(&database, 0..OPEN, true).await?;
    let before = [page(&database).await?, narrowed(&database).await?];
    fill(&database, OPEN..OPEN + OVER, false).await?;
    let after = [page(&database).await?, narrowed(&database).await?];
    for (what, before, after) in [("first page", before[0], after[0]), ("SEV1 of all", before[1], after[1])] {
        let times = f64::from(after) / f64::from(before);
        println!("{}: {what}: {before} µs, after much history {after} µs, {times:.2} times as long", database.name());
    }
    Ok(())
}

/// Microseconds for all that the first page of open incidents asks, on an average over some seconds.
async fn page(database: &Database) -> Result<u32> {
    repeat(async || {
        let person = UserId::new(Uuid::from_u128(1));
        let read = database.read(person, |person, tx| {
            Box::pin(async move {
                incidents::open_counts(tx).await?;
                incidents::open_naming(tx, *person, 20).await?;
                incidents::list(tx, Filter { open: true, ..Filter::default() }, 50).await
            })
        });
        read.await.map(|found| assert_eq!(found.len(), 50))
    })
    .await
}

/// The same for a list of which history has none.
async fn narrowed(database: &Database) -> Result<u32> {
    let filter = Filter { severity: Some(Severity::Sev1), ..Filter::default() };
    repeat(async || {
        let read = database.read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, 50)));
        read.await.map(|found| assert!(found.is_empty()))
    })
    .await
}

async fn repeat(ask: impl AsyncFn() -> Result<()>) -> Result<u32> {
    let mut done = 0;
    // Nothing here reads a clock: the work stops after a given time, and what was done is counted.
    let asking = async {
        loop {
            ask().await?;
            done += 1;
        }
    };
    if let Ok(ended) = tokio::time::timeout(Duration::from_secs(SECONDS), asking).await {
        return ended;
    }
    Ok(u32::try_from(SECONDS * 1_000_000 / u64::max(done, 1)).unwrap_or(u32::MAX))
}

async fn fill(database: &Database, numbers: std::ops::Range<u64>, open: bool) -> Result<()> {
    for start in numbers.clone().step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let batch: Vec<u64> = (start..numbers.end.min(start + BATCH)).collect();
        let stored = database.write((batch, open), |(batch, open), tx| {
            Box::pin(async move {
                let incidents: Vec<IncidentRecord> = batch.iter().map(|number| incident(*number, *open)).collect();
                incidents::put(tx, &incidents.iter().collect::<Vec<_>>()).await?;
                let of =
                    |number: &u64| (0..ALERTS_OF_EACH).map(|place| alert(*number, place, *open)).collect::<Vec<_>>();
                let alerts: Vec<AlertRecord> = batch.iter().flat_map(of).collect();
                alerts::put(tx, &alerts.iter().collect::<Vec<_>>()).await
            })
        });
        stored.await?;
    }
    Ok(())
}

fn moment(number: u64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + number.cast_signed()).expect("a moment")
}

fn incident(number: u64, open: bool) -> IncidentRecord {
    let person = UserId::new(Uuid::from_u128(u128::from(number % 40)));
    let resolved = Status::Resolved { by: Actor::System, at: moment(number) };
    let incident = Incident {
        status: if open { Status::Triggered } else { resolved },
        alerts: 10,
        firing: if open { 10 } else { 0 },
        last_alert_at: Some(moment(number)),
        assigned: vec![person],
        paged: BTreeSet::from([person]),
        pages_made: 1,
        ..Incident::opened(moment(number), &opening(number)).expect("an opening")
    };
    IncidentRecord::new(IncidentId::new(Uuid::from_u64_pair(number << 16, 7)), incident)
}

fn opening(number: u64) -> Fact {
    Fact::IncidentOpened {
        service: service(number),
        title: "Disk almost full on node-7: 97 % of /var used".into(),
        severity: Severity::Sev2,
        urgency: Urgency::High,
        group: None,
        labels: BTreeMap::new(),
        turn: 0,
    }
}

fn alert(number: u64, place: u64, open: bool) -> AlertRecord {
    let over = alert::Status::Resolved { at: moment(number), how: Clearing::BySource };
    let labels = ["job", "instance", "severity", "cluster"].map(|name| (name.to_owned(), format!("{name}-value")));
    let alert = Alert {
        service: service(number),
        integration: IntegrationId::new(Uuid::from_u128(5)),
        key: format!("instance-{number}-{place}"),
        status: if open { alert::Status::Firing } else { over },
        summary: "Disk almost full on node-7: 97 % of /var used".into(),
        severity: Severity::Sev2,
        count: 1,
        first_seen: moment(number),
        last_seen: moment(number),
        expires_at: None,
        incident: Some(IncidentId::new(Uuid::from_u64_pair(number << 16, 7))),
        content: Arc::new(Content { labels: labels.into(), ..Content::default() }),
    };
    AlertRecord { id: AlertId::new(Uuid::from_u64_pair(number << 16, place)), alert, placement: None }
}

fn service(number: u64) -> ServiceId {
    ServiceId::new(Uuid::from_u64_pair(1, number % 8))
}
