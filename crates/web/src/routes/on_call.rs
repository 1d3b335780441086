//! `/on-call` and `/schedules`: who is on call, by team.

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind, Policy, Target};
use allclear_core::id::{ScheduleId, TeamId};
use allclear_core::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};

use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{OnCallPage, OnCallRow, OnCallTeam, SchedulesPage, Section};

/// How far ahead gaps are looked for: four weeks.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 28);

/// Who is on call now.
pub(super) async fn page(reader: Reader) -> Reply {
    let page = OnCallPage {
        shell: reader.shell("On-call", Section::OnCall).await?,
        teams: teams(&reader),
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
    };
    reader.show(&page)
}

/// All schedules.
pub(super) async fn schedules(reader: Reader) -> Reply {
    let page = SchedulesPage {
        shell: reader.shell("Schedules", Section::OnCall).await?,
        teams: teams(&reader),
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
    };
    reader.show(&page)
}

/// Things of teams under their names: the reader's teams first, what belongs to no team last.
pub(super) fn by_team<T>(reader: &Reader, things: Vec<(Option<TeamId>, T)>) -> Vec<(String, Vec<T>)> {
    let mut teams: Vec<(Option<TeamId>, Vec<T>)> = Vec::new();
    for (team, thing) in things {
        match teams.iter_mut().find(|(known, _)| *known == team) {
            Some((_, members)) => members.push(thing),
            None => teams.push((team, vec![thing])),
        }
    }
    let name = |team: Option<TeamId>| team.and_then(|team| reader.directory.team(team)).map(|team| team.name.clone());
    teams.sort_by_key(|(team, _)| {
        let is_mine = team.is_some_and(|team| reader.user.teams.contains(&team));
        (!is_mine, team.is_none(), name(*team).unwrap_or_default().to_lowercase())
    });
    teams.into_iter().map(|(team, members)| (name(team).unwrap_or_else(|| "No team".to_owned()), members)).collect()
}

fn teams(reader: &Reader) -> Vec<OnCallTeam> {
    let mut schedules: Vec<_> = reader.directory.schedules().collect();
    schedules.sort_by_key(|schedule| schedule.name.to_lowercase());
    let rows = schedules.into_iter().map(|schedule| (schedule.team, row(reader, schedule))).collect();
    by_team(reader, rows).into_iter().map(|(name, rows)| OnCallTeam { name, rows }).collect()
}

/// One schedule in the table.
pub(super) fn row(reader: &Reader, schedule: &Schedule) -> OnCallRow {
    let now = reader.now();
    let change = schedule.next_change(now);
    let gaps = schedule.gaps(now, now.checked_add(AHEAD).unwrap_or(Timestamp::MAX));
    OnCallRow {
        schedule: view::schedule_anchor(schedule),
        now: reader.people(&schedule.on_call(now)),
        shadows: reader.people(&schedule.shadows(now)),
        until: change.map(|at| reader.when(at)),
        next: change.map(|at| reader.people(&schedule.on_call(at))).unwrap_or_default(),
        gap: gaps.first().map(|gap| reader.when(gap.starts)),
        policies: paging_by(&reader.directory, schedule.id).map(view::policy_anchor).collect(),
    }
}

/// The policies that page by a schedule.
pub(super) fn paging_by(directory: &Directory, schedule: ScheduleId) -> impl Iterator<Item = &Policy> {
    let by = move |target: &Target| match target {
        Target::Schedule(one) | Target::NextOnCall(one) | Target::PreviousOnCall(one) | Target::EveryoneOf(one) => {
            *one == schedule
        }
        Target::User(_) | Target::Team { .. } => false,
    };
    let pages = move |policy: &&Policy| policy.targets().any(by);
    directory.policies().map(|policy| &**policy).filter(pages)
}
