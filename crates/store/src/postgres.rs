//! PostgreSQL: a pool of connections, shared with other nodes.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};

use crate::database::BoxFuture;
use crate::error::{Error, Result};
use crate::transaction::{Connection, Tx};

/// How often a transaction that lost against another one is run again.
const TRIES: u32 = 8;
const CONNECTIONS: usize = 16;

/// A PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects to `postgres://…`.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let config: tokio_postgres::Config = url.parse().map_err(|error: tokio_postgres::Error| {
            Error::Connection(format!("the database URL is not valid: {error}"))
        })?;
        let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, tokio_postgres::NoTls, manager_config);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(10)))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Connection(error.to_string()))?;
        Ok(Self { pool })
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
        let mut client = self.pool.get().await?;
        let builder = client.build_transaction();
        let transaction = if read_only {
            builder.isolation_level(tokio_postgres::IsolationLevel::RepeatableRead).read_only(true).start().await?
        } else {
            builder.start().await?
        };
        let result = {
            let mut tx = Tx { connection: Connection::Postgres(&transaction) };
            body(input, &mut tx).await
        };
        match result {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // A failed rollback means a broken connection, and the first error is the one to tell.
                drop(transaction.rollback().await);
                Err(error)
            }
        }
    }
}
