//! What goes along with every answer: headers that keep browsers from being turned against their users.

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

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
    let headers = middleware::from_fn_with_state(app.clone(), add_headers);
    router.layer((DefaultBodyLimit::max(limits::BODY_BYTES), headers, CatchPanicLayer::custom(panicked)))
}

/// Wraps the intake's routes. No browser shows what they answer, so they need little: less stands between a sender and
/// the disk.
pub(crate) fn guard_intake(router: Router<App>) -> Router<App> {
    let plain = HeaderValue::from_static("nosniff");
    let plain = SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, plain);
    router.layer((plain, CatchPanicLayer::custom(panicked)))
}

/// A mistake of ours costs whoever met it an answer, and nobody else anything.
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let message = payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("without a message"), "a request could not be answered");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something in Allclear is wrong. Its log says more.")
        .into_response()
}

async fn add_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    put_headers(response.headers_mut(), &app);
    response
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
