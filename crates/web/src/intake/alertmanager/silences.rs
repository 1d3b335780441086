//! Silences: posted, listed, ended.

use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::silences::{self, Silence};
use allclear_store::{Result as Stored, Tx};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::answer::{self, Answered};
use super::silence::{self, Draft, Kept, Posted};
use super::{Asked, SOURCE, read_body, refuse, source};
use crate::app::App;

/// How long a silence is shown after its end: Alertmanager's default `data.retention`.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(120);
/// The most that are read at once.
const READ: i64 = 100_000;

pub(super) async fn list(asked: Asked) -> Answered<Response> {
    let filter = asked.filter()?;
    let now = asked.now();
    let input = (now, asked.service.id);
    let read = asked.app.engine().database().read(input, |(now, service), tx| Box::pin(of_service(tx, *now, *service)));
    let mut kept = read.await.map_err(|error| answer::failed(&error))?;
    let states = [
        (silence::State::Active, asked.flag("active")),
        (silence::State::Pending, asked.flag("pending")),
        (silence::State::Expired, asked.flag("expired")),
    ];
    kept.retain(|kept| states.contains(&(kept.state(now), true)) && kept.has(&filter));
    kept.sort_by_key(|kept| kept.place(now));
    Ok(answer::found(kept.iter().map(|kept| kept.shown(now)).collect::<Vec<_>>()))
}

pub(super) async fn one(asked: Asked, Path((_, id)): Path<(String, String)>) -> Answered<Response> {
    let id = identity(&id)?;
    let input = (id, asked.service.id);
    let read = asked.app.engine().database().read(input, |(id, service), tx| Box::pin(find(tx, *id, *service)));
    let kept = read.await.map_err(|error| answer::failed(&error))?;
    let kept = kept.ok_or_else(answer::no_such_silence)?;
    Ok(answer::found(kept.shown(asked.now())))
}

pub(super) async fn expire(asked: Asked, Path((_, id)): Path<(String, String)>) -> Answered<Response> {
    let id = identity(&id)?;
    let input = (id, asked.service.id, asked.now());
    let write = asked.app.engine().database().write(input, |(id, service, now), tx| {
        Box::pin(async move {
            if find(tx, *id, *service).await?.is_none() {
                return Ok(false);
            }
            // One that is over already stays as it is, and that is fine.
            silences::expire(tx, *now, *id).await.map(|_| true)
        })
    });
    match write.await {
        Ok(true) => Ok(().into_response()),
        Ok(false) => Err(answer::no_such_silence()),
        Err(error) => Err(answer::failed(&error)),
    }
}

pub(super) async fn put(State(app): State<App>, asked: Asked, headers: HeaderMap, body: Body) -> Answered<Response> {
    let body = read_body(&headers, body).await;
    let body = body.map_err(|refusal| refuse(&app, source(SOURCE), Some(&asked.integration), &refusal, None))?;
    if body.trim_ascii().is_empty() {
        return Err(answer::mismatch(answer::REQUIRED, "silence in body is required"));
    }
    let posted: Posted = serde_json::from_slice(&body).map_err(|error| answer::unreadable("silence", error))?;
    let now = asked.now();
    let draft = posted.check(now, asked.service.id)?;
    let made = SilenceId::new(app.engine().maker().id(now));
    let write = app
        .engine()
        .database()
        .write((draft, made, now), |(draft, made, now), tx| Box::pin(store(tx, draft, *made, *now)));
    match write.await.map_err(|error| answer::failed(&error))? {
        Put::Stored(id) => Ok(answer::found(json!({"silenceID": id.uuid()}))),
        Put::Unknown => Err(answer::no_such_silence()),
        Put::TooMany => {
            let most = limits::SILENCES;
            Err(answer::wrong(format!("there are {most} silences of the last five days already; end some and wait")))
        }
    }
}

/// What became of a silence that was posted.
enum Put {
    Stored(SilenceId),
    /// It was to change one that is not there.
    Unknown,
    TooMany,
}

/// Changes the silence that the draft names where that does not change the past, and else begins another one.
async fn store(tx: &mut Tx<'_>, draft: &Draft, made: SilenceId, now: Timestamp) -> Stored<Put> {
    let previous = match &draft.id {
        None => None,
        Some(id) => {
            let Ok(id) = Uuid::parse_str(id).map(SilenceId::new) else { return Ok(Put::Unknown) };
            let Some(kept) = find(tx, id, draft.terms.service).await? else { return Ok(Put::Unknown) };
            Some((id, kept))
        }
    };
    let body = serde_json::to_string(&draft.terms).expect("terms have a JSON form");
    let Draft { starts_at, ends_at, .. } = *draft;
    if let Some((id, _)) = previous.as_ref().filter(|(_, kept)| kept.may_become(draft, now)) {
        silences::put(tx, &Silence { id: *id, starts_at, ends_at, updated_at: now, body }).await?;
        return Ok(Put::Stored(*id));
    }
    if of_service(tx, now, draft.terms.service).await?.len() >= limits::SILENCES {
        return Ok(Put::TooMany);
    }
    if let Some((id, _)) = previous {
        silences::expire(tx, now, id).await?;
    }
    let starts_at = starts_at.max(now);
    silences::put(tx, &Silence { id: made, starts_at, ends_at, updated_at: now, body }).await?;
    Ok(Put::Stored(made))
}

fn identity(text: &str) -> Answered<SilenceId> {
    let wrong = || answer::mismatch(answer::FORM, format!("silenceID in path must be of type uuid: {text:?}"));
    Uuid::parse_str(text).map(SilenceId::new).map_err(|_| wrong())
}

/// The silence, if it is one of that service.
async fn find(tx: &mut Tx<'_>, id: SilenceId, service: ServiceId) -> Stored<Option<Kept>> {
    let silence = silences::find(tx, id).await?;
    Ok(silence.and_then(|silence| read(&silence)).filter(|kept| kept.terms.service == service))
}

/// The silences of a service, those that have ended within the last days included.
async fn of_service(tx: &mut Tx<'_>, now: Timestamp, service: ServiceId) -> Stored<Vec<Kept>> {
    let oldest = now.saturating_sub(KEPT_FOR).expect("only spans with calendar units are refused");
    let all = silences::list(tx, oldest, READ).await?;
    Ok(all.iter().filter_map(read).filter(|kept| kept.terms.service == service).collect())
}

fn read(silence: &Silence) -> Option<Kept> {
    let read = Kept::of(silence);
    read.inspect_err(|error| tracing::error!(%error, id = %silence.id, "a silence cannot be read")).ok()
}
