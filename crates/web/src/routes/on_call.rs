//! `/on-call` and `/schedules`: who is on call, by team.

use allclear_core::access::Permission;
use allclear_core::declaration::{Moment, Written as _};
use allclear_core::directory::{Directory, Kind, Policy, Target};
use allclear_core::id::{ScheduleId, TeamId, UserId};
use allclear_core::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};

use super::form::Query;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{FieldProblem, OnCallPage, OnCallRow, OnCallTeam, PagedNow, SchedulesPage, Section};
use crate::reach;

/// How far ahead gaps are looked for: four weeks.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 28);

/// Who is on call in the whole organisation, now or at another moment.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let mut problems = Vec::new();
    let asked = match query.text("at") {
        "" => None,
        text => moment(&reader, text)
            .map_err(|message| {
                problems.push(FieldProblem { field: "at".to_owned(), message });
            })
            .ok(),
    };
    let teams = teams(&reader, asked.unwrap_or_else(|| reader.now()));
    let page = OnCallPage {
        shell: reader.shell("On-call", Section::OnCall).await?,
        uncovered: teams.iter().flat_map(|team| &team.rows).filter(|row| row.now.is_empty()).count(),
        teams,
        at: query.text("at").to_owned(),
        asked: asked.map(|at| reader.when(at)),
        problems,
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
    };
    if page.problems.is_empty() { reader.show(&page) } else { reader.refuse(&page) }
}

/// A moment as a form sends it, where the reader is.
fn moment(reader: &Reader, text: &str) -> Result<Timestamp, String> {
    let outside = || format!("`{text}` lies outside of the calendar; use a year from 1 to 9999");
    Moment::read(text).and_then(|moment| moment.in_zone(reader.zone()).ok_or_else(outside))
}

/// All schedules.
pub(super) async fn schedules(reader: Reader) -> Reply {
    let page = SchedulesPage {
        shell: reader.shell("Schedules", Section::OnCall).await?,
        teams: teams(&reader, reader.now()),
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

fn teams(reader: &Reader, at: Timestamp) -> Vec<OnCallTeam> {
    let mut schedules: Vec<_> = reader.directory.schedules().collect();
    schedules.sort_by_key(|schedule| schedule.name.to_lowercase());
    let rows =
        schedules.into_iter().map(|schedule| (schedule.team, (schedule.team, row(reader, schedule, at)))).collect();
    let team = |(name, rows): (String, Vec<(Option<TeamId>, OnCallRow)>)| {
        let id = rows.first().and_then(|(team, _)| *team);
        let target = id.map(|team| Target::Team { team, skill: None });
        let paged = target.map(|target| reader.directory.targeted(&target, at)).unwrap_or_default();
        let people: Vec<UserId> = paged.into_iter().map(|one| one.user).collect();
        OnCallTeam { name, now: reader.people(&people), rows: rows.into_iter().map(|(_, row)| row).collect() }
    };
    by_team(reader, rows).into_iter().map(team).collect()
}

/// One schedule in the table, at a moment.
pub(super) fn row(reader: &Reader, schedule: &Schedule, now: Timestamp) -> OnCallRow {
    let change = schedule.next_change(now);
    let gaps = schedule.gaps(now, now.checked_add(AHEAD).unwrap_or(Timestamp::MAX));
    OnCallRow {
        schedule: view::schedule_anchor(schedule),
        now: reader.people(&schedule.on_call(now)),
        reached: reached(reader, &schedule.on_call(now)),
        shadows: reader.people(&schedule.shadows(now)),
        until: change.map(|at| reader.when(at)),
        next: change.map(|at| reader.people(&schedule.on_call(at))).unwrap_or_default(),
        next_until: change.and_then(|at| schedule.next_change(at)).map(|at| reader.when(at)),
        gap: gaps.first().map(|gap| reader.when(gap.starts)),
        policies: paging_by(&reader.directory, schedule.id).map(view::policy_anchor).collect(),
    }
}

/// People, with how each is reached as far as the reader may know.
pub(super) fn reached(reader: &Reader, people: &[UserId]) -> Vec<PagedNow> {
    let ways = |id| reach::said(&reach::ways(&reader.directory, &reader.visitor, id));
    people.iter().map(|id| PagedNow { person: reader.person(*id), ways: ways(*id) }).collect()
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
