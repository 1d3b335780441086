//! Facts: what happened, in the past tense, with who, when and why.
//!
//! Facts are the only way in which an incident changes: a decision is a list of facts, and the next state is those
//! facts applied to the state before. Whoever keeps the facts can therefore rebuild every state. Their JSON form is
//! stored for years: variants and fields may be added, never renamed or given another meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::Clearing;
use crate::correlate;
use crate::directory::{ChannelName, Policy, Rung, Skipped, Standing};
use crate::id::{AlertId, ContactMethodId, IncidentId, PolicyId, ServiceId, UserId};
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;

/// Why a person is paged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum PageReason {
    /// Their step of the escalation policy was reached.
    Step {
        /// The name of the policy.
        policy: String,
        /// The step, from 1.
        step: usize,
        /// How many steps the policy has.
        steps: usize,
        /// The round, from 1.
        round: u32,
        /// The schedule by which they are on call, where the step names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<String>,
        /// As what, where it is not for themselves or for being on call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<Standing>,
        /// The people of the step take turns, and it is theirs.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_turn: bool,
    },
    /// It stayed unresolved for so long, whoever acknowledged.
    Unresolved {
        /// The name of the policy.
        policy: String,
        /// For how long.
        after: Wait,
        /// The schedule by which they are on call, where the step names one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        schedule: Option<String>,
        /// As what, where it is not for themselves or for being on call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<Standing>,
    },
    /// Nobody on the policy answered (or there is none), and they are an admin.
    LastResort,
    /// Somebody asked for them.
    Request {
        /// Who asked; nobody in particular when a program did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
    },
}

const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why the escalation was exhausted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhaustion {
    /// Every step of every round was taken, and nobody acknowledged.
    NobodyAnswered,
    /// No step had anybody who could be paged.
    NobodyToPage,
    /// The service has no escalation policy.
    NoPolicy,
}

/// Why an escalation starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The incident was opened.
    Opened,
    /// The incident was opened again.
    Reopened,
    /// It became urgent.
    Worsened,
    /// It was given to somebody else.
    Reassigned,
    /// Its acknowledgement or snooze ended without a resolution.
    Lapsed,
    /// Another alert joined it, after nobody had answered.
    AnotherAlert,
}

/// What keeps the next step from being taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoesOn {
    /// An acknowledgement.
    #[default]
    UnlessAcknowledged,
    /// A resolution alone.
    UnlessResolved,
    /// Somebody is on it already, and this was the last step that is taken nevertheless.
    NoFurther,
}

impl GoesOn {
    fn is_usual(&self) -> bool {
        *self == Self::UnlessAcknowledged
    }
}

/// Why a person cannot be paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreachable {
    /// They have no verified contact method.
    NoContactMethod,
    /// They have left.
    Gone,
    /// Too many people are being paged for this incident already.
    TooMany,
}

