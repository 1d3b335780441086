//! Climbing the escalation policy.

use std::sync::Arc;

use uuid::Uuid;

use super::step::Stepper;
use super::{Assignment, Page, Refusal};
use crate::directory::{Policy, Step, Target};
use crate::fact::{Exhaustion, Fact, PageReason, Start};
use crate::id::{PolicyId, UserId};
use crate::wait::Wait;

/// How long people have who were named by hand before the service's own policy goes on.
const WAIT_AFTER_REASSIGNMENT: Wait = Wait::minutes(15);

/// What is pursued after the people who were named by hand where the service has no policy: the admins follow.
fn no_policy() -> Policy {
    Policy {
        id: PolicyId::new(Uuid::nil()),
        slug: "by-hand".into(),
        name: "People chosen by hand".into(),
        team: None,
        steps: Vec::new(),
        repeats: 0,
        acknowledgement_timeout: None,
    }
}

impl Stepper<'_> {
    /// Starts the service's policy from its first step. Without one, the admins are paged: an alert must not die
    /// because somebody forgot to set up a policy.
    pub(super) fn start_escalation(&mut self, why: Start) {
        let service = self.directory.service(self.incident.service);
        let policy = service.and_then(|service| service.policy).and_then(|policy| self.directory.policy(policy));
        match policy.or_else(|| self.policy_of_last_run()).cloned() {
            Some(policy) => self.run_policy(policy, why),
            None => self.exhaust(Exhaustion::NoPolicy),
        }
    }

    /// A policy that was deleted under a running incident still serves it.
    fn policy_of_last_run(&self) -> Option<&Arc<Policy>> {
        self.incident.run.as_ref().map(|run| &run.policy)
    }

    pub(super) fn run_policy(&mut self, policy: Arc<Policy>, why: Start) {
        self.record(Fact::EscalationStarted { policy, why });
        self.take_next_step();
    }

    /// The policy by which an assignment is pursued.
    pub(super) fn policy_for(&self, assignment: &Assignment) -> Result<Arc<Policy>, Refusal> {
        match assignment {
            Assignment::Policy(policy) => self.directory.policy(*policy).cloned().ok_or(Refusal::Unknown),
            Assignment::People(people) => {
                let known = people.iter().all(|user| self.directory.user(*user).is_some_and(|user| !user.suspended));
                if people.is_empty() || !known {
                    return Err(Refusal::Unknown);
                }
                let service = self.directory.service(self.incident.service);
                let own = service.and_then(|service| service.policy).and_then(|id| self.directory.policy(id));
                let targets = people.iter().copied().map(Target::User).collect();
                let first = Step { targets, wait: WAIT_AFTER_REASSIGNMENT };
                let mut policy =
                    own.or_else(|| self.policy_of_last_run()).map_or_else(no_policy, |own| Policy::clone(own));
                policy.steps.insert(0, first);
                Ok(Arc::new(policy))
            }
        }
    }

    /// Takes the step after the last one. Steps that page nobody are passed over at once; a round in which every step
    /// was passed over ends the escalation, as further rounds would, too.
    pub(super) fn take_next_step(&mut self) {
        let Some(run) = &self.incident.run else { return };
        let policy = Arc::clone(&run.policy);
        let (mut round, mut step) = (run.round, run.step);
        let mut empty = 0;
        loop {
            if step < policy.steps.len() {
                step += 1;
            } else if round <= policy.repeats && empty < policy.steps.len() {
                round += 1;
                step = 1;
            } else {
                let nobody = empty >= policy.steps.len();
                return self.exhaust(if nobody { Exhaustion::NobodyToPage } else { Exhaustion::NobodyAnswered });
            }
            if self.take_step(&policy, round, step) {
                return;
            }
            empty += 1;
        }
    }

    /// Takes one step, numbered from 1; false when it pages nobody.
    fn take_step(&mut self, policy: &Policy, round: u32, step: usize) -> bool {
        let Some(taken) = policy.steps.get(step - 1) else { return false };
        let people = self.resolve_targets(&taken.targets);
        let reachable = people.iter().filter(|(user, _)| self.is_reachable(*user)).count();
        if reachable == 0 {
            for (user, _) in people {
                self.person_unreachable(user);
            }
            self.record(Fact::StepEmpty { round, step });
            return false;
        }
        let users: Vec<UserId> = people.iter().map(|(user, _)| *user).collect();
        self.record(Fact::StepTaken { round, step, people: users, next_at: taken.wait.after(self.now) });
        for (user, schedule) in people {
            let (name, steps) = (policy.name.clone(), policy.steps.len());
            self.page(user, PageReason::Step { policy: name, step, steps, round, schedule });
        }
        true
    }

    /// The people behind the targets at this moment, each once, with the schedule that named them.
    fn resolve_targets(&self, targets: &[Target]) -> Vec<(UserId, Option<String>)> {
        let mut people: Vec<(UserId, Option<String>)> = Vec::new();
        for target in targets {
            let (users, schedule) = match target {
                Target::User(user) => (vec![*user], None),
                Target::Schedule(schedule) => {
                    let name = self.directory.schedule(*schedule).map(|schedule| schedule.name.clone());
                    (self.directory.on_call(*schedule, self.now), name)
                }
            };
            for user in users {
                if people.iter().all(|(known, _)| *known != user) {
                    people.push((user, schedule.clone()));
                }
            }
        }
        people
    }

    /// The escalation waits for people none of whom can be reached any more: there is nothing to wait for.
    pub(super) fn step_is_lost(&self) -> bool {
        let lost = |user: &UserId| self.incident.page_of(*user).is_none_or(Page::is_lost);
        self.waits_for_step() && self.incident.assigned.iter().all(lost)
    }

    pub(super) fn waits_for_step(&self) -> bool {
        self.incident.run.as_ref().is_some_and(|run| run.next_at.is_some())
    }

    fn exhaust(&mut self, why: Exhaustion) {
        self.record(Fact::EscalationExhausted { why });
        for admin in self.directory.admins() {
            self.page(admin, PageReason::LastResort);
        }
    }

    pub(super) fn escalate_by_hand(&mut self, step: Option<usize>) -> Result<(), Refusal> {
        let Some(run) = &self.incident.run else { return Err(Refusal::NoPolicy) };
        let policy = Arc::clone(&run.policy);
        let (last, mut round) = (run.step, run.round);
        let chosen = step.unwrap_or(if last < policy.steps.len() {
            last + 1
        } else {
            round += 1;
            1
        });
        if chosen == 0 || chosen > policy.steps.len() {
            return Err(Refusal::NoSuchStep);
        }
        self.record(Fact::EscalatedByHand { step: chosen });
        if !self.take_step(&policy, round, chosen) {
            self.take_next_step();
        }
        Ok(())
    }
}
