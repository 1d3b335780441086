//! `/schedules/{slug}`

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::id::UserId;
use allclear_core::schedule::Schedule;
use axum::extract::Path;
use jiff::Timestamp;

use super::super::form::{Form, Problems};
use super::super::on_call::{AHEAD, paging_by};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use super::{chart, conflicts, holidays, overrides};
use crate::pages::{Choice, OverrideForm, OverrideRow, SchedulePage, Section, Turn};
use crate::problem::Problem;

/// How many turns are listed.
const TURNS: usize = 60;

/// The page.
pub(in crate::routes) async fn one(reader: Reader, Path(slug): Path<String>) -> Reply {
    let schedule = super::find(&reader, &slug)?;
    let page = page(&reader, schedule, &Form::default(), Problems::default()).await?;
    reader.show(&page)
}

/// The page with the form for an override as it was typed.
pub(super) async fn page(
    reader: &Reader,
    schedule: &Schedule,
    form: &Form,
    problems: Problems,
) -> Result<SchedulePage, Problem> {
    let now = reader.now();
    let mut planned: Vec<_> = schedule.overrides.iter().filter(|one| one.ends > now).collect();
    planned.sort_by_key(|one| one.starts);
    Ok(SchedulePage {
        shell: reader.shell(schedule.name.clone(), Section::OnCall).await?,
        name: schedule.name.clone(),
        slug: schedule.slug.clone(),
        team: view::team(&reader.directory, schedule.team),
        zone: schedule.time_zone.to_string(),
        now: reader.people(&schedule.on_call(now)),
        shadows: reader.people(&schedule.shadows(now)),
        until: schedule.next_change(now).map(|at| reader.when(at)),
        chart: chart::chart(reader, schedule),
        turns: turns(reader, schedule),
        conflicts: conflicts::rows(reader, schedule),
        holidays: holidays::rows(reader, schedule),
        calendar_links: super::super::calendar_links::of_schedule(reader, schedule).await?,
        overrides: planned
            .into_iter()
            .map(|one| OverrideRow {
                remove: format!("/schedules/{}/overrides/{}/remove", schedule.slug, one.id),
                person: reader.person(one.user),
                replaces: one.replaces.map(|replaced| reader.person(replaced).name),
                starts: reader.when(one.starts),
                ends: reader.when(one.ends),
            })
            .collect(),
        override_form: override_form(reader, schedule, form, problems),
        policies: paging_by(&reader.directory, schedule.id).map(view::policy_anchor).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
        may_override: overrides::may(reader, schedule),
    })
}

fn override_form(reader: &Reader, schedule: &Schedule, form: &Form, problems: Problems) -> OverrideForm {
    let chosen = form.text("user");
    let mut people = vec![Choice::new("", "Choose somebody", chosen.is_empty())];
    let present = reader.directory.users().filter(|user| !user.suspended);
    people.extend(present.map(|user| {
        let is_reader = if user.id == reader.user.id { " (you)" } else { "" };
        Choice::new(&user.slug, format!("{}{is_reader}", user.name), user.slug == chosen)
    }));
    let replaced = form.text("replaces");
    let mut replaces = vec![Choice::new("", "Everybody who is on call", replaced.is_empty())];
    let takes_turns =
        |user: UserId| schedule.layers.iter().any(|layer| layer.participants.iter().any(|crew| crew.has(user)));
    let on_schedule = reader.directory.users().filter(|user| takes_turns(user.id));
    replaces
        .extend(on_schedule.map(|user| Choice::new(&user.slug, format!("{} only", user.name), user.slug == replaced)));
    OverrideForm {
        people,
        replaces,
        starts: form.text("starts").to_owned(),
        ends: form.text("ends").to_owned(),
        problems: problems.into_list(),
    }
}

/// The turns of the next four weeks, and the gaps between them.
fn turns(reader: &Reader, schedule: &Schedule) -> Vec<Turn> {
    let now = reader.now();
    let until = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let shifts = schedule.shifts(now, until).into_iter().map(|shift| {
        let why = chart::why(reader, schedule, &shift);
        let people: Vec<UserId> = shift.users().collect();
        (shift.starts, shift.ends, reader.people(&people), why)
    });
    let gaps = schedule.gaps(now, until).into_iter().map(|gap| (gap.starts, gap.ends, Vec::new(), String::new()));
    let mut all: Vec<_> = shifts.chain(gaps).collect();
    all.sort_by_key(|(starts, ..)| *starts);
    all.truncate(TURNS);
    let turn = |(starts, ends, who, why)| Turn { starts: reader.when(starts), ends: reader.when(ends), who, why };
    all.into_iter().map(turn).collect()
}
