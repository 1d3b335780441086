//! The databases that the server is measured on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

use allclear_store::Database;
use anyhow::{Context, Result, ensure};

/// Where the private PostgreSQL listens, its process, and its programs: `cargo xtask bench` says so.
const URL: &str = "ALLCLEAR_BENCH_POSTGRES";
const PROCESS: &str = "ALLCLEAR_BENCH_POSTGRES_PROCESS";
const PROGRAMS: &str = "ALLCLEAR_BENCH_POSTGRES_BIN";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The embedded one.
    Sqlite,
    /// A private cluster on this machine, with fsync.
    Postgres,
}

impl Kind {
    /// Its name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Sqlite, Self::Postgres]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is not a database; use sqlite or postgresql"))
    }
}

/// One database, empty when it is made.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Which one it is.
    pub(crate) kind: Kind,
    /// The server's folder.
    pub(crate) folder: PathBuf,
    /// What the server is given as `--database`.
    pub(crate) url: Option<String>,
}

impl Place {
    /// A new one; the folder is made.
    pub(crate) fn new(kind: Kind, folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let url = match kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(create()?),
        };
        Ok(Self { kind, folder, url })
    }

    /// Opens it beside the server, or before it.
    pub(crate) async fn open(&self) -> Result<Database> {
        Ok(match &self.url {
            Some(url) => Database::postgres(url).await?,
            None => Database::sqlite(self.folder.join("allclear.db"))?,
        })
    }
}

/// Makes an empty database in the cluster, and returns its address.
fn create() -> Result<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let variable =
        |name: &str| std::env::var(name).with_context(|| format!("{name} is not set; use cargo xtask bench"));
    let (url, programs) = (variable(URL)?, variable(PROGRAMS)?);
    let name = format!("bench_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let (server, _) = url.rsplit_once('/').context("the address of PostgreSQL names no database")?;
    let made = Command::new(Path::new(&programs).join("createdb"))
        .arg(format!("--maintenance-db={url}"))
        .arg(&name)
        .output()
        .context("createdb cannot be started")?;
    ensure!(made.status.success(), "createdb: {}", String::from_utf8_lossy(&made.stderr));
    Ok(format!("{server}/{name}"))
}

/// The process of the private PostgreSQL, whose CPU time counts with that of the server.
pub(crate) fn postgres_process() -> Option<u32> {
    std::env::var(PROCESS).ok()?.parse().ok()
}
