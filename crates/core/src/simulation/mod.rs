//! "Who is paged at T, and when does a human surely know?"
//!
//! Nothing is described a second time here: an incident is opened by [`open`], and its own rules are run forward by
//! [`step`] over virtual time, with what is assumed about the world as their only input. A channel that is down fails
//! at once, somebody who sleeps through is tried in vain, and everybody else knows as soon as they are tried. So what
//! is foretold is what happens, as long as the assumptions hold and the directory stays as it is.

mod assumption;
mod report;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

pub use self::assumption::{Assumption, Who};
pub use self::report::{Knows, Line, Report, report};
use crate::actor::{Actor, Via};
use crate::directory::Directory;
use crate::fact::Fact;
use crate::id::{ContactMethodId, ServiceId, UserId};
use crate::incident::{Answer, Decision, Incident, Input, Opening, Status, open, step};
use crate::limits;
use crate::sentence::{self, Names};
use crate::severity::Severity;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// An incident of this service,
    pub service: ServiceId,
    /// as bad as this,
    pub severity: Severity,
    /// is opened at this moment,
    pub at: Timestamp,
    /// by an alert with these labels,
    pub labels: BTreeMap<String, String>,
    /// when it is this turn where people take turns,
    pub turn: u64,
    /// while this holds.
    pub assumptions: Vec<Assumption>,
    /// Go on after somebody surely knows, as if they never acknowledged.
    pub whole: bool,
}

/// What becomes of a message to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its channel is assumed to be down.
    Down,
    /// Whoever it is for is assumed to sleep through it.
    SleptThrough,
    /// It reaches somebody who is awake.
    Known,
}

/// What kind of thing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The incident decides something.
    Decided,
    /// A person is paged.
    Paged {
        /// Who.
        user: UserId,
    },
    /// A person is tried by one of their contact methods.
    Tried {
        /// Who.
        user: UserId,
        /// By which one.
        contact: ContactMethodId,
        /// What becomes of it.
        fate: Fate,
    },
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// The same in words, with the reason.
    pub sentence: String,
}

/// Somebody who surely knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub user: UserId,
    /// By which of their contact methods.
    pub contact: ContactMethodId,
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody surely knows.
    Known,
    /// Somebody acknowledges, as assumed.
    Acknowledged,
    /// Everybody was tried, and nothing more happens by itself.
    Exhausted,
    /// More happens than is told: [`limits::SIMULATED_MOMENTS`].
    CutOff,
}

/// What would happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// In order of time.
    pub moments: Vec<Moment>,
    /// The first who surely knows; nobody where the escalation ends before.
    pub known: Option<Known>,
    /// How it ends.
    pub end: End,
}

/// What would happen if an incident were opened.
pub fn simulate(directory: &Directory, question: &Question) -> Simulation {
    let opening = Opening {
        labels: question.labels.clone(),
        turn: question.turn,
        ..Opening::declared(question.service, "What if?".to_owned(), question.severity)
    };
    let decision = open(question.at, directory, Actor::System, opening);
    let mut play = Play {
        directory,
        question,
        incident: decision.next.clone(),
        first: None,
        pages: BTreeMap::new(),
        inputs: VecDeque::new(),
        acknowledgements: BTreeSet::new(),
        moments: Vec::new(),
        known: None,
    };
    play.take(question.at, Actor::System, &decision);
    let end = play.run();
    let mut moments = play.moments;
    moments.truncate(limits::SIMULATED_MOMENTS);
    Simulation { moments, known: play.known, end }
}

/// An incident under way in virtual time.
struct Play<'a> {
    directory: &'a Directory,
    question: &'a Question,
    incident: Incident,
    /// The first responder: whoever was paged first.
    first: Option<UserId>,
    /// Whom each page went to.
    pages: BTreeMap<u32, UserId>,
    /// What happens at this moment, in answer to what was decided.
    inputs: VecDeque<Input>,
    /// Who acknowledges when, as assumed.
    acknowledgements: BTreeSet<(Timestamp, UserId)>,
    moments: Vec<Moment>,
    known: Option<Known>,
}

