//! The database, whichever it is.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use crate::backup;
use crate::error::{Error, Result};
use crate::migrate::{self, Part};
use crate::notices::Notices;
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::transaction::Tx;
use crate::trouble::Troubles;

/// The future of a transaction's body.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The database: cheap to clone.
#[derive(Clone)]
pub struct Database {
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Database({})", self.name())
    }
}

impl Database {
    /// Opens, or creates, a SQLite file, with a second one beside it for the inbox (`allclear.db`,
    /// `allclear-inbox.db`), and migrates them.
    ///
    /// # Errors
    /// When the file cannot be opened, or was migrated by a newer version.
    pub fn sqlite(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { engine: Engine::Sqlite(Sqlite::open(path.into())?) })
    }

    /// Opens a SQLite file that exists, for reading alone: to look at it, or to back it up, whether or not a server
    /// works on it. It is neither made nor migrated, and every write fails.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn sqlite_for_reading(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self { engine: Engine::Sqlite(Sqlite::open_for_reading(path.into())?) })
    }

    /// A database in memory, which runs everything on the caller's thread: for the simulator and for tests.
    ///
    /// # Errors
    /// When there is no memory left.
    pub fn in_memory() -> Result<Self> {
        Ok(Self { engine: Engine::Sqlite(Sqlite::in_memory(false, Troubles::default())?) })
    }

    /// The same, with troubles that can be switched on.
    ///
    /// # Errors
    /// When there is no memory left.
    pub fn in_memory_with_troubles() -> Result<(Self, Troubles)> {
        Self::troubled(false)
    }

    /// The same, but each transaction gives way once before it begins: whoever polls several of them decides in which
    /// order they run, and may drop one between two transactions as a crash would.
    ///
    /// # Errors
    /// When there is no memory left.
    pub fn in_memory_giving_way() -> Result<(Self, Troubles)> {
        Self::troubled(true)
    }

    fn troubled(gives_way: bool) -> Result<(Self, Troubles)> {
        let troubles = Troubles::default();
        let sqlite = Sqlite::in_memory(gives_way, troubles.clone())?;
        Ok((Self { engine: Engine::Sqlite(sqlite) }, troubles))
    }

    /// Connects to PostgreSQL (`postgres://user@host/database`), and migrates it under a lock. `?sslmode=` says how the
    /// connection is protected (`disable`, `prefer`, `require`, `verify-ca`, `verify-full`), and `sslrootcert=` whom to
    /// trust, as PostgreSQL's own clients take them.
    ///
    /// # Errors
    /// When there is no connection to be had, or it was migrated by a newer version.
    pub async fn postgres(url: &str) -> Result<Self> {
        let postgres = Postgres::open(url).await?;
        migrate::postgres(&postgres).await?;
        Ok(Self { engine: Engine::Postgres(postgres) })
    }

    /// Connects to PostgreSQL as it is, without migrating it: to look at it.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn postgres_unmigrated(url: &str) -> Result<Self> {
        Ok(Self { engine: Engine::Postgres(Postgres::open(url).await?) })
    }

    /// `SQLite` or `PostgreSQL`.
    pub const fn name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "SQLite",
            Engine::Postgres(_) => "PostgreSQL",
        }
    }

    /// True where other nodes may work on the same database.
    pub const fn is_shared(&self) -> bool {
        match self.engine {
            Engine::Sqlite(_) => false,
            Engine::Postgres(_) => true,
        }
    }

    /// Runs a transaction that writes, and returns once it is on the disk.
    ///
    /// The body must do nothing but work on the transaction: it may run again (when it lost against another one, or was
    /// committed together with one that failed), and on SQLite it must never wait for anything else.
    ///
    /// # Errors
    /// What the body returns, in which case nothing was written; or that the commit failed.
    pub async fn write<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(Part::Main, input, body).await,
            Engine::Postgres(postgres) => postgres.write(input, body).await,
        }
    }

    /// Runs a transaction on the segments of the inbox, and on nothing else, and returns once it is on the disk. On
    /// SQLite the inbox has a writer of its own, so that whoever sends events waits for nobody else's work.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_inbox<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(Part::Inbox, input, body).await,
            Engine::Postgres(postgres) => postgres.write(input, body).await,
        }
    }

    /// Runs a transaction that only reads; all its statements see the same moment.
    ///
    /// # Errors
    /// What the body returns.
    pub async fn read<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(input, body).await,
            Engine::Postgres(postgres) => postgres.read(input, body).await,
        }
    }

    /// Says something to all nodes that [listen](Self::listen), this one included. Where there is one node, nobody
    /// hears it.
    ///
    /// # Errors
    /// Whatever the database says, as when it is longer than [`LONGEST_NOTICE`](crate::LONGEST_NOTICE).
    pub async fn notify(&self, text: String) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(postgres) => postgres.notify(&text).await,
        }
    }

    /// Listens to what nodes say from now on; none where there is only one node.
    ///
    /// # Errors
    /// When there is no connection to be had.
    pub async fn listen(&self) -> Result<Option<Notices>> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(None),
            Engine::Postgres(postgres) => postgres.listen().await.map(Some),
        }
    }

    /// Writes a backup to this file, and what the inbox holds to a second one beside it, each as of one moment, while
    /// the work goes on. The file appears, or is replaced, only once the whole backup is on the disk. SQLite only.
    ///
    /// # Errors
    /// When the file cannot be written; always on PostgreSQL, which has its own tools for it.
    pub async fn backup_to(&self, path: impl AsRef<Path>) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(sqlite) => backup::write(sqlite, path.as_ref()).await,
            Engine::Postgres(_) => Err(Error::Backup(
                "a PostgreSQL database is not backed up by Allclear; use `pg_dump --format=custom`, or the backup of \
                 the service that runs it"
                    .into(),
            )),
        }
    }
}
