//! `list`: the first page of open incidents over HTTP: on an empty database, when it has just become full, at 100,000
//! alerts, and at 1,000,000.

use std::process::ExitCode;
use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::alert::{Alert, Clearing, Content, Status};
use allclear_core::correlate::Reason;
use allclear_core::directory::{Directory, Grouping};
use allclear_core::id::{AlertId, IncidentId};
use allclear_core::incident::{self, Input, Opening};
use allclear_core::severity::Severity;
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::incidents::{self, IncidentRecord, StoredEntry};
use allclear_store::{Database, directory};
use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::client::{Connection, get_request};
use crate::clock;
use crate::company::{Channel, Company, Founded, SESSION, TOKEN};
use crate::database::{Kind, Place};
use crate::load::percentile;
use crate::options::Options;
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, target};

/// Alerts for each incident.
const ALERTS: usize = 10;
/// One incident in so many is open.
const OPEN: usize = 10;
/// How many incidents are stored in one transaction.
const BATCH: usize = 500;
/// How many incidents there are at each level: none, enough to fill the page, and those of the targets.
const LEVELS: [usize; 4] = [0, FULL, MANY, MOST];
const FULL: usize = 1_000;
const MANY: usize = 10_000;
const MOST: usize = 100_000;
const REQUESTS: usize = 300;

/// What one kind of page took at one level: milliseconds.
struct Measured {
    name: String,
    incidents: usize,
    p50: f64,
    p99: f64,
    bytes: usize,
}

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut all = Vec::new();
    for kind in &options.databases {
        all.extend(on(&runtime, *kind)?);
    }
    report(&all);
    Ok(ExitCode::SUCCESS)
}

fn on(runtime: &Runtime, kind: Kind) -> Result<Vec<Measured>> {
    let folder = tempfile::tempdir()?;
    let sinks = Sinks::open(runtime)?;
    let place = Place::new(kind, folder.path().join("data"))?;
    let company = Company { services: 50, grouping: Grouping::Alert, channel: Channel::Webhook };
    let founded = runtime.block_on(async { company.found(&place.open().await?, &sinks).await })?;
    let (mut all, mut filled) = (Vec::new(), 0);
    for level in LEVELS {
        let start = clock::instant();
        runtime.block_on(async { fill(&place.open().await?, &founded, filled..level).await })?;
        println!("{}: {level} incidents, filled in {:.0} s", kind.name(), start.elapsed().as_secs_f64());
        filled = level;
        let server = Server::start(runtime, &place)?;
        for (page, path, headers) in [
            ("page", "/incidents?state=open", format!("Cookie: allclear={SESSION}\r\n")),
            ("API", "/api/v1/incidents?state=open&limit=50", format!("Authorization: Bearer {TOKEN}\r\n")),
        ] {
            let request = get_request(path, &headers);
            let (times, bytes) = runtime.block_on(ask(&server, &request))?;
            let at = |share: f64| percentile(&times, share).unwrap_or(f64::NAN);
            let name = format!("{}, {page}", kind.name());
            all.push(Measured { name, incidents: level, p50: at(0.5), p99: at(0.99), bytes });
        }
    }
    Ok(all)
}

