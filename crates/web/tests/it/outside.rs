//! What is around a house in a test: a clock that the test sets, chance that is the same in every run, and a carrier
//! that keeps what it gets; and the engine with the web part in the midst of it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_channels::{Wire, WireReply};
use allclear_engine::host::{Carrier, Clock, MailRoute, Random};
use allclear_engine::{Engine, Host, MasterKey};
use allclear_store::Database;
use allclear_web::{App, Options};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The token that opens the set-up.
pub(crate) const TOKEN: &str = "open-sesame";

/// Everything outside of the engine.
#[derive(Debug)]
pub(crate) struct Outside {
    now: watch::Sender<Timestamp>,
    count: AtomicU64,
    carried: Mutex<Vec<(Wire, Option<MailRoute>)>>,
    reply: Mutex<WireReply>,
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    /// Sleeps until the test has moved the clock so far.
    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let until = self.now().checked_add(length).unwrap();
        let mut now = self.now.subscribe();
        Box::pin(async move { drop(now.wait_for(|now| *now >= until).await) })
    }
}

impl Random for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // Different every time, the same in every run: splitmix64.
            let mut number = self.count.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(number ^ (number >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

impl Carrier for Outside {
    fn carry(&self, wire: Wire, route: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>> {
        self.carried.lock().unwrap().push((wire, route));
        let reply = self.reply.lock().unwrap().clone();
        Box::pin(async move { reply })
    }
}

impl Outside {
    /// An engine in memory and the web part over it, at noon.
    pub(crate) async fn open(secure: bool) -> (Arc<Self>, Engine, App) {
        let noon: Timestamp = "2026-11-23T11:00:00Z".parse().unwrap();
        let outside = Arc::new(Self {
            now: watch::Sender::new(noon),
            count: AtomicU64::new(1),
            carried: Mutex::default(),
            reply: Mutex::new(WireReply::Mail { code: 250, text: "2.0.0 Ok: queued".to_owned() }),
        });
        let host = Host {
            clock: outside.clone(),
            random: outside.clone(),
            carrier: outside.clone(),
            key: MasterKey::new([7; 32]),
        };
        let engine = Engine::new(Database::in_memory().unwrap(), host).await.unwrap();
        let (intake, writing) = engine.intake();
        tokio::spawn(writing);
        let app = App::new(engine.clone(), intake, Options { set_up_token: TOKEN.to_owned(), secure, framed: false });
        (outside, engine, app)
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, length: SignedDuration) {
        self.now.send_modify(|now| *now = now.checked_add(length).unwrap());
    }

    /// What it answers from now on.
    pub(crate) fn says(&self, reply: WireReply) {
        *self.reply.lock().unwrap() = reply;
    }

    /// What was handed over since this was asked last.
    pub(crate) fn carried(&self) -> Vec<(Wire, Option<MailRoute>)> {
        std::mem::take(&mut *self.carried.lock().unwrap())
    }
}

/// Does whatever there is to do: events, timers, messages.
pub(crate) async fn work(engine: &Engine) {
    for _ in 0..50 {
        let mut done = engine.process(0).await.unwrap().requests + engine.fire_timers().await.unwrap();
        for claimed in engine.claim().await.unwrap() {
            let outcome = engine.hand_over(&claimed).await;
            engine.settle(claimed, outcome).await.unwrap();
            done += 1;
        }
        if done == 0 {
            return;
        }
    }
    panic!("there is always something to do");
}
