//! Requests for cover as stories: who asks, who answers, what follows; and what is refused.

use std::fmt::Write;

use insta::assert_snapshot;
use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::declaration::{Document, Located, Location, Options, plan};
use crate::directory::{Change, Directory, Object, User};
use crate::id::OverrideId;
use crate::limits;
use crate::schedule::Override;

const PEOPLE: &str = "
kind: organisation
time_zone: UTC
---
kind: team
slug: shop
---
kind: user
slug: ana
role: admin
---
kind: user
slug: ben
---
kind: user
slug: cem
time_off: [{from: 2026-03-02, until: 2026-03-11}]
---
kind: user
slug: dan
teams: [shop]
---
kind: schedule
slug: primary
team: shop
time_zone: UTC
layers:
  - {name: days, start: 2026-03-02 09:00, turn: daily, participants: [ana, ben, cem]}
";

/// A company in which one request is played.
struct Stage {
    directory: Directory,
    request: Option<Request>,
    told: String,
}

fn at(text: &str) -> Timestamp {
    format!("2026-03-{text}:00Z").parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn period(from: &str, until: &str) -> Period {
    Period { starts: at(from), ends: at(until) }
}

impl Stage {
    fn new() -> Self {
        let documents: Vec<Document> = serde_saphyr::from_multiple(PEOPLE).unwrap();
        let located: Vec<Located<Document>> = (1..)
            .zip(documents)
            .map(|(document, content)| Located { at: Location { file: String::new(), document, line: None }, content })
            .collect();
        let mut next = 0;
        let mut ids = || {
            next += 1;
            Uuid::from_u128(next)
        };
        let empty = Directory::default();
        let plan = plan(&empty, &located, at("01T09:00"), &mut ids, Options::default()).unwrap();
        Self { directory: empty.changed(&plan.changes()).unwrap(), request: None, told: String::new() }
    }

    fn schedule(&self) -> &Schedule {
        self.directory.schedules().next().unwrap()
    }

    fn user(&self, slug: &str) -> UserId {
        self.directory.users().find(|user| user.slug == slug).unwrap().id
    }

    fn slug(&self, user: UserId) -> &str {
        &self.directory.user(user).unwrap().slug
    }

    fn asking(&self, who: &str, range: Period, of: Audience) -> Asking {
        Asking { schedule: self.schedule().id, asker: self.user(who), range, of, note: String::new() }
    }

    fn try_ask(&self, now: &str, asking: &Asking) -> Result<Decision, Vec<Problem>> {
        let others: Vec<Request> = self.request.iter().cloned().collect();
        ask(at(now), &self.directory, &others, asking)
    }

    fn ask(&mut self, now: &str, who: &str, range: Period, of: Audience) {
        let decision = self.try_ask(now, &self.asking(who, range, of)).unwrap();
        self.carry_out(now, &decision);
    }

    fn give(&mut self, now: &str, input: Input) -> Answer {
        let decision = step(at(now), &self.directory, self.request.as_ref().unwrap(), input);
        self.carry_out(now, &decision);
        decision.answer
    }

    fn accept(&mut self, now: &str, who: &str, part: Option<Period>) -> Answer {
        self.give(now, Input::Accept { user: self.user(who), part })
    }

    fn decline(&mut self, now: &str, who: &str) -> Answer {
        self.give(now, Input::Decline { user: self.user(who) })
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Schedule)) {
        let mut schedule = self.schedule().clone();
        edit(&mut schedule);
        self.directory = self.directory.changed(&[Change::Put(Object::from(schedule))]).unwrap();
    }

    fn edit_user(&mut self, who: &str, edit: impl FnOnce(&mut User)) {
        let mut user = User::clone(self.directory.user(self.user(who)).unwrap());
        edit(&mut user);
        self.directory = self.directory.changed(&[Change::Put(Object::from(user))]).unwrap();
    }

    fn carry_out(&mut self, now: &str, decision: &Decision) {
        let spans = |periods: &[Period]| {
            let span = |one: &Period| format!("{}..{}", one.starts.strftime("%dT%H:%M"), one.ends.strftime("%dT%H:%M"));
            periods.iter().map(span).collect::<Vec<_>>().join(" ")
        };
        for effect in &decision.effects {
            let line = match effect {
                Effect::Replace { user, replaces, period } => {
                    let replaced = *replaces;
                    let (user, number) = (*user, self.schedule().overrides.len() as u128);
                    let id = OverrideId::new(Uuid::from_u128(1_000 + number));
                    let cover =
                        Override { id, user, replaces: Some(replaced), starts: period.starts, ends: period.ends };
                    self.edit(|schedule| schedule.overrides.push(cover));
                    format!("{} for {} {}", self.slug(user), self.slug(replaced), spans(&[*period]))
                }
                Effect::Tell { user, word } => {
                    let word = match word {
                        Word::Asked => "asked".to_owned(),
                        Word::Taken { by, periods } => format!("taken by {} {}", self.slug(*by), spans(periods)),
                        Word::Confirmed { periods } => format!("confirmed {}", spans(periods)),
                        Word::DeclinedByAll => "declined by all".to_owned(),
                        Word::Expired { periods } => format!("expired {}", spans(periods)),
                        Word::Moot { why } => format!("moot {why:?}"),
                    };
                    format!("tell {} {word}", self.slug(*user))
                }
            };
            writeln!(self.told, "{now} {line}").unwrap();
        }
        let status = decision.next.status;
        let open = spans(&decision.next.open);
        writeln!(self.told, "{now} {status:?} [{open}]").unwrap();
        self.request = Some(decision.next.clone());
    }

    fn on_call(&self, now: &str) -> Vec<&str> {
        self.schedule().on_call(at(now)).into_iter().map(|user| self.slug(user)).collect()
    }
}

