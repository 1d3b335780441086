//! What an incident decides.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Assignment, Effect, Incident, Input, Opening, Refusal, Status, Update};
use crate::actor::Actor;
use crate::directory::Directory;
use crate::fact::{Fact, Start};
use crate::id::UserId;
use crate::limits;
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;

/// What was decided: to be stored together, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The incident as it is now.
    pub next: Incident,
    /// What happened, in order.
    pub facts: Vec<Fact>,
    /// What must be done outside.
    pub effects: Vec<Effect>,
    /// What the input led to.
    pub answer: Answer,
}

/// How long people are left alone after everybody was paged in vain, before another alert pages them again.
const REST_AFTER_EXHAUSTION: Wait = Wait::minutes(15);
const LONGEST_SNOOZE: SignedDuration = SignedDuration::from_hours(24 * limits::SNOOZE_DAYS as i64);

/// Opens an incident and starts its escalation.
pub fn open(now: Timestamp, directory: &Directory, actor: Actor, opening: Opening) -> Decision {
    let rule = directory.service(opening.service).map(|service| service.urgency).unwrap_or_default();
    let first = Fact::IncidentOpened {
        service: opening.service,
        title: opening.title.clone(),
        severity: opening.severity,
        urgency: rule.urgency(opening.severity),
        group: opening.group,
        labels: opening.labels.into_iter().filter(|(label, _)| directory.asks_about(label)).collect(),
        turn: opening.turn,
    };
    let incident = Incident::opened(now, &first).expect("an opening fact opens an incident");
    let mut stepper = Stepper::new(now, directory, actor, incident);
    stepper.facts.push(first);
    if let Some((alert, why)) = opening.alert {
        let (summary, severity) = (opening.title, opening.severity);
        stepper.record(Fact::AlertJoined { alert, summary, severity, why });
    }
    stepper.start_escalation(Start::Opened);
    stepper.decide(Answer::Done)
}

/// Takes in one input. A late or repeated one yields a decision without facts, and the reason.
pub fn step(now: Timestamp, directory: &Directory, incident: &Incident, actor: Actor, input: Input) -> Decision {
    let mut stepper = Stepper::new(now, directory, actor, incident.clone());
    let answer = match stepper.take(input) {
        Ok(()) => Answer::Done,
        Err(refusal) => Answer::Nothing(refusal),
    };
    stepper.decide(answer)
}

/// The state under decision, with what was decided so far.
pub(super) struct Stepper<'a> {
    pub(super) now: Timestamp,
    pub(super) directory: &'a Directory,
    pub(super) actor: Actor,
    pub(super) incident: Incident,
    pub(super) facts: Vec<Fact>,
    pub(super) effects: Vec<Effect>,
}

impl<'a> Stepper<'a> {
    fn new(now: Timestamp, directory: &'a Directory, actor: Actor, incident: Incident) -> Self {
        Self { now, directory, actor, incident, facts: Vec::new(), effects: Vec::new() }
    }

    fn decide(self, answer: Answer) -> Decision {
        Decision { next: self.incident, facts: self.facts, effects: self.effects, answer }
    }

    /// The only way in which anything changes.
    pub(super) fn record(&mut self, fact: Fact) {
        self.incident.apply(self.now, self.actor, &fact);
        self.facts.push(fact);
    }

