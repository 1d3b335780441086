//! The delivery ledger, which is the outbox as well: what has a `due_at` is still to be done.

use allclear_core::cover::Word;
use allclear_core::delivery::{Delivery, Outcome, Status};
use allclear_core::fact::PageReason;
use allclear_core::handover::{Handover, Part};
use allclear_core::id::{ContactMethodId, CoverId, DeliveryId, IncidentId, ScheduleId, ServiceId, UserId};
use allclear_core::incident::Update;
use allclear_core::severity::{Severity, Urgency};
use allclear_core::throttle::Line;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::statement::{Bulk, Lookup, Sql, statements};
use crate::transaction::{Row, Tx};
use crate::value::{Kind, Value};

/// What a delivery is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case")]
pub enum Purpose {
    /// To page somebody about an incident.
    Page {
        /// The page's number within the incident.
        page: u32,
        /// The rung of the person's ladder, from 0.
        rung: usize,
        /// Why they are paged.
        why: PageReason,
    },
    /// To page somebody about all the incidents whose pages were held.
    Bundle {
        /// How many pages.
        pages: u64,
    },
    /// To tell somebody who was paged how it went on.
    Inform {
        /// What.
        update: Update,
    },
    /// To prove that a contact method is theirs.
    Verify {
        /// The code they have to type in, sealed by the application: nobody who reads the database can use it.
        sealed: String,
    },
    /// To let a person see that it works.
    Test,
    /// To tell somebody about a request for cover.
    Cover {
        /// Which one.
        cover: CoverId,
        /// What.
        word: Word,
    },
    /// To tell somebody that a schedule changes hands.
    Handover {
        /// Which schedule.
        schedule: ScheduleId,
        /// What their part is.
        part: Part,
        /// The handover.
        handover: Handover,
    },
}

/// How loud a delivery is: the louder ones leave first. The order is the order of leaving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A page about a SEV1 incident that wakes people.
    Critical,
    /// A page about another one that is high, and what somebody waits for at their screen: a code, a test.
    Urgent,
    /// A page about something smaller that wakes people all the same.
    Normal,
    /// What can wait for the morning, and updates.
    Low,
}

impl Class {
    /// All of them, in the order of leaving.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Urgent, Self::Normal, Self::Low];

    /// The class of a page about an incident.
    pub const fn of_page(severity: Severity, urgency: Urgency) -> Self {
        match (urgency, severity) {
            (Urgency::High, Severity::Sev1) => Self::Critical,
            (Urgency::High, Severity::Sev2) => Self::Urgent,
            (Urgency::High, Severity::Sev3 | Severity::Sev4) => Self::Normal,
            (Urgency::Low, _) => Self::Low,
        }
    }

    /// As stored and sorted.
    const fn rank(self) -> i64 {
        match self {
            Self::Critical => 0,
            Self::Urgent => 1,
            Self::Normal => 2,
            Self::Low => 3,
        }
    }
}

/// A delivery as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its identity, and the idempotency key that the other side gets with every attempt.
    pub id: DeliveryId,
    /// The incident it is about.
    pub incident: Option<IncidentId>,
    /// Whose service that is.
    pub service: Option<ServiceId>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// To whom.
    pub user: UserId,
    /// By which of their contact methods.
    pub contact: ContactMethodId,
    /// Through which channel.
    pub channel: String,
    /// What for.
    pub purpose: Purpose,
    /// How loud it is; decided with it, and never changed.
    pub class: Class,
    /// Where it stands.
    pub delivery: Delivery,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When it changed for the last time.
    pub changed_at: Timestamp,
    /// The bundle in which its content went out.
    pub bundle: Option<DeliveryId>,
    /// What the other side said, or why it was given up.
    pub detail: Option<String>,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Which one, from 1.
    pub number: u32,
    /// When it began.
    pub began_at: Timestamp,
    /// When the other side answered; nothing while it is under way, or when its sender died.
    pub ended_at: Option<Timestamp>,
    /// The attempt before it never reported back: its message may have left twice.
    pub maybe_repeated: bool,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

