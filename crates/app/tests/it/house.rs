//! A server in a folder of its own, and commands that are run beside it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The binary.
pub(crate) const ALLCLEAR: &str = env!("CARGO_BIN_EXE_allclear");
/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a server that works in it.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    server: Option<Child>,
    /// Where the server listens.
    pub(crate) url: String,
    /// A token for everything.
    pub(crate) token: String,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It ended with that code.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// All of this is in what it said, by either way.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.out.contains(part) || self.error.contains(part), "no `{part}` in {self:#?}");
        }
        self
    }

    /// This is nowhere in what it said.
    #[track_caller]
    pub(crate) fn never_says(self, part: &str) -> Self {
        assert!(!self.out.contains(part) && !self.error.contains(part), "`{part}` in {self:#?}");
        self
    }

    /// It as JSON.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl House {
    /// A server on an empty folder, with the examples at hand.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(repository().join("examples"), folder.path().join("examples")).unwrap();
        let mut house = Self { folder, server: None, url: String::new(), token: String::new() };
        house.start("allclear-data", "127.0.0.1:0");
        house
    }

    /// The same with a first token, made on the data.
    pub(crate) fn new() -> Self {
        let mut house = Self::empty();
        let made =
            house.run(&["token", "create", "--data", "allclear-data", "--name", "first", "--scope", "admin", "-q"]);
        house.token = made.ends(0).out.trim().to_owned();
        house
    }

    /// The same with the example company in it.
    pub(crate) fn acme() -> Self {
        let house = Self::new();
        house.run(&["apply", "-f", "examples/acme", "--yes"]).ends(0);
        house
    }

    /// Starts the server on a data directory, and waits until it listens.
    pub(crate) fn start(&mut self, data: &str, listen: &str) {
        let mut command = self.command(&["serve", "--data", data, "--listen", listen]);
        let mut server = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = follow(server.stderr.take().unwrap());
        self.server = Some(server);
        let mut log = Vec::new();
        self.url = loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(address) = address(&line) {
                        break address;
                    }
                    log.push(line);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("the server does not start:\n{}", log.join("\n"))
                }
            }
        };
        // Whatever else it says is read, so that it never waits for us, and dropped.
        std::thread::spawn(move || lines.iter().for_each(drop));
    }

    /// Ends the server as a power failure would: SIGKILL.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("it runs");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Asks the server to stop, and waits until it has; returns its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let mut server = self.server.take().expect("it runs");
        let asked = Command::new("kill").arg(server.id().to_string()).status().unwrap();
        assert!(asked.success());
        server.wait().unwrap().code()
    }

    /// Where the server listens, without the scheme.
    pub(crate) fn listen(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// A command in the folder, with nothing of the environment of whoever runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ALLCLEAR);
        self.surround(command.args(arguments));
        command
    }

    /// Gives a command its surroundings.
    pub(crate) fn surround(&self, command: &mut Command) {
        let binaries = Path::new(ALLCLEAR).parent().unwrap();
        let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
        command.env_clear().env("PATH", path).env("HOME", self.folder.path()).env("LANG", "C.UTF-8");
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        if !self.url.is_empty() {
            command.env("ALLCLEAR_URL", &self.url);
        }
        if !self.token.is_empty() {
            command.env("ALLCLEAR_TOKEN", &self.token);
        }
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command with `--json`, and reads what it says.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.json_of(arguments, 0)
    }

    /// The same for a command that ends with that code.
    #[track_caller]
    pub(crate) fn json_of(&self, arguments: &[&str], code: i32) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ends(code).json()
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The names in a folder below ours, in order.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path().join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.server.is_some() {
            self.kill();
        }
    }
}

/// The top of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn follow(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = sync_channel(1_000);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The address in the line of the log that says that the server is ready.
fn address(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["message"] == "ready").then(|| line["address"].as_str().map(str::to_owned))?
}
