//! What each fact makes of an incident.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Incident, Page, Run, Status};
use crate::actor::Actor;
use crate::fact::Fact;

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
    pub(super) fn opened(at: Timestamp, fact: &Fact) -> Option<Self> {
        let Fact::IncidentOpened { service, title, severity, urgency, group } = fact else {
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
        })
    }

    /// Makes of the incident what the fact says.
    pub fn apply(&mut self, at: Timestamp, actor: Actor, fact: &Fact) {
        match fact {
            Fact::AlertJoined { .. } => self.take_alerts(at, 1, 1),
            Fact::IncidentAbsorbed { firing, alerts, .. } => self.take_alerts(at, *firing, *alerts),
            Fact::AlertCleared { .. } => self.firing = self.firing.saturating_sub(1),
            Fact::SeverityChanged { to, urgency, .. } => (self.severity, self.urgency) = (*to, *urgency),
            Fact::TitleChanged { title } => self.title.clone_from(title),
            Fact::EscalationStarted { policy, .. } => {
                self.sound();
                self.run = Some(Run { policy: policy.clone(), round: 1, step: 0, next_at: None });
            }
            Fact::StepTaken { round, step, people, next_at } => {
                self.assigned.clone_from(people);
                self.reach(*round, *step, Some(*next_at));
            }
            Fact::StepEmpty { round, step } => self.reach(*round, *step, None),
            Fact::EscalationExhausted { .. } => {
                self.sound();
                self.exhausted = true;
                self.stop_run();
            }
            Fact::PersonPaged { page, user, why, rungs } => {
                self.pages.retain(|page| page.user != *user);
                let (why, rungs) = (why.clone(), rungs.clone());
                let page =
                    Page { number: *page, user: *user, why, started_at: at, rungs, tried: 0, failed: BTreeSet::new() };
                self.pages.push(page);
                self.pages_made += 1;
                self.paged.insert(*user);
            }
            Fact::ContactTried { page, rung, .. } => self.change_page(*page, |page| page.tried = rung + 1),
            Fact::ContactFailed { page, rung, .. } => {
                self.change_page(*page, |page| page.failed.extend([*rung]));
            }
            Fact::PersonUnreachable { user, .. } => self.pages.retain(|page| page.user != *user),
            Fact::PageDeclined { user } => {
                self.pages.retain(|page| page.user != *user);
                self.assigned.retain(|assigned| assigned != user);
            }
            Fact::IncidentAcknowledged { until } => self.acknowledged(at, actor, *until),
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
                self.sound()
            }
            Fact::IncidentReassigned { people, .. } => {
                self.assigned.clone_from(people);
                self.pages.clear();
            }
            Fact::IncidentOpened { .. } | Fact::NoteAdded { .. } => {}
        }
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
        if let Status::Acknowledged { until, .. } = &mut self.status {
            *until = lapse;
            self.pages.retain(|page| Some(page.user) != user);
            self.assigned.extend(user.filter(|user| !self.assigned.contains(user)));
        } else {
            if let Some(user) = user {
                self.assigned = vec![user];
            }
            self.rest(Status::Acknowledged { by: actor, at, until: lapse });
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
            run.next_at = None;
        }
    }

    fn reach(&mut self, round: u32, step: usize, next_at: Option<Timestamp>) {
        if let Some(run) = &mut self.run {
            *run = Run { policy: run.policy.clone(), round, step, next_at };
        }
    }

    fn change_page(&mut self, number: u32, change: impl FnOnce(&mut Page)) {
        if let Some(page) = self.pages.iter_mut().find(|page| page.number == number) {
            change(page);
        }
    }
}
