//! Silences, as the Alertmanager API v2 has them.

use allclear_core::id::SilenceId;
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// Its identity.
    pub id: SilenceId,
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
        "id, starts_at, ends_at, updated_at, body"
    };
}

statements! {
    PUT: Sql = Sql::new(
        "INSERT INTO silences (id, starts_at, ends_at, updated_at, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at, \
         updated_at = excluded.updated_at, body = excluded.body");
    FIND: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM silences WHERE id = $1"));
    ACTIVE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE ends_at > $1 AND starts_at <= $1 ORDER BY ends_at, id"));
    LIST: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM silences WHERE ends_at > $1 ORDER BY ends_at, id LIMIT $2"));
    // One that has not begun ends as it begins, and so never holds.
    EXPIRE: Sql = Sql::new(
        "UPDATE silences SET starts_at = CASE WHEN starts_at > $2 THEN $2 ELSE starts_at END, ends_at = $2, \
         updated_at = $2 WHERE id = $1 AND ends_at > $2");
}

fn read(row: &Row<'_>) -> Result<Silence> {
    Ok(Silence {
        id: SilenceId::new(row.get(0)?),
        starts_at: row.timestamp(1)?,
        ends_at: row.timestamp(2)?,
        updated_at: row.timestamp(3)?,
        body: row.get(4)?,
    })
}

/// Stores a silence, new or changed.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, silence: &Silence) -> Result<()> {
    let values = [
        silence.id.into(),
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
pub async fn active(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Silence>> {
    tx.query(&ACTIVE, &[now.into()], read).await
}

/// The silences that end after this moment, whether they have begun or not, the one that ends first before the others.
///
/// # Errors
/// Whatever the database says.
pub async fn list(tx: &mut Tx<'_>, ends_after: Timestamp, limit: i64) -> Result<Vec<Silence>> {
    tx.query(&LIST, &[ends_after.into(), limit.into()], read).await
}

/// Ends a silence; false when there is none, or it is over already.
///
/// # Errors
/// Whatever the database says.
pub async fn expire(tx: &mut Tx<'_>, now: Timestamp, id: SilenceId) -> Result<bool> {
    Ok(tx.execute(&EXPIRE, &[id.into(), now.into()]).await? == 1)
}
