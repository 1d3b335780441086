//! PostgreSQL: a pool of connections, shared with other nodes.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures_util::FutureExt as _;

use crate::database::BoxFuture;
use crate::error::{Error, Result};
use crate::notices::Notices;
use crate::pipeline::Pipeline;
use crate::tls::{self, Tls};
use crate::transaction::{Connection, Tx};

/// How often a transaction that lost against another one is run again.
const TRIES: u32 = 8;
const CONNECTIONS: usize = 16;
/// A node that loses its power in the middle of a transaction holds its locks until the server takes it for dead.
/// And every statement on a table that grows is a walk along an index, which a test holds: a plan that was made while a
/// table was small, or before its statistics were, must not read all of it.
const SESSION: &str = "SET idle_in_transaction_session_timeout = '30s'; SET enable_seqscan = off; SET jit = off; \
                       SET random_page_cost = 1.1";
/// How long the server may be silent before its connections are taken for dead.
const SILENCE: Duration = Duration::from_secs(30);
/// How long is waited between two questions whether it is still there.
const PROBE: Duration = Duration::from_secs(10);
const NOTIFY: &str = "SELECT pg_notify('allclear', $1)";

/// A PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    config: Arc<tokio_postgres::Config>,
    tls: Tls,
}

impl Postgres {
    /// Connects to `postgres://…`, with TLS as that says.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let (mut config, tls) = tls::configure(url)?;
        if config.get_application_name().is_none() {
            config.application_name("allclear");
        }
        if config.get_tcp_user_timeout().is_none() {
            config.keepalives_idle(SILENCE).keepalives_interval(PROBE).keepalives_retries(3).tcp_user_timeout(SILENCE);
        }
        let prepare = Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute(SESSION).await.map_err(HookError::Backend) })
        });
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), tls.clone(), manager_config);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(10)))
            .runtime(Runtime::Tokio1)
            .post_create(prepare)
            .build()
            .map_err(|error| Error::Connection(error.to_string()))?;
        Ok(Self { pool, config: Arc::new(config), tls })
    }

    /// Says something to all nodes that listen.
    pub(crate) async fn notify(&self, text: &str) -> Result<()> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(NOTIFY).await?;
        client.execute(&statement, &[&text]).await?;
        Ok(())
    }

    /// Listens to what nodes say.
    pub(crate) async fn listen(&self) -> Result<Notices> {
        Notices::open(&self.config, self.tls.clone()).await
    }

    pub(crate) async fn connection(&self) -> Result<deadpool_postgres::Object> {
        Ok(self.pool.get().await?)
    }

    pub(crate) async fn write<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
    {
        let mut tries = 1;
        loop {
            match self.try_once(&input, &body, false).await {
                Err(error) if error.is_conflict() && tries < TRIES => {
                    tracing::debug!(%error, tries, "a transaction is run again");
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    pub(crate) async fn read<I, F, T>(&self, input: I, body: F) -> Result<T>
    where
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
    {
        self.try_once(&input, &body, true).await
    }

    async fn try_once<I, F, T>(&self, input: &I, body: &F, read_only: bool) -> Result<T>
    where
        F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<T>>,
    {
        let mut pipeline = Pipeline::new(self.pool.get().await?, read_only);
        let mut tx = Tx { connection: Connection::Postgres(&mut pipeline) };
        // A body that panics hurts nobody but whoever sent it, as on SQLite.
        let run = AssertUnwindSafe(body(input, &mut tx)).catch_unwind().await;
        match run.unwrap_or_else(|payload| Err(Error::panicked(&*payload))) {
            Ok(value) => pipeline.commit().await.map(|()| value),
            Err(error) => {
                pipeline.roll_back().await;
                Err(error)
            }
        }
    }
}
