//! Who may do what.
//!
//! A permission is asked of a [`Caller`]: a person by their [`Role`], a program by the [`Scope`] of its token, a person
//! who uses a token of their own by both. The whole matrix stands in the test below; nothing else decides about access.

use serde::{Deserialize, Serialize};

use crate::directory::{Kind, Role};
use crate::id::UserId;

/// Something that one may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See incidents, alerts, deliveries, and who is on call; services, schedules, policies, teams and people.
    View,
    /// Acknowledge, resolve, snooze, reassign, escalate, request, decline, merge, annotate and change incidents; retry
    /// deliveries.
    ActOnIncidents,
    /// Open an incident by hand.
    DeclareIncidents,
    /// Change one's own name, password, time zone and sessions.
    ManageOwnProfile,
    /// Change one's own contact methods and notification rules.
    ManageOwnContacts,
    /// Ask for cover, accept and decline it, and leave handoff notes: for oneself; managers of schedules for anybody.
    PlanCover,
    /// See received events as they came, which may hold what was not meant for everybody.
    ViewEvents,
    /// Send events in by the API.
    SendEvents,
    /// Put received events through the intake again.
    ReplayEvents,
    /// Add, change and remove things of this kind in the directory; for integrations also see their keys.
    Manage(Kind),
    /// Change the settings of the organisation.
    ManageSettings,
    /// Make and revoke API tokens of programs.
    ManageTokens,
    /// Read the audit log.
    ViewAudit,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::View,
        Self::ActOnIncidents,
        Self::DeclareIncidents,
        Self::ManageOwnProfile,
        Self::ManageOwnContacts,
        Self::PlanCover,
        Self::ViewEvents,
        Self::SendEvents,
        Self::ReplayEvents,
        Self::Manage(Kind::Team),
        Self::Manage(Kind::Schedule),
        Self::Manage(Kind::Policy),
        Self::Manage(Kind::Service),
        Self::Manage(Kind::Integration),
        Self::Manage(Kind::User),
        Self::ManageSettings,
        Self::ManageTokens,
        Self::ViewAudit,
    ];

    /// What it allows, as the end of "You may not …": `act on incidents`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::View => "view incidents and the directory",
            Self::ActOnIncidents => "act on incidents",
            Self::DeclareIncidents => "declare incidents",
            Self::ManageOwnProfile => "change your own profile",
            Self::ManageOwnContacts => "change your own contact methods",
            Self::PlanCover => "plan cover",
            Self::ViewEvents => "view events as they came",
            Self::SendEvents => "send events",
            Self::ReplayEvents => "replay events",
            Self::Manage(Kind::Team) => "manage teams",
            Self::Manage(Kind::User) => "manage people",
            Self::Manage(Kind::Schedule) => "manage schedules",
            Self::Manage(Kind::Policy) => "manage escalation policies",
            Self::Manage(Kind::Service) => "manage services",
            Self::Manage(Kind::Integration) => "manage integrations",
            Self::ManageSettings => "change the settings",
            Self::ManageTokens => "manage API tokens",
            Self::ViewAudit => "view the audit log",
        }
    }

    /// The least role that has it.
    const fn least_role(self) -> Role {
        match self {
            Self::View | Self::ManageOwnProfile => Role::Viewer,
            Self::ActOnIncidents
            | Self::DeclareIncidents
            | Self::ManageOwnContacts
            | Self::PlanCover
            | Self::ViewEvents
            | Self::SendEvents => Role::Responder,
            Self::Manage(Kind::Team | Kind::Schedule | Kind::Policy | Kind::Service | Kind::Integration)
            | Self::ReplayEvents => Role::Manager,
            Self::Manage(Kind::User) | Self::ManageSettings | Self::ManageTokens | Self::ViewAudit => Role::Admin,
        }
    }
}

