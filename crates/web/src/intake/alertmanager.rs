//! Alertmanager's v2 API, as far as Prometheus, `amtool` and other senders use it (`api/v2/openapi.yaml` of
//! prometheus/alertmanager). An alert here is one of the integration's service.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;

use super::{receive, source};
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/alerts", post(post_alerts))
}

async fn post_alerts(State(app): State<App>, Path(key): Path<String>, headers: HeaderMap, body: Body) -> Response {
    receive(&app, source("alertmanager-api"), Some(&key), &headers, body).await
}
