//! The house's tools, run as `cargo xtask <command>`.
//!
//! Everything that a contributor or the build server runs is a command of this one program, so that both run the same.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]

mod bench;
mod ci;
mod holidays;
mod install;
mod limits;
mod metadata;
mod postgres;
mod process;
mod stopwatch;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;

/// One command of `cargo xtask`.
struct Command {
    name: &'static str,
    arguments: &'static str,
    what: &'static str,
    run: fn(&[String]) -> Result<ExitCode>,
}

/// Every command, in the order in which the usage shows them.
const COMMANDS: &[Command] = &[
    Command { name: "ci", arguments: "", what: "everything that must pass before a change lands", run: ci::run },
    Command {
        name: "tidy",
        arguments: "[--fix]",
        what: "the walls of the design, checked; --fix mends what a machine can",
        run: tidy::run,
    },
    Command {
        name: "peers",
        arguments: "[-k <name>]",
        what: "the program against real clients, servers and a browser; what follows goes to pytest",
        run: ci::peers,
    },
    Command {
        name: "browser",
        arguments: "[<option>]",
        what: "every page, the set-up and an incident in a browser; what follows goes to Node's test runner",
        run: ci::browser,
    },
    Command {
        name: "screenshots",
        arguments: "[<page> …]",
        what: "every page at both widths and in both themes, drawn into target/screenshots",
        run: ci::screenshots,
    },
    Command { name: "bench", arguments: "<name>", what: "one benchmark; without a name, the list", run: bench::run },
    Command {
        name: "holidays",
        arguments: "",
        what: "write the public holidays of the world anew, from the package that its requirements name",
        run: holidays::run,
    },
    Command { name: "limits", arguments: "", what: "write docs/limits.md from the code", run: limits::run },
    Command {
        name: "postgres",
        arguments: "[--durable]",
        what: "a throw-away PostgreSQL until Enter or Ctrl-C; --durable keeps fsync on",
        run: postgres::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("", String::as_str);
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("{}", usage(name));
        return ExitCode::FAILURE;
    };
    if command.arguments.is_empty() && arguments.len() > 1 {
        eprintln!("error: `cargo xtask {name}` takes no arguments");
        return ExitCode::FAILURE;
    }
    match (command.run)(&arguments[1..]) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage(name: &str) -> String {
    let mut text = String::new();
    if !name.is_empty() {
        text.push_str(&format!("There is no command `{name}`. "));
    }
    text.push_str("Usage: cargo xtask <command>\n\n");
    for Command { name, arguments, what, .. } in COMMANDS {
        text.push_str(&format!("  {:<22} {what}\n", format!("{name} {arguments}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_names_every_command() {
        let text = usage("lint");
        assert!(text.starts_with("There is no command `lint`."), "{text}");
        for command in COMMANDS {
            assert!(text.contains(&format!("  {}", command.name)), "{} is missing from:\n{text}", command.name);
        }
    }
}
