//! Time off: the days on which a person is not to be counted on.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::{Directory, User};
use crate::id::TimeOffId;
use crate::readiness::Period;
use crate::zone::Zone;

/// Some days off, in the zone in which the person lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOff {
    /// Its identity.
    pub id: TimeOffId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// What its owner says about it; everybody may read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl TimeOff {
    /// From the first moment of the first day until just before the day after the last one, on the clocks of a zone.
    pub fn period(&self, zone: &Zone) -> Period {
        Self::days(self.from, self.until, zone)
    }

    /// The same for any two days.
    pub(super) fn days(from: Date, until: Date, zone: &Zone) -> Period {
        let begins = |date: Date| date.to_zoned(zone.rules().clone()).map(|midnight| midnight.timestamp());
        let after = until.checked_add(1.day()).and_then(begins);
        Period { starts: begins(from).unwrap_or(Timestamp::MIN), ends: after.unwrap_or(Timestamp::MAX) }
    }
}

impl Directory {
    /// Where a person lives: in the organisation's zone if they have not said.
    pub fn zone_of<'a>(&'a self, user: &'a User) -> &'a Zone {
        user.time_zone.as_ref().unwrap_or(&self.organisation.time_zone)
    }

    /// The times off of a person that touch a period, each cut at its edges.
    pub fn time_off_within(&self, user: &User, range: Period) -> Vec<(Period, TimeOff)> {
        let zone = self.zone_of(user);
        let within = user.time_off.iter().filter_map(|off| Some((off.period(zone).common(range)?, off.clone())));
        within.collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn days_are_those_of_the_place_where_somebody_lives() {
        let [from, until] = ["2026-03-28", "2026-03-29"].map(|date| date.parse().unwrap());
        let off = TimeOff { id: TimeOffId::new(Uuid::nil()), from, until, note: String::new() };
        for (zone, starts, ends) in [
            ("Europe/Berlin", "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z"),
            ("America/New_York", "2026-03-28T04:00:00Z", "2026-03-30T04:00:00Z"),
            ("UTC", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"),
        ] {
            let Period { starts: begins, ends: over } = off.period(&zone.parse().unwrap());
            assert_eq!((begins.to_string(), over.to_string()), (starts.to_owned(), ends.to_owned()), "{zone}");
        }
    }
}
