//! Secret links by which calendar programs read shifts.

use askama::Template;

use super::parts::Person;
use super::shell::Shell;
use super::time::When;

/// A link; its address is not known any more.
#[derive(Debug, Clone)]
pub struct CalendarLinkRow {
    /// Where the form that revokes it is posted.
    pub remove: String,
    /// Who made it; a program where nobody did.
    pub made_by: Option<Person>,
    /// When it was made.
    pub made: When,
    /// When a calendar program read it for the last time.
    pub opened: Option<When>,
}

/// The links of a schedule or a person.
#[derive(Debug, Clone, Default)]
pub struct CalendarLinks {
    /// Each of them, newest first.
    pub rows: Vec<CalendarLinkRow>,
    /// Where the form that makes one is posted.
    pub base: String,
    /// True when the reader may make and revoke them.
    pub may: bool,
}

/// The answer to the form that makes a link.
#[derive(Debug, Clone, Template)]
#[template(path = "calendar_link.html")]
pub struct CalendarLinkPage {
    /// The frame.
    pub shell: Shell,
    /// Whose calendar it is.
    pub name: String,
    /// Where one came from.
    pub back: String,
    /// The address, with its secret.
    pub address: String,
}
