//! Where a schedule counts on somebody who cannot be counted on, and who could stand in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::directory::{Directory, User};
use crate::id::{ScheduleId, UserId};
use crate::load;
use crate::readiness::Period;
use crate::schedule::{Cause, OnHolidays, Schedule, Shift};
use crate::severity::Urgency;

/// How far back hours on call count towards whoever is proposed: four weeks.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 28);

/// Somebody who is on call by a schedule and should not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// By which schedule.
    pub schedule: ScheduleId,
    /// Who.
    pub user: UserId,
    /// When.
    pub period: Period,
    /// Why not.
    pub why: Reason,
}

/// Why somebody should not be on call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They have time off, with this note.
    TimeOff(String),
    /// They are on call by that schedule as well.
    OnCallTwice(ScheduleId),
    /// They have a holiday of that name, and have not agreed to be on call on it.
    Holiday(String),
    /// They have left, so nobody is paged for them.
    Left,
}

/// Somebody who could stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Who.
    pub user: UserId,
    /// How many hours they were on call by any schedule in the four weeks before, rounded: the fewest of all who could.
    pub hours_lately: i64,
    /// They take turns on the schedule; else they belong to the team that keeps it.
    pub takes_turns: bool,
}

/// The conflicts of a schedule in a range of time, in its order. Who is on call by two schedules is told of both.
pub fn conflicts(directory: &Directory, schedule: &Schedule, range: Period) -> Vec<Conflict> {
    let shifts = schedule.shifts(range.starts, range.ends);
    let people: BTreeSet<UserId> = shifts.iter().flat_map(Shift::users).collect();
    let others: Vec<(ScheduleId, Vec<Shift>)> = directory
        .schedules()
        .filter(|other| other.id != schedule.id && people.iter().any(|user| other.names(*user)))
        .map(|other| (other.id, other.shifts(range.starts, range.ends)))
        .collect();
    let mut found = Vec::new();
    for shift in &shifts {
        let on_call = Period { starts: shift.starts, ends: shift.ends };
        for user in shift.users().filter_map(|user| directory.user(user)) {
            let mut add = |period, why| found.push(Conflict { schedule: schedule.id, user: user.id, period, why });
            if user.suspended {
                add(on_call, Reason::Left);
                continue;
            }
            for (period, off) in directory.time_off_within(user, on_call) {
                add(period, Reason::TimeOff(off.note));
            }
            if !has_agreed(schedule, shift, user.id) {
                for (period, name) in directory.holidays_within(user, on_call) {
                    add(period, Reason::Holiday(name.to_owned()));
                }
            }
            for (other, shifts) in &others {
                for period in shifts.iter().filter_map(|shift| common(shift, user.id, on_call)) {
                    add(period, Reason::OnCallTwice(*other));
                }
            }
        }
    }
    joined(found)
}

/// Whether somebody is on call on purpose, also if it is a holiday: by an override, or by a layer for holidays.
fn has_agreed(schedule: &Schedule, shift: &Shift, user: UserId) -> bool {
    shift.people.iter().any(|duty| {
        duty.user == user
            && match duty.why {
                Cause::Override(_) => true,
                Cause::Layer(index) => {
                    let days = schedule.layers.get(index).and_then(|layer| layer.holidays.as_ref());
                    days.is_some_and(|days| days.when == OnHolidays::Only)
                }
            }
    })
}

fn common(shift: &Shift, user: UserId, period: Period) -> Option<Period> {
    period.common(Period { starts: shift.starts, ends: shift.ends }).filter(|_| shift.has(user))
}

/// Makes those that follow each other and say the same one, in order of time.
fn joined(mut found: Vec<Conflict>) -> Vec<Conflict> {
    found.sort_by(|one, other| {
        (one.user, &one.why, one.period.starts).cmp(&(other.user, &other.why, other.period.starts))
    });
    found.dedup_by(|next, before| {
        let follows = next.period.starts <= before.period.ends;
        let same = follows && (next.user, &next.why) == (before.user, &before.why);
        if same {
            before.period.ends = before.period.ends.max(next.period.ends);
        }
        same
    });
    found.sort_by_key(|one| (one.period.starts, one.period.ends, one.user));
    found
}

/// Who could stand in for somebody on a schedule for a while: of those who take turns on it, whoever can be reached,
/// has no time off then and is on call by no schedule then (and has no holiday, if that is the reason), the one who was
/// on call by this one for the fewest hours lately. The first in the order of turns where several were so for the same
/// time; nobody where nobody can.
pub fn proposal(directory: &Directory, schedule: &Schedule, conflict: &Conflict) -> Option<Proposal> {
    let period = conflict.period;
    let mut people: Vec<UserId> = Vec::new();
    for layer in schedule.layers.iter().filter(|layer| !layer.shadow) {
        for user in layer.participants.iter().flat_map(|crew| crew.people()) {
            if *user != conflict.user && !people.contains(user) {
                people.push(*user);
            }
        }
    }
    let participants = people.len();
    if let Some(team) = schedule.team {
        for user in directory.users().filter(|user| user.teams.contains(&team)) {
            if user.id != conflict.user && !people.contains(&user.id) {
                people.push(user.id);
            }
        }
    }
    let (participants, naming) = (people[..participants].to_vec(), directory.schedules());
    let naming = naming.filter(|schedule| people.iter().any(|user| schedule.names(*user)));
    let busy: Vec<Shift> = naming.flat_map(|schedule| schedule.shifts(period.starts, period.ends)).collect();
    let holiday = matches!(conflict.why, Reason::Holiday(_));
    let free = |user: &&User| {
        !user.ladder(Urgency::High).is_empty()
            && directory.time_off_within(user, period).is_empty()
            && (!holiday || directory.holidays_within(user, period).is_empty())
            && !busy.iter().any(|shift| shift.has(user.id))
    };
    let from = period.starts.checked_sub(LATELY).unwrap_or(Timestamp::MIN);
    let schedules: Vec<&Schedule> = directory.schedules().map(|schedule| &**schedule).collect();
    let before = Period { starts: from, ends: period.starts };
    let loads = load::report(directory, &schedules, before, &BTreeMap::new()).loads;
    let hours = |user: UserId| {
        let time = loads.iter().find(|load| load.user == user).map_or(SignedDuration::ZERO, |load| load.time.whole());
        (time.as_mins() + 30).div_euclid(60)
    };
    let candidates = people.into_iter().filter_map(|user| directory.user(user).map(|user| &**user)).filter(free);
    let proposals = candidates.map(|user| Proposal {
        user: user.id,
        hours_lately: hours(user.id),
        takes_turns: participants.contains(&user.id),
    });
    // Whoever takes turns knows the ropes: a team mate is only proposed where nobody of them is free.
    proposals.min_by_key(|one| (!one.takes_turns, one.hours_lately))
}

#[cfg(test)]
mod tests;
