//! Secret links to calendars of shifts: on the pages of schedules and people, and the calendars themselves.

use allclear_core::access::Permission;
use allclear_core::calendar;
use allclear_core::directory::{Kind, Object, User};
use allclear_core::hex;
use allclear_core::id::CalendarLinkId;
use allclear_core::schedule::Schedule;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};

use super::flash::Flash;
use super::form::Form;
use super::reader::Reader;
use super::reply::Reply;
use crate::api::Precondition;
use crate::app::App;
use crate::calendar_links::{list, make, open, revoke};
use crate::pages::{CalendarLinkPage, CalendarLinkRow, CalendarLinks, Section};
use crate::problem::Problem;

/// `/calendars/{file}`: for calendar programs. Nothing about it depends on who asks.
pub(super) async fn feed(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Reply {
    let gone = || Problem::new(StatusCode::NOT_FOUND, "There is no such calendar. Its link may have been revoked.");
    let secret = file.strip_suffix(".ics").ok_or_else(gone)?;
    let feed = open(app.engine(), secret).await?.ok_or_else(gone)?;
    let text = tokio::task::spawn_blocking(move || calendar::write(&feed)).await.map_err(|error| {
        tracing::error!(%error, "a calendar could not be written");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The calendar could not be written. See the log.")
    })?;
    let etag = format!("\"{}\"", hex(&Sha256::digest(text.as_bytes())[..12]));
    let value = HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\""));
    let known = Precondition::of(&headers).is_known(&etag);
    let cache = (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if known {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, value), cache]).into_response());
    }
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    Ok(([(ETAG, value), cache, kind], text).into_response())
}

/// What a page shows of the links to the calendar of a schedule or a person.
async fn links(reader: &Reader, about: &Object, base: String, may: bool) -> Result<CalendarLinks, Problem> {
    let found = if may { list(reader.engine(), about.uuid()).await? } else { Vec::new() };
    let row = |link: allclear_store::calendar_links::CalendarLink| CalendarLinkRow {
        remove: format!("{base}/{}/revoke", link.id),
        made_by: link.made_by.map(|user| reader.person(user)),
        made: reader.when(link.created_at),
        opened: link.used_at.map(|at| reader.when(at)),
    };
    Ok(CalendarLinks { rows: found.into_iter().map(row).collect(), base, may })
}

/// The links to the calendar of a schedule: whoever takes turns on it and whoever manages schedules sees them.
pub(super) async fn of_schedule(reader: &Reader, schedule: &Schedule) -> Result<CalendarLinks, Problem> {
    let about = Object::from(schedule.clone());
    let base = format!("/schedules/{}/calendar-links", schedule.slug);
    links(reader, &about, base, may_share(reader, schedule)).await
}

/// The links to the calendar of a person: theirs alone.
pub(super) async fn of_person(reader: &Reader, person: &User) -> Result<CalendarLinks, Problem> {
    let about = Object::from(person.clone());
    let base = format!("/people/{}/calendar-links", person.slug);
    links(reader, &about, base, person.id == reader.user.id && reader.may(Permission::ManageOwnProfile)).await
}

fn may_share(reader: &Reader, schedule: &Schedule) -> bool {
    reader.may(Permission::Manage(Kind::Schedule))
        || (reader.may(Permission::ManageOwnProfile) && schedule.names(reader.user.id))
}

/// The schedule or the person of that name, if the reader may share their calendar.
fn found(reader: &Reader, kind: Kind, slug: &str) -> Result<Object, Problem> {
    let about = reader.directory.by_slug(kind, slug).cloned().ok_or_else(|| Problem::not_found(kind.word()))?;
    let may = match &about {
        Object::Schedule(schedule) => may_share(reader, schedule),
        Object::User(person) => person.id == reader.user.id,
        Object::Team(_) | Object::Policy(_) | Object::Service(_) | Object::Integration(_) => false,
    };
    if may { Ok(about) } else { Err(Problem::forbidden("share this calendar")) }
}

async fn made(reader: Reader, about: Object, back: String, section: Section) -> Reply {
    let (_, address) = make(reader.engine(), reader.actor(), Some(reader.user.id), &about).await?;
    let name = about.name().to_owned();
    // Shown by the answer itself, once: what is said after a redirect would be kept by the browser.
    let page = CalendarLinkPage { shell: reader.shell("Calendar link", section).await?, name, back, address };
    reader.show(&page)
}

async fn revoked(reader: Reader, about: Object, back: &str, id: &str) -> Reply {
    let missing = || Problem::not_found("calendar link");
    let id: CalendarLinkId = id.parse().map_err(|_| missing())?;
    if !revoke(reader.engine(), reader.actor(), &about, id).await? {
        return Err(missing());
    }
    let flash = Flash::good("The link is revoked: calendars that use it are refused.");
    Ok(reader.go_saying(back, &flash))
}

/// Makes a link to the calendar of a schedule.
pub(super) async fn share_schedule(reader: Reader, Path(slug): Path<String>, _: Form) -> Reply {
    let about = found(&reader, Kind::Schedule, &slug)?;
    made(reader, about, format!("/schedules/{slug}"), Section::OnCall).await
}

/// Makes a link to the calendar of the reader.
pub(super) async fn share_person(reader: Reader, Path(slug): Path<String>, _: Form) -> Reply {
    let about = found(&reader, Kind::User, &slug)?;
    made(reader, about, format!("/people/{slug}"), Section::People).await
}

/// Revokes a link to the calendar of a schedule.
pub(super) async fn revoke_of_schedule(reader: Reader, Path((slug, id)): Path<(String, String)>, _: Form) -> Reply {
    let about = found(&reader, Kind::Schedule, &slug)?;
    revoked(reader, about, &format!("/schedules/{slug}"), &id).await
}

/// Revokes a link to the calendar of the reader.
pub(super) async fn revoke_of_person(reader: Reader, Path((slug, id)): Path<(String, String)>, _: Form) -> Reply {
    let about = found(&reader, Kind::User, &slug)?;
    revoked(reader, about, &format!("/people/{slug}"), &id).await
}
