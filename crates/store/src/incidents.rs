//! Incidents and their journals.

use std::collections::BTreeSet;

use allclear_core::actor::Actor;
use allclear_core::fact::Fact;
use allclear_core::id::{IncidentId, ServiceId, UserId};
use allclear_core::incident::{Incident, Status};
use allclear_core::journal::{self, Entry, Hash};
use allclear_core::severity::Severity;
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::statement::{Bulk, Lookup, Sql, statements};
use crate::transaction::{Row, Tx};
use crate::value::{Kind, Value, digest};

/// An incident as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRecord {
    /// Its identity.
    pub id: IncidentId,
    /// Its number, from which its reference is made (`INC-142`); none until it is stored.
    pub number: Option<i64>,
    /// The incident.
    pub incident: Incident,
    /// How many entries its journal has.
    pub entries: u64,
    /// The hash of the last one.
    pub head: Hash,
}

impl IncidentRecord {
    /// An incident that is not stored yet.
    pub fn new(id: IncidentId, incident: Incident) -> Self {
        Self { id, number: None, incident, entries: 0, head: journal::GENESIS }
    }

    /// What people call it: `INC-142`.
    pub fn reference(&self) -> String {
        reference(self.number.unwrap_or(0))
    }
}

/// What people call the incident of that number: `INC-142`.
pub fn reference(number: i64) -> String {
    format!("INC-{number}")
}

/// One entry of a journal, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Whose journal.
    pub incident: IncidentId,
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

impl StoredEntry {
    /// Where it stands among all that its person did.
    pub const fn place(&self) -> Place {
        Place { at: self.at, incident: self.incident, number: self.number }
    }

    /// The entry itself.
    ///
    /// # Errors
    /// When it was not written by this program.
    pub fn entry(&self) -> Result<Entry<Fact>> {
        serde_json::from_str(&self.body).map_err(|error| Error::not_json(&error, &self.body))
    }
}

/// Which incidents a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those that are neither resolved nor merged.
    pub open: bool,
    /// Only those of this service.
    pub service: Option<ServiceId>,
    /// Only those of this severity.
    pub severity: Option<Severity>,
    /// Only those with this status, by its [`Status::word`].
    pub status: Option<&'static str>,
    /// From before the incident of this number.
    pub before: Option<i64>,
}

macro_rules! columns {
    () => {
        "i.number, i.id, i.entries, i.head, i.state"
    };
}

/// The words of the statuses that an incident can have, the open ones first.
const STATUSES: [&str; 5] = ["triggered", "acknowledged", "snoozed", "resolved", "merged"];
/// How many of them are open.
const OPEN_STATUSES: usize = 3;

