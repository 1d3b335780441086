//! Who is on call now, across all teams.

use askama::Template;

use super::parts::{Anchor, FieldProblem, Person};
use super::policy::PagedNow;
use super::shell::Shell;
use super::time::When;

/// One schedule in the table.
#[derive(Debug, Clone)]
pub struct OnCallRow {
    /// The schedule.
    pub schedule: Anchor,
    /// Who is on call now; empty in a gap.
    pub now: Vec<Person>,
    /// The same people, with how each is reached.
    pub reached: Vec<PagedNow>,
    /// Who learns now.
    pub shadows: Vec<Person>,
    /// When the next hand-over is, if one is known.
    pub until: Option<When>,
    /// Who is on call after it; empty before a gap.
    pub next: Vec<Person>,
    /// Until when they are.
    pub next_until: Option<When>,
    /// The first gap of the next four weeks.
    pub gap: Option<When>,
    /// The policies that page by it.
    pub policies: Vec<Anchor>,
}

/// The schedules of one team.
#[derive(Debug, Clone)]
pub struct OnCallTeam {
    /// The team's name, or `No team`.
    pub name: String,
    /// Whoever is paged for the team as a whole.
    pub now: Vec<Person>,
    /// Its schedules.
    pub rows: Vec<OnCallRow>,
}

/// `/on-call`
#[derive(Debug, Clone, Template)]
#[template(path = "on_call.html")]
pub struct OnCallPage {
    /// The frame.
    pub shell: Shell,
    /// The teams, the reader's first.
    pub teams: Vec<OnCallTeam>,
    /// How many schedules have nobody on call then.
    pub uncovered: usize,
    /// The moment that was asked about: `2026-11-27T20:00`; empty for now.
    pub at: String,
    /// The same, to be read.
    pub asked: Option<When>,
    /// What could not be read.
    pub problems: Vec<FieldProblem>,
    /// True when the reader may plan.
    pub may_edit: bool,
}

/// `/schedules`
#[derive(Debug, Clone, Template)]
#[template(path = "schedules.html")]
pub struct SchedulesPage {
    /// The frame.
    pub shell: Shell,
    /// The teams, the reader's first.
    pub teams: Vec<OnCallTeam>,
    /// True when the reader may plan.
    pub may_edit: bool,
}
