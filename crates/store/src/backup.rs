//! Backups of a SQLite database.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::sqlite::Sqlite;

/// Writes the backup beside its place, makes sure that it is on the disk, and puts it there in one step.
pub(crate) async fn write(sqlite: &Sqlite, path: &Path) -> Result<()> {
    let failed = |error: io::Error| Error::Backup(format!("cannot write the backup {}: {error}", path.display()));
    if beside(path, "-wal").map_err(failed)?.exists() {
        // Its log would be taken for the log of the backup.
        return Err(Error::Backup(format!("{} is a database in use; choose another name", path.display())));
    }
    let partial = beside(path, ".partial").map_err(failed)?;
    let name = partial.to_str().ok_or_else(|| {
        Error::Backup(format!("the name of the backup {} is not UTF-8; choose another one", path.display()))
    })?;
    remove(&partial).map_err(failed)?;
    let copied = match sqlite.copy_to(name.to_owned()).await {
        Ok(()) => {
            let (partial, path) = (partial.clone(), path.to_owned());
            let settled = tokio::task::spawn_blocking(move || settle(&partial, &path)).await;
            settled.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(failed)
        }
        Err(error) => Err(Error::Backup(format!("cannot write the backup {}: {error}", path.display()))),
    };
    if copied.is_err() {
        // What is left of it is of no use, and the error is the one to tell.
        drop(remove(&partial));
    }
    copied
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
