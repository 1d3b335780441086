//! "Why was I paged? Why was I not?", for every person and incident.
//!
//! What happened is told by the facts of the incident. What did not happen is found by holding each step that was
//! taken, passed over or never reached against the directory, at the moment of that step: a pure function of both, so
//! that everybody who asks gets the same answer. Schedules and people are asked as they are now about that moment.

mod absence;
mod presence;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::delivery;
use crate::directory::{Directory, Kind};
use crate::fact::Fact;
use crate::id::{ContactMethodId, UserId};
use crate::incident::{Incident, replay};
use crate::journal::Entry;
use crate::limits;
use crate::sentence::{Names, pages_of};

/// What decided something, to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decider {
    /// Its kind.
    pub kind: Kind,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// When it came about; none where it holds at all times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// What it is.
    pub sentence: String,
    /// What decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Decider>,
}

/// Why a person was paged about an incident, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether they ever were.
    pub paged: bool,
    /// The answer in a sentence.
    pub conclusion: String,
    /// What led to it, in order of time.
    pub reasons: Vec<Reason>,
}

/// One message to the person about the incident, as the delivery ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// When it was decided.
    pub at: Timestamp,
    /// By which contact method.
    pub contact: ContactMethodId,
    /// What became of it.
    pub status: delivery::Status,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The directory as it is now.
    pub directory: &'a Directory,
    /// The journal of the incident, oldest first.
    pub entries: &'a [Entry<Fact>],
    /// The messages to the person, oldest first.
    pub messages: &'a [Message],
    /// The person.
    pub user: UserId,
    /// Now.
    pub now: Timestamp,
}

/// Why a person was paged, or why not; none when the journal does not begin with an opening.
pub fn explain(question: Question<'_>) -> Option<Explanation> {
    let entries = question.entries.iter();
    let incident = replay(entries.flat_map(|entry| entry.facts.iter().map(|fact| (entry.at, entry.actor, fact))))?;
    let pages = pages_of(question.entries.iter().flat_map(|entry| &entry.facts));
    let inquiry = Inquiry { question, incident: &incident, pages: &pages };
    let paged = pages.values().any(|user| *user == question.user);
    let (conclusion, mut reasons) = if paged { inquiry.why_paged() } else { inquiry.why_not() };
    reasons.sort_by_key(|reason| reason.at);
    reasons.truncate(limits::REASONS);
    Some(Explanation { paged, conclusion, reasons })
}

/// A question with what the facts say at once.
struct Inquiry<'a> {
    question: Question<'a>,
    incident: &'a Incident,
    /// Whom each page went to.
    pages: &'a BTreeMap<u32, UserId>,
}

impl<'a> Inquiry<'a> {
    fn names(&self) -> Names<'a> {
        let directory = self.question.directory;
        Names::new(directory, &directory.organisation.time_zone).with_pages(self.pages)
    }

    fn name(&self) -> &'a str {
        self.names().person(self.question.user)
    }

    /// Every fact, with its moment and who caused it.
    fn facts(&self) -> impl Iterator<Item = (&'a Entry<Fact>, &'a Fact)> {
        self.question.entries.iter().flat_map(|entry| entry.facts.iter().map(move |fact| (entry, fact)))
    }

    fn decider(&self, kind: Kind, uuid: uuid::Uuid) -> Option<Decider> {
        let object = self.question.directory.object(kind, uuid)?;
        Some(Decider { kind, slug: object.slug().to_owned(), name: object.name().to_owned() })
    }

    /// The policy that the incident follows, or followed last.
    fn policy(&self) -> Option<Decider> {
        self.decider(Kind::Policy, self.incident.run.as_ref()?.policy.id.uuid())
    }

    fn person(&self) -> Option<Decider> {
        self.decider(Kind::User, self.question.user.uuid())
    }
}