macro_rules! columns {
    () => {
        "d.id, d.incident_id, d.service_id, d.severity, d.user_id, d.contact_id, d.channel, d.purpose, d.status, \
         d.attempts, d.due_at, d.created_at, d.changed_at, d.bundle_id, d.detail, d.class"
    };
}

macro_rules! narrowed {
    () => {
        " AND (CAST($3 AS TEXT) = '' OR d.status = CAST($3 AS TEXT)) ORDER BY d.id DESC LIMIT $2"
    };
}

statements! {
    PUT: Bulk = Bulk::insert(
        "INSERT INTO deliveries (id, incident_id, service_id, severity, user_id, contact_id, channel, purpose, status, \
         attempts, due_at, created_at, changed_at, bundle_id, detail, class)",
        &[Kind::Uuid, Kind::Uuid, Kind::Uuid, Kind::Int, Kind::Uuid, Kind::Uuid, Kind::Text, Kind::Text, Kind::Text,
          Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Uuid, Kind::Text, Kind::Int],
        "ON CONFLICT (id) DO UPDATE SET status = excluded.status, attempts = excluded.attempts, \
         due_at = excluded.due_at, changed_at = excluded.changed_at, bundle_id = excluded.bundle_id, \
         detail = excluded.detail");
    // What is being handed over at this moment keeps its lease, and is not tried again after it.
    WITHDRAW: Bulk = Bulk::pair(
        "UPDATE deliveries SET status = CASE status WHEN 'sending' THEN 'stopping' ELSE 'withdrawn' END, \
         due_at = CASE status WHEN 'sending' THEN due_at END, changed_at = ?2, detail = NULL \
         WHERE incident_id = ?1 AND status IN ('held', 'queued', 'sending')",
        &[Kind::Uuid, Kind::Int],
        "UPDATE deliveries d SET status = CASE d.status WHEN 'sending' THEN 'stopping' ELSE 'withdrawn' END, \
         due_at = CASE d.status WHEN 'sending' THEN d.due_at END, changed_at = gone.at, detail = NULL \
         FROM {rows} AS gone (incident, at) \
         WHERE d.incident_id = gone.incident AND d.status IN ('held', 'queued', 'sending')");
    OLDEST: Sql = Sql::pair(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.due_at <= ?1 ORDER BY d.due_at LIMIT ?2"),
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.due_at <= $1 ORDER BY d.due_at LIMIT $2 \
                 FOR UPDATE SKIP LOCKED"));
    DUE: Sql = Sql::pair(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.class = ?3 AND d.due_at <= ?1 \
                 ORDER BY d.due_at LIMIT ?2"),
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.class = $3 AND d.due_at <= $1 \
                 ORDER BY d.due_at LIMIT $2 FOR UPDATE SKIP LOCKED"));
    WITHDRAW_OF: Bulk = Bulk::pair(
        "UPDATE deliveries SET status = CASE status WHEN 'sending' THEN 'stopping' ELSE 'withdrawn' END, \
         due_at = CASE status WHEN 'sending' THEN due_at END, changed_at = ?3, detail = NULL \
         WHERE incident_id = ?1 AND user_id = ?2 AND status IN ('held', 'queued', 'sending')",
        &[Kind::Uuid, Kind::Uuid, Kind::Int],
        "UPDATE deliveries d SET status = CASE d.status WHEN 'sending' THEN 'stopping' ELSE 'withdrawn' END, \
         due_at = CASE d.status WHEN 'sending' THEN d.due_at END, changed_at = gone.at, detail = NULL \
         FROM {rows} AS gone (incident, person, at) \
         WHERE d.incident_id = gone.incident AND d.user_id = gone.person AND d.status IN ('held', 'queued', 'sending')");
    NEXT: Sql = Sql::new("SELECT due_at FROM deliveries WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1");
    OLDEST_QUEUED: Sql = Sql::new(
        "SELECT min(due_at) FROM deliveries WHERE due_at IS NOT NULL AND status = 'queued'");
    TAKE: Sql = Sql::locking(concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.id = $1"));
    VIEW: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.id = $1"));
    BUNDLE_UP: Sql = Sql::new(
        "UPDATE deliveries SET status = 'bundled', bundle_id = $2, changed_at = $3 \
         WHERE contact_id = $1 AND status = 'held'");
    HELD: Sql = Sql::new("SELECT contact_id, count(*) FROM deliveries WHERE status = 'held' GROUP BY contact_id");
    BUNDLED: Sql = Sql::new(
        "SELECT service_id, severity, count(*) FROM deliveries WHERE bundle_id = $1 GROUP BY service_id, severity \
         ORDER BY severity NULLS LAST, count(*) DESC, service_id");
    BUNDLED_INCIDENTS: Sql = Sql::new(
        "SELECT d.incident_id FROM deliveries d JOIN involved v ON v.incident_id = d.incident_id AND v.user_id = d.user_id \
         WHERE d.bundle_id = $1 AND v.rings GROUP BY d.incident_id \
         ORDER BY min(d.severity) NULLS LAST, d.incident_id DESC LIMIT $2");
    OF_BUNDLE: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.bundle_id = $1 ORDER BY d.id"));
    BEGIN: Bulk = Bulk::insert(
        "INSERT INTO attempts (delivery_id, number, began_at, maybe_repeated)",
        &[Kind::Uuid, Kind::Int, Kind::Int, Kind::Bool],
        "ON CONFLICT (delivery_id, number) DO NOTHING");
    END: Sql = Sql::new(
        "UPDATE attempts SET ended_at = $3, outcome = $4 WHERE delivery_id = $1 AND number = $2 AND ended_at IS NULL");
    ATTEMPTS: Sql = Sql::new(
        "SELECT number, began_at, ended_at, maybe_repeated, outcome FROM attempts WHERE delivery_id = $1 ORDER BY number");
    OF_INCIDENT: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.incident_id = $1 ORDER BY d.id LIMIT $2"));
    OF_USER: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.user_id = $3 AND d.id < $1 ORDER BY d.id DESC LIMIT $2"));
    DONE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.due_at IS NULL AND d.status = $3 AND d.id < $1 \
                 ORDER BY d.id DESC LIMIT $2"));
    WAITING: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.due_at IS NOT NULL AND d.status = $3 AND d.id < $1 \
                 ORDER BY d.id DESC LIMIT $2"));
    RECENT: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.id < $1 ORDER BY d.id DESC LIMIT $2"));
    SEARCH_USER: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.user_id = $4 AND d.id < $1", narrowed!()));
    SEARCH_INCIDENT: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.incident_id = $4 AND d.id < $1", narrowed!()));
    SEARCH_BOTH: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM deliveries d WHERE d.incident_id = $4 AND d.user_id = $5 AND d.id < $1",
                narrowed!()));
    LINES: Lookup = Lookup::locking(
        "SELECT contact_id, body FROM lines WHERE contact_id = ?1",
        &[Kind::Uuid],
        "SELECT contact_id, body FROM lines WHERE contact_id IN (SELECT * FROM {keys}) ORDER BY contact_id");
    PUT_LINES: Bulk = Bulk::insert(
        "INSERT INTO lines (contact_id, body)",
        &[Kind::Uuid, Kind::Text],
        "ON CONFLICT (contact_id) DO UPDATE SET body = excluded.body");
}

fn read(row: &Row<'_>) -> Result<DeliveryRecord> {
    let word: String = row.get(8)?;
    let status =
        Status::from_word(&word).ok_or_else(|| Error::Corrupt(format!("`{word}` is not a delivery's status")))?;
    let attempts = u32::try_from(row.get::<i64>(9)?).unwrap_or(u32::MAX);
    Ok(DeliveryRecord {
        id: DeliveryId::new(row.get(0)?),
        incident: row.get::<Option<uuid::Uuid>>(1)?.map(IncidentId::new),
        service: row.get::<Option<uuid::Uuid>>(2)?.map(ServiceId::new),
        severity: row.get::<Option<i64>>(3)?.and_then(|rank| u8::try_from(rank).ok()).and_then(Severity::from_rank),
        user: UserId::new(row.get(4)?),
        contact: ContactMethodId::new(row.get(5)?),
        channel: row.get(6)?,
        purpose: row.json(7)?,
        delivery: Delivery { status, attempts, due_at: row.optional_timestamp(10)? },
        created_at: row.timestamp(11)?,
        changed_at: row.timestamp(12)?,
        bundle: row.get::<Option<uuid::Uuid>>(13)?.map(DeliveryId::new),
        detail: row.get(14)?,
        class: class(row.get(15)?)?,
    })
}

fn class(rank: i64) -> Result<Class> {
    let known = Class::ALL.into_iter().find(|class| class.rank() == rank);
    known.ok_or_else(|| Error::Corrupt(format!("{rank} is not a class of deliveries")))
}

/// Stores deliveries, new or changed.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, records: &[&DeliveryRecord]) -> Result<()> {
    let purposes: Vec<String> = records
        .iter()
        .map(|record| serde_json::to_string(&record.purpose).expect("a purpose has a JSON form"))
        .collect();
    let rows: Vec<[Value<'_>; 16]> = records
        .iter()
        .zip(&purposes)
        .map(|(record, purpose)| {
            [
                record.id.into(),
                record.incident.into(),
                record.service.into(),
                record.severity.map(|severity| i64::from(severity.rank())).into(),
                record.user.into(),
                record.contact.into(),
                (&record.channel).into(),
                purpose.into(),
                record.delivery.status.word().into(),
                record.delivery.attempts.into(),
                record.delivery.due_at.into(),
                record.created_at.into(),
                record.changed_at.into(),
                record.bundle.into(),
                record.detail.as_ref().into(),
                record.class.rank().into(),
            ]
        })
        .collect();
    tx.bulk(&PUT, &rows).await
}

/// Takes back whatever has not left yet for these incidents.
///
/// # Errors
/// Whatever the database says.
pub async fn withdraw(tx: &mut Tx<'_>, now: Timestamp, incidents: &[IncidentId]) -> Result<()> {
    let rows: Vec<[Value<'_>; 2]> = incidents.iter().map(|incident| [(*incident).into(), now.into()]).collect();
    tx.bulk(&WITHDRAW, &rows).await
}

/// Takes back whatever has not left yet to these people about these incidents.
///
/// # Errors
/// Whatever the database says.
pub async fn withdraw_of(tx: &mut Tx<'_>, now: Timestamp, pages: &[(IncidentId, UserId)]) -> Result<()> {
    let row = |(incident, user): &(IncidentId, UserId)| [(*incident).into(), (*user).into(), now.into()];
    tx.bulk(&WITHDRAW_OF, &pages.iter().map(row).collect::<Vec<_>>()).await
}

/// Deliveries whose time has come: the loudest class first, and in it the most overdue. A quarter of the places goes to
/// the most overdue of all, so that the loud ones never keep the others waiting for ever. On PostgreSQL they are
/// locked, and those that another node is about to take are left out.
///
/// # Errors
/// Whatever the database says.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<DeliveryRecord>> {
    let mut found = tx.query(&OLDEST, &[now.into(), limit.into()], read).await?;
    if count(&found) == limit {
        found.truncate(found.len() / 4);
        fill_by_class(tx, now, limit, &mut found).await?;
    }
    found.sort_by_key(|record| (record.class, record.delivery.due_at));
    Ok(found)
}

async fn fill_by_class(tx: &mut Tx<'_>, now: Timestamp, limit: i64, found: &mut Vec<DeliveryRecord>) -> Result<()> {
    for class in Class::ALL {
        let known = found.iter().filter(|record| record.class == class).count();
        let room = limit - count(found);
        if room <= 0 {
            break;
        }
        // What is known already is the most overdue of its class as well.
        let most = room + i64::try_from(known).unwrap_or(0);
        for record in due_of(tx, now, class, most).await? {
            if count(found) < limit && found.iter().all(|known| known.id != record.id) {
                found.push(record);
            }
        }
    }
    Ok(())
}

fn count(found: &[DeliveryRecord]) -> i64 {
    i64::try_from(found.len()).unwrap_or(i64::MAX)
}

/// Those of one class whose time has come, the most overdue first.
///
/// # Errors
/// Whatever the database says.
pub async fn due_of(tx: &mut Tx<'_>, now: Timestamp, class: Class, limit: i64) -> Result<Vec<DeliveryRecord>> {
    tx.query(&DUE, &[now.into(), limit.into(), class.rank().into()], read).await
}

/// When the next delivery is due.
///
/// # Errors
/// Whatever the database says.
pub async fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.query_one(&NEXT, &[], |row| row.timestamp(0)).await
}

