//! The document of an escalation policy. What each field means is said at [`crate::directory::Policy`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::build::Builder;
use super::hours::Hours;
use crate::directory::{Conditions, Directory, Inside, Kind, LateStep, Policy, Step, Target};
use crate::id::{PolicyId, ScheduleId, TeamId, UserId};
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;
use crate::zone::Zone;

/// Describes an [escalation policy](crate::directory::Policy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// Its short name.
    pub slug: String,
    /// Its name; the short name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The slug of the team that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The zone of its hours; the organisation's where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// Its working hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub working_hours: Vec<Hours>,
    /// The steps.
    pub steps: Vec<StepDocument>,
    /// How often the whole ladder is climbed again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeats: u32,
    /// After how long an acknowledgement lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement_timeout: Option<Wait>,
    /// Whom to tell when an incident stays unresolved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unresolved: Vec<LateStepDocument>,
}

const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Describes a [step](crate::directory::Step) of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDocument {
    /// Whom it pages.
    pub targets: Vec<TargetDocument>,
    /// How long they have.
    pub wait: Wait,
    /// When it is taken at all.
    #[serde(default, skip_serializing_if = "ConditionsDocument::is_none")]
    pub only_if: ConditionsDocument,
    /// It waits for the working hours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits_for_hours: bool,
    /// Its people take turns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub round_robin: bool,
    /// How many people have to acknowledge; one where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgements: Option<u32>,
    /// Its wait goes on although somebody acknowledged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_resolved: bool,
}

/// Describes the [conditions](crate::directory::Conditions) of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionsDocument {
    /// Only for these severities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severities: Vec<Severity>,
    /// Only for this urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// Only at these hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// Only in the working hours, or outside of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_hours: Option<Inside>,
    /// Only for alerts with these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl ConditionsDocument {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Describes a [step for unresolved incidents](crate::directory::LateStep).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateStepDocument {
    /// How long after the incident was opened.
    pub after: Wait,
    /// Whom it pages.
    pub targets: Vec<TargetDocument>,
}

/// Describes a [target](crate::directory::Target) by its slug: `user: ana`, `schedule: platform-primary`, or
/// `{team: platform, skill: postgres}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TargetFields", into = "TargetFields")]
pub enum TargetDocument {
    /// This person.
    User(String),
    /// Whoever is on call by this schedule.
    Schedule(String),
    /// Whoever is on call next by this schedule.
    NextOnCall(String),
    /// Whoever was on call before by this schedule.
    PreviousOnCall(String),
    /// Everybody who takes turns in this schedule.
    EveryoneOf(String),
    /// Whoever is on call for this team.
    Team {
        /// The slug of the team.
        team: String,
        /// Only those who know this.
        skill: Option<String>,
    },
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_on_call: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous_on_call: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    everyone_of: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skill: Option<String>,
}

impl TryFrom<TargetFields> for TargetDocument {
    type Error = String;

    fn try_from(fields: TargetFields) -> Result<Self, String> {
        let TargetFields { user, schedule, next_on_call, previous_on_call, everyone_of, team, skill } = fields;
        if skill.is_some() && team.is_none() {
            return Err(
                "`skill` belongs to a `team`; name the team, such as `{team: platform, skill: postgres}`".into()
            );
        }
        let named = [
            user.map(Self::User),
            schedule.map(Self::Schedule),
            next_on_call.map(Self::NextOnCall),
            previous_on_call.map(Self::PreviousOnCall),
            everyone_of.map(Self::EveryoneOf),
            team.map(|team| Self::Team { team, skill }),
        ];
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(target), None) => Ok(target),
            (Some(_), Some(_)) | (None, _) => Err("a target is one of `user`, `schedule`, `next_on_call`, \
                 `previous_on_call`, `everyone_of` and `team`, such as `user: ana`; write each as an item of its own"
                .into()),
        }
    }
}

impl From<TargetDocument> for TargetFields {
    fn from(target: TargetDocument) -> Self {
        let none = Self::default();
        match target {
            TargetDocument::User(slug) => Self { user: Some(slug), ..none },
            TargetDocument::Schedule(slug) => Self { schedule: Some(slug), ..none },
            TargetDocument::NextOnCall(slug) => Self { next_on_call: Some(slug), ..none },
            TargetDocument::PreviousOnCall(slug) => Self { previous_on_call: Some(slug), ..none },
            TargetDocument::EveryoneOf(slug) => Self { everyone_of: Some(slug), ..none },
            TargetDocument::Team { team, skill } => Self { team: Some(team), skill, ..none },
        }
    }
}

