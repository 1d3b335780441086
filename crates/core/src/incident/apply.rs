//! What each fact makes of an incident.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Incident, Page, Run, Status};
use crate::actor::Actor;
use crate::directory::Policy;
use crate::fact::{Fact, GoesOn, Start};
use crate::id::UserId;
use crate::wait::Wait;

/// Rebuilds an incident from its facts, oldest first; none when they do not begin with its opening.
pub fn replay<'a>(facts: impl IntoIterator<Item = (Timestamp, Actor, &'a Fact)>) -> Option<Incident> {
    let mut facts = facts.into_iter();
    let (opened_at, _, first) = facts.next()?;
    let mut incident = Incident::opened(opened_at, first)?;
    for (at, actor, fact) in facts {
        incident.apply(at, actor, fact);
    }
    Some(incident)
}

impl Incident {
    /// The incident that an opening fact begins; none for every other fact.
    pub fn opened(at: Timestamp, fact: &Fact) -> Option<Self> {
        let Fact::IncidentOpened { service, title, severity, urgency, group, labels, turn } = fact else {
            return None;
        };
        Some(Self {
            service: *service,
            title: title.clone(),
            severity: *severity,
            urgency: *urgency,
            status: Status::Triggered,
            opened_at: at,
            group: group.clone(),
            alerts: 0,
            firing: 0,
            last_alert_at: None,
            assigned: Vec::new(),
            paged: BTreeSet::new(),
            run: None,
            pages: Vec::new(),
            pages_made: 0,
            exhausted: false,
            labels: labels.clone(),
            turn: *turn,
            acknowledged_by: BTreeSet::new(),
            unresolved_since: None,
            climbed: Wait::NONE,
        })
    }

    /// Makes of the incident what the fact says.
    pub fn apply(&mut self, at: Timestamp, actor: Actor, fact: &Fact) {
        let snoozed_at = if let Status::Snoozed { at, .. } = self.status { Some(at) } else { None };
        self.change(at, actor, fact);
        if let Some(since) = snoozed_at
            && !matches!(self.status, Status::Snoozed { at, .. } if at == since)
        {
            self.leave_out(since, at);
        }
    }

    fn change(&mut self, at: Timestamp, actor: Actor, fact: &Fact) {
        match fact {
            Fact::AlertJoined { .. } => self.take_alerts(at, 1, 1),
            Fact::IncidentAbsorbed { firing, alerts, .. } => self.take_alerts(at, *firing, *alerts),
            Fact::AlertCleared { .. } => self.firing = self.firing.saturating_sub(1),
            Fact::SeverityChanged { to, urgency, .. } => (self.severity, self.urgency) = (*to, *urgency),
            Fact::TitleChanged { title } => self.title.clone_from(title),
            Fact::EscalationStarted { policy, why } => self.start(at, policy, *why),
            Fact::StepTaken { round, step, people, next_at, goes_on } => {
                self.take_step((*round, *step), people, Some(*next_at).filter(|_| *goes_on != GoesOn::NoFurther));
            }
            Fact::StepEmpty { round, step } | Fact::StepSkipped { round, step, .. } => self.reach(*round, *step, None),
            Fact::StepDelayed { until, .. } => self.hold(*until),
            Fact::EscalationFinished => self.stop_run(),
            Fact::UnresolvedTooLong { after, .. } => self.climbed = *after,
            Fact::PolicyReplaced { policy, step, next_at } => self.replace_policy(policy, *step, *next_at),
            Fact::EscalationExhausted { .. } => {
                self.sound();
                self.exhausted = true;
                self.stop_run();
            }
            Fact::PersonPaged { page, user, why, rungs } => {
                let (number, user, why, rungs) = (*page, *user, why.clone(), rungs.clone());
                self.add(Page { number, user, why, started_at: at, rungs, tried: 0, failed: BTreeSet::new() });
            }
            Fact::ContactTried { page, rung, .. } => self.change_page(*page, |page| page.tried = rung + 1),
            Fact::ContactFailed { page, rung, .. } => self.change_page(*page, |page| page.failed.extend([*rung])),
            Fact::PersonUnreachable { user, .. } => self.pages.retain(|page| page.user != *user),
            Fact::PageDeclined { user } => {
                self.pages.retain(|page| page.user != *user);
                self.assigned.retain(|assigned| assigned != user);
            }
            Fact::IncidentAcknowledged { until } => self.acknowledged(at, actor, *until),
            Fact::AcknowledgementCounted { .. } => {
                self.count_acknowledgement(actor);
                self.pages.retain(|page| Some(page.user) != actor.user());
            }
            Fact::IncidentSnoozed { until } => self.rest(Status::Snoozed { by: actor, at, until: *until }),
            Fact::IncidentResolved => {
                self.firing = 0;
                self.rest(Status::Resolved { by: actor, at });
            }
            Fact::IncidentMerged { into } => {
                self.firing = 0;
                self.rest(Status::Merged { into: *into, by: actor, at });
            }
            Fact::AcknowledgementLapsed | Fact::SnoozeEnded | Fact::IncidentReopened | Fact::EscalatedByHand { .. } => {
                if self.status != Status::Triggered {
                    self.acknowledged_by.clear();
                }
                self.sound();
            }
            Fact::IncidentReassigned { people, .. } => {
                self.assigned.clone_from(people);
                self.pages.clear();
            }
            Fact::IncidentOpened { .. } | Fact::NoteAdded { .. } => {}
        }
    }

