//! Errors: what happened, what was kept, what to do.

use askama::Template;

use super::parts::Anchor;

/// Any request that went wrong.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The HTTP status: `404`.
    pub status: u16,
    /// What happened, in a sentence.
    pub title: String,
    /// More about it, if there is more.
    pub detail: String,
    /// What was kept: `Your note was not lost; it is below.`
    pub kept: String,
    /// What was typed, so that it can be copied.
    pub typed: String,
    /// What to do, the likeliest first.
    pub remedies: Vec<Anchor>,
}
