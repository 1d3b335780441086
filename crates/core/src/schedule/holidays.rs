//! Layers that count on holidays only, or on all other days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use super::restriction::Admission;
use super::wall_clock::{days_later, instant};
use crate::holiday::{Calendar, Region};

/// Whole days of the calendar on which a layer counts, in its own zone: holidays, or all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holidays {
    /// Whose holidays.
    pub of: Region,
    /// On which days the layer counts.
    pub when: OnHolidays,
    /// Days of the company's own, which count as holidays as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Date>,
}

/// On which days a layer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnHolidays {
    /// On holidays only.
    Only,
    /// On all days that are none.
    Except,
}

impl OnHolidays {
    /// The word that people write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Only => "only",
            Self::Except => "except",
        }
    }
}

/// The holidays of one layer, looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days<'a> {
    rule: &'a Holidays,
    /// None for a region that this program does not know: it has no holidays.
    calendar: Option<&'static Calendar>,
}

impl<'a> Days<'a> {
    pub(super) fn of(rule: &'a Holidays) -> Self {
        Self { rule, calendar: rule.of.holidays() }
    }

    fn has(&self, date: Date) -> bool {
        self.rule.also.contains(&date) || self.calendar.is_some_and(|calendar| calendar.on(date).is_some())
    }

    /// The first holiday on that date or later.
    fn next(&self, date: Date) -> Option<Date> {
        let public = self.calendar.and_then(|calendar| calendar.between(date, Date::MAX).next());
        let own = self.rule.also.iter().copied().filter(|own| *own >= date).min();
        public.map(|(date, _)| date).into_iter().chain(own).min()
    }

    /// What the day of a moment says, at which the zone's clocks show `shown`. A day begins when its first clock time
    /// does, by the one rule of this module, and lasts until the next day begins.
    pub(super) fn admission(&self, zone: &TimeZone, at: Timestamp, shown: civil::DateTime) -> Admission {
        let begins = |date: Date| instant(zone, date.at(0, 0, 0, 0));
        // Clocks that go back over midnight show the evening before again; the new day has begun all the same.
        let next = shown.date().tomorrow().ok();
        let today = next.filter(|next| begins(*next).is_some_and(|begins| begins <= at)).unwrap_or(shown.date());
        let is_holiday = self.has(today);
        let changes = if is_holiday {
            (1..).map_while(|days| days_later(today, days)).find(|date| !self.has(*date))
        } else {
            next.and_then(|_| self.next(days_later(today, 1)?))
        };
        let open = is_holiday == (self.rule.when == OnHolidays::Only);
        Admission { open, until: changes.and_then(begins).unwrap_or(Timestamp::MAX) }
    }
}
