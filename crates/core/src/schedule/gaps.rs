//! What follows from the final answers: where nobody is on call, and when that changes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Schedule;
use super::resolve::joined;
use crate::id::UserId;

/// How far questions without an end look ahead: 400 days of 24 hours, a year and a bit.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A time with nobody on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
}

impl Schedule {
    /// The times from `from` until just before `until` at which nobody is on call, in order, each as long as it can be;
    /// the first and the last are cut at the edges of the range.
    pub fn gaps(&self, from: Timestamp, until: Timestamp) -> Vec<Gap> {
        let intervals = joined(self.stretches(from, until)).filter(|interval| interval.people.is_empty());
        intervals.map(|interval| Gap { starts: interval.starts, ends: interval.ends }).collect()
    }

    /// The first moment after `after` at which [`on_call`](Self::on_call) gives another answer; none if it never will.
    /// Where there are handoffs and edges but the answer stays the same for longer than [`HORIZON`], it is the first of
    /// them beyond it: a moment to ask again.
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let horizon = after.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
        let mut stretches = self.stretches(after, Timestamp::MAX);
        let now = stretches.next()?;
        stretches.find(|next| next.users().ne(now.users()) || horizon < next.starts).map(|next| next.starts)
    }

    /// Until when that person stays on call without a break from `at` on, for whatever reasons; none if they are not on
    /// call at `at`. Looks no further than [`HORIZON`]: an answer of `at + HORIZON` means "at least so long".
    pub fn on_call_until(&self, user: UserId, at: Timestamp) -> Option<Timestamp> {
        let horizon = at.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
        let stretches = self.stretches(at, horizon).take_while(|stretch| stretch.users().any(|one| one == user));
        stretches.last().map(|stretch| stretch.ends)
    }
}
