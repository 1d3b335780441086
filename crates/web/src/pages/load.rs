//! How being on call is shared.

use askama::Template;

use super::parts::{Choice, FieldProblem, Person};
use super::shell::Shell;

/// The period and the rates.
#[derive(Debug, Clone, Default)]
pub struct LoadForm {
    /// The first day: `2026-10-26`.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Whose schedules.
    pub teams: Vec<Choice>,
    /// What an hour is paid: `12.50`.
    pub hour: String,
    /// What an hour by night is paid, in per cent of that.
    pub night: String,
    /// What an hour on a weekend is paid, likewise.
    pub weekend: String,
    /// What an hour on a holiday is paid, likewise.
    pub holiday: String,
    /// The word for the money.
    pub currency: String,
    /// What a page is paid.
    pub page: String,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// The load of one person.
#[derive(Debug, Clone)]
pub struct LoadRow {
    /// Who.
    pub person: Person,
    /// `167 h` on call.
    pub hours: String,
    /// Of these, by night.
    pub nights: String,
    /// Of these, on weekends.
    pub weekends: String,
    /// Of these, on holidays.
    pub holidays: String,
    /// How often they were paged.
    pub pages: usize,
    /// In how many nights.
    pub broken_nights: usize,
    /// All of it as one length of time.
    pub weight: String,
    /// What they are paid: `1210.00`.
    pub pay: String,
}

/// `/on-call/load`
#[derive(Debug, Clone, Template)]
#[template(path = "load.html")]
pub struct LoadPage {
    /// The frame.
    pub shell: Shell,
    /// What was asked for.
    pub form: LoadForm,
    /// Where the same is as CSV.
    pub csv: String,
    /// Each person, the heaviest load first.
    pub rows: Vec<LoadRow>,
    /// How evenly it was shared, in per cent.
    pub evenness: Option<u8>,
    /// What would even it out.
    pub suggestion: Option<String>,
    /// True when there are rates to show what is paid.
    pub pays: bool,
}
