//! The intake's routes, at the vendors' own paths: moving in means changing one URL.
//!
//! A request is checked, made durable, and only then answered with 2xx. What is refused is counted and shown on the
//! page of its integration, with the reason.

mod alertmanager;
mod rejections;

use std::borrow::Cow;
use std::sync::Arc;

use allclear_core::declaration::key_digest;
use allclear_core::directory::Integration;
use allclear_core::limits;
use allclear_engine::{NotStored, Request};
use allclear_inbound::{Accepted, Answer, Refusal, Source};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

pub(crate) use self::rejections::{Rejections, write_down};
use crate::app::App;
use crate::body::{Unread, read_whole};
use crate::gate::Gate;

/// Mounts the routes under which sources send.
pub(crate) fn mount(app: &App) -> Gate {
    let gate = Gate::new(app)
        .source(Method::POST, "/v2/enqueue", post(pagerduty))
        .source(Method::POST, "/v2/change/enqueue", post(pagerduty_change))
        .source(Method::POST, "/generic/2010-04-15/create_event.json", post(pagerduty_v1))
        .source(Method::POST, "/in/{key}", post(by_key))
        .source(Method::POST, "/in/{key}/alertmanager", post(alertmanager_webhook));
    alertmanager::mount(gate)
}

fn source(name: &str) -> &'static Source {
    allclear_inbound::by_name(name).expect("the routes name sources that exist")
}

async fn pagerduty(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    receive(&app, source("pagerduty"), None, &headers, body).await
}

async fn pagerduty_change(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    receive(&app, source("pagerduty-change"), None, &headers, body).await
}

async fn pagerduty_v1(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    receive(&app, source("pagerduty-v1"), None, &headers, body).await
}

async fn alertmanager_webhook(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    receive(&app, source("alertmanager"), Some(&key), &headers, body).await
}

/// Whatever the integration was set up for, if it is one of those that post here.
async fn by_key(State(app): State<App>, Path(key): Path<String>, headers: HeaderMap, body: Body) -> Response {
    let configured = integration(&app, &key).and_then(|integration| allclear_inbound::by_name(&integration.source));
    let generic = source("generic");
    let reader = configured.filter(|configured| configured.path == generic.path).unwrap_or(generic);
    receive(&app, reader, Some(&key), &headers, body).await
}

/// The integration of a key, whether it is switched off or not.
pub(crate) fn integration(app: &App, key: &str) -> Option<Arc<Integration>> {
    app.engine().directory().integration_by_key_digest(&key_digest(key)).cloned()
}

/// What the senders of an integration are told that is switched off. They have the right key, so it betrays nothing.
fn switched_off() -> Refusal {
    Refusal::intake(403, "this integration is switched off; switch it on on its page, or stop sending to it")
}

/// Takes in one request for a source.
async fn receive(app: &App, source: &'static Source, key: Option<&str>, headers: &HeaderMap, body: Body) -> Response {
    let body = match read_body(headers, body).await {
        Ok(body) => body,
        Err(refusal) => {
            return refuse(app, source, key.and_then(|key| integration(app, key)).as_deref(), &refusal, None);
        }
    };
    take(app, source, key, body).await
}

/// Takes in one body for a source.
pub(crate) async fn take(app: &App, source: &'static Source, key: Option<&str>, body: Bytes) -> Response {
    let acceptance = match (source.accept)(&body) {
        Ok(acceptance) => acceptance,
        Err(refusal) => {
            return refuse(app, source, key.and_then(|key| integration(app, key)).as_deref(), &refusal, None);
        }
    };
    let key = key.map(Cow::Borrowed).or(acceptance.routing_key);
    let Some(integration) = key.and_then(|key| integration(app, &key)) else {
        // The same answer for a wrong key and for none, so that nobody can find out which keys exist.
        let refusal = Refusal::intake(404, "there is no integration with this key; copy the key from its page");
        return refuse(app, source, None, &refusal, None);
    };
    if integration.disabled {
        return refuse(app, source, Some(&integration), &switched_off(), None);
    }
    if let Err(seconds) = app.0.intake_limit.admit(app.engine().now(), integration.id) {
        let error = format!(
            "more than {} requests in a minute; this one was not taken, send it again in {seconds} s",
            limits::INTAKE_PER_MINUTE
        );
        return refuse(app, source, Some(&integration), &Refusal::intake(429, error), Some(seconds));
    }
    let made_key = acceptance.needs_dedup_key.then(|| app.engine().maker().id(app.engine().now()).simple().to_string());
    let given_key = acceptance.dedup_key.as_deref().map(str::to_owned);
    let partial = acceptance.partial;
    let request =
        Request { integration: integration.id, source: source.name, dedup_key: made_key.clone(), body: body.clone() };
    match app.0.intake.store(request).await {
        Ok(address) => match partial {
            Some(refusal) => refuse(app, source, Some(&integration), &refusal, None),
            None => {
                let id = address.to_string();
                let dedup_key = made_key.as_deref().or(given_key.as_deref());
                answer((source.accepted)(&Accepted { id: &id, dedup_key }), None)
            }
        },
        Err(error @ (NotStored::Busy | NotStored::Failed)) => {
            refuse(app, source, Some(&integration), &Refusal::intake(503, error.to_string()), Some(1))
        }
    }
}

fn refuse(
    app: &App,
    source: &Source,
    integration: Option<&Integration>,
    refusal: &Refusal,
    retry_after: Option<u64>,
) -> Response {
    app.0.rejections.count(app.engine(), integration.map(|integration| integration.id), refusal);
    answer((source.refused)(refusal), retry_after)
}

fn answer(answer: Answer, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The whole body, unpacked if it came packed, within the limit in either form.
async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let too_large = || {
        let error = format!("the body is larger than {} bytes; send less", limits::EVENT_BYTES);
        Refusal::intake(413, error)
    };
    let packed = read_whole(body, limits::EVENT_BYTES).await.map_err(|unread| match unread {
        Unread::TooLarge => too_large(),
        Unread::Broken(said) => {
            Refusal::intake(408, format!("the body did not arrive as a whole: {said}; send it again"))
        }
    })?;
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    match encoding {
        None | Some(b"identity" | b"") => Ok(packed),
        Some(b"gzip" | b"x-gzip") => unpack(&packed, too_large),
        Some(other) => {
            let other = String::from_utf8_lossy(other);
            Err(Refusal::intake(415, format!("Content-Encoding `{other}` is not understood; use gzip or none")))
        }
    }
}

fn unpack(packed: &[u8], too_large: impl Fn() -> Refusal) -> Result<Bytes, Refusal> {
    use std::io::Read;

    let mut body = Vec::new();
    let limit = limits::EVENT_BYTES as u64 + 1;
    flate2::read::MultiGzDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut body)
        .map_err(|error| Refusal::unreadable(format!("the body is not valid gzip: {error}")))?;
    if body.len() as u64 == limit { Err(too_large()) } else { Ok(body.into()) }
}
