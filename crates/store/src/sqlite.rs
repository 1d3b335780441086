//! SQLite: one writer thread, a few readers.
//!
//! All writes run on one thread, which packs every transaction that is waiting into one real transaction, each inside
//! a savepoint of its own, and commits them with one `fsync`; only then are they answered. A body that fails is
//! rolled back to its savepoint and hurts nobody else; a commit that fails fails them all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc};

use crate::database::BoxFuture;
use crate::error::{Error, Result};
use crate::transaction::{self, Tx};

/// How many transactions are packed into one. More would make the first one wait for longer than the disk takes.
const GROUP: usize = 256;
/// How many transactions may wait for the writer; beyond it, whoever comes next waits to be let in.
const QUEUE: usize = 4_096;
const READERS: usize = 4;

/// A transaction waiting for the writer.
trait Job: Send {
    /// Runs the body; false when it failed and must be rolled back.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Answers, now that the fate of the whole group is known.
    fn answer(self: Box<Self>, committed: std::result::Result<(), &str>);
}

struct Waiting<I, F, T> {
    input: I,
    body: F,
    result: Option<Result<T>>,
    reply: tokio::sync::oneshot::Sender<Result<T>>,
}

impl<I, F, T> Job for Waiting<I, F, T>
where
    I: Send + 'static,
    T: Send + 'static,
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + 'static,
{
    fn run(&mut self, connection: &mut Connection) -> bool {
        let result = run_inline(&self.input, &self.body, connection);
        let succeeded = result.is_ok();
        self.result = Some(result);
        succeeded
    }

    fn answer(self: Box<Self>, committed: std::result::Result<(), &str>) {
        let answer = match (self.result, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)) | None, Err(reason)) => Err(Error::Commit(reason.to_owned())),
            (None, Ok(())) => Err(Error::Closed),
        };
        // Whoever asked may have gone; the transaction stands all the same.
        drop(self.reply.send(answer));
    }
}

/// Runs a body on this thread. On SQLite a body never waits for anything, so one poll finishes it; to wait for the
/// outside world inside a transaction is a mistake in the program.
fn run_inline<I, F, T>(input: &I, body: &F, connection: &mut Connection) -> Result<T>
where
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
{
    let mut tx = Tx { connection: transaction::Connection::Sqlite(connection) };
    let mut future = body(input, &mut tx);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a transaction waited for something outside the database"),
    }
}

/// A SQLite database.
#[derive(Clone)]
pub(crate) struct Sqlite {
    way: Way,
}

#[derive(Clone)]
enum Way {
    /// A writer thread and readers over one file.
    Threads { writer: mpsc::Sender<Box<dyn Job>>, readers: Arc<Readers> },
    /// One connection, used on the caller's thread: for the simulator, where nothing may happen on the side.
    Inline { connection: Arc<Mutex<Connection>>, gives_way: bool },
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

fn open_connection(path: &Path, read_only: bool) -> Result<Connection> {
    let flags = if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::default() };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_prepared_statement_cache_capacity(256);
    keep_plans(&connection)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    if read_only {
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -8192;")?;
    } else {
        // FULL: a commit is on the disk before it is answered, also when the power fails. Grouping pays for it.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA wal_autocheckpoint = 1000; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;",
        )?;
    }
    Ok(connection)
}

