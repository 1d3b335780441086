//! `intake`: how many events a second are made durable, beside Alertmanager, which makes nothing durable, a route that
//! only appends to a file, and a route that does nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use allclear_core::directory::Grouping;
use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::alertmanager::Alertmanager;
use crate::company::{Channel, Company};
use crate::database::{Kind, Place};
use crate::load::{Load, Sent};
use crate::options::Options;
use crate::payload::{self, Request};
use crate::reference::Reference;
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, median, target};

/// Of so many events in a row, all but the first are duplicates.
const REPEATS: u64 = 10;
/// The place of the first Alertmanager among the contenders.
const ALERTMANAGER: usize = 2;
const SERVICES: usize = 8;
/// How long what a round left behind may take to be processed.
const DRAIN: Duration = Duration::from_secs(180);

/// Whom a round measures.
#[derive(Debug, Clone, Copy)]
enum Who {
    Nothing,
    Append,
    Alertmanager,
    Allclear(Kind),
}

/// A contender that was started.
enum Peer {
    Reference(Reference),
    Alertmanager(Alertmanager),
    Allclear(Server),
}

impl Peer {
    fn address(&self) -> SocketAddr {
        match self {
            Self::Reference(reference) => reference.address,
            Self::Alertmanager(alertmanager) => alertmanager.address,
            Self::Allclear(server) => server.address,
        }
    }

    fn cpu(&self) -> u64 {
        match self {
            Self::Reference(reference) => reference.cpu(),
            Self::Alertmanager(alertmanager) => alertmanager.cpu(),
            Self::Allclear(server) => server.cpu(),
        }
    }
}

struct Contender {
    name: String,
    who: Who,
    repeats: u64,
    rounds: Vec<Round>,
}

/// What one round came to.
struct Round {
    rate: f64,
    p99: f64,
    /// CPU time for each request while the load lasted, and until all of it was processed.
    cpu: f64,
    cpu_in_all: f64,
    /// Requests processed in a second once the load was over, where anything was left.
    drained: Option<f64>,
}

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let sinks = Sinks::open(&runtime)?;
    let mut contenders = contenders(options);
    for round in 0..options.rounds {
        for contender in &mut contenders {
            let done = measure(options, &runtime, &sinks, contender)?;
            println!("round {}: {:<38} {:>8.0}/s", round + 1, contender.name, done.rate);
            contender.rounds.push(done);
        }
    }
    report(&contenders);
    Ok(ExitCode::SUCCESS)
}

fn contenders(options: &Options) -> Vec<Contender> {
    let mut contenders = Vec::new();
    let mut add = |name: String, who, repeats| contenders.push(Contender { name, who, repeats, rounds: Vec::new() });
    add("a route that does nothing".to_owned(), Who::Nothing, 1);
    add("append to a file, fdatasync".to_owned(), Who::Append, 1);
    add("Alertmanager, in memory, distinct".to_owned(), Who::Alertmanager, 1);
    add("Alertmanager, in memory, 90% duplicates".to_owned(), Who::Alertmanager, REPEATS);
    for kind in &options.databases {
        for (what, repeats) in [("distinct", 1), ("90% duplicates", REPEATS)] {
            let name = format!("Allclear, {}, {what}", kind.name());
            if options.wants(&name) {
                add(name, Who::Allclear(*kind), repeats);
            }
        }
    }
    contenders
}

impl Who {
    /// Starts it, with nothing in it, and says what it is to be sent.
    fn start(self, runtime: &Runtime, sinks: &Sinks, folder: &Path) -> Result<(Peer, Vec<Request>)> {
        Ok(match self {
            Self::Nothing => {
                (Peer::Reference(Reference::start(runtime, folder)?), vec![payload::reference("/nothing")])
            }
            Self::Append => (Peer::Reference(Reference::start(runtime, folder)?), vec![payload::reference("/append")]),
            Self::Alertmanager => {
                (Peer::Alertmanager(Alertmanager::start(runtime, folder)?), vec![payload::alertmanager()])
            }
            Self::Allclear(kind) => {
                let place = Place::new(kind, folder.to_owned())?;
                let company = Company { services: SERVICES, grouping: Grouping::Alert, channel: Channel::Webhook };
                let founded = runtime.block_on(async { company.found(&place.open().await?, sinks).await })?;
                let requests = founded.keys.iter().map(|key| payload::pagerduty(key, "warning")).collect();
                (Peer::Allclear(Server::start(runtime, &place)?), requests)
            }
        })
    }
}

