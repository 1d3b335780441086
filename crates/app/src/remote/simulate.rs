//! `allclear simulate`: who is paged at a moment, and when does somebody surely know?

use std::path::PathBuf;

use allclear_core::directory::{Directory, Kind, Object};
use allclear_core::severity::Severity;
use allclear_core::simulation::{self, Assumption, Line, Question, Report};
use allclear_core::zone::Zone;
use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::apply::directory_of;
use super::{moment, severity};
use crate::Usage;
use crate::client::{self, Client, Connection};
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table, clean};

/// The arguments of `allclear simulate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: allclear simulate --service checkout --severity sev1 --at '2026-12-25 03:00' --assume \
                        'sms down' --assume 'first responder sleeps through'"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The service that breaks, by its slug.
    #[arg(long, value_name = "SLUG")]
    service: String,
    /// How bad it is: sev1 to sev4.
    #[arg(long, short, value_parser = severity, default_value = "sev1")]
    severity: Severity,
    /// When: `2026-12-25 03:00`, or `2026-12-25T02:00:00Z`. [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// What holds: `sms down`, `first responder sleeps through`, `ana sleeps through`, `ana acknowledges after 5m`; may
    /// be given many times.
    #[arg(long, value_name = "TEXT")]
    assume: Vec<String>,
    /// A label of the alert, such as `team=db`; may be given many times.
    #[arg(long, value_name = "NAME=VALUE")]
    label: Vec<String>,
    /// Go on after somebody surely knows, as if they never acknowledged.
    #[arg(long)]
    whole: bool,
    /// Ask a file, or a folder with `.yaml` and `.yml` files, instead of a server; may be given many times.
    #[arg(long = "file", short, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs `allclear simulate`: exit code 1 when nobody surely knows.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let is_json = arguments.connection.display.json;
    let (report, zone) = if arguments.files.is_empty() { by_server(arguments).await? } else { by_files(&arguments)? };
    let end = if report.known.is_some() { End::Fine } else { End::Failed };
    if is_json {
        output::json(&serde_json::to_value(&report)?)?;
        return Ok(end);
    }
    output::line(&heading(&report, &zone))?;
    output::print(&table(&report, &zone).render(Screen::stdout()))?;
    let paint = if report.known.is_some() { Paint::Good } else { Paint::Bad };
    output::line(&format!("\n{}", Screen::stdout().paint(paint, &clean(&report.conclusion))))?;
    Ok(end)
}

fn labels(given: &[String]) -> Result<Vec<(String, String)>, Usage> {
    let label = |text: &String| {
        let (name, value) =
            text.split_once('=').ok_or_else(|| Usage(format!("`{text}` is not a label; write it like `team=db`")))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(label).collect()
}

async fn by_server(arguments: Arguments) -> anyhow::Result<(Report, Zone)> {
    let client = Client::new(arguments.connection)?;
    let zone = client.zone().await?;
    let mut body = json!({
        "service": arguments.service, "severity": arguments.severity, "assumptions": arguments.assume,
        "labels": labels(&arguments.label)?.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        "whole": arguments.whole,
    });
    if let Some(at) = arguments.at {
        body["at"] = moment(&at, &zone)?.to_string().into();
    }
    Ok((client::read(client.ask(Method::POST, &["simulations"], &[], Some(&body)).await?)?, zone))
}

fn by_files(arguments: &Arguments) -> anyhow::Result<(Report, Zone)> {
    let directory = directory_of(&arguments.files)?;
    let zone = arguments.connection.zone.clone().unwrap_or_else(|| directory.organisation.time_zone.clone());
    let at = arguments.at.as_ref().map(|at| moment(at, &zone)).transpose()?.unwrap_or_else(client::now);
    let question = Question {
        service: service(&directory, &arguments.service)?,
        severity: arguments.severity,
        at,
        labels: labels(&arguments.label)?.into_iter().collect(),
        turn: 0,
        assumptions: assumptions(&directory, &arguments.assume)?,
        whole: arguments.whole,
    };
    let told = simulation::simulate(&directory, &question);
    Ok((simulation::report(&directory, &question, &told), zone))
}

fn service(directory: &Directory, slug: &str) -> Result<allclear_core::id::ServiceId, Usage> {
    match directory.by_slug(Kind::Service, slug) {
        Some(Object::Service(service)) => Ok(service.id),
        Some(_) | None => Err(Usage(format!("there is no service `{slug}` in these files; name one by its slug"))),
    }
}

fn assumptions(directory: &Directory, texts: &[String]) -> Result<Vec<Assumption>, Usage> {
    texts.iter().map(|text| Assumption::read(text, directory).map_err(Usage)).collect()
}

fn heading(report: &Report, zone: &Zone) -> String {
    let assumed = if report.assumptions.is_empty() {
        String::new()
    } else {
        format!(", assuming: {}", report.assumptions.join("; "))
    };
    clean(&format!(
        "{} breaks, {}, {} {zone}{assumed}",
        report.service,
        report.severity,
        output::moment(zone, report.at)
    ))
}

fn table(report: &Report, zone: &Zone) -> Table {
    let mut table = Table::new(&[Column::whole("after"), Column::whole("at"), Column::cut("what happens, and why")]);
    for line in &report.lines {
        let after = if line.after.is_none() { "at once".to_owned() } else { line.after.to_string() };
        let at = zone.local(line.at).strftime("%H:%M:%S").to_string();
        table.row([after.into(), at.into(), Cell::new(&line.sentence).painted(paint(line))]);
    }
    table
}

fn paint(line: &Line) -> Paint {
    match line.fate.as_deref() {
        Some("known") => Paint::Good,
        Some("down") => Paint::Bad,
        Some(_) => Paint::Doubtful,
        None if line.kind == "paged" => Paint::Bold,
        None => Paint::Plain,
    }
}
