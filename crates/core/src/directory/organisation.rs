//! The organisation and its settings.

use serde::{Deserialize, Serialize};

use super::Retention;
use crate::zone::Zone;

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// Begins in the clear and must change to TLS before anything is said (RFC 3207), usually port 587.
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314), usually port 465.
    Tls,
    /// No protection: for a server on the same machine.
    None,
}

/// The mail server through which pages leave. Its password is kept sealed, apart from this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub security: MailSecurity,
    /// The login, if it wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The sender of every mail: `Allclear <pager@example.com>`.
    pub sender: String,
}

impl MailServer {
    /// Whether a password that was typed for the one may be shown to the other: the same host, as well protected.
    pub fn shares_password_with(&self, other: &Self) -> bool {
        (&self.host, self.security) == (&other.host, other.security)
    }
}

/// The organisation: one to an installation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Organisation {
    /// Its name; empty until the set-up is done.
    #[serde(default)]
    pub name: String,
    /// The zone of times that belong to nobody in particular.
    #[serde(default)]
    pub time_zone: Zone,
    /// Where people reach this installation: `https://allclear.example.com`. Links in pages start with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The mail server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailServer>,
    /// For how long history is kept.
    #[serde(default, skip_serializing_if = "Retention::is_default")]
    pub keep: Retention,
}
