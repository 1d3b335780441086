//! `allclear oncall cover`: asks for cover, answers, and lists; or plans an override straight away.

use allclear_core::zone::Zone;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Named, moment, short_names};
use crate::client::Client;
use crate::output::{self, Column, Done, End, Screen, Table};

/// The arguments of `allclear oncall cover`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    straight: Option<Straight>,
}

/// Who is to cover, for whom, and when.
#[derive(Debug, Args)]
struct Straight {
    /// The schedule, by its slug.
    #[arg(value_name = "SLUG")]
    schedule: String,
    /// Who covers, by their slug.
    #[arg(long, value_name = "LOGIN")]
    by: String,
    /// For whom, wherever they would be on call. [default: for everybody who is on call then]
    #[arg(long = "for", value_name = "LOGIN")]
    replaces: Option<String>,
    /// From this moment: `2026-12-24 18:00` in your zone, or `2026-12-24T17:00:00Z`.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Until just before this one.
    #[arg(long, value_name = "TIME")]
    until: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask others to cover, or propose a swap.
    #[command(after_help = "Example: allclear oncall cover ask storefront-primary --from '2026-12-24 18:00' \
        --until '2026-12-25 09:00' --note 'Christmas'")]
    Ask(Box<Ask>),
    /// List what is asked for.
    #[command(after_help = "Example: allclear oncall cover list --schedule storefront-primary")]
    List(List),
    /// Take what somebody asks for, or a part of it.
    #[command(after_help = "Example: allclear oncall cover accept cov_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    Accept(Accept),
    /// Say no to what somebody asks for.
    #[command(after_help = "Example: allclear oncall cover decline cov_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    Decline(Decline),
    /// Take back what you asked for.
    #[command(after_help = "Example: allclear oncall cover withdraw cov_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    Withdraw {
        /// The request.
        #[arg(value_name = "ID")]
        cover: String,
    },
}

