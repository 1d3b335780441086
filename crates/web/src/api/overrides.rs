//! Overrides: somebody on call instead of whoever the schedule says, for a while.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::declaration::OverrideDocument;
use allclear_core::directory::{Change, Directory, Kind, Object};
use allclear_core::id::{OverrideId, UserId};
use allclear_core::schedule::{Override, Schedule};
use allclear_core::zone::Zone;
use allclear_engine::Draft;
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::directory::version;
use super::etag::Precondition;
use super::extract::{Asker, Body, Params, missing};
use super::on_call::schedule;
use super::page::{Listed, Page, Paging};
use super::parts::{Reference, named};
use crate::gate::Access::May;
use crate::problem::{FieldError, Problem};

pub(super) fn mount(api: Api) -> Api {
    let manage = May(Permission::Manage(Kind::Schedule));
    api.on(May(Permission::View), routes!(list_overrides))
        .on(manage, routes!(add_override))
        .on(manage, routes!(remove_override))
}

/// An override of a schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Override)]
struct OverrideView {
    /// Its identity.
    #[schema(value_type = String, example = "ovr_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: OverrideId,
    /// Who is on call instead.
    user: Reference,
    /// Instead of whom, wherever they would be on call; instead of everybody where left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<Reference>,
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
}

impl OverrideView {
    fn of(directory: &Directory, cover: &Override) -> Self {
        let user = Reference::person(directory, cover.user);
        let replaces = cover.replaces.map(|replaced| Reference::person(directory, replaced));
        Self { id: cover.id, user, replaces, starts: cover.starts, ends: cover.ends }
    }
}

/// Who is to be on call instead, and when.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its description is used: it is read as the document of files")]
struct NewOverride {
    /// Who, by their slug.
    user: String,
    /// Instead of whom, by their slug; instead of everybody where left out.
    replaces: Option<String>,
    /// From when: `2026-12-24 18:00` in the schedule's zone, or `2026-12-24T17:00:00Z`.
    #[schema(example = "2026-12-24 18:00")]
    starts: String,
    /// Until when, written like the start.
    #[schema(example = "2026-12-25 09:00")]
    ends: String,
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OverrideParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// List the overrides of a schedule
///
/// The one added last first: of several that cover a moment, it decides.
#[utoipa::path(
    get, path = "/api/v1/schedules/{schedule}/overrides", tag = "On call", operation_id = "listOverrides",
    params(("schedule" = String, Path, description = "Its slug"), OverrideParams),
    responses((status = 200, description = "A page of overrides.", body = Page<OverrideView>,
               headers(("ETag" = String, description = "The version of the schedule"))))
)]
async fn list_overrides(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Path(slug): Path<String>,
    Params(params): Params<OverrideParams>,
) -> Result<Listed<OverrideView>, Problem> {
    let paging = Paging::<OverrideId>::new(uri, params.cursor, params.limit)?;
    let schedule = schedule(&asker.directory, &slug)?;
    let before = match paging.after {
        None => schedule.overrides.len(),
        Some(after) => schedule.overrides.iter().rposition(|cover| cover.id == after).ok_or_else(|| {
            let message =
                format!("the override `{after}` is not there any more; begin the list again without a cursor");
            Problem::field("cursor", message)
        })?,
    };
    let rest = &schedule.overrides[..before];
    let found: Vec<&Override> = rest.iter().rev().take(paging.count()).collect();
    let version = version(&asker.directory, &Object::from(Schedule::clone(schedule)));
    let listed = paging.page(found, |cover| cover.id.to_string(), |cover| OverrideView::of(&asker.directory, cover));
    Ok(listed.of_version(version))
}

