//! The program `allclear`: puts the parts together.

mod demo;
mod logging;
mod outside;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Self-hosted incident management, from the first alert to the all-clear.
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
    Serve(settings::Flags),
    /// Show a company, its phones and its troubles in the browser, with no account anywhere and nothing left behind.
    Demo(demo::Flags),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    rustls::crypto::ring::default_provider().install_default().ok();
    let result = match arguments.command {
        Command::Serve(flags) => settings::Settings::gather(flags).and_then(serve::serve),
        Command::Demo(flags) => demo::demo(&flags),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("allclear: {error:#}");
            ExitCode::FAILURE
        }
    }
}
