//! Calendars of shifts, as text.

use insta::assert_snapshot;
use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::declaration::{Document, Located, Location, Options, plan};

const COMPANY: &str = "
kind: user
slug: ana
name: 'Ana Ruiz, 阿娜 \\ Leiterin der Bereitschaft; auch für den Süden zuständig, und mehr'
---
kind: user
slug: ben
name: Ben Okafor
---
kind: schedule
slug: primary
name: Checkout
time_zone: Europe/Berlin
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ana, ben]}
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ben, ana], shadow: true}
---
kind: schedule
slug: always
name: Always
time_zone: UTC
layers:
  - {start: 2026-01-05 09:00, turn: weekly, participants: [ben]}
";

fn company(yaml: &str) -> Directory {
    let documents: Vec<Document> = serde_saphyr::from_multiple(yaml).unwrap();
    let located: Vec<Located<Document>> = (1..)
        .zip(documents)
        .map(|(document, content)| Located { at: Location { file: String::new(), document, line: None }, content })
        .collect();
    let (empty, mut next) = (Directory::default(), 0);
    let mut ids = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let plan = plan(&empty, &located, moment("2026-01-01T00:00:00Z"), &mut ids, Options::default()).unwrap();
    empty.changed(&plan.changes()).unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule<'a>(company: &'a Directory, slug: &str) -> &'a Schedule {
    company.schedules().find(|schedule| schedule.slug == slug).unwrap()
}

#[test]
fn a_schedule_is_written_as_the_standard_says() {
    let company = company(COMPANY);
    let mut feed = of_schedule(&company, schedule(&company, "primary"), moment("2026-03-16T11:22:33Z"));
    assert_eq!(feed.events.len(), 31, "four weeks back, six months ahead");
    feed.events.truncate(2);
    let text = write(&feed);
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_snapshot!(text.replace("\r\n", "\n"), @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Allclear//On call//EN
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    X-WR-CALNAME:Checkout
    NAME:Checkout
    DESCRIPTION:Who is on call by this schedule.
    REFRESH-INTERVAL;VALUE=DURATION:PT1H
    X-PUBLISHED-TTL:PT1H
    BEGIN:VEVENT
    UID:1771228800-usr_00000000000000000000000001-sch_0000000000000000000000000
     4@allclear
    DTSTAMP:20260316T000000Z
    DTSTART:20260216T080000Z
    DTEND:20260223T080000Z
    SUMMARY:Ana Ruiz\, 阿娜 \\ Leiterin der Bereitschaft\; auch für den Süd
     en zuständig\, und mehr: Checkout
    TRANSP:TRANSPARENT
    END:VEVENT
    BEGIN:VEVENT
    UID:1771833600-usr_00000000000000000000000002-sch_0000000000000000000000000
     4@allclear
    DTSTAMP:20260316T000000Z
    DTSTART:20260223T080000Z
    DTEND:20260302T080000Z
    SUMMARY:Ben Okafor: Checkout
    TRANSP:TRANSPARENT
    END:VEVENT
    END:VCALENDAR
    ");
}

#[test]
fn it_says_the_same_all_day_and_events_keep_their_identity() {
    let company = company(COMPANY);
    let at = |text| of_schedule(&company, schedule(&company, "primary"), moment(text));
    let morning = at("2026-03-16T00:00:00Z");
    assert_eq!(morning, at("2026-03-16T23:59:59Z"));
    let later = at("2026-03-20T12:00:00Z");
    assert_ne!(morning, later);
    let kept = later.events.iter().filter(|event| morning.events.contains(event)).count();
    assert!(kept >= 29, "{kept}");
}

#[test]
fn a_person_sees_their_own_shifts_and_where_they_learn() {
    let company = company(COMPANY);
    let ben = company.users().find(|user| user.slug == "ben").unwrap();
    let feed = of_person(&company, ben, moment("2026-03-16T11:22:33Z"));
    let of = |summary: &str| feed.events.iter().filter(|event| event.summary == summary).collect::<Vec<_>>();
    assert!(!of("On call: Checkout").is_empty() && !of("Shadow: Checkout").is_empty());
    // Somebody who is always on call has one event, from one edge to the other.
    let always = of("On call: Always");
    assert_eq!(always.len(), 1);
    assert_eq!(always[0].starts, moment("2026-02-16T00:00:00Z"));
    assert!(always[0].uid.starts_with("began-before-"));
    assert!(feed.events.iter().all(|event| !event.summary.contains("Ana")));
}

#[test]
fn a_shift_with_another_person_beside_is_one_event() {
    let yaml = COMPANY.replace("participants: [ana, ben]}", "participants: [[ana, ben], ana]}");
    let company = company(&yaml);
    let feed = of_schedule(&company, schedule(&company, "primary"), moment("2026-03-16T11:22:33Z"));
    assert_eq!(feed.events.iter().filter(|event| event.summary.starts_with("Ana")).count(), 1);
    assert_eq!(feed.events.iter().filter(|event| event.summary.starts_with("Ben")).count(), 16);
}

#[test]
fn what_is_too_much_is_left_out_and_said() {
    // beyond: CALENDAR_EVENTS
    let yaml = COMPANY.replace("turn: weekly, participants: [ana, ben]}", "turn: 1h, participants: [ana, ben]}");
    let company = company(&yaml);
    let feed = of_schedule(&company, schedule(&company, "primary"), moment("2026-03-16T11:22:33Z"));
    assert_eq!(feed.events.len(), limits::CALENDAR_EVENTS);
    assert!(feed.description.contains("It ends early, at 2026-"), "{}", feed.description);
}
