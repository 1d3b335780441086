//! Escalation policies: the list, and one drawn as a ladder in time, which is edited in place.

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

/// Somebody who would be paged now.
#[derive(Debug, Clone)]
pub struct PagedNow {
    /// Who.
    pub person: Person,
    /// By which channels, and when: `e-mail at once, webhook +1m`.
    pub ways: String,
}

/// A target of a step.
#[derive(Debug, Clone)]
pub struct PolicyTarget {
    /// The person or the schedule.
    pub target: Anchor,
    /// `person`, `schedule`, `team`
    pub kind: &'static str,
    /// Who it would page now.
    pub now: Vec<PagedNow>,
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
    /// What else holds for it, in sentences: when it is taken, whose turn it is, how many have to acknowledge.
    pub rules: Vec<String>,
    /// Its fields, for whoever may change it.
    pub form: Option<StepForm>,
}

/// A step for what stays unresolved.
#[derive(Debug, Clone)]
pub struct LateRung {
    /// How long after the incident was opened: `1h`.
    pub after: String,
    /// Whom it pages.
    pub targets: Vec<PolicyTarget>,
    /// Its fields, for whoever may change it.
    pub form: Option<LateForm>,
}

/// `/policies/{slug}`, `/policies/{slug}/edit` and `/policies/new`
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
    /// Whom to tell when an incident stays unresolved.
    pub late: Vec<LateRung>,
    /// Its working hours: `Mon-Fri 09:00-17:00 (Europe/Berlin)`.
    pub working_hours: Option<String>,
    /// The services that use it.
    pub services: Vec<Anchor>,
    /// The running incidents that follow an older version; the newest ones.
    pub outdated: Vec<Anchor>,
    /// How many there are.
    pub outdated_count: usize,
    /// The form around it, for whoever may change it.
    pub editing: Option<PolicyForm>,
}

/// A step in the edit form.
#[derive(Debug, Clone)]
pub struct StepForm {
    /// Its number, from 0.
    pub number: usize,
    /// Shown at once: it is new, or was refused.
    pub open: bool,
    /// One list for each target, then an empty one to add another.
    pub targets: Vec<Vec<Choice>>,
    /// `5m`
    pub wait: String,
    /// Whether anything of what follows is set.
    pub has_rules: bool,
    /// The severities for which it is taken; all where none is chosen.
    pub severities: Vec<Choice>,
    /// The urgency for which it is taken.
    pub urgency: Vec<Choice>,
    /// The hours in which it is taken: `Mon-Fri 09:00-17:00; Sat 10:00-12:00`.
    pub hours: String,
    /// Inside or outside of the working hours.
    pub working_hours: Vec<Choice>,
    /// The labels of alerts for which it is taken: `team=db`.
    pub labels: String,
    /// It waits for the working hours.
    pub waits_for_hours: bool,
    /// Its people take turns.
    pub round_robin: bool,
    /// How many have to acknowledge.
    pub acknowledgements: String,
    /// Its wait goes on although somebody acknowledged.
    pub until_resolved: bool,
}

/// A step for what stays unresolved, in the edit form.
#[derive(Debug, Clone)]
pub struct LateForm {
    /// Its number, from 0.
    pub number: usize,
    /// Shown at once: it was refused.
    pub open: bool,
    /// `1h`
    pub after: String,
    /// One list for each target, then an empty one to add another.
    pub targets: Vec<Vec<Choice>>,
}

/// The form around the ladder: `action` = `save`, `preview`, `add-step`, `remove-step.{n}`, `up-step.{n}`,
/// `down-step.{n}`, `remove-late.{n}`.
#[derive(Debug, Clone)]
pub struct PolicyForm {
    /// Where it is posted.
    pub action: String,
    /// Where `Cancel` leads.
    pub back: String,
    /// The version that is edited, so that nobody's change is lost.
    pub version: String,
    /// True for a new one.
    pub is_new: bool,
    /// What is drawn is what was typed, and not yet saved.
    pub unsaved: bool,
    /// The settings are shown at once.
    pub open: bool,
    /// The parts of the page that are brought up to date while somebody types.
    pub previews: String,
    /// The fields.
    pub name: String,
    /// The teams.
    pub teams: Vec<Choice>,
    /// How often the ladder is climbed again: `2`.
    pub repeats: String,
    /// After how long an acknowledgement lapses; empty for never.
    pub acknowledgement_timeout: String,
    /// Zones of its hours; the first is the organisation's.
    pub time_zones: Vec<Choice>,
    /// Its working hours: `Mon-Fri 09:00-17:00`.
    pub working_hours: String,
    /// An empty step for what stays unresolved, to add another.
    pub another: LateForm,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
