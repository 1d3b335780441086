//! The final answer: layers over layers, overrides over all of them, at a moment and over a range.

use std::iter;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layer::{Duty, Resolved, Stretch};
use super::{Override, Schedule};
use crate::id::{OverrideId, UserId};

/// An unbroken time on call for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Who is on call.
    pub user: UserId,
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
    /// Why it is this person.
    pub why: Cause,
}

/// What puts somebody on call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Their turn in the layer at this index of the schedule's list.
    Layer(usize),
    /// That override.
    Override(OverrideId),
}

impl Schedule {
    /// Who is on call at a moment: one person, or nobody where there is a gap. An override decides over all layers,
    /// and of several overrides the one added last; of the layers that have somebody on call, the last one in the
    /// list.
    pub fn on_call(&self, at: Timestamp) -> Vec<UserId> {
        let layers = (0..self.layers.len()).rev().filter_map(|index| Resolved::of(self, index));
        let stretch = covered(covering(&self.overrides, at), layers.map(|layer| layer.stretch(at)));
        stretch.duty.map(|duty| duty.user).into_iter().collect()
    }

    /// Everybody's shifts from `from` until just before `until`, in order and without overlap; the first and the last
    /// are cut at the edges of the range. Turns that follow each other with the same person for the same reason are
    /// one shift. What is left of the range are the [`gaps`](Self::gaps). The work grows with the length of the
    /// range.
    pub fn shifts(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        joined(self.stretches(from, until)).filter_map(Interval::shift).collect()
    }

    /// The shifts of one layer, as if there were no others and no overrides; none if there is no such layer. Otherwise
    /// like [`shifts`](Self::shifts).
    pub fn layer_shifts(&self, index: usize, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        let layer = Resolved::of(self, index);
        let intervals = layer.map(|layer| joined(walk(from, until, move |at| layer.stretch(at))));
        intervals.into_iter().flatten().filter_map(Interval::shift).collect()
    }

    /// The final answers of a range, one after the other and without a hole; neighbours may be equal.
    pub(super) fn stretches(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Interval> {
        let resolved = (0..self.layers.len()).rev().filter_map(|index| Resolved::of(self, index));
        let mut layers: Vec<_> = resolved.map(|layer| remembered(move |at| layer.stretch(at))).collect();
        let mut overrides = remembered(|at| covering(&self.overrides, at));
        walk(from, until, move |at| covered(overrides(at), layers.iter_mut().map(|layer| layer(at))))
    }
}

/// An answer with both its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
    pub(super) duty: Option<Duty>,
}

impl Interval {
    fn shift(self) -> Option<Shift> {
        let Duty { user, why } = self.duty?;
        Some(Shift { user, starts: self.starts, ends: self.ends, why })
    }

    /// Who is on call in it.
    pub(super) fn user(&self) -> Option<UserId> {
        self.duty.map(|duty| duty.user)
    }
}

/// What the overrides say at a moment: the last one in the list that covers it, until it ends or a later one begins.
fn covering(overrides: &[Override], at: Timestamp) -> Stretch {
    let mut until = Timestamp::MAX;
    for cover in overrides.iter().rev().filter(|cover| at < cover.ends && cover.starts < cover.ends) {
        if cover.starts <= at {
            let duty = Duty { user: cover.user, why: Cause::Override(cover.id) };
            return Stretch { duty: Some(duty), until: until.min(cover.ends) };
        }
        until = until.min(cover.starts);
    }
    Stretch { duty: None, until }
}

/// The first answer with somebody on call, from the top down. It holds until one above it may have somebody, too.
fn covered(overrides: Stretch, layers_from_the_top: impl Iterator<Item = Stretch>) -> Stretch {
    let mut until = Timestamp::MAX;
    for stretch in iter::once(overrides).chain(layers_from_the_top) {
        until = until.min(stretch.until);
        if stretch.duty.is_some() {
            return Stretch { duty: stretch.duty, until };
        }
    }
    Stretch { duty: None, until }
}

/// Asks again only when the last answer no longer holds. Moments must not go back.
fn remembered(ask: impl Fn(Timestamp) -> Stretch) -> impl FnMut(Timestamp) -> Stretch {
    let mut last: Option<Stretch> = None;
    move |at| match last {
        Some(stretch) if at < stretch.until => stretch,
        _ => *last.insert(ask(at)),
    }
}

/// The answers from `from` until just before `until`.
fn walk(
    from: Timestamp,
    until: Timestamp,
    mut ask: impl FnMut(Timestamp) -> Stretch,
) -> impl Iterator<Item = Interval> {
    let mut at = from;
    iter::from_fn(move || {
        (at < until).then(|| {
            let stretch = ask(at);
            let starts = std::mem::replace(&mut at, stretch.until.min(until));
            Interval { starts, ends: at, duty: stretch.duty }
        })
    })
}

/// Makes equal neighbours one.
pub(super) fn joined(intervals: impl Iterator<Item = Interval>) -> impl Iterator<Item = Interval> {
    let mut intervals = intervals.peekable();
    iter::from_fn(move || {
        let mut joined = intervals.next()?;
        while let Some(next) = intervals.next_if(|next| next.duty == joined.duty) {
            joined.ends = next.ends;
        }
        Some(joined)
    })
}
