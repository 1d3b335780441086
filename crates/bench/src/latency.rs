//! `latency`: from the moment at which an event is sent to the moment at which its page is there as a whole, at a real
//! mail server and a real webhook: one at a time, at a steady pace, and within a storm.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use allclear_core::directory::Grouping;
use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::Connection;
use crate::clock;
use crate::company::{Channel, Company, Founded};
use crate::database::{Kind, Place};
use crate::load::{Load, percentile};
use crate::options::Options;
use crate::payload::{self, Request};
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, target};

/// Enough people that nobody is paged more often than the limits of a contact method let through: the pages beyond
/// those are bundled, which is no latency.
const PEOPLE: usize = 600;
const ONE_AT_A_TIME: u64 = 400;
const PACE: f64 = 100.0;
const STORM: f64 = 5_000.0;
/// The services that the storm is about; the critical incidents are about the others.
const STORMY: usize = 8;
/// How many connections are open before anything is sent; more are opened when all of them wait for an answer.
const CONNECTIONS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// One kind of measurement, and what it came to: milliseconds, sorted.
struct Measured {
    name: String,
    times: Vec<f64>,
    lost: usize,
    /// How many events a second the storm really had, where there was one.
    storm: Option<f64>,
    /// The share, and what it may be at the most.
    targets: &'static [(f64, f64)],
}

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut all = Vec::new();
    for kind in &options.databases {
        for channel in [Channel::Webhook, Channel::Mail] {
            all.extend(on(options, &runtime, *kind, channel)?);
        }
    }
    report(&all);
    Ok(ExitCode::SUCCESS)
}

fn on(options: &Options, runtime: &Runtime, kind: Kind, channel: Channel) -> Result<Vec<Measured>> {
    let name = |what: &str| {
        let channel = if channel == Channel::Mail { "SMTP" } else { "webhook" };
        format!("{}, {channel}, {what}", kind.name())
    };
    let mut all = Vec::new();
    for part in ["one at a time", "100 events/s", "critical in a storm"] {
        let name = name(part);
        if !options.wants(&name) {
            continue;
        }
        let folder = tempfile::tempdir()?;
        let sinks = Sinks::open(runtime)?;
        let place = Place::new(kind, folder.path().join("data"))?;
        let company = Company { services: PEOPLE, grouping: Grouping::Alert, channel };
        let founded = runtime.block_on(async { company.found(&place.open().await?, &sinks).await })?;
        let stage = Stage { server: Server::start(runtime, &place)?, sinks, founded };
        let mut storm = None;
        let ((times, lost), targets): (_, &[(f64, f64)]) = match part {
            "one at a time" => (runtime.block_on(stage.one_at_a_time())?, &[(0.5, 5.0), (0.99, 25.0)]),
            "100 events/s" => (runtime.block_on(stage.paced(options.seconds_or(20)))?, &[(0.99, 100.0)]),
            _ => {
                let (pages, rate) = stage.in_a_storm(runtime, options.seconds_or(20))?;
                storm = Some(rate);
                (pages, &[(1.0, 1_000.0)])
            }
        };
        let measured = Measured { name, times, lost, storm, targets };
        println!("{}: p50 {:.1} ms", measured.name, percentile(&measured.times, 0.5).unwrap_or(f64::NAN));
        all.push(measured);
    }
    Ok(all)
}

struct Stage {
    server: Server,
    sinks: Sinks,
    founded: Founded,
}

impl Stage {
    /// A critical event about the service of that number.
    fn event(&self, service: usize) -> Request {
        payload::pagerduty(&self.founded.keys[service], "critical")
    }

    async fn one_at_a_time(&self) -> Result<(Vec<f64>, usize)> {
        let mut connection = Connection::open(self.server.address).await?;
        let mut times = Vec::new();
        let mut lost = 0;
        for key in 0..ONE_AT_A_TIME {
            let start = clock::instant();
            trigger(&mut connection, self.event(key as usize % PEOPLE), key).await?;
            match self.sinks.wait_for(key, PATIENCE).await {
                Some(at) => times.push(at.duration_since(start).as_secs_f64() * 1e3),
                None => lost += 1,
            }
        }
        // The first ones open connections and prepare statements, as after every start.
        times.drain(..times.len().min(10));
        Ok((sorted(times), lost))
    }

    /// Events at even distances.
    async fn paced(&self, length: Duration) -> Result<(Vec<f64>, usize)> {
        // The connections are opened meanwhile.
        let begin = clock::instant() + Duration::from_millis(100);
        let events = (0..(length.as_secs_f64() * PACE) as u64).map(|key| {
            let due = begin + Duration::from_secs_f64(key as f64 / PACE);
            (key, due, self.event(key as usize % PEOPLE))
        });
        let sent = send_on_time(self.server.address, events).await?;
        self.collect(sent).await
    }

