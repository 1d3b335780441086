//! What can go wrong with the store.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite says no.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL says no.
    #[error("PostgreSQL: {}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// There is no connection to PostgreSQL to be had.
    #[error("no connection to PostgreSQL: {0}")]
    Connection(String),
    /// What is stored is not what was stored by this program.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// The transactions that were committed together failed together.
    #[error("the transaction could not be committed: {0}")]
    Commit(String),
    /// A body asked for everything to be taken back.
    #[error("the transaction was taken back on purpose")]
    RolledBack,
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// The database was migrated by something else, or by a newer version.
    #[error("{0}")]
    Migration(String),
}

impl Error {
    /// True when the same transaction may well succeed if it is run again: it lost against another one.
    pub fn is_conflict(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error.code().is_some_and(|code| {
            use tokio_postgres::error::SqlState;
            [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION]
                .contains(code)
        })
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(detail) => format!("{} ({})", detail.message(), detail.code().code()),
        None => error.to_string(),
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        if let deadpool_postgres::PoolError::Backend(error) = error {
            return Self::Postgres(error);
        }
        Self::Connection(error.to_string())
    }
}

/// The result of the store.
pub type Result<T> = std::result::Result<T, Error>;
