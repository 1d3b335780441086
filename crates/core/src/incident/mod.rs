//! Incidents: unplanned disruptions being worked on.
//!
//! An incident is changed by facts alone: [`step`] decides which facts an input leads to, [`Incident::apply`] says what
//! a fact makes of the incident, and the next state is nothing but the facts applied. Its escalation and the pages
//! under way are parts of it, so that an acknowledgement stops all of them in the one transaction that stores it.

mod apply;
mod escalation;
mod input;
mod paging;
mod step;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::apply::replay;
pub use self::input::{Answer, Assignment, Input, Opening, Refusal};
pub use self::step::{Decision, open, step};
use crate::actor::Actor;
use crate::directory::{Directory, LateStep, Policy, Rung};
use crate::fact::PageReason;
use crate::id::{ContactMethodId, IncidentId, ServiceId, UserId};
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;

/// Where an incident stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    /// Nobody is on it yet.
    Triggered,
    /// Somebody is on it.
    Acknowledged {
        /// Who said so.
        by: Actor,
        /// When.
        at: Timestamp,
        /// When it pages again unless it is resolved before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody wants it left alone for a while.
    Snoozed {
        /// Who.
        by: Actor,
        /// Since when.
        at: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// It is over.
    Resolved {
        /// Who, or what, said so.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// It is a part of another incident.
    Merged {
        /// Which one.
        into: IncidentId,
        /// Who put it there.
        by: Actor,
        /// When.
        at: Timestamp,
    },
}

impl Status {
    /// The word shown to people and given by the API.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Snoozed { .. } => "snoozed",
            Self::Resolved { .. } => "resolved",
            Self::Merged { .. } => "merged",
        }
    }

    /// Neither resolved nor merged.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Triggered | Self::Acknowledged { .. } | Self::Snoozed { .. } => true,
            Self::Resolved { .. } | Self::Merged { .. } => false,
        }
    }
}

/// An escalation under way: a policy, frozen when it started, and how far it has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The policy as it was when the run started; editing it changes nothing here.
    pub policy: Arc<Policy>,
    /// The round, from 1.
    pub round: u32,
    /// The step that was taken last, from 1; 0 before the first.
    pub step: usize,
    /// When the next step is taken; none once somebody acknowledged, or nothing is left to do.
    pub next_at: Option<Timestamp>,
    /// The next step waits for the working hours, and is taken when they begin in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// How many people have to acknowledge: the most that any step taken so far asks for.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub needed: u32,
}

const fn one() -> u32 {
    1
}

const fn is_one(number: &u32) -> bool {
    *number == 1
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Run {
    /// A run of this policy before its first step.
    pub const fn new(policy: Arc<Policy>) -> Self {
        Self { policy, round: 1, step: 0, next_at: None, held: false, needed: 1 }
    }

    /// Whether the policy has been changed since it was frozen, so that the change can be applied.
    pub fn is_outdated(&self, directory: &Directory) -> bool {
        directory.policy(self.policy.id).is_some_and(|policy| self.renewed(policy) != *self.policy)
    }

    /// The policy as it is by now, with the steps in front that were put there by hand.
    fn renewed(&self, policy: &Policy) -> Policy {
        let by_hand = self.policy.steps.iter().filter(|step| step.by_hand);
        let steps = by_hand.chain(&policy.steps).cloned().collect();
        Policy { steps, ..policy.clone() }
    }

    /// Whether it goes on although somebody acknowledged.
    pub fn goes_on(&self) -> bool {
        self.policy.step(self.step).is_some_and(|step| step.until_resolved)
    }
}

/// A page under way: one person being tried by one contact method after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its number within the incident, from 1.
    pub number: u32,
    /// Who is paged.
    pub user: UserId,
    /// Why.
    pub why: PageReason,
    /// Since when.
    pub started_at: Timestamp,
    /// The person's notification rules as they were then, in order of time.
    pub rungs: Vec<Rung>,
    /// How many rungs were tried.
    pub tried: usize,
    /// Which of those are known to have failed, from 0.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub failed: BTreeSet<usize>,
}

