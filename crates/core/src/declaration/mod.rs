//! The configuration as files: `allclear apply -f dir/`.
//!
//! A file holds documents, separated by `---` in YAML; a document describes one thing of the [`Directory`] under its
//! `kind` and `slug`, and names others by their slugs, in any order and over all files ([`Document`]). The things that
//! files describe are the same that people set in the browser and programs through the API; nobody has to choose.
//!
//! [`plan()`] compares what files say with what is, without changing anything: identities, passwords and keys of what
//! exists stay. A field that is left out of a document has its default, with these exceptions, which belong to the
//! people concerned or to the day's work, and stay as they are where a document does not speak about them:
//!
//! - every field of the organisation;
//! - a person's `role`, `contacts`, `rules`, `time_off` and `suspended`, and whether a contact method is `verified`;
//! - a schedule's `overrides`;
//! - an integration's `key` and `disabled`.
//!
//! [`export`] writes what is as documents, so that planning them again changes nothing.

mod build;
mod difference;
mod document;
mod export;
mod hours;
mod names;
mod plan;
mod policy;
mod read;
mod render;
mod rotation;
mod schema;
mod subject;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

use serde::Serialize;

pub use self::difference::Difference;
pub use self::document::{
    ContactDocument, Document, GroupingDocument, HolidaysDocument, IntegrationDocument, Key, LayerDocument,
    MailDocument, OrganisationDocument, OverrideDocument, RulesDocument, RungDocument, ScheduleDocument,
    ServiceDocument, TeamDocument, TimeOffDocument, UserDocument,
};
pub use self::export::{describe, export};
pub use self::hours::Hours;
pub use self::plan::{Action, KeyNeeded, Options, Plan, Planned, key_digest, plan};
pub use self::policy::{ConditionsDocument, LateStepDocument, PolicyDocument, StepDocument, TargetDocument};
pub use self::rotation::{CrewDocument, TurnDocument};
pub use self::schema::schema;
pub use self::subject::Subject;
pub use self::text::{Moment, Text, Written};
#[cfg(doc)]
use crate::directory::Directory;

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The file, as the person named it.
    pub file: String,
    /// Which document of the file, from 1.
    pub document: usize,
    /// The line on which the document begins, from 1, where the reader of the file knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file),
            None => write!(formatter, "{} (document {})", self.file, self.document),
        }
    }
}

/// Something that was read, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// Where it was read.
    pub at: Location,
    /// What was read.
    pub content: T,
}

/// Why documents cannot be planned: where, which field, what it held, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The document; none where the problem is in something that no document describes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// What the document describes.
    pub subject: Subject,
    /// The path of the field in the document: `steps[2].targets[1]`.
    pub field: String,
    /// What is wrong with which value, and the remedy.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.at {
            write!(formatter, "{at}: ")?;
        }
        write!(formatter, "{}: {}: {}", self.subject, self.field, self.message)
    }
}
