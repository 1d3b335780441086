//! Readiness: who cannot be reached, and why.

use askama::Template;

use super::parts::{Anchor, Tab};
use super::shell::Shell;
use super::time::When;

/// Something that does not hold.
#[derive(Debug, Clone)]
pub struct FindingRow {
    /// About what.
    pub subject: Anchor,
    /// What kind of thing that is, and where in it: `escalation policy, steps[2]`.
    pub kind: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// From when on; the first time where there are several.
    pub from: Option<When>,
    /// Until when.
    pub until: Option<When>,
}

/// `/readiness`
#[derive(Debug, Clone, Template)]
#[template(path = "readiness.html")]
pub struct ReadinessPage {
    /// The frame.
    pub shell: Shell,
    /// How many days ahead: a week, four weeks, a quarter.
    pub spans: Vec<Tab>,
    /// How many days were looked at.
    pub days: u32,
    /// Where a page can end with nobody.
    pub errors: Vec<FindingRow>,
    /// Where somebody is reached later, or by other ways, than one would think.
    pub warnings: Vec<FindingRow>,
}
