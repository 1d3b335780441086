//! Turns of months, and shifts that begin by a recurrence rule.

use super::*;
use crate::limits;
use crate::schedule::Recurrence;
use crate::wait::Wait;

fn recurring(rule: &str, lasts: Option<Wait>) -> Turn {
    let (except, also) = (Vec::new(), Vec::new());
    Turn::Recurring(Box::new(Recurrence { rule: rule.parse().unwrap(), lasts, except, also }))
}

#[test]
fn months_hand_off_on_the_same_day_or_on_the_last_one() {
    let monthly = schedule("Europe/Berlin", &[layer("2023-10-31T09:00", Turn::Months(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&monthly, "2023-10-31T09:00", "2024-06-01T09:00"), @r#"
    Tue 31 Oct 09:00 +01:00 until Thu 30 Nov 09:00 +01:00 720h00m ann by layer 0
    Thu 30 Nov 09:00 +01:00 until Sun 31 Dec 09:00 +01:00 744h00m ben by layer 0
    Sun 31 Dec 09:00 +01:00 until Wed 31 Jan 09:00 +01:00 744h00m cat by layer 0
    Wed 31 Jan 09:00 +01:00 until Thu 29 Feb 09:00 +01:00 696h00m ann by layer 0
    Thu 29 Feb 09:00 +01:00 until Sun 31 Mar 09:00 +02:00 743h00m ben by layer 0
    Sun 31 Mar 09:00 +02:00 until Tue 30 Apr 09:00 +02:00 720h00m cat by layer 0
    Tue 30 Apr 09:00 +02:00 until Fri 31 May 09:00 +02:00 744h00m ann by layer 0
    Fri 31 May 09:00 +02:00 until Sat 01 Jun 09:00 +02:00  24h00m ben by layer 0
    "#);
    // A handoff at half past two, which is skipped on the last Sunday of March.
    let skipped = schedule("Europe/Berlin", &[layer("2025-12-29T02:30", Turn::Months(3), "ann ben")]);
    assert_snapshot!(drawn_final(&skipped, "2026-03-01T00:00", "2026-07-01T00:00"), @r#"
    Sun 01 Mar 00:00 +01:00 until Sun 29 Mar 03:30 +02:00 674h30m ann by layer 0
    Sun 29 Mar 03:30 +02:00 until Mon 29 Jun 02:30 +02:00 2207h00m ben by layer 0
    Mon 29 Jun 02:30 +02:00 until Wed 01 Jul 00:00 +02:00  45h30m ann by layer 0
    "#);
    // A century and more on, found without counting.
    let long_ago = schedule("UTC", &[layer("1900-01-31T00:00", Turn::Months(1), "ann ben cat dan eve")]);
    assert_eq!(names(&long_ago.on_call(moment("2026-02-28T00:00Z"))), ["dan"], "1513 turns later");
    assert_eq!(names(&long_ago.on_call(moment("2026-02-27T23:59:59Z"))), ["cat"]);
}

#[test]
fn a_rule_begins_shifts_over_both_changes_of_the_clocks() {
    let weekends = recurring("FREQ=WEEKLY;BYDAY=SA,SU", Some(Wait::hours(12)));
    let rule = schedule("Europe/Berlin", &[layer("2026-01-03T20:00", weekends, "ann ben cat")]);
    assert_snapshot!(drawn_final(&rule, "2026-03-28T00:00", "2026-03-31T00:00"), @r#"
    Sat 28 Mar 00:00 +01:00 until Sat 28 Mar 20:00 +01:00  20h00m nobody
    Sat 28 Mar 20:00 +01:00 until Sun 29 Mar 08:00 +02:00  11h00m ann by layer 0
    Sun 29 Mar 08:00 +02:00 until Sun 29 Mar 20:00 +02:00  12h00m nobody
    Sun 29 Mar 20:00 +02:00 until Mon 30 Mar 08:00 +02:00  12h00m ben by layer 0
    Mon 30 Mar 08:00 +02:00 until Tue 31 Mar 00:00 +02:00  16h00m nobody
    "#);
    assert_snapshot!(drawn_final(&rule, "2026-10-24T12:00", "2026-10-26T12:00"), @r#"
    Sat 24 Oct 12:00 +02:00 until Sat 24 Oct 20:00 +02:00   8h00m nobody
    Sat 24 Oct 20:00 +02:00 until Sun 25 Oct 08:00 +01:00  13h00m ann by layer 0
    Sun 25 Oct 08:00 +01:00 until Sun 25 Oct 20:00 +01:00  12h00m nobody
    Sun 25 Oct 20:00 +01:00 until Mon 26 Oct 08:00 +01:00  12h00m ben by layer 0
    Mon 26 Oct 08:00 +01:00 until Mon 26 Oct 12:00 +01:00   4h00m nobody
    "#);
}

#[test]
fn a_shift_that_begins_before_one_that_the_rule_names_earlier() {
    // Kwajalein left out the whole of 21 August 1993: what the rule names then begins a day later, at 01:00, and
    // midnight of the 22nd comes before it.
    let rule = recurring("FREQ=DAILY;BYHOUR=0,1;BYMINUTE=0", None);
    let rule = schedule("Pacific/Kwajalein", &[layer("1993-08-21T00:45", rule, "ann")]);
    let shifts = rule.shifts(moment("1993-08-16T12:00Z"), moment("1993-08-26T12:00Z"));
    assert_eq!(shifts[0].starts, moment("1993-08-21T12:00Z"));
    assert_eq!(names(&rule.on_call(moment("1993-08-21T12:00Z"))), ["ann"]);
    assert_eq!(rule.on_call(moment("1993-08-21T11:59:59Z")), []);
}

#[test]
fn half_hours_by_rule_on_the_nights_on_which_the_clocks_change() {
    let half_hours = recurring("FREQ=MINUTELY;INTERVAL=30", None);
    let rule = schedule("Europe/Berlin", &[layer("2026-03-01T00:00", half_hours, "ann ben cat dan")]);
    // 02:00 and 02:30 are 03:00 and 03:30: their turns would begin together with those an hour later or after them, and
    // are left out. The turns go on: 03:00 is what it would be on any other night.
    assert_snapshot!(drawn_final(&rule, "2026-03-29T01:00", "2026-03-29T04:30"), @r#"
    Sun 29 Mar 01:00 +01:00 until Sun 29 Mar 01:30 +01:00   0h30m cat by layer 0
    Sun 29 Mar 01:30 +01:00 until Sun 29 Mar 03:00 +02:00   0h30m dan by layer 0
    Sun 29 Mar 03:00 +02:00 until Sun 29 Mar 03:30 +02:00   0h30m cat by layer 0
    Sun 29 Mar 03:30 +02:00 until Sun 29 Mar 04:00 +02:00   0h30m dan by layer 0
    Sun 29 Mar 04:00 +02:00 until Sun 29 Mar 04:30 +02:00   0h30m ann by layer 0
    "#);
    // Each begins the first time that the clocks show it, so the one at 02:30 lasts through the hour that comes again.
    assert_snapshot!(drawn_final(&rule, "2026-10-25T01:30", "2026-10-25T03:30"), @r#"
    Sun 25 Oct 01:30 +02:00 until Sun 25 Oct 02:00 +02:00   0h30m dan by layer 0
    Sun 25 Oct 02:00 +02:00 until Sun 25 Oct 02:30 +02:00   0h30m ann by layer 0
    Sun 25 Oct 02:30 +02:00 until Sun 25 Oct 03:00 +01:00   1h30m ben by layer 0
    Sun 25 Oct 03:00 +01:00 until Sun 25 Oct 03:30 +01:00   0h30m cat by layer 0
    "#);
}

#[test]
fn dates_that_are_left_out_and_dates_on_top() {
    let mut fridays = Recurrence {
        rule: "FREQ=WEEKLY;BYDAY=FR;COUNT=4".parse().unwrap(),
        lasts: Some(Wait::hours(48)),
        except: vec!["2026-12-25T18:00".parse().unwrap()],
        also: vec!["2026-12-20T06:00".parse().unwrap()],
    };
    let rule = |recurrence: &Recurrence| {
        let turn = Turn::Recurring(Box::new(recurrence.clone()));
        schedule("UTC", &[layer("2026-12-11T18:00", turn, "ann ben cat")])
    };
    assert_snapshot!(drawn_final(&rule(&fridays), "2026-12-11T18:00", "2027-01-09T00:00"), @r#"
    Fri 11 Dec 18:00 +00:00 until Sun 13 Dec 18:00 +00:00  48h00m ann by layer 0
    Sun 13 Dec 18:00 +00:00 until Fri 18 Dec 18:00 +00:00 120h00m nobody
    Fri 18 Dec 18:00 +00:00 until Sun 20 Dec 06:00 +00:00  36h00m ben by layer 0
    Sun 20 Dec 06:00 +00:00 until Tue 22 Dec 06:00 +00:00  48h00m cat by layer 0
    Tue 22 Dec 06:00 +00:00 until Fri 01 Jan 18:00 +00:00 252h00m nobody
    Fri 01 Jan 18:00 +00:00 until Sun 03 Jan 18:00 +00:00  48h00m ann by layer 0
    Sun 03 Jan 18:00 +00:00 until Sat 09 Jan 00:00 +00:00 126h00m nobody
    "#);
    // Without a length each lasts until the next one, and the last one for ever.
    fridays.lasts = None;
    assert_eq!(names(&rule(&fridays).on_call(moment("2026-12-31T00:00Z"))), ["cat"]);
    assert_eq!(names(&rule(&fridays).on_call(moment("2046-12-31T00:00Z"))), ["ann"]);
    assert_eq!(rule(&fridays).next_change(moment("2027-01-02T00:00Z")), None);
}

#[test]
fn rules_that_make_no_rota_are_refused() {
    let check = |recurrence: &Recurrence| recurrence.check("2026-01-05T09:00".parse().unwrap());
    let plain = |rule: &str| {
        let (except, also) = (Vec::new(), Vec::new());
        Recurrence { rule: rule.parse().unwrap(), lasts: None, except, also }
    };
    let refused = |recurrence: &Recurrence, says: &str| {
        let refusal = check(recurrence).unwrap_err();
        assert!(refusal.contains(says), "`{says}` is not in `{refusal}`");
    };
    refused(&plain("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "never begins a shift");
    refused(&plain("FREQ=DAILY;UNTIL=20250101"), "never begins a shift");
    refused(&Recurrence { lasts: Some(Wait::NONE), ..plain("FREQ=DAILY") }, "`lasts` is no time");
    // beyond: RULE_SHIFTS_PER_DAY, RULE_DATES
    assert_eq!(check(&plain("FREQ=MINUTELY;INTERVAL=30")), Ok(()));
    refused(&plain("FREQ=MINUTELY;INTERVAL=29"), "more than 48 shifts within 24 hours");
    refused(&plain("FREQ=WEEKLY;BYHOUR=9;BYSECOND=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4"), "more than 48 shifts");
    let day = |number: usize| {
        "2027-01-01T00:00".parse::<civil::DateTime>().unwrap() + jiff::SignedDuration::from_hours(number as i64)
    };
    let dates = |count: usize| (0..count).map(day).collect::<Vec<_>>();
    assert_eq!(check(&Recurrence { except: dates(limits::RULE_DATES), ..plain("FREQ=DAILY") }), Ok(()));
    refused(&Recurrence { except: dates(limits::RULE_DATES + 1), ..plain("FREQ=DAILY") }, "`except` has 401 dates");
    refused(&Recurrence { also: dates(limits::RULE_DATES + 1), ..plain("FREQ=DAILY") }, "`also` has 401 dates");
}
