//! Deliveries: every message sent to a person, and each attempt to hand it over.

use askama::Template;

use super::parts::{Anchor, Choice, Pager, Person, Tab};
use super::shell::Shell;
use super::time::When;

/// How far a message has got. A vendor's 2xx is not delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Waiting to be sent.
    Queued,
    /// The provider took it.
    Accepted,
    /// A receipt says that it arrived.
    Delivered,
    /// It was opened.
    Seen,
    /// Its link was tapped.
    Acknowledged,
    /// Given up.
    Failed,
}

impl DeliveryState {
    /// The word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
            Self::Acknowledged => "acknowledged",
            Self::Failed => "failed",
        }
    }

    /// Its shape in `icons.svg`.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Queued => "paused",
            Self::Accepted | Self::Delivered => "acknowledged",
            Self::Seen | Self::Acknowledged => "resolved",
            Self::Failed => "cross",
        }
    }
}

/// A delivery as one row.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// The delivery's page.
    pub href: String,
    /// Its identity, for the row.
    pub id: String,
    /// When it was decided.
    pub at: When,
    /// To whom.
    pub person: Person,
    /// By which channel: `email`.
    pub channel: String,
    /// What its owner calls the contact method: `work mail`.
    pub contact: String,
    /// About what; nothing for a test page or a code.
    pub incident: Option<Anchor>,
    /// What it is: `page`, `test page`, `verification code`, `3 pages bundled`.
    pub kind: String,
    /// How far it has got.
    pub state: DeliveryState,
    /// How many attempts it took so far.
    pub attempts: u32,
    /// What the other side said last.
    pub answer: String,
}

/// `/deliveries`
#[derive(Debug, Clone, Template)]
#[template(path = "deliveries.html")]
pub struct DeliveriesPage {
    /// The frame.
    pub shell: Shell,
    /// All, under way, failed.
    pub states: Vec<Tab>,
    /// `state`, sent along by the other filters.
    pub state: String,
    /// To whom.
    pub people: Vec<Choice>,
    /// By which channel.
    pub channels: Vec<Choice>,
    /// The rows.
    pub rows: Vec<DeliveryRow>,
    /// Where the list goes on.
    pub pager: Pager,
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When.
    pub at: When,
    /// `accepted`, `will be tried again`, `refused`
    pub outcome: String,
    /// True when it did not succeed.
    pub failed: bool,
    /// What the other side said, without secrets.
    pub answer: String,
    /// How long it took: `340 ms`.
    pub took: String,
}

/// `/deliveries/{id}`
#[derive(Debug, Clone, Template)]
#[template(path = "delivery.html")]
pub struct DeliveryPage {
    /// The frame.
    pub shell: Shell,
    /// What the list says about it.
    pub row: DeliveryRow,
    /// Why this person, by this contact method, at this moment; one sentence for each decision.
    pub why: Vec<String>,
    /// Where it went, as far as the reader may see it.
    pub address: String,
    /// The attempts, newest first.
    pub attempts: Vec<Attempt>,
    /// When the next attempt is.
    pub next_attempt: Option<When>,
    /// Each state and when it was reached.
    pub reached: Vec<(DeliveryState, When)>,
    /// What was sent, without the secret link.
    pub text: String,
}
