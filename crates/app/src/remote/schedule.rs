//! `allclear schedule`: who is on call when, where nobody is, and who cannot be counted on.

use allclear_core::zone::Zone;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::chart::{Stretch, chart};
use super::{Named, moment};
use crate::client::{self, Client, Connection};
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table};

/// The arguments of `allclear schedule`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the turns of a schedule, drawn too, its gaps, and who cannot be counted on: exit code 1 when there is such
    /// a thing.
    #[command(after_help = "Example: allclear schedule show storefront-primary --weeks 2")]
    Show {
        /// The schedule, by its slug.
        #[arg(value_name = "SLUG")]
        schedule: String,
        /// From this moment: `2026-12-24 18:00`, or `2026-12-24T17:00:00Z`. [default: now]
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// For so many weeks.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(i64).range(1..=13))]
        weeks: i64,
    },
}

#[derive(Debug, Deserialize)]
struct Shifts {
    from: Timestamp,
    until: Timestamp,
    shifts: Vec<Shift>,
    gaps: Vec<Gap>,
}

#[derive(Debug, Deserialize)]
struct Shift {
    people: Vec<Duty>,
    starts: Timestamp,
    ends: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Duty {
    user: Named,
    layer: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Gap {
    starts: Timestamp,
    ends: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Conflict {
    user: Named,
    starts: Timestamp,
    ends: Timestamp,
    why: String,
    note: Option<String>,
    other: Option<Named>,
    proposal: Option<Proposal>,
}

#[derive(Debug, Deserialize)]
struct Proposal {
    user: Named,
    hours_lately: i64,
}

/// Runs `allclear schedule`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { connection, command: Command::Show { schedule, from, weeks } } = arguments;
    let client = Client::new(connection)?;
    let zone = client.zone().await?;
    let from = from.map(|text| moment(&text, &zone)).transpose()?.unwrap_or_else(client::now);
    let until = from.saturating_add(SignedDuration::from_hours(24 * 7 * weeks)).unwrap_or(Timestamp::MAX);
    let [from, until] = [from, until].map(|at| at.to_string());
    let range = [("from", from.as_str()), ("until", until.as_str())];
    let shifts = client.get(&["schedules", &schedule, "shifts"], &range).await?;
    let conflicts = client.get(&["schedules", &schedule, "conflicts"], &range).await?;
    let found: Shifts = client::read(shifts.clone())?;
    let in_the_way: Vec<Conflict> = client::read(conflicts["items"].clone())?;
    let end = if found.gaps.is_empty() && in_the_way.is_empty() { End::Fine } else { End::Failed };
    if client.json() {
        let mut all = shifts;
        all["conflicts"] = conflicts.get("items").cloned().unwrap_or_else(|| json!([]));
        output::json(&all)?;
        return Ok(end);
    }
    output::print(&turns(&found, &zone).render(Screen::stdout()))?;
    output::line("")?;
    output::print(&chart(&stretches(&found), (found.from, found.until), &zone, Screen::stdout()))?;
    if !in_the_way.is_empty() {
        output::line("")?;
        output::print(&conflicts_table(&in_the_way, &zone).render(Screen::stdout()))?;
    }
    eprintln!("Times are in {zone}.");
    Ok(end)
}

fn turns(found: &Shifts, zone: &Zone) -> Table {
    let mut table =
        Table::new(&[Column::whole("from"), Column::whole("until"), Column::cut("on call"), Column::cut("by")]);
    let mut rows: Vec<(Timestamp, Timestamp, Cell, String)> = Vec::new();
    for Shift { people, starts, ends } in &found.shifts {
        let who = people.iter().map(|duty| duty.user.short()).collect::<Vec<_>>().join(", ");
        let mut by: Vec<&str> = people.iter().map(|duty| duty.layer.as_deref().unwrap_or("override")).collect();
        by.dedup();
        rows.push((*starts, *ends, Cell::new(who).painted(Paint::Bold), by.join(", ")));
    }
    rows.extend(found.gaps.iter().map(|gap| (gap.starts, gap.ends, nobody(), String::new())));
    rows.sort_by_key(|(starts, ..)| *starts);
    for (starts, ends, who, by) in rows {
        table.row([output::moment(zone, starts).into(), output::moment(zone, ends).into(), who, by.into()]);
    }
    table
}

/// When each person is on call, and when nobody is.
fn stretches(found: &Shifts) -> Vec<Stretch> {
    let person = |shift: &Shift, duty: &Duty| Stretch {
        who: Some(duty.user.short().to_owned()),
        starts: shift.starts,
        ends: shift.ends,
    };
    let shifts = found.shifts.iter().flat_map(|shift| shift.people.iter().map(move |duty| person(shift, duty)));
    let gaps = found.gaps.iter().map(|gap| Stretch { who: None, starts: gap.starts, ends: gap.ends });
    shifts.chain(gaps).collect()
}

fn nobody() -> Cell {
    Cell::new("nobody").painted(Paint::Bad)
}

fn conflicts_table(conflicts: &[Conflict], zone: &Zone) -> Table {
    let columns = [
        Column::whole("cannot be counted on"),
        Column::whole("from"),
        Column::whole("until"),
        Column::cut("because they"),
        Column::cut("free then"),
    ];
    let mut table = Table::new(&columns);
    for Conflict { user, starts, ends, why, note, other, proposal } in conflicts {
        let why = match (why.as_str(), note, other) {
            ("time_off", Some(note), _) => format!("have time off ({note})"),
            ("time_off", None, _) => "have time off".to_owned(),
            (_, _, Some(other)) => format!("are on call by {} as well", other.short()),
            _ => "have left".to_owned(),
        };
        let free = match proposal {
            Some(Proposal { user, hours_lately }) => format!("{} ({hours_lately} h lately)", user.short()).into(),
            None => nobody(),
        };
        let [starts, ends] = [starts, ends].map(|at| output::moment(zone, *at));
        table.row([Cell::new(user.short()).painted(Paint::Bad), starts.into(), ends.into(), why.into(), free]);
    }
    table
}
