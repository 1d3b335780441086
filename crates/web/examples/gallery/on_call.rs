//! On-call, schedules, escalation policies.

use allclear_web::pages::*;
use jiff::{SignedDuration, Timestamp};

use crate::cover::duty;
use crate::house::*;
use crate::{Drawn, page};

const SCHEDULES: &[&str] =
    &["Payments primary", "Payments secondary", "Platform, follow the sun", "Mobile, weekdays only"];

fn row(number: usize) -> OnCallRow {
    OnCallRow {
        schedule: Anchor::new("/schedules/payments-primary", SCHEDULES[number % SCHEDULES.len()]),
        now: if number == 3 { vec![] } else { vec![person(number)] },
        reached: if number == 3 {
            vec![]
        } else {
            vec![PagedNow { person: person(number), ways: "e-mail ada@example.com at once, webhook +1m".into() }]
        },
        shadows: if number == 1 { vec![person(4)] } else { vec![] },
        until: (number != 2).then(|| at(number as i64 * DAY + 5 * HOUR)),
        next: if number == 2 { vec![] } else { vec![person(number + 1)] },
        next_until: (number == 1).then(|| at(9 * DAY)),
        gap: (number == 3).then(|| at(-8 * HOUR)),
        policies: if number == 3 { vec![] } else { vec![Anchor::new("/policies/payments", "Payments")] },
    }
}