impl Builder<'_> {
    pub(super) fn policy(&mut self, document: &PolicyDocument) -> Policy {
        let id = PolicyId::new(self.identity(Kind::Policy, &document.slug));
        let steps = (1..).zip(&document.steps).map(|(number, step)| self.step(number, step)).collect();
        let late = |(number, step): (usize, &LateStepDocument)| LateStep {
            after: step.after,
            targets: self.targets(&format!("unresolved[{number}]"), &step.targets),
        };
        let unresolved = (1..).zip(&document.unresolved).map(late).collect();
        Policy {
            team: self.team_of(document.team.as_ref()),
            repeats: document.repeats,
            acknowledgement_timeout: document.acknowledgement_timeout,
            time_zone: document.time_zone.clone(),
            working_hours: document.working_hours.iter().flat_map(Hours::restrictions).collect(),
            unresolved,
            ..Policy::new(id, document.slug.clone(), super::build::name(&document.name, &document.slug), steps)
        }
    }

    fn step(&mut self, number: usize, document: &StepDocument) -> Step {
        let targets = self.targets(&format!("steps[{number}]"), &document.targets);
        let ConditionsDocument { severities, urgency, hours, working_hours, labels } = document.only_if.clone();
        Step {
            only_if: Conditions {
                severities,
                urgency,
                hours: hours.iter().flat_map(Hours::restrictions).collect(),
                working_hours,
                labels,
            },
            waits_for_hours: document.waits_for_hours,
            round_robin: document.round_robin,
            acknowledgements: document.acknowledgements.unwrap_or(1),
            until_resolved: document.until_resolved,
            ..Step::paging(targets, document.wait)
        }
    }

    fn targets(&mut self, step: &str, documents: &[TargetDocument]) -> Vec<Target> {
        let target = |(number, target): (usize, &TargetDocument)| {
            let field = format!("{step}.targets[{number}]");
            let mut schedule = |slug: &str, of: fn(ScheduleId) -> Target| {
                Some(of(ScheduleId::new(self.find(Kind::Schedule, slug, &field)?)))
            };
            match target {
                TargetDocument::Schedule(slug) => schedule(slug, Target::Schedule),
                TargetDocument::NextOnCall(slug) => schedule(slug, Target::NextOnCall),
                TargetDocument::PreviousOnCall(slug) => schedule(slug, Target::PreviousOnCall),
                TargetDocument::EveryoneOf(slug) => schedule(slug, Target::EveryoneOf),
                TargetDocument::User(slug) => {
                    self.find(Kind::User, slug, &field).map(|uuid| Target::User(UserId::new(uuid)))
                }
                TargetDocument::Team { team, skill } => {
                    let team = TeamId::new(self.find(Kind::Team, team, &field)?);
                    Some(Target::Team { team, skill: skill.clone() })
                }
            }
        };
        (1..).zip(documents).filter_map(target).collect()
    }
}

/// The document that describes a policy of this directory.
pub(super) fn describe_policy(directory: &Directory, policy: &Policy) -> PolicyDocument {
    let step = |step: &Step| StepDocument {
        targets: step.targets.iter().map(|target| describe_target(directory, target)).collect(),
        wait: step.wait,
        only_if: ConditionsDocument {
            severities: step.only_if.severities.clone(),
            urgency: step.only_if.urgency,
            hours: Hours::of(&step.only_if.hours),
            working_hours: step.only_if.working_hours,
            labels: step.only_if.labels.clone(),
        },
        waits_for_hours: step.waits_for_hours,
        round_robin: step.round_robin,
        acknowledgements: Some(step.acknowledgements).filter(|asked| *asked != 1),
        until_resolved: step.until_resolved,
    };
    let late = |step: &LateStep| LateStepDocument {
        after: step.after,
        targets: step.targets.iter().map(|target| describe_target(directory, target)).collect(),
    };
    PolicyDocument {
        slug: policy.slug.clone(),
        name: Some(policy.name.clone()),
        team: policy.team.map(|team| slug(directory, Kind::Team, team.uuid())),
        time_zone: policy.time_zone.clone(),
        working_hours: Hours::of(&policy.working_hours),
        steps: policy.steps.iter().map(step).collect(),
        repeats: policy.repeats,
        acknowledgement_timeout: policy.acknowledgement_timeout,
        unresolved: policy.unresolved.iter().map(late).collect(),
    }
}

fn describe_target(directory: &Directory, target: &Target) -> TargetDocument {
    let schedule = |id: &ScheduleId| slug(directory, Kind::Schedule, id.uuid());
    match target {
        Target::User(user) => TargetDocument::User(slug(directory, Kind::User, user.uuid())),
        Target::Schedule(id) => TargetDocument::Schedule(schedule(id)),
        Target::NextOnCall(id) => TargetDocument::NextOnCall(schedule(id)),
        Target::PreviousOnCall(id) => TargetDocument::PreviousOnCall(schedule(id)),
        Target::EveryoneOf(id) => TargetDocument::EveryoneOf(schedule(id)),
        Target::Team { team, skill } => {
            TargetDocument::Team { team: slug(directory, Kind::Team, team.uuid()), skill: skill.clone() }
        }
    }
}

fn slug(directory: &Directory, kind: Kind, uuid: uuid::Uuid) -> String {
    directory.object(kind, uuid).map(|object| object.slug().to_owned()).unwrap_or_default()
}
