//! Whose turn it is, by arithmetic on the wall clock instead of counting.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use super::wall_clock::{days_between, days_later, instant};
use super::{Layer, Turn};

/// The handoffs of one layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rotation<'a> {
    zone: &'a TimeZone,
    start: civil::DateTime,
    /// The instant of the first turn's beginning.
    pub(super) starts: Timestamp,
    length: Length,
}

/// How long a turn is, on the clock that counts it.
#[derive(Debug, Clone, Copy)]
enum Length {
    /// In seconds of real time.
    Elapsed(i64),
    /// In days of the calendar.
    Days(i64),
}

/// One turn of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberedTurn {
    /// Its number; the first one is 0.
    pub(super) number: i64,
    /// When the next one begins; the end of time for the last one.
    pub(super) ends: Timestamp,
}

impl<'a> Rotation<'a> {
    /// The handoffs of a layer; none if it starts beyond the end of the calendar.
    pub(super) fn of(layer: &Layer, zone: &'a TimeZone) -> Option<Self> {
        let length = match layer.turn {
            Turn::Hours(hours) => Length::Elapsed(i64::from(hours.max(1)) * 3_600),
            Turn::Days(days) => Length::Days(i64::from(days.max(1))),
            Turn::Weeks(weeks) => Length::Days(i64::from(weeks.max(1)) * 7),
        };
        Some(Self { zone, start: layer.start, starts: instant(zone, layer.start)?, length })
    }

    /// The turn under way at a moment, at which the zone's clocks show `shown`; none before the first one.
    pub(super) fn turn_at(&self, at: Timestamp, shown: civil::DateTime) -> Option<NumberedTurn> {
        if at < self.starts {
            return None;
        }
        let mut number = match self.length {
            Length::Elapsed(seconds) => at.duration_since(self.starts).as_secs() / seconds,
            Length::Days(days) => {
                let begun = days_between(self.start.date(), shown.date()) - i64::from(shown.time() < self.start.time());
                begun.max(0) / days
            }
        };
        // Around a change of the clocks what they show may be a turn ahead of the handoffs (a skipped handoff comes
        // later) or behind them (the hour comes again); one or two steps put that right.
        while number > 0 && self.handoff(number).is_none_or(|handoff| at < handoff) {
            number -= 1;
        }
        loop {
            match self.handoff(number + 1) {
                Some(next) if next <= at => number += 1,
                next => return Some(NumberedTurn { number, ends: next.unwrap_or(Timestamp::MAX) }),
            }
        }
    }

    /// When the turn of that number begins; none beyond the end of the calendar.
    fn handoff(&self, number: i64) -> Option<Timestamp> {
        match self.length {
            Length::Elapsed(seconds) => self.starts.checked_add(SignedDuration::from_secs(number * seconds)).ok(),
            Length::Days(days) => {
                let date = days_later(self.start.date(), number * days)?;
                instant(self.zone, date.to_datetime(self.start.time()))
            }
        }
    }
}
