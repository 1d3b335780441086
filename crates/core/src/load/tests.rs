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
    directory(COMPANY)
}

fn directory(yaml: &str) -> Directory {
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
    let rates = Rates { hour: 500, night: 150, weekend: 200, holiday: 100, page: 1_000 };
    let (company, report) = reported(&["primary"], "2026-03-23T08:00:00Z", "2026-04-06T07:00:00Z");
    assert_snapshot!(csv(&company, &report, &rates, &Currency::default()), @r#"
    login,name,hours,night hours,weekend hours,holiday hours,pages,broken nights,weight,pay,currency
    ana,"'=Ana, ""Ruiz""",167.00,55.00,47.00,0.00,4,2,265.50,1210.00,
    ben,Ben Okafor,168.00,56.00,48.00,0.00,1,0,249.00,1190.00,
    cem,cem,0.00,0.00,0.00,0.00,0,0,0.00,0.00,
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

#[test]
fn a_holiday_is_paid_by_where_the_person_lives_and_the_greatest_rate_counts() {
    // Easter 2026: Good Friday 3 April, Easter Sunday 5 April (a holiday in Brandenburg), Easter Monday 6 April.
    let company = |region: &str| COMPANY.replace("slug: cem\n", &format!("slug: cem\nholidays: {region}\n"));
    let paid = |region: &str, rates: Rates| {
        let yaml = company(region).replace("participants: [ana, ben, cem]", "participants: [cem]");
        let directory = directory(&yaml);
        let schedules: Vec<&Schedule> =
            directory.schedules().filter(|one| one.slug == "primary").map(|one| &**one).collect();
        let period = Period { starts: moment("2026-04-03T04:00:00Z"), ends: moment("2026-04-06T04:00:00Z") };
        let report = report(&directory, &schedules, period, &BTreeMap::new());
        let load = report.loads.iter().find(|load| directory.user(load.user).unwrap().slug == "cem").unwrap();
        (load.time.holidays().as_hours(), load.time.weekends().as_hours(), rates.pay(load))
    };
    let rates = Rates { hour: 100, night: 110, weekend: 150, holiday: 200, page: 0 };
    // Friday from 06:00 is 18 hours of holiday, Monday until 06:00 six more.
    assert_eq!(paid("DE", rates), (24, 48, 24 * 200 + 48 * 150));
    assert_eq!(paid("DE-BB", rates), (48, 48, 48 * 200 + 24 * 150));
    // On a weekend that is a holiday, the better of the two.
    let rates = Rates { holiday: 120, ..rates };
    assert_eq!(paid("DE-BB", rates), (48, 48, 24 * 120 + 48 * 150));
}

#[test]
fn pay_is_exact_to_the_second_and_rounded_once() {
    let load = |seconds| {
        let time = Time {
            day: SignedDuration::from_secs(seconds),
            night: SignedDuration::from_secs(seconds),
            ..Time::default()
        };
        Load { user: UserId::new(Uuid::nil()), time, pages: 0, broken_nights: 0 }
    };
    let rates = Rates { hour: 1_000, night: 150, ..Rates::default() };
    // A second by day and one by night are worth 0.69 hundredths together.
    for (seconds, pay) in [(0, 0), (1, 1), (2, 1), (3, 2), (3_600, 2_500), (3_601, 2_501), (36_001, 25_001)] {
        assert_eq!(rates.pay(&load(seconds)), pay, "{seconds}");
    }
}

#[test]
fn a_currency_is_a_word() {
    assert_eq!("EUR".parse::<Currency>().unwrap().word(), "EUR");
    assert_eq!("".parse::<Currency>().unwrap().word(), "");
    for text in ["E,R", "=EUR", "a word too long"] {
        assert!(text.parse::<Currency>().unwrap_err().contains("letters only"), "{text}");
    }
}