    /// The next step waits until then.
    const fn hold(&mut self, until: Timestamp) {
        if let Some(run) = &mut self.run {
            (run.next_at, run.held) = (Some(until), true);
        }
    }

    fn replace_policy(&mut self, policy: &Arc<Policy>, step: usize, next_at: Option<Timestamp>) {
        if let Some(run) = &mut self.run {
            let (policy, held) = (Arc::clone(policy), run.held && next_at.is_some());
            *run = Run { policy, step, next_at, held, ..run.clone() };
        }
    }

    /// Whoever is paged anew has one page, the new one.
    fn add(&mut self, page: Page) {
        self.pages.retain(|earlier| earlier.user != page.user);
        self.pages_made += 1;
        self.paged.insert(page.user);
        self.pages.push(page);
    }

    /// The time that it was snoozed does not count for the ladder of unresolved incidents.
    fn leave_out(&mut self, since: Timestamp, until: Timestamp) {
        let climbs = self.run.as_ref().is_some_and(|run| !run.policy.unresolved.is_empty());
        if climbs {
            let started = self.unresolved_since.unwrap_or(self.opened_at);
            self.unresolved_since = started.saturating_add(until.duration_since(since)).ok();
        }
    }

    fn start(&mut self, at: Timestamp, policy: &Arc<Policy>, why: Start) {
        self.sound();
        self.acknowledged_by.clear();
        if why == Start::Reopened && !policy.unresolved.is_empty() {
            (self.unresolved_since, self.climbed) = (Some(at), Wait::NONE);
        }
        self.run = Some(Run::new(Arc::clone(policy)));
    }

    /// While somebody is on it, the people of a step join them.
    fn take_step(&mut self, (round, step): (u32, usize), people: &[UserId], next_at: Option<Timestamp>) {
        let acknowledged = matches!(self.status, Status::Acknowledged { .. });
        if acknowledged {
            self.assigned
                .extend(people.iter().filter(|user| !self.assigned.contains(user)).copied().collect::<Vec<_>>());
        } else {
            self.assigned = people.to_vec();
        }
        self.reach(round, step, next_at);
        if let Some(run) = &mut self.run {
            let asked = run.policy.step(step).map_or(1, |step| step.acknowledgements);
            run.needed = run.needed.max(asked);
        }
    }

    fn count_acknowledgement(&mut self, actor: Actor) {
        let counts = self.run.as_ref().is_some_and(|run| run.policy.counts_acknowledgements());
        self.acknowledged_by.extend(actor.user().filter(|_| counts));
    }

    fn take_alerts(&mut self, at: Timestamp, firing: u32, alerts: u32) {
        self.firing += firing;
        self.alerts += alerts;
        self.last_alert_at = Some(at);
    }

    /// Somebody is on it. Whoever was asked for while somebody was on it already joins them, and others who were asked
    /// for are still wanted.
    fn acknowledged(&mut self, at: Timestamp, actor: Actor, lapse: Option<Timestamp>) {
        let user = actor.user();
        self.count_acknowledgement(actor);
        if let Status::Acknowledged { until, .. } = &mut self.status {
            *until = lapse;
            self.pages.retain(|page| Some(page.user) != user);
            self.assigned.extend(user.filter(|user| !self.assigned.contains(user)));
        } else {
            if let Some(user) = user {
                let before = self.acknowledged_by.iter().copied().filter(|other| *other != user);
                self.assigned = before.chain([user]).collect();
            }
            let going_on = self.run.as_ref().filter(|run| run.goes_on()).map(|run| (run.next_at, run.held));
            self.rest(Status::Acknowledged { by: actor, at, until: lapse });
            if let (Some(run), Some((next_at, held))) = (&mut self.run, going_on) {
                (run.next_at, run.held) = (next_at, held);
            }
        }
    }

    /// Somebody is wanted (again).
    fn sound(&mut self) {
        self.status = Status::Triggered;
        self.exhausted = false;
    }

    /// Nothing rings any more.
    fn rest(&mut self, status: Status) {
        self.status = status;
        self.exhausted = false;
        self.pages.clear();
        self.stop_run();
    }

    fn stop_run(&mut self) {
        if let Some(run) = &mut self.run {
            (run.next_at, run.held) = (None, false);
        }
    }

    fn reach(&mut self, round: u32, step: usize, next_at: Option<Timestamp>) {
        if let Some(run) = &mut self.run {
            (run.round, run.step, run.next_at, run.held) = (round, step, next_at, false);
        }
    }

    fn change_page(&mut self, number: u32, change: impl FnOnce(&mut Page)) {
        if let Some(page) = self.pages.iter_mut().find(|page| page.number == number) {
            change(page);
        }
    }
}