/// Something that happened to an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// An incident was opened.
    IncidentOpened {
        /// The service it is about.
        service: ServiceId,
        /// Its title.
        title: String,
        /// How bad it is.
        severity: Severity,
        /// How loud.
        urgency: Urgency,
        /// The key that its alerts share.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Those labels of the alert that opened it about which any policy asks.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        labels: BTreeMap<String, String>,
        /// Whose turn it is where people take turns: grows by one with each incident of the service.
        #[serde(default, skip_serializing_if = "is_zero")]
        turn: u64,
    },
    /// An alert joined it.
    AlertJoined {
        /// Which one.
        alert: AlertId,
        /// What it says.
        summary: String,
        /// How bad it says it is.
        severity: Severity,
        /// Why it was placed here.
        why: correlate::Reason,
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
    /// It is worse, or better, than it was.
    SeverityChanged {
        /// What it was.
        from: Severity,
        /// What it is.
        to: Severity,
        /// How loud it is now.
        urgency: Urgency,
    },
    /// It has another title.
    TitleChanged {
        /// The new one.
        title: String,
    },
    /// An escalation started, with the policy as it was at that moment.
    EscalationStarted {
        /// The policy, frozen.
        policy: Arc<Policy>,
        /// Why.
        why: Start,
    },
    /// A step of the escalation was taken.
    StepTaken {
        /// The round, from 1.
        round: u32,
        /// The step, from 1.
        step: usize,
        /// Whom it pages.
        people: Vec<UserId>,
        /// When the next one is taken.
        next_at: Timestamp,
        /// Unless what.
        #[serde(default, skip_serializing_if = "GoesOn::is_usual")]
        goes_on: GoesOn,
    },
    /// A step had nobody to page, and the next one was taken at once.
    StepEmpty {
        /// The round, from 1.
        round: u32,
        /// The step, from 1.
        step: usize,
    },
    /// The conditions of a step did not hold, and the next one was taken at once.
    StepSkipped {
        /// The round, from 1.
        round: u32,
        /// The step, from 1.
        step: usize,
        /// Which one did not hold.
        why: Skipped,
    },
    /// A step waits for the working hours.
    StepDelayed {
        /// The round, from 1.
        round: u32,
        /// The step, from 1.
        step: usize,
        /// When they begin.
        until: Timestamp,
    },
    /// Somebody is on it, and every step was taken that goes on nevertheless.
    EscalationFinished,
    /// It stayed unresolved for so long that others are told.
    UnresolvedTooLong {
        /// For how long, the time that it was snoozed left out.
        after: Wait,
        /// Whom it pages.
        people: Vec<UserId>,
    },
    /// The policy was changed, and the change was applied to this escalation, which goes on where it was.
    PolicyReplaced {
        /// The policy, frozen again.
        policy: Arc<Policy>,
        /// The step that counts as taken last, from 1; 0 before the first.
        step: usize,
        /// When the next one is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_at: Option<Timestamp>,
    },
    /// Nobody is left to page but the admins.
    EscalationExhausted {
        /// Why.
        why: Exhaustion,
    },
    /// A person is being paged.
    PersonPaged {
        /// The page's number within the incident, from 1.
        page: u32,
        /// Who.
        user: UserId,
        /// Why.
        why: PageReason,
        /// Their notification rules as they were at that moment.
        rungs: Vec<Rung>,
    },
    /// A person should have been paged, but cannot be.
    PersonUnreachable {
        /// Who.
        user: UserId,
        /// Why.
        why: Unreachable,
    },
    /// One of a person's contact methods is being tried.
    ContactTried {
        /// The page.
        page: u32,
        /// The rung of the person's ladder, from 0.
        rung: usize,
        /// Which contact method.
        contact: ContactMethodId,
    },
    /// A contact method could not be reached; the next one is tried at once.
    ContactFailed {
        /// The page.
        page: u32,
        /// The rung of the person's ladder, from 0.
        rung: usize,
        /// By which channel.
        channel: ChannelName,
        /// What went wrong.
        reason: String,
    },
    /// Somebody is on it.
    IncidentAcknowledged {
        /// When the acknowledgement lapses unless the incident is resolved before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody is on it, and more people are asked for.
    AcknowledgementCounted {
        /// How many are on it now.
        count: u32,
        /// How many are asked for.
        needed: u32,
    },
    /// The acknowledgement lapsed without a resolution.
    AcknowledgementLapsed,
    /// It is to be left alone for a while.
    IncidentSnoozed {
        /// Until then.
        until: Timestamp,
    },
    /// The snooze is over.
    SnoozeEnded,
    /// It is over.
    IncidentResolved,
    /// It is not over after all.
    IncidentReopened,
    /// It was given to these people.
    IncidentReassigned {
        /// To whom; nobody in particular when it was given to a policy.
        people: Vec<UserId>,
        /// To which policy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<PolicyId>,
    },
    /// Somebody moved the escalation on by hand.
    EscalatedByHand {
        /// To this step, from 1.
        step: usize,
    },
    /// A person who was paged said that it is not for them.
    PageDeclined {
        /// Who.
        user: UserId,
    },
    /// Somebody wrote something down.
    NoteAdded {
        /// What.
        text: String,
    },
    /// It became a part of another incident.
    IncidentMerged {
        /// Of which one.
        into: IncidentId,
    },
    /// Another incident became a part of it.
    IncidentAbsorbed {
        /// Which one.
        incident: IncidentId,
        /// How many of its alerts fire.
        firing: u32,
        /// How many alerts it had.
        alerts: u32,
    },
}
