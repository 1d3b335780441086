//! `allclear incident`: looks at incidents, and works on them.

mod act;
mod show;
mod why;

use allclear_core::severity::Severity;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;

use super::{Named, severity, short_names};
use crate::client::{self, Client, Connection, now};
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table, age, status};

const STATUSES: [&str; 5] = ["triggered", "acknowledged", "snoozed", "resolved", "merged"];

/// The arguments of `allclear incident`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List incidents, newest first: the open ones, unless something else is asked for.
    #[command(after_help = "Example: allclear incident list --service checkout --severity sev1")]
    List(Filter),
    /// Show an incident: where it stands, what happened, and what happens next.
    #[command(after_help = "Example: allclear incident show INC-142")]
    Show {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
    },
    /// Say why somebody was paged about an incident, or why not.
    #[command(after_help = "Example: allclear incident why INC-142 ana")]
    Why {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        /// Who, by their slug.
        person: String,
    },
    #[command(flatten)]
    Act(act::Command),
}

/// Which incidents a list shows.
#[derive(Debug, Args)]
struct Filter {
    /// Those that are resolved or merged, too.
    #[arg(long)]
    all: bool,
    /// Only those of this service, by its slug.
    #[arg(long, value_name = "SLUG")]
    service: Option<String>,
    /// Only those of this severity.
    #[arg(long, value_parser = severity)]
    severity: Option<Severity>,
    /// Only those with this status.
    #[arg(long, value_parser = PossibleValuesParser::new(STATUSES))]
    status: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

/// An incident, as the API describes it.
#[derive(Debug, Deserialize)]
struct Incident {
    reference: String,
    title: String,
    severity: Severity,
    status: String,
    status_by: Option<Author>,
    status_since: Timestamp,
    status_until: Option<Timestamp>,
    service: Named,
    opened_at: Timestamp,
    alerts: u32,
    firing: u32,
    assigned: Vec<Named>,
    being_paged: Vec<Named>,
    escalation: Option<Escalation>,
    exhausted: bool,
}

#[derive(Debug, Deserialize)]
struct Author {
    name: String,
    slug: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Escalation {
    policy: String,
    round: u32,
    rounds: u32,
    step: usize,
    steps: usize,
}

impl Incident {
    /// Who has it, or whom it rings.
    fn who(&self) -> String {
        match (&self.status_by, self.being_paged.as_slice()) {
            (Some(Author { name, slug }), _) => slug.clone().unwrap_or_else(|| name.clone()),
            (None, []) if self.exhausted => "nobody left".to_owned(),
            (None, []) => short_names(&self.assigned),
            (None, people) => format!("paging {}", short_names(people)),
        }
    }
}

/// Runs `allclear incident`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let client = Client::new(arguments.connection)?;
    match arguments.command {
        Command::List(filter) => list(&client, &filter).await,
        Command::Show { incident } => show::run(&client, &incident).await,
        Command::Why { incident, person } => why::run(&client, &incident, &person).await,
        Command::Act(command) => act::run(&client, command).await,
    }
}

async fn list(client: &Client, filter: &Filter) -> Done {
    // A status that is asked for by name says by itself whether those are open.
    let state = if filter.all || filter.status.is_some() { "all" } else { "open" };
    let severity = filter.severity.map(|severity| severity.name().to_ascii_lowercase());
    let mut query = vec![("state", state)];
    query.extend(filter.service.as_deref().map(|slug| ("service", slug)));
    query.extend(severity.as_deref().map(|severity| ("severity", severity)));
    query.extend(filter.status.as_deref().map(|status| ("status", status)));
    let mut answer = client.list(&["incidents"], &query, filter.limit).await?;
    if client.json() {
        output::json(&answer)?;
        return Ok(End::Fine);
    }
    let more = !answer["next"].is_null();
    let incidents: Vec<Incident> = client::read(answer["items"].take())?;
    if incidents.is_empty() {
        output::line(if state == "open" { "No incident is open." } else { "There is no such incident." })?;
        return Ok(End::Fine);
    }
    let whole = Column::whole;
    let mut table = Table::new(&[
        whole("incident"),
        whole("severity"),
        whole("status"),
        Column::cut("title"),
        Column::cut("service"),
        whole("age"),
        Column::cut("who"),
    ]);
    for incident in &incidents {
        table.row([
            Cell::new(&incident.reference).painted(Paint::Bold),
            Cell::severity(incident.severity),
            status(&incident.status).into(),
            (&incident.title).into(),
            incident.service.short().into(),
            age(now(), incident.opened_at).into(),
            incident.who().into(),
        ]);
    }
    output::print(&table.render(Screen::stdout()))?;
    if more {
        eprintln!("There are more; --limit shows them.");
    }
    Ok(End::Fine)
}
