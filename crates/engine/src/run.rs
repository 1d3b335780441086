//! The loops that keep the engine going in a real program. The simulator has its own.
//!
//! Each loop is woken by a hint and by time, and always decides from what is stored: a lost hint costs a moment, a
//! restart nothing.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use allclear_core::pace::{Next, Pace, Processed};
use allclear_store::Result;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::nodes;
use crate::pump::{self, Places};

/// How long a loop sleeps at the most before it looks by itself: for what other nodes have left to do.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it is looked whether something has become too old.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How long is waited between two batches of what is deleted, so that it takes a small part of the database's time.
const BETWEEN_SWEEPS: Duration = Duration::from_millis(200);
/// How long a loop waits after the database has refused.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// How many messages are under way at one time.
const UNDER_WAY: usize = pump::CLAIMS;
/// How many critical pages may be under way beside them: when every place is taken by messages to a server that does
/// not answer, a critical page still leaves at once.
const CRITICAL_UNDER_WAY: usize = 16;
/// Places are given away in lots of so many at the least, so that the quiet ones have their share of each.
const LEAST_PLACES: usize = 4;

/// The loops of an engine.
#[derive(Debug)]
pub struct Loops {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Loops {
    /// Starts the loops.
    pub fn start(engine: &Engine) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for lane in engine.lanes() {
            tasks.spawn(process(engine.clone(), lane, stopped.clone()));
        }
        tasks.spawn(fire_timers(engine.clone(), stopped.clone()));
        tasks.spawn(pump(engine.clone(), stopped.clone()));
        tasks.spawn(sweep(engine.clone(), stopped.clone()));
        if engine.database().is_shared() {
            tasks.spawn(refresh(engine.clone(), stopped.clone()));
            let node = engine.maker().id(engine.now());
            tasks.spawn(nodes::listen(engine.clone(), node, stopped.clone()));
            tasks.spawn(nodes::speak(engine.clone(), node, stopped));
        }
        Self { stop, tasks }
    }

    /// Waits until one of them breaks down, which none ever should.
    pub async fn broken(&mut self) {
        if let Some(Err(error)) = self.tasks.join_next().await {
            tracing::error!(%error, "a loop broke down");
        }
    }

    /// Stops: what is under way is finished, nothing new begins.
    pub async fn stop(mut self) {
        // No loop listening means that all have ended.
        self.stop.send(true).ok();
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a loop broke down");
            }
        }
    }
}

