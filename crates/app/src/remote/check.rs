//! `allclear check`: can everybody who matters be reached, at every minute?

use std::path::PathBuf;

use allclear_core::{limits, readiness};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::apply::directory_of;
use crate::Usage;
use crate::client::{self, Client, Connection};
use crate::output::{self, Done, End, Paint, Screen, clean, counted};

/// The arguments of `allclear check`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear check --days 7\n         allclear check examples/acme")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Files, or folders with `.yaml` and `.yml` files, to check without a server. [default: what the server has]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How many days to look ahead, 1 to 92.
    #[arg(long, default_value = "28")]
    days: u32,
}

#[derive(Debug, Deserialize)]
struct Readiness {
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    level: String,
    kind: String,
    slug: Option<String>,
    place: Option<String>,
    message: String,
    remedy: String,
}

impl Finding {
    fn is_error(&self) -> bool {
        self.level == "error"
    }

    fn show(&self, screen: Screen) -> String {
        let paint = if self.is_error() { Paint::Bad } else { Paint::Doubtful };
        let level = screen.paint(paint, &format!("{:<7}", clean(&self.level)));
        let slug = self.slug.as_deref().map(|slug| format!(" {slug}")).unwrap_or_default();
        let place = self.place.as_deref().map(|place| format!(" {place}")).unwrap_or_default();
        let subject = clean(&format!("{}{slug}{place}", self.kind));
        format!("{level}  {subject}: {}\n         {}\n", clean(&self.message), clean(&self.remedy))
    }
}

/// The answer that a server with these files alone would give.
fn by_files(files: &[PathBuf], days: u32) -> anyhow::Result<Value> {
    if !(1..=limits::DAYS_AHEAD).contains(&days) {
        return Err(Usage(format!("--days {days} is out of range; use 1 to {}", limits::DAYS_AHEAD)).into());
    }
    let (directory, now) = (directory_of(files)?, client::now());
    let found = readiness::check(&directory, now, days);
    Ok(json!({"from": now, "days": days, "findings": found}))
}

/// Runs `allclear check`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let days = arguments.days.to_string();
    let json = arguments.connection.display.json;
    let answer = if arguments.files.is_empty() {
        Client::new(arguments.connection)?.get(&["configuration", "check"], &[("days", &days)]).await?
    } else {
        by_files(&arguments.files, arguments.days)?
    };
    let Readiness { findings } = client::read(answer.clone())?;
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let end = if errors == 0 { End::Fine } else { End::Failed };
    if json {
        output::json(&answer)?;
        return Ok(end);
    }
    let screen = Screen::stdout();
    let mut text: String = findings.iter().map(|finding| finding.show(screen)).collect();
    text += &match (errors, findings.len() - errors) {
        (0, 0) => format!("Everybody who matters can be reached, at every minute of the next {days} days.\n"),
        (errors, warnings) => {
            let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
            format!(
                "\n{errors} and {warnings} for the next {days} days; the page Readiness (/readiness) shows them, too.\n"
            )
        }
    };
    output::print(&text)?;
    Ok(end)
}
