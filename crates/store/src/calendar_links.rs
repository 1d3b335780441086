//! Secret links to calendars of shifts. Only their SHA-256 is stored.

use allclear_core::directory::Kind as Thing;
use allclear_core::id::{CalendarLinkId, UserId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::statement::{Sql, statements};
use crate::tokens::NOTE;
use crate::transaction::{Row, Tx};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarLink {
    /// Its identity, which may be shown.
    pub id: CalendarLinkId,
    /// What it is about: a schedule or a person.
    pub kind: Thing,
    /// Which one.
    pub subject: Uuid,
    /// Who made it; nobody in particular when a program did.
    pub made_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was opened for the last time, give or take [`NOTE`].
    pub used_at: Option<Timestamp>,
}

impl CalendarLink {
    /// True when it is worth noting with [`note_use`] that it is opened at this moment.
    pub fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.used_at.is_none_or(|used| now.duration_since(used) >= NOTE)
    }
}

statements! {
    CREATE: Sql = Sql::new(
        "INSERT INTO calendar_links (id, digest, kind, subject, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
    FIND: Sql = Sql::new(
        "SELECT id, kind, subject, made_by, created_at, used_at FROM calendar_links WHERE digest = $1");
    NOTE_USE: Sql = Sql::new(
        "UPDATE calendar_links SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)");
    OF_SUBJECT: Sql = Sql::new(
        "SELECT id, kind, subject, made_by, created_at, used_at FROM calendar_links WHERE subject = $1 ORDER BY id DESC \
         LIMIT $2");
    REVOKE: Sql = Sql::new("DELETE FROM calendar_links WHERE id = $1");
}

fn read(row: &Row<'_>) -> Result<CalendarLink> {
    let word: String = row.get(1)?;
    let kind = Thing::ALL.into_iter().find(|kind| kind.word() == word);
    Ok(CalendarLink {
        id: CalendarLinkId::new(row.get(0)?),
        kind: kind.ok_or_else(|| Error::Corrupt(format!("a calendar link is about `{word}`")))?,
        subject: row.get(2)?,
        made_by: row.get::<Option<Uuid>>(3)?.map(UserId::new),
        created_at: row.timestamp(4)?,
        used_at: row.optional_timestamp(5)?,
    })
}

/// Stores a new link under the SHA-256 of its secret.
///
/// # Errors
/// Whatever the database says.
pub async fn create(tx: &mut Tx<'_>, link: &CalendarLink, digest: &[u8; 32]) -> Result<()> {
    let values = [
        link.id.into(),
        digest.into(),
        link.kind.word().into(),
        link.subject.into(),
        link.made_by.into(),
        link.created_at.into(),
    ];
    tx.execute(&CREATE, &values).await?;
    Ok(())
}

/// The link of this SHA-256.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<Option<CalendarLink>> {
    tx.query_one(&FIND, &[digest.into()], read).await
}

/// Notes that a link was opened; see [`CalendarLink::is_to_be_noted`].
///
/// # Errors
/// Whatever the database says.
pub async fn note_use(tx: &mut Tx<'_>, now: Timestamp, id: CalendarLinkId) -> Result<()> {
    tx.execute(&NOTE_USE, &[id.into(), now.into()]).await?;
    Ok(())
}

/// The links of a schedule or a person, newest first.
///
/// # Errors
/// Whatever the database says.
pub async fn of_subject(tx: &mut Tx<'_>, subject: Uuid, limit: i64) -> Result<Vec<CalendarLink>> {
    tx.query(&OF_SUBJECT, &[subject.into(), limit.into()], read).await
}

/// Revokes a link; false when there is none.
///
/// # Errors
/// Whatever the database says.
pub async fn revoke(tx: &mut Tx<'_>, id: CalendarLinkId) -> Result<bool> {
    Ok(tx.execute(&REVOKE, &[id.into()]).await? == 1)
}
