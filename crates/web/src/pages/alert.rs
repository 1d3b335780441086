//! Alerts: the list, with the reason of each placement, and one.

use allclear_core::severity::Severity;
use askama::Template;

use super::incident::Day;
use super::parts::{Anchor, Choice, Label, Pager, State, Tab};
use super::shell::Shell;
use super::time::When;

/// An alert as one row.
#[derive(Debug, Clone)]
pub struct AlertRow {
    /// The alert's page.
    pub href: String,
    /// Its identity, for the row.
    pub id: String,
    /// Its summary.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// Firing, resolved, suppressed.
    pub state: State,
    /// The service.
    pub service: Option<Anchor>,
    /// The incident it belongs to.
    pub incident: Option<Anchor>,
    /// Why it is where it is, or why it is silent: `same cluster and alertname as INC-181, within 15m`.
    pub why: String,
    /// How often its event came.
    pub count: u64,
    /// When it was last seen.
    pub last_seen: When,
}

/// `/alerts`
#[derive(Debug, Clone, Template)]
#[template(path = "alerts.html")]
pub struct AlertsPage {
    /// The frame.
    pub shell: Shell,
    /// Firing, suppressed, resolved, all: links that keep the other filters.
    pub states: Vec<Tab>,
    /// `state`, sent along by the other filters.
    pub state: String,
    /// Words of the summary, or `name=value` of a label.
    pub query: String,
    /// The services.
    pub services: Vec<Choice>,
    /// True when a filter is set.
    pub is_filtered: bool,
    /// The rows.
    pub rows: Vec<AlertRow>,
    /// Where the list goes on.
    pub pager: Pager,
}

/// `/alerts/{id}`
#[derive(Debug, Clone, Template)]
#[template(path = "alert.html")]
pub struct AlertPage {
    /// The frame.
    pub shell: Shell,
    /// Its summary.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// Firing, resolved, suppressed.
    pub state: State,
    /// The service.
    pub service: Option<Anchor>,
    /// The integration.
    pub integration: Option<Anchor>,
    /// The incident.
    pub incident: Option<Anchor>,
    /// Why it is there, or why it is silent; one sentence for each decision.
    pub why: Vec<String>,
    /// What is affected.
    pub source: String,
    /// Names the condition within the service.
    pub dedup_key: String,
    /// How often its event came.
    pub count: u64,
    /// When it was first seen.
    pub first_seen: When,
    /// When it was last seen.
    pub last_seen: When,
    /// When it is taken as over unless the source speaks again.
    pub expires: Option<When>,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Links that came with it, with the client first.
    pub links: Vec<Anchor>,
    /// Whatever else the source sent, indented; empty if nothing.
    pub details: String,
    /// Its events, newest day first.
    pub days: Vec<Day>,
}
