//! `allclear doctor`: is everything in order, and if not, what to do?

mod data;
mod machine;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::output::{self, Display, Done, End, Paint, Screen, clean};
use crate::settings::Place;

/// The arguments of `allclear doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear doctor --data allclear-data")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// In order.
    Ok,
    /// It works, and should be looked at.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    /// What was found.
    detail: String,
    /// What to do about it; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, detail: detail.into(), remedy: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail, detail: detail.into(), remedy: Some(remedy.into()) }
    }

    /// What a check comes to that could not be made.
    fn of(name: &'static str, result: anyhow::Result<Self>) -> Self {
        let remedy = "Look at the disk, and at the log of the server; if need be, restore a backup.";
        result.unwrap_or_else(|error| Self::fail(name, format!("{error:#}"), remedy))
    }

    fn show(&self, screen: Screen) -> String {
        let (word, paint) = match self.verdict {
            Verdict::Ok => ("ok  ", Paint::Good),
            Verdict::Warn => ("warn", Paint::Doubtful),
            Verdict::Fail => ("fail", Paint::Bad),
        };
        let mut lines = format!("{}  {:<14}  {}\n", screen.paint(paint, word), self.name, clean(&self.detail));
        if let Some(remedy) = &self.remedy {
            lines += &format!("{:22}{}\n", "", clean(remedy));
        }
        lines
    }
}

/// Runs `allclear doctor`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let home = arguments.place.home()?;
    let mut checks = machine::check(&home);
    checks.extend(data::check(&home).await);
    let failed = checks.iter().filter(|check| check.verdict == Verdict::Fail).count();
    let warned = checks.iter().filter(|check| check.verdict == Verdict::Warn).count();
    let end = if failed == 0 { End::Fine } else { End::Failed };
    if arguments.display.json {
        output::json(&json!({"checks": checks}))?;
        return Ok(end);
    }
    let screen = Screen::stdout();
    let mut text: String = checks.iter().map(|check| check.show(screen)).collect();
    text += &match (failed, warned) {
        (0, 0) => "\nAll is well.\n".to_owned(),
        (failed, warned) => format!("\n{failed} failed, {warned} to look at.\n"),
    };
    output::print(&text)?;
    Ok(end)
}
