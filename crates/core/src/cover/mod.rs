//! Cover requests and swaps: somebody asks others to take over what they are on call for, and somebody accepts.
//!
//! A request is about stretches of time in which its asker is on call by one schedule. Each stretch is asked for until
//! somebody takes it, or a part of it; until it begins; or until the schedule has somebody else on call in it anyhow.
//! In a swap one person is asked, who is to be relieved of something in return: it is taken as a whole or not at all.
//! Whatever is taken becomes an override of the schedule in the same transaction, so that who has agreed and who is
//! paged can never differ.

mod ask;
mod step;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::ask::{Asking, Audience, Problem, ask, stand_ins};
pub use self::step::step;
use crate::id::{ScheduleId, UserId};
use crate::readiness::Period;
use crate::schedule::Schedule;

/// A request for cover, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// By which schedule its asker is on call.
    pub schedule: ScheduleId,
    /// Who is to be relieved.
    pub asker: UserId,
    /// What they say about it; everybody may read it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Who was asked.
    pub asked: Vec<Asked>,
    /// What is still asked for, in order of time.
    pub open: Vec<Period>,
    /// In a swap: of what the one who is asked is relieved in return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_return: Vec<Period>,
    /// What was taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covered: Vec<Covered>,
    /// What began before anybody took it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Period>,
    /// Where it stands.
    pub status: Status,
}

/// Somebody who was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who.
    pub user: UserId,
    /// When they declined, if they did. They may still change their mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined_at: Option<Timestamp>,
}

/// Something that somebody took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Who.
    pub user: UserId,
    /// What.
    pub period: Period,
    /// When they agreed.
    pub at: Timestamp,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Something is still asked for.
    Asked,
    /// All of it was taken.
    Accepted,
    /// Everybody who was asked said no.
    Declined,
    /// Its asker took it back.
    Withdrawn,
    /// What was left of it began before anybody took it.
    Expired,
    /// A change of the schedule or of the people made it pointless.
    Moot(Moot),
}

impl Status {
    /// The word shown to people and stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Moot(_) => "moot",
        }
    }
}

/// What made a request pointless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moot {
    /// Its asker is not on call then any more.
    NotOnCall,
    /// Its asker has left.
    AskerLeft,
    /// The schedule was removed.
    ScheduleGone,
    /// The two shifts of a swap are not what they were.
    SwapChanged,
}

impl Request {
    /// Whether anything is still asked for.
    pub fn is_open(&self) -> bool {
        self.status == Status::Asked
    }

    /// Whether it proposes a swap.
    pub fn is_swap(&self) -> bool {
        !self.in_return.is_empty()
    }

    /// Whether that person was asked.
    pub fn asks(&self, user: UserId) -> bool {
        self.asked.iter().any(|asked| asked.user == user)
    }

    /// Whether that person was asked, may still answer and has not.
    pub fn waits_for(&self, user: UserId) -> bool {
        self.is_open() && self.asked.iter().any(|asked| asked.user == user && asked.declined_at.is_none())
    }

    /// When it wants to be woken: when the first of what is asked for begins.
    pub fn next_due(&self) -> Option<Timestamp> {
        let all = self.open.iter().chain(&self.in_return);
        if self.is_open() { all.map(|period| period.starts).min() } else { None }
    }
}

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Somebody takes it, or what of it lies in a part.
    Accept {
        /// Who.
        user: UserId,
        /// Which part; all that is still asked for where not said.
        part: Option<Period>,
    },
    /// Somebody does not want it.
    Decline {
        /// Who.
        user: UserId,
    },
    /// It is not asked for any more.
    Withdraw,
    /// The schedule or somebody in it was changed.
    Changed,
    /// Its time has come.
    Due,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The request as it is now.
    pub next: Request,
    /// What happened.
    pub facts: Vec<Fact>,
    /// What is to be done.
    pub effects: Vec<Effect>,
    /// What to say to whoever caused it.
    pub answer: Answer,
}

