//! Secrets at rest, by name.

use allclear_channels::Secret;
use allclear_core::directory::Directory;
use allclear_core::id::IntegrationId;
use allclear_core::limits;
use allclear_store::{Result, Tx, secrets};
use jiff::SignedDuration;

use crate::engine::Engine;
use crate::host::MailRoute;
use crate::seal::MasterKey;

/// For how long the code works by which a contact method is verified.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(limits::CODE_MINUTES as i64);

/// Under which name the password of the mail server is sealed.
pub const MAIL_PASSWORD: &str = "mail.password";

/// Under which name the key of an integration is sealed.
pub fn integration_key_name(integration: IntegrationId) -> String {
    format!("integration.{integration}")
}

impl Engine {
    /// Seals a secret and keeps it under its name, in the place of any before it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep_secret(&self, name: &str, secret: &str) -> Result<()> {
        let sealed = self.key().seal(self.maker().random(), name, secret.as_bytes());
        self.database()
            .write((name.to_owned(), sealed), |(name, sealed), tx| Box::pin(secrets::put(tx, name, sealed)))
            .await
    }

    /// The secret of that name; none when there is none, or it was sealed with another master key.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn secret(&self, name: &str) -> Result<Option<String>> {
        let found = self
            .database()
            .read(name.to_owned(), |name, tx| Box::pin(async move { secrets::get(tx, name).await }))
            .await?;
        let opened = found.and_then(|sealed| self.key().open(name, &sealed));
        Ok(opened.and_then(|secret| String::from_utf8(secret).ok()))
    }

    /// Forgets the secret of that name; false when there was none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_secret(&self, name: &str) -> Result<bool> {
        self.database().write(name.to_owned(), |name, tx| Box::pin(secrets::remove(tx, name))).await
    }
}

/// The mail server, with its password.
pub(crate) async fn mail_route(tx: &mut Tx<'_>, key: &MasterKey, directory: &Directory) -> Result<Option<MailRoute>> {
    let Some(server) = directory.organisation.mail.clone() else { return Ok(None) };
    let sealed = secrets::get(tx, MAIL_PASSWORD).await?;
    let password = sealed.and_then(|sealed| key.open(MAIL_PASSWORD, &sealed));
    let password = password.and_then(|password| String::from_utf8(password).ok()).map(Secret::new);
    Ok(Some(MailRoute { server, password }))
}
