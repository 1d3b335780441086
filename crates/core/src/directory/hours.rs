//! Hours of the day and of the week at which something holds, on the wall clock of a zone: those of schedules, which
//! also say what becomes of them when the clocks change.

use std::collections::BTreeSet;
use std::iter;

use jiff::Timestamp;

use crate::schedule::{Admission, HORIZON, Restriction, admission};
use crate::zone::Zone;

/// Whether any of these hours admit a moment; no hours admit none.
pub(super) fn admit(hours: &[Restriction], zone: &Zone, at: Timestamp) -> bool {
    at_that_time(hours, zone, at).open
}

/// When the next of these hours begin.
pub(super) fn begin_after(hours: &[Restriction], zone: &Zone, at: Timestamp) -> Option<Timestamp> {
    let horizon = at.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
    changes(hours, zone, at)
        .take_while(|(change, _)| *change <= horizon)
        .find_map(|(change, open)| open.then_some(change))
}

/// Every moment of a range at which any of these hours begin or end.
pub(super) fn edges(hours: &[Restriction], zone: &Zone, (from, until): (Timestamp, Timestamp)) -> BTreeSet<Timestamp> {
    changes(hours, zone, from).map(|(change, _)| change).take_while(|change| *change < until).collect()
}

fn at_that_time(hours: &[Restriction], zone: &Zone, at: Timestamp) -> Admission {
    if hours.is_empty() {
        return Admission { open: false, until: Timestamp::MAX };
    }
    admission(hours, zone.rules(), at, zone.local(at).datetime())
}

/// The moments after `at` at which they begin, and then hold, or end.
fn changes(hours: &[Restriction], zone: &Zone, at: Timestamp) -> impl Iterator<Item = (Timestamp, bool)> {
    let mut now = at_that_time(hours, zone, at);
    iter::from_fn(move || {
        loop {
            let (before, change) = (now.open, now.until);
            if change == Timestamp::MAX {
                return None;
            }
            now = at_that_time(hours, zone, change);
            if now.open != before {
                return Some((change, now.open));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;
    use crate::schedule::Weekday;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Monday to Friday, nine to five.
    fn office() -> Vec<Restriction> {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        let on = |day| Restriction::Weekly {
            from_day: day,
            from: time(9, 0, 0, 0),
            until_day: day,
            until: time(17, 0, 0, 0),
        };
        [Monday, Tuesday, Wednesday, Thursday, Friday].map(on).into()
    }

    #[test]
    fn office_hours_and_when_they_begin() {
        let berlin = zone("Europe/Berlin");
        for (moment, inside, next) in [
            // Monday, 23 November 2026.
            ("2026-11-23T07:59:59Z", false, "2026-11-23T08:00:00Z"),
            ("2026-11-23T08:00:00Z", true, "2026-11-24T08:00:00Z"),
            ("2026-11-23T15:59:59Z", true, "2026-11-24T08:00:00Z"),
            ("2026-11-23T16:00:00Z", false, "2026-11-24T08:00:00Z"),
            // Friday evening, and Sunday.
            ("2026-11-27T20:00:00Z", false, "2026-11-30T08:00:00Z"),
            ("2026-11-29T12:00:00Z", false, "2026-11-30T08:00:00Z"),
            // Over the changes of the clocks nine is nine.
            ("2026-03-28T12:00:00Z", false, "2026-03-30T07:00:00Z"),
            ("2026-10-24T12:00:00Z", false, "2026-10-26T08:00:00Z"),
        ] {
            assert_eq!(admit(&office(), &berlin, at(moment)), inside, "{moment}");
            assert_eq!(begin_after(&office(), &berlin, at(moment)), Some(at(next)), "{moment}");
        }
    }

    #[test]
    fn nights_weekends_and_whole_weeks() {
        let utc = zone("UTC");
        let night = [Restriction::Daily { from: time(22, 0, 0, 0), until: time(6, 0, 0, 0) }];
        for (moment, inside) in [("21:59:59", false), ("22:00:00", true), ("05:59:59", true), ("06:00:00", false)] {
            assert_eq!(admit(&night, &utc, at(&format!("2026-11-23T{moment}Z"))), inside, "{moment}");
        }
        let weekend = [Restriction::Weekly {
            from_day: Weekday::Friday,
            from: time(17, 0, 0, 0),
            until_day: Weekday::Monday,
            until: time(9, 0, 0, 0),
        }];
        assert!(admit(&weekend, &utc, at("2026-11-23T08:59:59Z")), "it began last week");
        assert!(!admit(&weekend, &utc, at("2026-11-23T09:00:00Z")));
        assert_eq!(begin_after(&weekend, &utc, at("2026-11-23T09:00:00Z")), Some(at("2026-11-27T17:00:00Z")));
        let always = [Restriction::Daily { from: time(0, 0, 0, 0), until: time(0, 0, 0, 0) }];
        assert!(admit(&always, &utc, at("2026-11-23T00:00:00Z")));
        assert!(
            !admit(&[], &utc, at("2026-11-23T00:00:00Z"))
                && begin_after(&[], &utc, at("2026-11-23T00:00:00Z")).is_none()
        );
    }

    #[test]
    fn the_schedules_agree() {
        // The same question by the other road: a layer with these restrictions.
        let user = crate::id::UserId::new(uuid::Uuid::from_u128(1));
        for name in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"] {
            let layer = serde_json::json!({
                "name": "x", "start": "2020-01-06T00:00:00", "turn": {"weeks": 1}, "participants": [user],
                "restrictions": office(),
            });
            let schedule = serde_json::json!({
                "id": crate::id::ScheduleId::new(uuid::Uuid::from_u128(2)), "slug": "x", "name": "x",
                "time_zone": name, "layers": [layer],
            });
            let schedule: crate::schedule::Schedule = serde_json::from_value(schedule).unwrap();
            let mut moment = at("2026-01-01T00:00:00Z");
            while moment < at("2027-01-01T00:00:00Z") {
                let inside = !schedule.on_call(moment).is_empty();
                assert_eq!(admit(&office(), &zone(name), moment), inside, "{name} {moment}");
                if !inside {
                    assert_eq!(
                        begin_after(&office(), &zone(name), moment),
                        schedule.next_change(moment),
                        "{name} {moment}"
                    );
                }
                moment += jiff::SignedDuration::from_mins(1_003);
            }
        }
    }
}