statements! {
    BY_ID: Lookup = Lookup::locking(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id = ?1"),
        &[Kind::Uuid],
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id IN (SELECT * FROM {keys}) ORDER BY i.number"));
    VIEW: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM incidents i WHERE i.id = $1"));
    BY_NUMBER: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM incidents i WHERE i.number = $1"));
    OF_GROUP: Sql = Sql::locking(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.service_id = $1 AND i.group_digest = $2 \
                 AND i.closed_at IS NULL ORDER BY i.number DESC LIMIT 1"));
    ADD: Bulk = Bulk::insert(
        "INSERT INTO incidents (id, service_id, title, status, severity, urgency, opened_at, closed_at, group_digest, \
         last_alert_at, entries, head, state)",
        &[Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Text, Kind::Int, Kind::Text, Kind::Int, Kind::Int, Kind::Bytes,
          Kind::Int, Kind::Int, Kind::Bytes, Kind::Text],
        // One that is stored twice before its number was read.
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, status = excluded.status, \
         severity = excluded.severity, urgency = excluded.urgency, closed_at = excluded.closed_at, \
         last_alert_at = excluded.last_alert_at, entries = excluded.entries, head = excluded.head, \
         state = excluded.state");
    CHANGE: Bulk = Bulk::pair(
        "UPDATE incidents SET title = ?2, status = ?3, severity = ?4, urgency = ?5, closed_at = ?6, \
         last_alert_at = ?7, entries = ?8, head = ?9, state = ?10 WHERE id = ?1",
        &[Kind::Uuid, Kind::Text, Kind::Text, Kind::Int, Kind::Text, Kind::Int, Kind::Int, Kind::Int, Kind::Bytes,
          Kind::Text],
        "UPDATE incidents i SET title = n.title, status = n.status, severity = n.severity, urgency = n.urgency, \
         closed_at = n.closed_at, last_alert_at = n.last_alert_at, entries = n.entries, head = n.head, \
         state = n.state FROM {rows} AS n (id, title, status, severity, urgency, closed_at, last_alert_at, entries, \
         head, state) WHERE i.id = n.id");
    APPEND: Bulk = Bulk::insert(
        "INSERT INTO journal (incident_id, number, at, user_id, body, hash)",
        &[Kind::Uuid, Kind::Int, Kind::Int, Kind::Uuid, Kind::Text, Kind::Bytes],
        "");
    JOURNAL: Sql = Sql::new(
        "SELECT incident_id, number, at, user_id, body, hash FROM journal WHERE incident_id = $1 AND number > $2 \
         ORDER BY number LIMIT $3");
    BY_USER: Sql = Sql::new(
        "SELECT incident_id, number, at, user_id, body, hash FROM journal WHERE user_id = $1 \
         AND (at, incident_id, number) < ($2, $3, $4) ORDER BY at DESC, incident_id DESC, number DESC LIMIT $5");
    OPEN: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.closed_at IS NULL AND i.number < $1 \
                 ORDER BY i.number DESC LIMIT $2"));
    ALL: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.number < $1 ORDER BY i.number DESC LIMIT $2"));
    OPEN_OF_SERVICE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.service_id = $3 AND i.closed_at IS NULL \
                 AND i.number < $1 ORDER BY i.number DESC LIMIT $2"));
    STANDING: Lookup = Lookup::new(
        "SELECT number FROM incidents WHERE status = ?1 AND severity = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4",
        &[Kind::Text, Kind::Int, Kind::Int, Kind::Int],
        "SELECT found.number FROM {keys} AS k (status, severity, before, most), LATERAL (SELECT i.number FROM incidents i \
         WHERE i.status = k.status AND i.severity = k.severity AND i.number < k.before ORDER BY i.number DESC \
         LIMIT k.most) AS found");
    STANDING_OF_SERVICE: Lookup = Lookup::new(
        "SELECT number FROM incidents WHERE service_id = ?5 AND status = ?1 AND severity = ?2 AND number < ?3 \
         ORDER BY number DESC LIMIT ?4",
        &[Kind::Text, Kind::Int, Kind::Int, Kind::Int, Kind::Uuid],
        "SELECT found.number FROM {keys} AS k (status, severity, before, most, service), LATERAL (SELECT i.number \
         FROM incidents i WHERE i.service_id = k.service AND i.status = k.status AND i.severity = k.severity \
         AND i.number < k.before ORDER BY i.number DESC LIMIT k.most) AS found");
    THESE: Lookup = Lookup::new(
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.number = ?1"),
        &[Kind::Int],
        concat!("SELECT ", columns!(), " FROM incidents i WHERE i.number IN (SELECT * FROM {keys})"));
    OPEN_COUNTS: Sql = Sql::new(
        "SELECT status, count(*) FROM incidents WHERE status IN ('triggered', 'acknowledged', 'snoozed') GROUP BY status");
    OPEN_COUNTS_UP_TO: Sql = Sql::new(
        "SELECT 'triggered', count(*) FROM (SELECT 1 FROM incidents WHERE status = 'triggered' LIMIT $1) AS t \
         UNION ALL SELECT 'acknowledged', count(*) \
         FROM (SELECT 1 FROM incidents WHERE status = 'acknowledged' LIMIT $1) AS a \
         UNION ALL SELECT 'snoozed', count(*) FROM (SELECT 1 FROM incidents WHERE status = 'snoozed' LIMIT $1) AS s");
    INVOLVE: Bulk = Bulk::insert(
        "INSERT INTO involved (incident_id, user_id, rings)",
        &[Kind::Uuid, Kind::Uuid, Kind::Bool],
        "ON CONFLICT (incident_id, user_id) DO UPDATE SET rings = excluded.rings WHERE involved.rings <> excluded.rings");
    DISMISS: Bulk = Bulk::pair(
        "DELETE FROM involved WHERE incident_id = ?1",
        &[Kind::Uuid],
        "DELETE FROM involved WHERE incident_id IN (SELECT * FROM {rows})");
    OPEN_NAMING: Sql = Sql::new(
        // One walk along the index for each of its halves.
        concat!(
            "WITH named (incident_id) AS (SELECT * FROM (SELECT v.incident_id FROM involved v WHERE v.user_id = $1 \
             AND v.rings = TRUE ORDER BY v.incident_id DESC LIMIT $2) AS ringing \
             UNION ALL SELECT * FROM (SELECT v.incident_id FROM involved v WHERE v.user_id = $1 \
             AND v.rings = FALSE ORDER BY v.incident_id DESC LIMIT $2) AS silent) \
             SELECT ", columns!(), " FROM named n JOIN incidents i ON i.id = n.incident_id \
             ORDER BY n.incident_id DESC LIMIT $2"));
    RINGING: Sql = Sql::new(
        "WITH ringing (incident_id) AS (SELECT v.incident_id FROM involved v WHERE v.user_id = $1 AND v.rings = TRUE \
         ORDER BY v.incident_id DESC LIMIT $2) \
         SELECT i.number, i.title, count(*) OVER () FROM ringing r JOIN incidents i ON i.id = r.incident_id \
         WHERE i.status = 'triggered' ORDER BY i.severity, i.number DESC LIMIT 1");
    OPEN_BY_SERVICE: Sql = Sql::new(
        "SELECT service_id, min(severity), count(*) FROM incidents WHERE closed_at IS NULL GROUP BY service_id");
}

fn read(row: &Row<'_>) -> Result<IncidentRecord> {
    let head: Vec<u8> = row.get(3)?;
    Ok(IncidentRecord {
        number: Some(row.get(0)?),
        id: IncidentId::new(row.get(1)?),
        entries: row.get::<i64>(2)?.cast_unsigned(),
        head: hash(&head)?,
        incident: row.json(4)?,
    })
}

pub(crate) fn hash(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map_err(|_| Error::Corrupt(format!("{} bytes are not a hash", bytes.len())))
}

fn read_entry(row: &Row<'_>) -> Result<StoredEntry> {
    Ok(StoredEntry {
        incident: IncidentId::new(row.get(0)?),
        number: row.get::<i64>(1)?.cast_unsigned(),
        at: row.timestamp(2)?,
        user: row.get::<Option<uuid::Uuid>>(3)?.map(UserId::new),
        body: row.get(4)?,
        hash: hash(&row.get::<Vec<u8>>(5)?)?,
    })
}

/// The incidents of these identities, to be changed: nobody else changes them until the transaction ends. They are
/// taken in the order of their numbers, so that two transactions never wait for each other.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, ids: &[IncidentId]) -> Result<Vec<IncidentRecord>> {
    let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    tx.look_up(&BY_ID, &keys, read).await
}

/// The latest open incident of a group, to be changed.
///
/// # Errors
/// Whatever the database says.
pub async fn take_group(tx: &mut Tx<'_>, service: ServiceId, group: &str) -> Result<Option<IncidentRecord>> {
    tx.query_one(&OF_GROUP, &[service.into(), (&digest(group)).into()], read).await
}

/// The incident of that identity.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, id: IncidentId) -> Result<Option<IncidentRecord>> {
    tx.query_one(&VIEW, &[id.into()], read).await
}

/// The incident of that number.
///
/// # Errors
/// Whatever the database says.
pub async fn by_number(tx: &mut Tx<'_>, number: i64) -> Result<Option<IncidentRecord>> {
    tx.query_one(&BY_NUMBER, &[number.into()], read).await
}

/// Stores incidents, new or changed, each at most once. New ones, which are those without a number, get theirs from the
/// database: one is used up by each insertion, and none by a change, so that the references count up without large
/// gaps.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, records: &[&IncidentRecord]) -> Result<()> {
    let made: Vec<(String, Option<Hash>)> = records
        .iter()
        .map(|record| {
            let state = serde_json::to_string(&record.incident).expect("an incident has a JSON form");
            (state, record.incident.group.as_deref().map(digest))
        })
        .collect();
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for (record, (state, group)) in records.iter().zip(&made) {
        if record.number.is_none() {
            new.push(new_row(record, state, group.as_ref()));
        } else {
            changed.push(changed_row(record, state));
        }
    }
    tx.bulk(&ADD, &new).await?;
    tx.bulk(&CHANGE, &changed).await?;
    involve(tx, records).await
}

