//! Escalation policies: the list, one drawn as a ladder in time, and its edit form.

use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Person};
use super::shell::Shell;

/// A policy in the list.
#[derive(Debug, Clone)]
pub struct PolicyRow {
    /// The policy.
    pub policy: Anchor,
    /// The team that keeps it.
    pub team: Option<Anchor>,
    /// Its steps in a line: `Payments primary → 5m → Grace Hopper`.
    pub summary: String,
    /// How many services use it.
    pub services: u32,
    /// Why it may reach nobody, if it may.
    pub weakness: Option<String>,
}

/// `/policies`
#[derive(Debug, Clone, Template)]
#[template(path = "policies.html")]
pub struct PoliciesPage {
    /// The frame.
    pub shell: Shell,
    /// The policies.
    pub rows: Vec<PolicyRow>,
    /// True when the reader may change them.
    pub may_edit: bool,
}

/// A target of a step.
#[derive(Debug, Clone)]
pub struct PolicyTarget {
    /// The person or the schedule.
    pub target: Anchor,
    /// `person`, `schedule`
    pub kind: &'static str,
    /// Who it would page now; for a person, nobody else.
    pub now: Vec<Person>,
    /// Why it would reach nobody now.
    pub weakness: Option<String>,
}

/// A step of the ladder.
#[derive(Debug, Clone)]
pub struct PolicyStep {
    /// How long after the start it is taken: `at once`, `5m`.
    pub after: String,
    /// Whom it pages.
    pub targets: Vec<PolicyTarget>,
    /// How long they have: `5m`.
    pub wait: String,
}

/// `/policies/{slug}`
#[derive(Debug, Clone, Template)]
#[template(path = "policy.html")]
pub struct PolicyPage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// The team that keeps it.
    pub team: Option<Anchor>,
    /// The ladder.
    pub steps: Vec<PolicyStep>,
    /// When the last step's wait is over: `25m`.
    pub ends_after: String,
    /// What happens then: `Starts again from step 1, twice; then the incident says that nobody answered.`
    pub end: String,
    /// What becomes of an acknowledgement: `Lapses after 2h, and the ladder starts again.`
    pub acknowledgement: String,
    /// The services that use it.
    pub services: Vec<Anchor>,
    /// True when the reader may change it.
    pub may_edit: bool,
}

/// A step in the edit form.
#[derive(Debug, Clone)]
pub struct StepForm {
    /// One list for each target, then an empty one to add another.
    pub targets: Vec<Vec<Choice>>,
    /// `5m`
    pub wait: String,
}

/// `/policies/{slug}/edit` and `/policies/new`: `action` = `save`, `add-step`, `remove-step.{n}`, `up-step.{n}`.
#[derive(Debug, Clone, Template)]
#[template(path = "policy_edit.html")]
pub struct PolicyEditPage {
    /// The frame.
    pub shell: Shell,
    /// Where it is posted.
    pub action: String,
    /// Where `Cancel` leads.
    pub back: String,
    /// The version that is edited, so that nobody's change is lost.
    pub version: String,
    /// True for a new one.
    pub is_new: bool,
    /// The fields.
    pub name: String,
    /// The teams.
    pub teams: Vec<Choice>,
    /// The steps.
    pub steps: Vec<StepForm>,
    /// How often the ladder is climbed again: `2`.
    pub repeats: String,
    /// After how long an acknowledgement lapses; empty for never.
    pub acknowledgement_timeout: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
