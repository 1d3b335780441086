//! `allclear restore`: a data directory from a backup.

use std::fs::File;
use std::path::{Path, PathBuf};

use allclear_store::Database;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::json;

use super::backup::{create, draft_of, keep_private, put, remove};
use super::copy::{self, Holds, MANIFEST, Manifest};
use crate::files::{is_free, settle_folder, write_private};
use crate::home::{DATABASE_FILE, DATABASE_FILES, Home, KEY_FILE, closed_to};
use crate::output::{self, Display, Done, End, counted};
use crate::settings::Place;

/// The arguments of `allclear restore`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear restore /mnt/backups/2026-11-23 --data allclear-data")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// The folder that `allclear backup` made.
    backup: PathBuf,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// Runs `allclear restore`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { place, backup, display } = arguments;
    let home = place.home()?;
    ensure!(
        home.database.is_none(),
        "a backup of the embedded database cannot be restored into PostgreSQL; use `pg_restore` for one that `pg_dump` \
         made"
    );
    let data = &home.data;
    let free = is_free(data).with_context(|| format!("the directory {} cannot be read", data.display()))?;
    ensure!(
        free,
        "the directory {} is not empty; name one that does not exist yet, or move it out of the way",
        data.display()
    );
    let manifest = checked(&backup).await?;
    let partial = draft_of(data)?;
    let copied = fill(&backup, &partial, &manifest);
    if let Err(error) = copied.and_then(|()| put(&partial, data, DATABASE_FILE)) {
        drop(remove(&partial));
        return Err(error);
    }
    let closed = closed_secrets(&home).await?;
    tell(&home, &manifest, closed.as_deref(), &display)?;
    Ok(End::Fine)
}

/// What the backup says of itself, if it is true.
async fn checked(backup: &Path) -> anyhow::Result<Manifest> {
    let path = backup.join(MANIFEST);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} is not a backup: {} cannot be read", backup.display(), path.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} is not a backup's", path.display()))?;
    let found = copy::files_in(backup)?;
    let changed = found.iter().find(|file| !manifest.files.contains(file));
    if let Some(changed) = changed {
        let file = backup.join(&changed.name);
        bail!("{} is not what was backed up: it was changed or damaged since. Use another backup", file.display());
    }
    let database = backup.join(DATABASE_FILE);
    let holds: Holds = copy::examine(&database).await?;
    ensure!(holds == manifest.holds, "{} does not hold what {} says", database.display(), path.display());
    Ok(manifest)
}

fn fill(backup: &Path, folder: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    create(folder).with_context(|| format!("the directory {} cannot be made", folder.display()))?;
    for name in DATABASE_FILES {
        let target = folder.join(name);
        std::fs::copy(backup.join(name), &target)?;
        keep_private(&target)?;
        File::open(&target)?.sync_all()?;
    }
    ensure!(copy::files_in(folder)? == manifest.files, "what was written is not what was read: check the disk");
    if manifest.master_key {
        let key =
            std::fs::read_to_string(backup.join(KEY_FILE)).context("the master key of the backup cannot be read")?;
        write_private(&folder.join(KEY_FILE), &key)?;
    }
    Ok(settle_folder(folder)?)
}

/// The secrets that the key at hand does not open; nothing where there is no key.
async fn closed_secrets(home: &Home) -> anyhow::Result<Option<Vec<String>>> {
    let Ok(key) = home.key() else { return Ok(None) };
    let (_, closed) = closed_to(&Database::sqlite_for_reading(home.file())?, &key).await?;
    Ok(Some(closed))
}

fn tell(home: &Home, manifest: &Manifest, closed: Option<&[String]>, display: &Display) -> anyhow::Result<()> {
    let data = home.data.display();
    if display.json {
        return output::json(&json!({"data": home.data, "backup": manifest, "closed_secrets": closed}));
    }
    let Manifest { made_at, holds, .. } = manifest;
    let newest = holds.newest_incident.as_deref().unwrap_or("none");
    output::line(&format!(
        "Restored into {data} as of {made_at:.0}: newest incident {newest}, audit log of {}, checked.",
        counted(holds.audit_entries, "entry")
    ))?;
    match closed {
        None => eprintln!(
            "Warning: there is no master key. Put it into {} before you start the server, or {} stay closed.",
            home.key_file().display(),
            counted(holds.secrets, "secret")
        ),
        Some([]) => output::line(&format!("The master key opens all {} secrets.", holds.secrets))?,
        Some(closed) => eprintln!("Warning: the master key does not open {}.", closed.join(", ")),
    }
    if holds.open_incidents > 0 {
        eprintln!(
            "{} open: what has fallen due since pages at once when the server starts.",
            counted(holds.open_incidents, "incident")
        );
    }
    output::line(&format!("Make sure that the old server is off, then start: allclear serve --data {data}"))
}
