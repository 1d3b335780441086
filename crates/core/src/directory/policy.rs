//! Escalation policies: whom to page, in which order, and when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hours;
use crate::id::{PolicyId, ScheduleId, TeamId, UserId};
use crate::schedule::Restriction;
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;
use crate::zone::Zone;

/// Whom a step pages. What it means at a moment is said by [`Directory::targeted`](super::Directory::targeted).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This person.
    User(UserId),
    /// Whoever is on call by this schedule at that moment.
    Schedule(ScheduleId),
    /// Whoever is on call next by this schedule, after those who are now.
    NextOnCall(ScheduleId),
    /// Whoever was on call last by this schedule, before those who are now.
    PreviousOnCall(ScheduleId),
    /// Everybody who takes turns in this schedule, and whoever covers for them at that moment.
    EveryoneOf(ScheduleId),
    /// Whoever is on call by the schedules of this team; its members, where the team keeps no schedule.
    Team {
        /// The team.
        team: TeamId,
        /// Only those who know this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skill: Option<String>,
    },
}

/// Whether something holds in the working hours of a policy, or outside of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inside {
    /// In them.
    Inside,
    /// Outside of them.
    Outside,
}

impl Inside {
    /// The word that people write.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
        }
    }
}

/// When a step is taken at all: all of these must hold. Nothing said means always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Conditions {
    /// The incident is as bad as one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// The incident is as urgent as this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// It is one of these hours, by the clocks of the policy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Restriction>,
    /// It is in, or outside of, the working hours of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<Inside>,
    /// The alert that opened the incident has all of these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Conditions {
    /// Nothing is asked.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a step was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum Skipped {
    /// It is for other severities.
    Severity {
        /// What the incident has.
        severity: Severity,
    },
    /// It is for the other urgency.
    Urgency {
        /// What the incident has.
        urgency: Urgency,
    },
    /// It is for other hours.
    Hours,
    /// It is only for the inside, or the outside, of the working hours.
    WorkingHours {
        /// When it is taken.
        only: Inside,
    },
    /// The alert lacks the label, or has it with another value.
    Label {
        /// Which one.
        label: String,
        /// With which value the step wants it.
        value: String,
    },
}

/// What the conditions of a step are held against.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// How bad the incident is.
    pub severity: Severity,
    /// How urgent.
    pub urgency: Urgency,
    /// The labels of the alert that opened it.
    pub labels: &'a BTreeMap<String, String>,
    /// When.
    pub at: Timestamp,
    /// The organisation's zone, for policies that have none of their own.
    pub zone: &'a Zone,
}

/// One step of an escalation policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whom it pages, all at once.
    pub targets: Vec<Target>,
    /// How long they have to acknowledge before the next step is taken.
    pub wait: Wait,
    /// When it is taken at all; passed over otherwise. By hand it is always taken.
    #[serde(default, skip_serializing_if = "Conditions::is_none")]
    pub only_if: Conditions,
    /// Outside of the policy's working hours, it waits until they begin, and is taken then in any case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_hours: bool,
    /// Its people take turns: each incident of a service pages the next one of them, each further round the one after.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub round_robin: bool,
    /// How many people have to acknowledge until the incident counts as acknowledged.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub acknowledgements: u32,
    /// Its wait goes on although somebody acknowledged: the next step is taken unless the incident is resolved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_resolved: bool,
    /// It was put in front for one incident, for people who were named by hand. Never in the directory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
}

const fn one() -> u32 {
    1
}

const fn is_one(number: &u32) -> bool {
    *number == 1
}

impl Step {
    /// A step that pages these people in any case, and waits so long for one of them.
    pub const fn paging(targets: Vec<Target>, wait: Wait) -> Self {
        Self {
            targets,
            wait,
            only_if: Conditions {
                severities: Vec::new(),
                urgency: None,
                hours: Vec::new(),
                working_hours: None,
                labels: BTreeMap::new(),
            },
            waits_for_hours: false,
            round_robin: false,
            acknowledgements: 1,
            until_resolved: false,
            by_hand: false,
        }
    }

    /// Whether acknowledgements are more to it than the end of its wait.
    pub const fn counts_acknowledgements(&self) -> bool {
        self.acknowledgements > 1 || self.until_resolved
    }
}

