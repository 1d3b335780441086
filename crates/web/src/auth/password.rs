//! Passwords: argon2id (RFC 9106), with the parameters that OWASP's Password Storage Cheat Sheet names first.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::directory::User;
use allclear_core::id::{SessionId, UserId};
use allclear_core::limits;
use allclear_engine::Engine;
use allclear_store::{audit, passwords, sessions};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::problem::Problem;

/// 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// How many are computed at one time: each takes its memory, and more at once than there are processors gain nothing.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// How many characters a password has at the least.
pub(crate) const SHORTEST_PASSWORD: usize = 12;

/// Whether a password may be set for somebody: long is what counts (NIST SP 800-63B §3.1.1), and what everybody would
/// try first does not.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) fn check_new_password(password: &str, user: &User) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(format!(
            "it has {length} characters; use at least {SHORTEST_PASSWORD}, such as four words in a row"
        ));
    }
    if length > limits::PASSWORD_CHARACTERS {
        return Err(format!("it has {length} characters; at most {} are possible", limits::PASSWORD_CHARACTERS));
    }
    let folded = password.to_lowercase();
    let mailbox = user.email.split('@').next().unwrap_or_default().to_lowercase();
    let mut rest = folded.clone();
    for known in [user.slug.as_str(), &mailbox, "allclear", "password"] {
        if known.chars().count() > 2 {
            rest = rest.replace(known, "");
        }
    }
    let mut different: Vec<char> = rest.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return Err("it is one of those that others try first; use some words that have nothing to do with you".into());
    }
    Ok(())
}

/// The hash of a password, as a PHC string. Takes some tens of milliseconds, away from the threads that answer
/// requests.
pub(crate) async fn hash_password(password: String) -> Option<String> {
    let _turn = AT_ONCE.acquire().await.ok()?;
    let hashing = move || hasher().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string());
    tokio::task::spawn_blocking(hashing).await.ok().flatten()
}

/// Whether the password is the one of that hash. Takes as long when there is no hash, so that nobody learns from the
/// time it takes which logins exist.
pub(crate) async fn verify_password(password: String, hash: Option<String>) -> bool {
    let Ok(_turn) = AT_ONCE.acquire().await else { return false };
    let verifying = move || match hash.as_deref().map(argon2::PasswordHash::new) {
        Some(Ok(hash)) => hasher().verify_password(password.as_bytes(), &hash).is_ok(),
        Some(Err(_)) | None => {
            hasher().hash_password(password.as_bytes()).ok();
            false
        }
    };
    tokio::task::spawn_blocking(verifying).await.unwrap_or(false)
}

/// Gives somebody another password, ends their sessions but one, and notes it: all of it or nothing. Whether it may be
/// set, [`check_new_password`] says.
pub(crate) async fn set_password(
    engine: &Engine,
    actor: Actor,
    user: UserId,
    password: String,
    keep: Option<SessionId>,
) -> Result<(), Problem> {
    let Some(hash) = hash_password(password).await else {
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The password could not be hashed."));
    };
    let now = engine.now();
    let written = engine.database().write(hash, move |hash, tx| {
        Box::pin(async move {
            passwords::put(tx, now, user, hash).await?;
            sessions::revoke_all(tx, user, keep).await?;
            audit::append(tx, now, actor, vec![AuditFact::PasswordChanged { user }]).await
        })
    });
    Ok(written.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let hash = hash_password("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password("correct horse".into(), Some(hash.clone())).await);
        assert!(!verify_password("wrong horse".into(), Some(hash)).await);
        assert!(!verify_password("correct horse".into(), None).await);
        assert!(!verify_password("correct horse".into(), Some("plain".into())).await);
    }
}
