//! Retention: history is cut by time, in small batches, and whatever is open or waits to be processed is never touched.
//!
//! Each function deletes at most `limit` things that are older than `before` and says how many it found; whoever calls
//! it goes on, in a transaction each, until there are fewer than that.

use allclear_core::id::{AlertId, DeliveryId};
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
    OLD_DELIVERIES: Sql = Sql::new(
        "SELECT d.id FROM deliveries d WHERE d.created_at < $1 AND d.changed_at < $1 AND d.due_at IS NULL \
         AND d.status <> 'held' AND NOT EXISTS \
         (SELECT 1 FROM incidents i WHERE i.id = d.incident_id AND i.closed_at IS NULL) ORDER BY d.created_at LIMIT $2");
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

/// Deletes segments that were processed, with what became of them and with the lists of events that point into them. An
/// alert that has been firing for longer than that stays, and so does its latest content; only its old events go.
///
/// # Errors
/// Whatever the database says.
pub async fn segments(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<i64> = tx.query(&OLD_SEGMENTS, &[before.into(), limit.into()], |row| row.get(0)).await?;
    tx.bulk(&EVENTS_OF_SEGMENTS, &rows(&old)).await?;
    tx.bulk(&OUTCOMES, &rows(&old)).await?;
    tx.bulk(&SEGMENTS, &rows(&old)).await?;
    Ok(old.len())
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
    let old = tx.query(&OLD_DELIVERIES, &[before.into(), limit.into()], read).await?;
    tx.bulk(&ATTEMPTS, &rows(&old)).await?;
    tx.bulk(&DELIVERIES, &rows(&old)).await?;
    Ok(old.len())
}
