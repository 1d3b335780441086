//! How far the handovers of schedules are, and the notes from one shift to the next.

use allclear_core::handover::State;
use allclear_core::id::{HandoffNoteId, ScheduleId, UserId};
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// A note for those who come on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoffNote {
    /// Its identity.
    pub id: HandoffNoteId,
    /// Of which schedule.
    pub schedule: ScheduleId,
    /// Who wrote it; nobody in particular when a program did.
    pub author: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
}

statements! {
    TAKE: Sql = Sql::locking("SELECT state FROM handovers WHERE schedule_id = $1");
    KNOWN: Sql = Sql::new("SELECT schedule_id, state FROM handovers");
    PUT: Sql = Sql::new(
        "INSERT INTO handovers (schedule_id, state) VALUES ($1, $2) \
         ON CONFLICT (schedule_id) DO UPDATE SET state = excluded.state");
    REMOVE: Sql = Sql::new("DELETE FROM handovers WHERE schedule_id = $1");
    ADD_NOTE: Sql = Sql::new(
        "INSERT INTO handoff_notes (id, schedule_id, user_id, at, text) VALUES ($1, $2, $3, $4, $5)");
    NOTES: Sql = Sql::new(
        "SELECT id, schedule_id, user_id, at, text FROM handoff_notes WHERE schedule_id = $1 AND id < $2 \
         ORDER BY id DESC LIMIT $3");
}

/// How far the handovers of a schedule are, to be changed; none while nothing is known of them.
///
/// # Errors
/// Whatever the database says.
pub async fn take(tx: &mut Tx<'_>, schedule: ScheduleId) -> Result<Option<State>> {
    tx.query_one(&TAKE, &[schedule.into()], |row| row.json(0)).await
}

/// How far all are.
///
/// # Errors
/// Whatever the database says.
pub async fn known(tx: &mut Tx<'_>) -> Result<Vec<(ScheduleId, State)>> {
    tx.query(&KNOWN, &[], |row| Ok((ScheduleId::new(row.get(0)?), row.json(1)?))).await
}

/// Stores how far the handovers of a schedule are.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, schedule: ScheduleId, state: &State) -> Result<()> {
    let state = serde_json::to_string(state).expect("a state has a JSON form");
    tx.execute(&PUT, &[schedule.into(), (&state).into()]).await?;
    Ok(())
}

/// Forgets the handovers of a schedule that is gone.
///
/// # Errors
/// Whatever the database says.
pub async fn remove(tx: &mut Tx<'_>, schedule: ScheduleId) -> Result<()> {
    tx.execute(&REMOVE, &[schedule.into()]).await?;
    Ok(())
}

/// Stores a note.
///
/// # Errors
/// Whatever the database says.
pub async fn add_note(tx: &mut Tx<'_>, note: &HandoffNote) -> Result<()> {
    let values = [note.id.into(), note.schedule.into(), note.author.into(), note.at.into(), (&note.text).into()];
    tx.execute(&ADD_NOTE, &values).await?;
    Ok(())
}

/// The notes of a schedule, the newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn notes(
    tx: &mut Tx<'_>,
    schedule: ScheduleId,
    before: Option<HandoffNoteId>,
    limit: i64,
) -> Result<Vec<HandoffNote>> {
    let before = before.map_or(uuid::Uuid::max(), HandoffNoteId::uuid);
    let read = |row: &Row<'_>| {
        Ok(HandoffNote {
            id: HandoffNoteId::new(row.get(0)?),
            schedule: ScheduleId::new(row.get(1)?),
            author: row.get::<Option<uuid::Uuid>>(2)?.map(UserId::new),
            at: row.timestamp(3)?,
            text: row.get(4)?,
        })
    };
    tx.query(&NOTES, &[schedule.into(), before.into(), limit.into()], read).await
}
