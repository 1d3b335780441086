//! Health: whether a write still reaches the disk, and the numbers that say how things stand.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::statement::{Sql, statements};
use crate::transaction::Tx;
use crate::{alerts, deliveries, inbox, incidents, migrate};

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// How many incidents are open, by status; a status that none has is left out.
    pub open_incidents: Vec<(String, i64)>,
    /// How many alerts fire.
    pub firing_alerts: i64,
    /// How many deliveries wait for an attempt, or are held to be bundled.
    pub queued_deliveries: i64,
    /// How many dead letters there are.
    pub failed_deliveries: i64,
    /// Since when the queued delivery that waits the longest has been due.
    pub oldest_delivery: Option<Timestamp>,
    /// When the oldest request that is not yet processed was received.
    pub oldest_segment: Option<Timestamp>,
}

statements! {
    WRITE: Sql = Sql::new("UPDATE health SET checked_at = $1 WHERE one = 1");
    // Counted over the partial indexes that hold nothing else.
    QUEUED: Sql = Sql::new(
        "SELECT (SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL AND status = 'queued') \
         + (SELECT count(*) FROM deliveries WHERE status = 'held')");
    FAILED: Sql = Sql::new("SELECT count(*) FROM deliveries WHERE due_at IS NULL AND status = 'failed'");
    MIGRATIONS: Sql = Sql::new(
        "SELECT number, checksum FROM migrations UNION ALL SELECT number, checksum FROM inbox_migrations ORDER BY 1");
    // PostgreSQL checks its pages when it reads them; what it has to say, it says to whoever reads.
    INTEGRITY: Sql = Sql::pair("PRAGMA integrity_check(20)", "SELECT 'ok'");
}

/// How many migrations of this version the database has not seen yet.
///
/// # Errors
/// When a newer version has migrated it, or it is not a database of Allclear.
pub async fn outstanding_migrations(tx: &mut Tx<'_>) -> Result<usize> {
    let applied = tx.query(&MIGRATIONS, &[], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(migrate::outstanding(&applied)?.len())
}

/// Reads the whole file of a SQLite database, and says what is broken in it; at most twenty things. Takes as long as
/// that takes.
///
/// # Errors
/// Whatever the database says.
pub async fn integrity(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let mut found: Vec<String> = tx.query(&INTEGRITY, &[], |row| row.get(0)).await?;
    found.retain(|line| line != "ok");
    Ok(found)
}

/// Writes one row: once its transaction has returned, a write has reached the disk.
///
/// # Errors
/// Whatever the database says, or that it was never migrated.
pub async fn write(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    match tx.execute(&WRITE, &[now.into()]).await? {
        1 => Ok(()),
        rows => Err(Error::Corrupt(format!("the table `health` has {rows} rows, and must have one"))),
    }
}

/// Counts what the metrics show. Cheap: history does not slow it down, but for the dead letters that are kept.
///
/// # Errors
/// Whatever the database says.
pub async fn counts(tx: &mut Tx<'_>) -> Result<Counts> {
    Ok(Counts {
        open_incidents: incidents::open_counts(tx).await?,
        firing_alerts: alerts::firing_count(tx).await?,
        queued_deliveries: tx.query_one(&QUEUED, &[], |row| row.get(0)).await?.unwrap_or(0),
        failed_deliveries: tx.query_one(&FAILED, &[], |row| row.get(0)).await?.unwrap_or(0),
        oldest_delivery: deliveries::oldest_queued(tx).await?,
        oldest_segment: inbox::oldest_waiting(tx).await?,
    })
}
