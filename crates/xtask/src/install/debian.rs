//! Debian packages, without their services: tests start their own servers on their own ports.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{postgres, process};

/// A package, and how to see that what we need of it is here, wherever it came from.
struct Need {
    package: &'static str,
    present: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { package: "postgresql", present: || postgres::binaries().is_some() },
    Need { package: "chromium", present: || process::on_path("chromium").is_some() },
    Need { package: "prometheus", present: || process::on_path("prometheus").is_some() },
    Need { package: "prometheus-alertmanager", present: || process::on_path("prometheus-alertmanager").is_some() },
    Need { package: "openssl", present: || process::on_path("openssl").is_some() },
    Need { package: "curl", present: || process::on_path("curl").is_some() },
    Need { package: "nodejs", present: || process::on_path("node").is_some() },
    Need { package: "npm", present: || process::on_path("npm").is_some() },
    Need { package: "python3-venv", present: python_makes_environments },
];

fn python_makes_environments() -> bool {
    process::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_ok()
}

/// Installs the packages that are missing, and says which.
pub(crate) fn install() -> Result<()> {
    let missing: Vec<&str> = NEEDS.iter().filter(|need| !(need.present)()).map(|need| need.package).collect();
    if missing.is_empty() {
        println!("Debian packages: all here");
        return Ok(());
    }
    let names = missing.join(" ");
    if process::on_path("apt-get").is_none() {
        bail!("missing: {names} (Debian's names), and there is no apt-get here; install them by your own means");
    }
    if !process::is_root()? {
        bail!("missing: {names}; run `sudo apt-get install --no-install-recommends {names}`");
    }
    println!("Debian packages: installing {names}");
    let guard = NoServices::guard(Path::new("/usr/sbin/policy-rc.d"))?;
    process::run(&mut apt_get(&["update", "--quiet=2"]))?;
    let mut command = apt_get(&["install", "--yes", "--quiet=2", "--no-install-recommends"]);
    process::run(command.args(&missing))?;
    drop(guard);
    match NEEDS.iter().find(|need| !(need.present)()) {
        Some(need) => bail!("{} is installed, but what we need of it cannot be found", need.package),
        None => Ok(()),
    }
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments);
    command
}

/// While it lives, packages that are being installed start no service. Debian asks this file before it starts one, and
/// 101 forbids it. A file that somebody else put there stays as it is.
struct NoServices<'a>(Option<&'a Path>);

impl<'a> NoServices<'a> {
    fn guard(path: &'a Path) -> Result<Self> {
        if path.exists() {
            return Ok(Self(None));
        }
        fs::write(path, "#!/bin/sh\nexit 101\n").with_context(|| format!("cannot write {}", path.display()))?;
        let guard = Self(Some(path));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        Ok(guard)
    }
}

impl Drop for NoServices<'_> {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.0.map(fs::remove_file) {
            eprintln!("cannot remove /usr/sbin/policy-rc.d: {error}; remove it, or services will not start");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_forbids_services_and_leaves_no_trace() {
        let path = std::env::temp_dir().join(format!("allclear-policy-{}", std::process::id()));
        let guard = NoServices::guard(&path).unwrap();
        assert_eq!(Command::new(&path).status().unwrap().code(), Some(101));
        let second = NoServices::guard(&path).unwrap();
        drop(second);
        assert!(path.exists(), "what was there before stays");
        drop(guard);
        assert!(!path.exists());
    }
}
