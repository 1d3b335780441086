//! What was refused: counted for each integration and reason, and shown on its page.
//!
//! Counting must cost a flood of bad requests next to nothing, so it is done in memory and written down now and then.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_core::id::IntegrationId;
use allclear_engine::Engine;
use allclear_inbound::Refusal;
use allclear_store::inbox::{self, Rejection};

use crate::app::App;

/// How many combinations of integration and reason are kept between two writes.
const KEPT: usize = 1_000;
/// How much of an error is kept.
const DETAIL: usize = 500;
const WRITE_EVERY: Duration = Duration::from_secs(2);

/// What was refused since it was last written down.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    counts: Mutex<HashMap<(IntegrationId, u16), Rejection>>,
}

impl Rejections {
    /// Counts one refused request. One without an integration only counts in the metrics.
    pub(crate) fn count(&self, engine: &Engine, integration: Option<IntegrationId>, refusal: &Refusal) {
        engine.counters().rejected.fetch_add(1, Ordering::Relaxed);
        let Some(integration) = integration else { return };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEPT && !counts.contains_key(&(integration, refusal.status)) {
            return;
        }
        let rejection = counts.entry((integration, refusal.status)).or_insert_with(|| Rejection {
            reason: refusal.status.to_string(),
            count: 0,
            last_at: engine.now(),
            detail: String::new(),
        });
        rejection.count += 1;
        rejection.last_at = engine.now();
        rejection.detail = refusal.errors.join("; ").chars().take(DETAIL).collect();
    }

    fn take(&self) -> Vec<(IntegrationId, Rejection)> {
        let taken = std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        taken.into_iter().map(|((integration, _), rejection)| (integration, rejection)).collect()
    }
}

/// Writes down what was refused, for ever.
pub(crate) async fn write_down(app: App) {
    loop {
        app.engine().clock().sleep(WRITE_EVERY).await;
        let rejections = app.0.rejections.take();
        if rejections.is_empty() {
            continue;
        }
        let written =
            app.engine().database().write(rejections, |rejections, tx| Box::pin(inbox::reject(tx, rejections))).await;
        if let Err(error) = written {
            tracing::warn!(%error, "refused requests could not be counted");
        }
    }
}
