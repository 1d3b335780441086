//! Incidents: the list, and one.

use allclear_core::severity::Severity;
use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Label, Pager, Person, State, Tab, Upcoming};
use super::shell::Shell;
use super::time::When;

/// An incident as one row.
#[derive(Debug, Clone)]
pub struct IncidentRow {
    /// `INC-142`
    pub reference: String,
    /// Its title.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// The service, if it has one.
    pub service: Option<Anchor>,
    /// When it was opened.
    pub opened: When,
    /// Who acknowledged it, or else who is being paged.
    pub who: Vec<Person>,
    /// How many alerts it groups.
    pub alerts: u32,
}

/// Rows under one heading: `Triggered`.
#[derive(Debug, Clone)]
pub struct IncidentGroup {
    /// The heading.
    pub label: String,
    /// The rows.
    pub rows: Vec<IncidentRow>,
}

/// The filters of a list of incidents; all of them are in the address.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilters {
    /// `state`, sent along by the other filters: `open`.
    pub state: String,
    /// `q`: words of the title, or a reference.
    pub query: String,
    /// `whose`: mine, my teams', all.
    pub whose: Vec<Choice>,
    /// `service`
    pub services: Vec<Choice>,
    /// `severity`
    pub severities: Vec<Choice>,
    /// True when any of them is set.
    pub is_set: bool,
}

/// `/incidents`
#[derive(Debug, Clone, Template)]
#[template(path = "incidents.html")]
pub struct IncidentsPage {
    /// The frame.
    pub shell: Shell,
    /// Open, triggered, acknowledged, snoozed, resolved, all: links that keep the other filters.
    pub states: Vec<Tab>,
    /// The other filters.
    pub filters: IncidentFilters,
    /// The rows, in groups.
    pub groups: Vec<IncidentGroup>,
    /// Where the list goes on.
    pub pager: Pager,
    /// When the last incident was resolved, for the empty state.
    pub quiet_since: Option<When>,
}

/// `/incidents/new`: declared by a person.
#[derive(Debug, Clone, Template)]
#[template(path = "incident_new.html")]
pub struct IncidentNewPage {
    /// The frame.
    pub shell: Shell,
    /// What was typed.
    pub title: String,
    /// What was typed.
    pub note: String,
    /// Services.
    pub services: Vec<Choice>,
    /// Severities.
    pub severities: Vec<Choice>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// How loud an entry of a timeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// A change of state, a page, an acknowledgement.
    Loud,
    /// Everything that one may want to know.
    Plain,
    /// Repeated events and other small print.
    Minor,
}

impl Weight {
    /// Its style class.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Loud => "loud",
            Self::Plain => "",
            Self::Minor => "minor",
        }
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When it happened.
    pub at: When,
    /// The icon's name in `icons.svg`.
    pub icon: &'static str,
    /// How loud.
    pub weight: Weight,
    /// Who did it, where it was a person.
    pub who: Option<Person>,
    /// The rest of the sentence, as the core renders the fact: `acknowledged from the page's link.`
    pub sentence: String,
    /// Why, where a rule or a policy decided.
    pub why: Option<String>,
    /// What a person wrote.
    pub said: Option<String>,
    /// Where to read more.
    pub link: Option<Anchor>,
    /// The entries that this one stands for, newest first.
    pub folded: Vec<Moment>,
}

/// The entries of one day.
#[derive(Debug, Clone)]
pub struct Day {
    /// `Monday 23 November`
    pub label: String,
    /// Newest first.
    pub moments: Vec<Moment>,
}

/// A person who was paged, and how far the page got.
#[derive(Debug, Clone)]
pub struct Paged {
    /// Who.
    pub person: Person,
    /// Why they: `Payments primary, step 1`.
    pub why: String,
    /// Each message to them, newest first.
    pub deliveries: Vec<PagedDelivery>,
}

/// One message to a person, as the rail shows it.
#[derive(Debug, Clone)]
pub struct PagedDelivery {
    /// The delivery's page.
    pub href: String,
    /// By what: `work mail`.
    pub contact: String,
    /// The state in words: `accepted by the mail server, not yet read`.
    pub state: String,
    /// True when it failed.
    pub failed: bool,
    /// When that state was reached.
    pub at: When,
}

/// An alert as the incident's page shows it.
#[derive(Debug, Clone)]
pub struct GroupedAlert {
    /// The alert's page.
    pub href: String,
    /// Its summary.
    pub summary: String,
    /// How bad.
    pub severity: Severity,
    /// Firing or resolved.
    pub state: State,
    /// How often its event came.
    pub count: u64,
    /// When it was last seen.
    pub last_seen: When,
}

/// What the reader may do to an incident now.
#[derive(Debug, Clone, Default)]
pub struct IncidentActions {
    /// Nobody has it, or another person has.
    pub acknowledge: bool,
    /// It is open.
    pub resolve: bool,
    /// It is open and there is somebody to escalate to: where to, as a sentence for the button's title.
    pub escalate: Option<String>,
    /// The steps of the ladder, to escalate to one of them.
    pub steps: Vec<Choice>,
    /// How long it can be snoozed: `15m` → `15 minutes`. Empty when it cannot.
    pub snooze: Vec<Choice>,
    /// To whom it can be given: people and policies. Empty when it cannot.
    pub reassign: Vec<Choice>,
    /// Into which open incidents it can be merged, likely ones first. Empty when it cannot.
    pub merge: Vec<Choice>,
    /// It is over.
    pub reopen: bool,
    /// Severities, to change it. Empty when it cannot.
    pub severities: Vec<Choice>,
    /// The reader may write notes.
    pub note: bool,
}

/// `/incidents/{reference}`
#[derive(Debug, Clone, Template)]
#[template(path = "incident.html")]
pub struct IncidentPage {
    /// The frame.
    pub shell: Shell,
    /// `INC-142`
    pub reference: String,
    /// Its title.
    pub title: String,
    /// True when its policy has been changed since its escalation started.
    pub outdated: bool,
    /// How bad.
    pub severity: Severity,
    /// `high` or `low`, and why: `SEV1 of a service that pages by severity`.
    pub urgency: (String, String),
    /// Where it stands.
    pub state: State,
    /// Until when it is snoozed.
    pub snoozed_until: Option<When>,
    /// The service.
    pub service: Option<Anchor>,
    /// The team that owns the service.
    pub team: Option<Anchor>,
    /// The escalation policy that was frozen when it started.
    pub policy: Option<Anchor>,
    /// The first thing to read.
    pub runbook: Option<String>,
    /// When it was opened.
    pub opened: When,
    /// When it was resolved.
    pub resolved: Option<When>,
    /// Who acknowledged it.
    pub holders: Vec<Person>,
    /// Into which incident it was merged.
    pub merged_into: Option<Anchor>,
    /// Who was paged.
    pub paged: Vec<Paged>,
    /// What happens next.
    pub upcoming: Vec<Upcoming>,
    /// Why nothing happens next, when nothing does: `Ada acknowledged; nothing lapses.`
    pub nothing_next: String,
    /// Its alerts, firing ones first.
    pub alerts: Vec<GroupedAlert>,
    /// How many alerts it has in all.
    pub alert_count: u32,
    /// The labels that all its alerts share.
    pub labels: Vec<Label>,
    /// Links that came with its events.
    pub links: Vec<Anchor>,
    /// The timeline, newest day first.
    pub days: Vec<Day>,
    /// Where the timeline goes on.
    pub older: Option<String>,
    /// What the reader may do.
    pub actions: IncidentActions,
}
