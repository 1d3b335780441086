//! What a channel needs to know besides the message.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that must not show in a log: a key, a password, a code, a link that acts without a login.
///
/// It can be stored with a message (whoever stores it keeps it as safe as the message), but not printed by accident.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Each use is a place to check.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// Who mails are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSender {
    /// The mailbox in `From`, and where mail that cannot be delivered goes back to: `Allclear <pager@example.com>`. Its
    /// domain is also that of the message ids.
    pub sender: String,
    /// The mailbox that answers go to, where it is another one.
    pub reply_to: Option<String>,
}

/// What the channels need to know besides the message. The caller fills in what the set-up has; a channel that misses
/// something says so, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// Who mails are from; nothing while no mail server is set up.
    pub mail: Option<MailSender>,
    /// The signing secrets of the endpoint that the message goes to, as `whsec_` and base64; the newest first. More
    /// than one while it is being changed: a receiver accepts any one of the signatures.
    pub webhook_secrets: Vec<Secret>,
}
