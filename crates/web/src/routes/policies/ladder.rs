//! A policy as a ladder in time, with whom it would page now.

use std::collections::BTreeMap;

use allclear_core::declaration::Subject;
use allclear_core::directory::{Kind, Policy, Target};
use allclear_core::id::UserId;
use allclear_core::severity::Urgency;
use allclear_core::wait::Wait;

use super::super::reader::Reader;
use super::super::view;
use crate::pages::{Anchor, PolicyStep, PolicyTarget};
use crate::problem::Problem;
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
            after: if after.is_none() { "at once".to_owned() } else { after.to_string() },
            targets: step.targets.iter().map(|one| target(reader, *one)).collect(),
            wait: step.wait.to_string(),
        });
        after = Wait::seconds(after.as_seconds().saturating_add(step.wait.as_seconds()));
    }
    steps
}

fn target(reader: &Reader, target: Target) -> PolicyTarget {
    match target {
        Target::User(id) => {
            let user = reader.directory.user(id);
            let href = user.map_or_else(|| "/people".to_owned(), |user| format!("/people/{}", user.slug));
            let anchor = Anchor::new(href, super::target_name(reader, target));
            PolicyTarget { target: anchor, kind: "person", now: Vec::new(), weakness: unreachable(reader, id) }
        }
        Target::Schedule(id) => {
            let schedule = reader.directory.schedule(id);
            let anchor = schedule
                .map_or_else(|| Anchor::new("/schedules", "a schedule that is gone"), |one| view::schedule_anchor(one));
            let now = reader.directory.on_call(id, reader.now());
            let weakness = match now.as_slice() {
                [] => Some("Nobody is on call there now.".to_owned()),
                people => people.iter().find_map(|user| unreachable(reader, *user)),
            };
            PolicyTarget { target: anchor, kind: "schedule", now: reader.people(&now), weakness }
        }
    }
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
        let people: Vec<UserId> = step.targets.iter().flat_map(|target| paged(reader, *target)).collect();
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

fn paged(reader: &Reader, target: Target) -> Vec<UserId> {
    let people = match target {
        Target::User(user) => vec![user],
        Target::Schedule(schedule) => reader.directory.on_call(schedule, reader.now()),
    };
    people.into_iter().filter(|user| unreachable(reader, *user).is_none()).collect()
}
