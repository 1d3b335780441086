//! SQLite: two files with one writer thread each, and a few readers over both.
//!
//! All writes to a file run on one thread, which packs every transaction that is waiting into one real transaction and
//! commits them with one `fsync`; only then are they answered. A body that fails is rolled back and hurts nobody else;
//! a commit that fails fails them all.
//!
//! What the sources sent is in a file of its own, `…-inbox.db`, because a SQLite file has one writer at a time: a
//! sender who waits for the disk must not wait for what is made of the events before. Nothing has to be stored in both
//! at once: the inbox only grows, and how far it was processed is told by the database itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::checkpoint;
use crate::database::BoxFuture;
use crate::error::{Error, Result};
use crate::migrate::{self, Part};
use crate::transaction::{self, Tx};
use crate::trouble::Troubles;

/// How many transactions are packed into one. More would make the first one wait for longer than the disk takes.
const GROUP: usize = 256;
/// How many transactions may wait for the writer; beyond it, whoever comes next waits to be let in.
const QUEUE: usize = 4_096;
/// How often the writer steps aside for those whom it has just answered, so that what they send next still makes it
/// into the next group instead of waiting for two commits. Only while the group is smaller than the one before it.
const PATIENCE: u32 = 10;
const READERS: usize = 4;
/// How many prepared statements a connection keeps: more than the store has.
const STATEMENTS: usize = 512;

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

/// Runs a body on this thread. On SQLite a body never waits for anything, so one poll finishes it. A body that waits,
/// or panics, is a mistake in the program, and must hurt nobody but whoever sent it: other transactions share the
/// thread.
fn run_inline<I, F, T>(input: &I, body: &F, connection: &mut Connection) -> Result<T>
where
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
{
    let mut tx = Tx { connection: transaction::Connection::Sqlite(connection) };
    // Whatever the body left half done in the transaction is rolled back by the caller, and nothing else is shared.
    let polled =
        catch_unwind(AssertUnwindSafe(|| body(input, &mut tx).as_mut().poll(&mut Context::from_waker(Waker::noop()))));
    match polled {
        Ok(Poll::Ready(result)) => result,
        Ok(Poll::Pending) => {
            let error = Error::Body("it waited for something outside the database".into());
            tracing::error!(%error, "a transaction was rolled back");
            Err(error)
        }
        Err(payload) => Err(Error::panicked(&*payload)),
    }
}

/// A SQLite database.
#[derive(Clone)]
pub(crate) struct Sqlite {
    way: Way,
}

#[derive(Clone)]
enum Way {
    /// Files: a writer thread for each and some readers.
    Threads {
        files: Arc<Files>,
        writer: mpsc::Sender<Box<dyn Job>>,
        inbox: mpsc::Sender<Box<dyn Job>>,
        readers: Arc<Readers>,
    },
    /// In memory, everything on the caller's thread: for the simulator, where nothing may happen on the side.
    Inline { connection: Arc<Mutex<Connection>>, gives_way: bool, troubles: Troubles },
}

/// Where the database lies.
pub(crate) struct Files {
    pub(crate) main: PathBuf,
    pub(crate) inbox: PathBuf,
}

impl Files {
    /// `allclear.db`, and `allclear-inbox.db` beside it.
    pub(crate) fn of(main: PathBuf) -> Self {
        let mut name = main.file_stem().unwrap_or_default().to_owned();
        name.push("-inbox");
        if let Some(extension) = main.extension() {
            name.push(".");
            name.push(extension);
        }
        Self { inbox: main.with_file_name(name), main }
    }
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A reader that is lent out. It goes back however the read ends: finished, failed, panicked, or with nobody left to
/// wait for it.
struct Lent {
    connection: Option<Connection>,
    readers: Arc<Readers>,
    // Given back after the connection, as fields are dropped after `drop` has run.
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let idle = &mut self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

impl Readers {
    async fn lend(self: &Arc<Self>) -> Result<Lent> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Closed)?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lent { connection, readers: Arc::clone(self), _permit: permit })
    }
}

