//! What is to be said, to whom. Channels decide how.

use std::collections::BTreeMap;
use std::fmt;

use allclear_core::event::Link;
use allclear_core::id::{DeliveryId, IncidentId, UserId};
use allclear_core::severity::{Severity, Urgency};
use allclear_core::zone::Zone;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::settings::Secret;
use crate::text;

/// One message to one contact method: everything that a channel may show. It is complete, so that what was sent can be
/// told from the stored message alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The delivery. Also the idempotency key: the same on every attempt.
    pub delivery: DeliveryId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When it was decided to send it.
    pub decided_at: Timestamp,
    /// When this attempt is made.
    pub sent_at: Timestamp,
    /// Whom it is for.
    pub to: Recipient,
    /// The name of the organisation; may be empty.
    pub organisation: String,
    /// What it says.
    pub body: Body,
}

/// Whom a message is for, and where it goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The person.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// The address, as the channel's `check_address` gave it.
    pub address: String,
    /// The zone in which they are shown times.
    pub zone: Zone,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The path of a web address is often what protects it.
        formatter
            .debug_struct("Recipient")
            .field("user", &self.user)
            .field("name", &self.name)
            .field("address", &text::without_paths(&self.address))
            .field("zone", &self.zone)
            .finish()
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum Body {
    /// An incident wants this person.
    Page(Box<PageText>),
    /// Many incidents want this person: one message for what would have been too many pages.
    Bundle(BundleText),
    /// Something happened to an incident that this person was paged for.
    Notice(NoticeText),
    /// Proves that the address is theirs.
    Verification(VerificationText),
    /// Asked for by the person, to see that pages arrive.
    Test,
    /// Plans of on-call duty: somebody asks for cover, a schedule changes hands.
    Duty(Box<DutyText>),
}

impl Body {
    /// The incident that it is about, if it is about one.
    pub fn incident(&self) -> Option<&IncidentText> {
        match self {
            Self::Page(page) => Some(&page.incident),
            Self::Notice(notice) => Some(&notice.incident),
            Self::Bundle(_) | Self::Verification(_) | Self::Test | Self::Duty(_) => None,
        }
    }

    /// How loudly to say it.
    pub fn urgency(&self) -> Urgency {
        match self {
            Self::Page(page) => page.incident.urgency,
            Self::Bundle(bundle) => bundle.urgency,
            Self::Notice(_) | Self::Verification(_) | Self::Test | Self::Duty(_) => Urgency::Low,
        }
    }
}

/// An incident, as messages show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentText {
    /// Its identity.
    pub id: IncidentId,
    /// What people call it: `INC-142`.
    pub reference: String,
    /// What is wrong, in one line.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it wakes people.
    pub urgency: Urgency,
    /// The name of the service that it is about.
    pub service: String,
    /// Its state at the time of the message, in a word: `triggered`.
    pub state: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Its page; wants a login.
    pub link: String,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageText {
    /// What it is about.
    pub incident: IncidentText,
    /// Why this person is paged: `You are on call for Platform primary, step 1 of 3`.
    pub why: String,
    /// What happens next if nobody acknowledges: `In 5m Ben is paged`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Leads to the one-tap page; acts without a login, hence a secret.
    pub acknowledge_link: Secret,
    /// The first thing to read: a web address, or a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Labels of the incident's alerts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Links of the incident's alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// How many labels and links were left out; the incident's page has them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub omitted: u32,
}

/// Many incidents in one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BundleText {
    /// How many incidents.
    pub total: u32,
    /// The worst of their severities.
    pub severity: Severity,
    /// The loudest of their urgencies.
    pub urgency: Urgency,
    /// How many incidents each service has, most first.
    pub services: Vec<ServiceCount>,
    /// How many services there are beyond those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_services: u32,
    /// The incidents that matter most, worst first; not all of them.
    pub top: Vec<IncidentText>,
    /// Why this person gets it, and why as one message.
    pub why: String,
    /// Where all of them are listed and can be acknowledged; wants a login.
    pub link: String,
}

/// How many incidents a service has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCount {
    /// The name of the service.
    pub service: String,
    /// How many.
    pub incidents: u32,
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeEvent {
    /// Somebody works on it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// It is somebody else's now.
    Reassigned,
}

/// Something that happened to an incident; wants nothing of its reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeText {
    /// What it is about, as it is now.
    pub incident: IncidentText,
    /// What happened.
    pub event: NoticeEvent,
    /// What happened, in a sentence: `Ben Okafor acknowledged it by phone`.
    pub sentence: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happens next, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A code that its reader types in, to prove that the address is theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationText {
    /// The code.
    pub code: Secret,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Where to type it in; wants a login.
    pub link: String,
}

/// What a message about on-call duty is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyEvent {
    /// Its reader is asked to cover, or to swap.
    CoverAsked,
    /// Somebody covers for its reader.
    CoverTaken,
    /// Its reader covers for somebody, as they agreed.
    CoverConfirmed,
    /// Everybody who was asked has said no.
    CoverDeclined,
    /// Nobody took over before it began.
    CoverExpired,
    /// The request has become pointless.
    CoverMoot,
    /// Its reader comes on call.
    HandoverOn,
    /// Its reader goes off call, and is asked for a note.
    HandoverOff,
    /// Its reader begins to learn.
    HandoverShadow,
}

/// Something about the plans of on-call duty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DutyText {
    /// What it is about.
    pub event: DutyEvent,
    /// The name of the schedule.
    pub schedule: String,
    /// What it comes to, in a line.
    pub heading: String,
    /// The sentences.
    pub says: Vec<String>,
    /// What the shift before has left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<DutyNote>,
    /// What is open, worst first; not all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incidents: Vec<IncidentText>,
    /// How many open incidents there are beyond those.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_incidents: u32,
    /// Leads to the page on which its reader answers or writes; acts without a login, hence a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_link: Option<Secret>,
    /// The page about it; wants a login.
    pub link: String,
}

/// A note from one shift to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyNote {
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
