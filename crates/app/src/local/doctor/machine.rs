//! What can be seen without the database: the directory, the key, the disk.

use std::os::unix::fs::PermissionsExt as _;

use super::Check;
use crate::home::Home;

const MEBIBYTE: u64 = 1 << 20;
/// With less than this, the next storm may fill the disk.
const LITTLE: u64 = 1024 * MEBIBYTE;
/// With less than this, it is nearly full.
const NOTHING: u64 = 100 * MEBIBYTE;

pub(super) fn check(home: &Home) -> Vec<Check> {
    vec![directory(home), key(home), disk(home)]
}

fn directory(home: &Home) -> Check {
    const NAME: &str = "data directory";
    let shown = home.data.display();
    match std::fs::metadata(&home.data) {
        Err(error) => {
            Check::fail(NAME, format!("{shown}: {error}"), "Name the server's with --data, or restore a backup.")
        }
        Ok(metadata) if !metadata.is_dir() => {
            Check::fail(NAME, format!("{shown} is not a directory"), "Name the server's directory with --data.")
        }
        Ok(_) => Check::ok(NAME, shown.to_string()),
    }
}

fn key(home: &Home) -> Check {
    const NAME: &str = "master key";
    if std::env::var_os("ALLCLEAR_MASTER_KEY").is_some() {
        return match home.key() {
            Ok(_) => Check::ok(NAME, "in the environment"),
            Err(error) => Check::fail(NAME, format!("{error:#}"), "Set it to the 64 digits that it had before."),
        };
    }
    let path = home.key_file();
    let shown = path.display();
    match (home.key(), std::fs::metadata(&path)) {
        (Err(error), _) => Check::fail(
            NAME,
            format!("{error:#}"),
            "Put it back from a backup: nothing else opens the sealed secrets, and one-tap links that were sent break.",
        ),
        (Ok(_), Ok(metadata)) if metadata.permissions().mode() & 0o077 != 0 => Check::warn(
            NAME,
            format!("others may read {shown}"),
            format!("Keep it to the server's user alone: chmod 600 {shown}"),
        ),
        (Ok(_), _) => Check::ok(NAME, shown.to_string()),
    }
}

fn disk(home: &Home) -> Check {
    const NAME: &str = "disk space";
    let free = match rustix::fs::statvfs(&home.data) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return Check::warn(NAME, format!("unknown: {error}"), "Look at it with `df`."),
    };
    let detail = format!("{} MiB free", free / MEBIBYTE);
    match free {
        0..NOTHING => Check::fail(NAME, detail, "Make room now: when the disk is full, no event is taken in any more."),
        NOTHING..LITTLE => Check::warn(NAME, detail, "Make room: a storm of events may need more."),
        LITTLE.. => Check::ok(NAME, detail),
    }
}