/// Sleeps until rung for, until the moment, or a little; false when it is time to stop.
async fn rest(
    bell: &tokio::sync::Notify,
    engine: &Engine,
    until: Option<Timestamp>,
    stop: &mut watch::Receiver<bool>,
) -> bool {
    let wait = until.map_or(LOOK_EVERY, |at| {
        let left = at.duration_since(engine.now());
        Duration::try_from(left).unwrap_or(Duration::ZERO).min(LOOK_EVERY)
    });
    tokio::select! {
        () = bell.notified() => {}
        () = engine.clock().sleep(wait) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    !*stop.borrow()
}

async fn process(engine: Engine, lane: i64, mut stop: watch::Receiver<bool>) {
    let bell = engine.context.bells.inbox(lane);
    let mut pace = Pace::default();
    while !*stop.borrow() {
        match engine.process(lane).await {
            Ok(done) => keep_pace(&engine, &mut pace, done, bell, &mut stop).await,
            Err(error) => {
                tracing::error!(%error, lane, "events cannot be processed; trying again");
                engine.clock().sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Waits until the lane is to process what comes next, or to stop.
async fn keep_pace(engine: &Engine, pace: &mut Pace, done: Processed, bell: &Notify, stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow() {
        let rush = engine.context.rush.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match pace.step(engine.now(), done, &rush) {
            Next::Process => return,
            Next::Gather(length) => return engine.clock().sleep(length).await,
            Next::Rest(length) => engine.clock().sleep(length).await,
            Next::Idle => {
                rest(bell, engine, None, stop).await;
                return;
            }
        }
    }
}

async fn fire_timers(engine: Engine, mut stop: watch::Receiver<bool>) {
    loop {
        let fired = engine.fire_timers().await;
        if *stop.borrow() {
            return;
        }
        match fired {
            Ok(0) => {
                let next = engine.next_timer().await.unwrap_or_default();
                if !rest(&engine.context.bells.timers, &engine, next, &mut stop).await {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "timers cannot be fired; trying again");
                engine.clock().sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// The messages that are under way, and the places for more.
struct Outgoing {
    engine: Engine,
    any: Arc<Semaphore>,
    critical: Arc<Semaphore>,
    under_way: JoinSet<()>,
}

impl Outgoing {
    /// Claims and sends as much as there is room for, and says how much that was. Nothing is claimed that cannot be
    /// sent at once: a claim's lease is running, and a louder message may come in the meantime.
    async fn fill(&mut self) -> Result<usize> {
        let (any, critical) = (self.any.available_permits(), self.critical.available_permits());
        let (places, room) = if any >= LEAST_PLACES {
            (Places::any(any), Arc::clone(&self.any))
        } else if critical > 0 {
            (Places::critical(critical), Arc::clone(&self.critical))
        } else {
            return Ok(0);
        };
        let claimed = pump::claim(&self.engine.context, places).await?;
        let count = claimed.len();
        for one in claimed {
            let place = Arc::clone(&room).acquire_owned().await;
            let engine = self.engine.clone();
            self.under_way.spawn(async move {
                let sender = tokio::spawn({
                    let (engine, one) = (engine.clone(), one.clone());
                    async move { engine.hand_over(&one).await }
                });
                let outcome = sender.await.unwrap_or_else(|_| pump::broken(&one, engine.now()));
                settle(&engine, one, outcome).await;
                drop(place);
                engine.context.bells.outbox.notify_one();
            });
        }
        Ok(count)
    }

    /// When there will be something to claim; none while there is no room, since whoever leaves rings the bell.
    async fn next(&self) -> Option<Timestamp> {
        if self.any.available_permits() < LEAST_PLACES {
            return None;
        }
        self.engine.next_delivery().await.unwrap_or_default()
    }
}

async fn pump(engine: Engine, mut stop: watch::Receiver<bool>) {
    let mut outgoing = Outgoing {
        engine: engine.clone(),
        any: Arc::new(Semaphore::new(UNDER_WAY)),
        critical: Arc::new(Semaphore::new(CRITICAL_UNDER_WAY)),
        under_way: JoinSet::new(),
    };
    while !*stop.borrow() {
        while outgoing.under_way.try_join_next().is_some() {}
        match outgoing.fill().await {
            Ok(0) => {
                let next = outgoing.next().await;
                if !rest(&engine.context.bells.outbox, &engine, next, &mut stop).await {
                    break;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "messages cannot be claimed; trying again");
                engine.clock().sleep(AFTER_FAILURE).await;
            }
        }
    }
    while outgoing.under_way.join_next().await.is_some() {}
}

/// Writes down what came of an attempt, trying hard: a message that was sent and not written down is sent again.
async fn settle(engine: &Engine, claimed: pump::Claimed, outcome: allclear_core::delivery::Outcome) {
    for _ in 0..20 {
        match engine.settle(claimed.clone(), outcome.clone()).await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(%error, delivery = %claimed.delivery, "an attempt cannot be written down; trying again");
                engine.clock().sleep(AFTER_FAILURE).await;
            }
        }
    }
}

async fn refresh(engine: Engine, mut stop: watch::Receiver<bool>) {
    // Schedules that are older than handovers are.
    if let Err(error) = engine.follow_handovers().await {
        tracing::error!(%error, "handovers cannot be followed; trying again at the next start");
    }
    let nobody = tokio::sync::Notify::new();
    while rest(&nobody, &engine, None, &mut stop).await {
        if let Err(error) = engine.refresh().await {
            tracing::error!(%error, "the configuration cannot be read; going on with the one we have");
        }
    }
}

async fn sweep(engine: Engine, mut stop: watch::Receiver<bool>) {
    loop {
        let wait = match engine.sweep().await {
            Ok(0) => SWEEP_EVERY,
            Ok(_) => BETWEEN_SWEEPS,
            Err(error) => {
                tracing::error!(%error, "old history cannot be deleted; trying again later");
                SWEEP_EVERY
            }
        };
        tokio::select! {
            () = engine.clock().sleep(wait) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
