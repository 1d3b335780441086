//! Asks whether everybody who matters can be reached, for the page and for the API.

use std::sync::Arc;

use allclear_core::directory::Directory;
use allclear_core::readiness::{self, Finding};
use axum::http::StatusCode;
use jiff::Timestamp;

use crate::problem::Problem;

/// How far ahead is looked where nothing else is said, in days.
pub(crate) const DAYS: u32 = 28;

/// Everything that does not hold in the next days, the worst first; away from the threads that answer requests, as it
/// may take a while.
pub(crate) async fn check(directory: Arc<Directory>, now: Timestamp, days: u32) -> Result<Vec<Finding>, Problem> {
    let checking = tokio::task::spawn_blocking(move || readiness::check(&directory, now, days));
    checking.await.map_err(|error| {
        tracing::error!(%error, "the check broke down");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The check broke down, so nothing is known. See the log.")
    })
}