/// What is asked for.
#[derive(Debug, Args)]
struct Ask {
    /// The schedule, by its slug.
    #[arg(value_name = "SLUG")]
    schedule: String,
    /// Of all shifts from this moment: `2026-12-24 18:00` in your zone, or `2026-12-24T17:00:00Z`.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Until just before this one.
    #[arg(long, value_name = "TIME")]
    until: String,
    /// Who is to be relieved, by their slug. [default: you]
    #[arg(long = "for", value_name = "LOGIN")]
    user: Option<String>,
    /// Ask everybody in the team that keeps the schedule. [default: everybody who takes turns]
    #[arg(long, conflicts_with_all = ["people", "swap_with"])]
    team: bool,
    /// Ask these, by their slugs.
    #[arg(long = "ask", value_name = "LOGIN", conflicts_with = "swap_with")]
    people: Vec<String>,
    /// Propose a swap to this person.
    #[arg(long, value_name = "LOGIN", requires_all = ["return_from", "return_until"])]
    swap_with: Option<String>,
    /// In return for their shifts from this moment.
    #[arg(long, value_name = "TIME", requires = "swap_with")]
    return_from: Option<String>,
    /// Until just before this one.
    #[arg(long, value_name = "TIME", requires = "swap_with")]
    return_until: Option<String>,
    /// What to say about it; everybody can read it.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Which requests are listed.
#[derive(Debug, Args)]
struct List {
    /// Only those of this schedule, by its slug.
    #[arg(long, value_name = "SLUG")]
    schedule: Option<String>,
    /// Also those that are over, the latest of them.
    #[arg(long)]
    all: bool,
}

/// What is taken, and by whom.
#[derive(Debug, Args)]
struct Accept {
    /// The request.
    #[arg(value_name = "ID")]
    cover: String,
    /// Who takes it, by their slug. [default: you]
    #[arg(long, value_name = "LOGIN")]
    by: Option<String>,
    /// Only from this moment.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only until just before this one.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Who says no.
#[derive(Debug, Args)]
struct Decline {
    /// The request.
    #[arg(value_name = "ID")]
    cover: String,
    /// Who, by their slug. [default: you]
    #[arg(long, value_name = "LOGIN")]
    by: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    items: Vec<Value>,
}

/// A request, as far as it is shown.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    schedule: Named,
    user: Named,
    status: String,
    sentence: String,
    asked: Vec<AskedRow>,
    open: Vec<PeriodRow>,
}

#[derive(Debug, Deserialize)]
struct AskedRow {
    user: Named,
}

#[derive(Debug, Deserialize)]
struct PeriodRow {
    starts: Timestamp,
    ends: Timestamp,
}

/// Runs `allclear oncall cover`.
pub(super) async fn run(client: &Client, Arguments { command, straight }: Arguments) -> Done {
    match (command, straight) {
        (Some(Command::Ask(ask)), _) => ask_for(client, *ask).await,
        (Some(Command::List(list)), _) => show(client, list).await,
        (Some(Command::Accept(accept)), _) => take(client, accept).await,
        (Some(Command::Decline(Decline { cover, by })), _) => {
            let body = by.map_or_else(|| json!({}), |by| json!({"user": by}));
            told(client, client.ask(Method::PUT, &["cover", &cover, "declination"], &[], Some(&body)).await?)
        }
        (Some(Command::Withdraw { cover }), _) => {
            told(client, client.ask(Method::DELETE, &["cover", &cover], &[], None).await?)
        }
        (None, Some(straight)) => plan(client, straight).await,
        (None, None) => anyhow::bail!("say who covers, or use ask, list, accept, decline or withdraw"),
    }
}

/// What became of a request, in a line.
fn told(client: &Client, cover: Value) -> Done {
    if client.json() {
        output::json(&cover)?;
        return Ok(End::Fine);
    }
    let row: Row = crate::client::read(cover)?;
    output::line(&format!("{} {}", row.id, row.sentence))?;
    Ok(End::Fine)
}

async fn ask_for(client: &Client, ask: Ask) -> Done {
    let zone = client.zone().await?;
    let at = |text: &str| moment(text, &zone).map(|at| at.to_string());
    let mut wanted = json!({"schedule": ask.schedule, "from": at(&ask.from)?, "until": at(&ask.until)?});
    let mut add = |field: &str, value: Value| wanted[field] = value;
    if let Some(user) = ask.user {
        add("user", json!(user));
    }
    if let Some(note) = ask.note {
        add("note", json!(note));
    }
    match (ask.swap_with, ask.return_from, ask.return_until) {
        (Some(with), Some(from), Some(until)) => {
            add("swap", json!({"with": with, "from": at(&from)?, "until": at(&until)?}));
        }
        _ if !ask.people.is_empty() => add("people", json!(ask.people)),
        _ if ask.team => add("of", json!("team")),
        _ => {}
    }
    let asked = client.ask(Method::POST, &["cover"], &[], Some(&wanted)).await?;
    if client.json() {
        output::json(&asked)?;
        return Ok(End::Fine);
    }
    let row: Row = crate::client::read(asked)?;
    let people: Vec<Named> = row.asked.into_iter().map(|asked| asked.user).collect();
    output::line(&format!("{}: asked {}.", row.id, short_names(&people)))?;
    Ok(End::Fine)
}

async fn take(client: &Client, Accept { cover, by, from, until }: Accept) -> Done {
    let mut wanted = by.map_or_else(|| json!({}), |by| json!({"user": by}));
    if from.is_some() || until.is_some() {
        let zone = client.zone().await?;
        for (field, text) in [("from", from), ("until", until)] {
            if let Some(text) = text {
                wanted[field] = json!(moment(&text, &zone)?.to_string());
            }
        }
    }
    told(client, client.ask(Method::PUT, &["cover", &cover, "acceptance"], &[], Some(&wanted)).await?)
}

async fn show(client: &Client, List { schedule, all }: List) -> Done {
    let zone = client.zone().await?;
    let mut query: Vec<(&str, &str)> = schedule.as_deref().map(|slug| ("schedule", slug)).into_iter().collect();
    if !all {
        query.push(("open", "true"));
    }
    let listed: Listed = client.read(&["cover"], &query).await?;
    if client.json() {
        output::json(&json!({"items": listed.items}))?;
        return Ok(End::Fine);
    }
    let rows: Vec<Row> = crate::client::read(Value::from(listed.items))?;
    if rows.is_empty() {
        output::line("Nobody asks for cover.")?;
        return Ok(End::Fine);
    }
    output::print(&table(&rows, &zone).render(Screen::stdout()))?;
    eprintln!("Times are in {zone}.");
    Ok(End::Fine)
}

fn table(rows: &[Row], zone: &Zone) -> Table {
    let columns = [
        Column::whole("request"),
        Column::whole("schedule"),
        Column::whole("for"),
        Column::whole("status"),
        Column::cut("asked for"),
        Column::cut("asked"),
    ];
    let mut table = Table::new(&columns);
    for row in rows {
        let open = row.open.iter().map(|period| {
            format!("{} until {}", output::moment(zone, period.starts), output::moment(zone, period.ends))
        });
        let open = open.collect::<Vec<_>>().join(", ");
        let asked = row.asked.iter().map(|asked| asked.user.short()).collect::<Vec<_>>().join(", ");
        table.row([
            row.id.clone().into(),
            row.schedule.short().to_owned().into(),
            row.user.short().to_owned().into(),
            row.status.clone().into(),
            open.into(),
            asked.into(),
        ]);
    }
    table
}

/// Adds an override, without asking anybody.
async fn plan(client: &Client, Straight { schedule, by, replaces, from, until }: Straight) -> Done {
    let zone = client.zone().await?;
    let [starts, ends] = [moment(&from, &zone)?, moment(&until, &zone)?];
    let mut wanted = json!({"user": by, "starts": starts.to_string(), "ends": ends.to_string()});
    if let Some(replaces) = &replaces {
        wanted["replaces"] = json!(replaces);
    }
    let added = client.ask(Method::POST, &["schedules", &schedule, "overrides"], &[], Some(&wanted)).await?;
    if client.json() {
        output::json(&added)?;
        return Ok(End::Fine);
    }
    let whom = replaces.unwrap_or_else(|| "everybody who is on call".to_owned());
    let [starts, ends] = [starts, ends].map(|at| output::moment(&zone, at));
    output::line(&format!("{by} covers for {whom} on {schedule}, from {starts} until {ends} ({zone})."))?;
    Ok(End::Fine)
}
