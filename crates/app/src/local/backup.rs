//! `allclear backup`: a copy of everything, while the server runs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;

use super::copy::{self, MANIFEST, Manifest};
use crate::client::now;
use crate::files::{is_free, settle_folder, write_private};
use crate::home::{DATABASE_FILE, DATABASE_FILES, Home, KEY_FILE, closed_to, read_key};
use crate::output::{self, Display, Done, End, counted};
use crate::settings::Place;

/// The arguments of `allclear backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear backup --data allclear-data /mnt/backups/$(date +%F)")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Leave the master key out. Without it, nobody can open the secrets in the backup; keep it somewhere else.
    #[arg(long)]
    without_key: bool,
    /// The folder to make. It must not exist, or be empty.
    folder: PathBuf,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// Runs `allclear backup`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { place, without_key, folder, display } = arguments;
    let home = place.home()?;
    let free = is_free(&folder).with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    ensure!(free, "the folder {} is not empty; name one that does not exist yet", folder.display());
    let partial = draft_of(&folder)?;
    let made = make(&home, &partial, !without_key).await;
    let manifest = match made.and_then(|manifest| put(&partial, &folder, MANIFEST).map(|()| manifest)) {
        Ok(manifest) => manifest,
        Err(error) => {
            // What is left of it is of no use, and the error is the one to tell.
            drop(remove(&partial));
            return Err(error);
        }
    };
    tell(&folder, &manifest, &display)?;
    Ok(End::Fine)
}

async fn make(home: &Home, folder: &Path, with_key: bool) -> anyhow::Result<Manifest> {
    let database = home.open_for_reading().await?;
    create(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let file = folder.join(DATABASE_FILE);
    database.backup_to(&file).await?;
    for name in DATABASE_FILES {
        keep_private(&folder.join(name))?;
    }
    let holds = copy::examine(&file).await.context("the copy is not whole; the backup was thrown away")?;
    if with_key {
        copy_key(home, folder).await?;
    }
    let files = copy::files_in(folder)?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { version, made_at: now(), files, master_key: with_key, holds };
    write_private(&folder.join(MANIFEST), &serde_json::to_string_pretty(&manifest)?)?;
    settle_folder(folder)?;
    Ok(manifest)
}

/// Copies the master key, if it is the one that opens what was copied.
async fn copy_key(home: &Home, folder: &Path) -> anyhow::Result<()> {
    let remedy = "say --without-key if you keep it elsewhere, as you do with ALLCLEAR_MASTER_KEY";
    let text = std::fs::read_to_string(home.key_file())
        .with_context(|| format!("the master key {} cannot be read; {remedy}", home.key_file().display()))?;
    let target = folder.join(KEY_FILE);
    write_private(&target, &text)?;
    let copied = allclear_store::Database::sqlite_for_reading(folder.join(DATABASE_FILE))?;
    let (_, closed) = closed_to(&copied, &read_key(&target)?).await?;
    ensure!(
        closed.is_empty(),
        "the master key {} does not open {}; find the right one, or {remedy}",
        home.key_file().display(),
        closed.join(", ")
    );
    Ok(())
}

/// Where a folder is filled before it is put in its place, so that it is there whole or not at all: beside it, or in it
/// where it is there already. Whoever mounts a disk there cannot have it replaced.
pub(super) fn draft_of(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut name = folder.file_name().context("the folder has no name; name one, such as `backup`")?.to_owned();
    name.push(".partial");
    let draft = if folder.exists() { folder.join(name) } else { folder.with_file_name(name) };
    ensure!(
        !draft.exists(),
        "{} is there: another run is at work on it, or was broken off; remove it if none is",
        draft.display()
    );
    Ok(draft)
}

/// Puts what is finished in its place, this file last: without it, nobody takes the rest for whole.
pub(super) fn put(draft: &Path, folder: &Path, last: &str) -> anyhow::Result<()> {
    if !folder.exists() {
        std::fs::rename(draft, folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return Ok(settle_folder(parent)?);
    }
    for entry in std::fs::read_dir(draft)? {
        let name = entry?.file_name();
        if name != last {
            std::fs::rename(draft.join(&name), folder.join(&name))?;
        }
    }
    settle_folder(folder)?;
    std::fs::rename(draft.join(last), folder.join(last))?;
    std::fs::remove_dir(draft)?;
    Ok(settle_folder(folder)?)
}

pub(super) fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes a folder that only its owner can look into.
pub(super) fn create(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

pub(super) fn keep_private(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

fn tell(folder: &Path, manifest: &Manifest, display: &Display) -> anyhow::Result<()> {
    if display.json {
        return output::json(&json!({"folder": folder, "backup": manifest}));
    }
    let Manifest { master_key, holds, .. } = manifest;
    let newest = holds.newest_incident.as_deref().unwrap_or("none");
    output::line(&format!(
        "Backed up to {}: {} KiB, checked. Newest incident {newest}, {} open, audit log of {}.",
        folder.display(),
        manifest.bytes().div_ceil(1024),
        holds.open_incidents,
        counted(holds.audit_entries, "entry"),
    ))?;
    if *master_key {
        eprintln!(
            "Warning: the master key is in it. Whoever has this folder can open every secret in it; keep it as safe as \
             the server itself, or use --without-key."
        );
    } else {
        eprintln!(
            "Warning: the master key is not in it. Without it, {} stay closed.",
            counted(holds.secrets, "secret")
        );
    }
    Ok(())
}
