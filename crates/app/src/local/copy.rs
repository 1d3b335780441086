//! What a backup is made of, and whether a copy of a database is whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use allclear_core::hex;
use allclear_core::journal;
use allclear_store::{Database, Tx, audit, directory, health, incidents, secrets};
use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::home::DATABASE_FILES;

/// The file that says what is in a backup.
pub(super) const MANIFEST: &str = "backup.json";
const ENTRIES: i64 = 500;

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of Allclear that made it.
    pub(super) version: String,
    /// When.
    pub(super) made_at: Timestamp,
    /// The files of the database.
    pub(super) files: Vec<Copied>,
    /// Whether the master key is in the backup.
    pub(super) master_key: bool,
    /// What the database holds.
    pub(super) holds: Holds,
}

impl Manifest {
    /// The size of the database's files together.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Copied {
    /// Its name in the folder.
    pub(super) name: String,
    /// Its size.
    pub(super) bytes: u64,
    /// Its SHA-256, in hex.
    pub(super) sha256: String,
}

/// The files of the database in this folder.
///
/// # Errors
/// When one of them cannot be read; the error names it.
pub(super) fn files_in(folder: &Path) -> anyhow::Result<Vec<Copied>> {
    let described = |name: &&str| {
        let path = folder.join(name);
        let (bytes, sha256) = fingerprint(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(Copied { name: (*name).to_owned(), bytes, sha256 })
    };
    DATABASE_FILES.iter().map(described).collect()
}

/// What a database holds, in numbers that must be the same in every copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holds {
    /// The version of the configuration.
    pub(super) configuration: i64,
    /// The newest incident.
    pub(super) newest_incident: Option<String>,
    /// How many incidents are open.
    pub(super) open_incidents: i64,
    /// How many entries the audit log has.
    pub(super) audit_entries: u64,
    /// How many secrets are sealed.
    pub(super) secrets: usize,
}

/// Reads a whole database: that its file is not damaged, that its audit log is unbroken, and what it holds.
pub(super) async fn examine(path: &Path) -> anyhow::Result<Holds> {
    let database =
        Database::sqlite_for_reading(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let damage = database.read((), |(), tx| Box::pin(async move { health::integrity(tx).await })).await?;
    ensure!(damage.is_empty(), "{} is damaged: {}", path.display(), damage.join("; "));
    database.read((), |(), tx| Box::pin(async move { health::outstanding_migrations(tx).await })).await?;
    Ok(database.read((), |(), tx| Box::pin(holds(tx))).await?)
}

async fn holds(tx: &mut Tx<'_>) -> allclear_store::Result<Holds> {
    let newest = incidents::list(tx, incidents::Filter::default(), 1).await?;
    let open = incidents::open_counts(tx).await?;
    Ok(Holds {
        configuration: directory::version(tx).await?,
        newest_incident: newest.first().map(|incident| incident.reference()),
        open_incidents: open.iter().map(|(_, count)| count).sum(),
        audit_entries: audit_entries(tx).await?,
        secrets: secrets::names(tx).await?.len(),
    })
}

/// How many entries the audit log has.
///
/// # Errors
/// When its chain is broken.
async fn audit_entries(tx: &mut Tx<'_>) -> allclear_store::Result<u64> {
    let (mut count, mut previous) = (0, journal::GENESIS);
    loop {
        let entries = audit::chain(tx, count, ENTRIES).await?;
        if entries.is_empty() {
            return Ok(count);
        }
        for entry in entries {
            count += 1;
            if entry.number != count || journal::hash(&previous, count, &entry.body) != entry.hash {
                let message = format!("entry {count} of the audit log does not follow from the one before it");
                return Err(allclear_store::Error::Corrupt(message));
            }
            previous = entry.hash;
        }
    }
}

/// The size and the SHA-256 of a file.
fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut sha, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(&sha.finalize())));
        }
        sha.update(&buffer[..read]);
        bytes += read as u64;
    }
}