/// Since when the delivery that waits the longest has been due.
///
/// # Errors
/// Whatever the database says.
pub async fn oldest_queued(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    Ok(tx.query_one(&OLDEST_QUEUED, &[], |row| row.optional_timestamp(0)).await?.flatten())
}

/// A delivery, to be changed.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, id: DeliveryId) -> Result<Option<DeliveryRecord>> {
    tx.query_one(&TAKE, &[id.into()], read).await
}

/// A delivery, to be looked at.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, id: DeliveryId) -> Result<Option<DeliveryRecord>> {
    tx.query_one(&VIEW, &[id.into()], read).await
}

/// Puts everything that is held for a contact method into a bundle, and says how many that were.
///
/// # Errors
/// Whatever the database says.
pub async fn bundle_up(tx: &mut Tx<'_>, now: Timestamp, contact: ContactMethodId, bundle: DeliveryId) -> Result<u64> {
    tx.execute(&BUNDLE_UP, &[contact.into(), bundle.into(), now.into()]).await
}

/// For which contact methods deliveries are held back, and how many.
///
/// # Errors
/// Whatever the database says.
pub async fn held(tx: &mut Tx<'_>) -> Result<Vec<(ContactMethodId, u64)>> {
    let read = |row: &Row<'_>| Ok((ContactMethodId::new(row.get(0)?), row.get::<i64>(1)?.cast_unsigned()));
    tx.query(&HELD, &[], read).await
}

