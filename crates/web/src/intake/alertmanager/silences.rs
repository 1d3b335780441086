//! Silences: posted, listed, ended.

use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::{Result as Stored, Tx};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::answer::{self, Answered};
use super::silence::{Posted, shown};
use super::{Asked, SOURCE, read_body, refuse, source};
use crate::app::App;
use crate::silences::{self, Kept, Put, State as Standing};

pub(super) async fn list(asked: Asked) -> Answered<Response> {
    let filter = asked.filter()?;
    let now = asked.now();
    let input = (now, asked.service.id);
    let read = asked
        .app
        .engine()
        .database()
        .read(input, |(now, service), tx| Box::pin(silences::of_service(tx, *now, *service)));
    let mut kept = read.await.map_err(|error| answer::failed(&error))?;
    let states = [
        (Standing::Active, asked.flag("active")),
        (Standing::Pending, asked.flag("pending")),
        (Standing::Expired, asked.flag("expired")),
    ];
    kept.retain(|kept| states.contains(&(kept.state(now), true)) && kept.has(&filter));
    kept.sort_by_key(|kept| kept.place(now));
    Ok(answer::found(kept.iter().map(|kept| shown(kept, now)).collect::<Vec<_>>()))
}

pub(super) async fn one(asked: Asked, Path((_, id)): Path<(String, String)>) -> Answered<Response> {
    let id = identity(&id)?;
    let input = (id, asked.service.id);
    let read = asked.app.engine().database().read(input, |(id, service), tx| Box::pin(find(tx, *id, *service)));
    let kept = read.await.map_err(|error| answer::failed(&error))?;
    let kept = kept.ok_or_else(answer::no_such_silence)?;
    Ok(answer::found(shown(&kept, asked.now())))
}

pub(super) async fn expire(asked: Asked, Path((_, id)): Path<(String, String)>) -> Answered<Response> {
    let id = identity(&id)?;
    let input = (id, asked.service.id, asked.now(), asked.actor());
    let write = asked.app.engine().database().write(input, |(id, service, now, actor), tx| {
        Box::pin(async move {
            let Some(kept) = find(tx, *id, *service).await? else { return Ok(false) };
            silences::end(tx, &kept, *now, *actor).await.map(|()| true)
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
    let write = app.engine().database().write((draft, made, now, asked.actor()), |(draft, made, now, actor), tx| {
        Box::pin(silences::store(tx, draft, *made, *now, *actor))
    });
    match write.await.map_err(|error| answer::failed(&error))? {
        Put::Stored(id) => Ok(answer::found(json!({"silenceID": id.uuid()}))),
        Put::Unknown => Err(answer::no_such_silence()),
        Put::TooMany => {
            let most = limits::SILENCES;
            Err(answer::wrong(format!("there are {most} silences of the last five days already; end some and wait")))
        }
    }
}

fn identity(text: &str) -> Answered<SilenceId> {
    let wrong = || answer::mismatch(answer::FORM, format!("silenceID in path must be of type uuid: {text:?}"));
    Uuid::parse_str(text).map(SilenceId::new).map_err(|_| wrong())
}

/// The silence, if it is one of that service.
async fn find(tx: &mut Tx<'_>, id: SilenceId, service: ServiceId) -> Stored<Option<Kept>> {
    Ok(silences::find(tx, id).await?.filter(|kept| kept.terms.service == service))
}
