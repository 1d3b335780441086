//! Tokens of the API. Only their SHA-256 is stored.

use allclear_core::id::{TokenId, UserId};
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::statement::{Lookup, Sql, statements};
use crate::transaction::{Row, Tx};
use crate::value::{Kind, Value};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its identity, which may be shown.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// What it may do, as the one who checks it writes it.
    pub scope: String,
    /// Whose it is; nobody in particular when it belongs to a program.
    pub user: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used for the last time, give or take [`NOTE`].
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// How far `used_at` may lag behind: a write for each request would be a waste.
pub const NOTE: SignedDuration = SignedDuration::from_mins(5);

impl Token {
    /// True when the use of the token at this moment is worth noting with [`note_use`].
    pub fn is_to_be_noted(&self, now: Timestamp) -> bool {
        self.used_at.is_none_or(|used| now.duration_since(used) >= NOTE)
    }
}

macro_rules! columns {
    () => {
        "id, name, scope, user_id, created_at, used_at, revoked_at"
    };
}

statements! {
    CREATE: Sql = Sql::new(
        "INSERT INTO tokens (id, name, digest, scope, user_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)");
    FIND: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM tokens WHERE digest = $1 AND revoked_at IS NULL"));
    NOTE_USE: Sql = Sql::new("UPDATE tokens SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)");
    LIST: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM tokens WHERE id < $1 ORDER BY id DESC LIMIT $2"));
    LIVE: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM tokens WHERE revoked_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2"));
    OF_USER: Sql = Sql::new(
        concat!("SELECT ", columns!(), " FROM tokens WHERE user_id = $3 AND id < $1 ORDER BY id DESC LIMIT $2"));
    BY_ID: Lookup = Lookup::new(
        concat!("SELECT ", columns!(), " FROM tokens WHERE id = ?1"),
        &[Kind::Uuid],
        concat!("SELECT ", columns!(), " FROM tokens WHERE id IN (SELECT * FROM {keys})"));
    REVOKE: Sql = Sql::new("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL");
}

fn read(row: &Row<'_>) -> Result<Token> {
    Ok(Token {
        id: TokenId::new(row.get(0)?),
        name: row.get(1)?,
        scope: row.get(2)?,
        user: row.get::<Option<uuid::Uuid>>(3)?.map(UserId::new),
        created_at: row.timestamp(4)?,
        used_at: row.optional_timestamp(5)?,
        revoked_at: row.optional_timestamp(6)?,
    })
}

/// Stores a new token, neither used nor revoked, under its SHA-256.
///
/// # Errors
/// Whatever the database says.
pub async fn create(tx: &mut Tx<'_>, token: &Token, digest: &[u8; 32]) -> Result<()> {
    let values = [
        token.id.into(),
        (&token.name).into(),
        digest.into(),
        (&token.scope).into(),
        token.user.into(),
        token.created_at.into(),
    ];
    tx.execute(&CREATE, &values).await?;
    Ok(())
}

/// The token of this SHA-256, unless it was revoked.
///
/// # Errors
/// Whatever the database says.
pub async fn find(tx: &mut Tx<'_>, digest: &[u8; 32]) -> Result<Option<Token>> {
    tx.query_one(&FIND, &[digest.into()], read).await
}

/// Notes that a token is in use; see [`Token::is_to_be_noted`].
///
/// # Errors
/// Whatever the database says.
pub async fn note_use(tx: &mut Tx<'_>, now: Timestamp, id: TokenId) -> Result<()> {
    tx.execute(&NOTE_USE, &[id.into(), now.into()]).await?;
    Ok(())
}

/// Tokens, those that were revoked as well, newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn list(tx: &mut Tx<'_>, before: Option<TokenId>, limit: i64) -> Result<Vec<Token>> {
    let before = before.map_or(uuid::Uuid::max(), TokenId::uuid);
    tx.query(&LIST, &[before.into(), limit.into()], read).await
}

/// Tokens that were not revoked, newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn live(tx: &mut Tx<'_>, before: Option<TokenId>, limit: i64) -> Result<Vec<Token>> {
    let before = before.map_or(uuid::Uuid::max(), TokenId::uuid);
    tx.query(&LIVE, &[before.into(), limit.into()], read).await
}

/// The tokens of one person, those that were revoked as well, newest first, from before a given one.
///
/// # Errors
/// Whatever the database says.
pub async fn of_user(tx: &mut Tx<'_>, user: UserId, before: Option<TokenId>, limit: i64) -> Result<Vec<Token>> {
    let before = before.map_or(uuid::Uuid::max(), TokenId::uuid);
    tx.query(&OF_USER, &[before.into(), limit.into(), user.into()], read).await
}

/// The tokens of these identities, those that were revoked as well.
///
/// # Errors
/// Whatever the database says.
pub async fn by_id(tx: &mut Tx<'_>, ids: &[TokenId]) -> Result<Vec<Token>> {
    let keys: Vec<[Value<'_>; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    tx.look_up(&BY_ID, &keys, read).await
}

/// Revokes a token; false when there is none, or it was revoked before.
///
/// # Errors
/// Whatever the database says.
pub async fn revoke(tx: &mut Tx<'_>, now: Timestamp, id: TokenId) -> Result<bool> {
    Ok(tx.execute(&REVOKE, &[id.into(), now.into()]).await? == 1)
}
