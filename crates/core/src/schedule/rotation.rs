//! Whose turn it is, by arithmetic on the wall clock instead of counting.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, civil};

use super::recurring::Recurring;
use super::wall_clock::{days_between, days_later, instant};
use super::{Layer, Turn};
use crate::zone::Zone;

/// The handoffs of one layer.
#[derive(Debug, Clone)]
pub(super) struct Rotation<'a> {
    zone: &'a TimeZone,
    start: civil::DateTime,
    /// The instant of the first turn's beginning, or one before it.
    pub(super) starts: Timestamp,
    length: Length<'a>,
}

/// How long a turn is, on the clock that counts it.
#[derive(Debug, Clone)]
enum Length<'a> {
    /// In seconds of real time.
    Elapsed(i64),
    /// In days of the calendar.
    Days(i64),
    /// In months of the calendar.
    Months(i64),
    /// As a rule says.
    Recurring(Box<Recurring<'a>>),
}

/// Where a rotation stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is somebody's turn.
    Turn {
        /// The turn's number; the first one is 0.
        number: i64,
        /// When it ends; the end of time for the last one.
        ends: Timestamp,
    },
    /// It is nobody's: before the first turn, and between the shifts that a rule begins.
    Pause {
        /// When the next turn begins.
        until: Timestamp,
    },
}

impl<'a> Rotation<'a> {
    /// The handoffs of a layer; none if it starts beyond the end of the calendar.
    pub(super) fn of(layer: &'a Layer, zone: &'a Zone) -> Option<Self> {
        let length = match &layer.turn {
            Turn::Hours(hours) => Length::Elapsed(i64::from((*hours).max(1)) * 3_600),
            Turn::Days(days) => Length::Days(i64::from((*days).max(1))),
            Turn::Weeks(weeks) => Length::Days(i64::from((*weeks).max(1)) * 7),
            Turn::Months(months) => Length::Months(i64::from((*months).max(1))),
            Turn::Recurring(recurrence) => Length::Recurring(Box::new(Recurring::of(recurrence, layer.start, zone))),
        };
        let zone = zone.rules();
        Some(Self { zone, start: layer.start, starts: instant(zone, layer.start)?, length })
    }

    /// Whether there are times between turns.
    pub(super) fn pauses(&self) -> bool {
        match &self.length {
            Length::Elapsed(_) | Length::Days(_) | Length::Months(_) => false,
            Length::Recurring(recurring) => recurring.pauses(),
        }
    }

    /// Where it stands at a moment, at which the zone's clocks show `shown`.
    pub(super) fn standing(&self, at: Timestamp, shown: civil::DateTime) -> Standing {
        let number = match &self.length {
            Length::Recurring(recurring) => return recurring.standing(self.zone, at, shown),
            Length::Elapsed(_) | Length::Days(_) | Length::Months(_) => self.counted(at, shown),
        };
        let Some(mut number) = number else { return Standing::Pause { until: self.starts } };
        loop {
            match self.handoff(number + 1) {
                Some(next) if next <= at => number += 1,
                next => return Standing::Turn { number, ends: next.unwrap_or(Timestamp::MAX) },
            }
        }
    }

    /// The number of the turn that began last before a moment, whether it goes on or not; none before the first one.
    pub(super) fn number(&self, at: Timestamp, shown: civil::DateTime) -> Option<i64> {
        if let Length::Recurring(recurring) = &self.length {
            return recurring.begun(self.zone, at, shown);
        }
        match self.standing(at, shown) {
            Standing::Turn { number, .. } => Some(number),
            Standing::Pause { .. } => None,
        }
    }

    /// A turn that has begun by then, and at most one or two before the last such; none before the first one.
    fn counted(&self, at: Timestamp, shown: civil::DateTime) -> Option<i64> {
        if at < self.starts {
            return None;
        }
        let not_yet = |began: bool| i64::from(!began);
        let mut number = match &self.length {
            Length::Elapsed(seconds) => at.duration_since(self.starts).as_secs() / seconds,
            Length::Days(days) => {
                let begun = days_between(self.start.date(), shown.date());
                (begun - not_yet(shown.time() >= self.start.time())).max(0) / days
            }
            Length::Months(months) => {
                let of_year = |date: civil::Date| i64::from(date.year()) * 12 + i64::from(date.month());
                (of_year(shown.date()) - of_year(self.start.date())).max(0) / months
            }
            Length::Recurring(_) => 0,
        };
        // Around a change of the clocks what they show may be a turn ahead of the handoffs (a skipped handoff comes
        // later) or behind them (the hour comes again), and a month begins before its handoff; a few steps put that
        // right.
        while number > 0 && self.handoff(number).is_none_or(|handoff| at < handoff) {
            number -= 1;
        }
        Some(number)
    }

    /// When the turn of that number begins; none beyond the end of the calendar.
    fn handoff(&self, number: i64) -> Option<Timestamp> {
        let on = |date: civil::Date| instant(self.zone, date.to_datetime(self.start.time()));
        match &self.length {
            Length::Elapsed(seconds) => self.starts.checked_add(SignedDuration::from_secs(number * seconds)).ok(),
            Length::Days(days) => on(days_later(self.start.date(), number * days)?),
            // Always from the start: the 31st is the 28th in February, and the 31st again in March.
            Length::Months(months) => {
                let later = 0.months().try_months(number * months).ok()?;
                on(self.start.date().checked_add(later).ok()?)
            }
            Length::Recurring(_) => None,
        }
    }
}