fn open_connection(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    keep_plans(&connection)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// A connection that writes to one of the files.
fn open_writer(path: &Path) -> Result<Connection> {
    let connection = open_connection(path, OpenFlags::default())?;
    // FULL: a commit is on the disk before it is answered, also when the power fails. Grouping pays for it.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864; \
         PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

/// A connection that reads both files as if they were one.
fn open_reader(files: &Files) -> Result<Connection> {
    let connection = open_connection(&files.main, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute("ATTACH DATABASE ?1 AS inbox", [&*files.inbox.to_string_lossy()])?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA mmap_size = 268435456; PRAGMA cache_size = -8192;")?;
    Ok(connection)
}

/// A segment's number is never used again, also when the file of the inbox was lost, or comes from an older backup:
/// what is behind the position of its lane would never be processed.
fn never_again(main: &Connection, inbox: &Connection) -> Result<()> {
    let last: i64 = main.query_row("SELECT coalesce(max(processed), 0) FROM lanes", [], |row| row.get(0))?;
    let raised = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'segments'";
    if inbox.execute(raised, [last])? == 0 {
        inbox.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('segments', ?1)", [last])?;
    }
    Ok(())
}

/// Starts the thread that writes to a file, and ends when nobody can send to it any more.
fn start_writer(name: &str, path: &Path, mut connection: Connection) -> Result<mpsc::Sender<Box<dyn Job>>> {
    let (writer, jobs) = mpsc::channel(QUEUE);
    checkpoint::start(path, &mut connection)?;
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || write_loop(connection, jobs))
        .map_err(|error| Error::Connection(error.to_string()))?;
    Ok(writer)
}

/// Lets prepared statements keep their plans whatever their parameters are (SQLite's "query planner stability
/// guarantee"). Otherwise every statement that compares with a parameter on a table with an index `WHERE … IS NOT NULL`
/// is planned anew each time it is run, which costs more than running it.
fn keep_plans(connection: &Connection) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Sqlite {
    /// Opens, or creates, the files of a database, and migrates them.
    pub(crate) fn open(path: PathBuf) -> Result<Self> {
        let files = Files::of(path);
        let mut main = open_writer(&files.main)?;
        migrate::sqlite(&mut main, &[Part::Main])?;
        let mut inbox = open_writer(&files.inbox)?;
        migrate::sqlite(&mut inbox, &[Part::Inbox])?;
        never_again(&main, &inbox)?;
        let writer = start_writer("store-writer", &files.main, main)?;
        let inbox = start_writer("store-inbox", &files.inbox, inbox)?;
        Self::with_readers(files, writer, inbox)
    }

    /// Opens the files of a database that exists, for reading alone: every write fails as one to a closed store does.
    pub(crate) fn open_for_reading(path: PathBuf) -> Result<Self> {
        Self::with_readers(Files::of(path), mpsc::channel(1).0, mpsc::channel(1).0)
    }

    fn with_readers(
        files: Files,
        writer: mpsc::Sender<Box<dyn Job>>,
        inbox: mpsc::Sender<Box<dyn Job>>,
    ) -> Result<Self> {
        let idle = (0..READERS).map(|_| open_reader(&files)).collect::<Result<Vec<_>>>()?;
        let readers = Readers { idle: Mutex::new(idle), permits: Arc::new(Semaphore::new(READERS)) };
        Ok(Self { way: Way::Threads { files: Arc::new(files), writer, inbox, readers: Arc::new(readers) } })
    }

    /// A database in memory that runs everything on the caller's thread.
    pub(crate) fn in_memory(gives_way: bool, troubles: Troubles) -> Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        keep_plans(&connection)?;
        migrate::sqlite(&mut connection, Part::ALL)?;
        Ok(Self { way: Way::Inline { connection: Arc::new(Mutex::new(connection)), gives_way, troubles } })
    }

    /// Writes to the part of the database: to the file that holds it.
    pub(crate) async fn write<I, F, T>(&self, part: Part, input: I, body: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>> + Send + Sync + 'static,
    {
        match &self.way {
            Way::Threads { writer, inbox, .. } => {
                let writer = if part == Part::Inbox { inbox } else { writer };
                let (reply, answer) = tokio::sync::oneshot::channel();
                let job = Box::new(Waiting { input, body, result: None, reply });
                writer.send(job).await.map_err(|_| Error::Closed)?;
                answer.await.map_err(|_| Error::Closed)?
            }
            Way::Inline { connection, gives_way, troubles } => {
                give_way(*gives_way).await;
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                troubles
                    .with(&mut connection, |connection| in_transaction("BEGIN IMMEDIATE", &input, &body, connection))
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
                let mut lent = readers.lend().await?;
                let read = move || {
                    let connection = lent.connection.as_mut().expect("as many readers as permits");
                    in_transaction("BEGIN DEFERRED", &input, &body, connection)
                };
                let joined = tokio::task::spawn_blocking(read).await;
                joined.map_err(|error| Error::Connection(format!("a reader failed: {error}")))?
            }
            Way::Inline { connection, gives_way, troubles } => {
                give_way(*gives_way).await;
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                troubles.with(&mut connection, |connection| read_inline(&input, &body, connection))
            }
        }
    }

    /// Writes a copy of a part of the database, as of one moment, to a file that does not exist yet. Writers are not
    /// held up.
    pub(crate) async fn copy_to(&self, part: Part, target: String) -> Result<()> {
        const COPY: &str = "VACUUM INTO ?1";
        match &self.way {
            Way::Threads { files, .. } => {
                // A connection of its own: the readers are for those who wait for a page, and may not write even here.
                let files = Arc::clone(files);
                let copy = move || {
                    let file = if part == Part::Inbox { &files.inbox } else { &files.main };
                    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                    let connection = Connection::open_with_flags(file, flags)?;
                    connection.execute(COPY, [target]).map_err(Error::from)
                };
                let joined = tokio::task::spawn_blocking(copy).await;
                joined.map_err(|error| Error::Backup(format!("the backup was broken off: {error}")))??;
            }
            Way::Inline { .. } => return Err(Error::Backup("a database in memory is not backed up".into())),
        }
        Ok(())
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

/// Runs a body in a transaction of its own. What it sees is one moment of the database, however many statements it has.
fn in_transaction<I, F, T>(begin: &str, input: &I, body: &F, connection: &mut Connection) -> Result<T>
where
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
{
    execute(connection, begin)?;
    let result = run_inline(input, body, connection);
    let result = result.and_then(|value| execute(connection, "COMMIT").map(|()| value));
    if result.is_err() {
        abandon(connection);
    }
    result
}

/// Runs a body that may only read on a connection that may write as well. Whoever wrote all the same is found out
/// afterwards: the pragma that would forbid it makes the connection forget all its prepared statements each time.
fn read_inline<I, F, T>(input: &I, body: &F, connection: &mut Connection) -> Result<T>
where
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
{
    let before = connection.total_changes();
    execute(connection, "BEGIN DEFERRED")?;
    let result = run_inline(input, body, connection);
    if result.is_ok() {
        execute(connection, "ROLLBACK")?;
    } else {
        abandon(connection);
    }
    if connection.total_changes() != before {
        return Err(Error::Body("it wrote in a transaction that may only read".into()));
    }
    result
}

/// Rolls back whatever is left of a transaction, so that it does not swallow the next one.
fn abandon(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}

fn write_loop(mut connection: Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
    let mut group: Vec<Box<dyn Job>> = Vec::with_capacity(GROUP);
    let mut previous = 0;
    while let Some(first) = jobs.blocking_recv() {
        group.push(first);
        let mut patience = PATIENCE;
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) if group.len() < previous && patience > 0 => {
                    patience -= 1;
                    std::thread::yield_now();
                }
                Err(_) => break,
            }
        }
        previous = group.len();
        commit_group(&mut connection, &mut group);
    }
}

/// Commits all of these together, and only then answers each.
fn commit_group(connection: &mut Connection, group: &mut Vec<Box<dyn Job>>) {
    let committed = run_group(connection, group);
    if let Err(error) = &committed {
        tracing::error!(%error, transactions = group.len(), "the database refused a commit");
        abandon(connection);
    }
    let committed = committed.map_err(|error| error.to_string());
    for job in group.drain(..) {
        job.answer(committed.as_ref().copied().map_err(String::as_str));
    }
}

/// First without savepoints, which would have SQLite copy every page before each transaction touches it. A body that
/// fails is rare; when one does, all is taken back, and the group runs again with a savepoint for each.
fn run_group(connection: &mut Connection, group: &mut [Box<dyn Job>]) -> Result<()> {
    execute(connection, "BEGIN IMMEDIATE")?;
    // SQLite itself rolls everything back when the disk is full or broken; nothing may then run outside of a
    // transaction.
    if group.iter_mut().all(|job| job.run(connection) && !connection.is_autocommit()) {
        return execute(connection, "COMMIT");
    }
    let lost = connection.is_autocommit();
    abandon(connection);
    if group.len() == 1 && !lost {
        return Ok(());
    }
    execute(connection, "BEGIN IMMEDIATE")?;
    for job in group {
        execute(connection, "SAVEPOINT one")?;
        if !job.run(connection) {
            execute(connection, "ROLLBACK TO one")?;
        }
        execute(connection, "RELEASE one")?;
    }
    execute(connection, "COMMIT")
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::{migrate, secrets};

    fn store<'a>((name, fails): &'a (&'static str, bool), tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            secrets::put(tx, name, b"sealed").await?;
            if *fails { Err(Error::Corrupt("on purpose".into())) } else { Ok(()) }
        })
    }

    /// Commits one group and returns what each of it was answered.
    fn commit(connection: &mut Connection, names: &[(&'static str, bool)]) -> Vec<Result<()>> {
        let (mut group, mut answers) = (Vec::<Box<dyn Job>>::new(), Vec::new());
        for input in names {
            let (reply, answer) = oneshot::channel();
            group.push(Box::new(Waiting { input: *input, body: store, result: None, reply }));
            answers.push(answer);
        }
        commit_group(connection, &mut group);
        answers.into_iter().map(|mut answer| answer.try_recv().expect("it was answered")).collect()
    }

    #[test]
    fn a_commit_that_fails_fails_all_and_the_next_one_is_as_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("allclear.db");
        let mut connection = open_writer(&file).unwrap();
        migrate::sqlite(&mut connection, &[Part::Main]).unwrap();
        connection.busy_timeout(std::time::Duration::ZERO).unwrap();
        let other = Connection::open(&file).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        for answer in commit(&mut connection, &[("a", false), ("b", true)]) {
            assert!(matches!(answer, Err(Error::Commit(_))), "{answer:?}");
        }
        other.execute_batch("ROLLBACK").unwrap();
        let answers = commit(&mut connection, &[("c", false), ("d", true), ("e", false)]);
        assert!(answers[0].is_ok() && answers[2].is_ok());
        assert!(matches!(answers[1], Err(Error::Corrupt(_))));
        let names: String =
            connection.query_row("SELECT group_concat(name) FROM secrets", [], |row| row.get(0)).unwrap();
        assert_eq!(names, "c,e");
    }
}
