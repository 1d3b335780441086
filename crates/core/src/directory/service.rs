//! Services and their integrations.

use serde::{Deserialize, Serialize};

use crate::id::{IntegrationId, PolicyId, ServiceId, TeamId};
use crate::severity::UrgencyRule;
use crate::wait::Wait;

/// Which alerts of a service become one incident.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Grouping {
    /// Each alert is an incident of its own.
    #[default]
    Alert,
    /// All alerts that arrive while an incident of the service is open and young enough.
    Service {
        /// How long after its last alert an open incident takes in another one.
        window: Wait,
    },
    /// Alerts that have the same values of these labels. An alert that lacks one of them is never grouped.
    Labels {
        /// The names of the labels.
        labels: Vec<String>,
        /// How long after its last alert an open incident takes in another one.
        window: Wait,
    },
}

/// Something that a team owns and customers depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its identity.
    pub id: ServiceId,
    /// Its short name in files and addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it does, for whoever is paged about it at 3 am.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Who is paged about it. Without one, the admins are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyId>,
    /// What wakes people.
    #[serde(default)]
    pub urgency: UrgencyRule,
    /// Which alerts become one incident.
    #[serde(default)]
    pub grouping: Grouping,
    /// Keep an incident open when its last alert has cleared, until a person resolves it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays_open: bool,
    /// The first thing to read: shown on the page that wakes people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// One configured source of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// Its identity.
    pub id: IntegrationId,
    /// Its short name in files and addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The service that its alerts are about.
    pub service: ServiceId,
    /// The kind of source: `pagerduty`, `alertmanager`, `generic`, … as the inbound crate names them.
    pub source: String,
    /// SHA-256 of its key, in hex. The key itself is kept sealed, apart from this.
    pub key_digest: String,
    /// Refuses events while set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}
