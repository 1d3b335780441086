//! Who is on call by one layer at a moment, and until when that surely holds: the question behind all answers.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::restriction::admission;
use super::rotation::Rotation;
use super::wall_clock::instant;
use super::{Cause, Layer, Schedule};
use crate::id::UserId;

/// Somebody's duty, and why it is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) user: UserId,
    pub(super) why: Cause,
}

/// An answer and how long it holds, at least. The answer after it may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Who is on call; none in a gap.
    pub(super) duty: Option<Duty>,
    /// Until just before this moment; the end of time where nothing changes any more.
    pub(super) until: Timestamp,
}

/// A layer with everything about it that does not depend on the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolved<'a> {
    index: usize,
    layer: &'a Layer,
    zone: &'a TimeZone,
    /// None where the layer never has anybody on call.
    rotation: Option<Rotation<'a>>,
    ends: Option<Timestamp>,
    /// Whether a handoff can change anything.
    alternates: bool,
}

impl<'a> Resolved<'a> {
    /// The layer at this index of the schedule, or none.
    pub(super) fn of(schedule: &'a Schedule, index: usize) -> Option<Self> {
        let layer = schedule.layers.get(index)?;
        let zone = layer.time_zone.as_ref().unwrap_or(&schedule.time_zone).rules();
        let ends = layer.end.and_then(|end| instant(zone, end));
        let rotation = Rotation::of(layer, zone)
            .filter(|rotation| !layer.participants.is_empty() && ends.is_none_or(|ends| rotation.starts < ends));
        let alternates = layer.participants.windows(2).any(|pair| pair[0] != pair[1]);
        Some(Self { index, layer, zone, rotation, ends, alternates })
    }

    /// Who is on call by this layer at a moment.
    pub(super) fn stretch(&self, at: Timestamp) -> Stretch {
        let nobody = |until| Stretch { duty: None, until };
        let Some(rotation) = self.rotation.filter(|_| self.ends.is_none_or(|ends| at < ends)) else {
            return nobody(Timestamp::MAX);
        };
        let shown = self.zone.to_datetime(at);
        let Some(turn) = rotation.turn_at(at, shown) else {
            return nobody(rotation.starts);
        };
        let admission = admission(&self.layer.restrictions, self.zone, at, shown);
        let until = self.ends.map_or(admission.until, |ends| admission.until.min(ends));
        if !admission.open {
            return nobody(until);
        }
        let participants = &self.layer.participants;
        let user = participants[turn.number.rem_euclid(participants.len() as i64) as usize];
        let until = if self.alternates { until.min(turn.ends) } else { until };
        Stretch { duty: Some(Duty { user, why: Cause::Layer(self.index) }), until }
    }
}
