//! The documents that people write. What each field means is said at the thing it describes in [`crate::directory`].

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::policy::PolicyDocument;
use super::read::text_or_map;
use super::rotation::{CrewDocument, TurnDocument};
use super::subject::Subject;
use super::text::{Moment, Text};
use crate::directory::{Grouping, Kind, MailSecurity, Retention, Role};
use crate::holiday::Region;
use crate::schedule::OnHolidays;
use crate::severity::UrgencyRule;
use crate::wait::Wait;
use crate::zone::Zone;

/// One document: `kind` says which thing it describes. Read from any format that serde knows; with `kind` as the first
/// field, mistakes in the others are reported at their exact place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Document {
    /// The organisation and its settings.
    Organisation(OrganisationDocument),
    /// A team.
    Team(TeamDocument),
    /// A person.
    User(UserDocument),
    /// A schedule.
    Schedule(ScheduleDocument),
    /// An escalation policy.
    Policy(PolicyDocument),
    /// A service.
    Service(ServiceDocument),
    /// An integration.
    Integration(IntegrationDocument),
}

impl Document {
    /// What it describes.
    pub fn subject(&self) -> Subject {
        let object = |kind, slug: &String| Subject::Object(kind, slug.clone());
        match self {
            Self::Organisation(_) => Subject::Organisation,
            Self::Team(team) => object(Kind::Team, &team.slug),
            Self::User(user) => object(Kind::User, &user.slug),
            Self::Schedule(schedule) => object(Kind::Schedule, &schedule.slug),
            Self::Policy(policy) => object(Kind::Policy, &policy.slug),
            Self::Service(service) => object(Kind::Service, &service.slug),
            Self::Integration(integration) => object(Kind::Integration, &integration.slug),
        }
    }
}

/// Describes the [organisation](crate::directory::Organisation).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationDocument {
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The zone of times that belong to nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// Where people reach this installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailDocument>,
    /// For how long history is kept; what is left out of it is as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Retention>,
}

/// Describes the [mail server](crate::directory::MailServer). Its password is set apart from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailDocument {
    /// Its name or address.
    pub host: String,
    /// Its port; where left out, the usual one for that protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub security: MailSecurity,
    /// The login, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The sender of every mail.
    pub sender: String,
}

/// Describes a [team](crate::directory::Team).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TeamDocument {
    /// Its short name.
    pub slug: String,
    /// Its name; the short name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// Describes a [person](crate::directory::User).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserDocument {
    /// Their login.
    pub slug: String,
    /// Their name; the login where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their mail address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// What they may do; a new person is a responder where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Where they live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// The slugs of their teams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// What they know, by short names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The ways of reaching them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<ContactDocument>>,
    /// Their notification rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<RulesDocument>,
    /// The days on which they are not to be counted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_off: Option<Vec<TimeOffDocument>>,
    /// Whether they are told that they come on call or go off; as it is where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover_messages: Option<bool>,
    /// Whose holidays are theirs: `DE-BY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Text<Region>>,
    /// They have left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<bool>,
}

/// Describes a [time off](crate::directory::TimeOff).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeOffDocument {
    /// The first day: `2026-12-24`.
    pub from: Text<civil::Date>,
    /// The last day; the first where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Text<civil::Date>>,
    /// What its owner says about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Describes a [contact method](crate::directory::ContactMethod). It is known by its name among its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactDocument {
    /// What its owner calls it; the channel's name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By which channel.
    pub channel: String,
    /// Where.
    pub address: String,
    /// `true` where an administrator vouches for the address, so that it is paged without a code being sent first.
    /// Where left out, an address that was verified stays so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
}

impl ContactDocument {
    /// Its name, written or not.
    pub fn called(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.channel)
    }
}

/// Describes a person's two sets of notification rules. One that is left out has no rules, and the default applies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesDocument {
    /// For what wakes people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub high: Vec<RungDocument>,
    /// For what can wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub low: Vec<RungDocument>,
}

/// Describes a [rung](crate::directory::Rung): `{after: 5m, contact: mail}`, or `mail` for one at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RungDocument {
    /// How long after the page starts.
    pub after: Wait,
    /// The name of the contact method.
    pub contact: String,
}

/// [`RungDocument`] when it is written as fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RungFields {
    #[serde(default)]
    after: Wait,
    contact: String,
}

impl FromStr for RungDocument {
    type Err = String;

    fn from_str(contact: &str) -> Result<Self, String> {
        Ok(Self { after: Wait::NONE, contact: contact.to_owned() })
    }
}

impl TryFrom<RungFields> for RungDocument {
    type Error = String;

    fn try_from(RungFields { after, contact }: RungFields) -> Result<Self, String> {
        Ok(Self { after, contact })
    }
}

text_or_map!(RungDocument, RungFields, "the name of a contact method, or `after` and `contact`");