/// Notes whom the open ones of these incidents name, and forgets it of the others.
async fn involve(tx: &mut Tx<'_>, records: &[&IncidentRecord]) -> Result<()> {
    let (open, over): (Vec<&IncidentRecord>, Vec<&IncidentRecord>) =
        records.iter().copied().partition(|record| record.incident.status.is_open());
    let mut rows: Vec<[Value<'_>; 3]> = Vec::new();
    for record in open {
        let row = |user: UserId| [record.id.into(), user.into(), record.incident.page_of(user).is_some().into()];
        rows.extend(people(&record.incident).into_iter().map(row));
    }
    tx.bulk(&INVOLVE, &rows).await?;
    let over: Vec<[Value<'_>; 1]> = over.iter().map(|record| [record.id.into()]).collect();
    tx.bulk(&DISMISS, &over).await
}

/// Whom an incident names: who was ever paged for it, who is on it, whose it is.
fn people(incident: &Incident) -> BTreeSet<UserId> {
    let by = match &incident.status {
        Status::Acknowledged { by, .. } | Status::Snoozed { by, .. } => by.user(),
        Status::Triggered | Status::Resolved { .. } | Status::Merged { .. } => None,
    };
    incident.paged.iter().chain(&incident.assigned).copied().chain(by).collect()
}

fn new_row<'r>(record: &'r IncidentRecord, state: &'r str, group: Option<&'r Hash>) -> [Value<'r>; 13] {
    let [id, title, status, severity, urgency, closed_at, last_alert_at, entries, head, state] =
        changed_row(record, state);
    let incident = &record.incident;
    [
        id,
        incident.service.into(),
        title,
        status,
        severity,
        urgency,
        incident.opened_at.into(),
        closed_at,
        group.into(),
        last_alert_at,
        entries,
        head,
        state,
    ]
}

fn changed_row<'r>(record: &'r IncidentRecord, state: &'r str) -> [Value<'r>; 10] {
    let incident = &record.incident;
    let closed_at = match incident.status {
        Status::Resolved { at, .. } | Status::Merged { at, .. } => Some(at),
        Status::Triggered | Status::Acknowledged { .. } | Status::Snoozed { .. } => None,
    };
    [
        record.id.into(),
        (&incident.title).into(),
        incident.status.word().into(),
        i64::from(incident.severity.rank()).into(),
        incident.urgency.word().into(),
        closed_at.into(),
        incident.last_alert_at.into(),
        record.entries.cast_signed().into(),
        (&record.head).into(),
        state.into(),
    ]
}