    fn take(&mut self, input: Input) -> Result<(), Refusal> {
        if input.needs_open_incident() {
            self.must_be_open()?;
        }
        match input {
            Input::AlertJoined { alert, summary, severity, why } => {
                self.record(Fact::AlertJoined { alert, summary, severity, why });
                self.worsen(severity);
                self.call_again();
            }
            Input::AlertWorsened { severity } if severity <= self.incident.severity => return Err(Refusal::NoChange),
            Input::AlertWorsened { severity } => self.worsen(severity),
            Input::AlertCleared { alert, summary, how } => {
                self.alert_cleared(Fact::AlertCleared { alert, summary, how });
            }
            Input::Acknowledge => self.acknowledge()?,
            Input::Resolve => self.resolve(),
            Input::Reopen => self.reopen()?,
            Input::Snooze { until } => self.snooze(until)?,
            Input::Reassign(to) => self.reassign(to)?,
            Input::Escalate { step } => self.escalate_by_hand(step)?,
            Input::ReplacePolicy => self.replace_policy()?,
            Input::Request { people } => self.request(&people)?,
            Input::Decline { user } => self.decline(user)?,
            Input::Note { text } => self.record(Fact::NoteAdded { text }),
            Input::SetSeverity(severity) => self.set_severity(severity)?,
            Input::SetTitle(title) => self.set_title(title)?,
            Input::MergeInto(into) => {
                self.record(Fact::IncidentMerged { into });
                self.effects.extend([Effect::WithdrawPages, Effect::MoveAlerts { into }]);
            }
            Input::Absorb { incident, severity, firing, alerts } => {
                self.record(Fact::IncidentAbsorbed { incident, firing, alerts });
                self.worsen(severity);
            }
            Input::ContactFailed { page, rung, channel, reason } => self.contact_failed(page, rung, channel, reason)?,
            Input::Due => self.due()?,
        }
        Ok(())
    }

    /// Nobody answered, and it gets worse: whoever slept through the first alerts may be awake by now. Not for each
    /// alert of a burst, though.
    fn call_again(&mut self) {
        let latest = self.incident.pages.iter().map(|page| page.started_at).max();
        let rested = latest.is_none_or(|latest| REST_AFTER_EXHAUSTION.after(latest) <= self.now);
        if self.incident.exhausted && rested {
            self.start_escalation(Start::AnotherAlert);
        }
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.incident.status {
            Status::Resolved { .. } => Err(Refusal::AlreadyResolved),
            Status::Merged { .. } => Err(Refusal::Merged),
            Status::Triggered | Status::Acknowledged { .. } | Status::Snoozed { .. } => Ok(()),
        }
    }

    fn set_title(&mut self, title: String) -> Result<(), Refusal> {
        if title == self.incident.title {
            return Err(Refusal::NoChange);
        }
        self.record(Fact::TitleChanged { title });
        Ok(())
    }

    fn urgency_of(&self, severity: Severity) -> Urgency {
        let service = self.directory.service(self.incident.service);
        service.map(|service| service.urgency).unwrap_or_default().urgency(severity)
    }

    fn set_severity(&mut self, to: Severity) -> Result<(), Refusal> {
        let from = self.incident.severity;
        if from == to {
            return Err(Refusal::NoChange);
        }
        let was = self.incident.urgency;
        let urgency = self.urgency_of(to);
        self.record(Fact::SeverityChanged { from, to, urgency });
        // Somebody who took a look at something harmless by daylight has not said that they are on what it became.
        if self.incident.status.is_open() && was == Urgency::Low && urgency == Urgency::High {
            self.start_escalation(Start::Worsened);
        }
        Ok(())
    }

    fn worsen(&mut self, severity: Severity) {
        if severity > self.incident.severity {
            self.set_severity(severity).expect("a greater severity is another one");
        }
    }

    /// The end of the last firing alert ends the incident. One that was opened again by hand has none, and is not ended
    /// by late news of the alerts that it had before.
    fn alert_cleared(&mut self, fact: Fact) {
        let fired = self.incident.firing > 0;
        self.record(fact);
        let stays_open = self.directory.service(self.incident.service).is_some_and(|service| service.stays_open);
        if self.incident.status.is_open() && fired && self.incident.firing == 0 && !stays_open {
            self.resolve();
        }
    }

    fn acknowledge(&mut self) -> Result<(), Refusal> {
        let timeout = self.incident.run.as_ref().and_then(|run| run.policy.acknowledgement_timeout);
        let acknowledged = Fact::IncidentAcknowledged { until: timeout.map(|timeout| timeout.after(self.now)) };
        if let Status::Acknowledged { .. } = self.incident.status {
            // Whoever was asked for since must be able to stop their own page.
            let asked_for = self.actor.user().filter(|user| self.incident.page_of(*user).is_some());
            let user = asked_for.ok_or(Refusal::AlreadyAcknowledged)?;
            self.record(acknowledged);
            self.effects.push(Effect::WithdrawPagesOf { user });
            return Ok(());
        }
        if self.more_are_needed()? {
            return Ok(());
        }
        let ringing: Vec<UserId> = self.incident.pages.iter().map(|page| page.user).collect();
        self.record(acknowledged);
        self.effects.push(Effect::WithdrawPages);
        self.inform(&ringing, Update::Acknowledged);
        Ok(())
    }

