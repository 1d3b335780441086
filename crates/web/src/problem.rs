//! Problems, as RFC 9457 has them: what went wrong, with which field, and what to do about it.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Something that was wrong with a request, or with us.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: u16,
    /// What kind of problem, in a few words; the same for all of its kind.
    pub(crate) title: String,
    /// What was wrong this time, and the remedy.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    /// How many seconds to wait before trying again.
    #[serde(skip)]
    pub(crate) retry_after: Option<u64>,
    /// What was typed into the form that met the problem, so that a page can give it back.
    #[serde(skip)]
    pub(crate) typed: String,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldError {
    /// The field: `steps[2].wait`.
    pub(crate) field: String,
    /// What is wrong with its value, and the remedy.
    pub(crate) message: String,
}

impl Problem {
    /// A problem of this status.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Problem").to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            typed: String::new(),
        }
    }

    /// There is nothing there, or nothing that the visitor may know of.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no {what} here."))
    }

    /// The visitor is known, and may not.
    pub(crate) fn forbidden(what: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("You may not {what}. Ask an admin of your organisation."))
    }

    /// Fields are wrong.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = "Some fields are wrong; nothing was changed.";
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail) }
    }

    /// One field is wrong.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// It cannot be done as things stand.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// The thing is not in the state that the request was made for.
    pub(crate) fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, detail)
    }

    /// Too often.
    pub(crate) fn too_many(seconds: u64) -> Self {
        let detail = format!("Too many requests. Try again in {seconds} s.");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<allclear_store::Error> for Problem {
    fn from(error: allclear_store::Error) -> Self {
        tracing::error!(%error, "the database refused");
        let detail = "The database does not answer as it should. Nothing was changed; try again in a moment.";
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }
}

impl From<allclear_engine::NotChanged> for Problem {
    fn from(error: allclear_engine::NotChanged) -> Self {
        match error {
            allclear_engine::NotChanged::Refused(problems) => Self::invalid(
                problems.into_iter().map(|one| FieldError { field: one.field, message: one.message }).collect(),
            ),
            allclear_engine::NotChanged::Store(error) => error.into(),
            allclear_engine::NotChanged::Contended => Self::new(StatusCode::CONFLICT, error.to_string()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, retry_after) = (self.status(), self.retry_after);
        let mut response = (status, Json(&self)).into_response();
        // For the gate, which shows it as a page to people.
        response.extensions_mut().insert(self);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