/// Add an override
#[utoipa::path(
    post, path = "/api/v1/schedules/{schedule}/overrides", tag = "On call", operation_id = "addOverride",
    params(("schedule" = String, Path, description = "Its slug"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    request_body = NewOverride,
    responses((status = 201, description = "The override.", body = OverrideView,
               headers(("ETag" = String, description = "The version of the schedule"))),
              (status = 412, description = "Somebody has changed the schedule since.", body = Problem))
)]
async fn add_override(
    asker: Asker,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Body(wanted): Body<OverrideDocument>,
) -> Result<Response, Problem> {
    let precondition = Precondition::of(&headers);
    let id = OverrideId::new(asker.engine().maker().id(asker.now()));
    let plan = |directory: &Directory| {
        let mut schedule = unchanged(directory, &slug, &precondition)?;
        let cover = read(directory, &schedule.time_zone, id, &wanted)?;
        schedule.overrides.push(cover.clone());
        Ok::<_, Problem>(Draft { changes: vec![put(schedule)], keys: Vec::new(), passed: cover })
    };
    let (directory, cover) = asker.engine().change(asker.actor(), plan).await?;
    let version = version(&directory, &Object::from(Schedule::clone(schedule(&directory, &slug)?)));
    Ok((StatusCode::CREATED, [(ETAG, version)], Json(OverrideView::of(&directory, &cover))).into_response())
}

/// The schedule of a slug, to be changed, if it is the version that was meant.
fn unchanged(directory: &Directory, slug: &str, precondition: &Precondition) -> Result<Schedule, Problem> {
    let schedule = Schedule::clone(schedule(directory, slug)?);
    precondition.check(Some(&version(directory, &Object::from(schedule.clone()))))?;
    Ok(schedule)
}

fn put(schedule: Schedule) -> Change {
    Change::Put(allclear_core::directory::Object::Schedule(Arc::new(schedule)))
}

fn read(directory: &Directory, zone: &Zone, id: OverrideId, wanted: &OverrideDocument) -> Result<Override, Problem> {
    let user = named(directory, Kind::User, "user", &wanted.user)?;
    let replaced = wanted.replaces.as_ref().map(|slug| named(directory, Kind::User, "replaces", slug)).transpose()?;
    let (user, replaces) = (UserId::new(user.uuid()), replaced.map(|replaced| UserId::new(replaced.uuid())));
    if replaces == Some(user) {
        let message = "they would replace themselves; name somebody else, or leave it out for everybody";
        return Err(Problem::field("replaces", message));
    }
    let moment = |field: &str, moment: allclear_core::declaration::Moment| {
        let outside = "it lies outside of the calendar; use a year from 1 to 9999";
        moment.in_zone(zone).ok_or_else(|| FieldError { field: field.to_owned(), message: outside.to_owned() })
    };
    match (moment("starts", wanted.starts.0), moment("ends", wanted.ends.0)) {
        (Ok(starts), Ok(ends)) if starts < ends => Ok(Override { id, user, replaces, starts, ends }),
        (Ok(starts), Ok(ends)) => {
            Err(Problem::field("ends", format!("{ends} is not after the start, {starts}; make it later")))
        }
        (starts, ends) => Err(Problem::invalid([starts.err(), ends.err()].into_iter().flatten().collect())),
    }
}

/// Remove an override
#[utoipa::path(
    delete, path = "/api/v1/schedules/{schedule}/overrides/{override}", tag = "On call", operation_id = "removeOverride",
    params(("schedule" = String, Path, description = "Its slug"), ("override" = String, Path, description = "`ovr_…`"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    responses((status = 204, description = "It is gone."),
              (status = 412, description = "Somebody has changed the schedule since.", body = Problem))
)]
async fn remove_override(
    asker: Asker,
    Path((slug, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let precondition = Precondition::of(&headers);
    let gone: OverrideId = id.parse().map_err(|_| missing("override", &id))?;
    let plan = |directory: &Directory| {
        let mut schedule = unchanged(directory, &slug, &precondition)?;
        let place = schedule.overrides.iter().position(|cover| cover.id == gone);
        schedule.overrides.remove(place.ok_or_else(|| missing("override", &id))?);
        Ok::<_, Problem>(Draft { changes: vec![put(schedule)], keys: Vec::new(), passed: () })
    };
    asker.engine().change(asker.actor(), plan).await?;
    Ok(StatusCode::NO_CONTENT)
}
