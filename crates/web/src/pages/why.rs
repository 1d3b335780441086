//! Why somebody was paged about an incident, or why not.

use askama::Template;

use super::parts::{Anchor, Choice, Person};
use super::shell::Shell;
use super::time::When;

/// One reason.
#[derive(Debug, Clone)]
pub struct WhyReason {
    /// When it came about; nothing where it holds at all times.
    pub at: Option<When>,
    /// What it is.
    pub sentence: String,
    /// What decided it.
    pub decided_by: Option<Anchor>,
}

/// `/incidents/{reference}/why`
#[derive(Debug, Clone, Template)]
#[template(path = "why.html")]
pub struct WhyPage {
    /// The frame.
    pub shell: Shell,
    /// The incident.
    pub incident: Anchor,
    /// `INC-142`
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Who is asked about.
    pub person: Person,
    /// `was paged`, `was not paged`
    pub question: String,
    /// Whom one may ask about.
    pub people: Vec<Choice>,
    /// The answer in a sentence.
    pub conclusion: String,
    /// What led to it, in order of time.
    pub reasons: Vec<WhyReason>,
}
