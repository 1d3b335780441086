//! What the server says of itself at `/metrics`.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::client;

/// The figures that are used here.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Metrics {
    /// Requests processed since the start.
    pub(crate) processed: f64,
    /// How long the oldest request waits to be processed, in seconds.
    pub(crate) lag: f64,
}

impl Metrics {
    /// Asks the server.
    pub(crate) async fn fetch(address: SocketAddr) -> Result<Self> {
        let (_, text) = client::get(address, "/metrics", "").await?;
        Self::read(&text)
    }

    fn read(text: &str) -> Result<Self> {
        let one = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            value.and_then(|value| value.parse().ok()).with_context(|| format!("/metrics has no {name}"))
        };
        Ok(Self { processed: one("allclear_events_processed_total")?, lag: one("allclear_processor_lag_seconds")? })
    }
}
