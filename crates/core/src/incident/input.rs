//! What an incident can be told, and what it answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::Clearing;
use crate::correlate;
use crate::directory::ChannelName;
use crate::id::{AlertId, IncidentId, PolicyId, ServiceId, UserId};
use crate::severity::Severity;

/// How an incident begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The service it is about.
    pub service: ServiceId,
    /// Its title.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// The key that its alerts share.
    pub group: Option<String>,
    /// The labels of its first alert.
    pub labels: BTreeMap<String, String>,
    /// Whose turn it is where people take turns: one more than that of the service's latest incident.
    pub turn: u64,
    /// Its first alert and why it stands there; none when a person declares it.
    pub alert: Option<(AlertId, correlate::Reason)>,
}

impl Opening {
    /// An incident that a person declares: without an alert, a group or labels, and at the first turn.
    pub const fn declared(service: ServiceId, title: String, severity: Severity) -> Self {
        Self { service, title, severity, group: None, labels: BTreeMap::new(), turn: 0, alert: None }
    }
}

/// To whom an incident is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// To these people; if they do not answer, the service's own policy goes on.
    People(Vec<UserId>),
    /// To an escalation policy.
    Policy(PolicyId),
}

/// What can happen to an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A new alert was placed here.
    AlertJoined {
        /// Which one.
        alert: AlertId,
        /// What it says.
        summary: String,
        /// How bad it says it is.
        severity: Severity,
        /// Why here.
        why: correlate::Reason,
    },
    /// One of its alerts became worse.
    AlertWorsened {
        /// How bad it is now.
        severity: Severity,
    },
    /// One of its alerts is over.
    AlertCleared {
        /// Which one.
        alert: AlertId,
        /// What it says.
        summary: String,
        /// How we know.
        how: Clearing,
    },
    /// Somebody is on it.
    Acknowledge,
    /// It is over.
    Resolve,
    /// It is not over after all.
    Reopen,
    /// Leave it alone until then.
    Snooze {
        /// Until when.
        until: Timestamp,
    },
    /// Give it to somebody else.
    Reassign(Assignment),
    /// Take a step of the escalation now: the next one, or that one (from 1).
    Escalate {
        /// Which one.
        step: Option<usize>,
    },
    /// Follow the policy as it is by now, from where the escalation is.
    ReplacePolicy,
    /// Page these people as well.
    Request {
        /// Whom.
        people: Vec<UserId>,
    },
    /// A person who is being paged says it is not for them: page the next one.
    Decline {
        /// Who.
        user: UserId,
    },
    /// Write something down.
    Note {
        /// What.
        text: String,
    },
    /// Change the severity.
    SetSeverity(Severity),
    /// Change the title.
    SetTitle(String),
    /// Make it a part of another incident.
    MergeInto(IncidentId),
    /// Take in another incident.
    Absorb {
        /// Which one.
        incident: IncidentId,
        /// How bad it was.
        severity: Severity,
        /// How many of its alerts fire.
        firing: u32,
        /// How many alerts it had.
        alerts: u32,
    },
    /// A page could not be delivered by this rung.
    ContactFailed {
        /// The page's number.
        page: u32,
        /// The rung, from 0.
        rung: usize,
        /// By which channel.
        channel: ChannelName,
        /// What went wrong.
        reason: String,
    },
    /// Time has passed.
    Due,
}

impl Input {
    /// Everything but what keeps the records of an incident true once it is over.
    pub(super) const fn needs_open_incident(&self) -> bool {
        match self {
            Self::AlertCleared { .. } | Self::Note { .. } | Self::SetTitle(_) | Self::SetSeverity(_) | Self::Reopen => {
                false
            }
            Self::AlertJoined { .. }
            | Self::AlertWorsened { .. }
            | Self::Acknowledge
            | Self::Resolve
            | Self::Snooze { .. }
            | Self::Reassign(_)
            | Self::Escalate { .. }
            | Self::ReplacePolicy
            | Self::Request { .. }
            | Self::Decline { .. }
            | Self::MergeInto(_)
            | Self::Absorb { .. }
            | Self::ContactFailed { .. }
            | Self::Due => true,
        }
    }
}

/// Why an input changes nothing. Late and repeated inputs are ordinary (two people tap at once, a webhook is sent
/// twice), so they are answers, not errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It is acknowledged already.
    AlreadyAcknowledged,
    /// It is resolved already.
    AlreadyResolved,
    /// It is open: there is nothing to re-open.
    AlreadyOpen,
    /// It is a part of another incident: act on that one.
    Merged,
    /// The end of a snooze must lie in the future, and not further than a year.
    SnoozeOutOfRange,
    /// There is nobody, or nothing, of that identity (any more).
    Unknown,
    /// The policy has no such step.
    NoSuchStep,
    /// There is no policy to escalate by.
    NoPolicy,
    /// That person is not being paged for it.
    NotPaged,
    /// Several people have to acknowledge, and a program is none.
    NeedsPeople,
    /// It is that already.
    NoChange,
    /// An incident cannot be merged into itself.
    Itself,
    /// The timer was early.
    NotDue,
    /// The page is over.
    PageOver,
}

impl Refusal {
    /// The sentence shown to people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::AlreadyAcknowledged => "Somebody has acknowledged this incident already.",
            Self::AlreadyResolved => "This incident is resolved already. Re-open it to go on.",
            Self::AlreadyOpen => "This incident is open already.",
            Self::Merged => "This incident was merged into another one. Go on there.",
            Self::SnoozeOutOfRange => "A snooze must end in the future, within a year.",
            Self::Unknown => "That person or policy is not there any more. Choose another one.",
            Self::NoSuchStep => "The escalation policy has no such step.",
            Self::NoPolicy => "The service has no escalation policy. Give the incident to somebody, or ask for them.",
            Self::NotPaged => "That person is not being paged for this incident.",
            Self::NeedsPeople => {
                "Several people have to acknowledge this incident, and a program is not one of them. Acknowledge it as a \
                 person."
            }
            Self::NoChange => "It is so already: nothing has changed.",
            Self::Itself => "An incident cannot be merged into itself. Choose another one.",
            Self::NotDue => "It is not time yet.",
            Self::PageOver => "That page is over.",
        }
    }
}

/// What an input led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Something happened; the facts say what.
    Done,
    /// Nothing happened.
    Nothing(Refusal),
}
