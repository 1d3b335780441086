//! People and teams: the lists, and a team.

use askama::Template;

use super::parts::{Anchor, Choice, FieldProblem, Person};
use super::shell::Shell;

/// A person in the list.
#[derive(Debug, Clone)]
pub struct PersonRow {
    /// Who.
    pub person: Person,
    /// `admin`, `manager`, …
    pub role: String,
    /// Their teams.
    pub teams: Vec<Anchor>,
    /// Where they are on call now.
    pub on_call: Vec<Anchor>,
    /// How they can be reached: `mail, webhook`.
    pub reach: String,
    /// Why they cannot be reached, if they cannot.
    pub unreachable: Option<String>,
    /// True when they have left.
    pub suspended: bool,
}

/// `/people`
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    /// The frame.
    pub shell: Shell,
    /// Everybody, by name.
    pub rows: Vec<PersonRow>,
    /// How many of them cannot be reached.
    pub unreachable: usize,
    /// True when the reader may add people.
    pub may_edit: bool,
}

/// `/people/new`
#[derive(Debug, Clone, Template)]
#[template(path = "person_new.html")]
pub struct PersonNewPage {
    /// The frame.
    pub shell: Shell,
    /// What was typed.
    pub name: String,
    /// What was typed.
    pub login: String,
    /// What was typed.
    pub email: String,
    /// What they may do.
    pub roles: Vec<Choice>,
    /// The teams.
    pub teams: Vec<Choice>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}

/// A team in the list.
#[derive(Debug, Clone)]
pub struct TeamRow {
    /// The team.
    pub team: Anchor,
    /// What it does.
    pub description: String,
    /// How many people.
    pub people: u32,
    /// How many services.
    pub services: u32,
}

/// `/teams`
#[derive(Debug, Clone, Template)]
#[template(path = "teams.html")]
pub struct TeamsPage {
    /// The frame.
    pub shell: Shell,
    /// The teams.
    pub rows: Vec<TeamRow>,
    /// True when the reader may add teams.
    pub may_edit: bool,
}

/// `/teams/{slug}` and `/teams/new`
#[derive(Debug, Clone, Template)]
#[template(path = "team.html")]
pub struct TeamPage {
    /// The frame.
    pub shell: Shell,
    /// Where changes are posted.
    pub action: String,
    /// True for a new one.
    pub is_new: bool,
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Who is in it.
    pub people: Vec<Person>,
    /// Who could be added.
    pub others: Vec<Choice>,
    /// Its services.
    pub services: Vec<Anchor>,
    /// Its schedules.
    pub schedules: Vec<Anchor>,
    /// Its policies.
    pub policies: Vec<Anchor>,
    /// True when the reader may change it.
    pub may_edit: bool,
    /// True when the reader may say who belongs to it.
    pub may_change_people: bool,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
