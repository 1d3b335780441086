//! Secrets, as bytes that the application has sealed: the store never sees what is inside.

use crate::error::Result;
use crate::statement::{Sql, statements};
use crate::transaction::Tx;

statements! {
    PUT: Sql = Sql::new(
        "INSERT INTO secrets (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed");
    PUT_NEW: Sql = Sql::new("INSERT INTO secrets (name, sealed) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");
    GET: Sql = Sql::new("SELECT sealed FROM secrets WHERE name = $1");
    REMOVE: Sql = Sql::new("DELETE FROM secrets WHERE name = $1");
    NAMES: Sql = Sql::new("SELECT name FROM secrets ORDER BY name");
}

/// Stores a secret, in the place of any before it of the same name.
///
/// # Errors
/// Whatever the database says.
pub async fn put(tx: &mut Tx<'_>, name: &str, sealed: &[u8]) -> Result<()> {
    tx.execute(&PUT, &[name.into(), sealed.into()]).await?;
    Ok(())
}

/// Stores a secret, unless there is one of the same name.
///
/// # Errors
/// Whatever the database says.
pub async fn put_new(tx: &mut Tx<'_>, name: &str, sealed: &[u8]) -> Result<()> {
    tx.execute(&PUT_NEW, &[name.into(), sealed.into()]).await?;
    Ok(())
}

/// The secret of that name.
///
/// # Errors
/// Whatever the database says.
pub async fn get(tx: &mut Tx<'_>, name: &str) -> Result<Option<Vec<u8>>> {
    tx.query_one(&GET, &[name.into()], |row| row.get(0)).await
}

/// Removes a secret; false when there was none of that name.
///
/// # Errors
/// Whatever the database says.
pub async fn remove(tx: &mut Tx<'_>, name: &str) -> Result<bool> {
    Ok(tx.execute(&REMOVE, &[name.into()]).await? == 1)
}

/// The names of all secrets, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn names(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    tx.query(&NAMES, &[], |row| row.get(0)).await
}
