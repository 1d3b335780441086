//! Answers in Alertmanager's shapes.
//!
//! Its own checks answer with a JSON string; what its OpenAPI library finds wrong answers with a code and a message
//! (`go-openapi/errors`).

use allclear_store::Error;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

/// Something, or the answer that says why not.
pub(super) type Answered<T> = Result<T, Refused>;

/// An answer that says why not. Boxed, because it travels in every `Result`.
pub(super) struct Refused(Box<Response>);

impl From<Response> for Refused {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// A required field is missing.
pub(super) const REQUIRED: u16 = 602;
/// A value has not the form that it must have.
pub(super) const FORM: u16 = 601;
/// A list has too few items.
pub(super) const TOO_FEW: u16 = 612;

pub(super) fn found(body: impl Serialize) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// 400 with a JSON string.
pub(super) fn wrong(message: impl Into<String>) -> Refused {
    (StatusCode::BAD_REQUEST, Json(message.into())).into_response().into()
}

/// The body is not of the shape at all.
pub(super) fn unreadable(what: &str, error: impl std::fmt::Display) -> Refused {
    let message = format!("parsing {what} body from \"\" failed, because {error}");
    (StatusCode::BAD_REQUEST, Json(json!({"code": 400, "message": message}))).into_response().into()
}

/// The request does not match the OpenAPI document.
pub(super) fn mismatch(code: u16, message: impl Into<String>) -> Refused {
    let body = json!({"code": code, "message": message.into()});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response().into()
}

pub(super) fn no_such_silence() -> Refused {
    (StatusCode::NOT_FOUND, Json("silence not found")).into_response().into()
}

pub(super) fn failed(error: &Error) -> Refused {
    tracing::warn!(%error, "the database did not answer a question in Alertmanager's words");
    let message = "the database does not answer; try again in a moment";
    (StatusCode::INTERNAL_SERVER_ERROR, Json(message)).into_response().into()
}
