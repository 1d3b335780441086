//! Services: the list, one, and its edit form.

use allclear_core::severity::Severity;
use askama::Template;

use super::incident::IncidentRow;
use super::parts::{Anchor, Choice, FieldProblem};
use super::shell::Shell;
use super::time::When;

/// A service in the list.
#[derive(Debug, Clone)]
pub struct ServiceRow {
    /// The service.
    pub service: Anchor,
    /// The worst severity of its open incidents.
    pub worst: Option<Severity>,
    /// How many are open.
    pub open: u32,
    /// Who is paged: the policy.
    pub policy: Option<Anchor>,
    /// How many integrations feed it.
    pub integrations: u32,
    /// When its last event came.
    pub last_event: Option<When>,
}

/// The services of one team.
#[derive(Debug, Clone)]
pub struct ServiceTeam {
    /// The team's name, or `No team`.
    pub name: String,
    /// Its services.
    pub rows: Vec<ServiceRow>,
}

/// `/services`
#[derive(Debug, Clone, Template)]
#[template(path = "services.html")]
pub struct ServicesPage {
    /// The frame.
    pub shell: Shell,
    /// The teams, the reader's first.
    pub teams: Vec<ServiceTeam>,
    /// True when the reader may change them.
    pub may_edit: bool,
}

/// An integration as its service shows it.
#[derive(Debug, Clone)]
pub struct IntegrationRow {
    /// The integration.
    pub integration: Anchor,
    /// The kind of source: `Alertmanager`.
    pub source: String,
    /// The service that its alerts are about.
    pub service: Anchor,
    /// When its last event came.
    pub last_event: Option<When>,
    /// How many events the last day brought.
    pub accepted: u64,
    /// True when there were more than were counted.
    pub at_least: bool,
    /// How many of them were refused.
    pub rejected: u64,
    /// True when it refuses events.
    pub disabled: bool,
}

/// `/services/{slug}`
#[derive(Debug, Clone, Template)]
#[template(path = "service.html")]
pub struct ServicePage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// What it does.
    pub description: String,
    /// Who owns it.
    pub team: Option<Anchor>,
    /// Who is paged.
    pub policy: Option<Anchor>,
    /// Who would be paged now, as a sentence.
    pub paged_now: String,
    /// The first thing to read.
    pub runbook: Option<String>,
    /// What wakes people, as a sentence.
    pub urgency: String,
    /// Which alerts become one incident, as a sentence.
    pub grouping: String,
    /// When incidents close by themselves, as a sentence.
    pub closing: String,
    /// Open incidents.
    pub open: Vec<IncidentRow>,
    /// The last resolved ones.
    pub recent: Vec<IncidentRow>,
    /// Its integrations.
    pub integrations: Vec<IntegrationRow>,
    /// Kinds of sources, for a new integration.
    pub sources: Vec<Choice>,
    /// True when the reader may change it.
    pub may_edit: bool,
}

/// `/services/{slug}/edit` and `/services/new`
#[derive(Debug, Clone, Template)]
#[template(path = "service_edit.html")]
pub struct ServiceEditPage {
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
    /// What it does.
    pub description: String,
    /// The teams.
    pub teams: Vec<Choice>,
    /// The policies.
    pub policies: Vec<Choice>,
    /// What wakes people.
    pub urgencies: Vec<Choice>,
    /// Which alerts become one incident.
    pub groupings: Vec<Choice>,
    /// Names of labels, with commas.
    pub grouping_labels: String,
    /// How long an incident takes in further alerts: `15m`.
    pub grouping_window: String,
    /// Whether an incident stays open when its last alert has cleared.
    pub stays_open: bool,
    /// The address of the runbook.
    pub runbook: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
