//! `intake`: how many events a second are made durable, beside Alertmanager, which makes nothing durable, a route that
//! only appends to a file, and a route that does nothing.

use std::process::ExitCode;
use std::time::Duration;

use allclear_core::directory::Grouping;
use anyhow::{Result, ensure};
use tokio::runtime::Runtime;

use crate::alertmanager::Alertmanager;
use crate::company::{Channel, Company};
use crate::database::Place;
use crate::load::{Load, Sent};
use crate::options::Options;
use crate::payload::{self, Request};
use crate::reference::Reference;
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, median, target};

/// Of so many events in a row, all but the first are duplicates.
const REPEATS: u64 = 10;
const SERVICES: usize = 8;
/// How long what a round left behind may take to be processed before the next one begins.
const DRAIN: Duration = Duration::from_secs(180);

/// Whoever is measured.
enum Peer {
    Nothing(Reference),
    Append(Reference),
    Alertmanager(Alertmanager),
    Allclear(Server),
}

struct Contender {
    name: String,
    peer: usize,
    requests: Vec<Request>,
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
    let folder = tempfile::tempdir()?;
    let (peers, mut contenders) = contenders(options, &runtime, folder.path())?;
    for round in 0..options.rounds {
        for contender in &mut contenders {
            let peer = &peers[contender.peer];
            let done = measure(options, &runtime, contender, peer, round)?;
            println!("round {}: {:<38} {:>8.0}/s", round + 1, contender.name, done.rate);
            contender.rounds.push(done);
        }
    }
    report(&contenders);
    Ok(ExitCode::SUCCESS)
}

fn contenders(options: &Options, runtime: &Runtime, folder: &std::path::Path) -> Result<(Vec<Peer>, Vec<Contender>)> {
    let mut peers = vec![
        Peer::Nothing(Reference::start(runtime, &folder.join("nothing"))?),
        Peer::Append(Reference::start(runtime, &folder.join("append"))?),
        Peer::Alertmanager(Alertmanager::start(runtime, &folder.join("alertmanager"))?),
    ];
    let mut contenders = Vec::new();
    let mut add = |name: &str, peer, requests, repeats| {
        if peer < 3 || options.wants(name) {
            contenders.push(Contender { name: name.to_owned(), peer, requests, repeats, rounds: Vec::new() });
        }
    };
    add("a route that does nothing", 0, vec![payload::reference("/nothing")], 1);
    add("append to a file, fdatasync", 1, vec![payload::reference("/append")], 1);
    add("Alertmanager, in memory, distinct", 2, vec![payload::alertmanager()], 1);
    add("Alertmanager, in memory, 90% duplicates", 2, vec![payload::alertmanager()], REPEATS);
    let sinks = Sinks::open(runtime)?;
    for kind in &options.databases {
        let place = Place::new(*kind, folder.join(kind.name()))?;
        let company = Company { services: SERVICES, grouping: Grouping::Alert, channel: Channel::Webhook };
        let founded = runtime.block_on(async { company.found(&place.open().await?, &sinks).await })?;
        let requests: Vec<Request> = founded.keys.iter().map(|key| payload::pagerduty(key, "warning")).collect();
        peers.push(Peer::Allclear(Server::start(runtime, &place)?));
        add(&format!("Allclear, {}, distinct", kind.name()), peers.len() - 1, requests.clone(), 1);
        add(&format!("Allclear, {}, 90% duplicates", kind.name()), peers.len() - 1, requests, REPEATS);
    }
    Ok((peers, contenders))
}

fn measure(options: &Options, runtime: &Runtime, contender: &Contender, peer: &Peer, round: usize) -> Result<Round> {
    let (address, cpu): (_, Box<dyn Fn() -> u64>) = match peer {
        Peer::Nothing(reference) | Peer::Append(reference) => (reference.address, Box::new(|| reference.cpu())),
        Peer::Alertmanager(alertmanager) => (alertmanager.address, Box::new(|| alertmanager.cpu())),
        Peer::Allclear(server) => (server.address, Box::new(|| server.cpu())),
    };
    let load = Load {
        address,
        connections: options.connections,
        length: options.seconds_or(4),
        rate: None,
        repeats: contender.repeats,
        requests: contender.requests.clone(),
        // Keys of this round and this contender alone.
        first_key: ((round as u64) << 48) + (contender.repeats << 56),
    };
    let before = cpu();
    let sent: Sent = load.run(false)?;
    let during = cpu() - before;
    ensure!(sent.broken.is_empty(), "{}: {:?}", contender.name, sent.broken.first());
    ensure!(sent.refused == 0, "{}: {} requests were refused", contender.name, sent.refused);
    let mut drained = None;
    if let Peer::Allclear(server) = peer {
        let (empty, rate) = server.drain(runtime, DRAIN)?;
        ensure!(empty, "{}: the backlog was not processed within {} s", contender.name, DRAIN.as_secs());
        drained = Some(rate).filter(|rate| *rate > 0.0);
    }
    let each = |microseconds: u64| microseconds as f64 / sent.answered.max(1) as f64;
    let cpu_in_all = each(cpu() - before);
    Ok(Round { rate: sent.rate(), p99: sent.percentile(0.99), cpu: each(during), cpu_in_all, drained })
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
        let alertmanager = &contenders[if contender.repeats == 1 { 2 } else { 3 }];
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
        let alertmanager = &contenders[if contender.repeats == 1 { 2 } else { 3 }];
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
    fn keys_of_rounds_and_contenders_never_meet() {
        let first = |round: u64, repeats: u64| (round << 48) + (repeats << 56);
        let per_connection = 1u64 << 32;
        assert!(64 * per_connection < first(1, 1) - first(0, 1));
        assert!(first(99, 1) < first(0, REPEATS));
    }
}
