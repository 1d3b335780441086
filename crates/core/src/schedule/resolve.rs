//! The final answer: layers over layers, overrides over all of them, at a moment and over a range.

use std::iter;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::layer::{self, Resolved, Stretch};
use super::{Override, Schedule};
use crate::id::{OverrideId, UserId};

/// Somebody on call, and why they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Duty {
    /// Who.
    pub user: UserId,
    /// Why it is this person.
    pub why: Cause,
}

/// An unbroken time with the same people on call for the same reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Who is on call; somebody is.
    pub people: Vec<Duty>,
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
}

impl Shift {
    /// Its people, without the reasons.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        self.people.iter().map(|duty| duty.user)
    }

    /// Whether that person is on call in it.
    pub fn has(&self, user: UserId) -> bool {
        self.users().any(|one| one == user)
    }
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
    /// Who is on call at a moment: those whose turn it is together, or nobody where there is a gap. An override decides
    /// over all layers, and of several overrides the one added last; of the layers that have somebody on call, the last
    /// one in the list. Whoever only shadows is not on call.
    pub fn on_call(&self, at: Timestamp) -> Vec<UserId> {
        let layers = self.deciding_layers().map(|layer| layer.stretch(at));
        let stretch = covered(&covering(&self.overrides, at), layers);
        stretch.answer.into_iter().map(|duty| duty.user).collect()
    }

    /// Who learns at a moment, by the layers that are [`shadow`](super::Layer::shadow), without those who are on call.
    pub fn shadows(&self, at: Timestamp) -> Vec<UserId> {
        let on_call = self.on_call(at);
        let mut learning: Vec<UserId> = Vec::new();
        let shadows = (0..self.layers.len()).filter(|index| self.layers[*index].shadow);
        for (crew, _) in shadows.filter_map(|index| Resolved::of(self, index)?.stretch(at).answer) {
            for user in crew.people() {
                if !on_call.contains(user) && !learning.contains(user) {
                    learning.push(*user);
                }
            }
        }
        learning
    }

    /// Everybody's shifts from `from` until just before `until`, in order and without overlap; the first and the last
    /// are cut at the edges of the range. Turns that follow each other with the same people for the same reasons are
    /// one shift. What is left of the range are the [`gaps`](Self::gaps). The work grows with the length of the
    /// range.
    pub fn shifts(&self, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        joined(self.stretches(from, until)).filter_map(Interval::shift).collect()
    }

    /// The shifts of one layer, as if there were no others and no overrides; none if there is no such layer. Otherwise
    /// like [`shifts`](Self::shifts).
    pub fn layer_shifts(&self, index: usize, from: Timestamp, until: Timestamp) -> Vec<Shift> {
        let layer = Resolved::of(self, index);
        let people = |layer: &Resolved<'_>, at| {
            let Stretch { answer, until } = layer.stretch(at);
            Stretch { answer: duties(answer), until }
        };
        let intervals = layer.map(|layer| joined(walk(from, until, move |at| people(&layer, at))));
        intervals.into_iter().flatten().filter_map(Interval::shift).collect()
    }

    /// The layers that put people on call, from the top down.
    fn deciding_layers(&self) -> impl Iterator<Item = Resolved<'_>> {
        let deciding = (0..self.layers.len()).rev().filter(|index| !self.layers[*index].shadow);
        deciding.filter_map(|index| Resolved::of(self, index))
    }

    /// The final answers of a range, one after the other and without a hole; neighbours may be equal.
    pub(super) fn stretches(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Interval> {
        let mut layers: Vec<_> =
            self.deciding_layers().map(|layer| Remembered::new(move |at| layer.stretch(at))).collect();
        let mut overrides = Remembered::new(|at| covering(&self.overrides, at));
        walk(from, until, move |at| covered(overrides.at(at), layers.iter_mut().map(|layer| layer.at(at).clone())))
    }
}

/// An answer with both its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
    /// Nobody in a gap.
    pub(super) people: Vec<Duty>,
}

impl Interval {
    fn shift(self) -> Option<Shift> {
        (!self.people.is_empty()).then_some(Shift { people: self.people, starts: self.starts, ends: self.ends })
    }

    /// Who is on call in it.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        self.people.iter().map(|duty| duty.user)
    }
}

