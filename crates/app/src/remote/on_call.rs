//! `allclear oncall`: who is on call, and who covers for whom.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::declaration::{Document, TargetDocument};
use allclear_core::zone::Zone;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Named, cover, moment, short_names};
use crate::client::{self, Client, Connection};
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table};

/// The arguments of `allclear oncall`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear oncall --service checkout", args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    who: Who,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See who is on call: the same as without a command.
    #[command(after_help = "Example: allclear oncall who --team platform")]
    Who(Who),
    /// Have somebody cover for a while: an override of a schedule; or ask for it, and answer.
    #[command(after_help = "Example: allclear oncall cover storefront-primary --by luis --for ella \
        --from '2026-12-24 18:00' --until '2026-12-25 09:00'")]
    Cover(Box<cover::Arguments>),
}

/// Whose schedules, and when.
#[derive(Debug, Args)]
struct Who {
    /// At this moment: `2026-12-24 18:00`, or `2026-12-24T17:00:00Z`. [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Only by this schedule, by its slug.
    #[arg(long, value_name = "SLUG")]
    schedule: Option<String>,
    /// Whom an incident of this service would page, step by step.
    #[arg(long, value_name = "SLUG", conflicts_with = "schedule")]
    service: Option<String>,
    /// Only by the schedules of this team, by its slug.
    #[arg(long, value_name = "SLUG", conflicts_with_all = ["schedule", "service"])]
    team: Option<String>,
}

#[derive(Debug, Deserialize)]
struct OnCall {
    at: Timestamp,
    items: Vec<Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    schedule: Named,
    people: Vec<Named>,
    until: Option<Timestamp>,
    next: Vec<Named>,
    gap: Option<Gap>,
    #[serde(default)]
    reach: Vec<Reach>,
}

#[derive(Debug, Clone, Deserialize)]
struct Gap {
    starts: Timestamp,
}

#[derive(Debug, Clone, Deserialize)]
struct Reach {
    ways: Vec<Way>,
}

#[derive(Debug, Clone, Deserialize)]
struct Way {
    channel: String,
    address: Option<String>,
}

/// Runs `allclear oncall`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { connection, command, who } = arguments;
    let client = Client::new(connection)?;
    match command {
        Some(Command::Cover(arguments)) => cover::run(&client, *arguments).await,
        Some(Command::Who(who)) => show(&client, who).await,
        None => show(&client, who).await,
    }
}

async fn show(client: &Client, Who { at, schedule, service, team }: Who) -> Done {
    let zone = client.zone().await?;
    let at = at.map(|text| moment(&text, &zone)).transpose()?.map(|at| at.to_string());
    let mut query = Vec::new();
    query.extend(at.as_deref().map(|at| ("at", at)));
    query.extend(team.as_deref().map(|team| ("team", team)));
    query.extend(schedule.as_deref().map(|schedule| ("schedule", schedule)));
    let on_call: OnCall = client.read(&["on-call"], &query).await?;
    if let Some(service) = service {
        return ladder(client, &service, &on_call).await;
    }
    if client.json() {
        output::json(&json!({"at": on_call.at, "items": on_call.items}))?;
        return Ok(End::Fine);
    }
    let rows: Vec<Row> = client::read(Value::from(on_call.items))?;
    if rows.is_empty() {
        output::line("There is no schedule.")?;
        return Ok(End::Fine);
    }
    output::print(&by_schedule(&rows, &zone).render(Screen::stdout()))?;
    let asked = output::moment(&zone, on_call.at);
    eprintln!("At {asked}. Times are in {zone}.");
    Ok(End::Fine)
}

fn by_schedule(rows: &[Row], zone: &Zone) -> Table {
    let columns = [
        Column::whole("schedule"),
        Column::cut("on call"),
        Column::whole("until"),
        Column::cut("then"),
        Column::cut("next gap"),
        Column::cut("reached by"),
    ];
    let mut table = Table::new(&columns);
    for Row { schedule, people, until, next, gap, reach } in rows {
        let until = until.map_or_else(|| "further notice".to_owned(), |until| output::moment(zone, until));
        let gap = gap
            .as_ref()
            .map_or_else(|| Cell::new("none"), |gap| Cell::new(output::moment(zone, gap.starts)).painted(Paint::Bad));
        let next = if next.is_empty() { "nobody".to_owned() } else { short_names(next) };
        table.row([schedule.short().into(), whom(people), until.into(), next.into(), gap, ways(reach)]);
    }
    table
}

