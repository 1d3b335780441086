//! The password for the mail server, which both doors may set.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_engine::{Engine, MAIL_PASSWORD};
use serde_json::json;

/// Keeps a password, or forgets the one there is. That it is another one is noted, and never which.
pub(crate) async fn set(engine: &Engine, actor: Actor, password: Option<&str>) -> allclear_store::Result<()> {
    let known = engine.secret(MAIL_PASSWORD).await?;
    if known.as_deref() == password {
        return Ok(());
    }
    match password {
        Some(password) => engine.keep_secret(MAIL_PASSWORD, password).await?,
        None => drop(engine.forget_secret(MAIL_PASSWORD).await?),
    }
    let before = if known.is_some() { "the one before" } else { "none" };
    let after = if password.is_some() { "a new one" } else { "none" };
    let fact = AuditFact::SettingsChanged {
        before: json!({ "mail_password": before }),
        after: json!({ "mail_password": after }),
    };
    engine.note(actor, fact).await
}
