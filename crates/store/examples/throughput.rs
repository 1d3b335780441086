//! How many durable transactions a second SQLite does here:
//! `cargo run --release -p allclear-store --example throughput`.
//!
//! 64 tasks store alerts, each in a transaction of its own that is on the disk when it is answered; every fifth of them
//! opens an incident as well, with its timer and the first entry of its journal. `readers` as an argument adds four
//! tasks that list incidents all the time.

#![expect(clippy::print_stdout, reason = "a program whose whole point is the figure that it prints")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allclear_core::actor::Actor;
use allclear_core::alert::{Alert, Content, Status};
use allclear_core::fact::Fact;
use allclear_core::id::{AlertId, IncidentId, IntegrationId, ServiceId};
use allclear_core::incident::Incident;
use allclear_core::severity::{Severity, Urgency};
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::incidents::{self, IncidentRecord};
use allclear_store::timers::{self, Subject};
use allclear_store::{Database, Result, Tx};
use jiff::Timestamp;
use uuid::Uuid;

const TASKS: u64 = 64;
const SECONDS: u64 = 10;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let file = folder.path().join("allclear.db");
    let database = Database::sqlite(&file)?;
    let (written, read) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        tasks.spawn(write_for_ever(database.clone(), task, Arc::clone(&written)));
    }
    if std::env::args().any(|argument| argument == "readers") {
        for _ in 0..4 {
            tasks.spawn(read_for_ever(database.clone(), Arc::clone(&read)));
        }
    }
    // Nothing here reads a clock: the work stops after a given time, and what was done is counted.
    if let Ok(Some(ended)) = tokio::time::timeout(Duration::from_secs(SECONDS), tasks.join_next()).await {
        ended??;
    }
    tasks.shutdown().await;
    let log = std::fs::metadata(folder.path().join("allclear.db-wal"))?.len() / 1024 / 1024;
    let per_second = |count: AtomicU64| count.into_inner() / SECONDS;
    let (written, read) = (Arc::into_inner(written).map(per_second), Arc::into_inner(read).map(per_second));
    println!("{written:?} transactions/s, {read:?} reads/s; the log has {log} MiB at the end");
    Ok(())
}

async fn read_for_ever(database: Database, done: Arc<AtomicU64>) -> Result<()> {
    loop {
        let filter = incidents::Filter { open: true, ..incidents::Filter::default() };
        database.read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, 50))).await?;
        done.fetch_add(1, Ordering::Relaxed);
    }
}

async fn write_for_ever(database: Database, task: u64, done: Arc<AtomicU64>) -> Result<()> {
    for number in 0.. {
        database.write((task, number), |input, tx| Box::pin(one(tx, *input))).await?;
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn one(tx: &mut Tx<'_>, (task, number): (u64, u64)) -> Result<()> {
    let now = Timestamp::from_microsecond(1_790_000_000_000_000 + number.cast_signed()).expect("a moment");
    // As UUIDv7 has it: first the time, then what nobody can foresee.
    let id = Uuid::from_u64_pair(number << 16, (task << 40 | number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let service = ServiceId::new(Uuid::from_u64_pair(1, task % 8));
    let key = format!("instance-{task}-{}", number / 2);
    let found = alerts::firing(tx, &[(service, &key)]).await?;
    let mut record = found.into_iter().next().unwrap_or_else(|| new_alert(now, id, service, key));
    record.alert.count += 1;
    record.alert.last_seen = now;
    if number.is_multiple_of(5) {
        let incident = IncidentId::new(id);
        record.alert.incident = Some(incident);
        open(tx, now, incident, service).await?;
    }
    alerts::put(tx, &[&record]).await
}

fn new_alert(now: Timestamp, id: Uuid, service: ServiceId, key: String) -> AlertRecord {
    let labels = ["job", "instance", "severity", "cluster", "namespace"];
    let content = Content {
        source: "node-7.example".into(),
        labels: labels.iter().map(|name| ((*name).to_owned(), format!("{name}-value"))).collect(),
        ..Content::default()
    };
    let alert = Alert {
        service,
        integration: IntegrationId::new(Uuid::from_u128(5)),
        key,
        status: Status::Firing,
        summary: "Disk almost full on node-7: 97 % of /var used".into(),
        severity: Severity::Sev2,
        count: 0,
        first_seen: now,
        last_seen: now,
        expires_at: None,
        incident: None,
        content: Arc::new(content),
    };
    AlertRecord { id: AlertId::new(id), alert, placement: None }
}

async fn open(tx: &mut Tx<'_>, now: Timestamp, id: IncidentId, service: ServiceId) -> Result<()> {
    let (title, severity) = ("Disk almost full on node-7: 97 % of /var used".to_owned(), Severity::Sev2);
    let urgency = Urgency::High;
    let (labels, turn) = (std::collections::BTreeMap::new(), 0);
    let fact = Fact::IncidentOpened { service, title, severity, urgency, group: None, labels, turn };
    let opened = Incident::opened(now, &fact).expect("an opening");
    let incident = Incident { alerts: 1, firing: 1, last_alert_at: Some(now), ..opened };
    let mut record = IncidentRecord::new(id, incident);
    let entry = incidents::chain(&mut record, now, Actor::System, vec![fact]);
    incidents::put(tx, &[&record]).await?;
    incidents::append(tx, &[entry]).await?;
    timers::put(tx, &[(Subject::Incident, id.uuid(), Some(now))]).await
}
