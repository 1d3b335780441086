//! A whole house for a test: a real engine in memory, a clock that the test sets, a mail server that keeps what it
//! gets, and browsers.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_channels::{Wire, WireReply};
use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Object, User};
use allclear_engine::host::{Carrier, Clock, MailRoute, Random};
use allclear_engine::{Engine, Host, MasterKey};
use allclear_store::{Database, audit, incidents};
use allclear_web::{App, Options};
use axum::Router;
use jiff::{SignedDuration, Timestamp};

use super::browser::Browser;

/// The token that opens the set-up.
pub(crate) const TOKEN: &str = "open-sesame";

/// A mail as the fake mail server got it.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) server: String,
}

#[derive(Debug)]
pub(crate) struct Outside {
    now: AtomicI64,
    count: AtomicU64,
    letters: Mutex<Vec<Letter>>,
    reply: Mutex<WireReply>,
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::Relaxed)).unwrap()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
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
        let reply = self.reply.lock().unwrap().clone();
        if let Wire::Mail(mail) = wire {
            self.letters.lock().unwrap().push(Letter {
                to: mail.to.address.clone(),
                text: mail.text.clone(),
                server: route.map(|route| route.server.host).unwrap_or_default(),
            });
        }
        Box::pin(async move { reply })
    }
}

/// The house.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) outside: Arc<Outside>,
}

impl House {
    /// A house in which nobody lives yet.
    pub(crate) async fn empty() -> Self {
        Self::with(false).await
    }

    /// The same, reached by https.
    pub(crate) async fn behind_https() -> Self {
        Self::with(true).await
    }

    async fn with(secure: bool) -> Self {
        let noon: Timestamp = "2026-11-23T11:00:00Z".parse().unwrap();
        let outside = Arc::new(Outside {
            now: AtomicI64::new(noon.as_millisecond()),
            count: AtomicU64::new(1),
            letters: Mutex::default(),
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
        let router = allclear_web::router(app.clone());
        Self { engine, app, router, outside }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Lets time pass, and does whatever becomes due.
    pub(crate) async fn wait(&self, length: SignedDuration) {
        self.outside.now.fetch_add(length.as_millis() as i64, Ordering::Relaxed);
        self.work().await;
    }

    /// Does whatever there is to do: events, timers, messages.
    pub(crate) async fn work(&self) {
        for _ in 0..20 {
            let mut done = self.engine.process(0).await.unwrap().requests + self.engine.fire_timers().await.unwrap();
            for claimed in self.engine.claim().await.unwrap() {
                let outcome = self.engine.hand_over(&claimed).await;
                self.engine.settle(claimed, outcome).await.unwrap();
                done += 1;
            }
            if done == 0 {
                return;
            }
        }
        panic!("there is always something to do");
    }

    /// What the mail server answers from now on.
    pub(crate) fn mail_server_says(&self, reply: WireReply) {
        *self.outside.reply.lock().unwrap() = reply;
    }

    /// The mails that were sent since this was asked last.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.outside.letters.lock().unwrap())
    }

    /// Puts things into the directory.
    pub(crate) async fn put(&self, objects: Vec<Object>) {
        let changes: Vec<Change> = objects.into_iter().map(Change::Put).collect();
        self.engine.configure(Actor::System, |_| Ok(changes.clone())).await.unwrap();
    }

    /// The person of that login.
    pub(crate) fn user(&self, login: &str) -> Arc<User> {
        let directory = self.engine.directory();
        directory.users().find(|user| user.slug == login).unwrap_or_else(|| panic!("there is no {login}")).clone()
    }

    /// How many entries the audit log and all journals have: what must not change by looking.
    pub(crate) async fn entries(&self) -> (usize, u64) {
        let read = self.engine.database().read((), |(), tx| {
            Box::pin(async move {
                let audit = audit::latest(tx, None, 10_000).await?.len();
                let incidents = incidents::list(tx, incidents::Filter::default(), 10_000).await?;
                Ok((audit, incidents.iter().map(|record| record.entries).sum()))
            })
        });
        read.await.unwrap()
    }
}
