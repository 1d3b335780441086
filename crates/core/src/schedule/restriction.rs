//! Whether the restrictions of a layer admit a moment, and until when that surely holds.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use super::Restriction;
use super::wall_clock::{days_between, days_later, instant};

/// Any Monday; periods are counted from it.
const MONDAY: civil::Date = civil::date(2001, 1, 1);

/// What the restrictions say at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admission {
    /// Whether they admit it.
    pub(crate) open: bool,
    /// Until when this surely holds, at least.
    pub(crate) until: Timestamp,
}

/// What restrictions together say at a moment, at which the zone's clocks show `shown`.
pub(crate) fn admission(
    restrictions: &[Restriction],
    zone: &TimeZone,
    at: Timestamp,
    shown: civil::DateTime,
) -> Admission {
    let all = restrictions.iter().map(|restriction| Window::of(*restriction).admission(zone, at, shown));
    let together = all.reduce(|one, other| match (one.open, other.open) {
        (true, false) => one,
        (false, true) => other,
        (true, true) => Admission { open: true, until: one.until.max(other.until) },
        (false, false) => Admission { open: false, until: one.until.min(other.until) },
    });
    together.unwrap_or(Admission { open: true, until: Timestamp::MAX })
}

/// A restriction as a window that opens and closes on the wall clock once in a period.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// Days from one opening to the next.
    period: i64,
    opens: Edge,
    /// After `opens`, by a period at most.
    closes: Edge,
}

/// So many days into a period, at that time.
type Edge = (i64, civil::Time);

impl Window {
    fn of(restriction: Restriction) -> Self {
        let (period, opens, mut closes) = match restriction {
            Restriction::Daily { from, until } => (1, (0, from), (0, until)),
            Restriction::Weekly { from_day, from, until_day, until } => {
                (7, (from_day as i64, from), (until_day as i64, until))
            }
        };
        if closes <= opens {
            closes.0 += period;
        }
        Self { period, opens, closes }
    }

    fn admission(&self, zone: &TimeZone, at: Timestamp, shown: civil::DateTime) -> Admission {
        if self.closes == (self.opens.0 + self.period, self.opens.1) {
            return Admission { open: true, until: Timestamp::MAX };
        }
        // Clocks never skip more than a day (Apia did so in 2011), nor do they show more than a day twice. So a
        // window that closed a day ago or more by what they show has closed, and the second one after the others has
        // not.
        let yesterday = days_between(MONDAY, shown.date()) - 1;
        let closed = yesterday - self.closes.0 - i64::from(shown.time() < self.closes.1);
        let first = closed.div_euclid(self.period) + 1;
        for number in first..=first + 2 {
            let closes = self.instant(number, self.closes, zone).unwrap_or(Timestamp::MAX);
            if closes <= at {
                continue;
            }
            let Some(opens) = self.instant(number, self.opens, zone) else { continue };
            let open = opens <= at;
            return Admission { open, until: if open { closes } else { opens } };
        }
        Admission { open: false, until: Timestamp::MAX }
    }

    fn instant(&self, number: i64, (days, time): Edge, zone: &TimeZone) -> Option<Timestamp> {
        let date = days_later(MONDAY, number * self.period + days)?;
        instant(zone, date.to_datetime(time))
    }
}
