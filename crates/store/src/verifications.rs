//! Verifications: codes by which people prove that a contact method is theirs. Only a digest of the code is stored.

use allclear_core::id::ContactMethodId;
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// A code that was sent and not yet given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The digest of the code.
    pub digest: Vec<u8>,
    /// Until when it may be given back.
    pub expires_at: Timestamp,
    /// How many codes were tried, this one included.
    pub attempts: u32,
}

statements! {
    PUT: Sql = Sql::new(
        "INSERT INTO verifications (contact_id, digest, expires_at, attempts) VALUES ($1, $2, $3, 0) \
         ON CONFLICT (contact_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at, attempts = 0");
    ATTEMPT: Sql = Sql::new(
        "UPDATE verifications SET attempts = attempts + 1 WHERE contact_id = $1 AND expires_at > $2 \
         RETURNING digest, expires_at, attempts");
    TAKE: Sql = Sql::new("DELETE FROM verifications WHERE contact_id = $1 AND digest = $2 AND expires_at > $3");
    FORGET: Sql = Sql::new("DELETE FROM verifications WHERE contact_id = $1");
}

/// Stores the code that was sent to a contact method, in the place of any before it.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, contact: ContactMethodId, digest: &[u8], expires_at: Timestamp) -> Result<()> {
    tx.execute(&PUT, &[contact.into(), digest.into(), expires_at.into()]).await?;
    Ok(())
}

/// Counts an attempt to give a code back, and returns what it is to be compared with; nothing when there is no code, or
/// it has expired. The attempt is counted once its transaction is committed, so a wrong code must not fail it.
///
/// # Errors
/// Whatever the database says.
pub async fn attempt(tx: &mut Tx<'_>, now: Timestamp, contact: ContactMethodId) -> Result<Option<Verification>> {
    let read = |row: &Row<'_>| {
        let attempts = u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX);
        Ok(Verification { digest: row.get(0)?, expires_at: row.timestamp(1)?, attempts })
    };
    tx.query_one(&ATTEMPT, &[contact.into(), now.into()], read).await
}

/// Uses a code up; false when it is not the one that was sent last, has expired, or was used before.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, now: Timestamp, contact: ContactMethodId, digest: &[u8]) -> Result<bool> {
    Ok(tx.execute(&TAKE, &[contact.into(), digest.into(), now.into()]).await? == 1)
}

/// Forgets the code that was sent to a contact method, because it leads somewhere else now.
///
/// # Errors
/// Whatever the database says.
pub async fn forget(tx: &mut Tx<'_>, contact: ContactMethodId) -> Result<()> {
    tx.execute(&FORGET, &[contact.into()]).await?;
    Ok(())
}
