//! The journal: facts in the order in which they were stored, chained by hashes.
//!
//! Each incident has a chain of its own, and the audit log is one more. The entry of one decision carries the SHA-256
//! of the entry before it, so that whoever changes, drops or slips in an entry breaks the chain from there on
//! (compare RFC 9162's logs and `git`'s commits). The hash covers exactly the bytes that are stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::actor::Actor;

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash before the first entry of every chain.
pub const GENESIS: Hash = [0; 32];

/// Whose chain it is: the audit log, or an incident by its number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Chain {
    /// The audit log of the installation.
    Audit,
    /// An incident.
    Incident(crate::id::IncidentId),
}

/// One entry: the facts of one decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry<F> {
    /// When it was decided.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// What happened, in order.
    pub facts: Vec<F>,
}

impl<F: Serialize> Entry<F> {
    /// The bytes that are stored and hashed.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("facts have JSON forms")
    }
}

/// The hash of an entry, given its place in the chain (from 1), the hash of the entry before it and its bytes.
pub fn hash(previous: &Hash, number: u64, json: &str) -> Hash {
    let mut sha = Sha256::new();
    sha.update(previous);
    sha.update(number.to_be_bytes());
    sha.update(json.as_bytes());
    sha.finalize().into()
}

/// The first entry that does not follow from the one before it, by its number; none when the chain holds.
pub fn first_break<'a>(entries: impl IntoIterator<Item = (u64, &'a str, Hash)>) -> Option<u64> {
    let mut previous = GENESIS;
    for (expected, (number, json, stored)) in (1..).zip(entries) {
        if number != expected || hash(&previous, number, json) != stored {
            return Some(expected);
        }
        previous = stored;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(texts: &[&'static str]) -> Vec<(u64, &'static str, Hash)> {
        let mut previous = GENESIS;
        let entry = |(number, text): (u64, &&'static str)| {
            previous = hash(&previous, number, text);
            (number, *text, previous)
        };
        (1..).zip(texts).map(entry).collect()
    }

    #[test]
    fn a_chain_holds_until_somebody_touches_it() {
        let whole = chain(&["a", "b", "c"]);
        assert_eq!(first_break(whole.clone()), None);

        let mut changed = whole.clone();
        changed[1].1 = "B";
        assert_eq!(first_break(changed), Some(2));
        let dropped = vec![whole[0], whole[2]];
        assert_eq!(first_break(dropped), Some(2));
        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        assert_eq!(first_break(swapped), Some(2));
        assert_eq!(first_break(whole[1..].to_vec()), Some(1));
    }
}
