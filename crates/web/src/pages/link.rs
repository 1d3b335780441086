//! `/k/{token}`: the page that a page's link opens. No login, everything in one small answer, one thumb.

use allclear_core::severity::Severity;
use askama::Template;

use super::parts::Upcoming;
use super::time::{Clock, When};

/// What the reader can do there now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStep {
    /// Nobody has it: acknowledge, escalate, not me.
    Ask,
    /// The reader acknowledged it.
    Acknowledged,
    /// The reader passed it on.
    PassedOn,
    /// The reader escalated it.
    Escalated,
    /// Somebody else was faster, or it is over; the sentence says so.
    Settled,
    /// The link is too old or was taken back.
    Expired,
}

/// An entry of its short timeline.
#[derive(Debug, Clone)]
pub struct LinkMoment {
    /// When.
    pub at: When,
    /// The sentence.
    pub sentence: String,
}

/// `/k/{token}`
#[derive(Debug, Clone, Template)]
#[template(path = "link.html")]
pub struct LinkPage {
    /// The time, and the zone of whoever was paged.
    pub clock: Clock,
    /// The token: posts go to `/k/{token}` with `action` = `acknowledge`, `escalate`, `pass` or `resolve`.
    pub token: String,
    /// What can be done.
    pub step: LinkStep,
    /// `INC-142`
    pub reference: String,
    /// How bad.
    pub severity: Severity,
    /// What and where, in one sentence.
    pub title: String,
    /// The service's name.
    pub service: String,
    /// When it was opened.
    pub opened: When,
    /// Who acknowledged, who was passed on to, why it is settled or expired: one sentence.
    pub told: String,
    /// What happens next.
    pub upcoming: Vec<Upcoming>,
    /// What is known and worked round, the first thing to read.
    pub runbook: Option<String>,
    /// The last entries of the timeline, newest first.
    pub moments: Vec<LinkMoment>,
}
