//! The directory: the whole configuration of an installation, as one immutable value.
//!
//! It is small (people, teams, services, schedules, …), so each node keeps it in memory; a change makes a new one. All
//! references are checked here, when a change is made: whoever holds a directory may rely on them. State that was
//! frozen into a running incident may still name things that have gone since; look-ups therefore return options.

mod change;
mod holidays;
mod hours;
mod organisation;
mod policy;
mod policy_check;
mod retention;
mod service;
mod targets;
mod time_off;
mod user;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::change::{Change, Problem};
pub use self::organisation::{MailSecurity, MailServer, Organisation};
pub use self::policy::{Circumstances, Conditions, Inside, LateStep, Policy, Skipped, Step, Target};
pub use self::retention::Retention;
pub use self::service::{Grouping, Integration, Service};
pub use self::targets::{Standing, Targeted};
pub use self::time_off::TimeOff;
pub use self::user::{ChannelName, ContactMethod, Role, Rung, Team, User};
use crate::id::{IntegrationId, PolicyId, ScheduleId, ServiceId, TeamId, UserId};
use crate::schedule::Schedule;

/// The kinds of things in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// [`Team`].
    Team,
    /// [`User`].
    User,
    /// [`Schedule`].
    Schedule,
    /// [`Policy`].
    Policy,
    /// [`Service`].
    Service,
    /// [`Integration`].
    Integration,
}

impl Kind {
    /// All kinds, each after the ones that it refers to.
    pub const ALL: [Self; 6] = [Self::Team, Self::User, Self::Schedule, Self::Policy, Self::Service, Self::Integration];

    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::User => "user",
            Self::Schedule => "schedule",
            Self::Policy => "policy",
            Self::Service => "service",
            Self::Integration => "integration",
        }
    }
}

/// One thing in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Object {
    /// A team.
    Team(Arc<Team>),
    /// A person.
    User(Arc<User>),
    /// A schedule.
    Schedule(Arc<Schedule>),
    /// An escalation policy.
    Policy(Arc<Policy>),
    /// A service.
    Service(Arc<Service>),
    /// An integration.
    Integration(Arc<Integration>),
}

macro_rules! each_object {
    ($object:expr, $inner:ident => $result:expr) => {
        match $object {
            Object::Team($inner) => $result,
            Object::User($inner) => $result,
            Object::Schedule($inner) => $result,
            Object::Policy($inner) => $result,
            Object::Service($inner) => $result,
            Object::Integration($inner) => $result,
        }
    };
}

impl Object {
    /// Which kind of thing it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Team(_) => Kind::Team,
            Self::User(_) => Kind::User,
            Self::Schedule(_) => Kind::Schedule,
            Self::Policy(_) => Kind::Policy,
            Self::Service(_) => Kind::Service,
            Self::Integration(_) => Kind::Integration,
        }
    }

    /// Its identity, as the store keeps it.
    pub fn uuid(&self) -> Uuid {
        each_object!(self, inner => inner.id.uuid())
    }

    /// Its short name.
    pub fn slug(&self) -> &str {
        each_object!(self, inner => &inner.slug)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        each_object!(self, inner => &inner.name)
    }
}

macro_rules! object_from {
    ($($type:ident),*) => {$(
        impl From<$type> for Object {
            fn from(inner: $type) -> Self {
                Self::$type(Arc::new(inner))
            }
        }
    )*};
}

object_from!(Team, User, Schedule, Policy, Service, Integration);

/// The whole configuration. Cheap to clone: everything inside is shared.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Grows by one with each change.
    pub version: i64,
    /// The organisation's settings.
    pub organisation: Arc<Organisation>,
    objects: BTreeMap<(Kind, Uuid), Object>,
    slugs: HashMap<(Kind, String), Uuid>,
    integration_keys: HashMap<String, IntegrationId>,
    /// The labels that any policy ever asked about since this directory was read.
    asked_labels: Arc<BTreeSet<String>>,
}

impl Directory {
    /// A directory as it was stored. Stored things were checked when they were written, and are not checked again.
    pub fn restore(version: i64, organisation: Organisation, objects: impl IntoIterator<Item = Object>) -> Self {
        let mut directory = Self { version, organisation: Arc::new(organisation), ..Self::default() };
        for object in objects {
            directory.insert(object);
        }
        directory
    }

