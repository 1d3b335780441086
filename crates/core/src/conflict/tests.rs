//! Time off, two schedules at once, people who left; and who is proposed.

use std::fmt::Write;

use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::declaration::{Document, Located, Location, Options, plan};

fn company(yaml: &str) -> Directory {
    let documents: Vec<Document> = serde_saphyr::from_multiple(yaml).unwrap_or_else(|error| panic!("{error}"));
    let located: Vec<Located<Document>> = (1..)
        .zip(documents)
        .map(|(document, content)| Located { at: Location { file: String::new(), document, line: None }, content })
        .collect();
    let (empty, mut next) = (Directory::default(), 0);
    let mut ids = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let now = "2026-03-02T09:00:00Z".parse().unwrap();
    let plan = plan(&empty, &located, now, &mut ids, Options::default()).unwrap_or_else(|all| panic!("{all:?}"));
    empty.changed(&plan.changes()).unwrap_or_else(|all| panic!("{all:?}"))
}

fn told(directory: &Directory, slug: &str) -> String {
    let schedule = directory.schedules().find(|schedule| schedule.slug == slug).unwrap();
    let range =
        Period { starts: "2026-03-02T08:00:00Z".parse().unwrap(), ends: "2026-03-30T07:00:00Z".parse().unwrap() };
    let slug_of = |user| directory.user(user).unwrap().slug.clone();
    let mut lines = String::new();
    for conflict in conflicts(directory, schedule, range) {
        let why = match &conflict.why {
            Reason::TimeOff(note) => format!("off ({note})"),
            Reason::OnCallTwice(other) => format!("also by {}", directory.schedule(*other).unwrap().slug),
            Reason::Holiday(name) => format!("holiday ({name})"),
            Reason::Left => "left".to_owned(),
        };
        let proposed = proposal(directory, schedule, &conflict);
        let proposed = proposed.map(|one| format!("{} after {}h", slug_of(one.user), one.hours_lately));
        let period = conflict.period;
        writeln!(
            lines,
            "{} {} until {} {why}: {}",
            slug_of(conflict.user),
            period.starts,
            period.ends,
            proposed.as_deref().unwrap_or("nobody")
        )
        .unwrap();
    }
    lines
}

const PEOPLE: &str = "
kind: organisation
time_zone: Europe/Berlin
---
kind: user
slug: ana
role: admin
contacts: [{channel: email, address: ana@acme.example, verified: true}]
time_off:
  - {from: 2026-03-05, until: 2026-03-06, note: skiing}
  - {from: 2026-03-12}
---
kind: user
slug: ben
contacts: [{channel: email, address: ben@acme.example, verified: true}]
---
kind: user
slug: cem
contacts: [{channel: email, address: cem@acme.example, verified: true}]
---
kind: user
slug: dan
contacts: [{channel: email, address: dan@acme.example}]
---
kind: schedule
slug: primary
time_zone: Europe/Berlin
layers:
  - {start: 2026-03-02 09:00, turn: weekly, participants: [ana, ben, cem, dan]}
";

#[test]
fn time_off_is_told_with_whoever_worked_least() {
    // Ben and cem have not been on call in the four weeks before; dan cannot be reached.
    assert_snapshot!(told(&company(PEOPLE), "primary"), @"ana 2026-03-04T23:00:00Z until 2026-03-06T23:00:00Z off (skiing): ben after 0h");
    let ben_works = format!("{PEOPLE}overrides: [{{user: ben, starts: 2026-03-04 10:00, ends: 2026-03-04 15:00}}]\n");
    assert_snapshot!(told(&company(&ben_works), "primary"), @"ana 2026-03-04T23:00:00Z until 2026-03-06T23:00:00Z off (skiing): cem after 0h");
}

#[test]
fn nobody_is_proposed_who_is_off_or_on_call_elsewhere() {
    let yaml = PEOPLE.replace("slug: ben\n", "slug: ben\ntime_off: [{from: 2026-03-06, note: dentist}]\n");
    let yaml = format!(
        "{yaml}---\nkind: schedule\nslug: backup\ntime_zone: Europe/Berlin\nlayers:\n  - {{start: 2026-03-02 09:00, \
         turn: 2w, participants: [cem, [ana, dan]]}}\n"
    );
    let company = company(&yaml);
    assert_snapshot!(told(&company, "primary"), @r"
    ana 2026-03-04T23:00:00Z until 2026-03-06T23:00:00Z off (skiing): nobody
    dan 2026-03-23T08:00:00Z until 2026-03-30T07:00:00Z also by backup: ben after 168h
    ");
    assert_snapshot!(told(&company, "backup"), @"dan 2026-03-23T08:00:00Z until 2026-03-30T07:00:00Z also by primary: cem after 504h");
}

#[test]
fn whoever_left_is_told() {
    let yaml = PEOPLE.replace("slug: cem\n", "slug: cem\nsuspended: true\n");
    let yaml =
        format!("{yaml}overrides: [{{user: cem, replaces: ana, starts: 2026-03-05 00:00, ends: 2026-03-07 00:00}}]");
    assert_snapshot!(told(&company(&yaml), "primary"), @r"
    cem 2026-03-04T23:00:00Z until 2026-03-06T23:00:00Z left: ben after 0h
    cem 2026-03-16T08:00:00Z until 2026-03-23T08:00:00Z left: ana after 120h
    ");
}

#[test]
fn a_holiday_is_told_unless_they_agreed() {
    // Saint Patrick's Day is a Tuesday in 2026: a holiday for ana and ben, and none for cem.
    let yaml = PEOPLE
        .replace("slug: ana\n", "slug: ana\nholidays: IE\n")
        .replace("slug: ben\n", "slug: ben\nholidays: IE\n")
        .replace("slug: cem\n", "slug: cem\nholidays: DE-BY\n")
        .replace("weekly, participants: [ana, ben, cem, dan]", "1w, participants: [ben]")
        .replace(
            "participants: [ben]}",
            "participants: [ben]}\n  - {start: 2026-04-06 09:00, turn: weekly, participants: [cem, ana]}",
        );
    assert_snapshot!(told(&company(&yaml), "primary"), @"ben 2026-03-16T23:00:00Z until 2026-03-17T23:00:00Z holiday (Saint Patrick's Day): cem after 0h");
    let without_cem = yaml.replace("[cem, ana]", "[ana]");
    assert_snapshot!(told(&company(&without_cem), "primary"), @"ben 2026-03-16T23:00:00Z until 2026-03-17T23:00:00Z holiday (Saint Patrick's Day): nobody");
    let agreed = format!("{yaml}overrides: [{{user: ben, starts: 2026-03-17 00:00, ends: 2026-03-18 00:00}}]\n");
    assert_snapshot!(told(&company(&agreed), "primary"), @"");
    let planned = yaml.replace("participants: [ben]}", "participants: [ben], holidays: {of: IE, when: only}}");
    assert_snapshot!(told(&company(&planned), "primary"), @"");
}
