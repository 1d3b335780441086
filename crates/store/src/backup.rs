//! Backups of a SQLite database.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::migrate::Part;
use crate::sqlite::{Files, Sqlite};

/// Writes the copies beside their places, makes sure that they are on the disk, and puts them there, the database
/// itself last: who finds it finds all of the backup. The inbox is copied after it, so that it holds whatever the copy
/// of the database has not yet processed.
pub(crate) async fn write(sqlite: &Sqlite, path: &Path) -> Result<()> {
    let files = Files::of(path.to_owned());
    let partials = (prepare(&files.main)?, prepare(&files.inbox)?);
    let written = write_both(sqlite, &files, &partials).await;
    if written.is_err() {
        // What is left of them is of no use, and the error is the one to tell.
        drop((remove(&partials.0), remove(&partials.1)));
    }
    written
}

async fn write_both(sqlite: &Sqlite, files: &Files, (main, inbox): &(PathBuf, PathBuf)) -> Result<()> {
    copy(sqlite, Part::Main, main).await.map_err(|error| refused(&files.main, error))?;
    copy(sqlite, Part::Inbox, inbox).await.map_err(|error| refused(&files.inbox, error))?;
    for (partial, path) in [(inbox.clone(), files.inbox.clone()), (main.clone(), files.main.clone())] {
        let settled =
            tokio::task::spawn_blocking(move || settle(&partial, &path).map_err(|error| refused(&path, error)));
        settled.await.map_err(|error| Error::Backup(format!("the backup was broken off: {error}")))??;
    }
    Ok(())
}

fn refused(path: &Path, error: impl std::fmt::Display) -> Error {
    Error::Backup(format!("cannot write the backup {}: {error}", path.display()))
}

/// Makes room for a copy, and says where it is to be written first.
fn prepare(path: &Path) -> Result<PathBuf> {
    if beside(path, "-wal").map_err(|error| refused(path, error))?.exists() {
        // Its log would be taken for the log of the backup.
        return Err(Error::Backup(format!("{} is a database in use; choose another name", path.display())));
    }
    let partial = beside(path, ".partial").map_err(|error| refused(path, error))?;
    remove(&partial).map_err(|error| refused(path, error))?;
    Ok(partial)
}

async fn copy(sqlite: &Sqlite, part: Part, partial: &Path) -> Result<()> {
    let name = partial.to_str().ok_or_else(|| Error::Backup("its name is not UTF-8; choose another one".to_owned()))?;
    sqlite.copy_to(part, name.to_owned()).await
}

/// The file of the same name, and this at its end.
fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it has no file name; name a file, not a folder"))?;
    let mut name = OsString::from(name);
    name.push(suffix);
    Ok(path.with_file_name(name))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// SQLite does not wait for the disk when it writes a copy, and a rename is on the disk once its folder is.
fn settle(partial: &Path, path: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