/// What came of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What was wanted.
    Done,
    /// Nothing.
    Nothing(Refusal),
}

/// Why an input changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refused", rename_all = "snake_case")]
pub enum Refusal {
    /// Somebody was faster.
    Taken {
        /// Who.
        by: Vec<UserId>,
    },
    /// Nothing is asked for any more.
    Over {
        /// Where it stands.
        status: Status,
    },
    /// That person was not asked.
    NotAsked,
    /// That person is on call by the same schedule then.
    OnCallThen,
    /// Nothing of that part is asked for.
    NotInPart,
    /// A swap is taken as a whole.
    WholeSwap,
    /// Nothing has changed.
    NoChange,
}

/// Something that happened to a request. Kept in the audit log for years: variants and fields may be added, never
/// renamed or given another meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happened", rename_all = "snake_case")]
pub enum Fact {
    /// It was asked.
    Asked {
        /// Of whom.
        people: Vec<UserId>,
        /// For what.
        periods: Vec<Period>,
        /// What they are relieved of in return.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        in_return: Vec<Period>,
    },
    /// Somebody agreed to take over.
    Accepted {
        /// Who.
        user: UserId,
        /// What.
        periods: Vec<Period>,
        /// What they are relieved of in return.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        in_return: Vec<Period>,
    },
    /// Somebody said no.
    Declined {
        /// Who.
        user: UserId,
    },
    /// Nobody is left who has not said no.
    DeclinedByAll,
    /// Its asker took it back.
    Withdrawn,
    /// A part of it is not asked for any more: its asker is not on call in it.
    Narrowed {
        /// What is still asked for.
        periods: Vec<Period>,
    },
    /// Nobody took this before it began.
    Expired {
        /// What.
        periods: Vec<Period>,
    },
    /// It has become pointless.
    Moot {
        /// Why.
        why: Moot,
    },
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Somebody stands in for somebody: an override of the schedule.
    Replace {
        /// Who is on call instead.
        user: UserId,
        /// Of whom.
        replaces: UserId,
        /// When.
        period: Period,
    },
    /// Somebody is to be told.
    Tell {
        /// Who.
        user: UserId,
        /// What.
        word: Word,
    },
}

/// What people are told about a request. Stored with the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Word {
    /// To those who are asked: somebody asks.
    Asked,
    /// To the asker: somebody has agreed.
    Taken {
        /// Who.
        by: UserId,
        /// What.
        periods: Vec<Period>,
    },
    /// To whoever has agreed: so it is.
    Confirmed {
        /// What they took.
        periods: Vec<Period>,
    },
    /// To the asker: nobody is left who has not said no.
    DeclinedByAll,
    /// To the asker: nobody took this before it began.
    Expired {
        /// What.
        periods: Vec<Period>,
    },
    /// To the asker: it has become pointless.
    Moot {
        /// Why.
        why: Moot,
    },
}

/// What is left of some periods without one.
fn without(periods: &[Period], taken: Period) -> Vec<Period> {
    let left = periods.iter().flat_map(|period| {
        let before = Period { starts: period.starts, ends: period.ends.min(taken.starts) };
        let after = Period { starts: period.starts.max(taken.ends), ends: period.ends };
        [before, after].into_iter().filter(|rest| rest.starts < rest.ends)
    });
    left.collect()
}

/// When somebody is on call by a schedule within a range, neighbouring shifts as one.
pub(crate) fn on_call_within(schedule: &Schedule, user: UserId, range: Period) -> Vec<Period> {
    let mut found: Vec<Period> = Vec::new();
    for shift in schedule.shifts(range.starts, range.ends).iter().filter(|shift| shift.has(user)) {
        match found.last_mut() {
            Some(last) if last.ends == shift.starts => last.ends = shift.ends,
            Some(_) | None => found.push(Period { starts: shift.starts, ends: shift.ends }),
        }
    }
    found
}
