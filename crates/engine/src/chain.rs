//! Checking that nobody has touched what was written down.

use allclear_core::journal;
use allclear_store::{Result, audit};

use crate::engine::Engine;

/// How many entries are read at one time.
const ENTRIES: i64 = 500;

/// What a check of a chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainChecked {
    /// How many entries were read.
    pub entries: u64,
    /// The first entry that does not follow from the one before it; none when the chain holds.
    pub first_break: Option<u64>,
}

impl Engine {
    /// Reads the whole audit log and checks its chain.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check_audit(&self) -> Result<ChainChecked> {
        let mut checked = ChainChecked { entries: 0, first_break: None };
        let mut previous = journal::GENESIS;
        loop {
            let read = self.database().read(checked.entries, |after, tx| Box::pin(audit::chain(tx, *after, ENTRIES)));
            let entries = read.await?;
            if entries.is_empty() {
                return Ok(checked);
            }
            for entry in entries {
                let number = checked.entries + 1;
                if entry.number != number || journal::hash(&previous, number, &entry.body) != entry.hash {
                    return Ok(ChainChecked { first_break: Some(number), ..checked });
                }
                (checked.entries, previous) = (number, entry.hash);
            }
        }
    }
}
