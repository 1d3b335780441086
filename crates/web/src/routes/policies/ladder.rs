//! A policy as a ladder in time, with whom it would page now.

use std::collections::BTreeMap;

use allclear_core::declaration::{Hours, Subject, Written as _};
use allclear_core::directory::{Inside, Kind, LateStep, Policy, Step, Target};
use allclear_core::id::UserId;
use allclear_core::schedule::Restriction;
use allclear_core::severity::Urgency;
use allclear_core::wait::Wait;

use super::super::reader::Reader;
use super::super::view;
use crate::pages::{Anchor, LateRung, PagedNow, PolicyStep, PolicyTarget};
use crate::problem::Problem;
use crate::reach;
use crate::readiness::{DAYS, check};

/// Why policies may reach nobody, by their short names: the worst finding of each.
pub(super) async fn weaknesses(reader: &Reader) -> Result<BTreeMap<String, String>, Problem> {
    let mut worst = BTreeMap::new();
    for finding in check(reader.directory.clone(), reader.now(), DAYS).await? {
        if let Subject::Object(Kind::Policy, slug) = finding.subject {
            worst.entry(slug).or_insert(finding.message);
        }
    }
    Ok(worst)
}

/// How long it takes from the first step to the end of the last one's wait.
pub(super) fn length(policy: &Policy) -> Wait {
    policy
        .steps
        .iter()
        .fold(Wait::NONE, |sum, step| Wait::seconds(sum.as_seconds().saturating_add(step.wait.as_seconds())))
}

/// What happens when everybody was paged and nobody answered.
pub(super) fn end(policy: &Policy) -> String {
    let last = "the admins are paged as the last resort, and the incident says that nobody answered";
    match policy.repeats {
        0 => format!("Then {last}."),
        1 => format!("Starts again from step 1, once; then {last}."),
        repeats => format!("Starts again from step 1, {repeats} times; then {last}."),
    }
}

/// The steps.
pub(super) fn steps(reader: &Reader, policy: &Policy) -> Vec<PolicyStep> {
    let mut after = Wait::NONE;
    let mut steps = Vec::new();
    for step in &policy.steps {
        steps.push(PolicyStep {
            after: if after.is_none() { "at once".to_owned() } else { format!("+{after}") },
            targets: step.targets.iter().map(|one| target(reader, one)).collect(),
            wait: step.wait.to_string(),
            rules: rules(step),
            form: None,
        });
        after = Wait::seconds(after.as_seconds().saturating_add(step.wait.as_seconds()));
    }
    steps
}

/// The steps for what stays unresolved.
pub(super) fn late(reader: &Reader, policy: &Policy) -> Vec<LateRung> {
    let rung = |step: &LateStep| LateRung {
        after: format!("+{}", step.after),
        targets: step.targets.iter().map(|one| target(reader, one)).collect(),
        form: None,
    };
    policy.unresolved.iter().map(rung).collect()
}

/// The hours of a policy on one line, with their zone.
pub(super) fn working_hours(reader: &Reader, policy: &Policy) -> Option<String> {
    let zone = policy.time_zone.as_ref().unwrap_or(&reader.directory.organisation.time_zone);
    (!policy.working_hours.is_empty()).then(|| format!("{} ({zone})", hours(&policy.working_hours)))
}

fn hours(hours: &[Restriction]) -> String {
    Hours::of(hours).iter().map(Hours::write).collect::<Vec<_>>().join("; ")
}

/// What else holds for a step, in sentences.
fn rules(step: &Step) -> Vec<String> {
    let mut rules = Vec::new();
    let conditions = &step.only_if;
    if !conditions.severities.is_empty() {
        let names: Vec<&str> = conditions.severities.iter().map(|severity| severity.name()).collect();
        rules.push(format!("Only for {}.", names.join(", ")));
    }
    rules.extend(conditions.urgency.map(|urgency| format!("Only for {} urgency.", urgency.word())));
    if !conditions.hours.is_empty() {
        rules.push(format!("Only {}.", hours(&conditions.hours)));
    }
    rules.extend(conditions.working_hours.map(|inside| match inside {
        Inside::Inside => "Only in the working hours.".to_owned(),
        Inside::Outside => "Only outside of the working hours.".to_owned(),
    }));
    rules.extend(conditions.labels.iter().map(|(name, value)| format!("Only for alerts with {name}={value}.")));
    let flags = [
        (step.waits_for_hours, "Waits for the working hours."),
        (step.round_robin, "They take turns: one of them for each incident."),
        (step.until_resolved, "Goes on to the next step although somebody acknowledged, until it is resolved."),
    ];
    rules.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, said)| said.to_owned()));
    if step.acknowledgements > 1 {
        rules.push(format!("Asks for {} people to acknowledge.", step.acknowledgements));
    }
    rules
}

