//! The small things that pages are made of.

use std::fmt::Display;

use allclear_core::severity::Severity;

use super::time::When;

/// The state of an incident or an alert: a shape and a word, never a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Open, and nobody has it yet.
    Triggered,
    /// Somebody has it.
    Acknowledged,
    /// Somebody has it, and it pages again later.
    Snoozed,
    /// Over.
    Resolved,
    /// An alert whose condition holds.
    Firing,
}

impl State {
    /// The name of its shape in `icons.svg`.
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Triggered | Self::Firing => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Snoozed => "paused",
        }
    }

    /// The word beside it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
            Self::Firing => "firing",
        }
    }

    /// True while it is not over.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved)
    }
}

/// The style class of a severity: `sev1`.
pub const fn severity_class(severity: &Severity) -> &'static str {
    match severity {
        Severity::Sev1 => "sev1",
        Severity::Sev2 => "sev2",
        Severity::Sev3 => "sev3",
        Severity::Sev4 => "sev4",
    }
}

/// A person, as named in a row or a sentence.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their short name in addresses.
    pub slug: String,
    /// Their name.
    pub name: String,
    /// True for the reader.
    pub is_reader: bool,
}

impl Person {
    /// The first letters of the first and the last word of the name.
    pub fn initials(&self) -> String {
        let mut words = self.name.split_whitespace().filter_map(|word| word.chars().next());
        let first = words.next();
        first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
    }
}

/// A place to go.
#[derive(Debug, Clone)]
pub struct Anchor {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub text: String,
}

impl Anchor {
    /// A link with a text.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// One line of a drop-down list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The value that is sent.
    pub value: String,
    /// What people read.
    pub label: String,
    /// True for the chosen one.
    pub selected: bool,
}

impl Choice {
    /// A line of a drop-down list.
    pub fn new(value: impl Into<String>, label: impl Into<String>, selected: bool) -> Self {
        Self { value: value.into(), label: label.into(), selected }
    }
}

/// A tab, or a filter that is one of several.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Where it leads.
    pub href: String,
    /// Its name.
    pub label: String,
    /// How many things are behind it, where that is worth knowing.
    pub count: Option<u64>,
    /// True for the one that is open.
    pub current: bool,
}

/// A field that was refused: why, and what to do.
#[derive(Debug, Clone)]
pub struct FieldProblem {
    /// The name of the field in the form.
    pub field: String,
    /// What is wrong with which value, and the remedy.
    pub message: String,
}

/// The message about that field, if it was refused.
pub fn problem_of(problems: &[FieldProblem], field: impl Display) -> Option<&str> {
    let field = field.to_string();
    problems.iter().find(|problem| problem.field == field).map(|problem| problem.message.as_str())
}

/// Where a long list goes on. Lists are cut by a cursor, so that new rows never shift what one is reading.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// What is shown: `50 of about 240`.
    pub shown: String,
    /// The address of newer rows.
    pub newer: Option<String>,
    /// The address of older rows.
    pub older: Option<String>,
    /// How many rows were looked at, those that do not match included: a page of rare hits is cut somewhere.
    pub looked: u64,
}

/// A number with its thousands set apart: `48,213`.
pub fn thousands(number: &u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A label of an alert.
#[derive(Debug, Clone)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// One line of "what happens next".
#[derive(Debug, Clone)]
pub struct Upcoming {
    /// When.
    pub at: When,
    /// What, as a sentence: `Ben Okafor is paged (step 2 of 3) unless somebody acknowledges.`
    pub what: String,
    /// The incident it is about, where that is not the page itself.
    pub incident: Option<Anchor>,
}

/// A piece of text to copy, in a tab.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// The name of the tab: `Prometheus`.
    pub title: String,
    /// What to do with it, in a sentence.
    pub hint: String,
    /// The text.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (48_213, "48,213"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(&number), text);
        }
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        for (name, initials) in [("Ada Lovelace", "AL"), ("Cher", "C"), ("José de la Peña", "JP"), ("", "")] {
            let person = Person { slug: String::new(), name: name.into(), is_reader: false };
            assert_eq!(person.initials(), initials);
        }
    }
}