impl Role {
    /// Whether a person of this role has the permission.
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

/// What an API token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Only looking.
    Read,
    /// Looking, and working on incidents.
    Incidents,
    /// Only sending events: such a token, found on a monitored machine, opens nothing.
    Events,
    /// All of these, and setting up teams, services, schedules, policies and integrations.
    Manage,
    /// Everything.
    Admin,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 5] = [Self::Read, Self::Incidents, Self::Events, Self::Manage, Self::Admin];

    /// The word shown to people and stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Incidents => "incidents",
            Self::Events => "events",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// The scope of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }

    /// Whether a token of this scope has the permission.
    pub fn may(self, permission: Permission) -> bool {
        match self {
            Self::Read => permission == Permission::View,
            Self::Incidents => {
                matches!(permission, Permission::View | Permission::ActOnIncidents | Permission::DeclareIncidents)
            }
            Self::Events => permission == Permission::SendEvents,
            Self::Manage => Role::Manager.may(permission),
            Self::Admin => true,
        }
    }
}

/// Whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A person who signed in.
    Person(Role),
    /// Whoever holds the link of a page. The link opens its own incident alone; the door that it opens sees to that.
    PageLink,
    /// A program with a token that belongs to nobody in particular.
    Program(Scope),
    /// A person with a token of their own: what both allow.
    PersonByToken(Role, Scope),
}

impl Caller {
    /// Whether the caller has the permission. A program has no profile and no contact methods of its own.
    pub fn may(self, permission: Permission) -> bool {
        match self {
            Self::Person(role) => role.may(permission),
            Self::PageLink => matches!(permission, Permission::ActOnIncidents | Permission::PlanCover),
            Self::Program(scope) => {
                let own = [Permission::ManageOwnProfile, Permission::ManageOwnContacts].contains(&permission);
                !own && scope.may(permission)
            }
            Self::PersonByToken(role, scope) => role.may(permission) && scope.may(permission),
        }
    }
}

/// A part of a person's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserPart {
    /// Name, mail address, time zone, password, sessions.
    Profile,
    /// Contact methods and notification rules.
    Contacts,
    /// The days on which they are not to be counted on; managers of schedules plan with them.
    TimeOff,
    /// Role, teams, and whether they have left. Nobody raises themselves.
    Standing,
}

impl UserPart {
    /// All parts.
    pub const ALL: [Self; 4] = [Self::Profile, Self::Contacts, Self::TimeOff, Self::Standing];
}

