//! Alerts.

use std::sync::Arc;

use allclear_core::alert::{Alert, Clearing, Content, Status};
use allclear_core::correlate::Reason;
use allclear_core::id::{AlertId, IncidentId, IntegrationId, ServiceId};
use allclear_core::severity::Severity;
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::statement::{Bulk, Lookup, Sql, statements};
use crate::transaction::{Row, Tx};
use crate::value::{Kind, Value, digest};

/// An alert as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRecord {
    /// Its identity.
    pub id: AlertId,
    /// The alert.
    pub alert: Alert,
    /// Why it belongs to its incident.
    pub placement: Option<Reason>,
}

macro_rules! columns {
    () => {
        "a.id, a.service_id, a.integration_id, a.dedup_key, a.summary, a.severity, a.count, a.first_seen, a.last_seen, \
         a.expires_at, a.resolved_at, a.clearing, a.incident_id, a.placement, a.content"
    };
}

statements! {
    FIRING: Lookup = Lookup::locking(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.service_id = ?1 AND a.key_digest = ?2 \
                 AND a.resolved_at IS NULL"),
        &[Kind::Uuid, Kind::Bytes],
        concat!("SELECT ", columns!(), " FROM {keys} AS wanted (service, digest) JOIN alerts a \
                 ON a.service_id = wanted.service AND a.key_digest = wanted.digest AND a.resolved_at IS NULL ORDER BY a.id"));
    BY_ID: Lookup = Lookup::locking(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.id = ?1"),
        &[Kind::Uuid],
        concat!("SELECT ", columns!(), " FROM {keys} AS wanted (id) JOIN alerts a ON a.id = wanted.id ORDER BY a.id"));
    VIEW: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM alerts a WHERE a.id = $1"));
    PUT: Bulk = Bulk::insert(
        "INSERT INTO alerts (id, service_id, integration_id, dedup_key, key_digest, summary, severity, count, first_seen, \
         last_seen, expires_at, resolved_at, clearing, incident_id, placement, content)",
        &[Kind::Uuid, Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Bytes, Kind::Text, Kind::Int, Kind::Int, Kind::Int,
          Kind::Int, Kind::Int, Kind::Int, Kind::Text, Kind::Uuid, Kind::Text, Kind::Text],
        "ON CONFLICT (id) DO UPDATE SET summary = excluded.summary, severity = excluded.severity, \
         count = excluded.count, last_seen = excluded.last_seen, expires_at = excluded.expires_at, \
         resolved_at = excluded.resolved_at, clearing = excluded.clearing, incident_id = excluded.incident_id, \
         placement = excluded.placement, content = excluded.content");
    ADD_EVENTS: Bulk = Bulk::insert(
        "INSERT INTO alert_events (alert_id, segment, positions)",
        &[Kind::Uuid, Kind::Int, Kind::Text],
        "ON CONFLICT (alert_id, segment) DO NOTHING");
    EVENTS: Sql = Sql::new(
        "SELECT segment, positions FROM alert_events WHERE alert_id = $1 ORDER BY segment DESC LIMIT $2");
    OF_INCIDENT: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.incident_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3"));
    FIRING_OF_INCIDENT: Sql = Sql::locking(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.incident_id = $1 AND a.resolved_at IS NULL ORDER BY a.id"));
    MOVE: Sql = Sql::new("UPDATE alerts SET incident_id = $2, placement = $3 WHERE incident_id = $1");
    OPEN: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.resolved_at IS NULL AND a.id < $1 ORDER BY a.id DESC LIMIT $2"));
    RECENT: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM alerts a WHERE a.id < $1 ORDER BY a.id DESC LIMIT $2"));
    OPEN_COUNT: Sql = Sql::new("SELECT count(*) FROM alerts WHERE resolved_at IS NULL");
}

fn read(row: &Row<'_>) -> Result<AlertRecord> {
    let rank: i64 = row.get(5)?;
    let severity = u8::try_from(rank).ok().and_then(Severity::from_rank);
    let severity = severity.ok_or_else(|| Error::Corrupt(format!("{rank} is not a severity")))?;
    let status = match row.optional_timestamp(10)? {
        Some(at) => Status::Resolved { at, how: clearing(&row.get::<String>(11)?)? },
        None => Status::Firing,
    };
    let content: Content = row.json(14)?;
    Ok(AlertRecord {
        id: AlertId::new(row.get(0)?),
        placement: if row.get::<Option<String>>(13)?.is_some() { Some(row.json(13)?) } else { None },
        alert: Alert {
            service: ServiceId::new(row.get(1)?),
            integration: IntegrationId::new(row.get(2)?),
            key: row.get(3)?,
            status,
            summary: row.get(4)?,
            severity,
            count: row.get::<i64>(6)?.cast_unsigned(),
            first_seen: row.timestamp(7)?,
            last_seen: row.timestamp(8)?,
            expires_at: row.optional_timestamp(9)?,
            incident: row.get::<Option<uuid::Uuid>>(12)?.map(IncidentId::new),
            content: Arc::new(content),
        },
    })
}

fn clearing(word: &str) -> Result<Clearing> {
    let all = [Clearing::BySource, Clearing::Expired, Clearing::ByPerson];
    let known = all.into_iter().find(|clearing| clearing_word(*clearing) == word);
    known.ok_or_else(|| Error::Corrupt(format!("`{word}` is not a way for an alert to be over")))
}

const fn clearing_word(clearing: Clearing) -> &'static str {
    match clearing {
        Clearing::BySource => "source",
        Clearing::Expired => "expired",
        Clearing::ByPerson => "person",
    }
}