    /// Whether more people have to acknowledge than this one and those before; then theirs is counted. When nobody is
    /// left whom the escalation waits for, it goes on now.
    fn more_are_needed(&mut self) -> Result<bool, Refusal> {
        let needed = self.incident.run.as_ref().map_or(1, |run| run.needed);
        if needed <= 1 || self.incident.status != Status::Triggered {
            return Ok(false);
        }
        let user = self.actor.user().ok_or(Refusal::NeedsPeople)?;
        if self.incident.acknowledged_by.contains(&user) {
            return Err(Refusal::AlreadyAcknowledged);
        }
        let count = u32::try_from(self.incident.acknowledged_by.len()).unwrap_or(u32::MAX).saturating_add(1);
        if count >= needed {
            return Ok(false);
        }
        self.record(Fact::AcknowledgementCounted { count, needed });
        self.effects.push(Effect::WithdrawPagesOf { user });
        if self.step_is_lost() {
            self.take_next_step();
        }
        Ok(true)
    }

    fn resolve(&mut self) {
        if self.incident.firing > 0 {
            self.effects.push(Effect::ClearAlerts);
        }
        self.record(Fact::IncidentResolved);
        self.effects.push(Effect::WithdrawPages);
        let paged: Vec<UserId> = self.incident.paged.iter().copied().collect();
        self.inform(&paged, Update::Resolved);
    }

    fn reopen(&mut self) -> Result<(), Refusal> {
        match self.incident.status {
            Status::Merged { .. } => return Err(Refusal::Merged),
            Status::Triggered | Status::Acknowledged { .. } | Status::Snoozed { .. } => {
                return Err(Refusal::AlreadyOpen);
            }
            Status::Resolved { .. } => {}
        }
        self.record(Fact::IncidentReopened);
        self.start_escalation(Start::Reopened);
        Ok(())
    }

    fn snooze(&mut self, until: Timestamp) -> Result<(), Refusal> {
        let length = until.duration_since(self.now);
        if length <= SignedDuration::ZERO || length > LONGEST_SNOOZE {
            return Err(Refusal::SnoozeOutOfRange);
        }
        self.record(Fact::IncidentSnoozed { until });
        self.effects.push(Effect::WithdrawPages);
        Ok(())
    }

    fn reassign(&mut self, to: Assignment) -> Result<(), Refusal> {
        let policy = self.policy_for(&to)?;
        let (people, named) = match to {
            Assignment::People(people) => (people, None),
            Assignment::Policy(policy) => (Vec::new(), Some(policy)),
        };
        self.effects.push(Effect::WithdrawPages);
        self.record(Fact::IncidentReassigned { people, policy: named });
        self.run_policy(policy, Start::Reassigned);
        Ok(())
    }

    /// Several things may be due at once after a pause of ours. Each is done once and the waits run on from now, so
    /// that people keep the time that the policy gives them, however late we woke up.
    fn due(&mut self) -> Result<(), Refusal> {
        let is_past = |at: Timestamp| at <= self.now;
        if !self.incident.next_due().is_some_and(is_past) {
            return Err(Refusal::NotDue);
        }
        let ended = match self.incident.status {
            Status::Acknowledged { until, .. } if until.is_some_and(is_past) => Some(Fact::AcknowledgementLapsed),
            Status::Snoozed { until, .. } if is_past(until) => Some(Fact::SnoozeEnded),
            Status::Triggered
            | Status::Acknowledged { .. }
            | Status::Snoozed { .. }
            | Status::Resolved { .. }
            | Status::Merged { .. } => None,
        };
        let step_is_due = self.incident.run.as_ref().and_then(|run| run.next_at).is_some_and(is_past);
        self.try_due_rungs();
        if let Some(ended) = ended {
            self.record(ended);
            self.start_escalation(Start::Lapsed);
        } else if step_is_due || self.step_is_lost() {
            self.take_next_step();
        }
        self.climb_late_steps();
        Ok(())
    }
}
