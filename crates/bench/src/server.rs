//! The server that is measured: the real program, as it ships.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::database::{Kind, Place, postgres_process};
use crate::metrics::Metrics;
use crate::process::{self, Process};
use crate::{client, clock};

/// Where the program lies: `cargo xtask bench` says so.
const PROGRAM: &str = "ALLCLEAR_BENCH_SERVER";
const PATIENCE: Duration = Duration::from_secs(30);

/// The program.
pub(crate) fn program() -> Result<PathBuf> {
    std::env::var_os(PROGRAM).map(PathBuf::from).with_context(|| format!("{PROGRAM} is not set; use cargo xtask bench"))
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    process: Process,
    kind: Kind,
}

impl Server {
    /// Starts the server on a folder, or a database, and waits until it answers.
    pub(crate) fn start(runtime: &Runtime, place: &Place) -> Result<Self> {
        let mut server = Self::launch(place)?;
        let address = server.address;
        process::wait_until("the server", PATIENCE, || {
            server.process.check().with_context(|| format!("see {}", place.folder.join("log").display()))?;
            Ok(runtime.block_on(client::get(address, "/healthz", "")).is_ok_and(|(status, _)| status == 200))
        })?;
        Ok(server)
    }

    /// Starts the server and does not wait.
    pub(crate) fn launch(place: &Place) -> Result<Self> {
        let address = process::free_address()?;
        let mut command = Command::new(program()?);
        command.arg("serve").arg("--data").arg(&place.folder).args(["--listen", &address.to_string()]);
        command.args(["--allow-network", "127.0.0.0/8", "--log", "warn"]);
        if let Some(url) = &place.url {
            command.args(["--database", url]);
        }
        let process = Process::start(&mut command, &place.folder.join("log"))?;
        Ok(Self { address, process, kind: place.kind })
    }

    /// The CPU time that it has used so far, with that of its database, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        let database = match self.kind {
            Kind::Sqlite => 0,
            Kind::Postgres => postgres_process().map_or(0, process::cpu_with_children),
        };
        process::cpu(self.process.id()) + database
    }

    /// Waits until everything that came in was processed. Says whether it came to that, and how many requests a second
    /// were processed meanwhile.
    pub(crate) fn drain(&self, runtime: &Runtime, patience: Duration) -> Result<(bool, f64)> {
        let first = runtime.block_on(Metrics::fetch(self.address))?;
        let start = clock::instant();
        loop {
            let now = runtime.block_on(Metrics::fetch(self.address))?;
            let seconds = start.elapsed().as_secs_f64();
            if now.lag <= 0.0 || start.elapsed() > patience {
                return Ok((now.lag <= 0.0, (now.processed - first.processed) / seconds.max(0.001)));
            }
            clock::pause(Duration::from_millis(50));
        }
    }

    /// The most memory that it has held, and what it holds now, in bytes.
    pub(crate) fn memory(&self) -> Result<(u64, u64)> {
        self.process.memory()
    }

    /// `kill -9`.
    pub(crate) fn kill(self) -> Result<()> {
        self.process.kill()
    }
}