#[test]
fn a_shift_is_taken_as_a_whole_and_the_second_who_says_yes_is_told_so() {
    let mut stage = Stage::new();
    stage.ask("02T08:00", "ben", period("03T00:00", "04T00:00"), Audience::Participants);
    assert_eq!(stage.on_call("03T12:00"), ["ben"]);
    assert_eq!(stage.accept("02T10:00", "ana", None), Answer::Done);
    assert_eq!(stage.on_call("03T12:00"), ["ana"]);
    let late = stage.accept("02T10:00", "ana", None);
    assert_eq!(late, Answer::Nothing(Refusal::Taken { by: vec![stage.user("ana")] }));
    assert_eq!(stage.request.as_ref().unwrap().next_due(), None);
    assert_snapshot!(stage.told, @r"
    02T08:00 tell ana asked
    02T08:00 Asked [03T09:00..04T00:00]
    02T10:00 ana for ben 03T09:00..04T00:00
    02T10:00 tell ben taken by ana 03T09:00..04T00:00
    02T10:00 tell ana confirmed 03T09:00..04T00:00
    02T10:00 Accepted []
    02T10:00 Accepted []
    ");
}

#[test]
fn a_part_is_taken_and_the_rest_stays_asked_until_it_begins() {
    let mut stage = Stage::new();
    let people = Audience::People(vec![stage.user("ana"), stage.user("dan")]);
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), people);
    assert_eq!(stage.accept("02T10:00", "ana", Some(period("03T12:00", "03T18:00"))), Answer::Done);
    assert_eq!(stage.request.as_ref().unwrap().next_due(), Some(at("03T09:00")));
    assert_eq!(stage.give("03T08:59", Input::Due), Answer::Nothing(Refusal::NoChange), "not before its time");
    assert_eq!(stage.give("03T09:00", Input::Due), Answer::Done);
    assert_eq!(stage.accept("03T10:00", "dan", None), Answer::Done, "what has not begun can be taken");
    assert_eq!(stage.on_call("03T10:00"), ["ben"]);
    assert_eq!(stage.on_call("03T13:00"), ["ana"]);
    assert_eq!(stage.on_call("03T18:00"), ["dan"]);
    assert_snapshot!(stage.told, @r"
    02T08:00 tell ana asked
    02T08:00 tell dan asked
    02T08:00 Asked [03T09:00..04T09:00]
    02T10:00 ana for ben 03T12:00..03T18:00
    02T10:00 tell ben taken by ana 03T12:00..03T18:00
    02T10:00 tell ana confirmed 03T12:00..03T18:00
    02T10:00 Asked [03T09:00..03T12:00 03T18:00..04T09:00]
    03T08:59 Asked [03T09:00..03T12:00 03T18:00..04T09:00]
    03T09:00 tell ben expired 03T09:00..03T12:00
    03T09:00 Asked [03T18:00..04T09:00]
    03T10:00 dan for ben 03T18:00..04T09:00
    03T10:00 tell ben taken by dan 03T18:00..04T09:00
    03T10:00 tell dan confirmed 03T18:00..04T09:00
    03T10:00 Expired []
    ");
}