impl Play<'_> {
    fn run(&mut self) -> End {
        let mut now = self.question.at;
        loop {
            while let Some(input) = self.inputs.pop_front() {
                self.give(now, Actor::System, input);
            }
            if self.moments.len() > limits::SIMULATED_MOMENTS {
                return End::CutOff;
            }
            if self.known.is_some() && self.ends_when_known() {
                return End::Known;
            }
            let due = self.next_due();
            let acknowledged = self.acknowledgements.first().copied();
            if let Some((at, user)) = acknowledged.filter(|(at, _)| due.is_none_or(|due| *at <= due)) {
                now = at.max(now);
                self.acknowledgements.pop_first();
                self.give(now, Actor::User { user, via: Via::Link }, Input::Acknowledge);
            } else if let Some(due) = due {
                now = due.max(now);
                self.give(now, Actor::System, Input::Due);
            } else if matches!(self.incident.status, Status::Acknowledged { .. }) {
                return End::Acknowledged;
            } else {
                return End::Exhausted;
            }
        }
    }

    /// Whoever assumes that somebody acknowledges wants to see it.
    fn ends_when_known(&self) -> bool {
        let acknowledges = |assumption: &Assumption| matches!(assumption, Assumption::Acknowledges(..));
        !self.question.whole && !self.question.assumptions.iter().any(acknowledges)
    }

    /// When time alone changes something. The lapse of an acknowledgement is the end of what was asked.
    fn next_due(&self) -> Option<Timestamp> {
        let due = self.incident.next_due()?;
        let lapse = match self.incident.status {
            Status::Acknowledged { until, .. } => until,
            Status::Triggered | Status::Snoozed { .. } | Status::Resolved { .. } | Status::Merged { .. } => None,
        };
        (lapse != Some(due)).then_some(due)
    }

    fn give(&mut self, now: Timestamp, actor: Actor, input: Input) {
        let decision = step(now, self.directory, &self.incident, actor, input);
        if decision.answer == Answer::Done {
            self.take(now, actor, &decision);
        }
    }

    fn take(&mut self, now: Timestamp, actor: Actor, decision: &Decision) {
        self.incident = decision.next.clone();
        for fact in &decision.facts {
            let moment = self.moment(now, actor, fact);
            self.moments.push(moment);
        }
    }

    fn moment(&mut self, now: Timestamp, actor: Actor, fact: &Fact) -> Moment {
        let (mut what, mut told) = (What::Decided, String::new());
        if let Fact::PersonPaged { page, user, why, .. } = fact {
            self.pages.insert(*page, *user);
            self.first.get_or_insert(*user);
            told = sentence::why_on_call(&self.names(), self.directory, *user, why, now).unwrap_or_default();
            what = What::Paged { user: *user };
        } else if let Fact::ContactTried { page, rung, contact } = fact
            && let Some(user) = self.pages.get(page).copied()
        {
            let fate = self.try_contact(now, (*page, *rung), user, *contact);
            told = self.tell(user, *contact, fate);
            what = What::Tried { user, contact: *contact, fate };
        }
        let names = self.names().with_pages(&self.pages);
        let sentence = sentence::fact(&names, now, actor, fact);
        let sentence = if told.is_empty() { sentence } else { format!("{sentence} {told}") };
        Moment { at: now, what, sentence }
    }

    fn names(&self) -> Names<'_> {
        Names::new(self.directory, &self.directory.organisation.time_zone)
    }

    fn is(&self, who: &Who, user: UserId) -> bool {
        match who {
            Who::FirstResponder => self.first == Some(user),
            Who::Person(person) => *person == user,
        }
    }

    /// What becomes of one message, and what follows from it.
    fn try_contact(
        &mut self,
        now: Timestamp,
        (page, rung): (u32, usize),
        user: UserId,
        contact: ContactMethodId,
    ) -> Fate {
        let channel = self.channel(user, contact);
        let assumptions = &self.question.assumptions;
        let down = |one: &Assumption| matches!(one, Assumption::ChannelDown(down) if *down == channel);
        if assumptions.iter().any(down) {
            let reason = format!("{channel} is assumed to be down");
            self.inputs.push_back(Input::ContactFailed { page, rung, channel, reason });
            return Fate::Down;
        }
        if assumptions.iter().any(|one| matches!(one, Assumption::SleepsThrough(who) if self.is(who, user))) {
            return Fate::SleptThrough;
        }
        let answers = assumptions.iter().find_map(|one| match one {
            Assumption::Acknowledges(who, after) if self.is(who, user) => Some(*after),
            Assumption::Acknowledges(..) | Assumption::ChannelDown(_) | Assumption::SleepsThrough(_) => None,
        });
        if let Some(after) = answers
            && self.acknowledgements.iter().all(|(_, waiting)| *waiting != user)
        {
            self.acknowledgements.insert((after.after(now), user));
        }
        self.known.get_or_insert(Known { at: now, user, contact });
        Fate::Known
    }

    fn channel(&self, user: UserId, contact: ContactMethodId) -> String {
        let person = self.directory.user(user);
        let contact = person.and_then(|person| person.contact(contact));
        contact.map(|contact| contact.channel.clone()).unwrap_or_default()
    }

    fn tell(&self, user: UserId, contact: ContactMethodId, fate: Fate) -> String {
        let names = self.names();
        let person = names.person(user);
        match fate {
            Fate::Down => format!("It fails at once: {} is assumed to be down.", self.channel(user, contact)),
            Fate::SleptThrough => format!("{person} is assumed to sleep through it."),
            Fate::Known => format!("{person} surely knows."),
        }
    }
}