impl Page {
    /// When the next rung is tried.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.rungs.get(self.tried).map(|rung| rung.after.after(self.started_at))
    }

    /// Everything was tried, and all of it failed.
    pub fn is_lost(&self) -> bool {
        self.failed.len() == self.rungs.len()
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// The service it is about.
    pub service: ServiceId,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How loud.
    pub urgency: Urgency,
    /// Where it stands.
    pub status: Status,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The key that its alerts share, where its service groups them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How many alerts it has had.
    pub alerts: u32,
    /// How many of them fire.
    pub firing: u32,
    /// When the latest alert joined it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_alert_at: Option<Timestamp>,
    /// Whose it is: the people of the step taken last, or whoever acknowledged it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assigned: Vec<UserId>,
    /// Everybody who was ever paged for it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub paged: BTreeSet<UserId>,
    /// The latest escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    /// The pages under way, at most one to a person. While somebody is on it (or it is snoozed), those of the people
    /// who were asked for since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Page>,
    /// How many pages there have been.
    #[serde(default)]
    pub pages_made: u32,
    /// Nobody was left to page but the admins; until somebody acknowledges.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exhausted: bool,
    /// Those labels of the alert that opened it about which any policy asks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whose turn it is where people take turns: grows by one with each incident of the service.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub turn: u64,
    /// Whose acknowledgement counted since the escalation started, where its policy counts them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub acknowledged_by: BTreeSet<UserId>,
    /// Since when it is unresolved, where that is not since it was opened: it was snoozed, or opened again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unresolved_since: Option<Timestamp>,
    /// How far the ladder for unresolved incidents was climbed.
    #[serde(default, skip_serializing_if = "Wait::is_none_ref")]
    pub climbed: Wait,
}

impl Incident {
    /// When time alone will change this incident: the earliest of the next step of either ladder, the next rung of a
    /// page, the lapse of an acknowledgement and the end of a snooze.
    pub fn next_due(&self) -> Option<Timestamp> {
        let next_step = self.run.as_ref().and_then(|run| run.next_at);
        let late = self.next_late_step().map(|(at, _)| at);
        let turns = match &self.status {
            Status::Triggered => [next_step, late, None],
            Status::Acknowledged { until, .. } => [next_step, late, *until],
            Status::Snoozed { until, .. } => [None, None, Some(*until)],
            Status::Resolved { .. } | Status::Merged { .. } => [None, None, None],
        };
        self.pages.iter().filter_map(Page::next_at).chain(turns.into_iter().flatten()).min()
    }

    /// The next step of the ladder for unresolved incidents, and when it is taken. The time does not run while the
    /// incident is snoozed.
    fn next_late_step(&self) -> Option<(Timestamp, &LateStep)> {
        let step = self.run.as_ref()?.policy.late_step_after(self.climbed)?;
        Some((step.after.after(self.unresolved_since.unwrap_or(self.opened_at)), step))
    }

    /// The page under way for a person.
    pub fn page_of(&self, user: UserId) -> Option<&Page> {
        self.pages.iter().find(|page| page.user == user)
    }
}

/// What an update tells people who were paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// Somebody else is on it: go back to sleep.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// What must be done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Send a page.
    Page {
        /// The page's number within the incident.
        page: u32,
        /// The rung of the person's ladder, from 0.
        rung: usize,
        /// To whom.
        user: UserId,
        /// By which of their contact methods.
        contact: ContactMethodId,
        /// Why they are paged.
        why: PageReason,
    },
    /// Take back every page of this incident that has not left yet.
    WithdrawPages,
    /// Take back what has not left yet to one person: their page is over, those of others go on.
    WithdrawPagesOf {
        /// Whose.
        user: UserId,
    },
    /// Its alerts are over, because a person said so.
    ClearAlerts,
    /// Its alerts belong to another incident from now on.
    MoveAlerts {
        /// To which one.
        into: IncidentId,
    },
    /// Tell somebody who was paged how it went on.
    Inform {
        /// Whom.
        user: UserId,
        /// By which of their contact methods.
        contact: ContactMethodId,
        /// What.
        update: Update,
    },
}
