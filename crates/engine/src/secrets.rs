//! Secrets at rest, by name.

use allclear_channels::Secret;
use allclear_core::directory::Directory;
use allclear_store::{Result, Tx, secrets};
use jiff::SignedDuration;

use crate::host::MailRoute;
use crate::seal::MasterKey;

/// For how long the code works by which a contact method is verified.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Under which name the password of the mail server is sealed.
pub(crate) const MAIL_PASSWORD: &str = "mail.password";

/// The mail server, with its password.
pub(crate) async fn mail_route(tx: &mut Tx<'_>, key: &MasterKey, directory: &Directory) -> Result<Option<MailRoute>> {
    let Some(server) = directory.organisation.mail.clone() else { return Ok(None) };
    let sealed = secrets::get(tx, MAIL_PASSWORD).await?;
    let password = sealed.and_then(|sealed| key.open(MAIL_PASSWORD, &sealed));
    let password = password.and_then(|password| String::from_utf8(password).ok()).map(Secret::new);
    Ok(Some(MailRoute { server, password }))
}
