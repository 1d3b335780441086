//! Layers that count on holidays only, or on all other days.

use super::*;
use crate::schedule::{Holidays, OnHolidays};

fn on(of: &str, when: OnHolidays, also: &[&str]) -> Option<Holidays> {
    let also = also.iter().map(|date| date.parse().unwrap()).collect();
    Some(Holidays { of: of.parse().unwrap(), when, also })
}

fn told(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
    let shown = |at| schedule.time_zone.local(at).strftime("%a %m-%d %H:%M").to_string();
    let shifts = schedule.shifts(moment(from), moment(until));
    let line = |shift: &crate::schedule::Shift| {
        let index = match shift.people[0].why {
            crate::schedule::Cause::Layer(index) => index,
            crate::schedule::Cause::Override(_) => unreachable!("there are none"),
        };
        format!("{index} {} - {}", shown(shift.starts), shown(shift.ends))
    };
    shifts.iter().map(line).collect()
}

#[test]
fn one_layer_takes_the_holidays_that_another_leaves_out() {
    let mut weekdays = layer("2026-01-05T09:00", Turn::Weeks(1), "ann");
    weekdays.holidays = on("DE-BY", OnHolidays::Except, &[]);
    let mut holidays = layer("2026-01-05T09:00", Turn::Weeks(1), "ben");
    holidays.holidays = on("DE-BY", OnHolidays::Only, &[]);
    let both = schedule("Europe/Berlin", &[weekdays.clone(), holidays]);
    // Christmas on Friday and Saturday; New Year's Day on Friday.
    let seen = told(&both, "2026-12-24T11:00:00Z", "2027-01-02T11:00:00Z");
    assert_eq!(
        seen,
        [
            "0 Thu 12-24 12:00 - Fri 12-25 00:00",
            "1 Fri 12-25 00:00 - Sun 12-27 00:00",
            "0 Sun 12-27 00:00 - Fri 01-01 00:00",
            "1 Fri 01-01 00:00 - Sat 01-02 00:00",
            "0 Sat 01-02 00:00 - Sat 01-02 12:00",
        ]
    );
    let alone = schedule("Europe/Berlin", &[weekdays]);
    let gaps = alone.gaps(moment("2026-12-24T11:00:00Z"), moment("2026-12-29T11:00:00Z"));
    assert_eq!(gaps.len(), 1);
    assert_eq!(gaps[0].starts, moment("2026-12-24T23:00:00Z"));
    assert_eq!(alone.on_call(moment("2026-12-24T22:59:59Z")).len(), 1);
    assert_eq!(alone.on_call(moment("2026-12-24T23:00:00Z")).len(), 0);
}

#[test]
fn days_are_those_of_the_layers_own_zone_and_of_the_company() {
    let mut one = layer("2026-01-05T09:00", Turn::Weeks(1), "ann");
    one.time_zone = Some(zone("Asia/Tokyo"));
    one.holidays = on("JP", OnHolidays::Only, &["2026-12-30", "2026-12-31"]);
    let seen = told(&schedule("UTC", &[one]), "2026-12-20T00:00:00Z", "2027-01-10T00:00:00Z");
    assert_eq!(seen, ["0 Tue 12-29 15:00 - Fri 01-01 15:00"]);
}

#[test]
fn hours_and_days_must_both_admit_a_moment() {
    let mut one = layer("2026-01-05T09:00", Turn::Weeks(1), "ann");
    one.holidays = on("DE", OnHolidays::Only, &[]);
    one.restrictions = vec![daily("22:00", "06:00")];
    let seen = told(&schedule("Europe/Berlin", &[one]), "2026-12-24T00:00:00Z", "2026-12-29T00:00:00Z");
    assert_eq!(
        seen,
        [
            "0 Fri 12-25 00:00 - Fri 12-25 06:00",
            "0 Fri 12-25 22:00 - Sat 12-26 06:00",
            "0 Sat 12-26 22:00 - Sun 12-27 00:00"
        ]
    );
}

#[test]
fn a_day_begins_with_its_first_clock_time_where_clocks_change_at_midnight() {
    // On the Azores the clocks go back from 01:00 to 00:00 on 25 October 2026, and in Beirut forward from 00:00 to
    // 01:00 on 29 March 2026.
    for (place, day, from, until, hours) in [
        ("Atlantic/Azores", "2026-10-25", "2026-10-23T00:00:00Z", "2026-10-28T00:00:00Z", 25),
        ("Asia/Beirut", "2026-03-29", "2026-03-27T00:00:00Z", "2026-04-01T00:00:00Z", 23),
    ] {
        let mut one = layer("2026-01-05T09:00", Turn::Weeks(1), "ann");
        one.holidays = on("DE", OnHolidays::Only, &[day]);
        let shifts = schedule(place, &[one]).shifts(moment(from), moment(until));
        assert_eq!(shifts.len(), 1, "{place}");
        assert_eq!(shifts[0].ends.duration_since(shifts[0].starts).as_hours(), hours, "{place}");
    }
}

/// The answer at a moment and the shifts of a range say the same, at every hour of a year.
#[test]
fn moments_and_ranges_agree() {
    for place in ["Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia"] {
        let mut one = layer("2024-01-01T09:00", Turn::Days(1), "ann ben");
        one.holidays = on("DE-BY", OnHolidays::Except, &["2026-12-24"]);
        let schedule = schedule(place, &[one]);
        let (from, until) = (moment("2026-01-01T00:00:00Z"), moment("2027-01-01T00:00:00Z"));
        let shifts = schedule.shifts(from, until);
        let mut at = from;
        while at < until {
            let by_range = shifts.iter().find(|shift| shift.starts <= at && at < shift.ends);
            let by_range: Vec<_> = by_range.into_iter().flat_map(crate::schedule::Shift::users).collect();
            assert_eq!(schedule.on_call(at), by_range, "{place} {at}");
            at += jiff::SignedDuration::from_mins(60);
        }
    }
}
