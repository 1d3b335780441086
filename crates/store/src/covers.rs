//! Requests for cover.

use allclear_core::cover::Request;
use allclear_core::id::{CoverId, ScheduleId, UserId};
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// A request as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverRecord {
    /// Its identity.
    pub id: CoverId,
    /// Grows by one with each change.
    pub version: i64,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// The request itself.
    pub request: Request,
}

statements! {
    PUT: Sql = Sql::new(
        "INSERT INTO covers (id, schedule_id, asker_id, version, ended_at, state) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, ended_at = excluded.ended_at, \
         state = excluded.state");
    FIND: Sql = Sql::new("SELECT id, version, ended_at, state FROM covers WHERE id = $1");
    TAKE: Sql = Sql::locking("SELECT id, version, ended_at, state FROM covers WHERE id = $1");
    OPEN: Sql = Sql::new("SELECT id, version, ended_at, state FROM covers WHERE ended_at IS NULL ORDER BY id");
    BEFORE: Sql = Sql::new(
        "SELECT id, version, ended_at, state FROM covers WHERE id < $1 ORDER BY id DESC LIMIT $2");
    OF_SCHEDULE: Sql = Sql::new(
        "SELECT id, version, ended_at, state FROM covers WHERE schedule_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
}

fn read(row: &Row<'_>) -> Result<CoverRecord> {
    Ok(CoverRecord {
        id: CoverId::new(row.get(0)?),
        version: row.get(1)?,
        ended_at: row.optional_timestamp(2)?,
        request: row.json(3)?,
    })
}

/// Stores a request, new or changed.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, record: &CoverRecord) -> Result<()> {
    let state = serde_json::to_string(&record.request).expect("a request has a JSON form");
    let (schedule, asker): (ScheduleId, UserId) = (record.request.schedule, record.request.asker);
    let values = [
        record.id.into(),
        schedule.into(),
        asker.into(),
        record.version.into(),
        record.ended_at.into(),
        (&state).into(),
    ];
    tx.execute(&PUT, &values).await?;
    Ok(())
}

/// A request, to be looked at.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, id: CoverId) -> Result<Option<CoverRecord>> {
    tx.query_one(&FIND, &[id.into()], read).await
}

/// A request, to be changed.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, id: CoverId) -> Result<Option<CoverRecord>> {
    tx.query_one(&TAKE, &[id.into()], read).await
}

/// All that are open, oldest first. There are few: each person may have some at a time.
///
/// # Errors
/// Whatever the database says.
pub async fn open(tx: &mut Tx<'_>) -> Result<Vec<CoverRecord>> {
    tx.query(&OPEN, &[], read).await
}

/// Requests, the newest first, from before a given one; of one schedule, if it is said.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    tx: &mut Tx<'_>,
    schedule: Option<ScheduleId>,
    before: Option<CoverId>,
    limit: i64,
) -> Result<Vec<CoverRecord>> {
    let before = before.map_or(uuid::Uuid::max(), CoverId::uuid);
    match schedule {
        None => tx.query(&BEFORE, &[before.into(), limit.into()], read).await,
        Some(schedule) => tx.query(&OF_SCHEDULE, &[schedule.into(), before.into(), limit.into()], read).await,
    }
}
