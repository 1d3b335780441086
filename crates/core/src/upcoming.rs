//! What happens next to an incident if nobody does anything.
//!
//! The future is not described a second time: the incident's own rules are run forward, from one timer to the next, on
//! a copy. What is announced is therefore what will happen, as long as nobody acts and the directory stays as it is.

use jiff::Timestamp;

use crate::actor::Actor;
use crate::directory::Directory;
use crate::fact::{Fact, PageReason};
use crate::id::{ContactMethodId, UserId};
use crate::incident::{Incident, Input, Run, Status, step};
use crate::sentence::{Names, place};
use crate::wait::Wait;
use crate::zone::Zone;

/// The most that is said about the future.
pub const LONGEST: usize = 10;

/// The timers that are looked at for it. Some change nothing worth saying.
const TIMERS: usize = 50;

/// Something that will happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Event,
    /// The same in words: `Ben Okafor is paged: step 2 of 3 of Checkout primary.`
    pub sentence: String,
}

/// What will happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody who is being paged is tried by their next contact method.
    Contact {
        /// Who.
        user: UserId,
        /// Which one.
        contact: ContactMethodId,
    },
    /// A step of the escalation is taken.
    Step {
        /// The round, from 1.
        round: u32,
        /// The step, from 1.
        step: usize,
        /// Whom it pages: for a schedule, whoever is on call by then.
        people: Vec<UserId>,
    },
    /// Others are told, because it stays unresolved.
    Unresolved {
        /// For how long by then.
        after: Wait,
        /// Whom that pages.
        people: Vec<UserId>,
    },
    /// Nobody is left but the admins.
    Exhausted {
        /// The admins who are paged.
        admins: Vec<UserId>,
    },
    /// The acknowledgement lapses.
    Lapse,
    /// The snooze ends.
    SnoozeEnd,
}

/// What happens next, in order of time, [`LONGEST`] things at most; nothing for an incident that waits for people
/// alone. A timer that is late already counts as due now.
pub fn upcoming(incident: &Incident, directory: &Directory, now: Timestamp) -> Vec<Upcoming> {
    let mut incident = incident.clone();
    let mut coming = Vec::new();
    let mut at = now;
    for _ in 0..TIMERS {
        let Some(due) = incident.next_due() else { break };
        at = due.max(at);
        let decision = step(at, directory, &incident, Actor::System, Input::Due);
        let future = Future { at, directory, before: &incident, facts: &decision.facts };
        coming.extend(decision.facts.iter().filter_map(|fact| future.tell(fact)));
        if coming.len() >= LONGEST {
            break;
        }
        incident = decision.next;
    }
    coming.truncate(LONGEST);
    coming
}

/// One decision of the future.
struct Future<'a> {
    at: Timestamp,
    directory: &'a Directory,
    before: &'a Incident,
    facts: &'a [Fact],
}

impl Future<'_> {
    fn tell(&self, fact: &Fact) -> Option<Upcoming> {
        let zone = Zone::utc();
        let names = Names::new(self.directory, &zone);
        let (what, sentence) = match fact {
            Fact::AcknowledgementLapsed => {
                (Event::Lapse, "The acknowledgement lapses unless it is resolved.".to_owned())
            }
            Fact::SnoozeEnded => (Event::SnoozeEnd, "The snooze ends.".to_owned()),
            Fact::StepTaken { round, step, .. } => {
                let (people, place) = self.paged_by_step(*step, *round);
                let sentence = format!("{} paged ({place}) unless {}.", be(&names, &people), self.unless());
                (Event::Step { round: *round, step: *step, people }, sentence)
            }
            Fact::UnresolvedTooLong { after, people } => {
                let sentence = format!("{} paged unless it is resolved within {after}.", be(&names, people));
                (Event::Unresolved { after: *after, people: people.clone() }, sentence)
            }
            Fact::EscalationExhausted { .. } => {
                let admins = self.paged_as_last_resort();
                let sentence =
                    format!("The escalation is exhausted: {} paged as the last resort.", be(&names, &admins));
                (Event::Exhausted { admins }, sentence)
            }
            // Whoever is paged anew is tried at once by the first contact method, which goes without saying.
            Fact::ContactTried { page, contact, .. } => {
                let user = self.before.pages.iter().find(|known| known.number == *page)?.user;
                // Whoever was asked for is tried although somebody is on it already.
                let unless =
                    if self.before.status == Status::Triggered { "somebody acknowledges" } else { "they join" };
                let sentence = format!("{} is tried unless {unless}.", names.contact(*contact));
                (Event::Contact { user, contact: *contact }, sentence)
            }
            Fact::IncidentOpened { .. }
            | Fact::AlertJoined { .. }
            | Fact::AlertCleared { .. }
            | Fact::SeverityChanged { .. }
            | Fact::TitleChanged { .. }
            | Fact::EscalationStarted { .. }
            | Fact::StepEmpty { .. }
            | Fact::StepSkipped { .. }
            | Fact::StepDelayed { .. }
            | Fact::EscalationFinished
            | Fact::PolicyReplaced { .. }
            | Fact::AcknowledgementCounted { .. }
            | Fact::PersonPaged { .. }
            | Fact::PersonUnreachable { .. }
            | Fact::ContactFailed { .. }
            | Fact::IncidentAcknowledged { .. }
            | Fact::IncidentSnoozed { .. }
            | Fact::IncidentResolved
            | Fact::IncidentReopened
            | Fact::IncidentReassigned { .. }
            | Fact::EscalatedByHand { .. }
            | Fact::PageDeclined { .. }
            | Fact::NoteAdded { .. }
            | Fact::IncidentMerged { .. }
            | Fact::IncidentAbsorbed { .. } => return None,
        };
        Some(Upcoming { at: self.at, what, sentence })
    }

    /// What keeps a step from being taken.
    fn unless(&self) -> &'static str {
        let anew = self.facts.iter().any(|fact| matches!(fact, Fact::EscalationStarted { .. }));
        let goes_on = self.before.run.as_ref().is_some_and(Run::goes_on);
        if goes_on && !anew { "it is resolved" } else { "somebody acknowledges" }
    }

    fn pages(&self) -> impl Iterator<Item = (UserId, &PageReason)> {
        self.facts
            .iter()
            .filter_map(|fact| if let Fact::PersonPaged { user, why, .. } = fact { Some((*user, why)) } else { None })
    }

    /// Whom a step pages, and which step of what that is.
    fn paged_by_step(&self, step: usize, round: u32) -> (Vec<UserId>, String) {
        let mut people = Vec::new();
        let mut whole = String::new();
        for (user, why) in self.pages() {
            if let PageReason::Step { policy, steps, .. } = why {
                people.push(user);
                whole = place(policy, step, *steps, round);
            }
        }
        (people, whole)
    }

    fn paged_as_last_resort(&self) -> Vec<UserId> {
        self.pages().filter(|(_, why)| **why == PageReason::LastResort).map(|(user, _)| user).collect()
    }
}

/// `Ana Ruiz is`, `Ana Ruiz and Ben Okafor are`, `nobody is`.
fn be(names: &Names<'_>, people: &[UserId]) -> String {
    let verb = if people.len() > 1 { "are" } else { "is" };
    format!("{} {verb}", names.people(people))
}

#[cfg(test)]
mod tests;
