//! The web part: the sources' intake, the API, the pages.

mod address;
mod api;
mod app;
mod auth;
mod body;
mod cover;
mod explanation;
mod gate;
mod health;
mod intake;
mod live;
mod load;
mod mail_password;
pub mod pages;
mod policy_runs;
mod problem;
mod rate;
mod reach;
mod readiness;
mod routes;
pub mod server;
mod silences;
mod simulation;

use allclear_core::id::UserId;
use axum::Router;
use axum::http::HeaderMap;

pub use crate::app::{App, Options};
pub use crate::auth::{NewToken, new_token, revoke_token};
pub use crate::gate::{Access, Entry, Face};
pub use crate::live::Streams;
pub use crate::routes::{Peer, password_link};

/// All routes.
pub fn router(app: App) -> Router {
    let (pages, _) = routes::mount(&app).open();
    let pages = pages.method_not_allowed_fallback(routes::not_allowed);
    let (api, _) = api::routes(&app);
    let (intake, _) = intake::mount(&app).open();
    let outside = Router::new().merge(health::routes()).merge(routes::assets());
    let for_people = outside.merge(api).merge(pages).fallback(routes::nothing_here);
    routes::guard(&app, for_people).merge(routes::guard_intake(&app, intake)).with_state(app)
}

/// The routes that go through the gate, and who may take them: for the tests that walk through all of them.
pub fn table(app: &App) -> Vec<Entry> {
    let (pages, programs) = (routes::mount(app).open().1, api::routes(app).1);
    [pages, programs, intake::mount(app).open().1].concat()
}

/// Begins a session for somebody who proved elsewhere who they are, and returns the cookie that their browser is to
/// keep.
///
/// # Errors
/// When the database refuses.
pub async fn sign_in(app: &App, user: UserId, agent: &str) -> allclear_store::Result<String> {
    let token = auth::new_session(app.engine(), user, agent).await?;
    Ok(auth::session_cookie(&token, app.0.secure, false))
}

/// Whether a request comes from a browser in which somebody is signed in.
///
/// # Errors
/// When the database refuses.
pub async fn is_signed_in(app: &App, headers: &HeaderMap) -> allclear_store::Result<bool> {
    Ok(auth::visitor_by_session(app.engine(), headers, app.0.secure).await?.is_some())
}

/// What the web part does in the background, for ever.
pub async fn background(app: App) {
    tokio::join!(intake::write_down(app.clone()), live::spread(app));
}
