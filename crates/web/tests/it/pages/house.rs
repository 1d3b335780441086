//! A whole house for a test: a real engine in memory, a clock that the test sets, a mail server that keeps what it
//! gets, and browsers.

use std::sync::Arc;

use allclear_channels::{Wire, WireReply};
use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Object, User};
use allclear_engine::Engine;
use allclear_engine::host::MailRoute;
use allclear_store::{audit, incidents};
use allclear_web::App;
use axum::Router;
use jiff::SignedDuration;

use super::browser::Browser;

pub(crate) use crate::outside::TOKEN;
use crate::outside::{Outside, work};

/// A mail as the fake mail server got it.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) server: String,
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
        let (outside, engine, app) = Outside::open(secure).await;
        let router = allclear_web::router(app.clone());
        Self { engine, app, router, outside }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// Lets time pass, and does whatever becomes due.
    pub(crate) async fn wait(&self, length: SignedDuration) {
        self.outside.pass(length);
        self.work().await;
    }

    /// Does whatever there is to do: events, timers, messages.
    pub(crate) async fn work(&self) {
        work(&self.engine).await;
    }

    /// What the mail server answers from now on.
    pub(crate) fn mail_server_says(&self, reply: WireReply) {
        self.outside.says(reply);
    }

    /// The mails that were sent since this was asked last.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        let letter = |(wire, route): (Wire, Option<MailRoute>)| match wire {
            Wire::Mail(mail) => Some(Letter {
                to: mail.to.address,
                text: mail.text,
                server: route.map(|route| route.server.host).unwrap_or_default(),
            }),
            Wire::Http(_) => None,
        };
        self.outside.carried().into_iter().filter_map(letter).collect()
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