/// Appends entries to journals.
///
/// # Errors
/// Whatever the database says.
pub async fn append(tx: &mut Tx<'_>, entries: &[StoredEntry]) -> Result<()> {
    let rows: Vec<[Value<'_>; 6]> = entries
        .iter()
        .map(|entry| {
            [
                entry.incident.into(),
                entry.number.cast_signed().into(),
                entry.at.into(),
                entry.user.into(),
                (&entry.body).into(),
                (&entry.hash).into(),
            ]
        })
        .collect();
    tx.bulk(&APPEND, &rows).await
}

/// Makes the next entry of an incident's journal, and moves the incident's head to it.
pub fn chain(record: &mut IncidentRecord, at: Timestamp, actor: Actor, facts: Vec<Fact>) -> StoredEntry {
    let body = Entry { at, actor, facts }.to_json();
    record.entries += 1;
    record.head = journal::hash(&record.head, record.entries, &body);
    StoredEntry { incident: record.id, number: record.entries, at, user: actor.user(), body, hash: record.head }
}

/// The entries of an incident's journal after a given one, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn journal(tx: &mut Tx<'_>, incident: IncidentId, after: u64, limit: i64) -> Result<Vec<StoredEntry>> {
    tx.query(&JOURNAL, &[incident.into(), after.cast_signed().into(), limit.into()], read_entry).await
}

/// Where an entry stands among all that one person did: entries of the same moment have an order, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: Timestamp,
    /// In whose journal.
    pub incident: IncidentId,
    /// As which entry of it.
    pub number: u64,
}

/// What a person did to incidents, the latest first, from before a given entry.
///
/// # Errors
/// Whatever the database says.
pub async fn journal_of_user(
    tx: &mut Tx<'_>,
    user: UserId,
    before: Option<Place>,
    limit: i64,
) -> Result<Vec<StoredEntry>> {
    let end = Place { at: Timestamp::MAX, incident: IncidentId::new(uuid::Uuid::max()), number: 0 };
    let Place { at, incident, number } = before.unwrap_or(end);
    let values = [user.into(), at.into(), incident.into(), number.cast_signed().into(), limit.into()];
    tx.query(&BY_USER, &values, read_entry).await
}

