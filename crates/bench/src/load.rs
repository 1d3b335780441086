//! Load: many connections that send events, on one thread of their own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::Connection;
use crate::clock;
use crate::payload::Request;

/// What is sent, and how fast.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// To whom.
    pub(crate) address: SocketAddr,
    /// By how many connections; they share the requests evenly.
    pub(crate) connections: usize,
    /// For how long.
    pub(crate) length: Duration,
    /// So many a second together, at even distances; as fast as they are answered where not said.
    pub(crate) rate: Option<f64>,
    /// How many requests in a row have the same key.
    pub(crate) repeats: u64,
    /// What is sent.
    pub(crate) requests: Vec<Request>,
    /// The number of the first key: keys of another load begin elsewhere.
    pub(crate) first_key: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// How many were answered 2xx.
    pub(crate) answered: u64,
    /// How many were answered otherwise.
    pub(crate) refused: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// How long each answer took from when it should have been sent, in microseconds, sorted.
    pub(crate) latencies: Vec<u32>,
    /// Connections that broke.
    pub(crate) broken: Vec<String>,
    /// The keys that were answered 2xx, where they are wanted.
    pub(crate) keys: Vec<u64>,
}

impl Sent {
    /// How many were answered in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.answered as f64 / self.seconds.max(f64::EPSILON)
    }

    /// The latency below which that share of the answers came, in milliseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        f64::from(percentile(&self.latencies, share).unwrap_or(0)) / 1_000.0
    }
}

/// The value below which that share of the sorted values is.
pub(crate) fn percentile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.saturating_sub(1).min(sorted.len().saturating_sub(1))).copied()
}

/// How many keys one connection may use.
const KEYS: u64 = 1 << 32;

impl Load {
    /// Sends, and waits until the time is over. A connection that breaks stays broken.
    pub(crate) fn run(self, keep_keys: bool) -> Result<Sent> {
        let thread = std::thread::Builder::new().name("load".into()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(self.send(keep_keys))
        })?;
        thread.join().ok().context("the load broke down")?
    }

    async fn send(self, keep_keys: bool) -> Result<Sent> {
        let mut opened = Vec::new();
        for _ in 0..self.connections {
            opened.push(Connection::open(self.address).await?);
        }
        let start = clock::instant();
        let local = tokio::task::LocalSet::new();
        let mut tasks = Vec::new();
        for (number, connection) in opened.into_iter().enumerate() {
            let one = One {
                connection,
                request: self.requests[number % self.requests.len()].clone(),
                first_key: self.first_key + number as u64 * KEYS,
                repeats: self.repeats,
                // Each keeps its own pace, and they are spread evenly over it.
                pace: self.rate.map(|rate| Duration::from_secs_f64(self.connections as f64 / rate)),
                begin: self.rate.map_or(start, |rate| start + Duration::from_secs_f64(number as f64 / rate)),
                end: start + self.length,
                keep_keys,
            };
            tasks.push(local.spawn_local(one.send()));
        }
        let mut sent = Sent::default();
        local
            .run_until(async {
                for task in tasks {
                    let part = task.await.unwrap_or_default();
                    sent.answered += part.answered;
                    sent.refused += part.refused;
                    sent.latencies.extend(part.latencies);
                    sent.broken.extend(part.broken);
                    sent.keys.extend(part.keys);
                }
            })
            .await;
        sent.seconds = start.elapsed().as_secs_f64();
        sent.latencies.sort_unstable();
        Ok(sent)
    }
}

struct One {
    connection: Connection,
    request: Request,
    first_key: u64,
    repeats: u64,
    pace: Option<Duration>,
    begin: Instant,
    end: Instant,
    keep_keys: bool,
}

impl One {
    async fn send(mut self) -> Sent {
        let mut sent = Sent::default();
        let mut due = self.begin;
        for number in 0.. {
            match self.pace {
                Some(pace) => {
                    if number > 0 {
                        due += pace;
                    }
                    if due > clock::instant() {
                        clock::sleep_until(due).await;
                    }
                }
                None => due = clock::instant(),
            }
            if clock::instant() >= self.end {
                break;
            }
            let key = self.first_key + number / self.repeats;
            match self.connection.exchange(self.request.set_key(key)).await {
                Ok((200..=299, _)) => {
                    sent.answered += 1;
                    if self.keep_keys {
                        sent.keys.push(key);
                    }
                }
                Ok(_) => sent.refused += 1,
                Err(error) => {
                    sent.broken.push(format!("{error:#}"));
                    break;
                }
            }
            sent.latencies.push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let sorted: Vec<u32> = (1..=100).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|share| percentile(&sorted, share)), [Some(50), Some(99), Some(100)]);
        assert_eq!(percentile::<u32>(&[], 0.5), None);
    }
}
