//! From the clock on the wall to an instant: the one rule of this module.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

/// The instant at which the clocks of the zone show this: as much later as the clocks skip where they skip it, the
/// first of the two where they show it twice. None beyond the ends of the calendar.
pub(super) fn instant(zone: &TimeZone, shown: civil::DateTime) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(shown).compatible().ok()
}

/// The date so many days later; none beyond the ends of the calendar.
pub(super) fn days_later(date: civil::Date, days: i64) -> Option<civil::Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// How many days `date` is after `start`; negative before it.
pub(super) fn days_between(start: civil::Date, date: civil::Date) -> i64 {
    date.duration_since(start).as_hours() / 24
}
