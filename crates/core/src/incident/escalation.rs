//! Climbing the escalation policy.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::step::Stepper;
use super::{Assignment, Page, Refusal, Status};
use crate::directory::{Circumstances, Policy, Skipped, Step, Target, Targeted};
use crate::fact::{Exhaustion, Fact, GoesOn, PageReason, Start};
use crate::id::{PolicyId, UserId};
use crate::wait::Wait;

/// How long people have who were named by hand before the service's own policy goes on.
const WAIT_AFTER_REASSIGNMENT: Wait = Wait::minutes(15);

/// What is pursued after the people who were named by hand where the service has no policy: the admins follow.
fn no_policy() -> Policy {
    Policy::new(PolicyId::new(Uuid::nil()), "by-hand".into(), "People chosen by hand".into(), Vec::new())
}

/// What becomes of a step when its turn has come.
enum Turn {
    /// It is taken.
    Taken,
    /// It is passed over.
    Skipped(Skipped),
    /// It waits until then.
    Delayed(Timestamp),
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
                let first = Step { by_hand: true, ..Step::paging(targets, WAIT_AFTER_REASSIGNMENT) };
                let mut policy =
                    own.or_else(|| self.policy_of_last_run()).map_or_else(no_policy, |own| Policy::clone(own));
                policy.steps.retain(|step| !step.by_hand);
                policy.steps.insert(0, first);
                Ok(Arc::new(policy))
            }
        }
    }

    /// Takes the step after the last one. Steps that page nobody, or whose conditions do not hold, are passed over at
    /// once; a round in which every step was passed over ends the escalation, as further rounds would, too. A step that
    /// waits for the working hours is taken when they begin, in any case: nothing may wait twice.
    pub(super) fn take_next_step(&mut self) {
        let Some(run) = &self.incident.run else { return };
        let policy = Arc::clone(&run.policy);
        let (mut round, mut step, mut held) = (run.round, run.step, run.held);
        let mut empty = 0;
        loop {
            if step < policy.steps.len() {
                step += 1;
            } else if round <= policy.repeats && empty < policy.steps.len() {
                round += 1;
                step = 1;
            } else {
                return self.run_out(empty >= policy.steps.len());
            }
            match self.turn_of(&policy, step, std::mem::take(&mut held)) {
                Turn::Delayed(until) => return self.record(Fact::StepDelayed { round, step, until }),
                Turn::Skipped(why) => self.record(Fact::StepSkipped { round, step, why }),
                Turn::Taken if self.take_step(&policy, round, step) => return,
                Turn::Taken => {}
            }
            empty += 1;
        }
    }

    /// No step is left. While somebody is on it, that is the end; otherwise the admins are the last resort.
    fn run_out(&mut self, nobody: bool) {
        if matches!(self.incident.status, Status::Acknowledged { .. }) {
            return self.record(Fact::EscalationFinished);
        }
        self.exhaust(if nobody { Exhaustion::NobodyToPage } else { Exhaustion::NobodyAnswered });
    }

    /// What becomes of a step when its turn has come. `held` says that it has waited already.
    fn turn_of(&self, policy: &Policy, step: usize, held: bool) -> Turn {
        let Some(step) = policy.step(step) else { return Turn::Taken };
        let zone = &self.directory.organisation.time_zone;
        let now = Circumstances {
            severity: self.incident.severity,
            urgency: self.incident.urgency,
            labels: &self.incident.labels,
            at: self.now,
            zone,
        };
        if let Some(why) = policy.passes_over(step, now) {
            return Turn::Skipped(why);
        }
        let until = policy.waits_until(step, zone, self.now).filter(|_| !held);
        until.map_or(Turn::Taken, Turn::Delayed)
    }

    /// Takes one step, numbered from 1; false when it pages nobody.
    fn take_step(&mut self, policy: &Policy, round: u32, step: usize) -> bool {
        let Some(taken) = policy.step(step) else { return false };
        let mut people = self.resolve_targets(&taken.targets);
        // Whoever is on it already need not be told.
        people.retain(|one| !self.incident.acknowledged_by.contains(&one.user));
        let mut reachable: Vec<Targeted> = people.iter().filter(|one| self.is_reachable(one.user)).cloned().collect();
        if reachable.is_empty() {
            for one in people {
                self.person_unreachable(one.user);
            }
            self.record(Fact::StepEmpty { round, step });
            return false;
        }
        if taken.round_robin {
            let turn = self.incident.turn.wrapping_add(u64::from(round).saturating_sub(1));
            let place = usize::try_from(turn % reachable.len() as u64).unwrap_or_default();
            people = vec![reachable.swap_remove(place)];
        }
        let users: Vec<UserId> = people.iter().map(|one| one.user).collect();
        let goes_on = match self.incident.status {
            _ if taken.until_resolved => GoesOn::UnlessResolved,
            Status::Acknowledged { .. } => GoesOn::NoFurther,
            Status::Triggered | Status::Snoozed { .. } | Status::Resolved { .. } | Status::Merged { .. } => {
                GoesOn::UnlessAcknowledged
            }
        };
        self.record(Fact::StepTaken { round, step, people: users, next_at: taken.wait.after(self.now), goes_on });
        for Targeted { user, schedule, standing } in people {
            let (policy, steps, in_turn) = (policy.name.clone(), policy.steps.len(), taken.round_robin);
            self.page(user, PageReason::Step { policy, step, steps, round, schedule, standing, in_turn });
        }
        true
    }

    /// The people behind the targets at this moment, each once, with the schedule that named them.
    fn resolve_targets(&self, targets: &[Target]) -> Vec<Targeted> {
        let mut people: Vec<Targeted> = Vec::new();
        for one in targets.iter().flat_map(|target| self.directory.targeted(target, self.now)) {
            if people.iter().all(|known| known.user != one.user) {
                people.push(one);
            }
        }
        people
    }

    /// Takes the steps for unresolved incidents whose time has come. Whoever is on it already need not be told.
    pub(super) fn climb_late_steps(&mut self) {
        if !matches!(self.incident.status, Status::Triggered | Status::Acknowledged { .. }) {
            return;
        }
        while let Some((at, step)) = self.incident.next_late_step()
            && at <= self.now
            && let Some(run) = &self.incident.run
        {
            let (after, name) = (step.after, run.policy.name.clone());
            let mut people = self.resolve_targets(&step.targets);
            people.retain(|one| !self.is_on_it(one.user));
            self.record(Fact::UnresolvedTooLong { after, people: people.iter().map(|one| one.user).collect() });
            for Targeted { user, schedule, standing } in people {
                self.page(user, PageReason::Unresolved { policy: name.clone(), after, schedule, standing });
            }
        }
    }

    fn is_on_it(&self, user: UserId) -> bool {
        let by = match self.incident.status {
            Status::Acknowledged { by, .. } => by.user(),
            Status::Triggered | Status::Snoozed { .. } | Status::Resolved { .. } | Status::Merged { .. } => None,
        };
        by == Some(user) || self.incident.acknowledged_by.contains(&user)
    }

    /// Follows the policy as it is by now. The escalation stays at its step, or at the last one where there are fewer,
    /// and the wait of that step is as long as the policy now says, counted from when it was taken.
    pub(super) fn replace_policy(&mut self) -> Result<(), Refusal> {
        let Some(run) = &self.incident.run else { return Err(Refusal::NoPolicy) };
        let policy = run.renewed(self.directory.policy(run.policy.id).ok_or(Refusal::Unknown)?);
        if policy == *run.policy {
            return Err(Refusal::NoChange);
        }
        let step = run.step.min(policy.steps.len());
        let next_at = run.next_at.map(|next_at| match (run.policy.step(run.step), policy.step(run.step)) {
            (Some(before), Some(now)) if !run.held => {
                let taken_at = next_at.checked_sub(before.wait.duration()).unwrap_or(self.now);
                now.wait.after(taken_at).max(self.now)
            }
            (Some(_) | None, Some(_) | None) => next_at,
        });
        self.record(Fact::PolicyReplaced { policy: Arc::new(policy), step, next_at });
        Ok(())
    }

    /// The escalation waits for people none of whom can be reached any more: there is nothing to wait for.
    pub(super) fn step_is_lost(&self) -> bool {
        let lost = |user: &UserId| self.incident.page_of(*user).is_none_or(Page::is_lost);
        let triggered = self.incident.status == Status::Triggered;
        triggered && self.waits_for_step() && self.incident.assigned.iter().all(lost)
    }

    /// The escalation waits for people. What waits for the working hours waits for nobody.
    pub(super) fn waits_for_step(&self) -> bool {
        self.incident.run.as_ref().is_some_and(|run| run.next_at.is_some() && !run.held)
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