#[test]
fn shifts_within_a_range_are_asked_for_together() {
    let mut stage = Stage::new();
    stage.ask("02T08:00", "ben", period("02T12:00", "12T12:00"), Audience::Participants);
    let open = stage.request.as_ref().unwrap().open.clone();
    assert_eq!(
        open,
        [
            period("03T09:00", "04T09:00"),
            period("06T09:00", "07T09:00"),
            period("09T09:00", "10T09:00"),
            period("12T09:00", "12T12:00")
        ]
    );
    assert_eq!(stage.decline("02T09:00", "ana"), Answer::Done);
    assert_eq!(stage.request.as_ref().unwrap().status, Status::Asked, "cem was asked for the last, free by then");
    assert_eq!(stage.decline("02T09:00", "ana"), Answer::Nothing(Refusal::NoChange));
    assert_eq!(stage.decline("02T09:00", "dan"), Answer::Nothing(Refusal::NotAsked));
    assert_eq!(stage.decline("02T09:00", "cem"), Answer::Done);
    assert_eq!(stage.request.as_ref().unwrap().status, Status::Declined);
    let over = stage.accept("02T10:00", "ana", None);
    assert_eq!(over, Answer::Nothing(Refusal::Over { status: Status::Declined }));
}

#[test]
fn whoever_declined_may_change_their_mind() {
    let mut stage = Stage::new();
    let people = Audience::People(vec![stage.user("ana"), stage.user("dan")]);
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), people);
    assert_eq!(stage.decline("02T09:00", "ana"), Answer::Done);
    assert!(!stage.request.as_ref().unwrap().waits_for(stage.user("ana")));
    assert_eq!(stage.accept("02T10:00", "ana", None), Answer::Done);
    assert_eq!(stage.request.as_ref().unwrap().status, Status::Accepted);
}

#[test]
fn a_swap_is_taken_as_a_whole_and_nobody_loses_a_minute() {
    let mut stage = Stage::new();
    let swap = Audience::Swap { with: stage.user("ana"), range: period("05T09:00", "06T09:00") };
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), swap);
    assert_eq!(
        stage.accept("02T10:00", "ana", Some(period("03T09:00", "03T12:00"))),
        Answer::Nothing(Refusal::WholeSwap)
    );
    let gaps = |stage: &Stage| stage.schedule().gaps(at("02T09:00"), at("20T09:00"));
    let before = gaps(&stage);
    assert_eq!(stage.accept("02T10:00", "ana", None), Answer::Done);
    assert_eq!((stage.on_call("03T12:00"), stage.on_call("05T12:00")), (vec!["ana"], vec!["ben"]));
    assert_eq!(gaps(&stage), before);
    assert_snapshot!(stage.told, @r"
    02T08:00 tell ana asked
    02T08:00 Asked [03T09:00..04T09:00]
    02T10:00 Asked [03T09:00..04T09:00]
    02T10:00 ana for ben 03T09:00..04T09:00
    02T10:00 ben for ana 05T09:00..06T09:00
    02T10:00 tell ben taken by ana 03T09:00..04T09:00
    02T10:00 tell ana confirmed 03T09:00..04T09:00
    02T10:00 Accepted []
    ");
}

#[test]
fn a_swap_ends_once_either_shift_begins_or_changes() {
    let mut stage = Stage::new();
    let swap = Audience::Swap { with: stage.user("ana"), range: period("02T09:00", "03T09:00") };
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), swap.clone());
    assert_eq!(stage.request.as_ref().unwrap().next_due(), Some(at("02T09:00")), "what is taken in return is first");
    let mut changed = Stage { directory: stage.directory.clone(), request: stage.request.clone(), told: String::new() };
    assert_eq!(stage.give("02T09:00", Input::Due), Answer::Done);
    assert_eq!(stage.request.as_ref().unwrap().status, Status::Expired);

    changed.edit(|schedule| schedule.layers[0].participants.reverse());
    assert_eq!(changed.give("02T08:30", Input::Changed), Answer::Done);
    assert_eq!(changed.request.as_ref().unwrap().status, Status::Moot(Moot::SwapChanged));
}

