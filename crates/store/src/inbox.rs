//! The inbox: what the sources sent, byte for byte, in segments, and what became of it.
//!
//! A segment is what one group commit of the intake made durable. Segments of a lane are processed in order; a lane's
//! position moves in the transaction that stores the results, so nothing is processed twice and nothing is left out.

use std::collections::BTreeMap;

use allclear_core::id::IntegrationId;
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Bulk, Lookup, Sql, statements};
use crate::transaction::Tx;
use crate::value::{Kind, Value};

/// The raw bytes of the requests that were made durable together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its number: grows, and is never used again.
    pub number: i64,
    /// When its first request was received.
    pub received_at: Timestamp,
    /// The framed requests.
    pub body: Vec<u8>,
}

/// What became of one integration's requests in one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes {
    /// Whose requests.
    pub integration: IntegrationId,
    /// In which segment.
    pub segment: i64,
    /// What became of them, as the engine writes it.
    pub body: String,
}

/// How often an integration's requests were rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub reason: String,
    /// How often.
    pub count: i64,
    /// When for the last time.
    pub last_at: Timestamp,
    /// What was wrong with the last one.
    pub detail: String,
}

statements! {
    // Whoever reads a lane goes by the numbers, so they must become visible in their order: on PostgreSQL, the lane's
    // row in `tails` is locked before the number is drawn, and until it is committed. SQLite has one writer.
    APPEND: Lookup = Lookup::new(
        "INSERT INTO segments (lane, received_at, events, body) VALUES (?1, ?2, ?3, ?4) RETURNING lane, number",
        &[Kind::Int, Kind::Int, Kind::Int, Kind::Bytes],
        "WITH given (lane, received_at, events, body) AS (SELECT * FROM {keys}), \
         tail AS (INSERT INTO tails (lane) SELECT lane FROM given ORDER BY lane \
         ON CONFLICT (lane) DO UPDATE SET lane = excluded.lane RETURNING lane) \
         INSERT INTO segments (lane, received_at, events, body) \
         SELECT g.lane, g.received_at, g.events, g.body FROM given g JOIN tail ON tail.lane = g.lane \
         RETURNING lane, number");
    MAKE_LANE: Sql = Sql::new("INSERT INTO lanes (lane, processed) VALUES ($1, 0) ON CONFLICT (lane) DO NOTHING");
    POSITION: Sql = Sql::new("SELECT processed FROM lanes WHERE lane = $1");
    ADVANCE: Sql = Sql::new("UPDATE lanes SET processed = $3 WHERE lane = $1 AND processed = $2");
    WAITING: Sql = Sql::new(
        "WITH known (processed) AS (SELECT coalesce((SELECT processed FROM lanes WHERE lane = $1), 0)) \
         SELECT s.number, s.received_at, s.body, k.processed FROM known k JOIN segments s \
         ON s.lane = $1 AND s.number > k.processed ORDER BY s.number LIMIT $2");
    // The lanes are found by jumps over the index, from one to the next: `lanes` has none that was never processed.
    OLDEST_WAITING: Sql = Sql::new(
        "WITH RECURSIVE known (lane) AS (SELECT min(lane) FROM segments \
         UNION ALL SELECT (SELECT min(s.lane) FROM segments s WHERE s.lane > k.lane) FROM known k \
         WHERE k.lane IS NOT NULL) \
         SELECT (SELECT s.received_at FROM segments s WHERE s.lane = k.lane AND s.number > \
         coalesce((SELECT l.processed FROM lanes l WHERE l.lane = k.lane), 0) ORDER BY s.number LIMIT 1) \
         FROM known k WHERE k.lane IS NOT NULL");
    RECORD: Bulk = Bulk::insert(
        "INSERT INTO outcomes (integration_id, segment, processed_at, body)",
        &[Kind::Uuid, Kind::Int, Kind::Int, Kind::Text],
        "ON CONFLICT (integration_id, segment) DO NOTHING");
    COUNT: Bulk = Bulk::insert(
        "INSERT INTO intake_counts (integration_id, events, last_at)",
        &[Kind::Uuid, Kind::Int, Kind::Int],
        "ON CONFLICT (integration_id) DO UPDATE SET events = intake_counts.events + excluded.events, \
         last_at = excluded.last_at");
    COUNTS: Sql = Sql::new("SELECT events, last_at FROM intake_counts WHERE integration_id = $1");
    REJECT: Bulk = Bulk::insert(
        "INSERT INTO rejections (integration_id, reason, count, last_at, detail)",
        &[Kind::Uuid, Kind::Text, Kind::Int, Kind::Int, Kind::Text],
        "ON CONFLICT (integration_id, reason) DO UPDATE SET count = rejections.count + excluded.count, \
         last_at = excluded.last_at, detail = excluded.detail");
    REJECTIONS: Sql = Sql::new(
        "SELECT reason, count, last_at, detail FROM rejections WHERE integration_id = $1 ORDER BY last_at DESC");
    LATEST: Sql = Sql::new(
        "SELECT segment, body FROM outcomes WHERE integration_id = $1 AND segment < $2 ORDER BY segment DESC LIMIT $3");
    // Not one statement with the one above: PostgreSQL might merge the two tables, and read every segment on its way.
    SEGMENTS: Lookup = Lookup::new(
        "SELECT number, received_at, body FROM segments WHERE number = ?1",
        &[Kind::Int],
        "SELECT s.number, s.received_at, s.body FROM {keys} AS wanted (number) \
         JOIN segments s ON s.number = wanted.number");
    SEGMENT: Sql = Sql::new("SELECT number, received_at, body FROM segments WHERE number = $1");
    RECEIVED: Sql = Sql::new("SELECT received_at FROM segments WHERE number = $1");
    OUTCOME: Sql = Sql::new("SELECT integration_id, segment, body FROM outcomes WHERE segment = $1 AND integration_id = $2");
    RECENT: Sql = Sql::new(
        "SELECT number, received_at, body FROM segments WHERE number < $1 ORDER BY number DESC LIMIT $2");
    SINCE: Sql = Sql::new(
        "SELECT body FROM outcomes WHERE integration_id = $1 AND processed_at > $2 ORDER BY segment DESC LIMIT $3");
}

