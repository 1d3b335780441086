//! The audit log: what people did to the installation itself, as against to an incident.
//!
//! Its JSON form is stored for years: variants and fields may be added, never renamed or given another meaning.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::cover;
use crate::directory::Kind;
use crate::id::{CoverId, DeliveryId, HandoffNoteId, ScheduleId, ServiceId, UserId};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum AuditFact {
    /// A thing in the directory was added or changed.
    ObjectPut {
        /// What kind of thing.
        kind: Kind,
        /// Which one.
        id: Uuid,
        /// Its name.
        name: String,
        /// What it was; nothing when it is new.
        #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
        before: serde_json::Value,
        /// What it is.
        after: serde_json::Value,
    },
    /// A thing in the directory was removed.
    ObjectRemoved {
        /// What kind of thing.
        kind: Kind,
        /// Which one.
        id: Uuid,
        /// Its name.
        name: String,
        /// What it was.
        before: serde_json::Value,
    },
    /// The settings were changed.
    SettingsChanged {
        /// What they were.
        before: serde_json::Value,
        /// What they are.
        after: serde_json::Value,
    },
    /// A person signed in.
    SignedIn {
        /// Who.
        user: UserId,
    },
    /// A person signed out.
    SignedOut {
        /// Who.
        user: UserId,
    },
    /// Somebody failed to sign in as this person.
    SignInRefused {
        /// The login they tried, cut to a readable length.
        login: String,
    },
    /// A person's password was changed.
    PasswordChanged {
        /// Whose.
        user: UserId,
    },
    /// An API token was made.
    TokenCreated {
        /// Its name.
        name: String,
        /// What it may do.
        scope: String,
    },
    /// An API token was revoked.
    TokenRevoked {
        /// Its name.
        name: String,
    },
    /// A secret link to a calendar of shifts was made.
    CalendarLinkMade {
        /// Whose shifts: a schedule's or a person's.
        kind: Kind,
        /// Which one.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A secret link to a calendar of shifts was revoked.
    CalendarLinkRevoked {
        /// Whose shifts: a schedule's or a person's.
        kind: Kind,
        /// Which one.
        id: Uuid,
        /// Its name.
        name: String,
    },
    /// A dead letter was sent again by hand.
    DeliveryRetried {
        /// Which one.
        delivery: DeliveryId,
    },
    /// An event was put through the intake again by hand.
    EventReplayed {
        /// Its public id.
        event: String,
    },
    /// Something happened to a request for cover.
    Cover {
        /// Which one.
        cover: CoverId,
        /// By which schedule its asker is on call.
        schedule: ScheduleId,
        /// Who is to be relieved.
        asker: UserId,
        /// What.
        what: cover::Fact,
    },
    /// Somebody wrote a note for those who come on call after them.
    HandoffNoteAdded {
        /// On which schedule.
        schedule: ScheduleId,
        /// Which note.
        note: HandoffNoteId,
    },
    /// A silence was made or changed.
    SilencePut {
        /// Whose alerts it is about.
        service: ServiceId,
        /// Its matchers: `severity="warning"`.
        matchers: String,
        /// Until when it holds.
        until: Timestamp,
    },
    /// A silence was ended before its time.
    SilenceEnded {
        /// Whose alerts it was about.
        service: ServiceId,
        /// Its matchers.
        matchers: String,
    },
}
