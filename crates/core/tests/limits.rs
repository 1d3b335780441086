//! Beyond each limit of the configuration and of incidents: it is refused, or it can be seen.

use allclear_core::actor::{Actor, Via};
use allclear_core::declaration::{Document, Located, Location, Options, plan};
use allclear_core::directory::Directory;
use allclear_core::fact::{Fact, Unreachable};
use allclear_core::id::UserId;
use allclear_core::incident::{self, Input, Opening};
use allclear_core::limits;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

fn now() -> Timestamp {
    "2026-11-05T12:00:00Z".parse().unwrap()
}

fn person(number: usize) -> Value {
    let slug = format!("p{number}");
    json!({"kind": "user", "slug": slug, "name": slug, "role": "admin", "email": format!("{slug}@example.com"),
           "contacts": [{"channel": "email", "address": format!("{slug}@example.com"), "verified": true}]})
}

fn people(count: usize) -> Vec<Value> {
    (1..=count).map(person).collect()
}

/// What becomes of a company with these documents, beside some people and a service.
fn configured(documents: Vec<Value>, people_count: usize) -> Result<Directory, String> {
    let service = json!({"kind": "service", "slug": "checkout", "name": "Checkout"});
    let all = people(people_count).into_iter().chain([service]).chain(documents);
    let mut located = Vec::new();
    for (number, value) in (1..).zip(all) {
        let content: Document = serde_json::from_value(value).map_err(|error| error.to_string())?;
        located.push(Located { at: Location { file: "test".to_owned(), document: number, line: None }, content });
    }
    let mut next = 0;
    let mut ids = || {
        next += 1;
        Uuid::from_u128(next)
    };
    let directory = Directory::default();
    let told = |problems: Vec<String>| problems.join("\n");
    let mut plan = plan(&directory, &located, now(), &mut ids, Options::default())
        .map_err(|problems| told(problems.iter().map(ToString::to_string).collect()))?;
    plan.give_keys(&mut || "a-key-that-was-made".to_owned());
    directory.changed(&plan.changes()).map_err(|problems| told(problems.iter().map(ToString::to_string).collect()))
}

/// The first of the two is taken, the second is refused, and the refusal says so.
#[track_caller]
fn at_most(within: Value, beyond: Value, says: &str) {
    configured(vec![within], 101).unwrap_or_else(|refusal| panic!("{refusal}"));
    let refusal = configured(vec![beyond], 101).unwrap_err();
    assert!(refusal.contains(says), "`{says}` is not in `{refusal}`");
}

fn policy(steps: usize, targets: usize, repeats: u32) -> Value {
    let targets: Vec<Value> = (1..=targets).map(|number| json!({"user": format!("p{number}")})).collect();
    json!({"kind": "policy", "slug": "ladder", "name": "Ladder", "repeats": repeats,
           "steps": vec![json!({"targets": targets, "wait": "5m"}); steps]})
}

fn layer(participants: usize, restrictions: usize, turn: &str) -> Value {
    let participants: Vec<String> = (1..=participants).map(|number| format!("p{number}")).collect();
    json!({"name": "rotation", "start": "2026-01-05 09:00", "turn": turn, "participants": participants,
           "restrictions": vec![json!({"daily": "09:00-17:00"}); restrictions]})
}

fn schedule(layers: Vec<Value>, overrides: usize) -> Value {
    let overrides: Vec<Value> = (0..overrides)
        .map(|_| json!({"user": "p1", "starts": "2027-01-01 00:00", "ends": "2027-01-02 00:00"}))
        .collect();
    json!({"kind": "schedule", "slug": "rota", "name": "Rota", "time_zone": "UTC", "layers": layers,
           "overrides": overrides})
}

fn team(slug: usize, name: usize) -> Value {
    json!({"kind": "team", "slug": "s".repeat(slug), "name": "n".repeat(name)})
}

#[test]
fn names() {
    // beyond: NAME_CHARACTERS, SLUG_CHARACTERS
    at_most(team(1, limits::NAME_CHARACTERS), team(1, limits::NAME_CHARACTERS + 1), "name: ");
    at_most(team(limits::SLUG_CHARACTERS, 1), team(limits::SLUG_CHARACTERS + 1, 1), "slug: ");
}

#[test]
fn policies() {
    // beyond: STEPS, TARGETS, REPEATS
    at_most(policy(limits::STEPS, 1, 0), policy(limits::STEPS + 1, 1, 0), "steps: ");
    at_most(policy(1, limits::TARGETS, 0), policy(1, limits::TARGETS + 1, 0), "steps[1].targets: ");
    at_most(policy(1, 1, limits::REPEATS), policy(1, 1, limits::REPEATS + 1), "repeats: ");
}

#[test]
fn rules_of_steps() {
    // beyond: ACKNOWLEDGEMENTS, CONDITION_VALUES, LATE_STEPS
    let step = |more: Value| {
        let mut step = json!({"targets": [{"user": "p1"}], "wait": "5m"});
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"kind": "policy", "slug": "ladder", "name": "Ladder", "steps": [step]})
    };
    let asked = |count: u32| step(json!({"acknowledgements": count}));
    at_most(asked(limits::ACKNOWLEDGEMENTS), asked(limits::ACKNOWLEDGEMENTS + 1), "steps[1].acknowledgements: ");
    let labels = |count: usize| {
        let labels: serde_json::Map<String, Value> = (0..count).map(|one| (format!("l{one}"), json!("x"))).collect();
        step(json!({"only_if": {"labels": labels}}))
    };
    at_most(labels(limits::CONDITION_VALUES), labels(limits::CONDITION_VALUES + 1), "only_if.labels: ");
    let hours = |count: usize| step(json!({"only_if": {"hours": vec![json!({"daily": "09:00-17:00"}); count]}}));
    at_most(hours(limits::CONDITION_VALUES), hours(limits::CONDITION_VALUES + 1), "only_if.hours: ");
    let late = |count: usize| {
        let late = |hours: usize| json!({"after": format!("{hours}h"), "targets": [{"user": "p1"}]});
        let mut policy = policy(1, 1, 0);
        policy["unresolved"] = (1..=count).map(late).collect();
        policy
    };
    at_most(late(limits::LATE_STEPS), late(limits::LATE_STEPS + 1), "unresolved: ");
}

