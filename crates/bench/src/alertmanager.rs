//! The peer: Debian's Alertmanager, which keeps alerts in memory; no notifications, no clustering.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::client;
use crate::process::{self, Process};

const PROGRAM: &str = "prometheus-alertmanager";
const CONFIGURATION: &str = "route:\n  receiver: nobody\n  group_wait: 24h\nreceivers:\n  - name: nobody\n";

/// A running Alertmanager.
#[derive(Debug)]
pub(crate) struct Alertmanager {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Alertmanager {
    /// Starts one.
    pub(crate) fn start(runtime: &Runtime, folder: &Path) -> Result<Self> {
        let address = process::free_address()?;
        std::fs::create_dir_all(folder)?;
        let configuration = folder.join("alertmanager.yml");
        std::fs::write(&configuration, CONFIGURATION)?;
        let mut command = Command::new(PROGRAM);
        command.arg(format!("--config.file={}", configuration.display()));
        command.arg(format!("--storage.path={}", folder.join("data").display()));
        command.arg(format!("--web.listen-address={address}"));
        command.args(["--cluster.listen-address=", "--log.level=error"]);
        let process = Process::start(&mut command, &folder.join("log"))
            .with_context(|| format!("{PROGRAM} is missing; run `apt-get install prometheus-alertmanager`"))?;
        process::wait_until("Alertmanager", Duration::from_secs(30), || {
            Ok(runtime.block_on(client::get(address, "/-/ready", "")).is_ok_and(|(status, _)| status == 200))
        })?;
        Ok(Self { address, process })
    }

    /// The CPU time that it has used so far, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        process::cpu(self.process.id())
    }
}
