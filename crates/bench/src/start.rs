//! `start`: how large the program is, how soon it answers on an empty directory, and what it holds at rest.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

use crate::database::{Kind, Place};
use crate::options::Options;
use crate::server::{self, Server};
use crate::table::{Table, median, target};
use crate::{client, clock, process};

const MEGABYTE: f64 = 1_048_576.0;
const WANTED_SIZE: f64 = 60.0;
const WANTED_START: f64 = 300.0;
const WANTED_MEMORY: f64 = 80.0;

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::new(&["round", "first 2xx, ms", "memory at rest, MiB"]);
    let (mut starts, mut memories) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        let folder = tempfile::tempdir()?;
        let place = Place::new(Kind::Sqlite, folder.path().join("data"))?;
        let begin = clock::instant();
        let server = Server::launch(&place)?;
        process::wait_until("the server", Duration::from_secs(30), || {
            Ok(runtime.block_on(client::get(server.address, "/healthz", "")).is_ok_and(|(status, _)| status == 200))
        })?;
        let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
        // At rest: after it has shown a page, and some while later.
        runtime.block_on(client::get(server.address, "/login", ""))?;
        clock::pause(options.seconds_or(3));
        let (_, now) = server.memory()?;
        starts.push(milliseconds);
        memories.push(now as f64 / MEGABYTE);
        table.row(vec![(round + 1).to_string(), format!("{milliseconds:.0}"), format!("{:.1}", now as f64 / MEGABYTE)]);
    }
    table.print();
    let size = std::fs::metadata(server::program()?)?.len() as f64 / MEGABYTE;
    target(&format!("the program ≤ {WANTED_SIZE:.0} MiB"), &format!("{size:.1} MiB"), size <= WANTED_SIZE);
    let start = median(&starts);
    let met = start <= WANTED_START;
    target(&format!("first 2xx on an empty directory ≤ {WANTED_START:.0} ms"), &format!("{start:.0} ms"), met);
    let memory = median(&memories);
    let met = memory <= WANTED_MEMORY;
    target(&format!("memory at rest ≤ {WANTED_MEMORY:.0} MiB"), &format!("{memory:.1} MiB"), met);
    Ok(ExitCode::SUCCESS)
}