/// A segment that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSegment {
    /// In which lane.
    pub lane: i64,
    /// When its first request was received.
    pub received_at: Timestamp,
    /// How many requests it has.
    pub events: i64,
    /// The framed requests.
    pub body: Vec<u8>,
}

/// Stores segments, one for a lane at the most, and returns their lanes and numbers, in no particular order. A
/// transaction on the inbox.
///
/// # Errors
/// Whatever the database says.
pub async fn append(tx: &mut Tx<'_>, segments: &[NewSegment]) -> Result<Vec<(i64, i64)>> {
    let rows: Vec<[Value<'_>; 4]> = segments
        .iter()
        .map(|one| [one.lane.into(), one.received_at.into(), one.events.into(), (&*one.body).into()])
        .collect();
    tx.look_up(&APPEND, &rows, |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// How far a lane was processed.
///
/// # Errors
/// Whatever the database says.
pub async fn position(tx: &mut Tx<'_>, lane: i64) -> Result<i64> {
    Ok(tx.query_one(&POSITION, &[lane.into()], |row| row.get(0)).await?.unwrap_or(0))
}

/// The next segments of a lane, behind its position, and that [`position`]: both in one question, as each costs a
/// round trip. Without segments the position does not matter, and is 0.
///
/// # Errors
/// Whatever the database says.
pub async fn waiting(tx: &mut Tx<'_>, lane: i64, limit: i64) -> Result<(i64, Vec<Segment>)> {
    let read = |row: &crate::Row<'_>| Ok((row.get::<i64>(3)?, segment(row)?));
    let rows = tx.query(&WAITING, &[lane.into(), limit.into()], read).await?;
    let (positions, segments): (Vec<i64>, Vec<Segment>) = rows.into_iter().unzip();
    Ok((positions.first().copied().unwrap_or(0), segments))
}

fn segment(row: &crate::Row<'_>) -> Result<Segment> {
    Ok(Segment { number: row.get(0)?, received_at: row.timestamp(1)?, body: row.get(2)? })
}

/// Moves a lane's position; false when somebody else has moved it since it was read.
///
/// # Errors
/// Whatever the database says.
pub async fn advance(tx: &mut Tx<'_>, lane: i64, from: i64, to: i64) -> Result<bool> {
    if from == 0 {
        tx.execute(&MAKE_LANE, &[lane.into()]).await?;
    }
    Ok(tx.execute(&ADVANCE, &[lane.into(), from.into(), to.into()]).await? == 1)
}

/// When the oldest request that is not yet processed was received.
///
/// # Errors
/// Whatever the database says.
pub async fn oldest_waiting(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    let all = tx.query(&OLDEST_WAITING, &[], |row| row.optional_timestamp(0)).await?;
    Ok(all.into_iter().flatten().min())
}

/// Stores what became of requests, and counts them: `counts` has the events of each integration.
///
/// # Errors
/// Whatever the database says.
pub async fn record(
    tx: &mut Tx<'_>,
    now: Timestamp,
    outcomes: &[Outcomes],
    counts: &[(IntegrationId, i64)],
) -> Result<()> {
    let rows: Vec<[Value<'_>; 4]> = outcomes
        .iter()
        .map(|one| [one.integration.into(), one.segment.into(), now.into(), (&one.body).into()])
        .collect();
    tx.bulk(&RECORD, &rows).await?;
    // One row for each, in an order that everybody keeps: nodes that count the same integrations never wait for each
    // other.
    let mut sums = BTreeMap::new();
    for (integration, events) in counts {
        *sums.entry(*integration).or_insert(0) += events;
    }
    let rows: Vec<[Value<'_>; 3]> = sums
        .into_iter()
        .map(|(integration, events): (_, i64)| [integration.into(), events.into(), now.into()])
        .collect();
    tx.bulk(&COUNT, &rows).await
}

/// How many events an integration sent, and when the last ones were processed.
///
/// # Errors
/// Whatever the database says.
pub async fn counts(tx: &mut Tx<'_>, integration: IntegrationId) -> Result<Option<(i64, Timestamp)>> {
    tx.query_one(&COUNTS, &[integration.into()], |row| Ok((row.get(0)?, row.timestamp(1)?))).await
}

/// Counts rejected requests.
///
/// # Errors
/// Whatever the database says.
pub async fn reject(tx: &mut Tx<'_>, rejections: &[(IntegrationId, Rejection)]) -> Result<()> {
    let mut sums: BTreeMap<(IntegrationId, &str), Rejection> = BTreeMap::new();
    for (integration, one) in rejections {
        let sum = sums.entry((*integration, &one.reason)).or_insert_with(|| Rejection { count: 0, ..one.clone() });
        sum.count += one.count;
        if one.last_at >= sum.last_at {
            sum.last_at = one.last_at;
            sum.detail.clone_from(&one.detail);
        }
    }
    let rows: Vec<[Value<'_>; 5]> = sums
        .iter()
        .map(|((integration, reason), sum)| {
            [(*integration).into(), (*reason).into(), sum.count.into(), sum.last_at.into(), (&sum.detail).into()]
        })
        .collect();
    tx.bulk(&REJECT, &rows).await
}

/// The rejections of an integration, the latest first.
///
/// # Errors
/// Whatever the database says.
pub async fn rejections(tx: &mut Tx<'_>, integration: IntegrationId) -> Result<Vec<Rejection>> {
    let read = |row: &crate::Row<'_>| {
        Ok(Rejection { reason: row.get(0)?, count: row.get(1)?, last_at: row.timestamp(2)?, detail: row.get(3)? })
    };
    tx.query(&REJECTIONS, &[integration.into()], read).await
}

/// The latest segments in which an integration has requests, before a given number, with what became of them. Those
/// that were deleted since are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn latest(
    tx: &mut Tx<'_>,
    integration: IntegrationId,
    before: i64,
    limit: i64,
) -> Result<Vec<(Segment, String)>> {
    let read = |row: &crate::Row<'_>| Ok((row.get::<i64>(0)?, row.get::<String>(1)?));
    let latest = tx.query(&LATEST, &[integration.into(), before.into(), limit.into()], read).await?;
    let keys: Vec<[Value<'_>; 1]> = latest.iter().map(|(number, _)| [(*number).into()]).collect();
    let segments = tx.look_up(&SEGMENTS, &keys, segment).await?;
    let mut segments: BTreeMap<i64, Segment> = segments.into_iter().map(|one| (one.number, one)).collect();
    Ok(latest.into_iter().filter_map(|(number, body)| Some((segments.remove(&number)?, body))).collect())
}

/// One segment.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, number: i64) -> Result<Option<Segment>> {
    tx.query_one(&SEGMENT, &[number.into()], segment).await
}

/// When the first request of a segment was received; the others came within moments of it.
///
/// # Errors
/// Whatever the database says.
pub async fn received_at(tx: &mut Tx<'_>, number: i64) -> Result<Option<Timestamp>> {
    tx.query_one(&RECEIVED, &[number.into()], |row| row.timestamp(0)).await
}

/// What became of an integration's requests in a segment; nothing while they wait.
///
/// # Errors
/// Whatever the database says.
pub async fn outcome(tx: &mut Tx<'_>, number: i64, integration: IntegrationId) -> Result<Option<Outcomes>> {
    let read = |row: &crate::Row<'_>| {
        Ok(Outcomes { integration: IntegrationId::new(row.get(0)?), segment: row.get(1)?, body: row.get(2)? })
    };
    tx.query_one(&OUTCOME, &[number.into(), integration.into()], read).await
}

/// The latest segments before a given number, whoever sent them.
///
/// # Errors
/// Whatever the database says.
pub async fn recent(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<Vec<Segment>> {
    tx.query(&RECENT, &[before.into(), limit.into()], segment).await
}

/// What became of an integration's requests that were processed after a moment, as the engine wrote it: the latest
/// segments first, and so many of them at the most.
///
/// # Errors
/// Whatever the database says.
pub async fn outcomes_since(
    tx: &mut Tx<'_>,
    integration: IntegrationId,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<String>> {
    tx.query(&SINCE, &[integration.into(), since.into(), limit.into()], |row| row.get(0)).await
}
