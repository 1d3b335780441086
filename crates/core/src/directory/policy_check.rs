//! What a policy must be like to be saved.

use std::collections::BTreeSet;

use super::change::{Problems, is_plain};
use super::{Directory, Kind, LateStep, Policy, Step, Target};
use crate::limits;
use crate::wait::Wait;

impl Directory {
    pub(super) fn check_policy(&self, policy: &Policy, problems: &mut Problems<'_>) {
        self.refers(Kind::Team, policy.team.map(|id| id.uuid()), "team", problems);
        problems.check(!policy.steps.is_empty(), "steps", || "there is none; add at least one".into());
        problems.at_most("steps", policy.steps.len(), limits::STEPS);
        problems.at_most("unresolved", policy.unresolved.len(), limits::LATE_STEPS);
        problems.at_most("working_hours", policy.working_hours.len(), limits::RESTRICTIONS);
        problems.check(policy.repeats <= limits::REPEATS, "repeats", || {
            format!("{} is more than {} repeats", policy.repeats, limits::REPEATS)
        });
        problems.check(
            policy.acknowledgement_timeout.is_none_or(|wait| wait >= Wait::minutes(1)),
            "acknowledgement_timeout",
            || "it is shorter than a minute; make it longer, or leave it out for none".into(),
        );
        for (number, step) in (1..).zip(&policy.steps) {
            self.check_step(policy, step, &format!("steps[{number}]"), problems);
        }
        let mut seen = BTreeSet::new();
        for (number, step) in (1..).zip(&policy.unresolved) {
            let field = format!("unresolved[{number}]");
            self.check_late_step(step, &field, problems);
            problems.check(seen.insert(step.after), &format!("{field}.after"), || {
                format!("another step comes after `{}`, too; put the targets of both into one", step.after)
            });
        }
    }

    fn check_step(&self, policy: &Policy, step: &Step, field: &str, problems: &mut Problems<'_>) {
        self.check_targets(&step.targets, field, problems);
        problems.check(step.wait >= Wait::minutes(1), &format!("{field}.wait"), || {
            format!("`{}` leaves nobody the time to answer; wait at least 1m", step.wait)
        });
        let asked = step.acknowledgements;
        problems.check((1..=limits::ACKNOWLEDGEMENTS).contains(&asked), &format!("{field}.acknowledgements"), || {
            format!("{asked} is out of range; use 1 to {}", limits::ACKNOWLEDGEMENTS)
        });
        problems.check(!step.round_robin || asked <= 1, &format!("{field}.acknowledgements"), || {
            format!("it pages one person at a time, and asks for {asked} acknowledgements; leave one of the two out")
        });
        let without_hours = policy.working_hours.is_empty();
        problems.check(!(step.waits_for_hours && without_hours), &format!("{field}.waits_for_hours"), || {
            "the policy has no working hours to wait for; give it `working_hours`".into()
        });
        let conditions = &step.only_if;
        problems.check(
            !(conditions.working_hours.is_some() && without_hours),
            &format!("{field}.only_if.working_hours"),
            || "the policy has no working hours; give it `working_hours`".into(),
        );
        problems.at_most(&format!("{field}.only_if.hours"), conditions.hours.len(), limits::CONDITION_VALUES);
        problems.at_most(&format!("{field}.only_if.labels"), conditions.labels.len(), limits::CONDITION_VALUES);
        for (label, value) in &conditions.labels {
            problems.text(&format!("{field}.only_if.labels"), label, limits::LABEL_NAME_CHARACTERS);
            problems.text(&format!("{field}.only_if.labels"), value, limits::LABEL_CHARACTERS);
        }
    }

    fn check_late_step(&self, step: &LateStep, field: &str, problems: &mut Problems<'_>) {
        self.check_targets(&step.targets, field, problems);
        problems.check(step.after >= Wait::minutes(1), &format!("{field}.after"), || {
            format!("`{}` is at once; the first step of `steps` does that, so wait at least 1m", step.after)
        });
    }

