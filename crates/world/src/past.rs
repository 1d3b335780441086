//! A past that was lived: what happened to a company before somebody looks at it.
//!
//! The real engine plays it on the real database, in virtual time, so that every timeline, delivery and number in it is
//! one that the engine would have written on those days. Messages go nowhere and are taken at once.

use std::pin::Pin;
use std::sync::Arc;

use allclear_channels::{Wire, WireReply};
use allclear_core::actor::Actor;
use allclear_core::id::{IncidentId, IntegrationId};
use allclear_core::incident::Input;
use allclear_engine::host::{Carrier, MailRoute};
use allclear_engine::{Engine, Host, MasterKey, Request};
use allclear_store::{Database, Result};
use bytes::Bytes;
use jiff::Timestamp;

use crate::chance::SeededRandom;
use crate::clock::SimClock;

/// How often the engine may find something to do at one moment before something is wrong with it.
const ROUNDS: usize = 10_000;

/// Takes every message, and loses it.
#[derive(Debug)]
struct Nowhere;

impl Carrier for Nowhere {
    fn carry(&self, wire: Wire, _: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>> {
        let reply = match wire {
            Wire::Mail(_) => WireReply::Mail { code: 250, text: "2.0.0 queued".to_owned() },
            Wire::Http(_) => WireReply::Http { status: 204, headers: Vec::new(), body: Vec::new() },
        };
        Box::pin(std::future::ready(reply))
    }
}

/// A past being lived.
pub struct Past {
    engine: Engine,
    clock: Arc<SimClock>,
}

impl Past {
    /// Begins at that moment. Chance comes from the seed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn begin(database: Database, key: MasterKey, at: Timestamp, seed: u64) -> Result<Self> {
        let clock = Arc::new(SimClock::ticking(at));
        let random = Arc::new(SeededRandom::new(seed));
        let host = Host { clock: Arc::clone(&clock) as _, random, carrier: Arc::new(Nowhere), key };
        Ok(Self { engine: Engine::new(database, host).await?, clock })
    }

    /// The engine, as of that time.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets the time pass until that moment, and everything happen that is due until then.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn until(&self, moment: Timestamp) -> Result<()> {
        self.work().await?;
        for _ in 0..ROUNDS {
            let timer = self.engine.next_timer().await?;
            let delivery = self.engine.next_delivery().await?;
            let Some(at) = timer.into_iter().chain(delivery).min().filter(|at| *at <= moment) else { break };
            self.clock.advance(at);
            self.work().await?;
        }
        self.clock.advance(moment);
        self.work().await
    }

    /// Takes in a request as a source sends it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn receive(&self, integration: IntegrationId, source: &'static str, body: Bytes) -> Result<()> {
        let request = Request { integration, source, dedup_key: None, body };
        self.engine.store_now(vec![request]).await?;
        self.work().await
    }

    /// Does something to an incident.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn act(&self, incident: IncidentId, actor: Actor, input: Input) -> Result<()> {
        self.engine.act(incident, actor, input).await?;
        self.work().await
    }

    /// Everything that is to be done at this moment.
    async fn work(&self) -> Result<()> {
        for _ in 0..ROUNDS {
            let mut done = self.engine.fire_timers().await?;
            for lane in self.engine.lanes() {
                done += self.engine.process(lane).await?.requests;
            }
            for claimed in self.engine.claim().await? {
                let outcome = self.engine.hand_over(&claimed).await;
                self.engine.settle(claimed, outcome).await?;
                done += 1;
            }
            if done == 0 {
                break;
            }
        }
        Ok(())
    }
}
