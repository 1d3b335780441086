//! `Idempotency-Key`: a request that is sent twice is carried out once (draft-ietf-httpapi-idempotency-key-header).
//!
//! The first request with a key claims it; its answer, if it did something, is kept for a day and given to every
//! repetition. What was refused gives its claim back. A node that dies between doing and keeping leaves its claim
//! behind, and so does one that answers with 5xx, as it may have done something: it is free again after a minute, and a
//! repetition is then carried out once more.

use allclear_store::idempotency::{self, Answer, Claimed, Key};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::extract::read;
use crate::app::App;
use crate::auth::{Door, Visitor};
use crate::problem::Problem;
use allclear_core::limits;

/// The header's name, for the document.
pub(crate) const HEADER: &str = "idempotency-key";

/// Carries a request out, unless it has been already.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    match carry_out(app, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn carry_out(app: App, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(key) = key(&request)? else { return Ok(next.run(request).await) };
    let (parts, body) = request.into_parts();
    let body = read(body, limits::BODY_BYTES).await?;
    let fingerprint = fingerprint(parts.method.as_str(), &parts.uri.to_string(), &body);
    let engine = app.engine();
    let now = engine.now();
    let claim = engine.database().write((key.clone(), fingerprint), move |(key, fingerprint), tx| {
        Box::pin(idempotency::claim(tx, now, key, fingerprint))
    });
    match claim.await? {
        Claimed::Yes => {}
        Claimed::UnderWay => {
            let detail = "A request with this Idempotency-Key is being carried out. Ask again in a moment.";
            return Err(Problem { retry_after: Some(1), ..Problem::conflict(detail) });
        }
        Claimed::Other => {
            let message = "this key was used for another request; use a new one for each request";
            return Err(Problem::field("Idempotency-Key", message));
        }
        Claimed::Before(answer) => return repeat(&app, &key, &answer),
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if response.status().is_server_error() {
        // Whether something was done is not known: the claim stays, as if this node had died.
        return Ok(response);
    }
    if !response.status().is_success() {
        // Nothing was done: the same request may be sent again with the same key.
        engine.database().write(key, move |key, tx| Box::pin(idempotency::release(tx, now, key))).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let sealed = engine.key().seal(engine.maker().random(), &name(&key), &body);
    let answer = Answer { status: parts.status.as_u16(), sealed };
    let kept = engine
        .database()
        .write((key, answer), move |(key, answer), tx| Box::pin(idempotency::answer(tx, now, key, answer)));
    if let Err(error) = kept.await {
        // It was done, and must be answered so.
        tracing::warn!(%error, "an answer could not be kept under its Idempotency-Key");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn key(request: &Request) -> Result<Option<Key>, Problem> {
    let Some(value) = request.headers().get(HEADER) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if text.is_empty() || text.len() > limits::IDEMPOTENCY_KEY_CHARACTERS {
        let message = format!(
            "it must have 1 to {} visible characters; a random UUID is fine",
            limits::IDEMPOTENCY_KEY_CHARACTERS
        );
        return Err(Problem::field("Idempotency-Key", message));
    }
    let caller = match request.extensions().get::<Visitor>().map(|visitor| &visitor.door) {
        Some(Door::Token { id }) => id.to_string(),
        Some(Door::Session { id, .. }) => id.to_string(),
        None => return Ok(None),
    };
    Ok(Some(Key { caller, key: text.to_owned() }))
}

fn fingerprint(method: &str, uri: &str, body: &Bytes) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in [method.as_bytes(), uri.as_bytes(), body] {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    sha.finalize().into()
}

/// Under which name an answer is sealed.
fn name(key: &Key) -> String {
    format!("idempotency.{}.{}", key.caller, key.key)
}

fn repeat(app: &App, key: &Key, answer: &Answer) -> Result<Response, Problem> {
    let Some(body) = app.engine().key().open(&name(key), &answer.sealed) else {
        let detail = "This was done before, but what was answered cannot be read any more. Look at what is there.";
        return Err(Problem::conflict(detail));
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}
