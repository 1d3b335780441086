//! The fields of the steps of a policy.

use std::collections::BTreeSet;

use allclear_core::directory::Directory;
use allclear_core::severity::Severity;

use super::typed::{TypedLate, TypedStep};
use crate::pages::{Choice, LateForm, StepForm};

/// Whom a step can page, schedules first. A skill is offered with each team that has somebody who has it.
fn targets(directory: &Directory, chosen: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "Choose a schedule, a person or a team", chosen.is_empty())];
    let mut offer = |value: String, label: String| {
        let is_chosen = value == chosen;
        all.push(Choice::new(value, label, is_chosen));
    };
    for schedule in directory.schedules() {
        offer(format!("schedule:{}", schedule.slug), format!("{} (schedule)", schedule.name));
    }
    for user in directory.users().filter(|user| !user.suspended || chosen == format!("user:{}", user.slug)) {
        offer(format!("user:{}", user.slug), user.name.clone());
    }
    for schedule in directory.schedules() {
        offer(format!("next:{}", schedule.slug), format!("Next on call by {}", schedule.name));
        offer(format!("previous:{}", schedule.slug), format!("On call before by {}", schedule.name));
        offer(format!("everyone:{}", schedule.slug), format!("Everybody in {}", schedule.name));
    }
    for team in directory.teams() {
        offer(format!("team:{}", team.slug), format!("On call for {} (team)", team.name));
        let members = directory.users().filter(|user| user.teams.contains(&team.id) && !user.suspended);
        let known = members.flat_map(|user| &user.skills).map(String::as_str);
        for skill in known.chain(chosen_skill(chosen, &team.slug)).collect::<BTreeSet<_>>() {
            offer(format!("team:{}:{skill}", team.slug), format!("On call for {} with {skill}", team.name));
        }
    }
    all
}

/// The skill that a step asks for already, even if nobody has it any more.
fn chosen_skill<'c>(chosen: &'c str, team: &str) -> Option<&'c str> {
    chosen.strip_prefix("team:")?.strip_prefix(team)?.strip_prefix(':')
}

fn lists(directory: &Directory, words: &[String]) -> Vec<Vec<Choice>> {
    words.iter().map(String::as_str).chain([""]).map(|word| targets(directory, word)).collect()
}

/// The fields of a step.
pub(super) fn step_form(directory: &Directory, number: usize, step: &TypedStep, open: bool) -> StepForm {
    let severity = |severity: Severity| {
        let value = severity.name().to_lowercase();
        let is_chosen = step.severities.contains(&value);
        Choice::new(value, severity.name(), is_chosen)
    };
    let one_of = |first: &str, words: [(&str, &str); 2], chosen: &str| {
        let any = Choice::new("", first, chosen.is_empty());
        [any].into_iter().chain(words.map(|(value, label)| Choice::new(value, label, value == chosen))).collect()
    };
    StepForm {
        number,
        open,
        targets: lists(directory, &step.targets),
        wait: step.wait.clone(),
        has_rules: step.has_rules(),
        severities: Severity::ALL.map(severity).into(),
        urgency: one_of("any urgency", [("high", "only high urgency"), ("low", "only low urgency")], &step.urgency),
        hours: step.hours.clone(),
        working_hours: one_of(
            "at any time",
            [("inside", "only in the working hours"), ("outside", "only outside of the working hours")],
            &step.working_hours,
        ),
        labels: step.labels.clone(),
        waits_for_hours: step.waits_for_hours,
        round_robin: step.round_robin,
        acknowledgements: step.acknowledgements.clone(),
        until_resolved: step.until_resolved,
    }
}

/// The fields of a step for what stays unresolved.
pub(super) fn late_form(directory: &Directory, number: usize, late: &TypedLate, open: bool) -> LateForm {
    LateForm { number, open, after: late.after.clone(), targets: lists(directory, &late.targets) }
}
