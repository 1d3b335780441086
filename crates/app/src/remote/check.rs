//! `allclear check`: can everybody who matters be reached, at every minute?

use clap::Args;
use serde::Deserialize;

use crate::client::{self, Client, Connection};
use crate::output::{self, Done, End, Paint, Screen, clean, counted};

/// The arguments of `allclear check`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear check --days 7")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
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

/// Runs `allclear check`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let client = Client::new(arguments.connection)?;
    let days = arguments.days.to_string();
    let answer = client.get(&["configuration", "check"], &[("days", &days)]).await?;
    let Readiness { findings } = client::read(answer.clone())?;
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let end = if errors == 0 { End::Fine } else { End::Failed };
    if client.json() {
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
