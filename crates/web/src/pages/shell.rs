//! The frame around every page.

use allclear_core::access::{Caller, Permission};

use super::parts::Person;
use super::time::Clock;

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `/`
    Now,
    /// `/incidents`
    Incidents,
    /// `/alerts` and suppressions.
    Alerts,
    /// `/on-call`, schedules, escalation policies, readiness and deliveries.
    OnCall,
    /// `/services`, integrations and the inbox.
    Services,
    /// `/people` and teams.
    People,
    /// `/settings`
    Settings,
}

/// The three-way theme switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the reader's system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All three, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As sent by the form and kept in the cookie.
    pub const fn value(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// As shown on the switch.
    pub const fn word(self) -> &'static str {
        match self {
            Self::System => "Auto",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }
}

/// What was just done, said once.
#[derive(Debug, Clone)]
pub struct Flash {
    /// The sentence.
    pub text: String,
    /// True when something was refused or failed.
    pub is_bad: bool,
    /// How to take it back.
    pub undo: Option<Undo>,
}

/// A form that takes something back.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Where it is posted.
    pub action: String,
    /// Its button: `Re-open`.
    pub label: String,
    /// Hidden fields, such as the incidents of a bulk action.
    pub fields: Vec<(String, String)>,
}

/// The red banner: shown only while something is the reader's and nobody has acknowledged it.
#[derive(Debug, Clone)]
pub struct Yours {
    /// `INC-142`
    pub reference: String,
    /// The incident's title.
    pub title: String,
    /// How many others are waiting for the reader.
    pub others: u32,
}

/// What every page for somebody who is signed in needs to know.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The title of the page, for the browser's tab.
    pub title: String,
    /// Where in the navigation it belongs.
    pub section: Section,
    /// The organisation's name.
    pub organisation: String,
    /// The reader.
    pub reader: Person,
    /// What they may do: nothing is offered that would be refused.
    pub caller: Caller,
    /// The token that every form carries.
    pub csrf: String,
    /// The address of this page, to come back to after switching the theme.
    pub path: String,
    /// The chosen theme.
    pub theme: Theme,
    /// The time and the reader's zone.
    pub clock: Clock,
    /// Incidents that nobody has acknowledged, for the navigation.
    pub triggered: u64,
    /// The red banner.
    pub yours: Option<Yours>,
    /// What was just done.
    pub flashes: Vec<Flash>,
}

impl Shell {
    /// Whether the reader sees what sources sent.
    pub fn sees_events(&self) -> bool {
        self.caller.may(Permission::ViewEvents)
    }

    /// Whether the reader works on incidents.
    pub fn acts(&self) -> bool {
        self.caller.may(Permission::ActOnIncidents)
    }

    /// Whether the reader may open incidents.
    pub fn declares(&self) -> bool {
        self.caller.may(Permission::DeclareIncidents)
    }

    /// Whether the reader has contact methods of their own to look after.
    pub fn has_contacts(&self) -> bool {
        self.caller.may(Permission::ManageOwnContacts)
    }

    /// Whether the reader sees and changes the settings.
    pub fn manages_settings(&self) -> bool {
        self.caller.may(Permission::ManageSettings)
    }

    /// Whether the reader makes and revokes tokens.
    pub fn manages_tokens(&self) -> bool {
        self.caller.may(Permission::ManageTokens)
    }

    /// Whether the reader sees the audit log.
    pub fn sees_audit(&self) -> bool {
        self.caller.may(Permission::ViewAudit)
    }

    /// The first page of the settings that the reader may see.
    pub fn settings(&self) -> &'static str {
        if self.manages_settings() { "/settings" } else { "/settings/limits" }
    }
}