    /// One critical incident in each second of a storm of events about other things; and how many of those were
    /// answered in a second.
    fn in_a_storm(&self, runtime: &Runtime, length: Duration) -> Result<((Vec<f64>, usize), f64)> {
        let stormy = self.founded.keys.iter().take(STORMY);
        let storm = Load {
            address: self.server.address,
            connections: 64,
            length: length + Duration::from_secs(1),
            rate: Some(STORM),
            repeats: 1,
            requests: stormy.map(|key| payload::pagerduty(key, "warning")).collect(),
            first_key: 1 << 60,
        };
        let storming = std::thread::spawn(move || storm.run(false));
        let begin = clock::instant();
        let events = (0..length.as_secs()).map(|key| {
            let due = begin + Duration::from_secs(key + 1);
            (key, due, self.event(STORMY + key as usize))
        });
        let sent = runtime.block_on(send_on_time(self.server.address, events))?;
        let storm = storming.join().ok().context("the storm broke down")??;
        println!("  the storm: {:.0} events/s were answered, p99 {:.1} ms", storm.rate(), storm.percentile(0.99));
        Ok((runtime.block_on(self.collect(sent))?, storm.rate()))
    }

    async fn collect(&self, sent: Vec<(u64, Instant)>) -> Result<(Vec<f64>, usize)> {
        let mut times = Vec::new();
        let mut lost = 0;
        for (key, start) in sent {
            match self.sinks.wait_for(key, PATIENCE).await {
                Some(at) => times.push(at.duration_since(start).as_secs_f64() * 1e3),
                None => lost += 1,
            }
        }
        Ok((sorted(times), lost))
    }
}

/// Sends an event, and waits until it is taken.
async fn trigger(connection: &mut Connection, mut event: Request, key: u64) -> Result<()> {
    let (status, _) = connection.exchange(event.set_key(key)).await?;
    ensure!(status == 202, "an event was answered {status}");
    Ok(())
}

/// Sends each event, given with its key, at its moment, whatever became of those before: by a connection that waits
/// for no other answer. Says which were sent, and at which moment each should have been.
async fn send_on_time(
    address: SocketAddr,
    events: impl Iterator<Item = (u64, Instant, Request)>,
) -> Result<Vec<(u64, Instant)>> {
    let idle = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..CONNECTIONS {
        let connection = Connection::open(address).await?;
        held(&idle).push(connection);
    }
    let mut under_way = JoinSet::new();
    for (key, due, event) in events {
        clock::sleep_until(due).await;
        let idle = Arc::clone(&idle);
        under_way.spawn(async move {
            let waiting = held(&idle).pop();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => Connection::open(address).await?,
            };
            trigger(&mut connection, event, key).await?;
            held(&idle).push(connection);
            Ok((key, due))
        });
    }
    under_way.join_all().await.into_iter().collect()
}

fn held(idle: &Mutex<Vec<Connection>>) -> MutexGuard<'_, Vec<Connection>> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_unstable_by(f64::total_cmp);
    times
}

fn report(all: &[Measured]) {
    let mut table =
        Table::new(&["event sent → page taken, ms", "pages", "p50", "p90", "p99", "longest", "not within 60 s"]);
    for one in all {
        let at = |share: f64| format!("{:.1}", percentile(&one.times, share).unwrap_or(f64::NAN));
        let (pages, lost) = (one.times.len().to_string(), one.lost.to_string());
        table.row(vec![one.name.clone(), pages, at(0.5), at(0.9), at(0.99), at(1.0), lost]);
    }
    table.print();
    for one in all {
        for (share, most) in one.targets {
            let found = percentile(&one.times, *share).unwrap_or(f64::INFINITY);
            let what = if *share < 1.0 { format!("p{:.0}", share * 100.0) } else { "every page".to_owned() };
            // A storm that the server did not take in as fast as it came is not the one that the target is about.
            let stormy = one.storm.is_none_or(|rate| rate >= STORM * 0.95);
            let rate = one.storm.map(|rate| format!(" at {rate:.0} events/s")).unwrap_or_default();
            let met = one.lost == 0 && found <= *most && stormy;
            target(&format!("{}: {what} ≤ {most:.0} ms", one.name), &format!("{found:.1} ms{rate}"), met);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::Barrier;

    use super::*;

    /// Answers none of the events before all of them are there.
    async fn answer_together(mut stream: TcpStream, all: &Barrier) {
        let mut buffer = [0; 4_096];
        while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
            all.wait().await;
            stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        }
    }

    #[tokio::test]
    async fn no_event_waits_for_the_answer_to_another() {
        const EVENTS: u64 = CONNECTIONS as u64 + 4;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let all = Arc::new(Barrier::new(EVENTS as usize));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let all = Arc::clone(&all);
                tokio::spawn(async move { answer_together(stream, &all).await });
            }
        });
        let due = clock::instant();
        let events = (0..EVENTS).map(|key| (key, due, payload::pagerduty("key", "critical")));
        let sent = tokio::time::timeout(PATIENCE, send_on_time(address, events)).await;
        let mut keys: Vec<u64> = sent.expect("all are sent at once").unwrap().into_iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        assert_eq!(keys, (0..EVENTS).collect::<Vec<_>>());
        server.abort();
    }
}
