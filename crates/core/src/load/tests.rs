//! The load of people in two zones, shared unevenly.

use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::declaration::{Document, Located, Location, Options, plan};

const COMPANY: &str = "
kind: organisation
time_zone: Europe/Berlin
---
kind: user
slug: ana
name: '=Ana, \"Ruiz\"'
role: admin
---
kind: user
slug: ben
name: Ben Okafor
time_zone: America/New_York
---
kind: user
slug: cem
---
kind: schedule
slug: primary
time_zone: Europe/Berlin
layers:
  - {start: 2026-03-23 09:00, turn: weekly, participants: [ana, ben, cem]}
---
kind: schedule
slug: backup
time_zone: Europe/Berlin
layers:
  - {start: 2026-03-23 09:00, turn: daily, participants: [ana]}
  - {start: 2026-03-23 09:00, turn: daily, participants: [cem], shadow: true}
";

fn company() -> Directory {
    let documents: Vec<Document> = serde_saphyr::from_multiple(COMPANY).unwrap();
    let located: Vec<Located<Document>> = (1..)
        .zip(documents)
        .map(|(document, content)| Located { at: Location { file: String::new(), document, line: None }, content })
        .collect();
    let (empty, mut next) = (Directory::default(), 0);
    let mut ids = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let plan = plan(&empty, &located, moment("2026-03-23T09:00:00Z"), &mut ids, Options::default()).unwrap();
    empty.changed(&plan.changes()).unwrap()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn reported(slugs: &[&str], from: &str, until: &str) -> (Directory, Report) {
    let company = company();
    let id = |slug: &str| company.users().find(|user| user.slug == slug).unwrap().id;
    let pages = BTreeMap::from([
        // Twice in one night, once in the next, once by day: Berlin's clocks go forward in the second.
        (
            id("ana"),
            ["2026-03-27T22:30:00Z", "2026-03-28T04:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T12:00:00Z"]
                .map(moment)
                .to_vec(),
        ),
        // Eleven at night in Berlin is an afternoon in New York.
        (id("ben"), vec![moment("2026-03-30T21:00:00Z")]),
    ]);
    let report = {
        let schedules: Vec<&Schedule> =
            company.schedules().filter(|one| slugs.contains(&&*one.slug)).map(|one| &**one).collect();
        report(&company, &schedules, Period { starts: moment(from), ends: moment(until) }, &pages)
    };
    (company, report)
}

#[test]
fn hours_nights_weekends_and_broken_nights() {
    let rates = Rates { hour: 500, night: 150, weekend: 200, page: 1_000 };
    let (company, report) = reported(&["primary"], "2026-03-23T08:00:00Z", "2026-04-06T07:00:00Z");
    assert_snapshot!(csv(&company, &report, &rates), @r#"
    login,name,hours,night hours,weekend hours,pages,broken nights,weight,pay
    ana,"'=Ana, ""Ruiz""",167.00,55.00,47.00,4,2,265.50,1210.00
    ben,Ben Okafor,168.00,56.00,48.00,1,0,249.00,1190.00
    cem,cem,0.00,0.00,0.00,0,0,0.00,0.00
    "#);
    assert_eq!(report.evenness, Some(67));
    let suggestion = report.suggestion.unwrap();
    let slug = |user| company.user(user).unwrap().slug.as_str();
    assert_eq!((slug(suggestion.from), slug(suggestion.to)), ("ana", "cem"));
}

#[test]
fn time_by_two_schedules_counts_once_and_learning_does_not() {
    let (_, both) = reported(&["primary", "backup"], "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z");
    let (_, one) = reported(&["primary"], "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z");
    assert_eq!(both.loads, one.loads);
    assert_eq!(both.loads[0].time.whole(), SignedDuration::from_hours(167), "a week in which the clocks change");
    assert!(both.loads[1..].iter().all(|load| load.time == Time::default()));
}

#[test]
fn what_all_bear_alike_needs_no_suggestion() {
    let (_, nothing) = reported(&["primary"], "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    assert_eq!(nothing.loads.len(), 3);
    let (_, none) = reported(&[], "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    assert_eq!((none.evenness, none.suggestion), (None, None));
    let whole = |hours: i64| Load {
        user: UserId::new(Uuid::nil()),
        time: Time { day: SignedDuration::from_hours(hours), ..Time::default() },
        pages: 0,
        broken_nights: 0,
    };
    assert_eq!(evenness(&[whole(5), whole(5)]), Some(100));
    assert_eq!(evenness(&[whole(5), whole(0)]), Some(50));
    assert_eq!(Rates { hour: 1, ..Rates::default() }.pay(&whole(5)), 5);
}
