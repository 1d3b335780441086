//! Suppressions: what is not to page anybody for a while.

use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Tab};
use super::shell::Shell;
use super::time::When;

/// Whether a silence holds: a shape and a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SilenceState {
    /// It holds.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl SilenceState {
    /// The name of its shape in `icons.svg`.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Active => "paused",
            Self::Pending => "clock",
            Self::Expired => "resolved",
        }
    }

    /// The word beside it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// A silence in the list.
#[derive(Debug, Clone)]
pub struct SilenceRow {
    /// Its identity.
    pub id: String,
    /// Whether it holds.
    pub state: SilenceState,
    /// What labels must be: `severity="warning"`.
    pub matchers: Vec<String>,
    /// Whose alerts it is about; nothing when the service is gone.
    pub service: Option<Anchor>,
    /// Who wants it.
    pub who: String,
    /// Why.
    pub comment: String,
    /// From when on it holds.
    pub starts: When,
    /// Until when.
    pub ends: When,
}

/// `/suppressions`
#[derive(Debug, Clone, Template)]
#[template(path = "suppressions.html")]
pub struct SuppressionsPage {
    /// The frame.
    pub shell: Shell,
    /// Active, pending, expired, all.
    pub states: Vec<Tab>,
    /// The silences, those that hold first.
    pub rows: Vec<SilenceRow>,
    /// True when there are more than are shown.
    pub goes_on: bool,
    /// True when the reader may make and end silences.
    pub may_act: bool,
}

/// `/suppressions/new`
#[derive(Debug, Clone, Template)]
#[template(path = "suppression_new.html")]
pub struct SuppressionNewPage {
    /// The frame.
    pub shell: Shell,
    /// The services.
    pub services: Vec<Choice>,
    /// What was typed: one matcher to a line.
    pub matchers: String,
    /// What was typed: `2h`.
    pub length: String,
    /// What was typed; empty for now.
    pub starts: String,
    /// What was typed.
    pub comment: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
