//! Who is on call by one layer at a moment, and until when that surely holds: the question behind all answers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::holidays::Days;
use super::restriction::{Admission, admission};
use super::rotation::{Rotation, Standing};
use super::wall_clock::instant;
use super::{Crew, Layer, Schedule};

/// An answer and how long it holds, at least. The answer after it may be the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch<T> {
    /// What holds.
    pub(super) answer: T,
    /// Until just before this moment; the end of time where nothing changes any more.
    pub(super) until: Timestamp,
}

/// Whoever's turn it is by a layer; none in a gap.
pub(super) type Turn<'a> = Option<(&'a Crew, usize)>;

/// A layer with everything about it that does not depend on the moment.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'a> {
    index: usize,
    layer: &'a Layer,
    zone: &'a TimeZone,
    /// None where the layer never has anybody on call.
    rotation: Option<Rotation<'a>>,
    ends: Option<Timestamp>,
    /// Where it depends on holidays.
    days: Option<Days<'a>>,
    /// Whether the end of a turn can change anything.
    alternates: bool,
}

impl<'a> Resolved<'a> {
    /// The layer at this index of the schedule, or none.
    pub(super) fn of(schedule: &'a Schedule, index: usize) -> Option<Self> {
        let layer = schedule.layers.get(index)?;
        let named = layer.time_zone.as_ref().unwrap_or(&schedule.time_zone);
        let zone = named.rules();
        let ends = layer.end.and_then(|end| instant(zone, end));
        let rotation = Rotation::of(layer, named)
            .filter(|rotation| !layer.participants.is_empty() && ends.is_none_or(|ends| rotation.starts < ends));
        let pauses = rotation.as_ref().is_some_and(Rotation::pauses);
        let alternates = pauses || layer.participants.windows(2).any(|pair| pair[0] != pair[1]);
        let days = layer.holidays.as_ref().map(Days::of);
        Some(Self { index, layer, zone, rotation, ends, days, alternates })
    }

    /// Who is on call by this layer at a moment.
    pub(super) fn stretch(&self, at: Timestamp) -> Stretch<Turn<'a>> {
        let nobody = |until| Stretch { answer: None, until };
        let Some(rotation) = self.rotation.as_ref().filter(|_| self.ends.is_none_or(|ends| at < ends)) else {
            return nobody(Timestamp::MAX);
        };
        let shown = self.zone.to_datetime(at);
        let (number, turn_ends) = match rotation.standing(at, shown) {
            Standing::Turn { number, ends } => (number, ends),
            Standing::Pause { until } => return nobody(until),
        };
        let admission = self.admission(at, shown);
        let until = self.ends.map_or(admission.until, |ends| admission.until.min(ends));
        if !admission.open {
            return nobody(until);
        }
        let participants = &self.layer.participants;
        let crew = &participants[number.rem_euclid(participants.len() as i64) as usize];
        let until = if self.alternates { until.min(turn_ends) } else { until };
        Stretch { answer: Some((crew, self.index)), until }
    }

    /// Whether hours and days both admit a moment.
    fn admission(&self, at: Timestamp, shown: DateTime) -> Admission {
        let hours = admission(&self.layer.restrictions, self.zone, at, shown);
        let Some(days) = self.days.map(|days| days.admission(self.zone, at, shown)) else { return hours };
        match (hours.open, days.open) {
            (true, true) => Admission { open: true, until: hours.until.min(days.until) },
            (true, false) => days,
            (false, true) => hours,
            (false, false) => Admission { open: false, until: hours.until.max(days.until) },
        }
    }

    /// The number of the turn under way at a moment and when the next one begins; none before the first one.
    pub(super) fn turn_number(&self, at: Timestamp) -> Option<i64> {
        self.rotation.as_ref()?.number(at, self.zone.to_datetime(at))
    }
}
