//! Timers: when each lifecycle must be woken.
//!
//! There is one row for each subject that has something to wait for, and it says exactly what `next_due` says of the
//! stored state. One query drives time; a restart is a non-event.

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::statement::{Bulk, Sql, statements};
use crate::transaction::Tx;
use crate::value::{Kind, Value};

/// What a timer wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// An alert that is over unless its source speaks again.
    Alert,
    /// An incident: a step, a rung, a lapse, the end of a snooze.
    Incident,
    /// A contact method whose held pages go out as a bundle.
    Line,
}

impl Subject {
    const ALL: [Self; 3] = [Self::Alert, Self::Incident, Self::Line];

    /// The word it is stored as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Incident => "incident",
            Self::Line => "line",
        }
    }
}

/// A timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// What kind of thing it wakes.
    pub subject: Subject,
    /// Which one.
    pub id: Uuid,
    /// When.
    pub due_at: Timestamp,
}

statements! {
    SET: Bulk = Bulk::insert(
        "INSERT INTO timers (kind, subject, due_at)",
        &[Kind::Text, Kind::Uuid, Kind::Int],
        "ON CONFLICT (kind, subject) DO UPDATE SET due_at = excluded.due_at");
    CLEAR: Bulk = Bulk::pair(
        "DELETE FROM timers WHERE kind = ?1 AND subject = ?2",
        &[Kind::Text, Kind::Uuid],
        "DELETE FROM timers t USING {rows} AS gone (kind, subject) WHERE t.kind = gone.kind AND t.subject = gone.subject");
    DUE: Sql = Sql::new("SELECT kind, subject, due_at FROM timers WHERE due_at <= $1 ORDER BY due_at LIMIT $2");
    NEXT: Sql = Sql::new("SELECT due_at FROM timers ORDER BY due_at LIMIT 1");
    ONE: Sql = Sql::new("SELECT due_at FROM timers WHERE kind = $1 AND subject = $2");
    OF_KIND: Sql = Sql::new("SELECT kind, subject, due_at FROM timers WHERE kind = $1 ORDER BY due_at LIMIT $2");
}

fn read(row: &crate::Row<'_>) -> Result<Timer> {
    let word: String = row.get(0)?;
    let subject = Subject::ALL.into_iter().find(|subject| subject.word() == word);
    Ok(Timer {
        subject: subject.ok_or_else(|| Error::Corrupt(format!("`{word}` is not a kind of timer")))?,
        id: row.get(1)?,
        due_at: row.timestamp(2)?,
    })
}

/// Sets the timers of these subjects, and clears those that have nothing to wait for.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, timers: &[(Subject, Uuid, Option<Timestamp>)]) -> Result<()> {
    let set: Vec<[Value<'_>; 3]> = timers
        .iter()
        .filter_map(|(subject, id, due)| due.map(|due| [subject.word().into(), (*id).into(), due.into()]))
        .collect();
    tx.bulk(&SET, &set).await?;
    let clear: Vec<[Value<'_>; 2]> = timers
        .iter()
        .filter(|(_, _, due)| due.is_none())
        .map(|(subject, id, _)| [subject.word().into(), (*id).into()])
        .collect();
    tx.bulk(&CLEAR, &clear).await
}

/// The timers that are due, the most overdue first.
///
/// # Errors
/// Whatever the database says.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Timer>> {
    tx.query(&DUE, &[now.into(), limit.into()], read).await
}

/// When the next timer is due.
///
/// # Errors
/// Whatever the database says.
pub async fn next(tx: &mut Tx<'_>) -> Result<Option<Timestamp>> {
    tx.query_one(&NEXT, &[], |row| row.timestamp(0)).await
}

/// When a subject is due.
///
/// # Errors
/// Whatever the database says.
pub async fn one(tx: &mut Tx<'_>, subject: Subject, id: Uuid) -> Result<Option<Timestamp>> {
    tx.query_one(&ONE, &[subject.word().into(), id.into()], |row| row.timestamp(0)).await
}

/// The next timers of one kind.
///
/// # Errors
/// Whatever the database says.
pub async fn of_kind(tx: &mut Tx<'_>, subject: Subject, limit: i64) -> Result<Vec<Timer>> {
    tx.query(&OF_KIND, &[subject.word().into(), limit.into()], read).await
}
