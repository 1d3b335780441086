//! Why somebody was not paged.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Decider, Inquiry, Reason};
use crate::directory::{Kind, Policy, Skipped, Step, Target};
use crate::fact::{Fact, Unreachable};
use crate::id::{ScheduleId, UserId};
use crate::incident::Status;
use crate::sentence::{self, skipped};
use crate::severity::Urgency;

/// A step of the policy, as it was reached.
#[derive(Debug, Clone, Copy)]
enum Reached<'a> {
    /// Taken, for these people.
    Taken(&'a [UserId]),
    /// Passed over, because nobody could be paged.
    Empty,
    /// Passed over for its conditions.
    Skipped(&'a Skipped),
}

impl Inquiry<'_> {
    pub(super) fn why_not(&self) -> (String, Vec<Reason>) {
        let mut reasons = self.reached_steps();
        reasons.extend(self.unreachable());
        let named = !reasons.is_empty();
        reasons.extend(self.steps_to_come());
        if let Some(reason) = self.standing_reason(named || !reasons.is_empty()) {
            reasons.push(reason);
        }
        let last = reasons.iter().max_by_key(|reason| reason.at);
        let because = last.map(|reason| reason.sentence.clone()).unwrap_or_default();
        (format!("{} was not paged. {because}", self.name()), reasons)
    }

    /// What the person is, whatever the incident: they have left, or have no verified contact method, or no step names
    /// them at all.
    fn standing_reason(&self, named: bool) -> Option<Reason> {
        let always = |sentence: String, decided_by| Some(Reason { at: None, sentence, decided_by });
        let Some(person) = self.question.directory.user(self.question.user) else {
            return always("They are not here any more.".to_owned(), None);
        };
        if person.suspended {
            return always(format!("{} has left, and whoever has left is never paged.", person.name), self.person());
        }
        if person.ladder(Urgency::High).is_empty() {
            return always(format!("{} has no verified contact method.", person.name), self.person());
        }
        if named {
            return None;
        }
        match &self.incident.run {
            Some(run) => {
                let name = &run.policy.name;
                always(format!("No step of {name} names them, or a schedule or team that they are in."), self.policy())
            }
            None => {
                let service = self.decider(Kind::Service, self.incident.service.uuid());
                always("The service has no escalation policy, so the admins alone are paged.".to_owned(), service)
            }
        }
    }

    fn is_unreachable(&self, fact: &Fact) -> bool {
        matches!(fact, Fact::PersonUnreachable { user, .. } if *user == self.question.user)
    }

    /// The times at which it was tried to page them, in vain.
    fn unreachable(&self) -> Vec<Reason> {
        let user = self.question.user;
        let facts = self.facts().filter_map(|(entry, fact)| {
            let Fact::PersonUnreachable { user: other, why } = fact else { return None };
            (*other == user).then_some((entry, fact, why))
        });
        let reason = |(entry, fact, why): (&crate::journal::Entry<Fact>, &Fact, &Unreachable)| {
            let decided_by = match why {
                Unreachable::NoContactMethod | Unreachable::Gone => self.person(),
                Unreachable::TooMany => None,
            };
            let sentence = sentence::fact(&self.names(), entry.at, entry.actor, fact);
            Reason { at: Some(entry.at), sentence, decided_by }
        };
        facts.map(reason).collect()
    }

    /// The steps that were reached and might have paged them.
    fn reached_steps(&self) -> Vec<Reason> {
        let mut policy: Option<&Arc<Policy>> = None;
        let mut reasons = Vec::new();
        for (entry, fact) in self.facts() {
            let (number, reached) = if let Fact::EscalationStarted { policy: started, .. } = fact {
                policy = Some(started);
                continue;
            } else if let Fact::PolicyReplaced { policy: replaced, .. } = fact {
                policy = Some(replaced);
                continue;
            } else if let Fact::StepTaken { step, people, .. } = fact {
                (*step, Reached::Taken(people))
            } else if let Fact::StepEmpty { step, .. } = fact {
                (*step, Reached::Empty)
            } else if let Fact::StepSkipped { step, why, .. } = fact {
                (*step, Reached::Skipped(why))
            } else {
                continue;
            };
            let step = policy.and_then(|policy| policy.step(number));
            // Why they could not be paged is said by the fact itself.
            let tried = entry.facts.iter().any(|fact| self.is_unreachable(fact));
            reasons.extend(step.filter(|_| !tried).and_then(|step| self.reached(number, step, reached, entry.at)));
        }
        reasons
    }

    fn reached(&self, number: usize, step: &Step, reached: Reached<'_>, at: Timestamp) -> Option<Reason> {
        let behind = step.targets.iter().find(|target| self.is_behind(target, at));
        let reason =
            |sentence: String, decided_by: Option<Decider>| Some(Reason { at: Some(at), sentence, decided_by });
        match (reached, behind) {
            (Reached::Skipped(why), Some(_)) => {
                let why = skipped(why);
                reason(format!("Step {number} would have paged them, but was passed over: {why}."), self.policy())
            }
            (Reached::Taken(people), Some(_)) if step.round_robin => {
                let people = self.names().people(people);
                reason(
                    format!("The people of step {number} take turns, and it was the turn of {people}."),
                    self.policy(),
                )
            }
            (Reached::Taken(_), Some(_)) => {
                reason(format!("Step {number} was for them, but they were on it already."), self.policy())
            }
            (Reached::Empty, Some(_)) => {
                reason(format!("Step {number} was for them, but nobody of it could be paged."), self.policy())
            }
            (Reached::Taken(_) | Reached::Empty | Reached::Skipped(_), None) => self.off_duty(number, step, at),
        }
    }

    /// They take turns in a schedule of the step, and somebody else was on call.
    fn off_duty(&self, number: usize, step: &Step, at: Timestamp) -> Option<Reason> {
        let schedules = step.targets.iter().flat_map(|target| self.schedules_of(target));
        let schedule = schedules.into_iter().find(|schedule| self.takes_part(*schedule))?;
        let name = &self.question.directory.schedule(schedule)?.name;
        let names = self.names();
        let on_call = names.people(&self.question.directory.on_call(schedule, at));
        let time = names.time(at, self.question.now);
        let sentence = format!("Step {number} asks for whoever is on call by {name}; at {time} that was {on_call}.");
        Some(Reason { at: Some(at), sentence, decided_by: self.decider(Kind::Schedule, schedule.uuid()) })
    }

    fn schedules_of(&self, target: &Target) -> Vec<ScheduleId> {
        match target {
            Target::User(_) => Vec::new(),
            Target::Schedule(schedule)
            | Target::NextOnCall(schedule)
            | Target::PreviousOnCall(schedule)
            | Target::EveryoneOf(schedule) => vec![*schedule],
            Target::Team { team, .. } => {
                let of_team = self.question.directory.schedules().filter(|schedule| schedule.team == Some(*team));
                of_team.map(|schedule| schedule.id).collect()
            }
        }
    }

    fn takes_part(&self, schedule: ScheduleId) -> bool {
        let user = self.question.user;
        self.question.directory.schedule(schedule).is_some_and(|schedule| schedule.names(user))
    }

    fn is_behind(&self, target: &Target, at: Timestamp) -> bool {
        self.question.directory.targeted(target, at).iter().any(|one| one.user == self.question.user)
    }

    /// The steps after the last one that was reached, which are for them: what came before their turn, or is to come.
    fn steps_to_come(&self) -> Option<Reason> {
        let run = self.incident.run.as_ref()?;
        let now = self.question.now;
        let later = (run.step + 1..).zip(run.policy.steps.get(run.step..).unwrap_or_default());
        let mut later = later.filter(|(_, step)| step.targets.iter().any(|target| self.is_behind(target, now)));
        let number = later.next()?.0;
        let (by, at) = match self.incident.status {
            Status::Acknowledged { by, at, .. } => {
                (format!("{} acknowledged", sentence::actor(&self.names(), by)), Some(at))
            }
            Status::Snoozed { by, at, .. } => (format!("{} snoozed it", sentence::actor(&self.names(), by)), Some(at)),
            Status::Resolved { at, .. } => ("it was resolved".to_owned(), Some(at)),
            Status::Merged { at, .. } => ("it became a part of another incident".to_owned(), Some(at)),
            Status::Triggered => {
                let sentence = format!("Step {number} is for them, and has not been reached yet.");
                return Some(Reason { at: Some(now), sentence, decided_by: self.policy() });
            }
        };
        let time = at.map(|at| self.names().time(at, now)).unwrap_or_default();
        let sentence = format!("Step {number} is for them, but {by} at {time}, before it was reached.");
        Some(Reason { at, sentence, decided_by: self.policy() })
    }
}