/// The alerts that fire under these keys. In a transaction that writes, nobody else changes them until it ends.
///
/// # Errors
/// Whatever the database says.
pub async fn firing(tx: &mut Tx<'_>, keys: &[(ServiceId, &str)]) -> Result<Vec<AlertRecord>> {
    let keys: Vec<(ServiceId, [u8; 32])> = keys.iter().map(|(service, key)| (*service, digest(key))).collect();
    let keys: Vec<[Value<'_>; 2]> = keys.iter().map(|(service, digest)| [(*service).into(), digest.into()]).collect();
    tx.look_up(&FIRING, &keys, read).await
}

/// The alerts of these identities. In a transaction that writes, nobody else changes them until it ends.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, id: AlertId) -> Result<Option<AlertRecord>> {
    tx.query_one(&VIEW, &[id.into()], read).await
}

/// The alerts of these identities, to be changed.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, ids: &[AlertId]) -> Result<Vec<AlertRecord>> {
    let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    tx.look_up(&BY_ID, &keys, read).await
}

/// Stores alerts, new or changed, each at most once.
///
/// # Errors
/// Whatever the database says; a conflict, when another node has begun an alert of the same key in the meantime.
pub async fn put(tx: &mut Tx<'_>, records: &[&AlertRecord]) -> Result<()> {
    let made: Vec<Made> = records.iter().map(|record| Made::of(record)).collect();
    let rows: Vec<[Value<'_>; 16]> = records.iter().zip(&made).map(|(record, made)| row(record, made)).collect();
    tx.bulk(&PUT, &rows).await
}

/// What a row of an alert is made from, beside the alert itself.
struct Made {
    key_digest: [u8; 32],
    placement: Option<String>,
    content: String,
}

impl Made {
    fn of(record: &AlertRecord) -> Self {
        Self {
            key_digest: digest(&record.alert.key),
            placement: record.placement.as_ref().map(to_json),
            content: to_json(&*record.alert.content),
        }
    }
}

fn row<'r>(record: &'r AlertRecord, made: &'r Made) -> [Value<'r>; 16] {
    let alert = &record.alert;
    let (resolved_at, clearing) = match alert.status {
        Status::Firing => (None, None),
        Status::Resolved { at, how } => (Some(at), Some(clearing_word(how))),
    };
    [
        record.id.into(),
        alert.service.into(),
        alert.integration.into(),
        (&alert.key).into(),
        (&made.key_digest).into(),
        (&alert.summary).into(),
        i64::from(alert.severity.rank()).into(),
        alert.count.cast_signed().into(),
        alert.first_seen.into(),
        alert.last_seen.into(),
        alert.expires_at.into(),
        resolved_at.into(),
        clearing.into(),
        alert.incident.into(),
        made.placement.as_ref().into(),
        (&made.content).into(),
    ]
}

fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the core's types have JSON forms")
}

/// Notes from which events alerts were built: (alert, segment, positions within it).
///
/// # Errors
/// Whatever the database says.
pub async fn add_events(tx: &mut Tx<'_>, events: &[(AlertId, i64, String)]) -> Result<()> {
    let rows: Vec<[Value<'_>; 3]> = events
        .iter()
        .map(|(alert, segment, positions)| [(*alert).into(), (*segment).into(), positions.into()])
        .collect();
    tx.bulk(&ADD_EVENTS, &rows).await
}

/// The latest events of an alert: (segment, positions within it).
///
/// # Errors
/// Whatever the database says.
pub async fn events(tx: &mut Tx<'_>, alert: AlertId, limit: i64) -> Result<Vec<(i64, String)>> {
    tx.query(&EVENTS, &[alert.into(), limit.into()], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The alerts of an incident, newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn of_incident(
    tx: &mut Tx<'_>,
    incident: IncidentId,
    before: Option<AlertId>,
    limit: i64,
) -> Result<Vec<AlertRecord>> {
    tx.query(&OF_INCIDENT, &[incident.into(), before.unwrap_or(LAST).into(), limit.into()], read).await
}

/// The alerts of an incident that fire. In a transaction that writes, nobody else changes them until it ends.
///
/// # Errors
/// Whatever the database says.
pub async fn firing_of_incident(tx: &mut Tx<'_>, incident: IncidentId) -> Result<Vec<AlertRecord>> {
    tx.query(&FIRING_OF_INCIDENT, &[incident.into()], read).await
}

/// Gives all alerts of an incident to another one.
///
/// # Errors
/// Whatever the database says.
pub async fn move_all(tx: &mut Tx<'_>, from: IncidentId, into: IncidentId) -> Result<u64> {
    tx.execute(&MOVE, &[from.into(), into.into(), (&to_json(&Reason::ByHand)).into()]).await
}

const LAST: AlertId = AlertId::new(uuid::Uuid::max());

/// Alerts, newest first, from before a given one; only those that fire, if wanted.
///
/// # Errors
/// Whatever the database says.
pub async fn list(tx: &mut Tx<'_>, firing: bool, before: Option<AlertId>, limit: i64) -> Result<Vec<AlertRecord>> {
    let sql = if firing { &OPEN } else { &RECENT };
    tx.query(sql, &[before.unwrap_or(LAST).into(), limit.into()], read).await
}

/// How many alerts fire.
///
/// # Errors
/// Whatever the database says.
pub async fn firing_count(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(tx.query_one(&OPEN_COUNT, &[], |row| row.get(0)).await?.unwrap_or(0))
}

/// When an alert is to be woken, for the timers.
pub fn due_at(record: &AlertRecord) -> Option<Timestamp> {
    allclear_core::alert::next_due(&record.alert)
}
