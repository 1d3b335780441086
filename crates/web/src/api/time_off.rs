//! Time off: the days on which people are not to be counted on.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::declaration::{Text, TimeOffDocument};
use allclear_core::directory::{Change, Directory, Kind, Object, TimeOff, User};
use allclear_core::id::{TimeOffId, UserId};
use allclear_engine::Draft;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Body, missing};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let (own, manage) = (May(Permission::ManageOwnProfile), May(Permission::Manage(Kind::Schedule)));
    api.on(May(Permission::View), routes!(list_time_off))
        .on(manage, routes!(add_time_off))
        .on(manage, routes!(remove_time_off))
        .on(own, routes!(add_own_time_off))
        .on(own, routes!(remove_own_time_off))
}

/// All times off of a person.
#[derive(Debug, Serialize, ToSchema)]
struct TimesOff {
    /// By their first day.
    items: Vec<TimeOffView>,
}

/// Some days off, in the zone in which the person lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeOff)]
struct TimeOffView {
    /// Its identity.
    #[schema(value_type = String, example = "off_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: TimeOffId,
    /// The first day.
    #[schema(value_type = String, format = Date, example = "2026-12-24")]
    from: Date,
    /// The last day.
    #[schema(value_type = String, format = Date, example = "2026-12-31")]
    until: Date,
    /// What its owner says about it.
    note: String,
}

impl TimeOffView {
    fn of(off: &TimeOff) -> Self {
        Self { id: off.id, from: off.from, until: off.until, note: off.note.clone() }
    }
}

/// Days off to be added.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "only its description is used: it is read as the document of files")]
struct NewTimeOff {
    /// The first day.
    #[schema(example = "2026-12-24")]
    from: String,
    /// The last day; the first where left out.
    #[schema(example = "2026-12-31")]
    until: Option<String>,
    /// What to say about it; everybody may read it.
    note: Option<String>,
}

fn person<'a>(directory: &'a Directory, slug: &str) -> Result<&'a Arc<User>, Problem> {
    match directory.by_slug(Kind::User, slug) {
        Some(Object::User(user)) => Ok(user),
        Some(_) | None => Err(missing("user", slug)),
    }
}

/// List somebody's time off
#[utoipa::path(
    get, path = "/api/v1/users/{user}/time-off", tag = "On call", operation_id = "listTimeOff",
    params(("user" = String, Path, description = "Their slug")),
    responses((status = 200, description = "Their time off.", body = TimesOff))
)]
async fn list_time_off(asker: Asker, Path(slug): Path<String>) -> Result<Json<TimesOff>, Problem> {
    let mut items: Vec<_> = person(&asker.directory, &slug)?.time_off.iter().map(TimeOffView::of).collect();
    items.sort_by_key(|off| off.from);
    Ok(Json(TimesOff { items }))
}

/// Add time off for somebody
///
/// Where they are on call then, the schedule's conflicts and Readiness say so.
#[utoipa::path(
    post, path = "/api/v1/users/{user}/time-off", tag = "On call", operation_id = "addTimeOff",
    params(("user" = String, Path, description = "Their slug")), request_body = NewTimeOff,
    responses((status = 201, description = "The time off.", body = TimeOffView))
)]
async fn add_time_off(
    asker: Asker,
    Path(slug): Path<String>,
    Body(new): Body<TimeOffDocument>,
) -> Result<(StatusCode, Json<TimeOffView>), Problem> {
    let user = person(&asker.directory, &slug)?.id;
    add(&asker, user, new).await
}

/// Add time off of yours
///
/// Where you are on call then, the schedule's conflicts and Readiness say so.
#[utoipa::path(
    post, path = "/api/v1/me/time-off", tag = "Me", operation_id = "addOwnTimeOff", request_body = NewTimeOff,
    responses((status = 201, description = "The time off.", body = TimeOffView))
)]
async fn add_own_time_off(
    asker: Asker,
    Body(new): Body<TimeOffDocument>,
) -> Result<(StatusCode, Json<TimeOffView>), Problem> {
    let user = asker.person()?.id;
    add(&asker, user, new).await
}

async fn add(asker: &Asker, user: UserId, new: TimeOffDocument) -> Result<(StatusCode, Json<TimeOffView>), Problem> {
    let TimeOffDocument { from: Text(from), until, note } = new;
    let until = until.map_or(from, |Text(until)| until);
    if until < from {
        return Err(Problem::field("until", format!("{until} is before the first day, {from}; make it later")));
    }
    let off = TimeOff { id: TimeOffId::new(asker.engine().maker().id(asker.now())), from, until, note };
    change(asker, user, |person| {
        person.time_off.push(off.clone());
        Ok(())
    })
    .await?;
    Ok((StatusCode::CREATED, Json(TimeOffView::of(&off))))
}

/// Remove time off of somebody
#[utoipa::path(
    delete, path = "/api/v1/users/{user}/time-off/{off}", tag = "On call", operation_id = "removeTimeOff",
    params(("user" = String, Path, description = "Their slug"), ("off" = String, Path, description = "`off_…`")),
    responses((status = 204, description = "It is gone."))
)]
async fn remove_time_off(asker: Asker, Path((slug, id)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    let user = person(&asker.directory, &slug)?.id;
    remove(&asker, user, &id).await
}

/// Remove time off of yours
#[utoipa::path(
    delete, path = "/api/v1/me/time-off/{off}", tag = "Me", operation_id = "removeOwnTimeOff",
    params(("off" = String, Path, description = "`off_…`")),
    responses((status = 204, description = "It is gone."))
)]
async fn remove_own_time_off(asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let user = asker.person()?.id;
    remove(&asker, user, &id).await
}

async fn remove(asker: &Asker, user: UserId, id: &str) -> Result<StatusCode, Problem> {
    change(asker, user, |person| {
        let place = person.time_off.iter().position(|off| off.id.to_string() == id);
        person.time_off.remove(place.ok_or_else(|| missing("time off", id))?);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(asker: &Asker, user: UserId, edit: impl Fn(&mut User) -> Result<(), Problem>) -> Result<(), Problem> {
    let plan = |directory: &Directory| {
        let known = directory.user(user).ok_or_else(|| Problem::not_found("such person any more"))?;
        let mut person = User::clone(known);
        edit(&mut person)?;
        let changes = vec![Change::Put(Object::User(Arc::new(person)))];
        Ok::<_, Problem>(Draft { changes, keys: Vec::new(), passed: () })
    };
    asker.engine().change(asker.actor(), plan).await.map(|_| ())
}
