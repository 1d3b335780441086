//! Who is told what at which handover, and that it is told once.

use std::collections::BTreeMap;
use std::fmt::Write;

use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::declaration::{Document, Located, Location, Options, plan};
use crate::directory::{Change, Object};
use crate::id::OverrideId;
use crate::schedule::Override;

fn company(layers: &str) -> Directory {
    let people = ["ana", "ben", "cem"].map(|slug| format!("kind: user\nslug: {slug}\nrole: admin\n---\n")).concat();
    let yaml = format!("{people}kind: schedule\nslug: primary\ntime_zone: UTC\nlayers:\n{layers}");
    let documents: Vec<Document> = serde_saphyr::from_multiple(&yaml).unwrap();
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
    empty.changed(&plan.changes()).unwrap()
}

fn at(text: &str) -> Timestamp {
    format!("2026-03-{text}:00Z").parse().unwrap()
}

fn schedule(directory: &Directory) -> &Schedule {
    directory.schedules().next().unwrap()
}

/// What is told from one moment to another, woken when it wants to be.
fn told(directory: &Directory, from: &str, until: &str) -> String {
    let schedule = schedule(directory);
    let slug = |user: UserId| directory.user(user).unwrap().slug.clone();
    let mut state = step(at(from), directory, schedule, None, Input::Changed).next;
    let mut lines = String::new();
    while let Some(due) = state.next_due().filter(|due| *due <= at(until)) {
        let decision = step(due, directory, schedule, Some(&state), Input::Due);
        for (user, part) in &decision.tell {
            let until = decision.handover.as_ref().and_then(|handover| handover.until);
            let until = until.map_or_else(|| "ever".to_owned(), |at| at.strftime("%dT%H:%M").to_string());
            writeln!(lines, "{} {} {part:?} until {until}", due.strftime("%dT%H:%M"), slug(*user)).unwrap();
        }
        assert_ne!(decision.next, state, "it moves on");
        state = decision.next;
    }
    lines
}

const DAYS: &str = "  - {name: days, start: 2026-03-02 09:00, turn: daily, participants: [ana, ben, ben]}\n";

#[test]
fn whoever_comes_on_and_whoever_goes_off_is_told_once() {
    assert_snapshot!(told(&company(DAYS), "02T12:00", "07T00:00"), @r"
    03T09:00 ben On until 05T09:00
    03T09:00 ana Off until 05T09:00
    05T09:00 ana On until 06T09:00
    05T09:00 ben Off until 06T09:00
    06T09:00 ben On until 08T09:00
    06T09:00 ana Off until 08T09:00
    ");
}

#[test]
fn whoever_learns_is_told_so() {
    let learning = "  - {name: learning, start: 2026-03-03 00:00, turn: 2d, participants: [cem, ana], shadow: true}\n";
    assert_snapshot!(told(&company(&format!("{DAYS}{learning}")), "02T12:00", "06T00:00"), @r"
    03T00:00 cem Shadow until 03T09:00
    03T09:00 ben On until 05T09:00
    03T09:00 ana Off until 05T09:00
    05T00:00 ana Shadow until 05T09:00
    05T09:00 ana On until 06T09:00
    05T09:00 ben Off until 06T09:00
    ");
}

#[test]
fn a_layer_that_ends_asks_for_a_note_and_tells_nobody_else() {
    let ends = "  - {name: days, start: 2026-03-02 09:00, end: 2026-03-03 09:00, turn: weekly, participants: [ana]}\n";
    assert_snapshot!(told(&company(ends), "01T12:00", "20T00:00"), @r"
    02T09:00 ana On until 03T09:00
    03T09:00 ana Off until ever
    ");
}

#[test]
fn a_handover_where_nobody_changes_tells_nobody() {
    let alone = "  - {name: days, start: 2026-03-02 09:00, turn: daily, participants: [ana]}\n";
    assert_eq!(told(&company(alone), "02T12:00", "20T00:00"), "");
}

#[test]
fn people_and_schedules_can_turn_it_off() {
    let directory = company(DAYS);
    let mut ben = User::clone(directory.users().find(|user| user.slug == "ben").unwrap());
    ben.silent_handovers = true;
    let without_ben = directory.changed(&[Change::Put(Object::from(ben))]).unwrap();
    let lines = told(&without_ben, "02T12:00", "07T00:00");
    assert!(lines.contains("ana") && !lines.contains("ben"), "{lines}");
    let mut quiet = schedule(&directory).clone();
    quiet.silent_handovers = true;
    let quiet = directory.changed(&[Change::Put(Object::from(quiet))]).unwrap();
    assert_eq!(told(&quiet, "02T12:00", "07T00:00"), "");
}

#[test]
fn of_several_that_were_missed_the_latest_is_told_and_none_twice() {
    let directory = company(DAYS);
    let schedule = schedule(&directory);
    let state = step(at("02T12:00"), &directory, schedule, None, Input::Changed).next;
    let down_until = at("05T15:00");
    let decision = step(down_until, &directory, schedule, Some(&state), Input::Due);
    assert_eq!(decision.handover.as_ref().map(|handover| handover.at), Some(at("05T09:00")));
    let again = step(down_until, &directory, schedule, Some(&decision.next), Input::Due);
    assert_eq!((again.handover, again.next), (None, decision.next.clone()), "the second node finds it done");
    // The clock is set back: what was told is not told again.
    let back = step(at("04T12:00"), &directory, schedule, Some(&decision.next), Input::Changed);
    assert_eq!(back.handover, None);
    let after = step(at("05T09:00"), &directory, schedule, Some(&back.next), Input::Due);
    assert_eq!(after.handover, None, "{:?}", back.next);
}

#[test]
fn a_change_of_the_schedule_moves_the_next_one_and_tells_what_was_due() {
    let directory = company(DAYS);
    let state = step(at("02T12:00"), &directory, schedule(&directory), None, Input::Changed).next;
    assert_eq!(state.next, Some(at("03T09:00")));
    let mut changed = schedule(&directory).clone();
    let ben = directory.users().find(|user| user.slug == "ben").unwrap().id;
    let id = OverrideId::new(Uuid::from_u128(9));
    let (starts, ends) = (at("02T18:00"), at("03T12:00"));
    changed.overrides.push(Override { id, user: ben, replaces: None, starts, ends });
    let decision = step(at("02T13:00"), &directory, &changed, Some(&state), Input::Changed);
    assert_eq!((decision.handover, decision.next.next), (None, Some(at("02T18:00"))));
    let late = step(at("03T09:01"), &directory, schedule(&directory), Some(&state), Input::Changed);
    let people: BTreeMap<UserId, Part> = late.tell.into_iter().collect();
    assert_eq!(people.get(&ben), Some(&Part::On), "a change a moment after the handover does not swallow it");
}