fn target(reader: &Reader, target: &Target) -> PolicyTarget {
    let name = reader.names().target(target);
    let found = reader.directory.targeted(target, reader.now());
    let now: Vec<UserId> = found.into_iter().map(|one| one.user).collect();
    let (href, kind) = match target {
        Target::User(id) => {
            let user = reader.directory.user(*id);
            let href = user.map_or_else(|| "/people".to_owned(), |user| format!("/people/{}", user.slug));
            let anchor = Anchor::new(href, name);
            return PolicyTarget {
                target: anchor,
                kind: "person",
                now: paged_people(reader, &[*id]),
                weakness: unreachable(reader, *id),
            };
        }
        Target::Schedule(id) | Target::NextOnCall(id) | Target::PreviousOnCall(id) | Target::EveryoneOf(id) => {
            let schedule = reader.directory.schedule(*id);
            let href = schedule.map_or_else(|| "/schedules".to_owned(), |one| view::schedule_anchor(one).href);
            (href, "schedule")
        }
        Target::Team { team, .. } => {
            let team = reader.directory.team(*team);
            (team.map_or_else(|| "/teams".to_owned(), |team| view::team_anchor(team).href), "team")
        }
    };
    let weakness = match (now.as_slice(), target) {
        ([], Target::Schedule(_)) => Some("Nobody is on call there now.".to_owned()),
        ([], _) => Some("That is nobody now.".to_owned()),
        (people, _) => people.iter().find_map(|user| unreachable(reader, *user)),
    };
    PolicyTarget { target: Anchor::new(href, name), kind, now: paged_people(reader, &now), weakness }
}

/// Each with the channels by which they are paged.
fn paged_people(reader: &Reader, people: &[UserId]) -> Vec<PagedNow> {
    let ways = |id| reach::channels(reach::ways(&reader.directory, &reader.visitor, id));
    people.iter().map(|id| PagedNow { person: reader.person(*id), ways: ways(*id) }).collect()
}

/// Why a person would not be reached now.
fn unreachable(reader: &Reader, id: UserId) -> Option<String> {
    let Some(user) = reader.directory.user(id) else { return Some("They are no longer here.".to_owned()) };
    if user.suspended {
        return Some(format!("{} has left.", user.name));
    }
    user.ladder(Urgency::High).is_empty().then(|| format!("{} has no verified contact method.", user.name))
}

/// Who would be paged now, as a sentence.
pub(in crate::routes) fn paged_now(reader: &Reader, policy: Option<&Policy>) -> String {
    let admins = || format!("The admins, all at once: {}.", reader.names().people(&reader.directory.admins()));
    let Some(policy) = policy else { return admins() };
    let mut after = Wait::NONE;
    let mut said = Vec::new();
    for step in &policy.steps {
        let people: Vec<UserId> = step.targets.iter().flat_map(|target| paged(reader, target)).collect();
        if !people.is_empty() {
            let when = if after.is_none() { "at once".to_owned() } else { format!("after {after}") };
            said.push(format!("{} {when}", reader.names().people(&people)));
            after = Wait::seconds(after.as_seconds().saturating_add(step.wait.as_seconds()));
        }
    }
    if said.is_empty() {
        format!("Nobody on the policy can be paged now. {}", admins())
    } else {
        format!("{}.", said.join(", "))
    }
}

fn paged(reader: &Reader, target: &Target) -> Vec<UserId> {
    let people = reader.directory.targeted(target, reader.now()).into_iter().map(|one| one.user);
    people.filter(|user| unreachable(reader, *user).is_none()).collect()
}