/// What a bundle holds: how many pages of which service and severity, the worst first.
///
/// # Errors
/// Whatever the database says.
pub async fn bundled(tx: &mut Tx<'_>, bundle: DeliveryId) -> Result<Vec<(Option<ServiceId>, Option<Severity>, u64)>> {
    let read = |row: &Row<'_>| {
        let service = row.get::<Option<uuid::Uuid>>(0)?.map(ServiceId::new);
        let rank = row.get::<Option<i64>>(1)?.and_then(|rank| u8::try_from(rank).ok());
        Ok((service, rank.and_then(Severity::from_rank), row.get::<i64>(2)?.cast_unsigned()))
    };
    tx.query(&BUNDLED, &[bundle.into()], read).await
}

/// The incidents of a bundle for which its reader is still being paged, the worst and newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn bundled_incidents(tx: &mut Tx<'_>, bundle: DeliveryId, limit: i64) -> Result<Vec<IncidentId>> {
    tx.query(&BUNDLED_INCIDENTS, &[bundle.into(), limit.into()], |row| Ok(IncidentId::new(row.get(0)?))).await
}

/// The deliveries whose content went out in a bundle.
///
/// # Errors
/// Whatever the database says.
pub async fn of_bundle(tx: &mut Tx<'_>, bundle: DeliveryId) -> Result<Vec<DeliveryRecord>> {
    tx.query(&OF_BUNDLE, &[bundle.into()], read).await
}

