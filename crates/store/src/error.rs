//! What can go wrong with the store.

use std::any::Any;

use rusqlite::ErrorCode;

/// What SQLite says when its files cannot be read or written at the moment.
const SQLITE_OUTAGES: [ErrorCode; 9] = [
    ErrorCode::DiskFull,
    ErrorCode::SystemIoFailure,
    ErrorCode::CannotOpen,
    ErrorCode::ReadOnly,
    ErrorCode::PermissionDenied,
    ErrorCode::OutOfMemory,
    ErrorCode::DatabaseBusy,
    ErrorCode::DatabaseLocked,
    ErrorCode::FileLockingProtocolFailed,
];
/// The classes of PostgreSQL's codes for that: connection, resources (a full disk among them), object in use, stopped
/// by its operator, system.
const POSTGRES_OUTAGES: [&str; 5] = ["08", "53", "55", "57", "58"];

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
    /// The body of a transaction broke a rule of the house. Nothing of it was written.
    #[error("a transaction's body failed, which is a mistake in the program: {0}")]
    Body(String),
    /// A backup could not be made.
    #[error("{0}")]
    Backup(String),
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

    /// True when the database does not do its work at the moment, whatever is asked of it: it cannot be reached, its
    /// disk is full or broken, or the commit was refused. Then no transaction is to blame for its own failure.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code().is_some_and(|code| SQLITE_OUTAGES.contains(&code)),
            Self::Postgres(error) => match error.code() {
                Some(code) => POSTGRES_OUTAGES.iter().any(|class| code.code().starts_with(class)),
                None => {
                    error.is_closed()
                        || std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
                }
            },
            Self::Connection(_) | Self::Commit(_) | Self::Closed => true,
            Self::Corrupt(_) | Self::Body(_) | Self::Backup(_) | Self::RolledBack | Self::Migration(_) => false,
        }
    }

    /// The body of a transaction panicked, with this payload.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let error = Self::Body(format!("it panicked: {}", text.unwrap_or("without a message")));
        tracing::error!(%error, "a transaction was rolled back");
        error
    }

    /// This text is not the JSON form that was expected. Only its beginning is told: the whole may be long, or secret.
    pub(crate) fn not_json(error: &serde_json::Error, text: &str) -> Self {
        let start: String = text.chars().take(80).collect();
        Self::Corrupt(format!("{error}; it begins with `{start}`"))
    }
}

fn describe(error: &tokio_postgres::Error) -> String {
    let text = match error.as_db_error() {
        Some(detail) => format!("{} ({})", detail.message(), detail.code().code()),
        None => with_causes(error),
    };
    let remedies = [
        ("server does not support TLS", "turn `ssl` on there, or use sslmode=disable if nobody else is on the way"),
        ("no encryption", "it wants TLS: use sslmode=verify-full"),
        ("UnknownIssuer", "name the file with its authority's certificate: sslrootcert=…"),
        ("not valid for name", "use the name that its certificate is for, or sslmode=verify-ca"),
    ];
    match remedies.into_iter().find(|(sign, _)| text.contains(sign)) {
        Some((_, remedy)) => format!("{text}; {remedy}"),
        None => text,
    }
}

/// What went wrong, and what led to it.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
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
