//! Checkpoints on a thread of their own.
//!
//! What is committed stands in the write-ahead log first, and is moved into the database's file later
//! (<https://www.sqlite.org/wal.html>, "Checkpointing"). The writer would do that itself after a commit, and let
//! everybody wait who comes next. Here another connection does it beside the writer. It can never reach the end of a
//! log that goes on growing, and only a log that was moved as a whole begins anew; so the writer still does the rest,
//! which is little by then, once the log is long ([`WRITER_PAGES`]).

use std::ffi::c_int;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, Result};

/// How many pages the log grows by between two checkpoints: 4 MiB.
const PAGES: c_int = 1_000;
/// After how many pages of the log the writer does the rest: 64 MiB.
const WRITER_PAGES: c_int = 16_000;

/// Starts the thread for the file of this writer, instead of SQLite's own checkpoints. It ends with the writer.
pub(crate) fn start(path: &Path, writer: &mut Connection) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let (wake, wakes) = sync_channel(1);
    std::thread::Builder::new()
        .name("store-checkpoint".to_owned())
        .spawn(move || move_pages(&connection, &wakes))
        .map_err(|error| Error::Connection(error.to_string()))?;
    let mut moved = 0;
    // Called after each commit with the length of the log. What it returned would be what the commit returns, and that
    // has succeeded: a checkpoint that fails is tried again after the next one.
    let after_commit = move |log: &mut Wal, pages: c_int| {
        if pages < moved {
            moved = 0;
        }
        if pages >= WRITER_PAGES {
            // Busy while the thread is at it.
            log.checkpoint().inspect_err(|error| tracing::debug!(%error, pages, "the log goes on growing")).ok();
        } else if pages - moved >= PAGES {
            moved = pages;
            // When it is still at work, it will have moved most of this as well.
            wake.try_send(()).ok();
        }
        Ok(())
    };
    writer.wal_hook(Some(after_commit))?;
    Ok(())
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
    use std::path::PathBuf;

    use super::*;

    struct House {
        _folder: tempfile::TempDir,
        path: PathBuf,
        writer: Connection,
    }

    impl House {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("allclear.db");
            let mut writer = Connection::open(&path).unwrap();
            writer.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
            start(&path, &mut writer).unwrap();
            Self { _folder: folder, path, writer }
        }

        /// Commits one large row, as the inbox does.
        fn commit(&self, pages: i64) {
            self.writer.execute("INSERT INTO t VALUES (zeroblob(?1))", [pages * 4_096]).unwrap();
        }

        fn file(&self) -> u64 {
            std::fs::metadata(&self.path).unwrap().len() / 4_096
        }

        fn log(&self) -> u64 {
            std::fs::metadata(self.path.with_extension("db-wal")).unwrap().len() / 4_096
        }
    }

    #[test]
    fn the_log_is_moved_into_the_file_beside_the_writer() {
        let house = House::new();
        let before = house.file();
        for _ in 0..9 {
            house.commit(100);
        }
        assert_eq!(house.file(), before, "not yet");
        house.commit(100);
        let moved = (0..1_000_000).any(|_| {
            std::thread::yield_now();
            house.file() > before + 900
        });
        assert!(moved, "{} pages", house.file());
    }

    #[test]
    fn a_log_that_is_long_is_moved_to_its_end_and_begins_anew() {
        let house = House::new();
        for _ in 0..100 {
            house.commit(1_000);
        }
        // The thread may be in the middle of it, and keep the writer out for some commits.
        let moved = (0..100_000).any(|_| {
            house.commit(1);
            house.file() > 84_000
        });
        assert!(moved, "{} pages in the file", house.file());
        assert!(house.log() < 70_000, "{} pages in the log", house.log());
    }
}