/// `email ana@acme.test, webhook`: the channels, each once, with the addresses that the asker may see.
fn ways(reach: &[Reach]) -> Cell {
    let said = |way: &Way| match &way.address {
        Some(address) => format!("{} {address}", way.channel),
        None => way.channel.clone(),
    };
    let all = each_once(reach.iter().flat_map(|one| one.ways.iter().map(said)).collect());
    match all.as_slice() {
        [] if reach.is_empty() => Cell::new(""),
        [] => Cell::new("no verified contact method").painted(Paint::Bad),
        all => Cell::new(all.join(", ")),
    }
}

fn whom(people: &[Named]) -> Cell {
    match people {
        [] => Cell::new("nobody").painted(Paint::Bad),
        people => Cell::new(short_names(people)).painted(Paint::Bold),
    }
}

/// The same people in the same order, each where they are first named.
fn each_once(mut people: Vec<String>) -> Vec<String> {
    let mut named = BTreeSet::new();
    people.retain(|person| named.insert(person.clone()));
    people
}

/// The steps of a service's policy, with whoever they would page at that moment.
async fn ladder(client: &Client, slug: &str, on_call: &OnCall) -> Done {
    let service = client.read::<Document>(&["services", slug], &[]).await?;
    let Document::Service(service) = service else { anyhow::bail!("`{slug}` is not a service") };
    let Some(policy) = service.policy else {
        anyhow::bail!("the service `{slug}` has no policy, so that nobody is paged; give it one")
    };
    let document = client.read::<Document>(&["policies", &policy], &[]).await?;
    let Document::Policy(document) = document else { anyhow::bail!("`{policy}` is not a policy") };
    let rows: Vec<Row> = client::read(Value::from(on_call.items.clone()))?;
    let by_slug: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.schedule.short(), row)).collect();
    let mut steps = Vec::new();
    let mut table =
        Table::new(&[Column::whole("step"), Column::whole("after"), Column::cut("pages"), Column::cut("by")]);
    let mut after = 0;
    for (number, step) in (1..).zip(&document.steps) {
        let mut people: Vec<String> = Vec::new();
        let mut by = Vec::new();
        for target in &step.targets {
            match target {
                TargetDocument::User(user) => people.push(user.clone()),
                TargetDocument::Schedule(schedule) => {
                    by.push(schedule.clone());
                    let found = by_slug.get(schedule.as_str()).map(|row| row.people.as_slice()).unwrap_or_default();
                    people.extend(found.iter().map(|person| person.short().to_owned()));
                }
                // Who that is, the simulation of an escalation tells.
                TargetDocument::NextOnCall(schedule) => by.push(format!("next of {schedule}")),
                TargetDocument::PreviousOnCall(schedule) => by.push(format!("previous of {schedule}")),
                TargetDocument::EveryoneOf(schedule) => by.push(format!("everyone of {schedule}")),
                TargetDocument::Team { team, skill } => {
                    let skill = skill.as_ref().map(|skill| format!(" knowing {skill}")).unwrap_or_default();
                    by.push(format!("team {team}{skill}"));
                }
            }
        }
        let people = each_once(people);
        let pages = match people.as_slice() {
            [] if by.iter().any(|by| by.contains(' ')) => Cell::new("see allclear simulate"),
            [] => Cell::new("nobody").painted(Paint::Bad),
            people => Cell::new(people.join(", ")).painted(Paint::Bold),
        };
        let waited =
            if after == 0 { "at once".to_owned() } else { output::length(jiff::SignedDuration::from_secs(after)) };
        table.row([number.to_string().into(), waited.into(), pages, by.join(", ").into()]);
        steps.push(json!({"step": number, "after_seconds": after, "people": people, "schedules": by}));
        after += i64::from(step.wait.as_seconds());
    }
    if client.json() {
        output::json(&json!({"at": on_call.at, "service": slug, "policy": policy, "steps": steps}))?;
    } else {
        output::print(&table.render(Screen::stdout()))?;
        eprintln!("By the policy {policy}, {} times over.", document.repeats + 1);
    }
    Ok(End::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_on_call_twice_is_named_once() {
        let people = ["ana", "ben", "ana", "cy", "cy", "ben"].map(str::to_owned);
        assert_eq!(each_once(people.to_vec()), ["ana", "ben", "cy"]);
    }
}
