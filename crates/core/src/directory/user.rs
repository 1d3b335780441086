//! People, teams and how to reach them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::TimeOff;
use crate::holiday::Region;
use crate::id::{ContactMethodId, TeamId, UserId};
use crate::severity::Urgency;
use crate::wait::Wait;
use crate::zone::Zone;

/// A team: people who own services together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its identity.
    pub id: TeamId,
    /// Its short name in files and addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// What a person may do. Each role may do all that the ones before it may; see [`crate::access`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Works on incidents; decides about their own contact methods and rules.
    Responder,
    /// Sets up teams, services, schedules, policies and integrations.
    Manager,
    /// Also people, settings, tokens and the audit log.
    Admin,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Responder, Self::Manager, Self::Admin];

    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }
}

/// The name of a channel, such as `email` or `webhook`. Which ones exist is the business of the channels crate.
pub type ChannelName = String;

/// One way of reaching a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMethod {
    /// Its identity.
    pub id: ContactMethodId,
    /// What its owner calls it: `work mail`.
    pub name: String,
    /// By which channel.
    pub channel: ChannelName,
    /// Where: a mail address, a URL.
    pub address: String,
    /// When its owner typed in the code that was sent there. Nothing is paged to an unverified one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
}

/// One rung of a person's notification ladder: so long after the page starts, try this contact method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// How long after the page starts.
    pub after: Wait,
    /// What to try.
    pub contact: ContactMethodId,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their identity.
    pub id: UserId,
    /// Their login and short name in files and addresses.
    pub slug: String,
    /// Their name.
    pub name: String,
    /// Their mail address; not a contact method by itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Where they live; the organisation's zone where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// The teams they are in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamId>,
    /// What they know, by short names: `postgres`, `network`. Steps of escalation policies ask for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The ways of reaching them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactMethod>,
    /// Their rules for what wakes people; see [`User::ladder`] when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub high_urgency: Vec<Rung>,
    /// Their rules for what can wait; see [`User::ladder`] when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub low_urgency: Vec<Rung>,
    /// The days on which they are not to be counted on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub time_off: Vec<TimeOff>,
    /// They do not want to be told that they come on call or go off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent_handovers: bool,
    /// Whose holidays are theirs; none where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Region>,
    /// They have left: they keep their place in history, sign in no more and are never paged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
}

impl User {
    /// The contact method of that identity.
    pub fn contact(&self, id: ContactMethodId) -> Option<&ContactMethod> {
        self.contacts.iter().find(|contact| contact.id == id)
    }

    /// The rungs that a page of this urgency climbs, in order of time, verified contact methods only. Whoever has set
    /// no rules is tried on every verified contact method at once when it is urgent, and on the first one otherwise:
    /// having forgotten to set rules must not mean silence.
    pub fn ladder(&self, urgency: Urgency) -> Vec<Rung> {
        if self.suspended {
            return Vec::new();
        }
        let verified = |id: ContactMethodId| self.contact(id).is_some_and(|contact| contact.verified_at.is_some());
        let rules = match urgency {
            Urgency::High => &self.high_urgency,
            Urgency::Low => &self.low_urgency,
        };
        let mut rungs: Vec<Rung> = rules.iter().copied().filter(|rung| verified(rung.contact)).collect();
        if rungs.is_empty() {
            let every = self.contacts.iter().filter(|contact| contact.verified_at.is_some());
            let at_once = every.map(|contact| Rung { after: Wait::NONE, contact: contact.id });
            rungs = match urgency {
                Urgency::High => at_once.collect(),
                Urgency::Low => at_once.take(1).collect(),
            };
        }
        rungs.sort_by_key(|rung| rung.after);
        rungs
    }
}
