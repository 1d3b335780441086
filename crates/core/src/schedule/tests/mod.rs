//! The rules of the schedule as tables: what the page shows is what is asserted here.

mod holidays;
mod people;
mod turns;

use insta::assert_snapshot;
use jiff::{Timestamp, civil};
use uuid::Uuid;

use super::{Cause, Crew, Duty, Gap, HORIZON, Layer, Override, Restriction, Schedule, Shift, Turn, Weekday};
use crate::id::{OverrideId, ScheduleId, UserId};
use crate::zone::Zone;

const NAMES: [&str; 6] = ["ann", "ben", "cat", "dan", "eve", "fay"];

fn user(name: &str) -> UserId {
    let number = NAMES.iter().position(|known| *known == name).unwrap();
    UserId::new(Uuid::from_u128(number as u128))
}

fn name(user: UserId) -> &'static str {
    NAMES[user.uuid().as_u128() as usize]
}

fn names(users: &[UserId]) -> Vec<&'static str> {
    users.iter().map(|user| name(*user)).collect()
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn time(text: &str) -> civil::Time {
    text.parse().unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(time_zone: &str, layers: &[Layer]) -> Schedule {
    Schedule {
        id: ScheduleId::new(Uuid::nil()),
        slug: "checkout".into(),
        name: "Checkout".into(),
        team: None,
        time_zone: zone(time_zone),
        layers: layers.to_vec(),
        overrides: Vec::new(),
        silent_handovers: false,
    }
}

fn layer(start: &str, turn: Turn, participants: &str) -> Layer {
    Layer {
        name: "layer".into(),
        time_zone: None,
        start: start.parse().unwrap(),
        end: None,
        turn,
        participants: participants.split_whitespace().map(crew).collect(),
        restrictions: Vec::new(),
        holidays: None,
        shadow: false,
    }
}

/// `ann`, or `ann+ben` for two together.
fn crew(names: &str) -> Crew {
    names.split('+').map(user).collect()
}

fn daily(from: &str, until: &str) -> Restriction {
    Restriction::Daily { from: time(from), until: time(until) }
}

fn cover(number: u128, by: &str, starts: &str, ends: &str) -> Override {
    let id = OverrideId::new(Uuid::from_u128(number));
    Override { id, user: user(by), replaces: None, starts: moment(starts), ends: moment(ends) }
}

/// One interval a line: both ends on the clock of the schedule's zone, the real length, who, and why.
fn drawn(schedule: &Schedule, shifts: &[Shift], gaps: &[Gap]) -> String {
    let shown = |at: Timestamp| schedule.time_zone.local(at).strftime("%a %d %b %H:%M:%S %:z").to_string();
    let line = |starts: Timestamp, ends: Timestamp, who: &str| {
        let minutes = ends.duration_since(starts).as_mins();
        let line = format!("{} until {} {:3}h{:02}m {who}", shown(starts), shown(ends), minutes / 60, minutes % 60);
        // Seconds are shown where there are any.
        (starts, line.replace(":00 +", " +").replace(":00 -", " -"))
    };
    let why = |duty: &Duty| match duty.why {
        Cause::Layer(index) => format!("{} by layer {index}", name(duty.user)),
        Cause::Override(id) => format!("{} by override {}", name(duty.user), id.uuid().as_u128()),
    };
    let all = |shift: &Shift| shift.people.iter().map(why).collect::<Vec<_>>().join(", ");
    let mut lines: Vec<_> = shifts.iter().map(|shift| line(shift.starts, shift.ends, &all(shift))).collect();
    lines.extend(gaps.iter().map(|gap| line(gap.starts, gap.ends, "nobody")));
    lines.sort();
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// The final answers between two wall-clock moments of the schedule's zone.
fn drawn_final(schedule: &Schedule, from: &str, until: &str) -> String {
    let resolve = |text: &str| {
        let shown: civil::DateTime = text.parse().unwrap();
        shown.to_zoned(schedule.time_zone.rules().clone()).unwrap().timestamp()
    };
    let (from, until) = (resolve(from), resolve(until));
    drawn(schedule, &schedule.shifts(from, until), &schedule.gaps(from, until))
}

#[test]
fn a_weekly_handoff_keeps_its_wall_clock_time_over_both_changes_of_the_clocks() {
    let weekly = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&weekly, "2026-03-16T09:00", "2026-04-06T09:00"), @r#"
    Mon 16 Mar 09:00 +01:00 until Mon 23 Mar 09:00 +01:00 168h00m ben by layer 0
    Mon 23 Mar 09:00 +01:00 until Mon 30 Mar 09:00 +02:00 167h00m cat by layer 0
    Mon 30 Mar 09:00 +02:00 until Mon 06 Apr 09:00 +02:00 168h00m ann by layer 0
    "#);
    assert_snapshot!(drawn_final(&weekly, "2026-10-12T09:00", "2026-11-02T09:00"), @r#"
    Mon 12 Oct 09:00 +02:00 until Mon 19 Oct 09:00 +02:00 168h00m ben by layer 0
    Mon 19 Oct 09:00 +02:00 until Mon 26 Oct 09:00 +01:00 169h00m cat by layer 0
    Mon 26 Oct 09:00 +01:00 until Mon 02 Nov 09:00 +01:00 168h00m ann by layer 0
    "#);
    // Decades on, still a Monday at nine, found without counting the weeks.
    assert_snapshot!(drawn_final(&weekly, "2099-03-25T00:00", "2099-04-10T00:00"), @r#"
    Wed 25 Mar 00:00 +01:00 until Mon 30 Mar 09:00 +02:00 128h00m ben by layer 0
    Mon 30 Mar 09:00 +02:00 until Mon 06 Apr 09:00 +02:00 168h00m cat by layer 0
    Mon 06 Apr 09:00 +02:00 until Fri 10 Apr 00:00 +02:00  87h00m ann by layer 0
    "#);
}

#[test]
fn a_daily_handoff_at_half_past_two_when_there_is_none_and_when_there_are_two() {
    let daily = schedule("Europe/Berlin", &[layer("2026-01-01T02:30", Turn::Days(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&daily, "2026-03-27T12:00", "2026-03-31T12:00"), @r#"
    Fri 27 Mar 12:00 +01:00 until Sat 28 Mar 02:30 +01:00  14h30m ben by layer 0
    Sat 28 Mar 02:30 +01:00 until Sun 29 Mar 03:30 +02:00  24h00m cat by layer 0
    Sun 29 Mar 03:30 +02:00 until Mon 30 Mar 02:30 +02:00  23h00m ann by layer 0
    Mon 30 Mar 02:30 +02:00 until Tue 31 Mar 02:30 +02:00  24h00m ben by layer 0
    Tue 31 Mar 02:30 +02:00 until Tue 31 Mar 12:00 +02:00   9h30m cat by layer 0
    "#);
    assert_snapshot!(drawn_final(&daily, "2026-10-23T12:00", "2026-10-27T12:00"), @r#"
    Fri 23 Oct 12:00 +02:00 until Sat 24 Oct 02:30 +02:00  14h30m ben by layer 0
    Sat 24 Oct 02:30 +02:00 until Sun 25 Oct 02:30 +02:00  24h00m cat by layer 0
    Sun 25 Oct 02:30 +02:00 until Mon 26 Oct 02:30 +01:00  25h00m ann by layer 0
    Mon 26 Oct 02:30 +01:00 until Tue 27 Oct 02:30 +01:00  24h00m ben by layer 0
    Tue 27 Oct 02:30 +01:00 until Tue 27 Oct 12:00 +01:00   9h30m cat by layer 0
    "#);
}

#[test]
fn hours_are_real_hours() {
    let shifts = schedule("Europe/Berlin", &[layer("2026-03-28T12:00", Turn::Hours(12), "ann ben")]);
    assert_snapshot!(drawn_final(&shifts, "2026-03-28T00:00", "2026-03-30T12:00"), @r#"
    Sat 28 Mar 00:00 +01:00 until Sat 28 Mar 12:00 +01:00  12h00m nobody
    Sat 28 Mar 12:00 +01:00 until Sun 29 Mar 00:00 +01:00  12h00m ann by layer 0
    Sun 29 Mar 00:00 +01:00 until Sun 29 Mar 13:00 +02:00  12h00m ben by layer 0
    Sun 29 Mar 13:00 +02:00 until Mon 30 Mar 01:00 +02:00  12h00m ann by layer 0
    Mon 30 Mar 01:00 +02:00 until Mon 30 Mar 12:00 +02:00  11h00m ben by layer 0
    "#);
}

#[test]
fn lord_howe_moves_its_clocks_by_half_an_hour() {
    let daily = schedule("Australia/Lord_Howe", &[layer("2026-01-01T01:45", Turn::Days(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&daily, "2026-04-03T12:00", "2026-04-06T12:00"), @r#"
    Fri 03 Apr 12:00 +11:00 until Sat 04 Apr 01:45 +11:00  13h45m cat by layer 0
    Sat 04 Apr 01:45 +11:00 until Sun 05 Apr 01:45 +11:00  24h00m ann by layer 0
    Sun 05 Apr 01:45 +11:00 until Mon 06 Apr 01:45 +10:30  24h30m ben by layer 0
    Mon 06 Apr 01:45 +10:30 until Mon 06 Apr 12:00 +10:30  10h15m cat by layer 0
    "#);
    let daily = schedule("Australia/Lord_Howe", &[layer("2026-01-01T02:15", Turn::Days(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&daily, "2026-10-02T12:00", "2026-10-05T12:00"), @r#"
    Fri 02 Oct 12:00 +10:30 until Sat 03 Oct 02:15 +10:30  14h15m ben by layer 0
    Sat 03 Oct 02:15 +10:30 until Sun 04 Oct 02:45 +11:00  24h00m cat by layer 0
    Sun 04 Oct 02:45 +11:00 until Mon 05 Oct 02:15 +11:00  23h30m ann by layer 0
    Mon 05 Oct 02:15 +11:00 until Mon 05 Oct 12:00 +11:00   9h45m ben by layer 0
    "#);
}

#[test]
fn the_day_that_apia_left_out_has_no_turn() {
    let daily = schedule("Pacific/Apia", &[layer("2011-12-01T09:00", Turn::Days(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&daily, "2011-12-27T09:00", "2012-01-02T09:00"), @r#"
    Tue 27 Dec 09:00 -10:00 until Wed 28 Dec 09:00 -10:00  24h00m cat by layer 0
    Wed 28 Dec 09:00 -10:00 until Thu 29 Dec 09:00 -10:00  24h00m ann by layer 0
    Thu 29 Dec 09:00 -10:00 until Sat 31 Dec 09:00 +14:00  24h00m ben by layer 0
    Sat 31 Dec 09:00 +14:00 until Sun 01 Jan 09:00 +14:00  24h00m ann by layer 0
    Sun 01 Jan 09:00 +14:00 until Mon 02 Jan 09:00 +14:00  24h00m ben by layer 0
    "#);
}

#[test]
fn follow_the_sun_has_three_layers_in_their_own_zones() {
    let site = |place: &str, who: &str, from: &str, until: &str| {
        let mut site = layer(&format!("2026-01-01T{from}"), Turn::Days(1), who);
        site.time_zone = Some(zone(place));
        site.restrictions = vec![daily(from, until)];
        site
    };
    let schedule = schedule(
        "UTC",
        &[
            site("Asia/Kathmandu", "ann", "08:00", "16:00"),
            site("Europe/Berlin", "ben", "09:00", "18:00"),
            site("America/New_York", "cat", "09:00", "21:00"),
        ],
    );
    // Between the American and the European change of the clocks the afternoon overlaps more, the night less.
    assert_snapshot!(drawn_final(&schedule, "2026-03-06T00:00", "2026-03-07T12:00"), @r#"
    Fri 06 Mar 00:00 +00:00 until Fri 06 Mar 02:00 +00:00   2h00m cat by layer 2
    Fri 06 Mar 02:00 +00:00 until Fri 06 Mar 02:15 +00:00   0h15m nobody
    Fri 06 Mar 02:15 +00:00 until Fri 06 Mar 08:00 +00:00   5h45m ann by layer 0
    Fri 06 Mar 08:00 +00:00 until Fri 06 Mar 14:00 +00:00   6h00m ben by layer 1
    Fri 06 Mar 14:00 +00:00 until Sat 07 Mar 02:00 +00:00  12h00m cat by layer 2
    Sat 07 Mar 02:00 +00:00 until Sat 07 Mar 02:15 +00:00   0h15m nobody
    Sat 07 Mar 02:15 +00:00 until Sat 07 Mar 08:00 +00:00   5h45m ann by layer 0
    Sat 07 Mar 08:00 +00:00 until Sat 07 Mar 12:00 +00:00   4h00m ben by layer 1
    "#);
    assert_snapshot!(drawn_final(&schedule, "2026-03-10T00:00", "2026-03-11T12:00"), @r#"
    Tue 10 Mar 00:00 +00:00 until Tue 10 Mar 01:00 +00:00   1h00m cat by layer 2
    Tue 10 Mar 01:00 +00:00 until Tue 10 Mar 02:15 +00:00   1h15m nobody
    Tue 10 Mar 02:15 +00:00 until Tue 10 Mar 08:00 +00:00   5h45m ann by layer 0
    Tue 10 Mar 08:00 +00:00 until Tue 10 Mar 13:00 +00:00   5h00m ben by layer 1
    Tue 10 Mar 13:00 +00:00 until Wed 11 Mar 01:00 +00:00  12h00m cat by layer 2
    Wed 11 Mar 01:00 +00:00 until Wed 11 Mar 02:15 +00:00   1h15m nobody
    Wed 11 Mar 02:15 +00:00 until Wed 11 Mar 08:00 +00:00   5h45m ann by layer 0
    Wed 11 Mar 08:00 +00:00 until Wed 11 Mar 12:00 +00:00   4h00m ben by layer 1
    "#);
    let row = schedule.layer_shifts(0, moment("2026-03-10T00:00Z"), moment("2026-03-11T12:00Z"));
    assert_snapshot!(drawn(&schedule, &row, &[]), @r#"
    Tue 10 Mar 02:15 +00:00 until Tue 10 Mar 10:15 +00:00   8h00m ann by layer 0
    Wed 11 Mar 02:15 +00:00 until Wed 11 Mar 10:15 +00:00   8h00m ann by layer 0
    "#);
}

#[test]
fn a_leap_day_is_a_day() {
    let daily = schedule("America/New_York", &[layer("2023-02-28T18:00", Turn::Days(1), "ann ben cat")]);
    assert_snapshot!(drawn_final(&daily, "2023-02-28T12:00", "2023-03-02T18:00"), @r#"
    Tue 28 Feb 12:00 -05:00 until Tue 28 Feb 18:00 -05:00   6h00m nobody
    Tue 28 Feb 18:00 -05:00 until Wed 01 Mar 18:00 -05:00  24h00m ann by layer 0
    Wed 01 Mar 18:00 -05:00 until Thu 02 Mar 18:00 -05:00  24h00m ben by layer 0
    "#);
    assert_snapshot!(drawn_final(&daily, "2024-02-28T12:00", "2024-03-02T18:00"), @r#"
    Wed 28 Feb 12:00 -05:00 until Wed 28 Feb 18:00 -05:00   6h00m ben by layer 0
    Wed 28 Feb 18:00 -05:00 until Thu 29 Feb 18:00 -05:00  24h00m cat by layer 0
    Thu 29 Feb 18:00 -05:00 until Fri 01 Mar 18:00 -05:00  24h00m ann by layer 0
    Fri 01 Mar 18:00 -05:00 until Sat 02 Mar 18:00 -05:00  24h00m ben by layer 0
    "#);
}

#[test]
fn an_override_over_a_handoff_and_one_over_that() {
    let mut weekly = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben")]);
    weekly.overrides = vec![
        cover(1, "cat", "2026-02-09T06:00:00Z", "2026-02-09T18:00:00Z"),
        cover(2, "dan", "2026-02-09T10:00:00Z", "2026-02-09T11:00:30Z"),
        // Ends before it starts: refused when saved, and without effect should it come all the same.
        cover(3, "eve", "2026-02-10T10:00:00Z", "2026-02-10T09:00:00Z"),
    ];
    assert_snapshot!(drawn_final(&weekly, "2026-02-08T00:00", "2026-02-12T00:00"), @r#"
    Sun 08 Feb 00:00 +01:00 until Mon 09 Feb 07:00 +01:00  31h00m ann by layer 0
    Mon 09 Feb 07:00 +01:00 until Mon 09 Feb 11:00 +01:00   4h00m cat by override 1
    Mon 09 Feb 11:00 +01:00 until Mon 09 Feb 12:00:30 +01:00   1h00m dan by override 2
    Mon 09 Feb 12:00:30 +01:00 until Mon 09 Feb 19:00 +01:00   6h59m cat by override 1
    Mon 09 Feb 19:00 +01:00 until Thu 12 Feb 00:00 +01:00  53h00m ben by layer 0
    "#);
    // The other way round the short one is never seen.
    weekly.overrides.swap(0, 1);
    assert_snapshot!(drawn_final(&weekly, "2026-02-08T00:00", "2026-02-12T00:00"), @r#"
    Sun 08 Feb 00:00 +01:00 until Mon 09 Feb 07:00 +01:00  31h00m ann by layer 0
    Mon 09 Feb 07:00 +01:00 until Mon 09 Feb 19:00 +01:00  12h00m cat by override 1
    Mon 09 Feb 19:00 +01:00 until Thu 12 Feb 00:00 +01:00  53h00m ben by layer 0
    "#);
}

#[test]
fn nights_only_over_midnight_cover_the_layer_below() {
    let mut nights = layer("2026-01-05T21:00", Turn::Days(1), "cat dan");
    nights.restrictions = vec![daily("21:00", "06:00")];
    let both = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben"), nights.clone()]);
    assert_snapshot!(drawn_final(&both, "2026-03-28T12:00", "2026-03-30T12:00"), @r#"
    Sat 28 Mar 12:00 +01:00 until Sat 28 Mar 21:00 +01:00   9h00m ben by layer 0
    Sat 28 Mar 21:00 +01:00 until Sun 29 Mar 06:00 +02:00   8h00m cat by layer 1
    Sun 29 Mar 06:00 +02:00 until Sun 29 Mar 21:00 +02:00  15h00m ben by layer 0
    Sun 29 Mar 21:00 +02:00 until Mon 30 Mar 06:00 +02:00   9h00m dan by layer 1
    Mon 30 Mar 06:00 +02:00 until Mon 30 Mar 09:00 +02:00   3h00m ben by layer 0
    Mon 30 Mar 09:00 +02:00 until Mon 30 Mar 12:00 +02:00   3h00m ann by layer 0
    "#);
    let alone = schedule("Europe/Berlin", &[nights]);
    assert_snapshot!(drawn_final(&alone, "2026-10-24T12:00", "2026-10-26T12:00"), @r#"
    Sat 24 Oct 12:00 +02:00 until Sat 24 Oct 21:00 +02:00   9h00m nobody
    Sat 24 Oct 21:00 +02:00 until Sun 25 Oct 06:00 +01:00  10h00m cat by layer 0
    Sun 25 Oct 06:00 +01:00 until Sun 25 Oct 21:00 +01:00  15h00m nobody
    Sun 25 Oct 21:00 +01:00 until Mon 26 Oct 06:00 +01:00   9h00m dan by layer 0
    Mon 26 Oct 06:00 +01:00 until Mon 26 Oct 12:00 +01:00   6h00m nobody
    "#);
}

#[test]
fn a_weekend_wraps_the_end_of_the_week() {
    let mut weekends = layer("2026-01-01T00:00", Turn::Weeks(1), "ann ben");
    weekends.restrictions = vec![Restriction::Weekly {
        from_day: Weekday::Friday,
        from: time("18:00"),
        until_day: Weekday::Monday,
        until: time("08:00"),
    }];
    let schedule = schedule("Europe/Berlin", &[weekends]);
    assert_snapshot!(drawn_final(&schedule, "2026-03-25T12:00", "2026-04-04T00:00"), @r#"
    Wed 25 Mar 12:00 +01:00 until Fri 27 Mar 18:00 +01:00  54h00m nobody
    Fri 27 Mar 18:00 +01:00 until Mon 30 Mar 08:00 +02:00  61h00m ann by layer 0
    Mon 30 Mar 08:00 +02:00 until Fri 03 Apr 18:00 +02:00 106h00m nobody
    Fri 03 Apr 18:00 +02:00 until Sat 04 Apr 00:00 +02:00   6h00m ben by layer 0
    "#);
}

#[test]
fn windows_on_the_nights_on_which_the_clocks_change() {
    // The table of `Restriction`'s documentation, spring and autumn.
    let mut table = String::new();
    for (from, until) in [("01:30", "02:30"), ("02:10", "02:50"), ("02:30", "03:15"), ("01:30", "03:30")] {
        let mut windows = layer("2026-01-01T00:00", Turn::Days(1), "ann");
        windows.restrictions = vec![daily(from, until)];
        let schedule = schedule("Europe/Berlin", &[windows]);
        for date in ["2026-03-29", "2026-10-25"] {
            let midnight: civil::Date = date.parse().unwrap();
            let midnight = midnight.to_zoned(schedule.time_zone.rules().clone()).unwrap().timestamp();
            let next = schedule.time_zone.local(midnight).tomorrow().unwrap().timestamp();
            let drawn = drawn(&schedule, &schedule.shifts(midnight, next), &[]);
            table +=
                &format!("{from} to {until} on {date}: {}\n", if drawn.is_empty() { "nobody" } else { drawn.trim() });
        }
    }
    assert_snapshot!(table, @r#"
    01:30 to 02:30 on 2026-03-29: Sun 29 Mar 01:30 +01:00 until Sun 29 Mar 03:30 +02:00   1h00m ann by layer 0
    01:30 to 02:30 on 2026-10-25: Sun 25 Oct 01:30 +02:00 until Sun 25 Oct 02:30 +02:00   1h00m ann by layer 0
    02:10 to 02:50 on 2026-03-29: Sun 29 Mar 03:10 +02:00 until Sun 29 Mar 03:50 +02:00   0h40m ann by layer 0
    02:10 to 02:50 on 2026-10-25: Sun 25 Oct 02:10 +02:00 until Sun 25 Oct 02:50 +02:00   0h40m ann by layer 0
    02:30 to 03:15 on 2026-03-29: nobody
    02:30 to 03:15 on 2026-10-25: Sun 25 Oct 02:30 +02:00 until Sun 25 Oct 03:15 +01:00   1h45m ann by layer 0
    01:30 to 03:30 on 2026-03-29: Sun 29 Mar 01:30 +01:00 until Sun 29 Mar 03:30 +02:00   1h00m ann by layer 0
    01:30 to 03:30 on 2026-10-25: Sun 25 Oct 01:30 +02:00 until Sun 25 Oct 03:30 +01:00   3h00m ann by layer 0
    "#);
}

#[test]
fn restrictions_add_up_and_hide_turns_without_stopping_the_count() {
    let mut office = layer("2026-01-05T12:00", Turn::Days(1), "ann ben cat");
    office.restrictions = vec![daily("09:00", "14:00"), daily("13:00", "17:00"), daily("20:00", "21:00")];
    let schedule = schedule("UTC", &[office]);
    assert_snapshot!(drawn_final(&schedule, "2026-01-05T00:00", "2026-01-07T00:00"), @r#"
    Mon 05 Jan 00:00 +00:00 until Mon 05 Jan 12:00 +00:00  12h00m nobody
    Mon 05 Jan 12:00 +00:00 until Mon 05 Jan 17:00 +00:00   5h00m ann by layer 0
    Mon 05 Jan 17:00 +00:00 until Mon 05 Jan 20:00 +00:00   3h00m nobody
    Mon 05 Jan 20:00 +00:00 until Mon 05 Jan 21:00 +00:00   1h00m ann by layer 0
    Mon 05 Jan 21:00 +00:00 until Tue 06 Jan 09:00 +00:00  12h00m nobody
    Tue 06 Jan 09:00 +00:00 until Tue 06 Jan 12:00 +00:00   3h00m ann by layer 0
    Tue 06 Jan 12:00 +00:00 until Tue 06 Jan 17:00 +00:00   5h00m ben by layer 0
    Tue 06 Jan 17:00 +00:00 until Tue 06 Jan 20:00 +00:00   3h00m nobody
    Tue 06 Jan 20:00 +00:00 until Tue 06 Jan 21:00 +00:00   1h00m ben by layer 0
    Tue 06 Jan 21:00 +00:00 until Wed 07 Jan 00:00 +00:00   3h00m nobody
    "#);
}

#[test]
fn before_the_start_and_after_the_end_and_without_participants_there_is_nobody() {
    let mut week = layer("2026-03-02T09:00", Turn::Days(3), "ann ben");
    week.end = Some("2026-03-09T09:00".parse().unwrap());
    let empty = layer("2026-01-01T00:00", Turn::Days(1), "");
    let mut backwards = layer("2026-03-05T00:00", Turn::Days(1), "eve");
    backwards.end = Some("2026-03-04T00:00".parse().unwrap());
    let schedule = schedule("Europe/Berlin", &[week, empty, backwards]);
    assert_snapshot!(drawn_final(&schedule, "2026-03-01T00:00", "2026-03-10T00:00"), @r#"
    Sun 01 Mar 00:00 +01:00 until Mon 02 Mar 09:00 +01:00  33h00m nobody
    Mon 02 Mar 09:00 +01:00 until Thu 05 Mar 09:00 +01:00  72h00m ann by layer 0
    Thu 05 Mar 09:00 +01:00 until Sun 08 Mar 09:00 +01:00  72h00m ben by layer 0
    Sun 08 Mar 09:00 +01:00 until Mon 09 Mar 09:00 +01:00  24h00m ann by layer 0
    Mon 09 Mar 09:00 +01:00 until Tue 10 Mar 00:00 +01:00  15h00m nobody
    "#);
    assert_eq!(names(&schedule.on_call(moment("2026-03-02T07:59:59.999999999Z"))), Vec::<&str>::new());
    assert_eq!(names(&schedule.on_call(moment("2026-03-02T08:00:00Z"))), ["ann"]);
    assert_eq!(names(&schedule.on_call(moment("2026-03-09T07:59:59.999999999Z"))), ["ann"]);
    assert_eq!(names(&schedule.on_call(moment("2026-03-09T08:00:00Z"))), Vec::<&str>::new());
    assert_eq!(schedule.layer_shifts(3, Timestamp::MIN, Timestamp::MAX), []);
    assert_eq!(schedule.shifts(moment("2026-03-05T00:00Z"), moment("2026-03-05T00:00Z")), []);
}

#[test]
fn turns_of_one_person_in_a_row_are_one_shift() {
    let daily = schedule("UTC", &[layer("2026-01-01T00:00", Turn::Days(1), "ann ann ben")]);
    assert_snapshot!(drawn_final(&daily, "2026-01-01T00:00", "2026-01-07T00:00"), @r#"
    Thu 01 Jan 00:00 +00:00 until Sat 03 Jan 00:00 +00:00  48h00m ann by layer 0
    Sat 03 Jan 00:00 +00:00 until Sun 04 Jan 00:00 +00:00  24h00m ben by layer 0
    Sun 04 Jan 00:00 +00:00 until Tue 06 Jan 00:00 +00:00  48h00m ann by layer 0
    Tue 06 Jan 00:00 +00:00 until Wed 07 Jan 00:00 +00:00  24h00m ben by layer 0
    "#);
}

#[test]
fn the_next_change_is_one_of_people_not_of_reasons() {
    let next = |schedule: &Schedule, after: &str| schedule.next_change(moment(after)).map(|at| at.to_string());
    let mut weekly = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben")]);
    assert_eq!(next(&weekly, "1999-01-01T00:00Z").unwrap(), "2026-01-05T08:00:00Z");
    assert_eq!(next(&weekly, "2026-03-28T00:00Z").unwrap(), "2026-03-30T07:00:00Z");
    assert_eq!(next(&weekly, "2026-03-30T07:00Z").unwrap(), "2026-04-06T07:00:00Z");
    weekly.overrides = vec![cover(1, "ann", "2026-03-29T00:00:00Z", "2026-03-31T00:00:00Z")];
    assert_eq!(next(&weekly, "2026-03-28T00:00Z").unwrap(), "2026-03-29T00:00:00Z");
    // The handoff is from ann to ann, and so is the end of the override.
    assert_eq!(next(&weekly, "2026-03-29T00:00Z").unwrap(), "2026-04-06T07:00:00Z");
    assert_eq!(weekly.on_call_until(user("ann"), moment("2026-03-29T00:00Z")), Some(moment("2026-04-06T07:00Z")));
    assert_eq!(weekly.on_call_until(user("ben"), moment("2026-03-29T00:00Z")), None);
}

#[test]
fn what_never_changes_has_no_next_change() {
    let at = moment("2026-06-01T00:00Z");
    let empty = schedule("UTC", &[]);
    assert_eq!(empty.next_change(at), None);
    assert_eq!(empty.on_call(at), []);

    let mut alone = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ann")]);
    alone.layers[0].restrictions = vec![daily("09:00", "09:00")];
    assert_eq!(alone.next_change(at), None);
    assert_eq!(alone.on_call_until(user("ann"), at), Some(at + HORIZON));
    assert_eq!(alone.next_change(Timestamp::MAX), None);

    // Whatever happens under a layer that always has somebody is not seen.
    let covered = schedule(
        "UTC",
        &[layer("2026-01-01T00:00", Turn::Hours(1), "ben cat"), layer("2026-01-01T00:00", Turn::Days(1), "ann")],
    );
    assert_eq!(covered.next_change(at), None);

    // Two halves of the day make a whole, but that is only seen by walking: ask again after the horizon.
    alone.layers[0].restrictions = vec![daily("09:00", "21:00"), daily("21:00", "09:00")];
    let again = alone.next_change(at).unwrap();
    assert!(again > at + HORIZON && again < at + HORIZON + jiff::SignedDuration::from_hours(24), "{again}");
}

#[test]
fn the_ends_of_the_calendar_are_survived() {
    let mut schedule = schedule("Europe/Berlin", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben")]);
    for turn in [
        Turn::Hours(0),
        Turn::Hours(u32::MAX),
        Turn::Days(u32::MAX),
        Turn::Weeks(u32::MAX),
        Turn::Months(u32::MAX),
        Turn::Weeks(1),
    ] {
        schedule.layers[0].turn = turn.clone();
        assert_eq!(schedule.on_call(Timestamp::MIN), []);
        assert_eq!(schedule.on_call(Timestamp::MAX).len(), 1, "{turn:?}");
        assert_eq!(schedule.next_change(Timestamp::MIN), Some(moment("2026-01-05T08:00Z")));
        let last = (turn == Turn::Hours(0)).then(|| moment("9999-12-30T22:00Z"));
        assert_eq!(schedule.next_change(moment("9999-12-30T21:30Z")), last, "{turn:?}");
    }
    schedule.layers[0].start = "-009000-01-01T12:00".parse().unwrap();
    schedule.layers[0].restrictions = vec![daily("22:00", "06:00")];
    // 575,000 weeks later, found without counting them.
    assert_eq!(schedule.next_change(moment("2026-01-05T12:00Z")), Some(moment("2026-01-05T21:00Z")));
    assert_eq!(schedule.on_call(moment("2026-01-05T12:00Z")), []);
    // 22:30 in Berlin, on a night whose end lies beyond the calendar.
    assert_eq!(schedule.on_call(moment("9999-12-30T21:30Z")).len(), 1);
    assert_eq!(schedule.next_change(moment("9999-12-30T21:30Z")), None);
    schedule.layers[0].start = civil::DateTime::MAX;
    assert_eq!(schedule.next_change(moment("2026-01-05T00:00Z")), None);
}

#[test]
fn answers_are_written_as_the_api_shows_them() {
    let mut weekly = schedule("UTC", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann")]);
    weekly.overrides = vec![cover(7, "ben", "2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z")];
    let shifts = weekly.shifts(moment("2026-01-05T12:00Z"), moment("2026-01-07T00:00Z"));
    let text = serde_json::to_string_pretty(&shifts).unwrap();
    assert_snapshot!(text, @r#"
    [
      {
        "people": [
          {
            "user": "usr_00000000000000000000000000",
            "why": {
              "layer": 0
            }
          }
        ],
        "starts": "2026-01-05T12:00:00Z",
        "ends": "2026-01-06T00:00:00Z"
      },
      {
        "people": [
          {
            "user": "usr_00000000000000000000000001",
            "why": {
              "override": "ovr_00000000000000000000000007"
            }
          }
        ],
        "starts": "2026-01-06T00:00:00Z",
        "ends": "2026-01-07T00:00:00Z"
      }
    ]
    "#);
    assert_eq!(serde_json::from_str::<Vec<Shift>>(&text).unwrap(), shifts);
}
