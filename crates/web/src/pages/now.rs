//! The first page: am I on call, what is mine, what happens next, is anything on fire.

use askama::Template;

use super::cover::CoverRow;
use super::incident::IncidentRow;
use super::parts::{Anchor, Person, Upcoming};
use super::shell::Shell;
use super::time::When;

/// One schedule on which the reader is on call, now or next.
#[derive(Debug, Clone)]
pub struct Duty {
    /// The schedule.
    pub schedule: Anchor,
    /// When it begins; in the past while it lasts.
    pub starts: When,
    /// When it ends; nothing where nobody takes over.
    pub ends: Option<When>,
    /// Who else is on call there.
    pub beside: Vec<Person>,
    /// Who learns there.
    pub shadows: Vec<Person>,
}

/// A time for which the reader is planned and cannot be counted on.
#[derive(Debug, Clone)]
pub struct OwnConflict {
    /// The schedule, whose page says who could stand in.
    pub schedule: Anchor,
    /// From when.
    pub starts: When,
    /// Until when.
    pub ends: When,
    /// The end of a sentence: `have time off (skiing)`.
    pub why: String,
}

/// `/`
#[derive(Debug, Clone, Template)]
#[template(path = "now.html")]
pub struct NowPage {
    /// The frame.
    pub shell: Shell,
    /// Where the reader is on call now.
    pub duties: Vec<Duty>,
    /// Where the reader is on call and cannot be counted on.
    pub conflicts: Vec<OwnConflict>,
    /// Requests for cover that wait for the reader, and their own.
    pub covers: Vec<CoverRow>,
    /// When the reader is on call next, if that is known.
    pub next_duty: Option<Duty>,
    /// Open incidents on which the reader is paged or which they acknowledged.
    pub mine: Vec<IncidentRow>,
    /// Timers that lie ahead: who is paged when, what lapses, who hands over.
    pub upcoming: Vec<Upcoming>,
    /// Open SEV1 and SEV2 incidents of the whole organisation.
    pub fires: Vec<IncidentRow>,
    /// All open incidents.
    pub open: u64,
    /// When the last incident was resolved, for the quiet state.
    pub quiet_since: Option<When>,
    /// When the last page or test page reached the reader, and by what: `work mail`.
    pub last_reached: Option<(When, String)>,
    /// Why the reader cannot be reached right now, as a sentence with the remedy.
    pub unreachable: Option<String>,
}
