//! A throw-away PostgreSQL: its own data folder, its own port on loopback, stopped and removed when dropped.
//!
//! Debian's own service and clusters are never touched. PostgreSQL refuses to run as root, so root runs it as the user
//! `postgres`. `setpriv` starts it without a shell in between: the process that we start *is* the server, and the
//! kernel interrupts it should this program die without cleaning up.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::process;

const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// What the cluster does before it calls a commit durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing reaches the disk in time; several times faster, for tests of what is stored.
    Fast,
    /// As in production, for measurements and for tests that kill the server.
    Durable,
}

impl Durability {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Fast => &["fsync=off", "full_page_writes=off"],
            Self::Durable => &["fsync=on", "full_page_writes=on", "synchronous_commit=on"],
        }
    }
}

/// A running cluster. Anybody on this machine may connect over loopback, so it holds test data only.
pub(crate) struct Cluster {
    server: Child,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a cluster with the programs in `binaries` and waits until it answers.
    pub(crate) fn start(binaries: &Path, durability: Durability) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("allclear-postgres-{}", std::process::id()));
        let made = make(binaries, &folder).and_then(|()| serve(binaries, &folder, durability));
        let (server, port) = made.inspect_err(|_| remove(&folder))?;
        let mut cluster = Self { server, folder, port };
        cluster.wait_until_ready(binaries)?;
        Ok(cluster)
    }

    /// The address of its database `postgres`, with a superuser who may create others.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@{}:{}/postgres", Ipv4Addr::LOCALHOST, self.port)
    }

    /// The server's process; its children work for its clients.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }

    #[expect(clippy::disallowed_methods, reason = "waits for a real process")]
    fn wait_until_ready(&mut self, binaries: &Path) -> Result<()> {
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            let exited = self.server.try_wait()?;
            ensure!(exited.is_none(), "PostgreSQL stopped at once; it said:\n{}", self.log());
            let host = Ipv4Addr::LOCALHOST.to_string();
            let mut ask = Command::new(binaries.join("pg_isready"));
            ask.args(["--quiet", "--host", &host, "--port", &self.port.to_string()]);
            if ask.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        bail!("PostgreSQL did not answer within {} s; it said:\n{}", PATIENCE.as_secs(), self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(log_file(&self.folder)).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: it drops its clients and exits in order.
        let asked = Command::new("kill").args(["-INT", &self.server.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            drop(self.server.kill());
        }
        drop(self.server.wait());
        remove(&self.folder);
    }
}

/// Creates the folder and the cluster in it.
fn make(binaries: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        // Left by a process that was killed and had our number before us.
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    if process::is_root()? {
        chown(folder, Some(id_of("-u")?), Some(id_of("-g")?))?;
    }
    let mut initdb = as_server_user(&binaries.join("initdb"))?;
    initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync", "--pgdata"]);
    process::output(initdb.arg(folder.join("data"))).context("cannot create a PostgreSQL cluster")?;
    Ok(())
}

fn serve(binaries: &Path, folder: &Path, durability: Durability) -> Result<(Child, u16)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let mut command = as_server_user(&binaries.join("postgres"))?;
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
    command.arg("-k").arg(folder).args(["-h", &Ipv4Addr::LOCALHOST.to_string()]);
    for setting in durability.settings().iter().chain(&["max_connections=200", "timezone=UTC"]) {
        command.args(["-c", setting]);
    }
    let log = fs::File::create(log_file(folder))?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let server = command.spawn().with_context(|| format!("cannot start {}", process::line(&command)))?;
    Ok((server, port))
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// A command that runs as `postgres` if we are root, and that is interrupted when we die.
fn as_server_user(program: &Path) -> Result<Command> {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=INT");
    if process::is_root()? {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.arg("--").arg(program).current_dir("/");
    Ok(command)
}

/// The number of the user `postgres` (`-u`) or its group (`-g`).
fn id_of(which: &str) -> Result<u32> {
    let id = process::output(Command::new("id").args([which, "postgres"]))?;
    id.trim().parse().with_context(|| format!("`id {which} postgres` said {id}"))
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        eprintln!("cannot remove {}: {error}", folder.display());
    }
}

/// The folder with the programs of the newest PostgreSQL server that Debian has installed.
pub(crate) fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path());
    let servers = versions.filter(|path| path.join("bin/initdb").is_file());
    let numbered = servers.filter_map(|path| Some((path.file_name()?.to_str()?.parse::<u32>().ok()?, path)));
    Some(numbered.max_by_key(|(version, _)| *version)?.1.join("bin"))
}

/// `cargo xtask postgres`: a cluster for as long as somebody looks at it.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let durability = match arguments {
        [] => Durability::Fast,
        [option] if option == "--durable" => Durability::Durable,
        other => bail!("unknown arguments {other:?}; usage: cargo xtask postgres [--durable]"),
    };
    let binaries = binaries().context("there is no PostgreSQL here; run `apt-get install postgresql`")?;
    let cluster = Cluster::start(&binaries, durability)?;
    println!("ALLCLEAR_TEST_POSTGRES={}", cluster.url());
    println!("Press Enter to stop and remove it.");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(ExitCode::SUCCESS)
}
