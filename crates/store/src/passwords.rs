//! Passwords, as hashes.

use allclear_core::id::UserId;
use jiff::Timestamp;

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::{Row, Tx};

/// What is kept of a person's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password {
    /// Its hash, as a PHC string (`$argon2id$…`), which says with which parameters it was made.
    pub hash: String,
    /// When it was set.
    pub changed_at: Timestamp,
}

statements! {
    GET: Sql = Sql::new("SELECT hash, changed_at FROM passwords WHERE user_id = $1");
    PUT: Sql = Sql::new(
        "INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at");
    REMOVE: Sql = Sql::new("DELETE FROM passwords WHERE user_id = $1");
}

/// A person's password; nothing when they sign in in another way.
///
/// # Errors
/// Whatever the database says.
pub async fn get(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Password>> {
    let read = |row: &Row<'_>| Ok(Password { hash: row.get(0)?, changed_at: row.timestamp(1)? });
    tx.query_one(&GET, &[user.into()], read).await
}

/// Sets a person's password.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, now: Timestamp, user: UserId, hash: &str) -> Result<()> {
    tx.execute(&PUT, &[user.into(), hash.into(), now.into()]).await?;
    Ok(())
}

/// Forgets a person's password; false when there was none.
///
/// # Errors
/// Whatever the database says.
pub async fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    Ok(tx.execute(&REMOVE, &[user.into()]).await? == 1)
}