#[test]
fn skills() {
    // beyond: SKILLS
    let person = |count: usize| {
        let skills: Vec<String> = (1..=count).map(|number| format!("skill-{number}")).collect();
        json!({"kind": "user", "slug": "zoe", "name": "Zoe", "skills": skills})
    };
    at_most(person(limits::SKILLS), person(limits::SKILLS + 1), "skills: ");
}

#[test]
fn people_and_their_rules() {
    // beyond: CONTACT_METHODS, RUNGS
    let with = |contacts: usize, rungs: usize| {
        let contacts: Vec<Value> = (1..=contacts)
            .map(|number| json!({"name": format!("c{number}"), "channel": "email", "address": "a@example.com"}))
            .collect();
        let rungs = vec![json!({"contact": "c1", "after": "1m"}); rungs];
        json!({"kind": "user", "slug": "sue", "name": "Sue", "email": "sue@example.com", "contacts": contacts,
               "rules": {"high": rungs}})
    };
    at_most(with(limits::CONTACT_METHODS, 1), with(limits::CONTACT_METHODS + 1, 1), "contacts: ");
    at_most(with(1, limits::RUNGS), with(1, limits::RUNGS + 1), "high_urgency: ");
}

#[test]
fn schedules() {
    // beyond: LAYERS, LAYER_PARTICIPANTS, CREW, RESTRICTIONS, COMPANY_DAYS, TURN_LENGTH, OVERRIDES
    let layers = |count| schedule(vec![layer(1, 0, "weekly"); count], 0);
    at_most(layers(limits::LAYERS), layers(limits::LAYERS + 1), "layers: ");
    let one = |layer| schedule(vec![layer], 0);
    let participants = |count| one(layer(count, 0, "weekly"));
    at_most(participants(limits::LAYER_PARTICIPANTS), participants(limits::LAYER_PARTICIPANTS + 1), "participants: ");
    let crew = |count: usize| {
        let people: Vec<String> = (1..=count).map(|number| format!("p{number}")).collect();
        one(json!({"name": "rotation", "start": "2026-01-05 09:00", "turn": "weekly", "participants": [people]}))
    };
    at_most(crew(limits::CREW), crew(limits::CREW + 1), "participants[1]: ");
    let restrictions = |count| one(layer(1, count, "weekly"));
    at_most(restrictions(limits::RESTRICTIONS), restrictions(limits::RESTRICTIONS + 1), "restrictions: ");
    let company_days = |count: usize| {
        let mut layer = layer(1, 0, "weekly");
        layer["holidays"] = json!({"of": "DE-BY", "when": "only", "also": vec!["2026-12-24"; count]});
        one(layer)
    };
    at_most(company_days(limits::COMPANY_DAYS), company_days(limits::COMPANY_DAYS + 1), "holidays.also: ");
    let turn = |length: u32| one(layer(1, 0, &format!("{length}h")));
    at_most(turn(limits::TURN_LENGTH), turn(limits::TURN_LENGTH + 1), "turn");
    let overrides = |count| schedule(vec![layer(1, 0, "weekly")], count);
    at_most(overrides(limits::OVERRIDES), overrides(limits::OVERRIDES + 1), "overrides: ");
}

#[test]
fn lengths_of_time() {
    // beyond: GROUPING_HOURS, WAIT_DAYS
    let grouped = |window: String| json!({"kind": "service", "slug": "search", "name": "Search", "grouping": {"by": "service", "window": window}});
    let hours = |hours: u32| grouped(format!("{hours}h"));
    at_most(hours(limits::GROUPING_HOURS), hours(limits::GROUPING_HOURS + 1), "window");
    assert!(format!("{}d", limits::WAIT_DAYS).parse::<Wait>().is_ok());
    assert!(format!("{}d1s", limits::WAIT_DAYS).parse::<Wait>().unwrap_err().contains("is longer than"));
}

/// People beyond the limit are not paged, and the timeline says who they are and why.
#[test]
fn responders() {
    // beyond: RESPONDERS
    let directory = configured(Vec::new(), limits::RESPONDERS + 2).unwrap();
    let service = directory.services().next().unwrap().id;
    let (title, severity) = ("Disk full".to_owned(), Severity::Sev1);
    let opening = Opening::declared(service, title, severity);
    let mut people: Vec<UserId> = directory.users().map(|user| user.id).collect();
    let actor = Actor::User { user: people[0], via: Via::Web };
    let opened = incident::open(now(), &directory, actor, opening);
    let told = |facts: &[Fact]| {
        let too_many = |fact: &&Fact| matches!(fact, Fact::PersonUnreachable { why: Unreachable::TooMany, .. });
        facts.iter().filter(too_many).count()
    };
    // Without a policy all admins are the last resort.
    assert_eq!((opened.next.pages.len(), told(&opened.facts)), (limits::RESPONDERS, 2));
    people.retain(|user| opened.next.page_of(*user).is_none());
    let asked = incident::step(now(), &directory, &opened.next, actor, Input::Request { people });
    assert_eq!((asked.next.pages.len(), told(&asked.facts)), (limits::RESPONDERS, 2));
}
