//! The store: the only crate with SQL.
//!
//! One thin layer over SQLite (embedded, one node) and PostgreSQL (many nodes). Transactions are written once, as async
//! functions over [`Tx`]; queries are grouped by noun. Nothing here decides anything: that is the core's part.

pub mod alerts;
pub mod audit;
mod backup;
pub mod calendar_links;
mod checkpoint;
pub mod covers;
mod database;
pub mod deliveries;
pub mod directory;
mod error;
pub mod handovers;
pub mod health;
pub mod idempotency;
pub mod inbox;
pub mod incidents;
mod migrate;
mod notices;
pub mod passwords;
mod pipeline;
mod postgres;
pub mod retention;
pub mod secrets;
pub mod sessions;
pub mod silences;
mod sqlite;
mod statement;
pub mod timers;
mod tls;
pub mod tokens;
mod transaction;
mod trouble;
mod value;
pub mod verifications;

pub use database::{BoxFuture, Database};
pub use error::{Error, Result};
pub use notices::{LONGEST as LONGEST_NOTICE, Notices};
pub use statement::Statement;
pub use transaction::{Row, Tx};
pub use trouble::{Trouble, Troubles};
pub use value::{Column, Value};

/// Every statement of the store, with its module and name: for the tests that prepare them all on both databases.
pub fn statements() -> impl Iterator<Item = (&'static str, &'static str, Statement)> {
    let modules: [(&str, &[(&str, Statement)]); 19] = [
        ("alerts", alerts::STATEMENTS),
        ("audit", audit::STATEMENTS),
        ("calendar_links", calendar_links::STATEMENTS),
        ("covers", covers::STATEMENTS),
        ("deliveries", deliveries::STATEMENTS),
        ("directory", directory::STATEMENTS),
        ("handovers", handovers::STATEMENTS),
        ("health", health::STATEMENTS),
        ("idempotency", idempotency::STATEMENTS),
        ("inbox", inbox::STATEMENTS),
        ("incidents", incidents::STATEMENTS),
        ("passwords", passwords::STATEMENTS),
        ("retention", retention::STATEMENTS),
        ("secrets", secrets::STATEMENTS),
        ("sessions", sessions::STATEMENTS),
        ("silences", silences::STATEMENTS),
        ("timers", timers::STATEMENTS),
        ("tokens", tokens::STATEMENTS),
        ("verifications", verifications::STATEMENTS),
    ];
    modules
        .into_iter()
        .flat_map(|(module, statements)| statements.iter().map(move |(name, statement)| (module, *name, *statement)))
}
