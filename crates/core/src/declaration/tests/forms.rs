//! The written forms of values, and what is said about mistakes in them.

use jiff::civil;
use serde_json::json;

use super::super::hours::Hours;
use super::super::text::{Moment, Text, Written};
use super::super::{Document, GroupingDocument, RungDocument};
use super::{parse, read};
use crate::schedule::{Restriction, Turn, Weekday};
use crate::wait::Wait;
use crate::zone::Zone;

#[test]
fn turns() {
    for (text, turn, written) in [
        ("weekly", Turn::Weeks(1), "weekly"),
        ("1w", Turn::Weeks(1), "weekly"),
        ("2w", Turn::Weeks(2), "2w"),
        ("daily", Turn::Days(1), "daily"),
        ("7d", Turn::Days(7), "7d"),
        ("12h", Turn::Hours(12), "12h"),
        (" hourly ", Turn::Hours(1), "1h"),
        ("monthly", Turn::Months(1), "monthly"),
        ("3mo", Turn::Months(3), "3mo"),
    ] {
        assert_eq!(Turn::read(text), Ok(turn.clone()), "{text}");
        assert_eq!(turn.write(), written);
    }
    for text in ["", "w", "yearly", "3m", "5", "5m", "-1w", "1.5d", "99999999999h", "2é"] {
        let refusal = Turn::read(text).unwrap_err();
        assert!(refusal.contains("write `weekly`"), "{text}: {refusal}");
    }
}

#[test]
fn wall_clock_times() {
    for (text, written) in [
        ("2026-01-05 09:00", "2026-01-05 09:00"),
        ("2026-01-05T09:00:00", "2026-01-05 09:00"),
        ("2026-01-05", "2026-01-05 00:00"),
        ("2026-01-05 09:00:30", "2026-01-05 09:00:30"),
        ("2026-01-05 09:00:00.5", "2026-01-05 09:00:00.5"),
    ] {
        let read = civil::DateTime::read(text).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(read.write(), written);
        assert_eq!(civil::DateTime::read(written), Ok(read));
    }
    for text in
        ["", "09:00", "2026-01-05 09:00Z", "2026-01-05T09:00+01:00", "2026-01-05 09:00[UTC]", "2026-02-30", "5.1.2026"]
    {
        let refusal = civil::DateTime::read(text).unwrap_err();
        assert!(refusal.contains("write it like `2026-01-05 09:00`"), "{text}: {refusal}");
    }
}

#[test]
fn moments() {
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    for (text, at, best) in [
        ("2026-12-24 18:00", "2026-12-24T17:00:00Z", "2026-12-24 18:00"),
        ("2026-12-24T12:00:00-05:00", "2026-12-24T17:00:00Z", "2026-12-24 18:00"),
        // The clocks show 02:30 twice on this night: the wall clock can only name the first.
        ("2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25 02:30"),
        ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
    ] {
        let moment = Moment::read(text).unwrap().in_zone(&berlin).unwrap();
        assert_eq!(moment, at.parse().unwrap(), "{text}");
        assert_eq!(Moment::of(moment, &berlin).write(), best);
        assert_eq!(Moment::read(best).unwrap().in_zone(&berlin), Some(moment));
    }
    for text in ["tomorrow", "2026-12-24T17:00:00+", "18:00"] {
        assert!(Moment::read(text).unwrap_err().contains("in the schedule's zone"), "{text}");
    }
}

#[test]
fn restrictions() {
    let weekly = |from_day, from: i8, until_day, until: i8| Restriction::Weekly {
        from_day,
        from: civil::time(from, 0, 0, 0),
        until_day,
        until: civil::time(until, 0, 0, 0),
    };
    let daily = |from: i8, until: i8| Restriction::Daily {
        from: civil::time(from, 0, 0, 0),
        until: civil::time(until, 0, 0, 0),
    };
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    for (fields, restrictions, written) in [
        (json!({"daily": "09:00-17:00"}), vec![daily(9, 17)], json!({"daily": "09:00-17:00"})),
        (json!({"daily": "22:00 – 6:00"}), vec![daily(22, 6)], json!({"daily": "22:00-06:00"})),
        (json!({"daily": "17:00-24:00"}), vec![daily(17, 0)], json!({"daily": "17:00-00:00"})),
        (
            json!({"daily": "09:00-17:00", "days": "mon-wed,FRIDAY"}),
            vec![
                weekly(Monday, 9, Monday, 17),
                weekly(Tuesday, 9, Tuesday, 17),
                weekly(Wednesday, 9, Wednesday, 17),
                weekly(Friday, 9, Friday, 17),
            ],
            json!({"daily": "09:00-17:00", "days": "Mon-Wed, Fri"}),
        ),
        (
            json!({"daily": "22:00-06:00", "days": "Sat-Sun"}),
            vec![weekly(Saturday, 22, Sunday, 6), weekly(Sunday, 22, Monday, 6)],
            json!({"daily": "22:00-06:00", "days": "Sat, Sun"}),
        ),
        (
            json!({"weekly": "Fri 17:00 - Mon 09:00"}),
            vec![weekly(Friday, 17, Monday, 9)],
            json!({"weekly": "Fri 17:00 - Mon 09:00"}),
        ),
        (
            json!({"weekly": "Thu 9:00-Sunday 24:00"}),
            vec![weekly(Thursday, 9, Monday, 0)],
            json!({"weekly": "Thu 09:00 - Mon 00:00"}),
        ),
    ] {
        let hours: Hours = serde_json::from_value(fields.clone()).unwrap_or_else(|error| panic!("{fields}: {error}"));
        assert_eq!(hours.restrictions(), restrictions, "{fields}");
        assert_eq!(json!(Hours::of(&restrictions)), json!([written]));
    }
}

