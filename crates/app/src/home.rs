//! Where an installation keeps its things: the data directory, the database, the master key.

use std::path::{Path, PathBuf};

use allclear_core::hex;
use allclear_engine::MasterKey;
use allclear_engine::host::Random as _;
use allclear_store::{Database, health, secrets};
use anyhow::Context as _;

use crate::files::write_private;
use crate::outside::SystemRandom;

/// The name of the database in the data directory.
pub(crate) const DATABASE_FILE: &str = "allclear.db";
/// All files of the database: the second one holds the inbox.
pub(crate) const DATABASE_FILES: [&str; 2] = [DATABASE_FILE, "allclear-inbox.db"];
/// The name of the master key in the data directory.
pub(crate) const KEY_FILE: &str = "master.key";
const KEY_VARIABLE: &str = "ALLCLEAR_MASTER_KEY";
/// The secret by which a database knows its master key, whatever else is sealed in it.
const MARK: &str = "master-key";

/// The place of an installation.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The PostgreSQL database; the embedded one in the data directory where there is none.
    pub(crate) database: Option<String>,
}

impl Home {
    /// The file of the embedded database.
    pub(crate) fn file(&self) -> PathBuf {
        self.data.join(DATABASE_FILE)
    }

    /// Where the master key lies unless the environment has it.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.data.join(KEY_FILE)
    }

    /// Opens the database for a server: makes and migrates it as needed.
    pub(crate) async fn open(&self) -> anyhow::Result<Database> {
        match &self.database {
            Some(url) => Database::postgres(url).await.context("the PostgreSQL database cannot be used (--database)"),
            None => {
                let path = self.file();
                Database::sqlite(&path).with_context(|| format!("the database {} cannot be used", path.display()))
            }
        }
    }

    /// Opens the database as it is, to look at it; a server may be working on it.
    pub(crate) async fn open_for_reading(&self) -> anyhow::Result<Database> {
        match &self.database {
            Some(url) => {
                let opened = Database::postgres_unmigrated(url).await;
                opened.context("the PostgreSQL database cannot be used (--database)")
            }
            None => {
                let path = self.file();
                anyhow::ensure!(
                    path.exists(),
                    "there is no database {}; name the data directory of the server with --data",
                    path.display()
                );
                let opened = Database::sqlite_for_reading(&path);
                opened.with_context(|| format!("the database {} cannot be opened", path.display()))
            }
        }
    }

    /// Opens the database of an installation that exists and was migrated by this version, to change something in it;
    /// a server may be working on it.
    pub(crate) async fn open_existing(&self) -> anyhow::Result<Database> {
        let reading = self.open_for_reading().await?;
        let outstanding = reading.read((), |(), tx| Box::pin(async move { health::outstanding_migrations(tx).await }));
        anyhow::ensure!(
            outstanding.await? == 0,
            "the database is from an older version of Allclear; start `allclear serve` of this version once"
        );
        self.open().await
    }

    /// The master key, from the environment or the data directory.
    pub(crate) fn key(&self) -> anyhow::Result<MasterKey> {
        if let Ok(hex) = std::env::var(KEY_VARIABLE) {
            return parse_key(&hex).context(KEY_VARIABLE);
        }
        read_key(&self.key_file())
    }

    /// Opens the database for a server, and the master key with which its secrets are sealed. A key is made for a
    /// database in which nothing was ever sealed.
    pub(crate) async fn open_with_key(&self) -> anyhow::Result<(Database, MasterKey)> {
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("the directory {} cannot be made (--data)", self.data.display()))?;
        let database = self.open().await?;
        let (all, _) = closed_to(&database, &MasterKey::new([0; 32])).await?;
        let path = self.key_file();
        let missing = std::env::var_os(KEY_VARIABLE).is_none() && !path.exists();
        let remedy = format!("put the right one into {}, or into {KEY_VARIABLE}", path.display());
        if missing {
            anyhow::ensure!(all == 0, "the master key with which this database is sealed is not here: {remedy}");
            let mut bytes = [0; 32];
            SystemRandom.fill(&mut bytes);
            write_private(&path, &hex(&bytes)).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        let key = self.key()?;
        anyhow::ensure!(belongs(&database, &key).await?, "this database is sealed with another master key: {remedy}");
        Ok((database, key))
    }
}

/// Whether this key is the database's: the first one that is used with it.
async fn belongs(database: &Database, key: &MasterKey) -> anyhow::Result<bool> {
    let (all, closed) = closed_to(database, key).await?;
    if all > 0 && closed.len() == all {
        return Ok(false);
    }
    let mark = key.seal(&SystemRandom, MARK, MARK.as_bytes());
    let write = database.write(mark, |mark, tx| {
        Box::pin(async move {
            secrets::put_new(tx, MARK, mark).await?;
            secrets::get(tx, MARK).await
        })
    });
    Ok(write.await?.is_some_and(|mark| key.open(MARK, &mark).is_some()))
}

/// How many secrets there are, and the names of those that this key does not open.
pub(crate) async fn closed_to(database: &Database, key: &MasterKey) -> anyhow::Result<(usize, Vec<String>)> {
    let read = database.read((), |(), tx| {
        Box::pin(async move {
            let mut sealed = Vec::new();
            for name in secrets::names(tx).await? {
                if let Some(secret) = secrets::get(tx, &name).await? {
                    sealed.push((name, secret));
                }
            }
            Ok(sealed)
        })
    });
    let sealed = read.await?;
    let all = sealed.len();
    let closed = sealed.into_iter().filter(|(name, secret)| key.open(name, secret).is_none());
    Ok((all, closed.map(|(name, _)| name).collect()))
}

/// Reads a master key from its file.
pub(crate) fn read_key(path: &Path) -> anyhow::Result<MasterKey> {
    let hex = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse_key(&hex).with_context(|| format!("{}", path.display()))
}

fn parse_key(hex: &str) -> anyhow::Result<MasterKey> {
    let hex = hex.trim();
    let digits = |place: usize| hex.get(place * 2..place * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(digits).collect();
    match bytes.and_then(|bytes| bytes.try_into().ok()) {
        Some(bytes) if hex.len() == 64 => Ok(MasterKey::new(bytes)),
        _ => anyhow::bail!("it is not a master key: 64 hexadecimal digits are"),
    }
}
