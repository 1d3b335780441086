//! Checkpoints on a thread of their own.
//!
//! What is committed stands in the write-ahead log first, and is moved into the database's file later
//! (<https://www.sqlite.org/wal.html>, "Checkpointing"). The writer would do that itself after a commit, and let
//! everybody wait who comes next. Here another connection does it beside the writer. It can never reach the end of a
//! log that goes on growing, and only a log that was moved as a whole begins anew; so the writer still does the rest,
//! which is little by then, once the log is long ([`WRITER_PAGES`]).

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};

/// How many rows change between two checkpoints.
const ROWS: u64 = 4_000;
/// After how many pages of the log the writer does the rest: 64 MiB.
pub(crate) const WRITER_PAGES: u32 = 16_000;

/// Tells the thread when there is something to move.
pub(crate) struct Checkpoints {
    wake: SyncSender<()>,
    /// The writer's count of changed rows at the last checkpoint.
    changes: u64,
}

impl Checkpoints {
    /// Starts the thread for a file. It ends when this is dropped.
    pub(crate) fn start(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        let (wake, wakes) = sync_channel(1);
        std::thread::Builder::new()
            .name("store-checkpoint".to_owned())
            .spawn(move || move_pages(&connection, &wakes))
            .map_err(|error| Error::Connection(error.to_string()))?;
        Ok(Self { wake, changes: 0 })
    }

    /// Looks, after a commit, whether it is time.
    pub(crate) fn after_commit(&mut self, writer: &Connection) {
        let changes = writer.total_changes();
        if changes - self.changes >= ROWS {
            self.changes = changes;
            // When it is still at work, it will have moved most of this as well.
            self.wake.try_send(()).ok();
        }
    }
}

fn move_pages(connection: &Connection, wakes: &Receiver<()>) {
    while wakes.recv().is_ok() {
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "a checkpoint failed; the log grows until one succeeds");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_moved_into_the_file_beside_the_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("allclear.db");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x)").unwrap();
        let mut checkpoints = Checkpoints::start(&path).unwrap();
        let pages = || std::fs::metadata(&path).unwrap().len() / 4_096;
        let before = pages();
        let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) \
                    INSERT INTO t SELECT randomblob(400) FROM n";
        writer.execute_batch(fill).unwrap();
        checkpoints.after_commit(&writer);
        writer.execute_batch(fill).unwrap();
        checkpoints.after_commit(&writer);
        assert_eq!(pages(), before, "not yet");
        writer.execute_batch(fill).unwrap();
        checkpoints.after_commit(&writer);
        let Checkpoints { wake, .. } = checkpoints;
        // A second call waits until the first is taken; a third until that one is done.
        wake.send(()).unwrap();
        wake.send(()).unwrap();
        assert!(pages() > before + 500, "{} pages", pages());
    }
}
