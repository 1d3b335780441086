//! The file of `allclear login`: which server, and the token for it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::files::write_private;

/// What is kept between commands, in TOML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientFile {
    /// The server's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// The API token for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

impl ClientFile {
    /// Where it is: `allclear/client.toml` below the folder for configuration (XDG Base Directory Specification).
    pub(crate) fn path() -> Option<PathBuf> {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
        Some(base.join("allclear").join("client.toml"))
    }

    /// What it says; nothing where there is none.
    pub(crate) fn read() -> anyhow::Result<Self> {
        Self::path().map_or_else(|| Ok(Self::default()), |path| Self::read_from(&path))
    }

    fn read_from(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).with_context(|| format!("the file {} has a mistake", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("the file {} cannot be read", path.display())),
        }
    }

    /// Keeps this, for its owner's eyes alone, and says where.
    pub(crate) fn write(&self) -> anyhow::Result<PathBuf> {
        let path = Self::path().context("there is no folder for configuration; set HOME or XDG_CONFIG_HOME")?;
        self.write_to(&path).with_context(|| format!("the file {} cannot be written", path.display()))?;
        Ok(path)
    }

    fn write_to(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(write_private(path, &toml::to_string(self)?)?)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_read_by_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("allclear/client.toml");
        assert_eq!(ClientFile::read_from(&path).unwrap(), ClientFile::default());
        let file = ClientFile { server: Some("https://a.example/".into()), token: Some("alc_x".into()) };
        file.write_to(&path).unwrap();
        assert_eq!(ClientFile::read_from(&path).unwrap(), file);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "sever = \"x\"\n").unwrap();
        let said = format!("{:#}", ClientFile::read_from(&path).unwrap_err());
        assert!(said.contains("client.toml") && said.contains("sever"), "{said}");
    }
}