    fn insert(&mut self, object: Object) {
        let place = (object.kind(), object.uuid());
        self.remove(place);
        self.slugs.insert((object.kind(), object.slug().to_owned()), object.uuid());
        if let Object::Integration(integration) = &object {
            self.integration_keys.insert(integration.key_digest.clone(), integration.id);
        }
        if let Object::Policy(policy) = &object
            && policy.labels().any(|label| !self.asked_labels.contains(label))
        {
            Arc::make_mut(&mut self.asked_labels).extend(policy.labels().map(str::to_owned));
        }
        self.objects.insert(place, object);
    }

    fn remove(&mut self, place: (Kind, Uuid)) {
        if let Some(old) = self.objects.remove(&place) {
            // Two things may swap names or keys in one change: an entry that has moved on is another one's by now.
            let name = (old.kind(), old.slug().to_owned());
            if self.slugs.get(&name) == Some(&old.uuid()) {
                self.slugs.remove(&name);
            }
            if let Object::Integration(integration) = &old
                && self.integration_keys.get(&integration.key_digest) == Some(&integration.id)
            {
                self.integration_keys.remove(&integration.key_digest);
            }
        }
    }

    /// The thing of that kind and identity.
    pub fn object(&self, kind: Kind, uuid: Uuid) -> Option<&Object> {
        self.objects.get(&(kind, uuid))
    }

    /// The thing of that kind and short name.
    pub fn by_slug(&self, kind: Kind, slug: &str) -> Option<&Object> {
        let uuid = self.slugs.get(&(kind, slug.to_owned()))?;
        self.object(kind, *uuid)
    }

    /// Everything of one kind, oldest first.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        self.objects.range((kind, Uuid::nil())..=(kind, Uuid::max())).map(|(_, object)| object)
    }

    /// Everything, in the order of [`Kind::ALL`].
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    /// The integration whose key has this SHA-256, in hex.
    pub fn integration_by_key_digest(&self, digest: &str) -> Option<&Arc<Integration>> {
        self.integration(*self.integration_keys.get(digest)?)
    }

    /// Whoever is on call by that schedule at that moment and may be paged.
    pub fn on_call(&self, schedule: ScheduleId, at: Timestamp) -> Vec<UserId> {
        let on_call = self.schedule(schedule).map(|schedule| schedule.on_call(at)).unwrap_or_default();
        on_call.into_iter().filter(|user| self.user(*user).is_some_and(|user| !user.suspended)).collect()
    }

    /// The services whose policies ever page by that schedule, oldest first.
    pub fn services_paging_by(&self, schedule: ScheduleId) -> Vec<ServiceId> {
        let pages_by = |policy: &Policy| {
            policy.targets().any(|target| match target {
                Target::Schedule(id) | Target::NextOnCall(id) | Target::PreviousOnCall(id) | Target::EveryoneOf(id) => {
                    *id == schedule
                }
                Target::User(_) | Target::Team { .. } => false,
            })
        };
        let uses = |service: &&Arc<Service>| {
            service.policy.and_then(|policy| self.policy(policy)).is_some_and(|policy| pages_by(policy))
        };
        self.services().filter(uses).map(|service| service.id).collect()
    }

    /// Whether a condition of any policy asks about this label of an alert. Only such labels are kept with an incident.
    pub fn asks_about(&self, label: &str) -> bool {
        self.asked_labels.contains(label)
    }

    /// The admins who have not left: whom we turn to when nobody else is left to page.
    pub fn admins(&self) -> Vec<UserId> {
        let admins = self.users().filter(|user| user.role == Role::Admin && !user.suspended);
        admins.map(|user| user.id).collect()
    }
}

macro_rules! look_ups {
    ($($variant:ident, $one:ident, $many:ident, $id:ident;)*) => {
        impl Directory {$(
            #[doc = concat!("The ", stringify!($one), " of that identity.")]
            pub fn $one(&self, id: $id) -> Option<&Arc<$variant>> {
                match self.object(Kind::$variant, id.uuid())? {
                    Object::$variant(inner) => Some(inner),
                    _ => None,
                }
            }

            #[doc = concat!("All ", stringify!($many), ", oldest first.")]
            pub fn $many(&self) -> impl Iterator<Item = &Arc<$variant>> {
                self.of_kind(Kind::$variant).filter_map(|object| match object {
                    Object::$variant(inner) => Some(inner),
                    _ => None,
                })
            }
        )*}
    };
}

look_ups! {
    Team, team, teams, TeamId;
    User, user, users, UserId;
    Schedule, schedule, schedules, ScheduleId;
    Policy, policy, policies, PolicyId;
    Service, service, services, ServiceId;
    Integration, integration, integrations, IntegrationId;
}
