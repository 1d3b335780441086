//! Who would be paged, and when somebody surely knows.

use askama::Template;

use super::parts::{Choice, FieldProblem};
use super::shell::Shell;
use super::time::When;

/// Something that would happen.
#[derive(Debug, Clone)]
pub struct SimulationRow {
    /// When.
    pub at: When,
    /// How long after the incident is opened: `at once`, `5m`.
    pub after: String,
    /// Its icon.
    pub icon: &'static str,
    /// True where somebody surely knows.
    pub known: bool,
    /// What happens, and why.
    pub sentence: String,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct SimulationAnswer {
    /// True when somebody surely knows.
    pub known: bool,
    /// True when more happens than is told.
    pub cut_off: bool,
    /// The answer in a sentence.
    pub conclusion: String,
    /// The zone in which the sentences give times.
    pub zone: String,
    /// What happens, in order of time.
    pub rows: Vec<SimulationRow>,
}

/// `/simulation`
#[derive(Debug, Clone, Template)]
#[template(path = "simulation.html")]
pub struct SimulationPage {
    /// The frame.
    pub shell: Shell,
    /// The services.
    pub services: Vec<Choice>,
    /// The severities.
    pub severities: Vec<Choice>,
    /// When the incident is opened, as a browser's field has it: `2026-12-25T03:00`.
    pub at: String,
    /// The zone of that.
    pub zone: String,
    /// What is assumed, one to a line.
    pub assume: String,
    /// Go on after somebody knows.
    pub whole: bool,
    /// The answer, once there is a question.
    pub answer: Option<SimulationAnswer>,
    /// What was refused.
    pub problems: Vec<FieldProblem>,
}