/// Notes that attempts began.
///
/// # Errors
/// Whatever the database says.
pub async fn begin_attempts(tx: &mut Tx<'_>, now: Timestamp, attempts: &[(DeliveryId, u32, bool)]) -> Result<()> {
    let rows: Vec<[Value<'_>; 4]> = attempts
        .iter()
        .map(|(delivery, number, repeated)| [(*delivery).into(), (*number).into(), now.into(), (*repeated).into()])
        .collect();
    tx.bulk(&BEGIN, &rows).await
}

/// Notes what came of an attempt. What is said of it for the first time stands.
///
/// # Errors
/// Whatever the database says.
pub async fn end_attempt(
    tx: &mut Tx<'_>,
    now: Timestamp,
    delivery: DeliveryId,
    number: u32,
    outcome: &Outcome,
) -> Result<()> {
    let outcome = serde_json::to_string(outcome).expect("an outcome has a JSON form");
    tx.execute(&END, &[delivery.into(), number.into(), now.into(), (&outcome).into()]).await?;
    Ok(())
}

/// The attempts of a delivery, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn attempts(tx: &mut Tx<'_>, delivery: DeliveryId) -> Result<Vec<Attempt>> {
    let read = |row: &Row<'_>| {
        let outcome: Option<String> = row.get(4)?;
        Ok(Attempt {
            number: u32::try_from(row.get::<i64>(0)?).unwrap_or(u32::MAX),
            began_at: row.timestamp(1)?,
            ended_at: row.optional_timestamp(2)?,
            maybe_repeated: row.get(3)?,
            outcome: if outcome.is_some() { Some(row.json(4)?) } else { None },
        })
    };
    tx.query(&ATTEMPTS, &[delivery.into()], read).await
}

