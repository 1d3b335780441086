//! Where a test runs: a database of its own, on one of the engines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use allclear_store::inbox::{self, NewSegment};
use allclear_store::{BoxFuture, Database, Result, Tx};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    File,
    Memory,
    Postgres,
}

impl Engine {
    pub(crate) const ALL: &[Self] = &[Self::File, Self::Memory, Self::Postgres];
    pub(crate) const SQLITE: &[Self] = &[Self::File, Self::Memory];
    /// Where transactions do run at the same time.
    pub(crate) const THREADS: &[Self] = &[Self::File, Self::Postgres];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::File => "SQLite",
            Self::Memory => "SQLite in memory",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A test, and the engines that it runs on.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    pub(crate) on: &'static [Engine],
    pub(crate) body: Body,
}

pub(crate) type Body = fn(Place) -> BoxFuture<'static, ()>;

/// Lists the tests of a module: `tests! { Engine::ALL: one, another; Engine::SQLITE: a_third; }`.
macro_rules! tests {
    ($($on:expr => $($name:ident),+;)+) => {
        pub(crate) static ALL: &[crate::place::Test] = &[$($(crate::place::Test {
            name: stringify!($name),
            on: $on,
            body: |place| Box::pin($name(place)),
        }),+),+];
    };
}
pub(crate) use tests;

/// Runs a transaction that writes: `commit!(database, input, |input, tx| body)`.
macro_rules! commit {
    ($database:expr, $input:expr, |$given:pat_param, $tx:ident| $body:expr) => {
        $database.write($input, move |$given, $tx| Box::pin(async move { $body })).await
    };
}
pub(crate) use commit;

/// The same, on the segments of the inbox.
macro_rules! commit_inbox {
    ($database:expr, $input:expr, |$given:pat_param, $tx:ident| $body:expr) => {
        $database.write_inbox($input, move |$given, $tx| Box::pin(async move { $body })).await
    };
}
pub(crate) use commit_inbox;

/// Runs a transaction that reads: `view!(database, input, |input, tx| body)`.
macro_rules! view {
    ($database:expr, $input:expr, |$given:pat_param, $tx:ident| $body:expr) => {
        $database.read($input, move |$given, $tx| Box::pin(async move { $body })).await
    };
}
pub(crate) use view;

/// Stores one segment, and returns its number.
pub(crate) async fn append(tx: &mut Tx<'_>, lane: i64, received_at: Timestamp, body: &[u8]) -> Result<i64> {
    let segment = NewSegment { lane, received_at, events: 1, body: body.to_vec() };
    let numbers = inbox::append(tx, &[segment]).await?;
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers[0].0, lane);
    Ok(numbers[0].1)
}

/// A migrated, empty database.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) database: Database,
    /// A folder of the test's own, in which the file is.
    pub(crate) folder: TempDir,
    url: Option<String>,
}

impl Place {
    async fn open(engine: Engine, url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = match engine {
            Engine::File => Database::sqlite(folder.path().join(FILE)),
            Engine::Memory => Database::in_memory(),
            Engine::Postgres => Database::postgres(url.as_deref().expect("PostgreSQL has a URL")).await,
        };
        Self { engine, database: database.expect("an empty database opens"), folder, url }
    }

    /// The database file.
    pub(crate) fn file(&self) -> PathBuf {
        assert_eq!(self.engine, Engine::File, "only SQLite has a file");
        self.folder.path().join(FILE)
    }

    /// The file of the inbox.
    pub(crate) fn inbox_file(&self) -> PathBuf {
        self.folder.path().join(INBOX)
    }

    /// The database files again, past the store.
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.file()).expect("the file opens");
        let inbox = self.inbox_file();
        connection.execute("ATTACH DATABASE ?1 AS inbox", [inbox.to_str()]).expect("the inbox opens");
        connection
    }

    /// The URL of the PostgreSQL database.
    pub(crate) fn url(&self) -> &str {
        self.url.as_deref().expect("only PostgreSQL has a URL")
    }

    /// The PostgreSQL database again, past the store.
    pub(crate) async fn postgres(&self) -> Client {
        connect(self.url()).await
    }
}

const FILE: &str = "allclear.db";
const INBOX: &str = "allclear-inbox.db";
const PATIENCE: Duration = Duration::from_secs(120);

/// The URL of the server for tests.
pub(crate) fn server() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| std::env::var("ALLCLEAR_TEST_POSTGRES").ok().filter(|url| !url.is_empty())).as_deref()
}

/// Runs a test in a place of its own, which is gone afterwards.
pub(crate) fn run(engine: Engine, body: Body) {
    let url = (engine == Engine::Postgres).then(|| {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("allclear_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let template = TEMPLATE.get_or_init(make_template);
        administrate(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        (url_of(&name), name)
    });
    let runtime = runtime();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let place = Place::open(engine, url.clone().map(|(url, _)| url)).await;
            let ended = tokio::time::timeout(PATIENCE, body(place)).await;
            ended.expect("the test ends; one that waits for ever has found a deadlock");
        });
    }));
    drop(runtime);
    if let Some((_, name)) = url {
        administrate(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

/// Removes what the tests shared.
pub(crate) fn clean_up() {
    if let Some(template) = TEMPLATE.get() {
        administrate(&format!("DROP DATABASE {template} WITH (FORCE)"));
    }
}

/// The migrated, empty database of which each test gets a copy.
static TEMPLATE: OnceLock<String> = OnceLock::new();

fn make_template() -> String {
    let name = format!("allclear_test_{}", std::process::id());
    administrate(&format!("CREATE DATABASE {name}"));
    let migrated = runtime().block_on(async { Database::postgres(&url_of(&name)).await.map(drop) });
    migrated.expect("an empty database is migrated");
    name
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime starts")
}

fn administrate(sql: &str) {
    let url = server().expect("set ALLCLEAR_TEST_POSTGRES to the URL of a server, as `cargo xtask postgres` prints it");
    let done = runtime().block_on(async { connect(url).await.batch_execute(sql).await });
    done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// The URL of another database on the same server.
fn url_of(database: &str) -> String {
    let url = server().expect("there is a server");
    let (address, options) = url.split_once('?').map_or((url, String::new()), |(url, rest)| (url, format!("?{rest}")));
    let (server, _) = address.rsplit_once('/').expect("the URL names a database: postgres://user@host:port/postgres");
    format!("{server}/{database}{options}")
}

pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    client
}
