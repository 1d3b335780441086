//! `/schedules/{slug}`

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::id::UserId;
use allclear_core::schedule::Schedule;
use axum::extract::Path;

use super::super::form::{Form, Query};
use super::super::handoff;
use super::super::on_call::paging_by;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use super::shown::{Shown, Span};
use super::tones::Tones;
use super::{chart, conflicts, days, overrides};
use crate::pages::{ChangesShown, Choice, FieldProblem, OverrideForm, OverrideRow, SchedulePage, Section, Turn};
use crate::problem::Problem;

/// How many turns are listed.
const TURNS: usize = 60;

/// The page.
pub(in crate::routes) async fn one(reader: Reader, Path(slug): Path<String>, query: Query) -> Reply {
    let schedule = super::find(&reader, &slug)?;
    let shown = Shown::of_query(&reader, &query);
    let page = page(&reader, schedule, &shown, &Typed::default()).await?;
    if page.viewing.problems.is_empty() { reader.show(&page) } else { reader.refuse(&page) }
}

/// The form for an override as it was typed, and what came of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) form: Form,
    pub(super) changes: Option<ChangesShown>,
    pub(super) problems: Vec<FieldProblem>,
}

/// The page with the form for an override as it was typed.
pub(super) async fn page(
    reader: &Reader,
    schedule: &Schedule,
    shown: &Shown,
    typed: &Typed,
) -> Result<SchedulePage, Problem> {
    let now = reader.now();
    let (span, tones, clock) = (shown.span(reader), Tones::of_schedule(schedule), shown.clock(reader));
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
        until: schedule.next_change(now).map(|at| clock.when(at)),
        viewing: shown.viewing(reader, schedule),
        chart: chart::chart(reader, schedule, &span, &tones),
        days: days::days(reader, schedule, &span, &tones),
        turns: turns(reader, schedule, &span),
        conflicts: conflicts::rows(reader, schedule),
        overrides: planned
            .into_iter()
            .map(|one| OverrideRow {
                remove: format!("/schedules/{}/overrides/{}/remove", schedule.slug, one.id),
                person: reader.person(one.user),
                replaces: one.replaces.map(|replaced| reader.person(replaced).name),
                starts: clock.when(one.starts),
                ends: clock.when(one.ends),
            })
            .collect(),
        override_form: override_form(reader, schedule, typed),
        policies: paging_by(&reader.directory, schedule.id).map(view::policy_anchor).collect(),
        may_edit: reader.may(Permission::Manage(Kind::Schedule)),
        may_override: overrides::may(reader, schedule),
        duty: handoff::section(reader, schedule).await?,
    })
}

fn override_form(reader: &Reader, schedule: &Schedule, typed: &Typed) -> OverrideForm {
    let form = &typed.form;
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
        changes: typed.changes.clone(),
        problems: typed.problems.clone(),
    }
}

/// The turns of what is shown, and the gaps between them.
fn turns(reader: &Reader, schedule: &Schedule, span: &Span) -> Vec<Turn> {
    let shifts = schedule.shifts(span.from, span.until).into_iter().map(|shift| {
        let why = chart::why(reader, schedule, &shift);
        let people: Vec<UserId> = shift.users().collect();
        (shift.starts, shift.ends, reader.people(&people), why)
    });
    let gaps = schedule.gaps(span.from, span.until).into_iter();
    let gaps = gaps.map(|gap| (gap.starts, gap.ends, Vec::new(), String::new()));
    let mut all: Vec<_> = shifts.chain(gaps).collect();
    all.sort_by_key(|(starts, ..)| *starts);
    all.truncate(TURNS);
    let when = |at| span.clock.when(at);
    let turn = |(starts, ends, who, why)| Turn { starts: when(starts), ends: when(ends), who, why };
    all.into_iter().map(turn).collect()
}
