//! What an edit of a schedule would change, before it is saved.

use super::parts::Person;

/// One person whose hours change.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// Who.
    pub person: Person,
    /// What they gain.
    pub gains: Option<Hours>,
    /// What they lose.
    pub loses: Option<Hours>,
}

/// Some periods together.
#[derive(Debug, Clone)]
pub struct Hours {
    /// All of them: `48 h`.
    pub total: String,
    /// Each: `Tue 24 Nov 02:00–06:00`.
    pub times: Vec<String>,
    /// How many more there are.
    pub more: usize,
}

/// The difference, in words.
#[derive(Debug, Clone)]
pub struct ChangesShown {
    /// The range that was looked at: `23 Nov – 20 Dec 2026`.
    pub range: String,
    /// Everybody whose hours change.
    pub people: Vec<ChangeRow>,
    /// Gaps that would appear.
    pub opened: Option<Hours>,
    /// Gaps that would vanish.
    pub closed: Option<Hours>,
    /// Why it cannot be said yet: what was typed cannot be read.
    pub unreadable: Option<String>,
}

impl ChangesShown {
    /// Nobody would notice.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.opened.is_none() && self.closed.is_none() && self.unreadable.is_none()
    }
}
