//! Single steps of policies: skills, turns, acknowledgements, and the ladder for what stays unresolved.

use std::collections::BTreeSet;

use super::coverage::Coverage;
use super::policies::times;
use super::{Finding, Rule};
use crate::declaration::Subject;
use crate::directory::{Directory, Kind, Policy, Step, Target};
use crate::id::UserId;

pub(super) fn check(directory: &Directory, coverage: &Coverage<'_>, findings: &mut Vec<Finding>) {
    for policy in directory.policies() {
        for (number, step) in (1..).zip(&policy.steps) {
            let found = [too_few_take_turns(policy, step, coverage), too_few_acknowledge(policy, step, coverage)];
            findings.extend(found.into_iter().flatten().map(|finding| finding.at(format!("steps[{number}]"))));
            let place = format!("steps[{number}].targets");
            findings.extend(skills_nobody_has(directory, policy, &step.targets).map(|finding| finding.at(&place)));
        }
        for (number, step) in (1..).zip(&policy.unresolved) {
            let place = format!("unresolved[{number}]");
            findings.extend(skills_nobody_has(directory, policy, &step.targets).map(|finding| finding.at(&place)));
            let gaps = coverage.gaps_of_targets(&step.targets);
            if let Some(first) = gaps.first() {
                let message = format!("it pages nobody {}", times(directory, &gaps, coverage.range));
                let remedy = "name somebody who is there, such as the manager's deputy";
                let finding = Finding::new(Rule::LateStepPagesNobody, subject(policy), message, remedy);
                findings.push(finding.at(place).during(*first));
            }
        }
    }
}

fn subject(policy: &Policy) -> Subject {
    Subject::Object(Kind::Policy, policy.slug.clone())
}

fn people(step: &Step, coverage: &Coverage<'_>) -> BTreeSet<UserId> {
    step.targets.iter().flat_map(|target| coverage.people_behind(target)).collect()
}

fn too_few_take_turns(policy: &Policy, step: &Step, coverage: &Coverage<'_>) -> Option<Finding> {
    let count = people(step, coverage).len();
    let who = if count == 0 { "nobody" } else { "one person" };
    let message = format!("its people are to take turns, but there is {who} to take them");
    let remedy = "add people to the step, or leave out the turns";
    (step.round_robin && count < 2).then(|| Finding::new(Rule::NobodyTakesTurns, subject(policy), message, remedy))
}

fn too_few_acknowledge(policy: &Policy, step: &Step, coverage: &Coverage<'_>) -> Option<Finding> {
    let (count, asked) = (people(step, coverage).len(), step.acknowledgements);
    let too_few = asked > 1 && count < usize::try_from(asked).unwrap_or(usize::MAX);
    let message = format!("it asks {asked} people to acknowledge, and never pages more than {count}");
    let remedy = "add people to the step, or ask for fewer acknowledgements";
    too_few.then(|| Finding::new(Rule::TooFewToAcknowledge, subject(policy), message, remedy))
}

fn skills_nobody_has<'a>(
    directory: &'a Directory,
    policy: &'a Policy,
    targets: &'a [Target],
) -> impl Iterator<Item = Finding> + 'a {
    targets.iter().filter_map(move |target| {
        let Target::Team { team, skill: Some(skill) } = target else { return None };
        let knows = directory.users().any(|user| !user.suspended && user.skills.iter().any(|one| one == skill));
        let team = directory.team(*team).map(|team| team.name.as_str()).unwrap_or_default();
        let message = format!("it asks for whoever of {team} knows `{skill}`, but nobody has that skill");
        let remedy = "give the skill to those who have it, or leave it out of the target";
        (!knows).then(|| Finding::new(Rule::SkillNobodyHas, subject(policy), message, remedy))
    })
}
