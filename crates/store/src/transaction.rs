//! Transactions: written once, run on both databases.

use tokio_postgres::types::ToSql;

use crate::error::{Error, Result};
use crate::pipeline::Pipeline;
use crate::statement::{Bulk, Lookup, Sql};
use crate::value::{Array, Column, Value};

const COMMIT_LAZILY: &str = "SELECT set_config('synchronous_commit', 'off', true)";

/// A transaction under way. Whether it is committed is decided by whoever runs the body, from what the body returns.
#[derive(Debug)]
pub struct Tx<'c> {
    pub(crate) connection: Connection<'c>,
}

/// The connection behind a transaction.
pub(crate) enum Connection<'c> {
    /// SQLite, inside a transaction or a savepoint.
    Sqlite(&'c mut rusqlite::Connection),
    /// PostgreSQL.
    Postgres(&'c mut Pipeline),
}

impl std::fmt::Debug for Connection<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

/// A row of a result.
#[derive(Debug)]
pub enum Row<'a> {
    /// Of SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// Of PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column of that number, from 0.
    ///
    /// # Errors
    /// When the column is not of that type, which the test of all statements finds.
    pub fn get<T: Column>(&self, column: usize) -> Result<T> {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(Error::from),
            Self::Postgres(row) => row.try_get(column).map_err(Error::from),
        }
    }

    /// A moment.
    ///
    /// # Errors
    /// When the column holds no moment.
    pub fn timestamp(&self, column: usize) -> Result<jiff::Timestamp> {
        let microseconds = self.get::<i64>(column)?;
        jiff::Timestamp::from_microsecond(microseconds)
            .map_err(|_| Error::Corrupt(format!("{microseconds} is not a moment")))
    }

    /// A moment that may be missing.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn optional_timestamp(&self, column: usize) -> Result<Option<jiff::Timestamp>> {
        match self.get::<Option<i64>>(column)? {
            Some(_) => self.timestamp(column).map(Some),
            None => Ok(None),
        }
    }

    /// A value in its JSON form.
    ///
    /// # Errors
    /// When the column does not hold that JSON form.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        let text = self.get::<String>(column)?;
        // What was taken from outside within the parser's limit on nesting lies a few levels deeper in what we store.
        let mut reader = serde_json::Deserializer::from_str(&text);
        reader.disable_recursion_limit();
        T::deserialize(&mut reader).map_err(|error| Error::not_json(&error, &text))
    }
}

impl Tx<'_> {
    /// True on PostgreSQL, where other nodes may be at work at the same time.
    pub fn is_shared(&self) -> bool {
        match self.connection {
            Connection::Sqlite(_) => false,
            Connection::Postgres(_) => true,
        }
    }

    /// Runs a statement and says how many rows it touched.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn execute(&mut self, sql: &'static Sql, values: &[Value<'_>]) -> Result<u64> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                Ok(statement.execute(rusqlite::params_from_iter(values))? as u64)
            }
            Connection::Postgres(pipeline) => {
                let statement = pipeline.prepare(sql.postgres(pipeline.locks)).await?;
                pipeline.execute(&statement, &parameters(values)).await
            }
        }
    }

    /// Runs a query and reads each row.
    ///
    /// # Errors
    /// Whatever the database, or `read`, says.
    pub async fn query<T>(
        &mut self,
        sql: &'static Sql,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql.sqlite())?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::Sqlite(row))?);
                }
                Ok(found)
            }
            Connection::Postgres(pipeline) => {
                let statement = pipeline.prepare(sql.postgres(pipeline.locks)).await?;
                let rows = pipeline.query(&statement, &parameters(values)).await?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Runs a query that has one row at the most.
    ///
    /// # Errors
    /// Whatever the database, or `read`, says.
    pub async fn query_one<T>(
        &mut self,
        sql: &'static Sql,
        values: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query(sql, values, read).await?.into_iter().next())
    }

    /// Runs a bulk statement over these rows. On PostgreSQL it is sent with the next statement that is waited for, or
    /// at the end: what the database says of it, it says then.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn bulk<'v, R: AsRef<[Value<'v>]>>(&mut self, bulk: &'static Bulk, rows: &[R]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(bulk.sqlite())?;
                for row in rows {
                    statement.execute(rusqlite::params_from_iter(row.as_ref()))?;
                }
            }
            Connection::Postgres(pipeline) => {
                let statement = pipeline.prepare(bulk.postgres()).await?;
                let arrays = columns(bulk.columns, rows);
                let encoded = arrays.iter().zip(statement.params()).map(|(array, kind)| array.encode(kind));
                let parameters = encoded.collect::<Result<_>>()?;
                pipeline.push(statement, parameters).await?;
            }
        }
        Ok(())
    }

    /// Runs a query for each of these keys and reads the rows, in no particular order.
    ///
    /// # Errors
    /// Whatever the database, or `read`, says.
    pub async fn look_up<'v, T, R: AsRef<[Value<'v>]>>(
        &mut self,
        lookup: &'static Lookup,
        keys: &[R],
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(lookup.sqlite())?;
                let mut found = Vec::new();
                for key in keys {
                    let mut rows = statement.query(rusqlite::params_from_iter(key.as_ref()))?;
                    while let Some(row) = rows.next()? {
                        found.push(read(&Row::Sqlite(row))?);
                    }
                }
                Ok(found)
            }
            Connection::Postgres(pipeline) => {
                let statement = pipeline.prepare(lookup.postgres(pipeline.locks)).await?;
                let arrays = columns(lookup.columns, keys);
                let rows = pipeline.query(&statement, &array_parameters(&arrays)).await?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Lets this transaction be answered before it is on PostgreSQL's disk, because whatever it decides can be decided
    /// again from what is. Its commit keeps its place: one that is waited for after it, such as the claim of a page
    /// that it made, has it on the disk as well (PostgreSQL's documentation, "Asynchronous Commit"). On SQLite it is
    /// waited for as always.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn commit_lazily(&mut self) -> Result<()> {
        if let Connection::Postgres(pipeline) = &mut self.connection {
            let statement = pipeline.prepare(COMMIT_LAZILY).await?;
            pipeline.push(statement, Vec::new()).await?;
        }
        Ok(())
    }
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn columns<'v, R: AsRef<[Value<'v>]>>(kinds: &[crate::value::Kind], rows: &[R]) -> Vec<Array<'v>> {
    kinds.iter().enumerate().map(|(column, kind)| Array::gather(*kind, column, rows)).collect()
}

fn array_parameters<'a>(arrays: &'a [Array<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    arrays.iter().map(Array::as_parameter).collect()
}