/// Incidents, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn list(tx: &mut Tx<'_>, filter: Filter, limit: i64) -> Result<Vec<IncidentRecord>> {
    let walk = [filter.before.unwrap_or(i64::MAX).into(), limit.into()];
    let is_narrowed = filter.severity.is_some() || filter.status.is_some();
    match (filter.service, filter.open) {
        (None, true) if !is_narrowed => tx.query(&OPEN, &walk, read).await,
        (None, false) if !is_narrowed => tx.query(&ALL, &walk, read).await,
        (Some(service), true) if !is_narrowed => {
            tx.query(&OPEN_OF_SERVICE, &[walk[0], walk[1], service.into()], read).await
        }
        (None | Some(_), true | false) => list_standing(tx, filter, limit).await,
    }
}

/// Walks along each standing that is asked for, a status with a severity, and takes the newest of what that finds.
async fn list_standing(tx: &mut Tx<'_>, filter: Filter, limit: i64) -> Result<Vec<IncidentRecord>> {
    let statuses = if filter.open { &STATUSES[..OPEN_STATUSES] } else { &STATUSES[..] };
    let statuses = statuses.iter().filter(|word| filter.status.is_none_or(|wanted| wanted == **word));
    let severities = || Severity::ALL.into_iter().filter(|one| filter.severity.is_none_or(|wanted| wanted == *one));
    let before = filter.before.unwrap_or(i64::MAX);
    let keys = statuses.flat_map(|status| {
        severities().map(move |severity| {
            let mut key: Vec<Value<'_>> = vec![(*status).into(), i64::from(severity.rank()).into()];
            key.extend([Value::from(before), limit.into()]);
            key.extend(filter.service.map(Value::from));
            key
        })
    });
    let keys: Vec<Vec<Value<'_>>> = keys.collect();
    let lookup = if filter.service.is_some() { &STANDING_OF_SERVICE } else { &STANDING };
    let mut numbers: Vec<i64> = tx.look_up(lookup, &keys, |row| row.get(0)).await?;
    numbers.sort_unstable_by_key(|number| std::cmp::Reverse(*number));
    numbers.truncate(usize::try_from(limit).unwrap_or(0));
    let keys: Vec<[Value<'_>; 1]> = numbers.iter().map(|number| [(*number).into()]).collect();
    let mut found = tx.look_up(&THESE, &keys, read).await?;
    found.sort_unstable_by_key(|record| std::cmp::Reverse(record.number));
    Ok(found)
}

/// How many incidents are open, by status.
///
/// # Errors
/// Whatever the database says.
pub async fn open_counts(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    tx.query(&OPEN_COUNTS, &[], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The same, counting no further than `most` for each status: however many are open, it takes no longer.
///
/// # Errors
/// Whatever the database says.
pub async fn open_counts_up_to(tx: &mut Tx<'_>, most: i64) -> Result<Vec<(String, i64)>> {
    tx.query(&OPEN_COUNTS_UP_TO, &[most.into()], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The open incidents that name a person: who was ever paged for them, who is on them, to whom they were given. Newest
/// first.
///
/// # Errors
/// Whatever the database says.
pub async fn open_naming(tx: &mut Tx<'_>, user: UserId, limit: i64) -> Result<Vec<IncidentRecord>> {
    tx.query(&OPEN_NAMING, &[user.into(), limit.into()], read).await
}

/// What rings at a person while nobody has acknowledged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ringing {
    /// The reference of the worst of them, the newest where several are as bad.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// How many there are, with this one.
    pub count: i64,
}

/// What rings at a person, among the newest `most` of the incidents that page them; none when nothing does.
///
/// # Errors
/// Whatever the database says.
pub async fn ringing(tx: &mut Tx<'_>, user: UserId, most: i64) -> Result<Option<Ringing>> {
    let read =
        |row: &Row<'_>| Ok(Ringing { reference: reference(row.get(0)?), title: row.get(1)?, count: row.get(2)? });
    tx.query_one(&RINGING, &[user.into(), most.into()], read).await
}

/// For each service with open incidents: the worst of them, and how many there are.
///
/// # Errors
/// Whatever the database says.
pub async fn open_by_service(tx: &mut Tx<'_>) -> Result<Vec<(ServiceId, Option<Severity>, i64)>> {
    let read = |row: &Row<'_>| {
        let rank: i64 = row.get(1)?;
        let severity = u8::try_from(rank).ok().and_then(Severity::from_rank);
        Ok((ServiceId::new(row.get(0)?), severity, row.get(2)?))
    };
    tx.query(&OPEN_BY_SERVICE, &[], read).await
}
