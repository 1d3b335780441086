//! Where an installation keeps its things: the data directory, the database, the master key.

use std::path::{Path, PathBuf};

use allclear_core::hex;
use allclear_engine::MasterKey;
use allclear_engine::host::Random as _;
use allclear_store::{Database, health};
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

    /// The same; made at the first start.
    pub(crate) fn key_or_new(&self) -> anyhow::Result<MasterKey> {
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("the directory {} cannot be made (--data)", self.data.display()))?;
        let path = self.key_file();
        if std::env::var_os(KEY_VARIABLE).is_none() && !path.exists() {
            let mut bytes = [0; 32];
            SystemRandom.fill(&mut bytes);
            write_private(&path, &hex(&bytes)).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        self.key()
    }
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