/// One round, by a process of its own in a folder, or a database, of its own: whoever is measured holds nothing from
/// the rounds before, and nothing from anybody else.
fn measure(options: &Options, runtime: &Runtime, sinks: &Sinks, contender: &Contender) -> Result<Round> {
    let folder = tempfile::tempdir()?;
    let (peer, requests) = contender.who.start(runtime, sinks, folder.path())?;
    let load = Load {
        address: peer.address(),
        connections: options.connections,
        length: options.seconds_or(3),
        rate: None,
        repeats: contender.repeats,
        requests,
        first_key: 0,
    };
    let before = peer.cpu();
    let sent: Sent = load.run(false)?;
    let during = peer.cpu() - before;
    ensure!(sent.broken.is_empty(), "{}: {:?}", contender.name, sent.broken.first());
    ensure!(sent.refused == 0, "{}: {} requests were refused", contender.name, sent.refused);
    let mut drained = None;
    if let Peer::Allclear(server) = &peer {
        let (empty, rate) = server.drain(runtime, DRAIN)?;
        ensure!(empty, "{}: the backlog was not processed within {} s", contender.name, DRAIN.as_secs());
        drained = Some(rate).filter(|rate| *rate > 0.0);
    }
    let each = |microseconds: u64| microseconds as f64 / sent.answered.max(1) as f64;
    let cpu_in_all = each(peer.cpu() - before);
    Ok(Round { rate: sent.rate(), p99: sent.percentile(0.99), cpu: each(during), cpu_in_all, drained })
}

/// Where the Alertmanager with the same load is among the contenders.
const fn alertmanager(contender: &Contender) -> usize {
    if contender.repeats == 1 { ALERTMANAGER } else { ALERTMANAGER + 1 }
}

fn report(contenders: &[Contender]) {
    let mid =
        |contender: &Contender, of: fn(&Round) -> f64| median(&contender.rounds.iter().map(of).collect::<Vec<_>>());
    // Of the same round, so that noise hits both.
    let ratio = |contender: &Contender, peer: &Contender| {
        let pairs = contender.rounds.iter().zip(&peer.rounds);
        median(&pairs.map(|(one, other)| one.rate / other.rate).collect::<Vec<_>>())
    };
    let headings = [
        "",
        "requests/s",
        "p99 ms",
        "CPU µs",
        "CPU µs, processed",
        "backlog/s",
        "× Alertmanager",
        "× append",
        "× nothing",
    ];
    let mut table = Table::new(&headings);
    for contender in contenders {
        let alertmanager = &contenders[alertmanager(contender)];
        table.row(vec![
            contender.name.clone(),
            format!("{:.0}", mid(contender, |round| round.rate)),
            format!("{:.1}", mid(contender, |round| round.p99)),
            format!("{:.0}", mid(contender, |round| round.cpu)),
            format!("{:.0}", mid(contender, |round| round.cpu_in_all)),
            backlog(contender),
            format!("{:.2}", ratio(contender, alertmanager)),
            format!("{:.2}", ratio(contender, &contenders[1])),
            format!("{:.2}", ratio(contender, &contenders[0])),
        ]);
    }
    table.print();
    for contender in contenders.iter().skip(4) {
        let alertmanager = &contenders[alertmanager(contender)];
        let (times, share) = (ratio(contender, alertmanager), ratio(contender, &contenders[1]));
        target(&format!("{}: ≥ 2 × Alertmanager", contender.name), &format!("{times:.2}"), times >= 2.0);
        target(&format!("{}: ≥ 0.7 × append", contender.name), &format!("{share:.2}"), share >= 0.7);
    }
}

/// How fast what was left was processed; a dash where there was nothing to process.
fn backlog(contender: &Contender) -> String {
    let rates: Vec<f64> = contender.rounds.iter().filter_map(|round| round.drained).collect();
    if rates.is_empty() { "–".to_owned() } else { format!("{:.0}", median(&rates)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_beside_the_one_with_the_same_load() {
        let options = Options::read(&[]).unwrap();
        let contenders = contenders(&options);
        assert_eq!(contenders.len(), 4 + 2 * options.databases.len());
        for contender in &contenders[ALERTMANAGER..] {
            let peer = &contenders[alertmanager(contender)];
            assert!(matches!(peer.who, Who::Alertmanager) && peer.repeats == contender.repeats, "{}", contender.name);
        }
        let only = Options::read(&["--only".to_owned(), "SQLite, distinct".to_owned()]).unwrap();
        let names: Vec<String> = super::contenders(&only).into_iter().skip(4).map(|one| one.name).collect();
        assert_eq!(names, ["Allclear, SQLite, distinct"]);
    }
}
