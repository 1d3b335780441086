//! Idempotency keys: what was answered to a request that may come again.
//!
//! Whoever sends a request with a key claims it first; the answer is kept under the key for as long as [`LIFETIME`]. A
//! claim whose owner died before it answered is free again after [`CLAIM`].

use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// For how long an answer is kept.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// For how long a request may take before its claim counts as abandoned.
pub const CLAIM: SignedDuration = SignedDuration::from_mins(1);

/// How many answers that are too old are deleted with each claim.
const SWEPT: i64 = 20;

/// A key, as its sender chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose it is: keys of different callers have nothing to do with each other.
    pub caller: String,
    /// The key.
    pub key: String,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its body, sealed by the application: it may hold a secret that is shown only once.
    pub sealed: Vec<u8>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The key is new: the request is to be carried out.
    Yes,
    /// Another request with the same key is being carried out at this moment.
    UnderWay,
    /// The key was used for another request.
    Other,
    /// This request was carried out before, and this was the answer.
    Before(Answer),
}

statements! {
    CLAIM_NEW: Sql = Sql::new(
        "INSERT INTO idempotency (caller, key, fingerprint, claimed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (caller, key) DO NOTHING");
    FIND: Sql = Sql::locking(
        "SELECT fingerprint, claimed_at, status, answer FROM idempotency WHERE caller = $1 AND key = $2");
    CLAIM_AGAIN: Sql = Sql::new(
        "UPDATE idempotency SET fingerprint = $3, claimed_at = $4, status = NULL, answer = NULL \
         WHERE caller = $1 AND key = $2");
    ANSWER: Sql = Sql::new(
        "UPDATE idempotency SET status = $4, answer = $5 WHERE caller = $1 AND key = $2 AND claimed_at = $3");
    RELEASE: Sql = Sql::new(
        "DELETE FROM idempotency WHERE caller = $1 AND key = $2 AND claimed_at = $3 AND status IS NULL");
    SWEEP: Sql = Sql::pair(
        "DELETE FROM idempotency WHERE (caller, key) IN \
         (SELECT caller, key FROM idempotency WHERE claimed_at <= ?1 ORDER BY claimed_at LIMIT ?2)",
        "DELETE FROM idempotency WHERE (caller, key) IN \
         (SELECT caller, key FROM idempotency WHERE claimed_at <= $1 ORDER BY claimed_at LIMIT $2 \
         FOR UPDATE SKIP LOCKED)");
}

struct Known {
    fingerprint: Vec<u8>,
    claimed_at: Timestamp,
    answer: Option<Answer>,
}

fn read(row: &Row<'_>) -> Result<Known> {
    let status = row.get::<Option<i64>>(2)?.and_then(|status| u16::try_from(status).ok());
    let sealed: Option<Vec<u8>> = row.get(3)?;
    Ok(Known {
        fingerprint: row.get(0)?,
        claimed_at: row.timestamp(1)?,
        answer: status.zip(sealed).map(|(status, sealed)| Answer { status, sealed }),
    })
}

/// Claims a key for the request of that fingerprint.
///
/// # Errors
/// Whatever the database says.
pub async fn claim(tx: &mut Tx<'_>, now: Timestamp, key: &Key, fingerprint: &[u8; 32]) -> Result<Claimed> {
    let before = |length: SignedDuration| now.checked_sub(length).unwrap_or(Timestamp::MIN);
    tx.execute(&SWEEP, &[before(LIFETIME).into(), SWEPT.into()]).await?;
    let values = [(&key.caller).into(), (&key.key).into(), fingerprint.into(), now.into()];
    if tx.execute(&CLAIM_NEW, &values).await? == 1 {
        return Ok(Claimed::Yes);
    }
    let Some(known) = tx.query_one(&FIND, &values[..2], read).await? else { return Ok(Claimed::UnderWay) };
    let is_abandoned = known.answer.is_none() && known.claimed_at <= before(CLAIM);
    if is_abandoned || known.claimed_at <= before(LIFETIME) {
        tx.execute(&CLAIM_AGAIN, &values).await?;
        return Ok(Claimed::Yes);
    }
    if known.fingerprint != fingerprint {
        return Ok(Claimed::Other);
    }
    Ok(known.answer.map_or(Claimed::UnderWay, Claimed::Before))
}

/// Keeps the answer to a request that was claimed at that moment.
///
/// # Errors
/// Whatever the database says.
pub async fn answer(tx: &mut Tx<'_>, claimed_at: Timestamp, key: &Key, answer: &Answer) -> Result<()> {
    let values = [
        (&key.caller).into(),
        (&key.key).into(),
        claimed_at.into(),
        i64::from(answer.status).into(),
        (&answer.sealed).into(),
    ];
    tx.execute(&ANSWER, &values).await?;
    Ok(())
}

/// Gives a claim back, because its request changed nothing and may be sent again.
///
/// # Errors
/// Whatever the database says.
pub async fn release(tx: &mut Tx<'_>, claimed_at: Timestamp, key: &Key) -> Result<()> {
    tx.execute(&RELEASE, &[(&key.caller).into(), (&key.key).into(), claimed_at.into()]).await?;
    Ok(())
}