#[test]
fn a_change_that_makes_it_pointless_ends_it_with_the_reason() {
    let asked = || {
        let mut stage = Stage::new();
        stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), Audience::Participants);
        stage
    };
    let status = |stage: &Stage| stage.request.as_ref().unwrap().status;
    let cover = |stage: &Stage, from, until| Override {
        id: OverrideId::new(Uuid::from_u128(77)),
        user: stage.user("dan"),
        replaces: None,
        starts: at(from),
        ends: at(until),
    };
    let mut whole = asked();
    let by_dan = cover(&whole, "03T00:00", "05T00:00");
    whole.edit(|schedule| schedule.overrides.push(by_dan));
    assert_eq!(
        whole.accept("02T10:00", "ana", None),
        Answer::Nothing(Refusal::Over { status: Status::Moot(Moot::NotOnCall) })
    );
    assert_eq!(status(&whole), Status::Moot(Moot::NotOnCall));

    let mut half = asked();
    let by_dan = cover(&half, "03T12:00", "05T00:00");
    half.edit(|schedule| schedule.overrides.push(by_dan));
    half.give("02T10:00", Input::Changed);
    assert_eq!(
        (status(&half), half.request.clone().unwrap().open),
        (Status::Asked, vec![period("03T09:00", "03T12:00")])
    );

    let mut left = asked();
    left.edit_user("ben", |user| user.suspended = true);
    left.give("02T10:00", Input::Changed);
    assert_eq!(status(&left), Status::Moot(Moot::AskerLeft));

    let mut gone = asked();
    let id = gone.schedule().id.uuid();
    gone.directory = gone.directory.changed(&[Change::Remove(crate::directory::Kind::Schedule, id)]).unwrap();
    gone.give("02T10:00", Input::Changed);
    assert_eq!(status(&gone), Status::Moot(Moot::ScheduleGone));

    let mut alone = asked();
    alone.edit_user("ana", |user| user.suspended = true);
    alone.give("02T10:00", Input::Changed);
    assert_eq!(status(&alone), Status::Declined, "nobody who was asked is left");

    let mut withdrawn = asked();
    assert_eq!(withdrawn.give("02T10:00", Input::Withdraw), Answer::Done);
    assert_eq!(
        withdrawn.give("02T10:00", Input::Withdraw),
        Answer::Nothing(Refusal::Over { status: Status::Withdrawn })
    );
}

#[test]
fn whoever_is_on_call_then_cannot_take_it() {
    let mut stage = Stage::new();
    let people = Audience::People(vec![stage.user("ana"), stage.user("dan")]);
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), people);
    let together = |user: UserId, stage: &mut Stage| {
        stage.edit(|schedule| {
            let ben = schedule.layers[0].participants[1].people()[0];
            schedule.layers[0].participants[1] = [ben, user].into_iter().collect();
        });
    };
    together(stage.user("dan"), &mut stage);
    assert_eq!(stage.accept("02T10:00", "dan", None), Answer::Nothing(Refusal::OnCallThen), "two would become one");
    assert_eq!(stage.accept("02T10:00", "cem", None), Answer::Nothing(Refusal::NotAsked));
    let elsewhere = Some(period("08T09:00", "09T09:00"));
    assert_eq!(stage.accept("02T10:00", "ana", elsewhere), Answer::Nothing(Refusal::NotInPart));
}

