//! Who stands behind a target at a moment.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Directory, Target};
use crate::id::{ScheduleId, TeamId, UserId};
use crate::schedule::{Crew, HORIZON, Schedule, Shift};

/// How far back somebody is looked for who was on call before, nearest first.
const BACK: [SignedDuration; 2] = [SignedDuration::from_hours(24 * 31), HORIZON];

/// The handoffs that are looked at for whoever is on call next.
const HANDOFFS: usize = 1_000;

/// As what a person is paged, where it is not for themselves or for being on call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Standing {
    /// On call next.
    Next,
    /// On call before.
    Previous,
    /// One of all who take turns.
    Everyone,
    /// For their team.
    Team {
        /// The name of the team.
        team: String,
        /// What they know.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skill: Option<String>,
    },
}

/// A person behind a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targeted {
    /// Who.
    pub user: UserId,
    /// The name of the schedule that named them.
    pub schedule: Option<String>,
    /// As what, where it is not for themselves or for being on call.
    pub standing: Option<Standing>,
}

impl Directory {
    /// The people behind a target at a moment who may be paged; a person who is named themselves, in any case.
    pub fn targeted(&self, target: &Target, at: Timestamp) -> Vec<Targeted> {
        let by_schedule = |schedule: ScheduleId, users: Vec<UserId>, standing: Option<Standing>| {
            let name = self.schedule(schedule).map(|schedule| schedule.name.clone());
            let targeted = |user| Targeted { user, schedule: name.clone(), standing: standing.clone() };
            users.into_iter().map(targeted).collect()
        };
        match target {
            Target::User(user) => vec![Targeted { user: *user, schedule: None, standing: None }],
            Target::Schedule(schedule) => by_schedule(*schedule, self.on_call(*schedule, at), None),
            Target::NextOnCall(schedule) => {
                by_schedule(*schedule, self.next_on_call(*schedule, at), Some(Standing::Next))
            }
            Target::PreviousOnCall(schedule) => {
                by_schedule(*schedule, self.previous_on_call(*schedule, at), Some(Standing::Previous))
            }
            Target::EveryoneOf(schedule) => {
                by_schedule(*schedule, self.everyone_of(*schedule, at), Some(Standing::Everyone))
            }
            Target::Team { team, skill } => self.for_team(*team, skill.as_deref(), at),
        }
    }

    fn may_be_paged(&self, user: UserId) -> bool {
        self.user(user).is_some_and(|user| !user.suspended)
    }

    /// The first who are on call after those who are now, or after a gap.
    fn next_on_call(&self, schedule: ScheduleId, at: Timestamp) -> Vec<UserId> {
        let Some(found) = self.schedule(schedule) else { return Vec::new() };
        let now = self.on_call(schedule, at);
        let horizon = at.saturating_add(HORIZON).unwrap_or(Timestamp::MAX);
        let mut changes = std::iter::successors(found.next_change(at), |change| found.next_change(*change));
        let others = |change: Timestamp| {
            let mut next = self.on_call(schedule, change);
            next.retain(|user| !now.contains(user));
            (!next.is_empty()).then_some(next)
        };
        let within = changes.by_ref().take_while(|change| *change <= horizon).take(HANDOFFS);
        within.into_iter().find_map(others).unwrap_or_default()
    }

    /// The last who were on call before those who are now, or before a gap.
    fn previous_on_call(&self, schedule: ScheduleId, at: Timestamp) -> Vec<UserId> {
        let Some(found) = self.schedule(schedule) else { return Vec::new() };
        let now = self.on_call(schedule, at);
        let wanted = |user: &UserId| !now.contains(user) && self.may_be_paged(*user);
        let before = BACK.into_iter().find_map(|span| {
            let from = at.saturating_sub(span).unwrap_or(Timestamp::MIN);
            let shifts = found.shifts(from, at);
            let people = |shift: &Shift| shift.users().filter(wanted).collect::<Vec<_>>();
            shifts.iter().rev().map(people).find(|people| !people.is_empty())
        });
        before.unwrap_or_default()
    }

    /// Everybody who takes turns in a layer that is not over, and whoever covers at that moment; not those who learn.
    fn everyone_of(&self, schedule: ScheduleId, at: Timestamp) -> Vec<UserId> {
        let Some(found) = self.schedule(schedule) else { return Vec::new() };
        let taking_turns = found.layers.iter().filter(|layer| !layer.shadow).filter(|layer| {
            let zone = layer.time_zone.as_ref().unwrap_or(&found.time_zone);
            layer.end.is_none_or(|end| zone.local(at).datetime() < end)
        });
        let covering = found.overrides.iter().filter(|cover| cover.starts <= at && at < cover.ends);
        let crews = taking_turns.flat_map(|layer| &layer.participants);
        let everybody = crews.flat_map(Crew::people).copied().chain(covering.map(|cover| cover.user));
        let mut seen = BTreeSet::new();
        everybody.filter(|user| seen.insert(*user) && self.may_be_paged(*user)).collect()
    }

    /// Whoever is on call for a team. In a gap of its schedules that is nobody; a team that keeps no schedule is on
    /// call as a whole.
    fn for_team(&self, team: TeamId, skill: Option<&str>, at: Timestamp) -> Vec<Targeted> {
        let Some(found) = self.team(team) else { return Vec::new() };
        let standing = Some(Standing::Team { team: found.name.clone(), skill: skill.map(str::to_owned) });
        let schedules: Vec<_> = self.schedules().filter(|schedule| schedule.team == Some(team)).collect();
        let targeted = |user, schedule: Option<&Schedule>| Targeted {
            user,
            schedule: schedule.map(|schedule| schedule.name.clone()),
            standing: standing.clone(),
        };
        let people: Vec<Targeted> = if schedules.is_empty() {
            let members = self.users().filter(|user| user.teams.contains(&team) && !user.suspended);
            members.map(|user| targeted(user.id, None)).collect()
        } else {
            let on_call = schedules.iter().flat_map(|schedule| {
                self.on_call(schedule.id, at).into_iter().map(|user| targeted(user, Some(schedule.as_ref())))
            });
            on_call.collect()
        };
        let mut seen = BTreeSet::new();
        let knows = |user: UserId| {
            skill.is_none_or(|skill| self.user(user).is_some_and(|user| user.skills.iter().any(|one| one == skill)))
        };
        people.into_iter().filter(|one| knows(one.user) && seen.insert(one.user)).collect()
    }
}
