//! The web part: the sources' intake, the API, the pages.

mod api;
mod app;
mod auth;
mod gate;
mod health;
mod intake;
mod live;
pub mod pages;
mod problem;
mod rate;
mod routes;
pub mod server;

use axum::Router;

pub use crate::app::{App, Options};
pub use crate::gate::{Access, Entry, Face};

/// All routes.
pub fn router(app: App) -> Router {
    let (pages, _) = routes::mount(&app).open();
    let (api, _) = api::routes(&app);
    let outside = Router::new().merge(intake::routes()).merge(health::routes()).merge(routes::assets());
    let all = outside.merge(api).merge(pages);
    routes::guard(&app, all.fallback(routes::nothing_here)).with_state(app)
}

/// The routes that go through the gate, and who may take them: for the tests that walk through all of them.
pub fn table(app: &App) -> Vec<Entry> {
    let (pages, programs) = (routes::mount(app).open().1, api::routes(app).1);
    [pages, programs].concat()
}

/// What the web part does in the background, for ever.
pub async fn background(app: App) {
    tokio::join!(intake::write_down(app.clone()), live::spread(app));
}
