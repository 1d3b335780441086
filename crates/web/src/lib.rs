//! The web part: the sources' intake, the API, the pages.

mod api;
mod app;
mod auth;
mod gate;
mod health;
mod intake;
pub mod pages;
mod problem;
mod rate;
pub mod server;

use axum::Router;

pub use crate::app::{App, Options};

/// All routes.
pub fn router(app: App) -> Router {
    let (api, _) = api::routes(&app);
    Router::new().merge(intake::routes()).merge(health::routes()).merge(api).with_state(app)
}

/// What the web part does in the background, for ever.
pub async fn background(app: App) {
    intake::write_down(app).await;
}
