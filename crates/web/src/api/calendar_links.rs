//! Secret links by which calendar programs read shifts.

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Object};
use allclear_core::id::CalendarLinkId;
use allclear_store::calendar_links::CalendarLink;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, missing};
use super::on_call::schedule;
use super::parts::Reference;
use crate::calendar_links::{list, make, revoke};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let (manage, own) = (May(Permission::Manage(Kind::Schedule)), May(Permission::ManageOwnProfile));
    api.on(manage, routes!(list_calendar_links))
        .on(manage, routes!(make_calendar_link))
        .on(manage, routes!(revoke_calendar_link))
        .on(own, routes!(list_own_calendar_links))
        .on(own, routes!(make_own_calendar_link))
        .on(own, routes!(revoke_own_calendar_link))
}

/// A link; its address is not known any more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CalendarLink)]
struct CalendarLinkView {
    /// Its identity.
    #[schema(value_type = String, example = "cal_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: CalendarLinkId,
    /// Who made it; nothing where a program did.
    #[serde(skip_serializing_if = "Option::is_none")]
    made_by: Option<Reference>,
    /// When it was made.
    created_at: Timestamp,
    /// When a calendar program read it for the last time, give or take five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
}

/// The links of a schedule or a person.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarLinks {
    /// Each of them, newest first.
    items: Vec<CalendarLinkView>,
}

/// A new link, with its address.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedCalendarLink {
    #[serde(flatten)]
    link: CalendarLinkView,
    /// What to give to a calendar program. It is shown only now.
    #[schema(example = "https://allclear.example.com/calendars/cal_….ics")]
    address: String,
}

impl CalendarLinkView {
    fn of(asker: &Asker, link: CalendarLink) -> Self {
        let made_by = link.made_by.map(|user| Reference::person(&asker.directory, user));
        Self { id: link.id, made_by, created_at: link.created_at, used_at: link.used_at }
    }
}

type Created = Result<(StatusCode, Json<CreatedCalendarLink>), Problem>;

async fn all(asker: &Asker, about: &Object) -> Result<Json<CalendarLinks>, Problem> {
    let found = list(asker.engine(), about.uuid()).await?;
    Ok(Json(CalendarLinks { items: found.into_iter().map(|link| CalendarLinkView::of(asker, link)).collect() }))
}

async fn create(asker: &Asker, about: &Object) -> Created {
    let made_by = asker.visitor.user.as_ref().map(|user| user.id);
    let (link, address) = make(asker.engine(), asker.actor(), made_by, about).await?;
    Ok((StatusCode::CREATED, Json(CreatedCalendarLink { link: CalendarLinkView::of(asker, link), address })))
}

async fn remove(asker: &Asker, about: &Object, text: &str) -> Result<StatusCode, Problem> {
    let missing = || missing("calendar link", text);
    let id: CalendarLinkId = text.parse().map_err(|_| missing())?;
    let revoked = revoke(asker.engine(), asker.actor(), about, id).await?;
    revoked.then_some(StatusCode::NO_CONTENT).ok_or_else(missing)
}

fn of_schedule(asker: &Asker, slug: &str) -> Result<Object, Problem> {
    schedule(&asker.directory, slug).map(|schedule| schedule.clone().into())
}

fn own(asker: &Asker) -> Result<Object, Problem> {
    asker.person().map(|person| Object::User(person.clone()))
}

/// List the calendar links of a schedule
#[utoipa::path(
    get, path = "/api/v1/schedules/{schedule}/calendar-links", tag = "On call", operation_id = "listCalendarLinks",
    params(("schedule" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The links.", body = CalendarLinks))
)]
async fn list_calendar_links(asker: Asker, Path(slug): Path<String>) -> Result<Json<CalendarLinks>, Problem> {
    all(&asker, &of_schedule(&asker, &slug)?).await
}

/// Make a calendar link of a schedule
///
/// Whoever has its address reads the shifts of the schedule as iCalendar (RFC 5545), until it is revoked.
#[utoipa::path(
    post, path = "/api/v1/schedules/{schedule}/calendar-links", tag = "On call", operation_id = "makeCalendarLink",
    params(("schedule" = String, Path, description = "Its slug")),
    responses((status = 201, description = "The link, with its address.", body = CreatedCalendarLink))
)]
async fn make_calendar_link(asker: Asker, Path(slug): Path<String>) -> Created {
    create(&asker, &of_schedule(&asker, &slug)?).await
}

/// Revoke a calendar link of a schedule
#[utoipa::path(
    delete, path = "/api/v1/schedules/{schedule}/calendar-links/{link}", tag = "On call",
    operation_id = "revokeCalendarLink",
    params(("schedule" = String, Path, description = "Its slug"), ("link" = String, Path, description = "`cal_…`")),
    responses((status = 204, description = "It opens nothing any more."))
)]
async fn revoke_calendar_link(asker: Asker, Path((slug, id)): Path<(String, String)>) -> Result<StatusCode, Problem> {
    remove(&asker, &of_schedule(&asker, &slug)?, &id).await
}

/// List your calendar links
#[utoipa::path(
    get, path = "/api/v1/me/calendar-links", tag = "Me", operation_id = "listOwnCalendarLinks",
    responses((status = 200, description = "The links.", body = CalendarLinks))
)]
async fn list_own_calendar_links(asker: Asker) -> Result<Json<CalendarLinks>, Problem> {
    all(&asker, &own(&asker)?).await
}

/// Make a calendar link of your own
///
/// Whoever has its address reads your shifts by all schedules as iCalendar (RFC 5545), until it is revoked.
#[utoipa::path(
    post, path = "/api/v1/me/calendar-links", tag = "Me", operation_id = "makeOwnCalendarLink",
    responses((status = 201, description = "The link, with its address.", body = CreatedCalendarLink))
)]
async fn make_own_calendar_link(asker: Asker) -> Created {
    create(&asker, &own(&asker)?).await
}

/// Revoke a calendar link of your own
#[utoipa::path(
    delete, path = "/api/v1/me/calendar-links/{link}", tag = "Me", operation_id = "revokeOwnCalendarLink",
    params(("link" = String, Path, description = "`cal_…`")),
    responses((status = 204, description = "It opens nothing any more."))
)]
async fn revoke_own_calendar_link(asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    remove(&asker, &own(&asker)?, &id).await
}
