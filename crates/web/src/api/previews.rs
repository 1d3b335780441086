//! What a change of a schedule would change, before it is made.

use allclear_core::access::Permission;
use allclear_core::declaration::Options;
use allclear_core::directory::{Change, Directory, Kind, Object};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use allclear_core::schedule_change::{Changes, diff};
use axum::Json;
use axum::extract::Path;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::directory::{ScheduleDocument, located, read, refused};
use super::extract::{Asker, Body, Params};
use super::on_call::{ShiftParams, range, schedule};
use super::parts::Reference;
use crate::gate::Access::May;
use crate::problem::Problem;

/// How far it looks where nothing else is said: four weeks.
const USUAL: SignedDuration = SignedDuration::from_hours(28 * 24);

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(preview_schedule))
}

/// What would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScheduleChanges)]
struct ChangesView {
    /// From this moment.
    from: Timestamp,
    /// Until just before this one.
    until: Timestamp,
    /// Everybody whose hours change.
    people: Vec<PersonView>,
    /// When nobody would be on call, and somebody is so far.
    gaps_opened: Vec<PeriodView>,
    /// When somebody would be on call, and nobody is so far.
    gaps_closed: Vec<PeriodView>,
}

/// What would change for one person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScheduleChangeOfPerson)]
struct PersonView {
    /// Who.
    user: Reference,
    /// When they would be on call and are not so far.
    gains: Vec<PeriodView>,
    /// When they are on call so far and would not be.
    loses: Vec<PeriodView>,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stretch)]
struct PeriodView {
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
}

fn periods(all: &[Period]) -> Vec<PeriodView> {
    all.iter().map(|one| PeriodView { starts: one.starts, ends: one.ends }).collect()
}

impl ChangesView {
    fn of(directory: &Directory, found: &Changes, range: Period) -> Self {
        let person = |change: &allclear_core::schedule_change::PersonChange| PersonView {
            user: Reference::person(directory, change.user),
            gains: periods(&change.gains),
            loses: periods(&change.loses),
        };
        Self {
            from: range.starts,
            until: range.ends,
            people: found.people.iter().map(person).collect(),
            gaps_opened: periods(&found.opened),
            gaps_closed: periods(&found.closed),
        }
    }
}

/// See what a change of a schedule would change
///
/// Who gains and who loses which hours, and which gaps appear or vanish, if this document took its place. Nothing is
/// saved. The next four weeks, where no other range is asked for.
#[utoipa::path(
    post, path = "/api/v1/schedules/{schedule}/preview", tag = "On call", operation_id = "previewSchedule",
    params(("schedule" = String, Path, description = "Its slug"), ShiftParams),
    request_body = ScheduleDocument,
    responses((status = 200, description = "What would change.", body = ChangesView))
)]
async fn preview_schedule(
    asker: Asker,
    Path(slug): Path<String>,
    Params(params): Params<ShiftParams>,
    Body(fields): Body<Map<String, Value>>,
) -> Result<Json<ChangesView>, Problem> {
    let directory = &asker.directory;
    let documents = [located(read(Kind::Schedule, &slug, fields)?)];
    let before = schedule(directory, &slug)?;
    let (from, until) = range(&asker, &params.or_for(&asker, USUAL))?;
    let planned = asker.engine().plan_on(directory, &documents, Options::default()).map_err(refused)?;
    let after = planned.changes().into_iter().find_map(|change| match change {
        Change::Put(Object::Schedule(schedule)) if schedule.id == before.id => Some(schedule),
        Change::Put(_) | Change::Remove(..) | Change::Organisation(_) => None,
    });
    let after: &Schedule = after.as_deref().unwrap_or(before);
    let range = Period { starts: from, ends: until };
    Ok(Json(ChangesView::of(directory, &diff(before, after, range), range)))
}