fn teams() -> Vec<OnCallTeam> {
    vec![
        OnCallTeam { name: "Payments".into(), now: vec![person(0)], rows: vec![row(0), row(1)] },
        OnCallTeam { name: "Platform".into(), now: vec![], rows: vec![row(2)] },
        OnCallTeam { name: "Mobile".into(), now: vec![], rows: vec![row(3)] },
    ]
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

/// The turns of one row: who, from which day, until which day.
fn blocks(from: Timestamp, until: Timestamp, turns: &[(i64, i64, &str, BlockKind)]) -> Vec<Block> {
    let hand_over = SignedDuration::from_hours(9);
    let turn = |&(start, end, label, kind): &(i64, i64, &str, BlockKind)| {
        let (x, width) = place(from, until, from + days(start) + hand_over, from + days(end) + hand_over)?;
        Some(Block { x, width, kind, label: label.into(), title: format!("{label}, day {start} to {end}") })
    };
    turns.iter().filter_map(turn).collect()
}

fn chart() -> Chart {
    use BlockKind::{Gap, Mine, Off, Override, Turn};
    let from: Timestamp = "2026-11-22T23:00:00Z".parse().expect("a valid time");
    let until = from + days(28);
    let day = |number: i64| ChartDay {
        x: number as f64 / 28.0 * 100.0,
        weekday: ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"][number as usize % 7].into(),
        label: ((22 + number) % 30 + 1).to_string(),
        starts_week: number % 7 == 0,
        is_today: number == 0,
        clocks: (number == 6).then(|| "25 h".into()),
    };
    let weekdays = (0..4).map(|week| {
        (week * 7, week * 7 + 5, ["Chiara", "Dmitri", "Elif", "Chiara"][week as usize], Turn(week as usize % 3))
    });
    let row = |name: &str, is_final, blocks| ChartRow { name: name.into(), is_final, blocks };
    let result = [
        (-3, 0, "Ada Lovelace", Mine),
        (0, 4, "Ben Okafor", Turn(3)),
        (4, 6, "Grace Hopper", Override(4)),
        (6, 7, "Ben Okafor", Turn(3)),
        (7, 14, "Ada Lovelace", Mine),
        (14, 19, "Maximiliane von Hohenlohe-Langenburg", Turn(5)),
        (19, 21, "Nobody", Gap),
        (21, 28, "Ben Okafor", Turn(3)),
    ];
    let rota = [
        (-3, 0, "Ada Lovelace", Mine),
        (0, 7, "Ben Okafor", Turn(3)),
        (7, 14, "Ada Lovelace", Mine),
        (14, 19, "Maximiliane von Hohenlohe-Langenburg", Turn(5)),
        (21, 28, "Ben Okafor", Turn(3)),
    ];
    Chart {
        days: (0..28).map(day).collect(),
        rows: vec![
            row("On call", true, blocks(from, until, &result)),
            row("Week", false, blocks(from, until, &rota)),
            row("Shadow", false, blocks(from, until, &weekdays.collect::<Vec<_>>())),
            row("Overrides", false, blocks(from, until, &[(4, 6, "Grace Hopper", Override(4))])),
            row("Time off", false, blocks(from, until, &[(15, 18, "Ben Okafor", Off)])),
        ],
        now_x: Some(0.6),
        gaps: vec!["Sat 12 Dec 09:00 – Mon 14 Dec 09:00".into()],
        more_gaps: 2,
        clock_changes: vec!["The clocks change on Sun 29 Nov: the day has 25 hours.".into()],
        tones: vec![
            Tone { class: "tone3".into(), name: "Ben Okafor".into() },
            Tone { class: "tone5".into(), name: "Maximiliane von Hohenlohe-Langenburg".into() },
        ],
        from: from.to_string(),
        until: until.to_string(),
        zone: "Europe/Berlin".into(),
        step: 60,
    }
}

fn viewing() -> Viewing {
    let tab = |label: &str| Tab {
        href: "/schedules/payments-primary?span=4w".into(),
        label: label.into(),
        count: None,
        current: label == "4 weeks",
    };
    Viewing {
        title: "23 Nov – 20 Dec 2026".into(),
        spans: ["1 week", "2 weeks", "4 weeks", "Month"].map(tab).into(),
        back: "/schedules/payments-primary?from=2026-10-26".into(),
        today: "/schedules/payments-primary".into(),
        forward: "/schedules/payments-primary?from=2026-12-21".into(),
        zones: choices(&["Europe/Berlin (your time)", "UTC", "Asia/Tokyo"], 0),
        zone: "Europe/Berlin".into(),
        span: "4w".into(),
        from: "2026-11-23".into(),
        problems: vec![],
    }
}

fn day_lists() -> ChartDays {
    let entry = |time: &str, people: Vec<Person>, class: &str| DayEntry {
        time: time.into(),
        people,
        class: class.into(),
        why: "Layer “Week”".into(),
    };
    let day = |title: &str, is_today, entries| DayList { title: title.into(), is_today, clocks: None, entries };
    ChartDays {
        days: vec![
            day(
                "Mon 23 Nov",
                true,
                vec![entry("00:00–09:00", vec![person(0)], "mine"), entry("09:00–24:00", vec![person(1)], "tone3")],
            ),
            day("Tue 24 Nov", false, vec![entry("all day", vec![person(1)], "tone3")]),
            day(
                "Wed 25 Nov",
                false,
                vec![entry("00:00–02:00", vec![person(1)], "tone3"), entry("02:00–06:00", vec![], "gap")],
            ),
        ],
    }
}

fn changes() -> ChangesShown {
    let hours =
        |total: &str| Hours {
            total: total.into(), times: vec!["Sat 12 Dec 09:00 – Mon 14 Dec 09:00".into()], more: 1
        };
    ChangesShown {
        range: "23 Nov – 20 Dec 2026".into(),
        people: vec![
            ChangeRow { person: person(6), gains: Some(hours("48 h")), loses: None },
            ChangeRow { person: person(1), gains: None, loses: Some(hours("96 h")) },
        ],
        opened: Some(hours("48 h")),
        closed: None,
        unreadable: None,
    }
}

fn override_form() -> OverrideForm {
    let mut people = vec!["Choose somebody"];
    people.extend(["Ada Lovelace (you)", "Ben Okafor", "Grace Hopper"]);
    OverrideForm {
        people: choices(&people, 0),
        replaces: choices(&["Everybody who is on call", "Ben Okafor only"], 0),
        starts: "2026-11-23T12:00".into(),
        ends: "2026-11-23T20:00".into(),
        changes: Some(changes()),
        problems: vec![],
    }
}

fn coming_holidays() -> Vec<HolidayRow> {
    vec![
        HolidayRow {
            date: "Fri 25 Dec 2026".into(),
            name: "Christmas Day (DE-BY, FR)".into(),
            people: vec![person(1)],
            has_gap: false,
        },
        HolidayRow { date: "Wed 6 Jan 2027".into(), name: "Epiphany (DE-BY)".into(), people: vec![], has_gap: true },
    ]
}

pub(crate) fn calendar_links() -> CalendarLinks {
    CalendarLinks {
        rows: vec![CalendarLinkRow {
            remove: "/revoke".into(),
            made_by: Some(person(0)),
            made: at(-9 * DAY),
            opened: Some(at(-20 * MINUTE)),
        }],
        base: "/calendar-links".into(),
        may: true,
    }
}

fn conflicts() -> Vec<ConflictRow> {
    vec![ConflictRow {
        person: person(1),
        starts: at(DAY),
        ends: at(3 * DAY),
        why: "has time off (skiing)".into(),
        stand_in: Some(StandIn {
            person: person(6),
            hours_lately: 12,
            takes_turns: true,
            ask: Some("2026-11-23T23:00:00Z".into()),
            ask_until: "2026-11-25T23:00:00Z".into(),
            replaces: "ben".into(),
            starts: "2026-11-24T00:00".into(),
            ends: "2026-11-26T00:00".into(),
        }),
    }]
}

fn schedule() -> SchedulePage {
    let turn = |start: i64, end: i64, who: Vec<Person>, why: &str| Turn {
        starts: at(start * DAY + 5 * HOUR),
        ends: at(end * DAY + 5 * HOUR),
        who,
        why: why.into(),
    };
    SchedulePage {
        shell: shell("Payments primary", Section::OnCall, "/schedules/payments-primary"),
        name: "Payments primary".into(),
        slug: "payments-primary".into(),
        team: Some(Anchor::new("/teams/payments", "Payments")),
        zone: "Europe/Berlin".into(),
        now: vec![person(0)],
        shadows: vec![person(2)],
        until: Some(at(5 * HOUR + 47 * MINUTE)),
        viewing: viewing(),
        chart: Some(chart()),
        days: day_lists(),
        turns: vec![
            turn(-3, 0, vec![person(0)], "Layer “Week”"),
            turn(0, 4, vec![person(1)], "Layer “Week”"),
            turn(4, 6, vec![person(6)], "Override by Ben Okafor"),
            turn(6, 7, vec![person(1)], "Layer “Week”"),
            turn(7, 14, vec![person(0)], "Layer “Week”"),
            turn(14, 19, vec![person(5)], "Layer “Week”"),
            turn(19, 21, vec![], "no layer covers it"),
        ],
        duty: duty(),
        holidays: coming_holidays(),
        calendar_links: calendar_links(),
        conflicts: conflicts(),
        overrides: vec![OverrideRow {
            remove: "/schedules/payments-primary/overrides/ovr_1/remove".into(),
            person: person(6),
            replaces: Some("Ben Okafor".into()),
            starts: at(4 * DAY + 5 * HOUR),
            ends: at(6 * DAY + 5 * HOUR),
        }],
        override_form: override_form(),
        policies: vec![Anchor::new("/policies/payments", "Payments")],
        may_edit: true,
        may_override: true,
    }
}

fn calendar_link() -> CalendarLinkPage {
    CalendarLinkPage {
        shell: shell("Calendar link", Section::OnCall, "/schedules/payments-primary"),
        name: "Payments primary".into(),
        back: "/schedules/payments-primary".into(),
        address: "https://allclear.example.com/calendars/cal_kq3v7m2t9x4w8z5r1n6p0s3d7f2g9h4j8k5l1m6n.ics".into(),
    }
}

fn holidays() -> HolidaysPage {
    HolidaysPage {
        shell: shell("Holidays", Section::OnCall, "/on-call/holidays"),
        region: "DE-BY".into(),
        regions: vec!["DE".into(), "DE-BY".into()],
        rows: vec![("Fri 25 Dec 2026".into(), "Christmas Day"), ("Wed 6 Jan 2027".into(), "Epiphany")],
        people: vec![person(0), person(1)],
        source: "The dates come from a package and are part of the program.".into(),
        problems: vec![],
    }
}

fn load() -> LoadPage {
    let row = |number: usize, hours: &str, pages: usize, weight: &str, pay: &str| LoadRow {
        person: person(number),
        hours: hours.into(),
        nights: "55 h".into(),
        weekends: "47 h".into(),
        holidays: "24 h".into(),
        pages,
        broken_nights: pages / 2,
        weight: weight.into(),
        pay: pay.into(),
    };
    LoadPage {
        shell: shell("On-call load", Section::OnCall, "/on-call/load"),
        form: LoadForm {
            from: "2026-10-26".into(),
            until: "2026-11-23".into(),
            teams: choices(&["All teams", "Payments"], 0),
            hour: "5.00".into(),
            night: "150".into(),
            weekend: "200".into(),
            holiday: "250".into(),
            currency: "EUR".into(),
            page: "10.00".into(),
            problems: vec![],
        },
        csv: "/on-call/load.csv?from=2026-10-26".into(),
        rows: vec![row(0, "336 h", 9, "497 h", "2510.00"), row(1, "168 h", 1, "250 h", "1190.00")],
        evenness: Some(90),
        suggestion: Some(
            "Ada Lovelace bore 247 h more than Ben Okafor: let Ben Okafor take some of the next turns.".into(),
        ),
        pays: true,
    }
}

fn schedule_edit() -> ScheduleEditPage {
    let people = |selected| choices(&["nobody", "Ada Lovelace", "Ben Okafor", "Grace Hopper"], selected);
    let every = |selected| choices(&["every day", "Monday", "Friday", "Saturday"], selected);
    let restriction = |from_day, from: &str, until_day, until: &str| RestrictionForm {
        from_days: every(from_day),
        from: from.into(),
        until_days: every(until_day),
        until: until.into(),
    };
    let layer = |name: &str, turn: &str| LayerForm {
        name: name.into(),
        time_zone: String::new(),
        start: "2026-11-23T09:00".into(),
        end: String::new(),
        turn: turn.into(),
        units: choices(&["hours", "days", "weeks"], 2),
        rule: String::new(),
        lasts: String::new(),
        except: String::new(),
        also: String::new(),
        participants: vec![vec![people(1), people(0)], vec![people(2), people(3), people(0)], vec![people(0)]],
        shadow: false,
        holidays: LayerHolidays {
            when: choices(&["Every day", "Only on holidays", "Except on holidays"], 2),
            of: "DE-BY".into(),
            also: "2026-12-24".into(),
        },
        restrictions: vec![restriction(1, "09:00", 2, "17:00"), restriction(0, "", 0, "")],
    };
    ScheduleEditPage {
        shell: shell("Edit Payments primary", Section::OnCall, "/schedules/payments-primary/edit"),
        action: "/schedules/payments-primary".into(),
        back: "/schedules/payments-primary".into(),
        version: "7".into(),
        is_new: false,
        name: "Payments primary".into(),
        teams: choices(&["No team", "Payments", "Platform"], 1),
        time_zones: choices(&["Europe/Berlin", "UTC"], 0),
        layers: vec![layer("Week", "1"), layer("Office hours", "0")],
        preview: Some(chart()),
        changes: Some(changes()),
        problems: vec![FieldProblem {
            field: "layer.1.turn".into(),
            message: "layer Office hours: turn: 0 weeks is no time; use 1 or more".into(),
        }],
    }
}

fn policies(rows: Vec<PolicyRow>) -> PoliciesPage {
    PoliciesPage { shell: shell("Escalation policies", Section::OnCall, "/policies"), rows, may_edit: true }
}

fn policy_rows() -> Vec<PolicyRow> {
    let row = |name: &str, summary: &str, services, weakness: Option<&str>| PolicyRow {
        policy: Anchor::new("/policies/payments", name),
        team: Some(Anchor::new("/teams/payments", "Payments")),
        summary: summary.into(),
        services,
        weakness: weakness.map(Into::into),
    };
    vec![
        row(
            "Payments",
            "Payments primary → 5m → Payments secondary, Ben Okafor → 10m → Grace Hopper → 10m, twice more",
            3,
            None,
        ),
        row("Platform", "Platform, follow the sun → 10m", 4, None),
        row("Mobile", "Mobile, weekdays only → 5m", 1, Some("Reaches nobody on Sat 28 Nov from 17:00")),
    ]
}

fn targets(selected: usize) -> Vec<Choice> {
    choices(&["add another…", "Schedule: Payments primary", "Schedule: Payments secondary", "Grace Hopper"], selected)
}

fn late_form(number: usize, after: &str) -> LateForm {
    let lists = if after.is_empty() { vec![targets(0)] } else { vec![targets(3), targets(0)] };
    LateForm { number, open: false, after: after.into(), targets: lists }
}

fn step_form(number: usize, wait: &str, open: bool) -> StepForm {
    StepForm {
        number,
        open,
        targets: vec![targets(number + 1), targets(0)],
        wait: wait.into(),
        has_rules: number == 1,
        severities: choices(&["SEV1", "SEV2", "SEV3", "SEV4"], 0),
        urgency: choices(&["any urgency", "only high urgency", "only low urgency"], 0),
        hours: String::new(),
        working_hours: choices(&["at any time", "only in the working hours"], 0),
        labels: String::new(),
        waits_for_hours: false,
        round_robin: number == 1,
        acknowledgements: "1".into(),
        until_resolved: false,
    }
}

fn policy_form(problems: Vec<FieldProblem>) -> PolicyForm {
    PolicyForm {
        action: "/policies/payments".into(),
        back: "/policies/payments".into(),
        version: "3".into(),
        is_new: false,
        unsaved: !problems.is_empty(),
        open: !problems.is_empty(),
        previews: "step-0 step-1 step-2 late-0 ladder-end facts unsaved".into(),
        name: "Payments".into(),
        teams: choices(&["No team", "Payments"], 1),
        repeats: "2".into(),
        acknowledgement_timeout: "2h".into(),
        time_zones: choices(&["As the organisation: Europe/Berlin", "UTC"], 0),
        working_hours: "Mon-Fri 09:00-17:00".into(),
        another: late_form(1, ""),
        problems,
    }
}

fn policy_target(name: &str, kind: &'static str, now: &[usize], weakness: Option<&str>) -> PolicyTarget {
    let paged = |number: &usize| PagedNow { person: person(*number), ways: "e-mail at once, webhook +1m".into() };
    PolicyTarget {
        target: Anchor::new("/schedules/payments-primary", name),
        kind,
        now: now.iter().map(paged).collect(),
        weakness: weakness.map(Into::into),
    }
}

fn policy_steps(open: bool) -> Vec<PolicyStep> {
    let step = |number: usize, after: &str, wait: &str, targets| PolicyStep {
        after: after.into(),
        targets,
        wait: wait.into(),
        rules: if number == 1 {
            vec!["Only for SEV1, SEV2.".into(), "Asks for 2 people to acknowledge.".into()]
        } else {
            Vec::new()
        },
        form: Some(step_form(number, if open && number == 1 { "ten minutes" } else { wait }, open && number == 1)),
    };
    let nobody = policy_target("Mobile, weekdays only", "schedule", &[], Some("Nobody is on call there now."));
    vec![
        step(0, "at once", "5m", vec![policy_target("Payments primary", "schedule", &[0], None)]),
        step(1, "+5m", "10m", vec![policy_target("Payments secondary", "schedule", &[1], None), nobody]),
        step(
            2,
            "+15m",
            "10m",
            vec![policy_target("Grace Hopper", "person", &[], Some("Has no verified contact method."))],
        ),
    ]
}

fn policy(problems: Vec<FieldProblem>) -> PolicyPage {
    PolicyPage {
        shell: shell("Payments", Section::OnCall, "/policies/payments"),
        name: "Payments".into(),
        slug: "payments".into(),
        team: Some(Anchor::new("/teams/payments", "Payments")),
        steps: policy_steps(!problems.is_empty()),
        ends_after: "25m".into(),
        end: "Starts again from step 1, twice. After that the incident says that nobody answered, and the admins are paged.".into(),
        acknowledgement: "It lapses after 2h, and the ladder starts again from step 1.".into(),
        late: vec![LateRung {
            after: "+1h".into(),
            targets: vec![policy_target("Grace Hopper", "person", &[6], None)],
            form: Some(late_form(0, "1h")),
        }],
        working_hours: Some("Mon-Fri 09:00-17:00 (Europe/Berlin)".into()),
        services: vec![service(0), service(1)],
        outdated: vec![Anchor::new("/incidents/INC-181", "INC-181")],
        outdated_count: 1,
        editing: Some(policy_form(problems)),
    }
}

fn policy_refused() -> PolicyPage {
    policy(vec![FieldProblem {
        field: "step.1.wait".into(),
        message: "`ten minutes` is not a length of time; write it like `90s`, `5m`, `1h30m` or `7d`".into(),
    }])
}

pub(crate) fn pages() -> Vec<Drawn> {
    let on_call = |teams| OnCallPage {
        shell: shell("On-call", Section::OnCall, "/on-call"),
        teams,
        uncovered: 1,
        at: String::new(),
        asked: None,
        problems: vec![],
        may_edit: true,
    };
    let schedules =
        |teams| SchedulesPage { shell: shell("Schedules", Section::OnCall, "/schedules"), teams, may_edit: true };
    let empty = SchedulePage {
        duty: ScheduleDuty { covers: vec![], notes: vec![], ..duty() },
        now: vec![],
        shadows: vec![],
        until: None,
        chart: None,
        turns: vec![],
        conflicts: vec![],
        holidays: vec![],
        overrides: vec![],
        policies: vec![],
        ..schedule()
    };
    vec![
        page("load", load()),
        page("holidays", holidays()),
        page("calendar-link", calendar_link()),
        page("on-call", on_call(teams())),
        page("on-call-empty", on_call(vec![])),
        page("schedules", schedules(teams())),
        page("schedules-empty", schedules(vec![])),
        page("schedule", schedule()),
        page("schedule-empty", empty),
        page("schedule-edit", schedule_edit()),
        page("policies", policies(policy_rows())),
        page("policies-empty", policies(vec![])),
        page("policy", policy(vec![])),
        page("policy-edit", policy_refused()),
    ]
}
