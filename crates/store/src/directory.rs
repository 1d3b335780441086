//! The directory: the whole configuration, stored as documents with one version number.

use std::collections::BTreeSet;

use allclear_core::directory::{Change, Directory, Kind, Object, Organisation};
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::statement::{Bulk, Sql, statements};
use crate::transaction::Tx;
use crate::value::{Kind as Type, Value};

statements! {
    VERSION: Sql = Sql::new("SELECT version FROM organisation WHERE one = 1");
    ORGANISATION: Sql = Sql::new("SELECT version, body FROM organisation WHERE one = 1");
    OBJECTS: Sql = Sql::new("SELECT body FROM objects");
    MOVE_ON: Sql = Sql::new("UPDATE organisation SET version = $2, body = $3 WHERE one = 1 AND version = $1");
    PUT: Bulk = Bulk::insert(
        "INSERT INTO objects (id, kind, slug, body, changed_at)",
        &[Type::Uuid, Type::Text, Type::Text, Type::Text, Type::Int],
        "");
    REMOVE: Bulk = Bulk::pair(
        "DELETE FROM objects WHERE id = ?1",
        &[Type::Uuid],
        "DELETE FROM objects WHERE id IN (SELECT * FROM {rows})");
}

/// The version of what is stored.
///
/// # Errors
/// Whatever the database says.
pub async fn version(tx: &mut Tx<'_>) -> Result<i64> {
    Ok(tx.query_one(&VERSION, &[], |row| row.get(0)).await?.unwrap_or(0))
}

/// The whole directory, as of one moment if the transaction only reads.
///
/// # Errors
/// Whatever the database says, or that a document was not written by this program.
pub async fn load(tx: &mut Tx<'_>) -> Result<Directory> {
    let organisation = tx.query_one(&ORGANISATION, &[], |row| Ok((row.get(0)?, row.json::<Organisation>(1)?))).await?;
    let (version, organisation) = organisation.unwrap_or_default();
    let objects = tx.query(&OBJECTS, &[], |row| row.json::<Object>(0)).await?;
    Ok(Directory::restore(version, organisation, objects))
}

/// Stores changes that led from one directory to the next; false when the stored one is not the one they were made
/// from.
///
/// # Errors
/// Whatever the database says.
pub async fn save(tx: &mut Tx<'_>, now: Timestamp, next: &Directory, changes: &[Change]) -> Result<bool> {
    let organisation = to_json(&*next.organisation)?;
    let values = [(next.version - 1).into(), next.version.into(), (&organisation).into()];
    if tx.execute(&MOVE_ON, &values).await? != 1 {
        return Ok(false);
    }
    // What the changes touched is taken out first and put back as it is in the end, so that two things may swap their
    // short names, and a thing may be changed twice.
    let touched: BTreeSet<(Kind, Uuid)> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Put(object) => Some((object.kind(), object.uuid())),
            Change::Remove(kind, uuid) => Some((*kind, *uuid)),
            Change::Organisation(_) => None,
        })
        .collect();
    let removed: Vec<[Value<'_>; 1]> = touched.iter().map(|(_, uuid)| [(*uuid).into()]).collect();
    tx.bulk(&REMOVE, &removed).await?;
    let put: Vec<(&Object, String)> = touched
        .iter()
        .filter_map(|(kind, uuid)| next.object(*kind, *uuid))
        .map(|object| to_json(object).map(|body| (object, body)))
        .collect::<Result<_>>()?;
    let rows: Vec<[Value<'_>; 5]> = put
        .iter()
        .map(|(object, body)| {
            [object.uuid().into(), object.kind().word().into(), object.slug().into(), body.into(), now.into()]
        })
        .collect();
    tx.bulk(&PUT, &rows).await?;
    Ok(true)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}