/// Lets prepared statements keep their plans whatever their parameters are (SQLite's "query planner stability guarantee").
/// Otherwise every statement that compares with a parameter on a table with an index `WHERE … IS NOT NULL` is planned
/// anew each time it is run, which costs more than running it.
fn keep_plans(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Sqlite {
    /// Opens, or creates, the database file. `prepare` runs on the writing connection first (migrations).
    pub(crate) fn open(path: PathBuf, prepare: impl FnOnce(&mut Connection) -> Result<()>) -> Result<Self> {
        let mut writing = open_connection(&path, false)?;
        prepare(&mut writing)?;
        let (writer, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_loop(writing, jobs))
            .map_err(|error| Error::Connection(error.to_string()))?;
        let idle = (0..READERS).map(|_| open_connection(&path, true)).collect::<Result<Vec<_>>>()?;
        let readers = Readers { idle: Mutex::new(idle), permits: Semaphore::new(READERS) };
        Ok(Self { way: Way::Threads { writer, readers: Arc::new(readers) } })
    }

    /// A database in memory that runs everything on the caller's thread.
    pub(crate) fn in_memory(gives_way: bool, prepare: impl FnOnce(&mut Connection) -> Result<()>) -> Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(256);
        keep_plans(&connection)?;
        connection.execute_batch("PRAGMA foreign_keys = ON;")?;
        prepare(&mut connection)?;
        Ok(Self { way: Way::Inline { connection: Arc::new(Mutex::new(connection)), gives_way } })
    }

    pub(crate) async fn write<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.way {
            Way::Threads { writer, .. } => {
                let (reply, answer) = tokio::sync::oneshot::channel();
                let job = Box::new(Waiting { input, body, result: None, reply });
                writer.send(job).await.map_err(|_| Error::Closed)?;
                answer.await.map_err(|_| Error::Closed)?
            }
            Way::Inline { connection, gives_way } => {
                give_way(*gives_way).await;
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
                let result = run_inline(&input, &body, &mut connection);
                connection.prepare_cached(if result.is_ok() { "COMMIT" } else { "ROLLBACK" })?.execute([])?;
                result
            }
        }
    }

    pub(crate) async fn read<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.way {
            Way::Threads { readers, .. } => {
                let readers = Arc::clone(readers);
                let permit = readers.permits.acquire().await.map_err(|_| Error::Closed)?;
                let taken = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let mut connection = taken.expect("as many readers as permits");
                let (connection, result) = tokio::task::spawn_blocking(move || {
                    let result = read_inline(&input, &body, &mut connection);
                    (connection, result)
                })
                .await
                .map_err(|error| Error::Connection(format!("a reader failed: {error}")))?;
                readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                drop(permit);
                result
            }
            Way::Inline { connection, gives_way } => {
                give_way(*gives_way).await;
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                read_inline(&input, &body, &mut connection)
            }
        }
    }
}

/// Lets whoever polls go on with something else once, if so wanted.
async fn give_way(wanted: bool) {
    let mut gave = !wanted;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut gave, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A read sees one moment of the database, however many statements it has.
fn read_inline<I, F, T>(input: &I, body: &F, connection: &mut Connection) -> Result<T>
where
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
{
    connection.prepare_cached("BEGIN DEFERRED")?.execute([])?;
    let result = run_inline(input, body, connection);
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

fn write_loop(mut connection: Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP);
    while let Some(first) = jobs.blocking_recv() {
        group.push(first);
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let committed = run_group(&mut connection, &mut group);
        if let Err(error) = &committed {
            tracing::error!(%error, transactions = group.len(), "the database refused a commit");
            // Whatever is left of the transaction must not swallow the next group.
            drop(connection.execute_batch("ROLLBACK"));
        }
        let committed = committed.map_err(|error| error.to_string());
        for job in group.drain(..) {
            job.answer(committed.as_ref().copied().map_err(String::as_str));
        }
    }
}

fn run_group(connection: &mut Connection, group: &mut [Box<dyn Job>]) -> Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for job in group.iter_mut() {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        if !job.run(connection) {
            connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_prepared_statement_keeps_its_plan() {
        let database = Sqlite::in_memory(false, crate::migrate::sqlite).unwrap();
        let Way::Inline { connection, .. } = database.way else { panic!("it is in memory") };
        let connection = connection.lock().unwrap();
        // The journal has an index `WHERE user_id IS NOT NULL`.
        let mut statement =
            connection.prepare("SELECT body FROM journal WHERE incident_id = ?1 AND number > ?2").unwrap();
        for number in 0..3 {
            assert_eq!(statement.query([number, number]).unwrap().next().unwrap().map(|_| ()), None);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
