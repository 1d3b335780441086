//! The audit log.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::id::UserId;
use allclear_core::journal::{self, Entry, Hash};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// One entry of the audit log, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAudit {
    /// Its place, from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// The person who caused it, if it was one.
    pub user: Option<UserId>,
    /// The entry's JSON form, exactly as it was hashed.
    pub body: String,
    /// Its hash.
    pub hash: Hash,
}

impl StoredAudit {
    /// The entry itself.
    ///
    /// # Errors
    /// When it was not written by this program.
    pub fn entry(&self) -> Result<Entry<AuditFact>> {
        serde_json::from_str(&self.body).map_err(|error| Error::not_json(&error, &self.body))
    }
}

/// Where the log starts that is left: all before it was deleted, because it was old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The last entry that was deleted.
    pub number: u64,
    /// Its hash, from which the next one follows.
    pub hash: Hash,
    /// The application's signature of both.
    pub signature: Vec<u8>,
}

statements! {
    // The settings' row serves as the lock under which the log grows: entries are rare, and their order must be one.
    LOCK: Sql = Sql::locking("SELECT version FROM organisation WHERE one = 1");
    LAST: Sql = Sql::new("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
    APPEND: Sql = Sql::new("INSERT INTO audit (number, at, user_id, body, hash) VALUES ($1, $2, $3, $4, $5)");
    START: Sql = Sql::new("SELECT number, hash, signature FROM audit_start WHERE one = 1");
    PUT_START: Sql = Sql::new(
        "INSERT INTO audit_start (one, number, hash, signature) VALUES (1, $1, $2, $3) \
         ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash, signature = excluded.signature");
    FIRST: Sql = Sql::new("SELECT number, at, user_id, body, hash FROM audit ORDER BY number LIMIT $1");
    CUT: Sql = Sql::new("DELETE FROM audit WHERE number <= $1");
    LATEST: Sql = Sql::new(
        "SELECT number, at, user_id, body, hash FROM audit WHERE number < $1 ORDER BY number DESC LIMIT $2");
    BY_USER: Sql = Sql::new(
        "SELECT number, at, user_id, body, hash FROM audit WHERE user_id = $1 AND number < $2 \
         ORDER BY number DESC LIMIT $3");
    FROM: Sql = Sql::new("SELECT number, at, user_id, body, hash FROM audit WHERE number > $1 ORDER BY number LIMIT $2");
}

fn read(row: &Row<'_>) -> Result<StoredAudit> {
    Ok(StoredAudit {
        number: row.get::<i64>(0)?.cast_unsigned(),
        at: row.timestamp(1)?,
        user: row.get::<Option<uuid::Uuid>>(2)?.map(UserId::new),
        body: row.get(3)?,
        hash: crate::incidents::hash(&row.get::<Vec<u8>>(4)?)?,
    })
}

/// Keeps others from appending to the log, and from changing the configuration, until the transaction ends. Whoever
/// takes it first, before any other lock, never waits in a circle.
///
/// # Errors
/// Whatever the database says.
pub async fn lock(tx: &mut Tx<'_>) -> Result<()> {
    tx.query(&LOCK, &[], |row| row.get::<i64>(0)).await?;
    Ok(())
}

/// Appends one entry.
///
/// # Errors
/// Whatever the database says.
pub async fn append(tx: &mut Tx<'_>, at: Timestamp, actor: Actor, facts: Vec<AuditFact>) -> Result<()> {
    tx.query(&LOCK, &[], |row| row.get::<i64>(0)).await?;
    let last = tx.query_one(&LAST, &[], |row| Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?))).await?;
    let (number, head) = match last {
        Some((number, hash)) => (number, crate::incidents::hash(&hash)?),
        None => start(tx).await?.map_or((0, journal::GENESIS), |start| (start.number.cast_signed(), start.hash)),
    };
    let body = Entry { at, actor, facts }.to_json();
    let hash = journal::hash(&head, (number + 1).cast_unsigned(), &body);
    let values = [(number + 1).into(), at.into(), actor.user().into(), (&body).into(), (&hash).into()];
    tx.execute(&APPEND, &values).await?;
    Ok(())
}

/// Entries, the latest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn latest(tx: &mut Tx<'_>, before: Option<u64>, limit: i64) -> Result<Vec<StoredAudit>> {
    let before = before.map_or(i64::MAX, u64::cast_signed);
    tx.query(&LATEST, &[before.into(), limit.into()], read).await
}

/// What a person did to the installation, the latest first, from before a given entry.
///
/// # Errors
/// Whatever the database says.
pub async fn of_user(tx: &mut Tx<'_>, user: UserId, before: Option<u64>, limit: i64) -> Result<Vec<StoredAudit>> {
    let before = before.map_or(i64::MAX, u64::cast_signed);
    tx.query(&BY_USER, &[user.into(), before.into(), limit.into()], read).await
}

/// Entries after a given one, oldest first: to check the chain.
///
/// # Errors
/// Whatever the database says.
pub async fn chain(tx: &mut Tx<'_>, after: u64, limit: i64) -> Result<Vec<StoredAudit>> {
    tx.query(&FROM, &[after.cast_signed().into(), limit.into()], read).await
}

/// Where the log starts; none while nothing of it was deleted.
///
/// # Errors
/// Whatever the database says.
pub async fn start(tx: &mut Tx<'_>) -> Result<Option<Start>> {
    let read = |row: &Row<'_>| {
        let number = row.get::<i64>(0)?.cast_unsigned();
        Ok(Start { number, hash: crate::incidents::hash(&row.get::<Vec<u8>>(1)?)?, signature: row.get(2)? })
    };
    tx.query_one(&START, &[], read).await
}

/// Deletes the oldest entries that are from before a moment, so many at the most, and says how many those were. `sign`
/// makes the signature of where the log starts then.
///
/// # Errors
/// Whatever the database says.
pub async fn cut(
    tx: &mut Tx<'_>,
    before: Timestamp,
    limit: i64,
    sign: impl Fn(u64, &Hash) -> [u8; 32],
) -> Result<usize> {
    tx.query(&LOCK, &[], |row| row.get::<i64>(0)).await?;
    let first = tx.query(&FIRST, &[limit.into()], read).await?;
    let count = first.iter().take_while(|entry| entry.at < before).count();
    let Some(last) = count.checked_sub(1).and_then(|place| first.get(place)) else { return Ok(0) };
    let signature = sign(last.number, &last.hash);
    let number = last.number.cast_signed();
    tx.execute(&PUT_START, &[number.into(), (&last.hash).into(), (&signature).into()]).await?;
    tx.execute(&CUT, &[number.into()]).await?;
    Ok(count)
}
