//! What all routes share.

use std::sync::Arc;

use allclear_core::id::{IntegrationId, UserId};
use allclear_core::limits;
use allclear_engine::{Engine, Intake};
use axum::extract::FromRef;
use jiff::Timestamp;

use crate::intake::Rejections;
use crate::live::{News, Streams};
use crate::rate::Limiter;

/// What all routes share: cheap to clone.
#[derive(Debug, Clone)]
pub struct App(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) intake: Intake,
    pub(crate) rejections: Rejections,
    pub(crate) intake_limit: Limiter<IntegrationId>,
    pub(crate) sign_in_limit: Limiter<String>,
    pub(crate) api_limit: Limiter<String>,
    /// How often one-tap links are opened from each address.
    /// How often a wrong token is tried from one address.
    pub(crate) wrong_token_limit: Limiter<String>,
    pub(crate) link_limit: Limiter<String>,
    /// How often it is written down, for each address, that attempts to sign in were not even looked at.
    pub(crate) sign_in_notes: Limiter<String>,
    /// What changes, for whoever has a page open.
    pub(crate) news: News,
    /// Opens the set-up, as long as nobody is there to sign in.
    pub(crate) set_up_token: String,
    /// The connection that people come by is protected, so cookies may insist on it.
    pub(crate) secure: bool,
    /// Our own pages may be framed by our own pages.
    pub(crate) framed: bool,
}

/// How the web part is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// The token that opens the set-up.
    pub set_up_token: String,
    /// People come by https.
    pub secure: bool,
    /// Pages may be shown in a frame of another page of this server, as in the demo. Others may never frame them.
    pub framed: bool,
}

impl App {
    /// The streams of live updates that are open.
    pub fn streams(&self) -> Streams {
        Streams::of(&self.0.news)
    }

    /// The web part over an engine.
    pub fn new(engine: Engine, intake: Intake, options: Options) -> Self {
        Self(Arc::new(Inner {
            rejections: Rejections::default(),
            intake_limit: Limiter::new(limits::INTAKE_PER_MINUTE),
            sign_in_limit: Limiter::new(limits::SIGN_IN_PER_MINUTE),
            api_limit: Limiter::new(limits::API_PER_MINUTE),
            wrong_token_limit: Limiter::new(limits::WRONG_TOKENS_PER_MINUTE),
            link_limit: Limiter::new(limits::LINKS_PER_MINUTE),
            sign_in_notes: Limiter::new(1),
            news: News::default(),
            set_up_token: options.set_up_token,
            secure: options.secure,
            framed: options.framed,
            engine,
            intake,
        }))
    }

    /// Lets somebody try a password of this account, at whichever door, or says how many seconds to wait.
    pub(crate) fn admit_password(&self, now: Timestamp, login: &str) -> Result<(), u64> {
        // What is typed may be of any length, and is remembered.
        let login: String = login.to_lowercase().chars().take(limits::NAME_CHARACTERS).collect();
        self.0.sign_in_limit.admit(now, format!("login {login}"))
    }

    /// Lets somebody have a code sent to an address, at whichever door, or says how many seconds to wait.
    pub(crate) fn admit_code(&self, now: Timestamp, user: UserId) -> Result<(), u64> {
        self.0.sign_in_limit.admit(now, format!("code {user}"))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }
}

impl FromRef<App> for Engine {
    fn from_ref(app: &App) -> Self {
        app.0.engine.clone()
    }
}
