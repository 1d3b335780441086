//! The server's settings: from flags, the environment, a file, and defaults, in this order.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::Deserialize;

use crate::home::Home;
use crate::outside::Networks;

/// What may be given by flag, by environment or in the file. All are optional everywhere.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Flags {
    /// A file with these settings, in TOML: `listen = "0.0.0.0:8080"`.
    #[arg(long, env = "ALLCLEAR_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// The directory for the database and the secrets. [default: ./allclear-data]
    #[arg(long, env = "ALLCLEAR_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// A PostgreSQL database to use instead of the embedded one: `postgres://user:password@host/name`. With
    /// `?sslmode=verify-full` (or `verify-ca`, `require`, `prefer`, `disable`) and `sslrootcert=FILE` as in psql.
    #[arg(long, env = "ALLCLEAR_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// The address to listen on. [default: 127.0.0.1:8080]
    #[arg(long, env = "ALLCLEAR_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The certificate, as PEM, with those that lead to its root; taken up again when it changes.
    #[arg(long, env = "ALLCLEAR_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, as PEM.
    #[arg(long, env = "ALLCLEAR_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// A second address, for plain HTTP beside --tls-cert.
    #[arg(long, env = "ALLCLEAR_LISTEN_PLAIN", value_name = "ADDRESS")]
    listen_plain: Option<SocketAddr>,
    /// Where people reach this server: `https://allclear.example.com`. [default: the address it listens on]
    #[arg(long, env = "ALLCLEAR_ADDRESS", value_name = "URL")]
    address: Option<String>,
    /// Networks that webhooks may go to although they are not public, such as `10.0.0.0/8`. May be given many times.
    #[arg(long, env = "ALLCLEAR_ALLOW_NETWORK", value_name = "NETWORK", value_delimiter = ',')]
    #[serde(default)]
    allow_network: Vec<String>,
    /// What to log, as `info` or `allclear_engine=debug,info`. [default: info]
    #[arg(long, env = "ALLCLEAR_LOG", value_name = "FILTER")]
    log: Option<String>,
}

/// The settings that hold.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) home: Home,
    pub(crate) listen: SocketAddr,
    pub(crate) listen_plain: Option<SocketAddr>,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) address: Option<String>,
    pub(crate) networks: Networks,
    pub(crate) log: String,
}

impl Settings {
    /// Puts together what the flags, the environment and the file say.
    pub(crate) fn gather(flags: Flags) -> anyhow::Result<Self> {
        let file = flags.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let networks = if flags.allow_network.is_empty() { file.allow_network } else { flags.allow_network };
        let networks: Result<Vec<_>, String> = networks.iter().map(|network| network.parse()).collect();
        let tls_cert = flags.tls_cert.or(file.tls_cert);
        let tls_key = flags.tls_key.or(file.tls_key);
        let tls = match (tls_cert, tls_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => anyhow::bail!("give both --tls-cert and --tls-key, or neither"),
        };
        let listen_plain = flags.listen_plain.or(file.listen_plain);
        anyhow::ensure!(
            tls.is_some() || listen_plain.is_none(),
            "--listen-plain is for plain HTTP beside TLS: give --tls-cert and --tls-key as well, or use --listen alone"
        );
        Ok(Self {
            home: home(flags.data.or(file.data), flags.database.or(file.database)),
            listen: flags.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            listen_plain,
            tls,
            address: flags.address.or(file.address),
            networks: Networks::new(networks.map_err(anyhow::Error::msg).context("--allow-network")?),
            log: flags.log.or(file.log).unwrap_or_else(|| "info".to_owned()),
        })
    }
}

/// Which installation a command works on: as `allclear serve` finds it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Place {
    /// The server's file of settings, in TOML.
    #[arg(long, env = "ALLCLEAR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data directory. [default: ./allclear-data]
    #[arg(long, env = "ALLCLEAR_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// The PostgreSQL database, where there is one.
    #[arg(long, env = "ALLCLEAR_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
}

impl Place {
    /// The installation.
    pub(crate) fn home(self) -> anyhow::Result<Home> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        Ok(home(self.data.or(file.data), self.database.or(file.database)))
    }
}

fn home(data: Option<PathBuf>, database: Option<String>) -> Home {
    Home { data: data.unwrap_or_else(|| PathBuf::from("allclear-data")), database }
}

fn read(path: &Path) -> anyhow::Result<Flags> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the file {} cannot be read", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the file {} has a mistake", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_goes_before_the_file_and_the_file_before_the_default() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\nallow-network = [\"10.0.0.0/8\"]\n",
        )
        .unwrap();
        let flags = Flags { config: Some(file.path().into()), data: Some("from-flag".into()), ..Flags::default() };
        let settings = Settings::gather(flags).unwrap();
        assert_eq!(settings.home.data, PathBuf::from("from-flag"));
        assert_eq!(settings.listen.port(), 1);
        assert_eq!(settings.log, "info");
        assert!(settings.networks.allow("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn mistakes_in_the_file_say_where() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "data = \"x\"\nlisten-on = \"y\"\n").unwrap();
        let error = Settings::gather(Flags { config: Some(file.path().into()), ..Flags::default() }).unwrap_err();
        let said = format!("{error:#}");
        assert!(said.contains("line 2") && said.contains("listen-on"), "{said}");
    }
}
