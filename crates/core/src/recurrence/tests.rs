//! The examples of RFC 5545 §3.8.5.3, what is refused, and the promises between the questions.

use jiff::civil::DateTime;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Rule, Set};
use crate::zone::Zone;

fn zone() -> Zone {
    "America/New_York".parse().unwrap()
}

fn time(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn rule(text: &str) -> Rule {
    text.parse().unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

/// The first occurrences, as `1997-09-02 09:00`, months and years only where they change.
fn first(start: &str, text: &str, count: usize) -> String {
    let rule = rule(text);
    let mut shown = String::new();
    let mut before: Option<DateTime> = None;
    for at in rule.from(time(start), &zone()).since(time(start)).take(count) {
        if before.is_none_or(|before| (before.year(), before.month()) != (at.year(), at.month())) {
            shown += &format!("{}{}", if shown.is_empty() { "" } else { " | " }, at.strftime("%Y-%m:"));
        }
        shown += &at.strftime(if at.time() == time(start).time() { " %d" } else { " %d/%H:%M" }).to_string();
        before = Some(at);
    }
    shown
}

/// The examples of RFC 5545 §3.8.5.3, in its order; those without an end as far as it goes.
const EXAMPLES: &[(&str, &str, usize, &str)] = &[
    ("1997-09-02T09:00", "FREQ=DAILY;COUNT=10", 99, "1997-09: 02 03 04 05 06 07 08 09 10 11"),
    ("1997-12-20T09:00", "FREQ=DAILY;UNTIL=19971224T000000Z", 99, "1997-12: 20 21 22 23"),
    ("1997-09-02T09:00", "FREQ=DAILY;INTERVAL=2", 6, "1997-09: 02 04 06 08 10 12"),
    ("1997-09-02T09:00", "FREQ=DAILY;INTERVAL=10;COUNT=5", 99, "1997-09: 02 12 22 | 1997-10: 02 12"),
    (
        "1998-01-30T09:00",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        5,
        "1998-01: 30 31 | 1999-01: 01 02 03",
    ),
    ("1998-01-30T09:00", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", 5, "1998-01: 30 31 | 1999-01: 01 02 03"),
    ("1997-09-02T09:00", "FREQ=WEEKLY;COUNT=10", 99, "1997-09: 02 09 16 23 30 | 1997-10: 07 14 21 28 | 1997-11: 04"),
    (
        "1997-10-21T09:00",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        99,
        "1997-10: 21 28 | 1997-11: 04 11 18 25 | 1997-12: 02 09 16 23",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        11,
        "1997-09: 02 16 30 | 1997-10: 14 28 | 1997-11: 11 25 | 1997-12: 09 23 | 1998-01: 06 20",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        99,
        "1997-09: 02 04 09 11 16 18 23 25 30 | 1997-10: 02",
    ),
    (
        "1997-09-01T09:00",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        99,
        "1997-09: 01 03 05 15 17 19 29 | 1997-10: 01 03 13 15 17 27 29 31 | 1997-11: 10 12 14 24 26 28 | \
         1997-12: 08 10 12 22",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        99,
        "1997-09: 02 04 16 18 30 | 1997-10: 02 14 16",
    ),
    (
        "1997-09-05T09:00",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        99,
        "1997-09: 05 | 1997-10: 03 | 1997-11: 07 | 1997-12: 05 | 1998-01: 02 | 1998-02: 06 | 1998-03: 06 | 1998-04: 03 \
         | 1998-05: 01 | 1998-06: 05",
    ),
    (
        "1997-09-05T09:00",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        99,
        "1997-09: 05 | 1997-10: 03 | 1997-11: 07 | 1997-12: 05",
    ),
    (
        "1997-09-07T09:00",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        99,
        "1997-09: 07 28 | 1997-11: 02 30 | 1998-01: 04 25 | 1998-03: 01 29 | 1998-05: 03 31",
    ),
    (
        "1997-09-22T09:00",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        99,
        "1997-09: 22 | 1997-10: 20 | 1997-11: 17 | 1997-12: 22 | 1998-01: 19 | 1998-02: 16",
    ),
    (
        "1997-09-28T09:00",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        6,
        "1997-09: 28 | 1997-10: 29 | 1997-11: 28 | 1997-12: 29 | 1998-01: 29 | 1998-02: 26",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        99,
        "1997-09: 02 15 | 1997-10: 02 15 | 1997-11: 02 15 | 1997-12: 02 15 | 1998-01: 02 15",
    ),
    (
        "1997-09-30T09:00",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        99,
        "1997-09: 30 | 1997-10: 01 31 | 1997-11: 01 30 | 1997-12: 01 31 | 1998-01: 01 31 | 1998-02: 01",
    ),
    (
        "1997-09-10T09:00",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        99,
        "1997-09: 10 11 12 13 14 15 | 1999-03: 10 11 12 13",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        18,
        "1997-09: 02 09 16 23 30 | 1997-11: 04 11 18 25 | 1998-01: 06 13 20 27 | 1998-03: 03 10 17 24 31",
    ),
    (
        "1997-06-10T09:00",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        99,
        "1997-06: 10 | 1997-07: 10 | 1998-06: 10 | 1998-07: 10 | 1999-06: 10 | 1999-07: 10 | 2000-06: 10 | 2000-07: 10 \
         | 2001-06: 10 | 2001-07: 10",
    ),
    (
        "1997-03-10T09:00",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        99,
        "1997-03: 10 | 1999-01: 10 | 1999-02: 10 | 1999-03: 10 | 2001-01: 10 | 2001-02: 10 | 2001-03: 10 | 2003-01: 10 \
         | 2003-02: 10 | 2003-03: 10",
    ),
    (
        "1997-01-01T09:00",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        99,
        "1997-01: 01 | 1997-04: 10 | 1997-07: 19 | 2000-01: 01 | 2000-04: 09 | 2000-07: 18 | 2003-01: 01 | 2003-04: 10 \
         | 2003-07: 19 | 2006-01: 01",
    ),
    ("1997-05-19T09:00", "FREQ=YEARLY;BYDAY=20MO", 3, "1997-05: 19 | 1998-05: 18 | 1999-05: 17"),
    ("1997-05-12T09:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", 3, "1997-05: 12 | 1998-05: 11 | 1999-05: 17"),
    (
        "1997-03-13T09:00",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        11,
        "1997-03: 13 20 27 | 1998-03: 05 12 19 26 | 1999-03: 04 11 18 25",
    ),
    (
        "1997-06-05T09:00",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        13,
        "1997-06: 05 12 19 26 | 1997-07: 03 10 17 24 31 | 1997-08: 07 14 21 28",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        5,
        "1998-02: 13 | 1998-03: 13 | 1998-11: 13 | 1999-08: 13 | 2000-10: 13",
    ),
    (
        "1997-09-13T09:00",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        10,
        "1997-09: 13 | 1997-10: 11 | 1997-11: 08 | 1997-12: 13 | 1998-01: 10 | 1998-02: 07 | 1998-03: 07 | 1998-04: 11 \
         | 1998-05: 09 | 1998-06: 13",
    ),
    (
        "1996-11-05T09:00",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        3,
        "1996-11: 05 | 2000-11: 07 | 2004-11: 02",
    ),
    (
        "1997-09-04T09:00",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        9,
        "1997-09: 04 | 1997-10: 07 | 1997-11: 06",
    ),
    (
        "1997-09-29T09:00",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        7,
        "1997-09: 29 | 1997-10: 30 | 1997-11: 27 | 1997-12: 30 | 1998-01: 29 | 1998-02: 26 | 1998-03: 30",
    ),
    ("1997-09-02T09:00", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", 9, "1997-09: 02 02/12:00 02/15:00"),
    (
        "1997-09-02T09:00",
        "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        9,
        "1997-09: 02 02/09:15 02/09:30 02/09:45 02/10:00 02/10:15",
    ),
    ("1997-09-02T09:00", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", 9, "1997-09: 02 02/10:30 02/12:00 02/13:30"),
    (
        "1997-09-02T09:00",
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        5,
        "1997-09: 02 02/09:20 02/09:40 02/10:00 02/10:20",
    ),
    (
        "1997-09-02T09:00",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
        5,
        "1997-09: 02 02/09:20 02/09:40 02/10:00 02/10:20",
    ),
    ("1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", 9, "1997-08: 05 10 19 24"),
    ("1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", 9, "1997-08: 05 17 19 31"),
    // Not of the standard: the days of week 53, in both of the years in which they lie.
    (
        "2024-08-26T09:00",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA,TH,SU",
        9,
        "2026-12: 31 | 2027-01: 02 03 | 2032-12: 30 | 2033-01: 01 02 | 2037-12: 31 | 2038-01: 02 03",
    ),
    ("2007-01-15T09:00", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", 9, "2007-01: 15 30 | 2007-02: 15 | 2007-03: 15 30"),
];

#[test]
fn the_examples_of_the_standard() {
    for (start, text, count, expected) in EXAMPLES {
        assert_eq!(first(start, text, *count), *expected, "{text} from {start}");
    }
}

#[test]
fn what_is_left_out_and_what_comes_on_top() {
    let rule = rule("FREQ=DAILY;COUNT=5");
    let start = time("1997-09-02T09:00");
    let (gone, more) = (["1997-09-04T09:00", "1997-09-30T09:00"], ["1997-09-03T12:00", "1997-09-05T09:00"]);
    let set = Set::new(rule.from(start, &zone()), &gone.map(time), &more.map(time));
    let all: Vec<String> = set.since(start).map(|at| at.strftime("%d/%H").to_string()).collect();
    assert_eq!(all, ["02/09", "03/09", "03/12", "05/09", "06/09"]);
    assert_eq!(set.before(time("1997-09-05T09:00")), 3);
    assert_eq!(set.last_before(time("1997-09-05T09:00")), Some(time("1997-09-03T12:00")));
    assert_eq!(set.last_before(start), None);
}

#[test]
fn bad_rules_are_refused_with_the_part_that_is_wrong() {
    for (text, says) in [
        ("", "needs `FREQ`"),
        ("BYDAY=MO", "needs `FREQ`"),
        ("FREQ=FORTNIGHTLY", "use one of YEARLY"),
        ("FREQ=WEEKLY;BYDAY=XX", "`XX` in `BYDAY`"),
        ("FREQ=WEEKLY;BYDAY=é", "in `BYDAY`"),
        ("FREQ=MONTHLY;BYDAY=54MO", "`54MO` in `BYDAY`"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "from 1 to 31 or -31 to -1"),
        ("FREQ=DAILY;BYHOUR=24", "from 0 to 23"),
        ("FREQ=DAILY;INTERVAL=0", "`INTERVAL=0` is not a number from 1"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20261231", "give one of them"),
        ("FREQ=DAILY;UNTIL=soon", "`UNTIL=SOON`"),
        ("FREQ=DAILY;UNTIL=20260230", "`UNTIL=20260230`"),
        ("FREQ=DAILY;FREQ=DAILY", "given twice"),
        ("FREQ=DAILY;LUNCH=12", "`LUNCH` is not a part"),
        ("FREQ=DAILY;DAILY", "`DAILY` is not a part"),
        ("FREQ=WEEKLY;BYDAY=1MO", "use `FREQ=MONTHLY`"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "use `FREQ=YEARLY`"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "days of a month"),
        ("FREQ=DAILY;BYYEARDAY=3", "days of a year"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "leave the numbers out"),
        ("FREQ=DAILY;BYSETPOS=1", "add one"),
        ("FREQ=DAILY;WKST=XX", "`WKST=XX`"),
    ] {
        let refusal = text.parse::<Rule>().unwrap_err();
        assert!(refusal.contains(says), "`{text}`: `{says}` is not in `{refusal}`");
    }
    assert!("X".repeat(3_000).parse::<Rule>().unwrap_err().contains("at most"));
    // beyond: RULE_INTERVAL, RULE_COUNT
    let at_most = |text: &str, limit: u32| {
        assert!(format!("{text}{limit}").parse::<Rule>().is_ok());
        assert!(format!("{text}{}", limit + 1).parse::<Rule>().unwrap_err().contains("is not a number from 1"));
    };
    at_most("FREQ=DAILY;INTERVAL=", crate::limits::RULE_INTERVAL);
    at_most("FREQ=DAILY;COUNT=", crate::limits::RULE_COUNT);
}

#[test]
fn rules_without_any_occurrence_come_to_an_end() {
    let start = time("2026-01-01T00:00");
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
        "FREQ=SECONDLY;BYHOUR=9;BYSETPOS=2",
        "FREQ=WEEKLY;INTERVAL=10000;BYMONTH=1;BYDAY=MO;UNTIL=20260101T000000Z",
    ] {
        let rule = rule(text);
        let all = rule.from(start, &zone());
        assert_eq!((all.since(start).next(), all.last_before(time("2030-01-01T00:00"))), (None, None), "{text}");
    }
}

#[test]
fn long_ago_is_as_near_as_yesterday() {
    let at = time("2026-11-24T12:00");
    for (start, text, number, last) in [
        ("1926-01-04T09:00", "FREQ=WEEKLY;BYDAY=MO,TH", 10_529, "2026-11-23T09:00"),
        ("1926-01-01T00:00", "FREQ=SECONDLY;INTERVAL=7200", 442_230, "2026-11-24T10:00"),
        ("1926-01-01T09:00", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", 26_323, "2026-11-24T09:00"),
        ("1926-01-31T09:00", "FREQ=MONTHLY;BYMONTHDAY=-1", 1_210, "2026-10-31T09:00"),
        ("1926-01-31T09:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 1_209, "2026-10-30T09:00"),
        ("1928-02-29T09:00", "FREQ=YEARLY", 25, "2024-02-29T09:00"),
    ] {
        let rule = rule(text);
        let all = rule.from(time(start), &zone());
        assert_eq!((all.before(at), all.last_before(at)), (number, Some(time(last))), "{text}");
    }
}

/// Rules of all kinds that the standard allows, as text.
fn rules() -> impl Strategy<Value = String> {
    let frequency = select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]);
    let some = |all: Vec<&'static str>, most: usize| {
        proptest::option::weighted(0.3, subsequence(all, 1..=most).prop_map(|chosen| chosen.join(",")))
    };
    let days = (some(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 4), some(vec!["1MO", "-1FR", "3SU", "5TU"], 2));
    let dates = (
        some(vec!["1", "2", "6", "9", "12"], 3),
        some(vec!["1", "20", "53", "-1"], 2),
        some(vec!["1", "60", "200", "366", "-1"], 2),
        some(vec!["1", "13", "29", "31", "-1", "-30"], 3),
    );
    let times = (some(vec!["0", "9", "17"], 2), some(vec!["0", "15", "59"], 2), some(vec!["0", "30"], 2));
    let others = (some(vec!["1", "2", "3", "-1", "-2"], 2), select(vec!["MO", "SU", "TH"]), 1..=5u32);
    (frequency, days, dates, times, others, proptest::option::weighted(0.3, 1..30u32)).prop_map(
        |(
            frequency,
            (plain, numbered),
            (months, weeks, year_days, month_days),
            (hours, minutes, seconds),
            rest,
            count,
        )| {
            let (positions, week_start, interval) = rest;
            let mut text = format!("FREQ={frequency};INTERVAL={interval};WKST={week_start}");
            let mut add = |name: &str, value: Option<String>| {
                if let Some(value) = value {
                    text += &format!(";{name}={value}");
                }
            };
            let (yearly, coarse) = (frequency == "YEARLY", matches!(frequency, "YEARLY" | "MONTHLY"));
            let weeks = weeks.filter(|_| yearly);
            let days = plain.or(numbered.filter(|_| coarse && weeks.is_none()));
            let year_days = year_days.filter(|_| yearly || matches!(frequency, "HOURLY" | "MINUTELY" | "SECONDLY"));
            let month_days = month_days.filter(|_| frequency != "WEEKLY");
            let positions = positions.filter(|_| days.is_some() || hours.is_some() || months.is_some());
            add("BYMONTH", months);
            add("BYWEEKNO", weeks);
            add("BYYEARDAY", year_days);
            add("BYMONTHDAY", month_days);
            add("BYDAY", days);
            add("BYHOUR", hours);
            add("BYMINUTE", minutes);
            add("BYSECOND", seconds);
            add("BYSETPOS", positions);
            add("COUNT", count.map(|count| count.to_string()));
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is found by arithmetic is what is found by going through all occurrences from the start.
    #[test]
    fn all_questions_agree(text in rules(), days in 0..1_500i64, seconds in 0..86_400i64, later in 0..6_000_000i64) {
        let rule = rule(&text);
        let later = if ["MINUTELY", "SECONDLY"].iter().any(|fine| text.contains(fine)) { later / 60 } else { later };
        let start = time("2026-01-01T00:00") + jiff::SignedDuration::from_secs(days * 86_400 + seconds);
        let at = start + jiff::SignedDuration::from_secs(later);
        let all = rule.from(start, &zone());
        // Secondly rules have too many to go through them all.
        let earlier: Vec<DateTime> = all.since(start).take_while(|one| *one < at).take(1_000).collect();
        prop_assume!(earlier.len() < 1_000);
        prop_assert!(earlier.windows(2).all(|pair| pair[0] < pair[1]), "in order: {text}");
        prop_assert_eq!(all.before(at), earlier.len() as u64, "before {} of {} from {}", at, &text, start);
        prop_assert_eq!(all.last_before(at), earlier.last().copied(), "last before {} of {} from {}", at, &text, start);
        let through = all.since(start).nth(earlier.len());
        prop_assert_eq!(all.since(at).next(), through, "since {} of {} from {}", at, &text, start);
    }

    #[test]
    fn rules_are_written_as_they_are_read(text in rules()) {
        let rule = rule(&text);
        prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule.clone()));
        let json = serde_json::to_string(&rule).unwrap();
        prop_assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule);
    }
}
