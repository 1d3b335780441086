//! Checking that nobody has touched what was written down.

use allclear_core::journal;
use allclear_store::{Result, audit};
use subtle::ConstantTimeEq;

use crate::engine::Engine;

/// How many entries are read at one time.
const ENTRIES: i64 = 500;

/// What a check of a chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainChecked {
    /// How many entries were read and found in order.
    pub entries: u64,
    /// The first entry that does not follow from the one before it; none when the chain holds.
    pub first_break: Option<u64>,
}

impl Engine {
    /// Reads the whole audit log, or what retention has left of it, and checks its chain.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn check_audit(&self) -> Result<ChainChecked> {
        let mut checked = ChainChecked { entries: 0, first_break: None };
        let start = self.database().read((), |(), tx| Box::pin(audit::start(tx))).await?;
        let (mut last, mut previous) = match start {
            None => (0, journal::GENESIS),
            Some(start) => {
                let ours = self.key().sign_start(start.number, &start.hash);
                if !bool::from(ours.ct_eq(start.signature.as_slice())) {
                    return Ok(ChainChecked { first_break: Some(start.number), ..checked });
                }
                (start.number, start.hash)
            }
        };
        loop {
            let read = self.database().read(last, |after, tx| Box::pin(audit::chain(tx, *after, ENTRIES)));
            let entries = read.await?;
            if entries.is_empty() {
                return Ok(checked);
            }
            for entry in entries {
                let number = last + 1;
                if entry.number != number || journal::hash(&previous, number, &entry.body) != entry.hash {
                    return Ok(ChainChecked { first_break: Some(number), ..checked });
                }
                (last, previous) = (number, entry.hash);
                checked.entries += 1;
            }
        }
    }
}