/// Whether a person may change that part of somebody's record: admins of everybody's, managers everybody's time off,
/// others of their own.
pub fn may_change_user(role: Role, actor: UserId, subject: UserId, part: UserPart) -> bool {
    let own = match part {
        UserPart::Profile => role.may(Permission::ManageOwnProfile),
        UserPart::Contacts => role.may(Permission::ManageOwnContacts),
        UserPart::TimeOff => role.may(Permission::ManageOwnProfile),
        UserPart::Standing => false,
    };
    let plans = part == UserPart::TimeOff && role.may(Permission::Manage(Kind::Schedule));
    plans || role.may(Permission::Manage(Kind::User)) || (actor == subject && own)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use uuid::Uuid;

    use super::*;

    fn mark(may: bool) -> &'static str {
        if may { "x" } else { "." }
    }

    #[test]
    fn the_whole_matrix() {
        let mut table = format!("{:34}", "");
        Role::ALL.iter().for_each(|role| table += &format!("{:11}", role.word()));
        table += "| token: ";
        Scope::ALL.iter().for_each(|scope| table += &format!("{:11}", scope.word()));
        for permission in Permission::ALL {
            table += &format!("\n{:34}", permission.words());
            Role::ALL.iter().for_each(|role| table += &format!("{:11}", mark(Caller::Person(*role).may(permission))));
            table += "|        ";
            Scope::ALL
                .iter()
                .for_each(|scope| table += &format!("{:11}", mark(Caller::Program(*scope).may(permission))));
        }
        let table: Vec<&str> = table.lines().map(str::trim_end).collect();
        assert_snapshot!(table.join("\n"), @"
                                          viewer     responder  manager    admin      | token: read       incidents  events     manage     admin
        view incidents and the directory  x          x          x          x          |        x          x          .          x          x
        act on incidents                  .          x          x          x          |        .          x          .          x          x
        declare incidents                 .          x          x          x          |        .          x          .          x          x
        change your own profile           x          x          x          x          |        .          .          .          .          .
        change your own contact methods   .          x          x          x          |        .          .          .          .          .
        plan cover                        .          x          x          x          |        .          .          .          x          x
        view events as they came          .          x          x          x          |        .          .          .          x          x
        send events                       .          x          x          x          |        .          .          x          x          x
        replay events                     .          .          x          x          |        .          .          .          x          x
        manage teams                      .          .          x          x          |        .          .          .          x          x
        manage schedules                  .          .          x          x          |        .          .          .          x          x
        manage escalation policies        .          .          x          x          |        .          .          .          x          x
        manage services                   .          .          x          x          |        .          .          .          x          x
        manage integrations               .          .          x          x          |        .          .          .          x          x
        manage people                     .          .          .          x          |        .          .          .          .          x
        change the settings               .          .          .          x          |        .          .          .          .          x
        manage API tokens                 .          .          .          x          |        .          .          .          .          x
        view the audit log                .          .          .          x          |        .          .          .          .          x
        ");
    }

    #[test]
    fn other_callers_are_allowed_less() {
        for (role, scope) in Role::ALL.into_iter().flat_map(|role| Scope::ALL.map(|scope| (role, scope))) {
            for permission in Permission::ALL {
                let both = role.may(permission) && scope.may(permission);
                assert_eq!(
                    Caller::PersonByToken(role, scope).may(permission),
                    both,
                    "{role:?} {scope:?} {permission:?}"
                );
            }
        }
        let own = Permission::ManageOwnContacts;
        assert!(Caller::PersonByToken(Role::Responder, Scope::Manage).may(own));
        assert!(!Caller::Program(Scope::Admin).may(own), "a program has no contact methods");
        let by_link = Permission::ALL.into_iter().filter(|one| Caller::PageLink.may(*one));
        assert_eq!(by_link.collect::<Vec<_>>(), [Permission::ActOnIncidents, Permission::PlanCover]);
    }

    #[test]
    fn a_greater_role_may_all_that_a_lesser_one_may() {
        for pair in Role::ALL.windows(2) {
            assert!(Permission::ALL.into_iter().all(|one| !pair[0].may(one) || pair[1].may(one)), "{pair:?}");
        }
        for scope in Scope::ALL {
            assert_eq!(Scope::from_word(scope.word()), Some(scope));
        }
    }

    #[test]
    fn people_change_their_own_things_and_admins_everybodys() {
        let (ana, ben) = (UserId::new(Uuid::from_u128(1)), UserId::new(Uuid::from_u128(2)));
        let mut table = String::new();
        for role in Role::ALL {
            for part in UserPart::ALL {
                let [own, other] = [ana, ben].map(|subject| mark(may_change_user(role, ana, subject, part)));
                table += &format!("{:10} {:9} own {own} others' {other}\n", role.word(), format!("{part:?}"));
            }
        }
        assert_snapshot!(table, @"
        viewer     Profile   own x others' .
        viewer     Contacts  own . others' .
        viewer     TimeOff   own x others' .
        viewer     Standing  own . others' .
        responder  Profile   own x others' .
        responder  Contacts  own x others' .
        responder  TimeOff   own x others' .
        responder  Standing  own . others' .
        manager    Profile   own x others' .
        manager    Contacts  own x others' .
        manager    TimeOff   own x others' x
        manager    Standing  own . others' .
        admin      Profile   own x others' x
        admin      Contacts  own x others' x
        admin      TimeOff   own x others' x
        admin      Standing  own x others' x
        ");
    }
}
