//! When who is on call, or who learns, changes.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Schedule;
use super::layer::Resolved;
use crate::id::UserId;

/// How many edges with the same people on both sides are passed before the next one counts as a moment to ask again.
const EDGES: usize = 2_000;

impl Schedule {
    /// The first moment after `after` at which other people are on call or learn than just before it; none if there
    /// never is one. Where nothing but edges comes for a very long time, one of them: a moment to ask again.
    pub fn next_handover(&self, after: Timestamp) -> Option<Timestamp> {
        let mut at = after;
        for _ in 0..EDGES {
            let next = self.next_change(at).into_iter().chain(self.next_shadow_edge(at)).min()?;
            if self.changes_hands_at(next) {
                return Some(next);
            }
            at = next;
        }
        Some(at)
    }

    /// Whether other people are on call or learn from a moment on than just before it.
    pub fn changes_hands_at(&self, at: Timestamp) -> bool {
        let before = at.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN);
        let set = |people: Vec<UserId>| people.into_iter().collect::<BTreeSet<UserId>>();
        set(self.on_call(before)) != set(self.on_call(at)) || set(self.shadows(before)) != set(self.shadows(at))
    }

    /// Until when the answers of all layers that only shadow surely hold.
    fn next_shadow_edge(&self, after: Timestamp) -> Option<Timestamp> {
        let shadows = (0..self.layers.len()).filter(|index| self.layers[*index].shadow);
        let edges = shadows.filter_map(|index| Some(Resolved::of(self, index)?.stretch(after).until));
        edges.filter(|edge| *edge > after && *edge < Timestamp::MAX).min()
    }
}
