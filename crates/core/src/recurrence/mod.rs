//! Recurrence rules of RFC 5545 §3.3.10: `FREQ=WEEKLY;BYDAY=MO,TH`.
//!
//! A rule is expanded on the wall clock alone: it knows no zones. Whoever uses it turns each occurrence into an
//! instant, by their own rule for the hours that clocks skip or show twice.
//!
//! A rule cuts time into periods, the years, months, weeks, days, hours, minutes or seconds of its frequency. Each
//! period's occurrences are found from the period's number alone. So it costs the same to look at today whether the
//! rule began yesterday or ten years ago, and only [`Occurrences::before`], which counts, may have to look at what lies
//! between; where the counts of the periods repeat, as they do for almost all rules that people write, it multiplies.
//!
//! Where the standard leaves something open, this follows what calendars do: a start that does not match the rule is
//! not an occurrence; `BYWEEKNO` without `BYDAY` means all days of the week; the second 60 is the second 59.

mod count;
mod filter;
mod period;
mod read;
mod search;
mod set;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::period::Occurrences;
pub use self::set::Set;
use crate::zone::Zone;

/// The length of the periods of a rule, the longest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Frequency {
    /// Years.
    Yearly,
    /// Months.
    Monthly,
    /// Weeks, which begin on the day of `WKST`.
    Weekly,
    /// Days.
    Daily,
    /// Hours of the wall clock.
    Hourly,
    /// Minutes of the wall clock.
    Minutely,
    /// Seconds of the wall clock.
    Secondly,
}

/// Until when a rule goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// For ever.
    Never,
    /// For so many occurrences.
    Count(u32),
    /// Until the end of that day.
    Day(Date),
    /// Until that wall-clock time, which may be the last occurrence.
    WallClock(DateTime),
    /// Until the zone's clocks show what they show at that moment.
    Instant(Timestamp),
}

/// A day of the week in `BYDAY`: `MO`, or with a number `-1FR`, the last Friday of the month or the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Day {
    /// Which of them, from the beginning or, negative, from the end; all of them where there is none.
    pub number: Option<i16>,
    /// The day.
    pub weekday: Weekday,
}

/// A recurrence rule. Read from its text and written as it; a list that is empty was not given.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The periods.
    pub frequency: Frequency,
    /// Every so many of them.
    pub interval: u32,
    /// The end.
    pub bound: Bound,
    /// The months, from 1.
    pub months: Vec<i16>,
    /// The weeks of the year (ISO 8601, but with weeks that begin on `WKST`), negative ones from the end.
    pub weeks: Vec<i16>,
    /// The days of the year, negative ones from the end.
    pub year_days: Vec<i16>,
    /// The days of the month, negative ones from the end.
    pub month_days: Vec<i16>,
    /// The days of the week.
    pub days: Vec<Day>,
    /// The hours.
    pub hours: Vec<i16>,
    /// The minutes.
    pub minutes: Vec<i16>,
    /// The seconds.
    pub seconds: Vec<i16>,
    /// Which of a period's occurrences count, from 1, negative ones from the end.
    pub positions: Vec<i16>,
    /// The day on which weeks begin.
    pub week_start: Weekday,
}

impl Rule {
    /// The occurrences of the rule from a start on. The zone only serves to read an end that is given as a moment.
    pub fn from(&self, start: DateTime, zone: &Zone) -> Occurrences<'_> {
        let second = SignedDuration::from_secs(1);
        let end = match self.bound {
            Bound::Never | Bound::Count(_) => None,
            Bound::Day(date) => date.tomorrow().ok().map(Date::at_midnight),
            Bound::WallClock(last) => last.checked_add(second).ok(),
            Bound::Instant(last) => zone.local(last).datetime().checked_add(second).ok(),
        };
        let mut all = Occurrences::new(self, start, end);
        if let Bound::Count(count) = self.bound {
            // Gone through one by one: how many lie before a time is only worth asking where there is no such end.
            let last = all.since(start).nth(count.max(1) as usize - 1);
            all.end = last.and_then(|last| last.checked_add(second).ok());
        }
        all
    }
}

trait Midnight {
    fn at_midnight(self) -> DateTime;
}

impl Midnight for Date {
    fn at_midnight(self) -> DateTime {
        self.at(0, 0, 0, 0)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
