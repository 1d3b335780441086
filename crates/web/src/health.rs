//! Health and metrics, for whoever watches us.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use allclear_store::{deliveries, inbox};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::app::App;

/// How long work may wait before we call ourselves not ready.
const LAG: SignedDuration = SignedDuration::from_secs(60);
/// A clock before this is certainly wrong: this program did not exist then.
const NOT_BEFORE: i64 = 1_790_000_000;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// One thing that must be in order.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

/// Since when the oldest work waits: in the inbox, and in the outbox.
async fn waiting(app: &App) -> allclear_store::Result<(Option<Timestamp>, Option<Timestamp>)> {
    let read = app.engine().database().read((), |(), tx| {
        Box::pin(async move { Ok((inbox::oldest_waiting(tx).await?, deliveries::oldest_queued(tx).await?)) })
    });
    read.await
}

async fn ready(State(app): State<App>) -> Response {
    let now = app.engine().now();
    let mut checks = Vec::new();
    match waiting(&app).await {
        Ok((inbox, outbox)) => {
            checks.push(Check { name: "database", ok: true, detail: app.engine().database().name().to_owned() });
            checks.push(lag("processor", now, inbox));
            checks.push(lag("pump", now, outbox));
        }
        Err(error) => {
            // What it says may name the database's machine and user, which are nobody's business here.
            tracing::error!(%error, "the database does not answer");
            let detail = "it does not answer; the log says why".to_owned();
            checks.push(Check { name: "database", ok: false, detail });
        }
    }
    let clock = now.as_second() >= NOT_BEFORE;
    checks.push(Check { name: "clock", ok: clock, detail: now.to_string() });
    let status = if checks.iter().all(|check| check.ok) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(checks)).into_response()
}

fn lag(name: &'static str, now: Timestamp, since: Option<Timestamp>) -> Check {
    let lag = since.map_or(SignedDuration::ZERO, |since| now.duration_since(since).max(SignedDuration::ZERO));
    Check { name, ok: lag < LAG, detail: format!("{} ms behind", lag.as_millis()) }
}

async fn metrics(State(app): State<App>) -> Response {
    let now = app.engine().now();
    let counters = app.engine().counters();
    let mut text = String::new();
    for (name, help, counter) in [
        ("intake_requests_total", "Requests made durable", &counters.accepted),
        ("intake_commits_total", "Group commits of the intake", &counters.segments),
        ("intake_rejected_total", "Requests refused", &counters.rejected),
        ("events_processed_total", "Requests processed", &counters.processed),
        ("timers_fired_total", "Timers fired", &counters.timers),
        ("delivery_attempts_total", "Attempts to hand a message over", &counters.attempts),
        ("deliveries_failed_total", "Messages given up", &counters.dead_letters),
    ] {
        let value = counter.load(Ordering::Relaxed);
        write!(text, "# HELP allclear_{name} {help}.\n# TYPE allclear_{name} counter\nallclear_{name} {value}\n").ok();
    }
    let Ok((inbox, outbox)) = waiting(&app).await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response();
    };
    for (name, help, since) in [
        ("processor_lag_seconds", "How long the oldest request has waited to be processed", inbox),
        ("pump_lag_seconds", "How long the oldest message has waited to be sent", outbox),
    ] {
        let lag = since.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0));
        write!(text, "# HELP allclear_{name} {help}.\n# TYPE allclear_{name} gauge\nallclear_{name} {lag}\n").ok();
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