/// One request after the other, on one connection.
async fn ask(server: &Server, request: &[u8]) -> Result<(Vec<f64>, usize)> {
    let mut connection = Connection::open(server.address).await?;
    let (mut times, mut bytes) = (Vec::new(), 0);
    for number in 0..REQUESTS {
        let start = clock::instant();
        let (status, body) = connection.exchange(request).await?;
        ensure!(status == 200, "the page was answered {status}: {}", String::from_utf8_lossy(body));
        bytes = body.len();
        // The first ones prepare statements and warm the cache, as after every start.
        if number >= 10 {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_unstable_by(f64::total_cmp);
    Ok((times, bytes))
}

/// Stores incidents with their alerts and journals, as the core decides them; nobody is paged.
async fn fill(database: &Database, founded: &Founded, numbers: std::ops::Range<usize>) -> Result<()> {
    let directory = Arc::new(database.read((), |(), tx| Box::pin(directory::load(tx))).await?);
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(BATCH) {
        let mut made = Made::default();
        for number in numbers {
            made.incident(&directory, founded, *number);
        }
        let written = database.write(made, |made, tx| {
            Box::pin(async move {
                incidents::put(tx, &made.incidents.iter().collect::<Vec<_>>()).await?;
                incidents::append(tx, &made.entries).await?;
                alerts::put(tx, &made.alerts.iter().collect::<Vec<_>>()).await
            })
        });
        written.await?;
    }
    Ok(())
}

#[derive(Default)]
struct Made {
    incidents: Vec<IncidentRecord>,
    entries: Vec<StoredEntry>,
    alerts: Vec<AlertRecord>,
}

impl Made {
    fn incident(&mut self, directory: &Directory, founded: &Founded, number: usize) {
        let (now, actor) = (clock::now(), Actor::System);
        let id = IncidentId::new(clock::id());
        let place = number % founded.services.len();
        let severity = Severity::ALL[number % Severity::ALL.len()];
        let title = format!("Disk almost full on node-{number}: 97 % of /var used");
        let first = AlertId::new(clock::id());
        let opening = Opening {
            alert: Some((first, Reason::EachAlone)),
            ..Opening::declared(founded.services[place], title, severity)
        };
        let mut decision = incident::open(now, directory, actor, opening);
        let mut record = IncidentRecord::new(id, decision.next.clone());
        self.entries.push(incidents::chain(&mut record, now, actor, decision.facts));
        let open = number.is_multiple_of(OPEN);
        if !open {
            decision = incident::step(now, directory, &record.incident, actor, Input::Resolve);
            record.incident = decision.next;
            self.entries.push(incidents::chain(&mut record, now, actor, decision.facts));
        }
        for alert in 0..ALERTS {
            let status = if open { Status::Firing } else { Status::Resolved { at: now, how: Clearing::ByPerson } };
            let id = if alert == 0 { first } else { AlertId::new(clock::id()) };
            self.alerts.push(alert_record(id, record.id, founded, place, severity, status, number * ALERTS + alert));
        }
        self.incidents.push(record);
    }
}

fn alert_record(
    id: AlertId,
    incident: IncidentId,
    founded: &Founded,
    place: usize,
    severity: Severity,
    status: Status,
    number: usize,
) -> AlertRecord {
    let now = clock::now();
    let labels = ["job", "instance", "cluster", "namespace", "class"];
    let content = Content {
        source: format!("node-{number}.example.com"),
        labels: labels.iter().map(|name| ((*name).to_owned(), format!("{name}-{number}"))).collect(),
        ..Content::default()
    };
    let alert = Alert {
        service: founded.services[place],
        integration: founded.integrations[place],
        key: format!("node-{number}/disk"),
        status,
        summary: format!("Disk almost full on node-{number}: 97 % of /var used"),
        severity,
        count: 1,
        first_seen: now,
        last_seen: now,
        expires_at: None,
        incident: Some(incident),
        content: Arc::new(content),
    };
    AlertRecord { id, alert, placement: Some(Reason::EachAlone) }
}

fn report(all: &[Measured]) {
    let mut table = Table::new(&[
        "first page of open incidents",
        "alerts",
        "incidents",
        "open",
        "p50 ms",
        "p99 ms",
        "bytes",
        "× empty",
        "× just full",
    ]);
    let times = |one: &Measured, level: usize| {
        let base = all.iter().find(|other| other.name == one.name && other.incidents == level);
        base.map_or(f64::NAN, |base| one.p50 / base.p50)
    };
    for one in all {
        table.row(vec![
            one.name.clone(),
            (one.incidents * ALERTS).to_string(),
            one.incidents.to_string(),
            (one.incidents / OPEN).to_string(),
            format!("{:.2}", one.p50),
            format!("{:.2}", one.p99),
            one.bytes.to_string(),
            format!("{:.2}", times(one, 0)),
            format!("{:.2}", times(one, FULL)),
        ]);
    }
    table.print();
    for one in all {
        if one.incidents == MANY {
            target(&format!("{}: ≤ 10 ms at 100,000 alerts", one.name), &format!("{:.2} ms", one.p50), one.p50 <= 10.0);
        } else if one.incidents == MOST {
            // An empty page has no rows to show, so it says little about growth; a page that is just full does.
            for (base, level) in [("empty", 0), ("just full", FULL)] {
                let found = times(one, level);
                let what = format!("{}: ≤ 2 × {base} at 1,000,000 alerts", one.name);
                target(&what, &format!("{found:.2}"), found <= 2.0);
            }
        }
    }
}
