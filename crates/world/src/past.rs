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
use allclear_store::Database;
use bytes::Bytes;
use jiff::Timestamp;

use crate::chance::SeededRandom;
use crate::clock::SimClock;

/// How often the engine may find something to do, at one moment or until the next one that is waited for, before
/// something is wrong with it.
const ROUNDS: usize = 10_000;

/// Why a past was not lived to its end.
#[derive(Debug, thiserror::Error)]
pub enum Unlived {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] allclear_store::Error),
    /// There was always more to do: the engine runs in a circle.
    #[error("at {at} there was still something to do after {rounds} rounds, so it would never end")]
    WithoutEnd {
        /// Where it was given up.
        at: Timestamp,
        /// How often it was looked at.
        rounds: usize,
    },
}

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
    rounds: usize,
}

impl Past {
    /// Begins at that moment. Chance comes from the seed.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn begin(
        database: Database,
        key: MasterKey,
        at: Timestamp,
        seed: u64,
    ) -> Result<Self, allclear_store::Error> {
        let clock = Arc::new(SimClock::ticking(at));
        let random = Arc::new(SeededRandom::new(seed));
        let host = Host { clock: Arc::clone(&clock) as _, random, carrier: Arc::new(Nowhere), key };
        Ok(Self { engine: Engine::new(database, host).await?, clock, rounds: ROUNDS })
    }

    /// The engine, as of that time.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets the time pass until that moment, and everything happen that is due until then.
    ///
    /// # Errors
    /// When the database refuses, or when it does not come to an end.
    pub async fn until(&self, moment: Timestamp) -> Result<(), Unlived> {
        self.work().await?;
        for _ in 0..self.rounds {
            let Some(at) = self.next_due().await?.filter(|at| *at <= moment) else {
                self.clock.advance(moment);
                return self.work().await;
            };
            self.clock.advance(at);
            self.work().await?;
        }
        Err(self.without_end())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, allclear_store::Error> {
        let timer = self.engine.next_timer().await?;
        let delivery = self.engine.next_delivery().await?;
        Ok(timer.into_iter().chain(delivery).min())
    }

    fn without_end(&self) -> Unlived {
        Unlived::WithoutEnd { at: self.clock.peek(), rounds: self.rounds }
    }

    /// Takes in a request as a source sends it.
    ///
    /// # Errors
    /// When the database refuses, or when what follows does not come to an end.
    pub async fn receive(&self, integration: IntegrationId, source: &'static str, body: Bytes) -> Result<(), Unlived> {
        let request = Request { integration, source, dedup_key: None, body };
        self.engine.store_now(vec![request]).await?;
        self.work().await
    }

    /// Does something to an incident.
    ///
    /// # Errors
    /// When the database refuses, or when what follows does not come to an end.
    pub async fn act(&self, incident: IncidentId, actor: Actor, input: Input) -> Result<(), Unlived> {
        self.engine.act(incident, actor, input).await?;
        self.work().await
    }

    /// Everything that is to be done at this moment.
    async fn work(&self) -> Result<(), Unlived> {
        for _ in 0..self.rounds {
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
                return Ok(());
            }
        }
        Err(self.without_end())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::company::{Cast, LONG_AGO, organisation};
    use crate::task::block_on;

    /// A company that is paged about one event, and is given so many rounds for it.
    fn paged(rounds: usize) -> Result<(), Unlived> {
        let mut cast = Cast::default();
        let lines = [
            "person ana \"Ana Ruiz\" admin | mail, phone +2m | mail",
            "policy checkout \"Checkout\" | ana 5m",
            "service checkout \"Checkout\" policy checkout",
            "integration checkout generic checkout",
        ];
        let mut company = vec![allclear_core::directory::Change::Organisation(organisation("UTC".parse().unwrap()))];
        company.extend(lines.map(|line| cast.read(line).unwrap()));
        let (database, _) = Database::in_memory_giving_way().unwrap();
        block_on(async {
            let mut past = Past::begin(database, MasterKey::new([7; 32]), LONG_AGO, 1).await?;
            past.engine().configure(Actor::System, move |_| Ok(company.clone())).await.unwrap();
            past.rounds = rounds;
            let integration = past.engine().directory().integrations().next().unwrap().id;
            past.receive(integration, "generic", Bytes::from_static(br#"{"summary": "Disk full"}"#)).await?;
            past.until(LONG_AGO + SignedDuration::from_mins(30)).await
        })
    }

    #[test]
    fn what_never_comes_to_rest_is_an_error() {
        paged(ROUNDS).unwrap();
        let given_up = |rounds| {
            let Err(Unlived::WithoutEnd { at, rounds: after }) = paged(rounds) else { panic!("it was lived") };
            assert_eq!(after, rounds);
            at.duration_since(LONG_AGO)
        };
        assert!(given_up(1) < SignedDuration::from_secs(1), "at the moment of the event");
        assert!(given_up(3) > SignedDuration::from_mins(1), "on the way to the next moment");
    }
}