/// The overrides that count at a moment.
struct Covering<'a> {
    /// The one that decides over all layers and over the overrides before it.
    whole: Option<&'a Override>,
    /// Those after it that replace one person each, in the order in which they were added.
    single: Vec<&'a Override>,
}

/// What the overrides say at a moment, until one of them ends or begins.
fn covering(overrides: &[Override], at: Timestamp) -> Stretch<Covering<'_>> {
    let (mut until, mut whole, mut single) = (Timestamp::MAX, None, Vec::new());
    for cover in overrides.iter().rev().filter(|cover| at < cover.ends && cover.starts < cover.ends) {
        if at < cover.starts {
            until = until.min(cover.starts);
            continue;
        }
        until = until.min(cover.ends);
        if cover.replaces.is_none() {
            whole = Some(cover);
            break;
        }
        single.push(cover);
    }
    single.reverse();
    Stretch { answer: Covering { whole, single }, until }
}

/// The people of a layer's turn, with the reason.
fn duties(turn: layer::Turn<'_>) -> Vec<Duty> {
    let people = turn.into_iter().flat_map(|(crew, index)| crew.people().iter().map(move |user| (*user, index)));
    people.map(|(user, index)| Duty { user, why: Cause::Layer(index) }).collect()
}

/// The first answer with somebody on call, from the top down, and then who stands in for whom. It holds until one above
/// it may have somebody, too.
fn covered<'a>(
    overrides: &Stretch<Covering<'_>>,
    layers_from_the_top: impl Iterator<Item = Stretch<layer::Turn<'a>>>,
) -> Stretch<Vec<Duty>> {
    let Covering { whole, single } = &overrides.answer;
    let mut until = overrides.until;
    let mut people = match whole {
        Some(cover) => vec![Duty { user: cover.user, why: Cause::Override(cover.id) }],
        None => {
            let mut turn = None;
            for stretch in layers_from_the_top {
                until = until.min(stretch.until);
                turn = stretch.answer;
                if turn.is_some() {
                    break;
                }
            }
            duties(turn)
        }
    };
    single.iter().for_each(|cover| stand_in(&mut people, cover));
    Stretch { answer: people, until }
}

/// Puts somebody in the place of one person, wherever that person would be on call. Where they would not be, nothing
/// changes, nor where they would stand in for themselves (which is refused when saved).
fn stand_in(people: &mut Vec<Duty>, cover: &Override) {
    let Some(place) = people.iter().position(|duty| Some(duty.user) == cover.replaces) else { return };
    if cover.replaces == Some(cover.user) {
        return;
    }
    if people.iter().any(|duty| duty.user == cover.user) {
        people.remove(place);
    } else {
        people[place] = Duty { user: cover.user, why: Cause::Override(cover.id) };
    }
}

/// Asks again only when the last answer no longer holds. Moments must not go back.
struct Remembered<T, F> {
    ask: F,
    last: Option<Stretch<T>>,
}

impl<T, F: Fn(Timestamp) -> Stretch<T>> Remembered<T, F> {
    const fn new(ask: F) -> Self {
        Self { ask, last: None }
    }

    fn at(&mut self, at: Timestamp) -> &Stretch<T> {
        if self.last.as_ref().is_some_and(|last| last.until <= at) {
            self.last = None;
        }
        self.last.get_or_insert_with(|| (self.ask)(at))
    }
}

/// The answers from `from` until just before `until`.
fn walk(
    from: Timestamp,
    until: Timestamp,
    mut ask: impl FnMut(Timestamp) -> Stretch<Vec<Duty>>,
) -> impl Iterator<Item = Interval> {
    let mut at = from;
    iter::from_fn(move || {
        (at < until).then(|| {
            let stretch = ask(at);
            let starts = std::mem::replace(&mut at, stretch.until.min(until));
            Interval { starts, ends: at, people: stretch.answer }
        })
    })
}

/// Makes equal neighbours one.
pub(super) fn joined(intervals: impl Iterator<Item = Interval>) -> impl Iterator<Item = Interval> {
    let mut intervals = intervals.peekable();
    iter::from_fn(move || {
        let mut joined = intervals.next()?;
        while let Some(next) = intervals.next_if(|next| next.people == joined.people) {
            joined.ends = next.ends;
        }
        Some(joined)
    })
}