/// A step of the second ladder, which is climbed by the time that an incident stays unresolved, whoever acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateStep {
    /// How long after the incident was opened, the time that it was snoozed left out.
    pub after: Wait,
    /// Whom it pages, all at once.
    pub targets: Vec<Target>,
}

/// Ordered steps of targets and waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its identity.
    pub id: PolicyId,
    /// Its short name in files and addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The team that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The steps.
    pub steps: Vec<Step>,
    /// How often the whole ladder is climbed again when nobody answered.
    #[serde(default)]
    pub repeats: u32,
    /// After how long an acknowledgement lapses, so that the incident pages again. Never where not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement_timeout: Option<Wait>,
    /// The zone of its hours; the organisation's where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// Its working hours: those that any of these admit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub working_hours: Vec<Restriction>,
    /// Managers and senior staff, by the time that an incident stays unresolved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unresolved: Vec<LateStep>,
}

impl Policy {
    /// A policy of these steps, without anything else.
    pub const fn new(id: PolicyId, slug: String, name: String, steps: Vec<Step>) -> Self {
        Self {
            id,
            slug,
            name,
            team: None,
            steps,
            repeats: 0,
            acknowledgement_timeout: None,
            time_zone: None,
            working_hours: Vec::new(),
            unresolved: Vec::new(),
        }
    }

    /// The step of that number, from 1.
    pub fn step(&self, number: usize) -> Option<&Step> {
        self.steps.get(number.checked_sub(1)?)
    }

    /// Whether any step's people take turns.
    pub fn takes_turns(&self) -> bool {
        self.steps.iter().any(|step| step.round_robin)
    }

    /// Whether it matters who has acknowledged, and not only that somebody did.
    pub fn counts_acknowledgements(&self) -> bool {
        self.steps.iter().any(Step::counts_acknowledgements)
    }

    /// All targets, of both ladders.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        let late = self.unresolved.iter().flat_map(|step| &step.targets);
        self.steps.iter().flat_map(|step| &step.targets).chain(late)
    }

    /// The labels that its conditions ask about.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| step.only_if.labels.keys()).map(String::as_str)
    }

    /// The step of the second ladder that comes after that much time.
    pub fn late_step_after(&self, climbed: Wait) -> Option<&LateStep> {
        self.unresolved.iter().filter(|step| step.after > climbed).min_by_key(|step| step.after)
    }

    fn zone<'a>(&'a self, organisation: &'a Zone) -> &'a Zone {
        self.time_zone.as_ref().unwrap_or(organisation)
    }

    /// When a step that waits for the working hours may be taken, if not now.
    pub fn waits_until(&self, step: &Step, organisation: &Zone, at: Timestamp) -> Option<Timestamp> {
        let zone = self.zone(organisation);
        if !step.waits_for_hours || hours::admit(&self.working_hours, zone, at) {
            return None;
        }
        hours::begin_after(&self.working_hours, zone, at)
    }

    /// Every moment of a range at which the hours that a step asks about begin or end.
    pub(crate) fn edges(&self, step: &Step, organisation: &Zone, range: (Timestamp, Timestamp)) -> Vec<Timestamp> {
        let working_hours = step.only_if.working_hours.map_or(&[][..], |_| self.working_hours.as_slice());
        let zone = self.zone(organisation);
        [working_hours, &step.only_if.hours].into_iter().flat_map(|hours| hours::edges(hours, zone, range)).collect()
    }

    /// Why a step is passed over, if it is.
    pub fn passes_over(&self, step: &Step, now: Circumstances<'_>) -> Option<Skipped> {
        let Conditions { severities, urgency, hours, working_hours, labels } = &step.only_if;
        let zone = self.zone(now.zone);
        if !severities.is_empty() && !severities.contains(&now.severity) {
            return Some(Skipped::Severity { severity: now.severity });
        }
        if urgency.is_some_and(|urgency| urgency != now.urgency) {
            return Some(Skipped::Urgency { urgency: now.urgency });
        }
        if !hours.is_empty() && !hours::admit(hours, zone, now.at) {
            return Some(Skipped::Hours);
        }
        if let Some(only) = working_hours
            && hours::admit(&self.working_hours, zone, now.at) != (*only == Inside::Inside)
        {
            return Some(Skipped::WorkingHours { only: *only });
        }
        let lacking = labels.iter().find(|(label, value)| now.labels.get(*label) != Some(*value));
        lacking.map(|(label, value)| Skipped::Label { label: label.clone(), value: value.clone() })
    }
}
