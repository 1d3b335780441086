//! Silences, as the Alertmanager API v2 has them.

use allclear_core::id::{ServiceId, SilenceId};
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};
use crate::value::Value;

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its identity.
    pub id: SilenceId,
    /// Whose alerts it is about; stays the same for as long as it is there.
    pub service: ServiceId,
    /// From when on it holds.
    pub starts_at: Timestamp,
    /// Until when: from this moment on, it no longer does.
    pub ends_at: Timestamp,
    /// When it was changed for the last time.
    pub updated_at: Timestamp,
    /// Its JSON form as it was sent: matchers, who, why. The moments above are the ones that count, not those in here.
    pub body: String,
}

macro_rules! columns {
    () => {
        "id, service_id, starts_at, ends_at, updated_at, body"
    };
}

/// Which silences a list shows: all bounds hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// They end after this moment …
    pub ends_after: Timestamp,
    /// … and not after this one.
    pub ends_until: Timestamp,
    /// They start after this moment …
    pub starts_after: Timestamp,
    /// … and not after this one.
    pub starts_until: Timestamp,
}

/// How many silences stand how, each counted no further than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// They hold.
    pub active: u64,
    /// They have not begun.
    pub pending: u64,
    /// They are over, and not for long.
    pub expired: u64,
}

statements! {
    PUT: Sql = Sql::new(
        "INSERT INTO silences (id, service_id, starts_at, ends_at, updated_at, body) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, \
         updated_at = excluded.updated_at, body = excluded.body");
    FIND: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM silences WHERE id = $1"));
    ACTIVE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE ends_at > $1 AND starts_at <= $1 \
                 ORDER BY ends_at, id LIMIT $2"));
    PENDING: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE starts_at > $1 ORDER BY starts_at, id LIMIT $2"));
    EXPIRED: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE ends_at > $1 AND ends_at <= $2 \
                 ORDER BY ends_at DESC, id DESC LIMIT $3"));
    NEWEST: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE id < $1 AND ends_at > $2 AND ends_at <= $3 \
                 AND starts_at > $4 AND starts_at <= $5 ORDER BY id DESC LIMIT $6"));
    OF_SERVICE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE service_id = $1 AND ends_at > $2 ORDER BY ends_at, id"));
    COUNT_OF_SERVICE: Sql = Sql::new("SELECT count(*) FROM silences WHERE service_id = $1 AND ends_at > $2");
    COUNTS: Sql = Sql::new(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM silences WHERE ends_at > $1 AND starts_at <= $1 LIMIT $3) AS a), \
         (SELECT count(*) FROM (SELECT 1 FROM silences WHERE starts_at > $1 LIMIT $3) AS p), \
         (SELECT count(*) FROM (SELECT 1 FROM silences WHERE ends_at > $2 AND ends_at <= $1 LIMIT $3) AS e)");
    // One that has not begun ends as it begins, and so never holds.
    EXPIRE: Sql = Sql::new(
        "UPDATE silences SET starts_at = CASE WHEN starts_at > $2 THEN $2 ELSE starts_at END, ends_at = $2, \
         updated_at = $2 WHERE id = $1 AND ends_at > $2");
}

fn read(row: &Row<'_>) -> Result<Silence> {
    Ok(Silence {
        id: SilenceId::new(row.get(0)?),
        service: ServiceId::new(row.get(1)?),
        starts_at: row.timestamp(2)?,
        ends_at: row.timestamp(3)?,
        updated_at: row.timestamp(4)?,
        body: row.get(5)?,
    })
}

/// Stores a silence, new or changed.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, silence: &Silence) -> Result<()> {
    let values = [
        silence.id.into(),
        silence.service.into(),
        silence.starts_at.into(),
        silence.ends_at.into(),
        silence.updated_at.into(),
        (&silence.body).into(),
    ];
    tx.execute(&PUT, &values).await?;
    Ok(())
}

/// The silence of that identity, also when it is over.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, id: SilenceId) -> Result<Option<Silence>> {
    tx.query_one(&FIND, &[id.into()], read).await
}

/// The silences that hold at this moment, the one that ends first before the others.
///
/// # Errors
/// Whatever the database says.
pub async fn active(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Silence>> {
    tx.query(&ACTIVE, &[now.into(), limit.into()], read).await
}

/// The silences that begin after this moment, the one that begins first before the others.
///
/// # Errors
/// Whatever the database says.
pub async fn pending(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Silence>> {
    tx.query(&PENDING, &[now.into(), limit.into()], read).await
}

/// The silences that are over at this moment and ended after that one, the one that ended last before the others.
///
/// # Errors
/// Whatever the database says.
pub async fn expired(tx: &mut Tx<'_>, now: Timestamp, ended_after: Timestamp, limit: i64) -> Result<Vec<Silence>> {
    tx.query(&EXPIRED, &[ended_after.into(), now.into(), limit.into()], read).await
}

/// Silences, the newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn newest(tx: &mut Tx<'_>, span: Span, before: Option<SilenceId>, limit: i64) -> Result<Vec<Silence>> {
    let before = before.map_or(uuid::Uuid::max(), SilenceId::uuid);
    let bounds = [span.ends_after, span.ends_until, span.starts_after, span.starts_until];
    let [ends_after, ends_until, starts_after, starts_until] = bounds.map(Value::from);
    tx.query(&NEWEST, &[before.into(), ends_after, ends_until, starts_after, starts_until, limit.into()], read).await
}

/// The silences of one service that end after this moment. How many there may be is limited where they are made.
///
/// # Errors
/// Whatever the database says.
pub async fn of_service(tx: &mut Tx<'_>, service: ServiceId, ends_after: Timestamp) -> Result<Vec<Silence>> {
    tx.query(&OF_SERVICE, &[service.into(), ends_after.into()], read).await
}

/// How many silences of one service end after this moment.
///
/// # Errors
/// Whatever the database says.
pub async fn count_of_service(tx: &mut Tx<'_>, service: ServiceId, ends_after: Timestamp) -> Result<u64> {
    let count = tx.query_one(&COUNT_OF_SERVICE, &[service.into(), ends_after.into()], |row| row.get::<i64>(0)).await?;
    Ok(count.unwrap_or(0).unsigned_abs())
}

/// How many silences stand how at this moment; of those that are over, the ones that ended after that moment.
///
/// # Errors
/// Whatever the database says.
pub async fn counts(tx: &mut Tx<'_>, now: Timestamp, ended_after: Timestamp, most: i64) -> Result<Counts> {
    let read = |row: &Row<'_>| {
        let count = |place| row.get::<i64>(place).map(i64::unsigned_abs);
        Ok(Counts { active: count(0)?, pending: count(1)?, expired: count(2)? })
    };
    let counts = tx.query_one(&COUNTS, &[now.into(), ended_after.into(), most.into()], read).await?;
    Ok(counts.unwrap_or(Counts { active: 0, pending: 0, expired: 0 }))
}

/// Ends a silence; false when there is none, or it is over already.
///
/// # Errors
/// Whatever the database says.
pub async fn expire(tx: &mut Tx<'_>, now: Timestamp, id: SilenceId) -> Result<bool> {
    Ok(tx.execute(&EXPIRE, &[id.into(), now.into()]).await? == 1)
}
