//! What goes along with every answer: headers that keep browsers from being turned against their users.

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tower::util::MapResponseLayer;
use tower_http::catch_panic::CatchPanicLayer;

use allclear_core::limits;

use crate::app::App;
use crate::problem::Problem;

/// Nothing but our own files, no frames around us, no forms to anywhere else.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'";
/// The same for a server whose own pages frame one another.
const FRAMED_POLICY: &str =
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'self'";

/// Wraps all routes.
pub(crate) fn guard(app: &App, router: Router<App>) -> Router<App> {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer((DefaultBodyLimit::max(limits::BODY_BYTES), MapResponseLayer::new(add_headers(app))))
}

/// Wraps the intake's routes, which look at a body's size themselves.
pub(crate) fn guard_intake(app: &App, router: Router<App>) -> Router<App> {
    router.layer(CatchPanicLayer::custom(panicked)).layer(MapResponseLayer::new(add_headers(app)))
}

/// A mistake of ours costs whoever met it an answer, and nobody else anything.
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("without a message"), "a request could not be answered");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something in Allclear is wrong. Its log says more.")
        .into_response()
}

fn add_headers(app: &App) -> impl Fn(Response) -> Response + Clone + Send + Sync + 'static {
    let app = app.clone();
    move |mut response| {
        put_headers(response.headers_mut(), &app);
        response
    }
}

fn put_headers(headers: &mut HeaderMap, app: &App) {
    let (policy, frames) = if app.0.framed { (FRAMED_POLICY, "SAMEORIGIN") } else { (POLICY, "DENY") };
    let fixed: [(HeaderName, &'static str); 6] = [
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, frames),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.0.secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