/// The deliveries of an incident, oldest first.
///
/// # Errors
/// Whatever the database says.
pub async fn of_incident(tx: &mut Tx<'_>, incident: IncidentId, limit: i64) -> Result<Vec<DeliveryRecord>> {
    tx.query(&OF_INCIDENT, &[incident.into(), limit.into()], read).await
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// The dead letters.
    Failed,
    /// Those to one person.
    User(UserId),
}

/// Deliveries, newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn list(
    tx: &mut Tx<'_>,
    filter: Filter,
    before: Option<DeliveryId>,
    limit: i64,
) -> Result<Vec<DeliveryRecord>> {
    let before = Value::from(before.map_or(uuid::Uuid::max(), DeliveryId::uuid));
    match filter {
        Filter::All => tx.query(&RECENT, &[before, limit.into()], read).await,
        Filter::Failed => tx.query(&DONE, &[before, limit.into(), Status::Failed.word().into()], read).await,
        Filter::User(user) => tx.query(&OF_USER, &[before, limit.into(), user.into()], read).await,
    }
}

/// What a search for deliveries asks for; nothing asks for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Search {
    /// With this status.
    pub status: Option<Status>,
    /// To this person.
    pub user: Option<UserId>,
    /// About this incident.
    pub incident: Option<IncidentId>,
    /// From before this one.
    pub before: Option<DeliveryId>,
}

/// Deliveries that a search finds, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn search(tx: &mut Tx<'_>, search: Search, limit: i64) -> Result<Vec<DeliveryRecord>> {
    let before = search.before.map_or(uuid::Uuid::max(), DeliveryId::uuid);
    let mut values = vec![before.into(), limit.into(), search.status.map_or("", Status::word).into()];
    let sql = match (search.incident, search.user, search.status) {
        (None, None, None) => return list(tx, Filter::All, search.before, limit).await,
        (None, None, Some(Status::Queued | Status::Sending | Status::Stopping)) => &WAITING,
        (None, None, Some(_)) => &DONE,
        (None, Some(_), _) => &SEARCH_USER,
        (Some(_), None, _) => &SEARCH_INCIDENT,
        (Some(_), Some(_), _) => &SEARCH_BOTH,
    };
    values.extend(search.incident.map(Value::from));
    values.extend(search.user.map(Value::from));
    tx.query(sql, &values, read).await
}

/// What is remembered of these contact methods, to be changed.
///
/// # Errors
/// Whatever the database says.
pub async fn take_lines(tx: &mut Tx<'_>, contacts: &[ContactMethodId]) -> Result<Vec<(ContactMethodId, Line)>> {
    let keys: Vec<[Value<'_>; 1]> = contacts.iter().map(|contact| [(*contact).into()]).collect();
    tx.look_up(&LINES, &keys, |row| Ok((ContactMethodId::new(row.get(0)?), row.json(1)?))).await
}

/// Stores what is remembered of contact methods.
///
/// # Errors
/// Whatever the database says.
pub async fn put_lines(tx: &mut Tx<'_>, lines: &[(ContactMethodId, &Line)]) -> Result<()> {
    let bodies: Vec<String> =
        lines.iter().map(|(_, line)| serde_json::to_string(line).expect("a line has a JSON form")).collect();
    let rows: Vec<[Value<'_>; 2]> =
        lines.iter().zip(&bodies).map(|((contact, _), body)| [(*contact).into(), body.into()]).collect();
    tx.bulk(&PUT_LINES, &rows).await
}
