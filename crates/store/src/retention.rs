//! Retention: history is cut by time, in small batches, and whatever is open or waits to be processed is never touched.
//!
//! Each function deletes at most `limit` things that are older than `before` and says how many it found; whoever calls
//! it goes on, in a transaction each, until there are none.

use allclear_core::id::{AlertId, DeliveryId, IncidentId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Result;
use crate::statement::{Bulk, Sql, statements};
use crate::transaction::Tx;
use crate::value::{Kind, Value};

statements! {
    OLD_SEGMENTS: Sql = Sql::new(
        "SELECT s.number FROM segments s JOIN lanes l ON l.lane = s.lane \
         WHERE s.received_at < $1 AND s.number <= l.processed ORDER BY s.received_at LIMIT $2");
    SEGMENTS: Bulk = Bulk::pair(
        "DELETE FROM segments WHERE number = ?1",
        &[Kind::Int],
        "DELETE FROM segments WHERE number IN (SELECT * FROM {rows})");
    OUTCOMES: Bulk = Bulk::pair(
        "DELETE FROM outcomes WHERE segment = ?1",
        &[Kind::Int],
        "DELETE FROM outcomes WHERE segment IN (SELECT * FROM {rows})");
    EVENTS_OF_SEGMENTS: Bulk = Bulk::pair(
        "DELETE FROM alert_events WHERE segment = ?1",
        &[Kind::Int],
        "DELETE FROM alert_events WHERE segment IN (SELECT * FROM {rows})");
    OLD_ALERTS: Sql = Sql::new(
        "SELECT a.id FROM alerts a WHERE a.resolved_at < $1 AND NOT EXISTS \
         (SELECT 1 FROM incidents i WHERE i.id = a.incident_id AND i.closed_at IS NULL) ORDER BY a.resolved_at LIMIT $2");
    ALERTS: Bulk = Bulk::pair(
        "DELETE FROM alerts WHERE id = ?1",
        &[Kind::Uuid],
        "DELETE FROM alerts WHERE id IN (SELECT * FROM {rows})");
    EVENTS_OF_ALERTS: Bulk = Bulk::pair(
        "DELETE FROM alert_events WHERE alert_id = ?1",
        &[Kind::Uuid],
        "DELETE FROM alert_events WHERE alert_id IN (SELECT * FROM {rows})");
    // In the order of their ids, which begin with the time at which they were made. Locked, so that nobody sends one
    // again meanwhile.
    OLD_DELIVERIES: Sql = Sql::locking(
        "SELECT d.id FROM deliveries d WHERE d.id < $3 AND d.created_at < $1 AND d.changed_at < $1 \
         AND d.due_at IS NULL AND d.status <> 'held' AND NOT EXISTS \
         (SELECT 1 FROM incidents i WHERE i.id = d.incident_id AND i.closed_at IS NULL) ORDER BY d.id LIMIT $2");
    // Locked, so that nobody opens one again meanwhile.
    OLD_INCIDENTS: Sql = Sql::locking(
        "SELECT i.id, i.entries FROM incidents i WHERE i.closed_at < $1 AND NOT EXISTS \
         (SELECT 1 FROM alerts a WHERE a.incident_id = i.id) ORDER BY i.closed_at LIMIT $2");
    INCIDENTS: Bulk = Bulk::pair(
        "DELETE FROM incidents WHERE id = ?1",
        &[Kind::Uuid],
        "DELETE FROM incidents WHERE id IN (SELECT * FROM {rows})");
    JOURNALS: Bulk = Bulk::pair(
        "DELETE FROM journal WHERE incident_id = ?1",
        &[Kind::Uuid],
        "DELETE FROM journal WHERE incident_id IN (SELECT * FROM {rows})");
    SESSIONS: Sql = Sql::new(
        "DELETE FROM sessions WHERE id IN \
         (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)");
    TOKENS: Sql = Sql::new(
        "DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE revoked_at < $1 ORDER BY revoked_at LIMIT $2)");
    SILENCES: Sql = Sql::new(
        "DELETE FROM silences WHERE id IN (SELECT id FROM silences WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)");
    COVERS: Sql = Sql::new(
        "DELETE FROM covers WHERE id IN (SELECT id FROM covers WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)");
    NOTES: Sql = Sql::new(
        "DELETE FROM handoff_notes WHERE id IN (SELECT id FROM handoff_notes WHERE at < $1 ORDER BY at LIMIT $2)");
    ANSWERS: Sql = Sql::new(
        "DELETE FROM idempotency WHERE (caller, key) IN \
         (SELECT caller, key FROM idempotency WHERE claimed_at < $1 ORDER BY claimed_at LIMIT $2)");
    CODES: Sql = Sql::new(
        "DELETE FROM verifications WHERE contact_id IN \
         (SELECT contact_id FROM verifications WHERE expires_at < $1 LIMIT $2)");
    DELIVERIES: Bulk = Bulk::pair(
        "DELETE FROM deliveries WHERE id = ?1",
        &[Kind::Uuid],
        "DELETE FROM deliveries WHERE id IN (SELECT * FROM {rows})");
    ATTEMPTS: Bulk = Bulk::pair(
        "DELETE FROM attempts WHERE delivery_id = ?1",
        &[Kind::Uuid],
        "DELETE FROM attempts WHERE delivery_id IN (SELECT * FROM {rows})");
}

fn rows<'v>(keys: &[impl Into<Value<'v>> + Copy]) -> Vec<[Value<'v>; 1]> {
    keys.iter().map(|key| [(*key).into()]).collect()
}