#[test]
fn mistakes_in_restrictions() {
    for (fields, remedy) in [
        (json!({}), "either `daily`"),
        (json!({"daily": "09:00-17:00", "weekly": "Fri 17:00 - Mon 09:00"}), "either `daily`"),
        (json!({"daily": "9-17"}), "write it like `09:00-17:00`"),
        (json!({"daily": "24:00-06:00"}), "write it like `09:00-17:00`"),
        (json!({"daily": "09:00-25:00"}), "write it like `09:00-17:00`"),
        (json!({"daily": "09:00-17:00", "days": "weekdays"}), "write `Mon-Fri`"),
        (json!({"weekly": "Fri 17:00"}), "write it like `Fri 17:00 - Mon 09:00`"),
        (json!({"weekly": "Fri 17:00 - Mon 09:00", "days": "Mon"}), "`days` belongs to `daily`"),
        (json!({"hourly": "00-30"}), "unknown field `hourly`"),
    ] {
        let refusal = serde_json::from_value::<Hours>(fields.clone()).unwrap_err().to_string();
        assert!(refusal.contains(remedy), "{fields}: {refusal}");
    }
}

#[test]
fn short_forms() {
    let rungs: Vec<RungDocument> =
        serde_json::from_value(json!(["mail", {"contact": "mail"}, {"after": "5m", "contact": "phone"}])).unwrap();
    let rung = |after, contact: &str| RungDocument { after, contact: contact.into() };
    assert_eq!(rungs, [rung(Wait::NONE, "mail"), rung(Wait::NONE, "mail"), rung(Wait::minutes(5), "phone")]);
    for (value, remedy) in [
        (json!("service"), "`service` is not a grouping; use `alert`"),
        (json!({"by": "service"}), "needs a `window`"),
        (json!({"by": "service", "window": "5m", "labels": ["a"]}), "has no `labels`"),
        (json!({"by": "labels", "window": "5m"}), "needs `labels`"),
        (json!({"by": "alert", "window": "5m"}), "has no `labels` and no `window`"),
        (json!({"by": "text"}), "expected one of `alert`, `service`, `labels`"),
        (json!({"labels": ["a"]}), "missing field `by`"),
        (json!(5), "expected `alert`, or `by` and `window`"),
    ] {
        let refusal = serde_json::from_value::<GroupingDocument>(value.clone()).unwrap_err().to_string();
        assert!(refusal.contains(remedy), "{value}: {refusal}");
    }
}

#[test]
fn kind_may_stand_anywhere() {
    let first = read("kind: policy\nslug: p\nsteps: [{targets: [user: ana], wait: 5m}]");
    let last = read("slug: p\nsteps: [{targets: [user: ana], wait: 5m}]\nkind: policy");
    let json: Document = serde_json::from_value(serde_json::to_value(&first[0].content).unwrap()).unwrap();
    assert_eq!(first[0].content, last[0].content);
    assert_eq!(first[0].content, json);
}

#[test]
fn mistakes_are_reported_where_they_are() {
    for (yaml, place, message) in [
        ("kind: team\nslug: a\n---\nkind: team\nslug: b\ncolour: red\n", "line 6 column 1", "unknown field `colour`"),
        ("kind: service\nslug: a\ngrouping:\n  by: service\n", "line 4", "needs a `window`"),
        ("kind: service\nslug: a\nurgency: loud\n", "line 3 column 10", "unknown variant `loud`"),
        ("kind: schedule\nslug: a\ntime_zone: Berlin\n", "line 3 column 12", "use a name of the IANA database"),
        ("kind: policy\nslug: a\nsteps:\n  - targets: []\n    wait: 5\n", "line 5 column 11", "write it like `90s`"),
        (
            "kind: policy\nslug: a\nsteps:\n  - targets: [{group: x}]\n",
            "line 4",
            "unknown field `group`, expected one of user, schedule",
        ),
        (
            "kind: policy\nslug: a\nsteps:\n  - targets: [{user: x, team: y}]\n",
            "line 4",
            "a target is one of `user`, `schedule`",
        ),
        (
            "kind: policy\nslug: a\nsteps:\n  - targets: [{user: x, skill: y}]\n",
            "line 4",
            "`skill` belongs to a `team`",
        ),
        (
            "kind: policy\nslug: a\nsteps:\n  - {targets: [{user: x}], wait: 5m, only_if: {hours: [{daily: 9-5}]}}\n",
            "line 4",
            "write it like `09:00-17:00`",
        ),
        ("kind: servce\nslug: a\n", "line 1 column 7", "expected one of organisation, team"),
        ("slug: a\n", "line 1", "missing field `kind`"),
        ("kind: team\n", "line 1", "missing field `slug`"),
        ("- kind: team\n", "line 1", "expected mapping start"),
        (
            "kind: organisation\nmail: {host: h, sender: s, password: p}\n",
            "line 2 column 28",
            "unknown field `password`",
        ),
    ] {
        let error = parse("x.yaml", yaml).unwrap_err();
        assert!(error.contains(place) && error.contains(message), "{yaml}\n{error}");
    }
}

#[test]
fn the_key_is_not_shown_by_accident() {
    let document = read("kind: integration\nslug: a\nservice: b\nsource: generic\nkey: secret-of-the-old-pager\n");
    assert!(!format!("{document:?}").contains("secret"));
    let text = Text(Turn::Weeks(1));
    assert_eq!(json!(text), json!("weekly"));
}
