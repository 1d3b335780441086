//! `latency`: from the moment at which an event is sent to the moment at which its page is there as a whole, at a real
//! mail server and a real webhook: one at a time, at a steady pace, and within a storm.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use allclear_core::directory::Grouping;
use anyhow::{Context, Result, ensure};
use tokio::runtime::Runtime;

use crate::client::Connection;
use crate::clock;
use crate::company::{Channel, Company, Founded};
use crate::database::{Kind, Place};
use crate::load::{Load, percentile};
use crate::options::Options;
use crate::payload;
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
    /// Sends a trigger about the service of that number.
    async fn trigger(&self, connection: &mut Connection, service: usize, key: u64) -> Result<Instant> {
        let mut request = payload::pagerduty(&self.founded.keys[service], "critical");
        let start = clock::instant();
        let (status, _) = connection.exchange(request.set_key(key)).await?;
        ensure!(status == 202, "an event was answered {status}");
        Ok(start)
    }

    async fn one_at_a_time(&self) -> Result<(Vec<f64>, usize)> {
        let mut connection = Connection::open(self.server.address).await?;
        let mut times = Vec::new();
        let mut lost = 0;
        for key in 0..ONE_AT_A_TIME {
            let start = self.trigger(&mut connection, key as usize % PEOPLE, key).await?;
            match self.sinks.wait_for(key, PATIENCE).await {
                Some(at) => times.push(at.duration_since(start).as_secs_f64() * 1e3),
                None => lost += 1,
            }
        }
        // The first ones open connections and prepare statements, as after every start.
        times.drain(..times.len().min(10));
        Ok((sorted(times), lost))
    }

    /// Each event is sent at its moment, whatever became of those before.
    async fn paced(&self, length: Duration) -> Result<(Vec<f64>, usize)> {
        let mut sent = Vec::new();
        let mut connections = Vec::new();
        for _ in 0..4 {
            connections.push(Connection::open(self.server.address).await?);
        }
        let begin = clock::instant();
        for key in 0..(length.as_secs_f64() * PACE) as u64 {
            let due = begin + Duration::from_secs_f64(key as f64 / PACE);
            clock::sleep_until(due).await;
            let connection = &mut connections[key as usize % 4];
            self.trigger(connection, key as usize % PEOPLE, key).await?;
            sent.push((key, due));
        }
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
        let sent = runtime.block_on(async {
            let mut connection = Connection::open(self.server.address).await?;
            let mut sent = Vec::new();
            let begin = clock::instant();
            for key in 0..length.as_secs() {
                let due = begin + Duration::from_secs(key + 1);
                clock::sleep_until(due).await;
                self.trigger(&mut connection, STORMY + key as usize, key).await?;
                sent.push((key, due));
            }
            anyhow::Ok(sent)
        })?;
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
