//! Asks who would be paged about an incident of a service, for the page and for the API.

use std::sync::Arc;

use allclear_core::directory::{Directory, Service};
use allclear_core::limits;
use allclear_core::simulation::{self, Assumption, Question, Report};
use allclear_engine::Engine;
use allclear_store::incidents::{self, Filter};
use axum::http::StatusCode;

use crate::problem::{FieldError, Problem};

/// What is assumed, by each text. What is wrong with one is said with its place in the list.
pub(crate) fn assumptions(directory: &Directory, texts: &[String]) -> Result<Vec<Assumption>, Problem> {
    if texts.len() > limits::ASSUMPTIONS {
        let message = format!("there are {}; at most {} are possible", texts.len(), limits::ASSUMPTIONS);
        return Err(Problem::field("assumptions", message));
    }
    let (mut read, mut errors) = (Vec::new(), Vec::new());
    for (number, text) in (1..).zip(texts) {
        match Assumption::read(text, directory) {
            Ok(assumption) => read.push(assumption),
            Err(message) => errors.push(FieldError { field: format!("assumptions[{number}]"), message }),
        }
    }
    if errors.is_empty() { Ok(read) } else { Err(Problem::invalid(errors)) }
}

/// Whose turn it would be, where people take turns: one more than that of the service's latest incident.
pub(crate) async fn next_turn(engine: &Engine, service: &Service) -> Result<u64, Problem> {
    let filter = Filter { service: Some(service.id), ..Filter::default() };
    let read = engine.database().read(filter, |filter, tx| Box::pin(incidents::list(tx, *filter, 1)));
    Ok(read.await?.first().map_or(0, |latest| latest.incident.turn.wrapping_add(1)))
}

/// What would happen; away from the threads that answer requests, as it may take a while.
pub(crate) async fn run(directory: Arc<Directory>, question: Question) -> Result<Report, Problem> {
    let running = tokio::task::spawn_blocking(move || {
        let told = simulation::simulate(&directory, &question);
        simulation::report(&directory, &question, &told)
    });
    running.await.map_err(|error| {
        tracing::error!(%error, "the simulation broke down");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The simulation broke down, so nothing is known. See the log.")
    })
}