    fn check_targets(&self, targets: &[Target], field: &str, problems: &mut Problems<'_>) {
        let field = format!("{field}.targets");
        problems
            .check(!targets.is_empty(), field.trim_end_matches(".targets"), || "it pages nobody; add a target".into());
        problems.at_most(&field, targets.len(), limits::TARGETS);
        for target in targets {
            let (kind, uuid) = match target {
                Target::User(user) => (Kind::User, user.uuid()),
                Target::Schedule(schedule)
                | Target::NextOnCall(schedule)
                | Target::PreviousOnCall(schedule)
                | Target::EveryoneOf(schedule) => (Kind::Schedule, schedule.uuid()),
                Target::Team { team, skill } => {
                    if let Some(skill) = skill {
                        problems.text(&format!("{field}.skill"), skill, limits::SLUG_CHARACTERS);
                        problems.check(is_plain(skill), &format!("{field}.skill"), || {
                            let shown: String = skill.chars().take(limits::SLUG_CHARACTERS).collect();
                            format!("`{shown}` is not a short name; use a-z, 0-9, `-`, `_` and `.`")
                        });
                    }
                    (Kind::Team, team.uuid())
                }
            };
            self.refers(kind, Some(uuid), &field, problems);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;
    use crate::directory::{Change, Conditions, Inside, Object};
    use crate::incident::tests::cast::{directory, person};
    use crate::schedule::Restriction;

    /// What is wrong with a policy of this one step, with or without working hours.
    fn refused(hours: bool, change: impl FnOnce(&mut Policy)) -> String {
        let directory = directory("person Ana: mail\npolicy Primary: Ana 5m");
        let mut policy = Policy::clone(directory.policies().next().unwrap());
        if hours {
            policy.working_hours = vec![Restriction::Daily { from: time(9, 0, 0, 0), until: time(17, 0, 0, 0) }];
        }
        policy
            .unresolved
            .push(LateStep { after: Wait::hours(1), targets: vec![Target::User(person(&directory, "Ana"))] });
        change(&mut policy);
        let problems = directory.changed(&[Change::Put(Object::from(policy))]).err().unwrap_or_default();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_the_remedy() {
        let nobody =
            || Target::Team { team: crate::id::TeamId::new(uuid::Uuid::nil()), skill: Some("Big Data".into()) };
        assert_eq!(refused(true, |policy| policy.steps[0].waits_for_hours = true), "");
        for (refusal, says) in [
            (refused(false, |policy| policy.steps[0].waits_for_hours = true), "give it `working_hours`"),
            (
                refused(false, |policy| {
                    policy.steps[0].only_if =
                        Conditions { working_hours: Some(Inside::Outside), ..Conditions::default() };
                }),
                "steps[1].only_if.working_hours: the policy has no working hours",
            ),
            (
                refused(false, |policy| {
                    (policy.steps[0].round_robin, policy.steps[0].acknowledgements) = (true, 2);
                }),
                "it pages one person at a time, and asks for 2 acknowledgements",
            ),
            (refused(false, |policy| policy.steps[0].acknowledgements = 0), "0 is out of range; use 1 to 20"),
            (refused(false, |policy| policy.unresolved[0].after = Wait::NONE), "unresolved[1].after: `0s` is at once"),
            (
                refused(false, |policy| policy.unresolved.push(policy.unresolved[0].clone())),
                "unresolved[2].after: another step comes after `1h`",
            ),
            (refused(false, |policy| policy.unresolved[0].targets.clear()), "unresolved[1]: it pages nobody"),
            (refused(false, |policy| policy.steps[0].targets = vec![nobody()]), "`Big Data` is not a short name"),
            (refused(false, |policy| policy.steps[0].targets = vec![nobody()]), "there is no such team"),
        ] {
            assert!(refusal.contains(says), "`{says}` is not in `{refusal}`");
        }
    }
}
