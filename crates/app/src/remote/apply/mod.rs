//! `allclear apply`: makes the configuration as files say, after showing what that would change.

mod answer;
mod files;
mod positions;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use allclear_core::directory::Directory;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use self::answer::Planned;
use self::files::Files;
pub(crate) use self::files::Mistakes;
use crate::Usage;
use crate::client::{self, Client, Connection, Refused};
use crate::output::{self, Done, End, Paint, Screen, clean};

/// The arguments of `allclear apply`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear apply -f examples/acme --plan-only")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// A file, a folder with its `.yaml` and `.yml` files, or `-` for the standard input; may be given many times.
    #[arg(long = "file", short, required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Also take out what no file describes, of the kinds of which there is any document. People are suspended.
    #[arg(long)]
    prune: bool,
    /// Only say what would change: exit code 2 when something would, 0 when nothing would.
    #[arg(long, visible_alias = "dry-run")]
    plan_only: bool,
    /// Do not ask.
    #[arg(long, short, conflicts_with = "plan_only")]
    yes: bool,
}

/// The directory of an installation that had nothing but these files, and folders of files.
pub(crate) fn directory_of(paths: &[PathBuf]) -> anyhow::Result<Directory> {
    Files::read(paths)?.directory(client::now())
}

/// Runs `allclear apply`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let files = Files::read(&arguments.files)?;
    let client = Client::new(arguments.connection)?;
    let mut request = json!({"documents": files.documents()?, "prune": arguments.prune});
    let answer = ask(&client, "plan", &request, &files).await?;
    let planned = Planned::read(&answer)?;
    if planned.is_empty() || arguments.plan_only {
        let end = if planned.is_empty() { End::Fine } else { End::Changes };
        show(&client, &answer, &planned, false)?;
        return Ok(end);
    }
    if !arguments.yes {
        // Whoever is asked must see what about.
        let asked = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if client.json() || !asked {
            let remedy = "say --yes to apply what the files say without being asked, or --plan-only to see it";
            return Err(Usage(remedy.to_owned()).into());
        }
        output::print(&coloured(&planned.to_string()))?;
        if !agreed()? {
            output::line("Nothing was changed.")?;
            return Ok(End::Failed);
        }
    }
    // Only what was shown is applied: if somebody changes something in between, the server refuses.
    request["version"] = planned.version().into();
    let answer = ask(&client, "apply", &request, &files).await?;
    if arguments.yes {
        show(&client, &answer, &Planned::read(&answer)?, true)?;
    } else {
        output::line("Applied.")?;
    }
    Ok(End::Fine)
}

async fn ask(client: &Client, what: &str, request: &Value, files: &Files) -> anyhow::Result<Value> {
    let answer = client.ask(Method::POST, &["configuration", what], &[], Some(request)).await;
    answer.map_err(|error| match error.downcast::<Refused>() {
        Ok(refused) if !refused.errors.is_empty() => files.place(&refused).into(),
        Ok(refused) => refused.into(),
        Err(error) => error,
    })
}

fn show(client: &Client, answer: &Value, planned: &Planned, applied: bool) -> anyhow::Result<()> {
    if client.json() {
        return output::json(&json!({
            "applied": applied, "version": answer["version"], "changes": answer["changes"]
        }));
    }
    output::print(&coloured(&planned.to_string()))?;
    if applied {
        output::line("Applied.")?;
    }
    Ok(())
}

/// The plan with its signs in colour: what is added, changed and removed.
fn coloured(plan: &str) -> String {
    let screen = Screen::stdout();
    let line = |line: &str| {
        let paint = match line.chars().next() {
            Some('+') => Paint::Good,
            Some('~') => Paint::Doubtful,
            Some('-') => Paint::Bad,
            Some(_) | None => Paint::Plain,
        };
        screen.paint(paint, &clean(line)) + "\n"
    };
    plan.lines().map(line).collect()
}

fn agreed() -> anyhow::Result<bool> {
    print_question()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn print_question() -> std::io::Result<()> {
    let mut out = std::io::stderr().lock();
    write!(out, "\nApply this? [y/N] ")?;
    out.flush()
}

/// Reads what the server has answered as a plan.
fn read_answer(answer: &Value) -> anyhow::Result<answer::Answer> {
    client::read(answer.clone())
}
