//! Policies and the rotations behind them.

use jiff::Timestamp;

use super::coverage::Coverage;
use super::duties::Period;
use super::{Finding, Rule};
use crate::declaration::Subject;
use crate::directory::{Directory, Kind, Policy, Step, Target};
use crate::schedule::{Layer, Schedule};
use crate::severity::{Severity, UrgencyRule};

pub(super) fn check(directory: &Directory, coverage: &Coverage<'_>, findings: &mut Vec<Finding>) {
    for policy in directory.policies() {
        let subject = Subject::Object(Kind::Policy, policy.slug.clone());
        let nobody_at_all = coverage.gaps_of_all(&policy.steps);
        if let Some(first) = nobody_at_all.first() {
            let message = format!("no step pages anybody {}", times(directory, &nobody_at_all, coverage.range));
            let remedy = format!("add a person as the last step{}", or_close(directory, &policy.steps));
            findings.push(Finding::new(Rule::PolicyPagesNobody, subject.clone(), message, remedy).during(*first));
        }
        if policy.steps.iter().any(|step| !step.only_if.is_none()) {
            findings.extend(conditions_leave_nobody(directory, policy, coverage, &nobody_at_all));
        }
        for (number, step) in (1..).zip(&policy.steps) {
            let gaps = coverage.gaps(step);
            // What no step covers has been said.
            if let Some(first) = gaps.first().filter(|_| gaps != nobody_at_all) {
                let message = format!("it pages nobody {}", times(directory, &gaps, coverage.range));
                let remedy = format!("add a person to the step{}", or_close(directory, std::slice::from_ref(step)));
                let finding = Finding::new(Rule::StepPagesNobody, subject.clone(), message, remedy);
                findings.push(finding.at(format!("steps[{number}]")).during(*first));
            }
        }
    }
}

/// A severity for which the conditions of all steps leave somebody out.
fn conditions_leave_nobody(
    directory: &Directory,
    policy: &Policy,
    coverage: &Coverage<'_>,
    known: &[Period],
) -> Option<Finding> {
    let services = directory.services().filter(|service| service.policy == Some(policy.id));
    let rules: Vec<UrgencyRule> = services.map(|service| service.urgency).collect();
    let rules = if rules.is_empty() { vec![UrgencyRule::default()] } else { rules };
    let cases = rules.into_iter().flat_map(|rule| Severity::ALL.map(|severity| (severity, rule.urgency(severity))));
    let (severity, gaps) = cases.into_iter().find_map(|(severity, urgency)| {
        let gaps = coverage.gaps_for(policy, severity, urgency);
        (gaps != known && !gaps.is_empty()).then_some((severity, gaps))
    })?;
    let times = times(directory, &gaps, coverage.range);
    let message = format!("by the conditions of its steps, an alert of {severity} without labels pages nobody {times}");
    let remedy = "add a step without conditions as the last one, or widen the conditions";
    let subject = Subject::Object(Kind::Policy, policy.slug.clone());
    let first = gaps.first().copied()?;
    Some(Finding::new(Rule::ConditionsLeaveNobody, subject, message, remedy).during(first))
}

/// `from Mon … to …, and 3 more times until …`, on the organisation's clocks.
pub(super) fn times(directory: &Directory, periods: &[Period], range: Period) -> String {
    let zone = &directory.organisation.time_zone;
    match periods {
        [all] if *all == range => format!("at any time from {}", range.shown_in(zone)),
        [only] => format!("from {}", only.shown_in(zone)),
        [first, rest @ ..] => {
            let times = if rest.len() == 1 { "time" } else { "times" };
            let until = zone.local(range.ends).strftime("%a %Y-%m-%d %H:%M");
            format!("from {}, and {} more {times} until {until}", first.shown_in(zone), rest.len())
        }
        [] => String::new(),
    }
}

/// The other half of the remedy, where schedules are involved.
fn or_close(directory: &Directory, steps: &[Step]) -> String {
    let mut slugs: Vec<String> = Vec::new();
    for target in steps.iter().flat_map(|step| &step.targets) {
        if let Target::Schedule(id) = target
            && let Some(schedule) = directory.schedule(*id)
            && !slugs.contains(&schedule.slug)
        {
            slugs.push(schedule.slug.clone());
        }
    }
    if slugs.is_empty() { String::new() } else { format!(", or close the gap in schedule {}", slugs.join(" or ")) }
}

pub(super) fn check_rotations(directory: &Directory, now: Timestamp, findings: &mut Vec<Finding>) {
    for schedule in directory.schedules() {
        let subject = || Subject::Object(Kind::Schedule, schedule.slug.clone());
        if schedule.layers.is_empty() && schedule.overrides.iter().all(|cover| cover.ends <= now) {
            let remedy = "add a layer, or remove the schedule";
            findings.push(Finding::new(Rule::EmptyRotation, subject(), "it has no layers", remedy).at("layers"));
        }
        for (number, layer) in (1..).zip(&schedule.layers) {
            if layer.participants.is_empty() && !is_over(schedule, layer, now) {
                let message = format!("nobody takes part in `{}`", layer.name);
                let finding =
                    Finding::new(Rule::EmptyRotation, subject(), message, "add somebody, or remove the layer");
                findings.push(finding.at(format!("layers[{number}].participants")));
            }
        }
    }
}

/// Whether a layer has ended.
pub(super) fn is_over(schedule: &Schedule, layer: &Layer, now: Timestamp) -> bool {
    let zone = layer.time_zone.as_ref().unwrap_or(&schedule.time_zone);
    layer.end.is_some_and(|end| end <= zone.local(now).datetime())
}
