//! What can go wrong with a database in memory, on purpose: for the simulator. Files and servers see to that
//! themselves.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use crate::error::{Error, Result};

/// What goes wrong with every transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// The disk is full: a transaction that needs more room fails, at whichever statement that is.
    DiskFull,
    /// The connection is lost before the transaction begins.
    LostBefore,
    /// The connection is lost while the commit is under way: it stands, and whoever asked for it is not told.
    LostAfter,
}

/// The switch of a database's troubles: cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Troubles(Arc<Mutex<Trouble>>);

impl Troubles {
    /// What goes wrong from now on.
    pub fn set(&self, trouble: Trouble) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Runs a transaction with the trouble of this moment.
    pub(crate) fn with<T>(
        &self,
        connection: &mut Connection,
        run: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        let lost = || Err(Error::Connection("it was lost".to_owned()));
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Trouble::None => run(connection),
            Trouble::DiskFull => {
                // No page beyond those that there are; SQLite makes the smallest number that it can of a smaller one.
                connection.execute_batch("PRAGMA max_page_count = 1")?;
                let result = run(connection);
                connection.execute_batch("PRAGMA max_page_count = 4294967294")?;
                result
            }
            Trouble::LostBefore => lost(),
            Trouble::LostAfter => run(connection).and_then(|_| lost()),
        }
    }
}
