//! Asking for cover: what is asked for, and of whom.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Asked, Decision, Effect, Fact, Request, Status, Word, on_call_within};
use crate::directory::{Directory, User};
use crate::id::{ScheduleId, UserId};
use crate::limits;
use crate::readiness::Period;
use crate::schedule::{Cause, Schedule};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// By which schedule they are on call.
    pub schedule: ScheduleId,
    /// Who is to be relieved.
    pub asker: UserId,
    /// Of all that they are on call for in this range.
    pub range: Period,
    /// Of whom it is asked.
    pub of: Audience,
    /// What they say about it.
    pub note: String,
}

/// Of whom cover is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everybody who takes turns where the asker does, as far as they are free.
    Participants,
    /// Everybody in the team that keeps the schedule, as far as they are free.
    Team,
    /// These.
    People(Vec<UserId>),
    /// Of one person, who is relieved of all that they are on call for in this range in return.
    Swap {
        /// Who.
        with: UserId,
        /// In which range.
        range: Period,
    },
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// There is no such schedule.
    NoSchedule,
    /// The asker is unknown or has left.
    NoAsker,
    /// The range has begun already.
    Begun,
    /// The range is empty, or longer than [`limits::COVER_DAYS`].
    Range,
    /// The asker is not on call in it.
    NotOnCall,
    /// There are more stretches in it than [`limits::COVER_PERIODS`].
    Periods,
    /// The asker asks for a part of it already.
    AskedAlready,
    /// The asker has [`limits::COVER_OPEN`] open requests.
    Open,
    /// Nobody is free whom it could be asked of.
    Nobody,
    /// More people are asked than [`limits::COVER_ASKED`].
    People,
    /// Somebody who is asked is unknown, has left, or is the asker.
    Person,
    /// Somebody who is asked is on call by the schedule then already.
    OnCallThen,
    /// The range that is taken in return has begun, is empty or too long.
    ReturnRange,
    /// Whoever is asked for a swap is not on call in the range that is taken in return.
    NothingInReturn,
    /// The asker of a swap is on call in what they would take in return.
    OnCallInReturn,
    /// The note is longer than [`limits::COVER_NOTE_CHARACTERS`].
    Note,
}

impl Problem {
    /// The field that it is about, and what to do.
    pub fn field_and_message(self) -> (&'static str, String) {
        let said = |field, message: &str| (field, message.to_owned());
        match self {
            Self::NoSchedule => said("schedule", "there is no such schedule; name an existing one"),
            Self::NoAsker => said("user", "they are unknown or have left; name somebody who is on the schedule"),
            Self::Begun => said("from", "it has begun already; ask for what is still to come"),
            Self::Range => {
                let days = limits::COVER_DAYS;
                ("until", format!("it is not after the start, or more than {days} days after it; use 1 to {days} days"))
            }
            Self::NotOnCall => said("from", "nobody is to be relieved then: they are not on call by this schedule"),
            Self::Periods => {
                let most = limits::COVER_PERIODS;
                ("until", format!("there are more than {most} shifts until then; ask for fewer at a time"))
            }
            Self::AskedAlready => {
                said("from", "a part of it is asked for already; withdraw that request, or leave that part out")
            }
            Self::Open => {
                ("user", format!("they have {} open requests; withdraw one that is not needed", limits::COVER_OPEN))
            }
            Self::Nobody => said("of", "nobody of them is free then; choose the people yourself"),
            Self::People => {
                ("people", format!("more than {} people are asked; choose fewer of them", limits::COVER_ASKED))
            }
            Self::Person => said("people", "somebody is unknown, has left or asks themselves; choose others"),
            Self::OnCallThen => said("people", "somebody is on call by this schedule then already; choose others"),
            Self::ReturnRange => said("return_from", "it is empty, too long or has begun already; choose another one"),
            Self::NothingInReturn => said("return_from", "they are not on call by this schedule then; choose another"),
            Self::OnCallInReturn => said("return_from", "the asker is on call then as well; choose another one"),
            Self::Note => {
                let most = limits::COVER_NOTE_CHARACTERS;
                ("note", format!("it is longer than {most} characters; shorten it"))
            }
        }
    }
}

