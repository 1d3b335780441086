//! Verification: a contact method counts only once its owner has typed in the code that was sent there.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, User};
use allclear_core::id::{ContactMethodId, DeliveryId, UserId};
use allclear_core::limits;
use allclear_store::deliveries::Purpose;
use allclear_store::{Result, verifications};
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::configuration::NotChanged;
use crate::engine::Engine;
use crate::secrets::CODE_LIFETIME;

/// What came of a code that was typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It is the right one: the contact method is verified.
    Yes,
    /// It is not the right one.
    Wrong {
        /// How many tries are left.
        left: u32,
    },
    /// There is no code to compare it with: none was sent, it is too old, or it was tried too often.
    NoCode,
}

impl Engine {
    /// Sends a fresh code to a contact method, in the place of any before it. None when there is no such person or
    /// contact method.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn send_code(&self, user: UserId, contact: ContactMethodId) -> Result<Option<DeliveryId>> {
        let code = self.maker().code();
        let digest = self.key().code_digest(contact, &code);
        let expires_at = self.now().checked_add(CODE_LIFETIME).unwrap_or(Timestamp::MAX);
        let purpose = Purpose::Verify { sealed: self.key().seal_code(self.maker().random(), contact, &code) };
        let sent = self.send(user, contact, purpose).await?;
        if sent.is_some() {
            self.database()
                .write(digest, move |digest, tx| Box::pin(verifications::put(tx, contact, digest, expires_at)))
                .await?;
        }
        Ok(sent)
    }

    /// Takes a code that somebody typed in; the right one verifies the contact method.
    ///
    /// # Errors
    /// When the database refuses, or the person is gone.
    pub async fn verify(
        &self,
        actor: Actor,
        user: UserId,
        contact: ContactMethodId,
        code: &str,
    ) -> std::result::Result<Verified, NotChanged> {
        let now = self.now();
        let digest = self.key().code_digest(contact, code);
        let verified = self
            .database()
            .write(digest, move |digest, tx| {
                Box::pin(async move {
                    let Some(known) = verifications::attempt(tx, now, contact).await? else {
                        return Ok(Verified::NoCode);
                    };
                    if known.attempts > limits::CODE_ATTEMPTS {
                        return Ok(Verified::NoCode);
                    }
                    if !bool::from(known.digest.ct_eq(digest.as_slice())) {
                        return Ok(Verified::Wrong { left: limits::CODE_ATTEMPTS - known.attempts });
                    }
                    let taken = verifications::take(tx, now, contact, &known.digest).await?;
                    Ok(if taken { Verified::Yes } else { Verified::NoCode })
                })
            })
            .await?;
        if verified == Verified::Yes {
            self.take_as_verified(actor, user, contact).await?;
        }
        Ok(verified)
    }

    /// Takes a contact method as verified, because its owner has shown in another way that messages arrive there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_as_verified(
        &self,
        actor: Actor,
        user: UserId,
        contact: ContactMethodId,
    ) -> std::result::Result<(), NotChanged> {
        let now = self.now();
        let plan = |directory: &allclear_core::directory::Directory| {
            let Some(person) = directory.user(user) else { return Ok(Vec::new()) };
            let mut person = User::clone(person);
            for method in person.contacts.iter_mut().filter(|method| method.id == contact) {
                method.verified_at = Some(now);
            }
            Ok(vec![Change::Put(allclear_core::directory::Object::User(Arc::new(person)))])
        };
        self.configure(actor, plan).await.map(drop)
    }
}
