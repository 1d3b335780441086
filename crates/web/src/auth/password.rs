//! Passwords: argon2id (RFC 9106), with the parameters that OWASP's Password Storage Cheat Sheet names first.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("the parameters are valid");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash of a password, as a PHC string. Takes some tens of milliseconds, away from the threads that answer
/// requests.
pub(crate) async fn hash_password(password: String) -> Option<String> {
    let hashing = move || hasher().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string());
    tokio::task::spawn_blocking(hashing).await.ok().flatten()
}

/// Whether the password is the one of that hash. Takes as long when there is no hash, so that nobody learns from the
/// time it takes which logins exist.
pub(crate) async fn verify_password(password: String, hash: Option<String>) -> bool {
    let verifying = move || match hash.as_deref().map(argon2::PasswordHash::new) {
        Some(Ok(hash)) => hasher().verify_password(password.as_bytes(), &hash).is_ok(),
        Some(Err(_)) | None => {
            hasher().hash_password(password.as_bytes()).ok();
            false
        }
    };
    tokio::task::spawn_blocking(verifying).await.unwrap_or(false)
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
