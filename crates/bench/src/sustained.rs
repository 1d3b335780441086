//! `processed`: events that come at a steady pace, until each has found its alert, its incident and its pages; and how
//! far behind the processor is.

use std::process::ExitCode;
use std::time::Duration;

use allclear_core::directory::Grouping;
use allclear_core::wait::Wait;
use anyhow::Result;
use tokio::runtime::Runtime;

use crate::clock;
use crate::company::{Channel, Company};
use crate::database::{Kind, Place};
use crate::load::Load;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::payload::{self, Request};
use crate::server::Server;
use crate::sink::Sinks;
use crate::table::{Table, target};

const SERVICES: usize = 8;
const WANTED: f64 = 10_000.0;
/// How far behind is not yet growing: a few batches.
const LAG: f64 = 1.0;

/// One kind of load.
struct Case {
    name: &'static str,
    grouping: Grouping,
    repeats: u64,
}

/// What it came to.
struct Steady {
    sent: f64,
    processed: f64,
    p99: f64,
    /// The greatest lag in the first half, in the second half, and at the end, in seconds.
    lags: [f64; 3],
    cpu: f64,
}

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let sinks = Sinks::open(&runtime)?;
    let window = Wait::minutes(5);
    let headings =
        ["", "sent/s", "answer p99 ms", "processed/s", "lag 1st half", "lag 2nd half", "lag at end", "CPU µs/event"];
    let mut table = Table::new(&headings);
    let mut targets = Vec::new();
    for kind in &options.databases {
        let cases = [
            Case { name: "90% duplicates, an incident each", grouping: Grouping::Alert, repeats: 10 },
            Case { name: "distinct, grouped by service", grouping: Grouping::Service { window }, repeats: 1 },
            Case { name: "distinct, an incident each", grouping: Grouping::Alert, repeats: 1 },
        ];
        for case in cases {
            let name = format!("{}, {}", kind.name(), case.name);
            if !options.wants(&name) {
                continue;
            }
            let steady = measure(options, &runtime, &sinks, *kind, &case)?;
            println!("{name}: {:.0}/s", steady.processed);
            let met = steady.processed >= WANTED && steady.lags[2] <= LAG;
            let found = format!("{:.0}/s, {:.1} s behind at the end", steady.processed, steady.lags[2]);
            targets.push((format!("{name}: ≥ {WANTED:.0} processed/s, no growing lag"), found, met));
            let [first, second, end] = steady.lags.map(|lag| format!("{lag:.2} s"));
            table.row(vec![
                name,
                format!("{:.0}", steady.sent),
                format!("{:.1}", steady.p99),
                format!("{:.0}", steady.processed),
                first,
                second,
                end,
                format!("{:.0}", steady.cpu),
            ]);
        }
    }
    table.print();
    for (what, found, met) in targets {
        target(&what, &found, met);
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(options: &Options, runtime: &Runtime, sinks: &Sinks, kind: Kind, case: &Case) -> Result<Steady> {
    let folder = tempfile::tempdir()?;
    let place = Place::new(kind, folder.path().join("data"))?;
    let company = Company { services: SERVICES, grouping: case.grouping.clone(), channel: Channel::Webhook };
    let founded = runtime.block_on(async { company.found(&place.open().await?, sinks).await })?;
    let requests: Vec<Request> = founded.keys.iter().map(|key| payload::pagerduty(key, "warning")).collect();
    let server = Server::start(runtime, &place)?;
    let length = options.seconds_or(30);
    let load = Load {
        address: server.address,
        connections: options.connections,
        length,
        rate: Some(options.rate),
        repeats: case.repeats,
        requests,
        first_key: 0,
    };
    let before = server.cpu();
    let sending = std::thread::spawn(move || load.run(false));
    let mut lags = Vec::new();
    let start = clock::instant();
    while start.elapsed() + Duration::from_secs(1) < length {
        clock::pause(Duration::from_millis(500));
        lags.push(runtime.block_on(Metrics::fetch(server.address))?.lag);
    }
    let sent = sending.join().map_err(|_| anyhow::anyhow!("the load broke down"))??;
    let end = runtime.block_on(Metrics::fetch(server.address))?;
    let greatest = |lags: &[f64]| lags.iter().copied().fold(0.0, f64::max);
    let (first, second) = lags.split_at(lags.len() / 2);
    Ok(Steady {
        sent: sent.rate(),
        processed: end.processed / sent.seconds,
        p99: sent.percentile(0.99),
        lags: [greatest(first), greatest(second), end.lag],
        cpu: (server.cpu() - before) as f64 / end.processed.max(1.0),
    })
}
