//! The program `allclear`: puts the parts together.

mod client;
mod demo;
mod files;
mod home;
mod local;
mod logging;
mod output;
mod outside;
mod remote;
mod serve;
mod settings;
mod sim;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use serde_json::json;

use crate::output::{Done, End};

/// A tenth of the work of taking in and processing an event is to get memory and give it back: SQLite's, too, since
/// this one takes the place of the C library's (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Self-hosted incident management, from the first alert to the all-clear.
///
/// Commands exit with 0 when all is well, 1 when something is not, and 2 when they were called wrongly or a plan would
/// change something. docs/cli.md has all of them.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: intake, pages, API, and everything that pages people.
    ///
    /// Settings come, in this order, from these flags, the environment, the file that --config names, and the defaults.
    #[command(after_help = "Example: allclear serve --data /var/lib/allclear --listen 0.0.0.0:8080")]
    Serve(Box<settings::Flags>),
    /// Show a company, its phones and its troubles in the browser, with no account anywhere and nothing left behind.
    #[command(after_help = "Example: allclear demo")]
    Demo(demo::Flags),
    /// Keep a server's address and an API token for the commands below.
    Login(remote::login::Arguments),
    /// Make, list and revoke API tokens.
    Token(remote::token::Arguments),
    /// Send events, as monitoring tools do.
    Event(remote::event::Arguments),
    /// List incidents, and work on them.
    Incident(remote::incident::Arguments),
    /// See who is on call, or have somebody cover for a while.
    Oncall(remote::on_call::Arguments),
    /// See the turns of a schedule, its gaps, and who cannot be counted on.
    Schedule(remote::schedule::Arguments),
    /// Make the configuration as files say, after showing what that would change.
    Apply(remote::apply::Arguments),
    /// Print the whole configuration as YAML: to apply it changes nothing.
    Export(remote::export::Arguments),
    /// Find out who cannot be reached, and when nobody is on call: exit code 1 when a page can end with nobody.
    Check(remote::check::Arguments),
    /// Say who would be paged about an incident, by what and when, and when somebody surely knows.
    Simulate(remote::simulate::Arguments),
    /// Back up the database and the master key while the server runs, and check the copy.
    Backup(local::backup::Arguments),
    /// Make a data directory from a backup.
    Restore(local::restore::Arguments),
    /// Look whether everything is in order: data, key, clock, disk, mail server. Exit code 1 when something is not.
    Doctor(local::doctor::Arguments),
    /// Make a link by which somebody who forgot their password sets another one.
    Password(local::password::Arguments),
    /// Play whole companies from seeds in virtual time, and check that no promise is broken.
    Sim(sim::Arguments),
    /// Print the completions for a shell.
    #[command(after_help = "Example: allclear completions bash > /etc/bash_completion.d/allclear")]
    Completions {
        /// Which one.
        shell: Shell,
    },
}

/// A command was called in a way that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

impl Command {
    /// Whether problems are to be told as JSON.
    fn json(&self) -> bool {
        match self {
            Self::Serve(_) | Self::Demo(_) | Self::Completions { .. } => false,
            Self::Login(arguments) => arguments.connection.display.json,
            Self::Token(arguments) => arguments.connection.display.json,
            Self::Event(arguments) => arguments.connection.display.json,
            Self::Incident(arguments) => arguments.connection.display.json,
            Self::Oncall(arguments) => arguments.connection.display.json,
            Self::Schedule(arguments) => arguments.connection.display.json,
            Self::Apply(arguments) => arguments.connection.display.json,
            Self::Export(arguments) => arguments.connection.display.json,
            Self::Check(arguments) => arguments.connection.display.json,
            Self::Simulate(arguments) => arguments.connection.display.json,
            Self::Backup(arguments) => arguments.display.json,
            Self::Restore(arguments) => arguments.display.json,
            Self::Doctor(arguments) => arguments.display.json,
            Self::Password(arguments) => arguments.display.json,
            Self::Sim(arguments) => arguments.display.json,
        }
    }

    fn run(self) -> Done {
        match self {
            Self::Serve(flags) => {
                settings::Settings::gather(*flags).and_then(serve::serve)?;
                Ok(End::Fine)
            }
            Self::Demo(flags) => {
                demo::demo(&flags)?;
                Ok(End::Fine)
            }
            Self::Login(arguments) => wait_for(remote::login::run(arguments)),
            Self::Token(arguments) => wait_for(remote::token::run(arguments)),
            Self::Event(arguments) => wait_for(remote::event::run(arguments)),
            Self::Incident(arguments) => wait_for(remote::incident::run(arguments)),
            Self::Oncall(arguments) => wait_for(remote::on_call::run(arguments)),
            Self::Schedule(arguments) => wait_for(remote::schedule::run(arguments)),
            Self::Apply(arguments) => wait_for(remote::apply::run(arguments)),
            Self::Export(arguments) => wait_for(remote::export::run(arguments)),
            Self::Check(arguments) => wait_for(remote::check::run(arguments)),
            Self::Simulate(arguments) => wait_for(remote::simulate::run(arguments)),
            Self::Backup(arguments) => wait_for(local::backup::run(arguments)),
            Self::Restore(arguments) => wait_for(local::restore::run(arguments)),
            Self::Doctor(arguments) => wait_for(local::doctor::run(arguments)),
            Self::Password(arguments) => wait_for(local::password::run(arguments)),
            Self::Sim(arguments) => sim::run(&arguments),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Arguments::command(), "allclear", &mut script);
                output::print(&String::from_utf8(script)?)?;
                Ok(End::Fine)
            }
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    rustls::crypto::ring::default_provider().install_default().ok();
    let json = arguments.command.json();
    match arguments.command.run() {
        Ok(End::Fine) => ExitCode::SUCCESS,
        Ok(End::Failed) => ExitCode::FAILURE,
        Ok(End::Changes) => ExitCode::from(2),
        Err(error) => tell(&error, json),
    }
}

/// Says what went wrong, and with which code to end.
fn tell(error: &anyhow::Error, json: bool) -> ExitCode {
    let broken = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(broken) {
        // Whoever read the output has seen enough.
        return ExitCode::SUCCESS;
    }
    if json {
        let problem = as_json(error).unwrap_or_else(|| json!({"title": format!("{error:#}")}));
        eprintln!("{problem}");
    } else {
        eprintln!("allclear: {error:#}");
    }
    if error.is::<Usage>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// The problem in its own form, if it has one.
fn as_json(error: &anyhow::Error) -> Option<serde_json::Value> {
    let refused = error.downcast_ref::<client::Refused>().and_then(|refused| serde_json::to_value(refused).ok());
    let unreachable = || error.downcast_ref::<client::Unreachable>().and_then(|one| serde_json::to_value(one).ok());
    let mistakes = || error.downcast_ref::<remote::apply::Mistakes>().and_then(|one| serde_json::to_value(one).ok());
    refused.or_else(unreachable).or_else(mistakes)
}

/// Runs a command that waits for others, on this thread.
fn wait_for(command: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(command)
}

/// Waits before asking again.
#[expect(clippy::disallowed_methods, reason = "the edge: a command waits for real")]
async fn wait(length: Duration) {
    tokio::time::sleep(length).await;
}