/// Segments that were processed and are older than that, the oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn old_segments(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<Vec<i64>> {
    tx.query(&OLD_SEGMENTS, &[before.into(), limit.into()], |row| row.get(0)).await
}

/// Deletes what became of these segments, and the lists of events that point into them. An alert that has been firing
/// for longer than that stays, and so does its latest content; only its old events go.
///
/// # Errors
/// Whatever the database says.
pub async fn traces(tx: &mut Tx<'_>, segments: &[i64]) -> Result<()> {
    tx.bulk(&EVENTS_OF_SEGMENTS, &rows(segments)).await?;
    tx.bulk(&OUTCOMES, &rows(segments)).await
}

/// Deletes these segments, once their [`traces`] are gone. A transaction on the inbox.
///
/// # Errors
/// Whatever the database says.
pub async fn segments(tx: &mut Tx<'_>, segments: &[i64]) -> Result<()> {
    tx.bulk(&SEGMENTS, &rows(segments)).await
}

/// Deletes alerts that are over, unless they belong to an incident that is open.
///
/// # Errors
/// Whatever the database says.
pub async fn alerts(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let read = |row: &crate::Row<'_>| row.get::<Uuid>(0).map(AlertId::new);
    let old = tx.query(&OLD_ALERTS, &[before.into(), limit.into()], read).await?;
    tx.bulk(&EVENTS_OF_ALERTS, &rows(&old)).await?;
    tx.bulk(&ALERTS, &rows(&old)).await?;
    Ok(old.len())
}

/// Deletes deliveries with which nothing more will happen, and their attempts, unless they belong to an incident that
/// is open.
///
/// # Errors
/// Whatever the database says.
pub async fn deliveries(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let read = |row: &crate::Row<'_>| row.get::<Uuid>(0).map(DeliveryId::new);
    // The ids of that millisecond itself as well: what else is asked of them is exact.
    let milliseconds = u128::try_from(before.as_millisecond().saturating_add(1)).unwrap_or(0);
    let bound = Uuid::from_u128(milliseconds << 80);
    let old = tx.query(&OLD_DELIVERIES, &[before.into(), limit.into(), bound.into()], read).await?;
    tx.bulk(&ATTEMPTS, &rows(&old)).await?;
    tx.bulk(&DELIVERIES, &rows(&old)).await?;
    Ok(old.len())
}

/// How many journal entries are deleted in one transaction, unless one incident alone has more.
const ENTRIES: u64 = 2_000;

/// Deletes incidents that are over, with their journals, once none of their alerts is left.
///
/// # Errors
/// Whatever the database says.
pub async fn incidents(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let read = |row: &crate::Row<'_>| Ok((IncidentId::new(row.get(0)?), row.get::<i64>(1)?.cast_unsigned()));
    let mut entries = 0;
    let mut old = tx.query(&OLD_INCIDENTS, &[before.into(), limit.into()], read).await?;
    let few = old.iter().take_while(|(_, more)| {
        let room = entries < ENTRIES;
        entries += more;
        room
    });
    let few = few.count();
    old.truncate(few);
    let old: Vec<IncidentId> = old.into_iter().map(|(id, _)| id).collect();
    tx.bulk(&JOURNALS, &rows(&old)).await?;
    tx.bulk(&INCIDENTS, &rows(&old)).await?;
    Ok(old.len())
}

/// Small things that are deleted by their age alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Small {
    /// Sessions that have expired.
    Sessions,
    /// Tokens that were revoked.
    Tokens,
    /// Silences that are over.
    Silences,
    /// Requests for cover that are over.
    Covers,
    /// Handoff notes.
    Notes,
    /// What was answered to requests with an idempotency key.
    Answers,
    /// Codes that nobody typed in.
    Codes,
}

/// Deletes small things whose time was over before a moment.
///
/// # Errors
/// Whatever the database says.
pub async fn small(tx: &mut Tx<'_>, which: Small, before: Timestamp, limit: i64) -> Result<usize> {
    let sql = match which {
        Small::Sessions => &SESSIONS,
        Small::Tokens => &TOKENS,
        Small::Silences => &SILENCES,
        Small::Covers => &COVERS,
        Small::Notes => &NOTES,
        Small::Answers => &ANSWERS,
        Small::Codes => &CODES,
    };
    Ok(usize::try_from(tx.execute(sql, &[before.into(), limit.into()]).await?).unwrap_or(usize::MAX))
}