/// Describes a [schedule](crate::schedule::Schedule).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleDocument {
    /// Its short name.
    pub slug: String,
    /// Its name; the short name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The slug of the team that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The zone of its wall-clock times.
    pub time_zone: Zone,
    /// The rotations; the later one decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerDocument>,
    /// Replacements for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<Vec<OverrideDocument>>,
    /// Whether people are told about its handovers; as it is where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handover_messages: Option<bool>,
}

/// Describes a [layer](crate::schedule::Layer) of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerDocument {
    /// What people call it; `layer 1` and so on where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its zone, where it differs from the schedule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// When the first turn begins: `2026-01-05 09:00`.
    pub start: Text<civil::DateTime>,
    /// When the layer ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Text<civil::DateTime>>,
    /// How long a turn is, or the rule by which turns begin: `weekly`, `12h`, `monthly`, `FREQ=WEEKLY;BYDAY=FR`.
    pub turn: TurnDocument,
    /// The slugs of those who take turns, in order: `[ana, [ben, cem]]`.
    #[serde(default)]
    pub participants: Vec<CrewDocument>,
    /// The hours in which the layer counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Hours>,
    /// The days on which it counts, where they depend on holidays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<HolidaysDocument>,
    /// Its people learn, and are never on call by it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

/// Describes the [holidays](crate::schedule::Holidays) of a layer: `{of: DE-BY, when: only}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidaysDocument {
    /// Whose holidays.
    pub of: Text<Region>,
    /// `only` on holidays, or on all days `except` them.
    pub when: OnHolidays,
    /// Days of the company's own, which count as holidays as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Text<civil::Date>>,
}

/// Describes an [override](crate::schedule::Override) of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideDocument {
    /// The slug of who is on call instead.
    pub user: String,
    /// The slug of the one person whom they replace; everybody where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// From this moment.
    pub starts: Text<Moment>,
    /// Until just before this one.
    pub ends: Text<Moment>,
}

/// Describes a [service](crate::directory::Service).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDocument {
    /// Its short name.
    pub slug: String,
    /// Its name; the short name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The slug of the team that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The slug of its escalation policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What wakes people.
    #[serde(default)]
    pub urgency: UrgencyRule,
    /// Which alerts become one incident.
    #[serde(default)]
    pub grouping: GroupingDocument,
    /// Keep an incident open when its last alert has cleared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays_open: bool,
    /// The first thing to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
}

/// [`Grouping`] as people write it: `alert`, `{by: service, window: 10m}` or
/// `{by: labels, labels: [cluster, alertname], window: 10m}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupingDocument(pub Grouping);

/// [`GroupingDocument`] when it is written as fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupingFields {
    by: GroupedBy,
    labels: Option<Vec<String>>,
    window: Option<Wait>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum GroupedBy {
    Alert,
    Service,
    Labels,
}

impl FromStr for GroupingDocument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "alert" => Ok(Self(Grouping::Alert)),
            _ => Err(format!(
                "`{text}` is not a grouping; use `alert`, `{{by: service, window: 10m}}` or \
                 `{{by: labels, labels: [cluster], window: 10m}}`"
            )),
        }
    }
}

impl TryFrom<GroupingFields> for GroupingDocument {
    type Error = String;

    fn try_from(fields: GroupingFields) -> Result<Self, String> {
        let window =
            || fields.window.ok_or("grouping needs a `window`, such as `10m`: how long it waits for more alerts");
        match (fields.by, fields.labels) {
            (GroupedBy::Alert, None) if fields.window.is_none() => Ok(Self(Grouping::Alert)),
            (GroupedBy::Alert, _) => Err("grouping by `alert` has no `labels` and no `window`; leave them out".into()),
            (GroupedBy::Service, None) => Ok(Self(Grouping::Service { window: window()? })),
            (GroupedBy::Service, Some(_)) => {
                Err("grouping by `service` has no `labels`; leave them out, or group by `labels`".into())
            }
            (GroupedBy::Labels, Some(labels)) => Ok(Self(Grouping::Labels { labels, window: window()? })),
            (GroupedBy::Labels, None) => Err("grouping by `labels` needs `labels`, such as `[cluster]`".into()),
        }
    }
}

impl Serialize for GroupingDocument {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Grouping::Alert => serializer.serialize_str("alert"),
            other @ (Grouping::Service { .. } | Grouping::Labels { .. }) => other.serialize(serializer),
        }
    }
}

text_or_map!(GroupingDocument, GroupingFields, "`alert`, or `by` and `window`");

/// Describes an [integration](crate::directory::Integration).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegrationDocument {
    /// Its short name.
    pub slug: String,
    /// Its name; the short name where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The slug of the service that its alerts are about.
    pub service: String,
    /// The kind of source.
    pub source: String,
    /// Its key, for senders that have one already. Where left out, an existing one stays and a new one is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// Refuses events while set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
}

/// The key of an integration. Not shown by `Debug`, so that it does not end up in a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}