/// Asks for cover. `others` are the open requests of the same asker.
pub fn ask(
    now: Timestamp,
    directory: &Directory,
    others: &[Request],
    asking: &Asking,
) -> Result<Decision, Vec<Problem>> {
    let Some(schedule) = directory.schedule(asking.schedule) else { return Err(vec![Problem::NoSchedule]) };
    let mut problems = Vec::new();
    if present(directory, asking.asker).is_none() {
        problems.push(Problem::NoAsker);
    }
    if asking.note.chars().count() > limits::COVER_NOTE_CHARACTERS {
        problems.push(Problem::Note);
    }
    if others.len() >= limits::COVER_OPEN {
        problems.push(Problem::Open);
    }
    let open = wanted(now, schedule, others, asking, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let in_return = match &asking.of {
        Audience::Swap { with, range } => in_return(now, schedule, asking.asker, *with, *range)?,
        Audience::Participants | Audience::Team | Audience::People(_) => Vec::new(),
    };
    let people = audience(directory, schedule, asking, &open)?;
    let next = Request {
        schedule: schedule.id,
        asker: asking.asker,
        note: asking.note.trim().to_owned(),
        asked_at: now,
        asked: people.iter().map(|user| Asked { user: *user, declined_at: None }).collect(),
        open: open.clone(),
        in_return: in_return.clone(),
        covered: Vec::new(),
        lapsed: Vec::new(),
        status: Status::Asked,
    };
    let effects = people.iter().map(|user| Effect::Tell { user: *user, word: Word::Asked }).collect();
    let facts = vec![Fact::Asked { people, periods: open, in_return }];
    Ok(Decision { next, facts, effects, answer: Answer::Done })
}

/// The stretches of time that are asked for.
fn wanted(
    now: Timestamp,
    schedule: &Schedule,
    others: &[Request],
    asking: &Asking,
    problems: &mut Vec<Problem>,
) -> Vec<Period> {
    if asking.range.starts <= now {
        problems.push(Problem::Begun);
        return Vec::new();
    }
    if !is_sound(asking.range) {
        problems.push(Problem::Range);
        return Vec::new();
    }
    let open = on_call_within(schedule, asking.asker, asking.range);
    if open.is_empty() {
        problems.push(Problem::NotOnCall);
    }
    if open.len() > limits::COVER_PERIODS {
        problems.push(Problem::Periods);
    }
    let asked = others.iter().filter(|other| other.schedule == schedule.id).flat_map(|other| &other.open);
    if asked.into_iter().any(|asked| open.iter().any(|period| period.common(*asked).is_some())) {
        problems.push(Problem::AskedAlready);
    }
    open
}

/// Whether a range has a length that can be asked for.
fn is_sound(range: Period) -> bool {
    let longest = SignedDuration::from_hours(24 * i64::from(limits::COVER_DAYS));
    range.starts < range.ends && range.ends.duration_since(range.starts) <= longest
}

/// What the one who is asked for a swap is relieved of.
fn in_return(
    now: Timestamp,
    schedule: &Schedule,
    asker: UserId,
    with: UserId,
    range: Period,
) -> Result<Vec<Period>, Vec<Problem>> {
    if range.starts <= now || !is_sound(range) {
        return Err(vec![Problem::ReturnRange]);
    }
    let theirs = on_call_within(schedule, with, range);
    if theirs.is_empty() {
        return Err(vec![Problem::NothingInReturn]);
    }
    if theirs.len() > limits::COVER_PERIODS {
        return Err(vec![Problem::ReturnRange]);
    }
    if theirs.iter().any(|period| !on_call_within(schedule, asker, *period).is_empty()) {
        return Err(vec![Problem::OnCallInReturn]);
    }
    Ok(theirs)
}

fn present(directory: &Directory, user: UserId) -> Option<&User> {
    directory.user(user).map(|user| &**user).filter(|user| !user.suspended)
}

/// Of whom it is asked.
fn audience(
    directory: &Directory,
    schedule: &Schedule,
    asking: &Asking,
    open: &[Period],
) -> Result<Vec<UserId>, Vec<Problem>> {
    let chosen = match &asking.of {
        Audience::Participants => participants(schedule, asking.asker, open),
        Audience::Team => team(directory, schedule),
        Audience::People(people) => return chosen(directory, schedule, asking, people, open),
        Audience::Swap { with, .. } => return chosen(directory, schedule, asking, &[*with], open),
    };
    let free = |user: &UserId| *user != asking.asker && is_free(directory, schedule, *user, open);
    let mut people: Vec<UserId> = chosen.into_iter().filter(free).collect();
    people.truncate(limits::COVER_ASKED);
    if people.is_empty() { Err(vec![Problem::Nobody]) } else { Ok(people) }
}

/// People who were chosen: each must be somebody who could say yes.
fn chosen(
    directory: &Directory,
    schedule: &Schedule,
    asking: &Asking,
    people: &[UserId],
    open: &[Period],
) -> Result<Vec<UserId>, Vec<Problem>> {
    let mut named: Vec<UserId> = Vec::new();
    for user in people {
        if !named.contains(user) {
            named.push(*user);
        }
    }
    if named.is_empty() {
        return Err(vec![Problem::Nobody]);
    }
    if named.len() > limits::COVER_ASKED {
        return Err(vec![Problem::People]);
    }
    if named.iter().any(|user| *user == asking.asker || present(directory, *user).is_none()) {
        return Err(vec![Problem::Person]);
    }
    // Whoever could take a part of it is asked; whoever is on call all the time is not.
    if named.iter().any(|user| !is_free_for_some(schedule, *user, open)) {
        return Err(vec![Problem::OnCallThen]);
    }
    Ok(named)
}

fn is_free_for_some(schedule: &Schedule, user: UserId, open: &[Period]) -> bool {
    open.iter().any(|period| on_call_within(schedule, user, *period).is_empty())
}

/// Whether somebody who was not chosen by name may be bothered: they have not left, are on call by the schedule in none
/// of it and have no time off in some of it.
fn is_free(directory: &Directory, schedule: &Schedule, user: UserId, open: &[Period]) -> bool {
    let Some(person) = present(directory, user) else { return false };
    open.iter().any(|period| {
        directory.time_off_within(person, *period).is_empty() && on_call_within(schedule, user, *period).is_empty()
    })
}

/// Who takes turns in the layers that put the asker on call then; in all of them where only overrides do.
fn participants(schedule: &Schedule, asker: UserId, open: &[Period]) -> Vec<UserId> {
    let mut by: Vec<usize> = Vec::new();
    for period in open {
        for shift in schedule.shifts(period.starts, period.ends) {
            let asker = shift.people.iter().filter(|duty| duty.user == asker);
            by.extend(asker.filter_map(|duty| match duty.why {
                Cause::Layer(index) => Some(index),
                Cause::Override(_) => None,
            }));
        }
    }
    let wanted = |index: &usize| by.is_empty() || by.contains(index);
    let layers = schedule.layers.iter().enumerate();
    let layers = layers.filter(|(index, layer)| wanted(index) && !layer.shadow).map(|(_, layer)| layer);
    let mut people: Vec<UserId> = Vec::new();
    for user in layers.flat_map(|layer| &layer.participants).flat_map(|crew| crew.people()) {
        if !people.contains(user) {
            people.push(*user);
        }
    }
    people
}

/// Who belongs to the team that keeps a schedule.
fn team(directory: &Directory, schedule: &Schedule) -> Vec<UserId> {
    let Some(team) = schedule.team else { return Vec::new() };
    directory.users().filter(|user| user.teams.contains(&team)).map(|user| user.id).collect()
}

/// Who may be asked to stand in for somebody in some periods: the participants first, then the rest of the team.
pub fn stand_ins(directory: &Directory, schedule: &Schedule, asker: UserId, open: &[Period]) -> Vec<UserId> {
    let mut people = participants(schedule, asker, open);
    for user in team(directory, schedule) {
        if !people.contains(&user) {
            people.push(user);
        }
    }
    people.retain(|user| *user != asker && is_free(directory, schedule, *user, open));
    people
}
