//! Who did it.

use serde::{Deserialize, Serialize};

use crate::id::{IntegrationId, TokenId, UserId};

/// By which door a person came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The web pages.
    Web,
    /// The one-tap link of a page.
    Link,
    /// The API or the command line, with a token.
    Api,
    /// The command line on the machine itself.
    Console,
}

/// Who or what caused a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person.
    User {
        /// Who.
        user: UserId,
        /// By which door.
        via: Via,
    },
    /// A program with a token that belongs to nobody in particular.
    Token {
        /// Which one.
        token: TokenId,
    },
    /// A source of events.
    Integration {
        /// Which one.
        integration: IntegrationId,
    },
    /// Allclear itself: a timer, a rule, the set-up.
    System,
}

impl Actor {
    /// The person, if it was one.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User { user, .. } => Some(user),
            Self::Token { .. } | Self::Integration { .. } | Self::System => None,
        }
    }
}
