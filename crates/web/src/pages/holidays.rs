//! Holidays: of a region, of a layer, and those that are coming for a schedule.

use askama::Template;

use super::parts::{Choice, FieldProblem, Person};
use super::shell::Shell;

/// A holiday that is coming, on the page of a schedule.
#[derive(Debug, Clone)]
pub struct HolidayRow {
    /// `Fri 25 Dec 2026`
    pub date: String,
    /// What it is called, and where: `Christmas Day (DE, FR)`.
    pub name: String,
    /// Who is on call on it.
    pub people: Vec<Person>,
    /// True where nobody is, for a part of the day at least.
    pub has_gap: bool,
}

/// What a layer asks of holidays, in the form.
#[derive(Debug, Clone, Default)]
pub struct LayerHolidays {
    /// On which days it counts.
    pub when: Vec<Choice>,
    /// Whose holidays: `DE-BY`.
    pub of: String,
    /// Days of the company's own, one to a line.
    pub also: String,
}

/// `/on-call/holidays`
#[derive(Debug, Clone, Template)]
#[template(path = "holidays.html")]
pub struct HolidaysPage {
    /// The frame.
    pub shell: Shell,
    /// The code that was asked for.
    pub region: String,
    /// Every code, to choose from.
    pub regions: Vec<String>,
    /// The holidays of the next twelve months: when, and what.
    pub rows: Vec<(String, &'static str)>,
    /// Whose holidays these are.
    pub people: Vec<Person>,
    /// Where the dates come from.
    pub source: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
