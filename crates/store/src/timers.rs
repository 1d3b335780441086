//! Timers: when each lifecycle must be woken.
//!
//! There is one row for each subject that has something to wait for, and it says exactly what `next_due` says of the
//! stored state. One query drives time; a restart is a non-event.

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Result;
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
    /// A request for cover, of which something is about to begin.
    Cover,
    /// A schedule that changes hands.
    Handover,
}

impl Subject {
    const ALL: [Self; 5] = [Self::Alert, Self::Incident, Self::Line, Self::Cover, Self::Handover];

    /// The word it is stored as.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Incident => "incident",
            Self::Line => "line",
            Self::Cover => "cover",
            Self::Handover => "handover",
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
}

/// During an upgrade, nodes of two versions share the table: a timer of a kind that this one does not know is left to
/// the others, and must not stop time for everything else.
fn read(row: &crate::Row<'_>) -> Result<Option<Timer>> {
    let word: String = row.get(0)?;
    let Some(subject) = Subject::ALL.into_iter().find(|subject| subject.word() == word) else {
        tracing::warn!(kind = word, "a timer of another version of Allclear is left alone");
        return Ok(None);
    };
    Ok(Some(Timer { subject, id: row.get(1)?, due_at: row.timestamp(2)? }))
}

/// Sets the timers of these subjects, and clears those that have nothing to wait for. What is said last of a subject
/// holds.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, timers: &[(Subject, Uuid, Option<Timestamp>)]) -> Result<()> {
    let mut timers = timers.to_vec();
    // Stable, so that what was said last of a subject stays last.
    timers.sort_by_key(|(subject, id, _)| (*subject, *id));
    let (mut set, mut clear): (Vec<[Value<'_>; 3]>, Vec<[Value<'_>; 2]>) = (Vec::new(), Vec::new());
    for of_one in timers.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
        match of_one.last() {
            Some((subject, id, Some(due))) => set.push([subject.word().into(), (*id).into(), (*due).into()]),
            Some((subject, id, None)) => clear.push([subject.word().into(), (*id).into()]),
            None => {}
        }
    }
    tx.bulk(&SET, &set).await?;
    tx.bulk(&CLEAR, &clear).await
}

/// The timers that are due, the most overdue first.
///
/// # Errors
/// Whatever the database says.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<Timer>> {
    Ok(tx.query(&DUE, &[now.into(), limit.into()], read).await?.into_iter().flatten().collect())
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
