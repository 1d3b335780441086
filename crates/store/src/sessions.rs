//! Sessions of browsers. What the browser holds is never stored: only its SHA-256 is, so that whoever reads the
//! database cannot sign in with it.

use allclear_core::id::{SessionId, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identity, which may be shown.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was used for the last time, give or take [`TOUCH`].
    pub seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The browser, by its own words.
    pub agent: String,
}

/// How far `seen_at` may lag behind: a write for each request would be a waste.
pub const TOUCH: SignedDuration = SignedDuration::from_mins(5);

impl Session {
    /// True when the use of the session at this moment is worth noting with [`touch`].
    pub fn is_to_be_touched(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) >= TOUCH
    }
}

macro_rules! columns {
    () => {
        "id, user_id, created_at, seen_at, expires_at, agent"
    };
}

statements! {
    CREATE: Sql = Sql::new(
        "INSERT INTO sessions (id, user_id, digest, created_at, seen_at, expires_at, agent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
    FIND: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM sessions WHERE digest = $1 AND expires_at > $2"));
    TOUCH_ONE: Sql = Sql::new("UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2");
    OF_USER: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id"));
    REVOKE: Sql = Sql::new("DELETE FROM sessions WHERE id = $1 AND user_id = $2");
    REVOKE_ALL: Sql = Sql::new("DELETE FROM sessions WHERE user_id = $1 AND id <> $2");
}

fn read(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: SessionId::new(row.get(0)?),
        user: UserId::new(row.get(1)?),
        created_at: row.timestamp(2)?,
        seen_at: row.timestamp(3)?,
        expires_at: row.timestamp(4)?,
        agent: row.get(5)?,
    })
}

/// Stores a new session, under the SHA-256 of what the browser was given.
///
/// # Errors
/// Whatever the database says.
pub async fn create(tx: &mut Tx<'_>, session: &Session, digest: &[u8; 32]) -> Result<()> {
    let values = [
        session.id.into(),
        session.user.into(),
        digest.into(),
        session.created_at.into(),
        session.seen_at.into(),
        session.expires_at.into(),
        (&session.agent).into(),
    ];
    tx.execute(&CREATE, &values).await?;
    Ok(())
}

/// The session of what a browser holds, unless it has expired.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, now: Timestamp, digest: &[u8; 32]) -> Result<Option<Session>> {
    tx.query_one(&FIND, &[digest.into(), now.into()], read).await
}

/// Notes that a session is in use; see [`Session::is_to_be_touched`].
///
/// # Errors
/// Whatever the database says.
pub async fn touch(tx: &mut Tx<'_>, now: Timestamp, id: SessionId) -> Result<()> {
    tx.execute(&TOUCH_ONE, &[id.into(), now.into()]).await?;
    Ok(())
}

/// The sessions of a person that have not expired, the one used last first.
///
/// # Errors
/// Whatever the database says.
pub async fn of_user(tx: &mut Tx<'_>, now: Timestamp, user: UserId) -> Result<Vec<Session>> {
    tx.query(&OF_USER, &[user.into(), now.into()], read).await
}

/// Ends one session of a person; false when they have no such session.
///
/// # Errors
/// Whatever the database says.
pub async fn revoke(tx: &mut Tx<'_>, user: UserId, id: SessionId) -> Result<bool> {
    Ok(tx.execute(&REVOKE, &[id.into(), user.into()]).await? == 1)
}

/// Ends all sessions of a person, but for the one that they are in, if it is to be kept; says how many.
///
/// # Errors
/// Whatever the database says.
pub async fn revoke_all(tx: &mut Tx<'_>, user: UserId, except: Option<SessionId>) -> Result<u64> {
    let except = except.map_or(uuid::Uuid::nil(), SessionId::uuid);
    tx.execute(&REVOKE_ALL, &[user.into(), except.into()]).await
}