#[test]
fn what_cannot_be_asked() {
    let stage = Stage::new();
    let shift = period("03T09:00", "04T09:00");
    let refused = |now: &str, asking: Asking| stage.try_ask(now, &asking).unwrap_err();
    let of = |people: &[&str]| Audience::People(people.iter().map(|who| stage.user(who)).collect());
    assert_eq!(refused("03T09:00", stage.asking("ben", shift, Audience::Team)), [Problem::Begun]);
    let empty = period("04T09:00", "03T09:00");
    assert_eq!(refused("02T08:00", stage.asking("ben", empty, Audience::Team)), [Problem::Range]);
    assert_eq!(refused("02T08:00", stage.asking("dan", shift, Audience::Team)), [Problem::NotOnCall]);
    assert_eq!(refused("02T08:00", stage.asking("ben", shift, of(&[]))), [Problem::Nobody]);
    assert_eq!(refused("02T08:00", stage.asking("ben", shift, of(&["ana", "ben"]))), [Problem::Person]);
    let busy =
        stage.asking("ben", shift, Audience::Swap { with: stage.user("dan"), range: period("05T09:00", "06T09:00") });
    assert_eq!(refused("02T08:00", busy), [Problem::NothingInReturn]);
    let begun =
        stage.asking("ben", shift, Audience::Swap { with: stage.user("ana"), range: period("02T09:00", "03T09:00") });
    assert_eq!(refused("02T10:00", begun), [Problem::ReturnRange]);
    let unknown = Asking { schedule: ScheduleId::new(Uuid::nil()), ..stage.asking("ben", shift, Audience::Team) };
    assert_eq!(refused("02T08:00", unknown), [Problem::NoSchedule]);
    for problem in [Problem::Begun, Problem::Range, Problem::Person, Problem::Note, Problem::Open] {
        let (field, message) = problem.field_and_message();
        assert!(!field.is_empty() && message.contains(';'), "{message}");
    }
}

#[test]
fn beyond_the_limits_of_a_request() {
    let stage = Stage::new();
    let shift = period("03T09:00", "04T09:00");
    let refused = |asking: Asking| stage.try_ask("02T08:00", &asking).unwrap_err();
    // beyond: COVER_NOTE_CHARACTERS
    let noted = |length| Asking { note: "x".repeat(length), ..stage.asking("ben", shift, Audience::Team) };
    assert!(stage.try_ask("02T08:00", &noted(limits::COVER_NOTE_CHARACTERS)).is_ok());
    assert_eq!(refused(noted(limits::COVER_NOTE_CHARACTERS + 1)), [Problem::Note]);
    // beyond: COVER_DAYS
    let days = |days: i64| {
        let ends = shift.starts + SignedDuration::from_hours(24 * days);
        stage.asking("ben", Period { starts: shift.starts, ends }, Audience::Team)
    };
    assert!(stage.try_ask("02T08:00", &days(i64::from(limits::COVER_DAYS))).is_ok());
    assert_eq!(refused(days(i64::from(limits::COVER_DAYS) + 1)), [Problem::Range]);
    // beyond: COVER_ASKED
    let many: Vec<UserId> =
        (0..=limits::COVER_ASKED as u128).map(|number| UserId::new(Uuid::from_u128(50_000 + number))).collect();
    assert_eq!(refused(stage.asking("ben", shift, Audience::People(many))), [Problem::People]);
    // beyond: COVER_OPEN
    let decision = stage.try_ask("02T08:00", &stage.asking("ben", shift, Audience::Team)).unwrap();
    let others = vec![decision.next; limits::COVER_OPEN];
    let again = stage.asking("ben", period("06T09:00", "07T09:00"), Audience::Team);
    assert_eq!(ask(at("02T08:00"), &stage.directory, &others, &again).unwrap_err(), [Problem::Open]);
    assert!(ask(at("02T08:00"), &stage.directory, &others[1..], &again).is_ok());
    let same = stage.asking("ben", shift, Audience::Team);
    assert_eq!(ask(at("02T08:00"), &stage.directory, &others[1..], &same).unwrap_err(), [Problem::AskedAlready]);
    // beyond: COVER_PERIODS
    let mut hourly = Stage::new();
    hourly.edit(|schedule| schedule.layers[0].turn = crate::schedule::Turn::Hours(1));
    let days = |days: i64| Period { starts: shift.starts, ends: shift.starts + SignedDuration::from_hours(24 * days) };
    assert!(hourly.try_ask("02T08:00", &hourly.asking("ben", days(6), Audience::Team)).is_ok());
    let asking = hourly.asking("ben", days(7), Audience::Team);
    assert_eq!(hourly.try_ask("02T08:00", &asking).unwrap_err(), [Problem::Periods]);
}

#[test]
fn a_request_is_stored_as_json() {
    let mut stage = Stage::new();
    stage.ask("02T08:00", "ben", period("03T09:00", "04T09:00"), Audience::Participants);
    let request = stage.request.unwrap();
    let json = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    assert!(json.contains(r#""status":"asked""#), "{json}");
}
