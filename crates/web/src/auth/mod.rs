//! Who is asking: people by their session, programs by their token.

mod password;
mod session;
mod token;

use std::sync::Arc;

use allclear_core::access::{Caller, Permission};
use allclear_core::actor::{Actor, Via};
use allclear_core::directory::User;
use allclear_core::id::{SessionId, TokenId};
use sha2::{Digest, Sha256};

pub(crate) use self::password::{SHORTEST_PASSWORD, check_new_password, hash_password, set_password, verify_password};
pub(crate) use self::session::{cookie_value, expired_cookie, new_session, session_cookie, visitor_by_session};
pub use self::token::{NewToken, new_token, revoke_token};
pub(crate) use self::token::{token_names, visitor_by_token};

/// Whoever is asking, once it is known who they are.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// The person; none for a program whose token belongs to nobody in particular.
    pub(crate) user: Option<Arc<User>>,
    /// By which door they came.
    pub(crate) door: Door,
    /// What they may do.
    pub(crate) caller: Caller,
}

/// By which door somebody came.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    /// A browser, signed in.
    Session {
        /// The session.
        id: SessionId,
        /// What forms must carry, so that no other site can send them.
        csrf: String,
    },
    /// The API, with a token.
    Token {
        /// The token.
        id: TokenId,
    },
}

impl Visitor {
    /// Whether they have the permission.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.caller.may(permission)
    }

    /// Who is to be named as the cause of what they do.
    pub(crate) fn actor(&self) -> Actor {
        match (&self.user, &self.door) {
            (Some(user), Door::Session { .. }) => Actor::User { user: user.id, via: Via::Web },
            (Some(user), Door::Token { .. }) => Actor::User { user: user.id, via: Via::Api },
            (None, Door::Token { id }) => Actor::Token { token: *id },
            (None, Door::Session { .. }) => Actor::System,
        }
    }

    /// What their forms must carry; empty for programs, which have no forms.
    pub(crate) fn csrf(&self) -> &str {
        match &self.door {
            Door::Session { csrf, .. } => csrf,
            Door::Token { .. } => "",
        }
    }
}

/// What is stored of a secret that somebody holds: enough to know it again, and of no use to whoever steals it.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
