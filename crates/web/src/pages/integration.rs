//! Integrations, and the inbox: what came in, raw, and what became of it.

use askama::Template;

use super::parts::{Anchor, Choice, Pager, Snippet, Tab};
use super::service::IntegrationRow;
use super::shell::Shell;
use super::time::When;

/// `/integrations`
#[derive(Debug, Clone, Template)]
#[template(path = "integrations.html")]
pub struct IntegrationsPage {
    /// The frame.
    pub shell: Shell,
    /// All integrations.
    pub rows: Vec<IntegrationRow>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxOutcome {
    /// Waiting for the processor.
    Waiting,
    /// Its events were taken in.
    Processed,
    /// No parser could make sense of it; it is kept and can be replayed.
    Quarantined,
}

impl InboxOutcome {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Processed => "processed",
            Self::Quarantined => "quarantined",
        }
    }

    /// Its shape in `icons.svg`.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Waiting => "acknowledged",
            Self::Processed => "resolved",
            Self::Quarantined => "paused",
        }
    }
}

/// One event of a message, and what became of it.
#[derive(Debug, Clone)]
pub struct InboxEvent {
    /// `trigger`, `resolve`, …
    pub action: String,
    /// Its summary.
    pub summary: String,
    /// What became of it: `opened`, `joined`, `ignored because …`
    pub became: String,
    /// The alert or incident.
    pub link: Option<Anchor>,
}

/// One message as it came in.
#[derive(Debug, Clone)]
pub struct InboxRow {
    /// Its number.
    pub id: String,
    /// When it came.
    pub received: When,
    /// The integration.
    pub integration: Anchor,
    /// What became of it.
    pub outcome: InboxOutcome,
    /// In a few words: `2 events: 1 opened INC-181, 1 repeated`.
    pub summary: String,
    /// Each of its events.
    pub events: Vec<InboxEvent>,
    /// What the parser remarked.
    pub warnings: Vec<String>,
    /// From where: the kind of source.
    pub peer: String,
    /// The body, as text; indented when it is JSON.
    pub body: String,
    /// How large it was: `1.2 kB`; says so when only the first part is shown.
    pub size: String,
}

/// `/inbox`
#[derive(Debug, Clone, Template)]
#[template(path = "inbox.html")]
pub struct InboxPage {
    /// The frame.
    pub shell: Shell,
    /// All, waiting, quarantined.
    pub states: Vec<Tab>,
    /// Words that the body must contain.
    pub query: String,
    /// The integrations.
    pub integrations: Vec<Choice>,
    /// `state`, sent along by the other filters.
    pub state: String,
    /// How far behind the processor is, when it is: `1,240 messages wait, the oldest for 3s`.
    pub lag: String,
    /// The messages.
    pub rows: Vec<InboxRow>,
    /// Where the list goes on.
    pub pager: Pager,
    /// True when the reader may replay.
    pub may_replay: bool,
}

/// `/integrations/{slug}`
#[derive(Debug, Clone, Template)]
#[template(path = "integration.html")]
pub struct IntegrationPage {
    /// The frame.
    pub shell: Shell,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub slug: String,
    /// The kind of source.
    pub source: String,
    /// The service.
    pub service: Anchor,
    /// The key, while it may be shown to the reader.
    pub key: Option<String>,
    /// Where events go.
    pub url: String,
    /// What to do, ready to paste.
    pub snippets: Vec<Snippet>,
    /// When the last event came; nothing before the first.
    pub last_event: Option<When>,
    /// Events of the last 24 hours.
    pub accepted: u64,
    /// True when there were more than were counted.
    pub at_least: bool,
    /// Refused ones.
    pub rejected: u64,
    /// Messages in quarantine.
    pub quarantined: u64,
    /// Why the last one was refused, and when.
    pub last_refusal: Option<(When, String)>,
    /// The last messages.
    pub rows: Vec<InboxRow>,
    /// True when it refuses events.
    pub disabled: bool,
    /// True when the reader may change it.
    pub may_edit: bool,
}
