//! The reference server: what the same HTTP stack does when it does next to nothing.
//!
//! `/nothing` reads the request and answers; `/append` appends its bytes to a plain file, and answers once they are on
//! the disk: one `fdatasync` for all that wait, which is the least that a promise of durability can cost.

use std::fs::File;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

use crate::client;
use crate::clock::SystemClock;
use crate::process::{self, Process};

const ANSWER: &str =
    r#"{"dedup_key":"0000000000000000","event_id":"evt_0000000000000","message":"Event processed","status":"success"}"#;
/// As many as the intake gathers.
const GROUP: usize = 256;

type Waiting = (Bytes, oneshot::Sender<()>);

/// `allclear-bench reference <address> <file>`: serves until it is killed.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let [address, file] = arguments else { anyhow::bail!("usage: reference <address> <file>") };
    let address: SocketAddr = address.parse()?;
    let (queue, waiting) = mpsc::channel(8_192);
    let file = File::create(file)?;
    std::thread::Builder::new().name("append".into()).spawn(move || append(file, waiting))?;
    let router = Router::new()
        .route("/nothing", post(|_: Bytes| async { (StatusCode::ACCEPTED, ANSWER) }))
        .route("/append", post(store))
        .with_state(queue);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(address).await?;
        allclear_web::server::serve(listener, router, None, Arc::new(SystemClock), std::future::pending()).await;
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn store(State(queue): State<mpsc::Sender<Waiting>>, body: Bytes) -> (StatusCode, &'static str) {
    let (reply, stored) = oneshot::channel();
    if queue.try_send((body, reply)).is_ok() && stored.await.is_ok() {
        (StatusCode::ACCEPTED, ANSWER)
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "")
    }
}

fn append(mut file: File, mut waiting: mpsc::Receiver<Waiting>) {
    let mut group = Vec::with_capacity(GROUP);
    let mut bytes = Vec::new();
    while waiting.blocking_recv_many(&mut group, GROUP) > 0 {
        bytes.clear();
        for (body, _) in &group {
            bytes.extend_from_slice(body);
        }
        if file.write_all(&bytes).and_then(|()| file.sync_data()).is_err() {
            return;
        }
        for (_, reply) in group.drain(..) {
            // Whoever asked may have gone.
            reply.send(()).ok();
        }
    }
}

/// A running reference server.
#[derive(Debug)]
pub(crate) struct Reference {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Reference {
    /// Starts one as a process of its own.
    pub(crate) fn start(runtime: &Runtime, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_address()?.port()));
        let mut command = Command::new(std::env::current_exe().context("this program has no file")?);
        command.args(["reference", &address.to_string()]).arg(folder.join("appended"));
        let process = Process::start(&mut command, &folder.join("log"))?;
        process::wait_until("the reference server", Duration::from_secs(10), || {
            Ok(runtime.block_on(client::get(address, "/nothing", "")).is_ok())
        })?;
        Ok(Self { address, process })
    }

    /// The CPU time that it has used so far, in microseconds.
    pub(crate) fn cpu(&self) -> u64 {
        process::cpu(self.process.id())
    }
}
