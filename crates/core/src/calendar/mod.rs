//! Shifts as a calendar that people subscribe to, in the format of RFC 5545.
//!
//! The same schedule gives the same text for a whole day (UTC), so that whoever asks again is told that nothing
//! changed. An event keeps its identity while its shift keeps its beginning.

mod text;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

pub use self::text::write;
use crate::directory::{Directory, User};
use crate::id::UserId;
use crate::limits;
use crate::schedule::{Schedule, Shift};

/// How far back and ahead a calendar goes: 4 weeks, and about 6 months.
const BACK: SignedDuration = SignedDuration::from_hours(28 * 24);
const AHEAD: SignedDuration = SignedDuration::from_hours(184 * 24);
const DAY: i64 = 86_400;

/// A calendar, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What it is called.
    pub name: String,
    /// What is worth knowing about it.
    pub description: String,
    /// The first moment of the day on which it was made.
    pub stamp: Timestamp,
    /// Its events, in order of time.
    pub events: Vec<Event>,
}

/// A shift of one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
    /// Its identity, the same in every answer.
    pub uid: String,
    /// What it is called.
    pub summary: String,
}

/// The range of a calendar that is asked for at a moment, in whole days.
fn range(now: Timestamp) -> (Timestamp, Timestamp, Timestamp) {
    let second = now.as_second();
    let today = Timestamp::from_second(second - second.rem_euclid(DAY)).unwrap_or(now);
    let from = today.checked_sub(BACK).unwrap_or(Timestamp::MIN);
    (today, from, today.checked_add(AHEAD).unwrap_or(Timestamp::MAX))
}

/// Everybody's shifts by a schedule.
pub fn of_schedule(directory: &Directory, schedule: &Schedule, now: Timestamp) -> Feed {
    let (today, from, until) = range(now);
    let name = |user: UserId| directory.user(user).map_or("somebody", |user| &user.name).to_owned();
    let events = events(schedule, &schedule.shifts(from, until), (from, now), "", |user| {
        Some(format!("{}: {}", name(user), schedule.name))
    });
    finished(schedule.name.clone(), "Who is on call by this schedule.", today, events)
}

/// The shifts of one person by all schedules, and those in which they learn.
pub fn of_person(directory: &Directory, person: &User, now: Timestamp) -> Feed {
    let (today, from, until) = range(now);
    let mut all = Vec::new();
    for schedule in directory.schedules().filter(|schedule| schedule.names(person.id)) {
        let own = |word: &str, user: UserId| (user == person.id).then(|| format!("{word}: {}", schedule.name));
        let shifts = schedule.shifts(from, until);
        all.extend(events(schedule, &shifts, (from, now), "", |user| own("On call", user)));
        for (index, layer) in schedule.layers.iter().enumerate().filter(|(_, layer)| layer.shadow) {
            if layer.has(person.id) {
                let shifts = schedule.layer_shifts(index, from, until);
                all.extend(events(schedule, &shifts, (from, now), "shadow-", |user| own("Shadow", user)));
            }
        }
    }
    finished(format!("On call: {}", person.name), "When you are on call.", today, all)
}

fn finished(name: String, description: &str, stamp: Timestamp, mut events: Vec<Event>) -> Feed {
    events.sort();
    events.dedup_by(|next, before| next.uid == before.uid);
    let mut description = description.to_owned();
    if events.len() > limits::CALENDAR_EVENTS {
        events.truncate(limits::CALENDAR_EVENTS);
        let last = events.last().map_or(stamp, |last| last.ends);
        description += &format!(" It ends early, at {last}: more shifts than a calendar can hold.");
    }
    Feed { name, description, stamp, events }
}

/// An event for each unbroken time of each person, whoever is on call beside them. What was over at the beginning of
/// the range is left out where only its end lies within: its beginning is not known, and it is past.
fn events(
    schedule: &Schedule,
    shifts: &[Shift],
    (from, now): (Timestamp, Timestamp),
    kind: &str,
    summary: impl Fn(UserId) -> Option<String>,
) -> Vec<Event> {
    let mut open: BTreeMap<UserId, (Timestamp, Timestamp)> = BTreeMap::new();
    let mut times: Vec<(UserId, Timestamp, Timestamp)> = Vec::new();
    for shift in shifts {
        for user in shift.users() {
            let (starts, ends) = open.entry(user).or_insert((shift.starts, shift.starts));
            if *ends < shift.starts {
                times.push((user, *starts, *ends));
                *starts = shift.starts;
            }
            *ends = shift.ends;
        }
    }
    times.extend(open.into_iter().map(|(user, (starts, ends))| (user, starts, ends)));
    let event = |(user, starts, ends): (UserId, Timestamp, Timestamp)| {
        let began = if starts == from { "began-before".to_owned() } else { starts.as_second().to_string() };
        let uid = format!("{kind}{began}-{user}-{}@allclear", schedule.id);
        (starts > from || ends > now).then_some(())?;
        Some(Event { starts, ends, uid, summary: summary(user)? })
    };
    times.into_iter().filter_map(event).collect()
}

#[cfg(test)]
mod tests;
