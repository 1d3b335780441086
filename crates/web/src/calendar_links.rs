//! Secret links by which calendar programs read shifts: made, shown once, opened, revoked. For the pages and the API.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::calendar::{self, Feed};
use allclear_core::directory::{Directory, Object};
use allclear_core::id::{CalendarLinkId, UserId};
use allclear_core::limits;
use allclear_engine::Engine;
use allclear_store::audit;
use allclear_store::calendar_links::{self as stored, CalendarLink};
use jiff::Timestamp;
use uuid::Uuid;

use crate::auth::digest;
use crate::problem::Problem;

/// What all secrets begin with, so that secret scanners find them where they do not belong.
const PREFIX: &str = "cal_";
const LETTERS: usize = 40;

/// Makes a link to the shifts of a schedule or a person. Returns it with its address, which is shown once.
///
/// # Errors
/// When there are too many already.
pub(crate) async fn make(
    engine: &Engine,
    actor: Actor,
    made_by: Option<UserId>,
    about: &Object,
) -> Result<(CalendarLink, String), Problem> {
    let now = engine.now();
    let secret = format!("{PREFIX}{}", engine.maker().text(LETTERS));
    let (kind, subject, name) = (about.kind(), about.uuid(), about.name().to_owned());
    let id = CalendarLinkId::new(engine.maker().id(now));
    let link = CalendarLink { id, kind, subject, made_by, created_at: now, used_at: None };
    let most = limits::CALENDAR_LINKS;
    let written = engine.database().write((link.clone(), digest(&secret)), move |(link, digest), tx| {
        let fact = AuditFact::CalendarLinkMade { kind, id: subject, name: name.clone() };
        Box::pin(async move {
            if stored::of_subject(tx, subject, most as i64).await?.len() >= most {
                return Ok(false);
            }
            stored::create(tx, link, digest).await?;
            audit::append(tx, now, actor, vec![fact]).await?;
            Ok(true)
        })
    });
    if !written.await? {
        let message = format!("there are {most} links already, and no more are possible; revoke one that nobody needs");
        return Err(Problem::field("calendar_links", message));
    }
    let base = engine.directory().organisation.address.clone();
    let base = base.unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    Ok((link, format!("{}/calendars/{secret}.ics", base.trim_end_matches('/'))))
}

/// The links of a schedule or a person, newest first.
///
/// # Errors
/// Whatever the database says.
pub(crate) async fn list(engine: &Engine, subject: Uuid) -> allclear_store::Result<Vec<CalendarLink>> {
    let most = limits::CALENDAR_LINKS as i64;
    engine
        .database()
        .read(subject, move |subject, tx| Box::pin(async move { stored::of_subject(tx, *subject, most).await }))
        .await
}

/// Revokes a link of a schedule or a person; false where it has no such link.
///
/// # Errors
/// Whatever the database says.
pub(crate) async fn revoke(
    engine: &Engine,
    actor: Actor,
    about: &Object,
    id: CalendarLinkId,
) -> allclear_store::Result<bool> {
    let now = engine.now();
    let (kind, subject, name) = (about.kind(), about.uuid(), about.name().to_owned());
    if !list(engine, subject).await?.iter().any(|link| link.id == id) {
        return Ok(false);
    }
    let written = engine.database().write(id, move |id, tx| {
        let fact = AuditFact::CalendarLinkRevoked { kind, id: subject, name: name.clone() };
        Box::pin(async move {
            let revoked = stored::revoke(tx, *id).await?;
            if revoked {
                audit::append(tx, now, actor, vec![fact]).await?;
            }
            Ok(revoked)
        })
    });
    written.await
}

/// The calendar that a secret opens. None where it was revoked, and where what it is about or whoever made it is gone.
///
/// # Errors
/// Whatever the database says.
pub(crate) async fn open(engine: &Engine, secret: &str) -> allclear_store::Result<Option<Feed>> {
    if !secret.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = engine.database().read(digest(secret), |digest, tx| Box::pin(stored::find(tx, digest))).await?;
    let (Some(link), now) = (found, engine.now()) else { return Ok(None) };
    let Some(feed) = feed(&engine.directory(), &link, now) else { return Ok(None) };
    if link.is_to_be_noted(now) {
        engine.database().write(link.id, move |id, tx| Box::pin(stored::note_use(tx, now, *id))).await?;
    }
    Ok(Some(feed))
}

fn feed(directory: &Directory, link: &CalendarLink, now: Timestamp) -> Option<Feed> {
    let is_here = |user: UserId| directory.user(user).is_some_and(|user| !user.suspended);
    if !link.made_by.is_none_or(is_here) {
        return None;
    }
    match directory.object(link.kind, link.subject)? {
        Object::Schedule(schedule) => Some(calendar::of_schedule(directory, schedule, now)),
        Object::User(person) if !person.suspended => Some(calendar::of_person(directory, person, now)),
        Object::User(_) | Object::Team(_) | Object::Policy(_) | Object::Service(_) | Object::Integration(_) => None,
    }
}
