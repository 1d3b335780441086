//! `allclear incident show`.

use std::collections::BTreeMap;

use allclear_core::severity::Severity;
use allclear_core::zone::Zone;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::{Escalation, Incident, short_names};
use crate::client::{self, Client, now};
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table, age, clean, moment, status};

/// How many alerts, and how many entries of the timeline, are shown.
const ALERTS: usize = 1_000;
const ENTRIES: usize = 10_000;

#[derive(Debug, Deserialize)]
struct Entry {
    at: Timestamp,
    facts: Vec<Fact>,
}

#[derive(Debug, Deserialize)]
struct Fact {
    sentence: String,
}

#[derive(Debug, Deserialize)]
struct Coming {
    at: Timestamp,
    sentence: String,
}

#[derive(Debug, Deserialize)]
struct Alert {
    firing: bool,
    severity: Severity,
    summary: String,
    count: u64,
    last_seen: Timestamp,
}

pub(super) async fn run(client: &Client, reference: &str) -> Done {
    let incident = client.get(&["incidents", reference], &[]).await?;
    let mut alerts = client.list(&["incidents", reference, "alerts"], &[], ALERTS).await?;
    let mut timeline = client.list(&["incidents", reference, "timeline"], &[], ENTRIES).await?;
    let more = [("alerts", &alerts), ("timeline", &timeline)].map(|(name, list)| (name, list["next"].clone()));
    let (alerts, timeline) = (alerts["items"].take(), timeline["items"].take());
    let upcoming = client.get(&["incidents", reference, "upcoming"], &[]).await?["items"].take();
    if client.json() {
        output::json(&json!({
            "incident": incident, "alerts": alerts, "timeline": timeline, "upcoming": upcoming,
            "next": more.into_iter().collect::<BTreeMap<_, _>>(),
        }))?;
        return Ok(End::Fine);
    }
    let zone = client.zone().await?;
    let screen = Screen::stdout();
    let mut text = head(screen, &client::read(incident)?, &zone);
    text += &alerts_table(screen, &client::read::<Vec<Alert>>(alerts)?);
    text += &happened(screen, &client::read::<Vec<Entry>>(timeline)?, &zone);
    text += &comes(screen, &client::read::<Vec<Coming>>(upcoming)?, &zone);
    text += &screen.paint(Paint::Faint, &format!("\nTimes are in {zone}.\n"));
    output::print(&text)?;
    for (name, _) in more.iter().filter(|(_, next)| !next.is_null()) {
        eprintln!("There is more: the API has all of its {name}.");
    }
    Ok(End::Fine)
}

fn head(screen: Screen, incident: &Incident, zone: &Zone) -> String {
    let severity = screen.paint(Paint::Severity(incident.severity), incident.severity.name());
    let title = screen.paint(Paint::Bold, &format!("{}  {}", incident.reference, clean(&incident.title)));
    let mut lines = format!("{title}\n");
    let mut field = |name: &str, value: &str| {
        let name = screen.paint(Paint::Faint, &format!("{name:<10}"));
        lines += &format!("  {name} {value}\n");
    };
    let by = incident.status_by.as_ref().map(|by| format!(" by {}", clean(&by.name))).unwrap_or_default();
    let until = incident.status_until.map(|at| format!(", until {}", moment(zone, at))).unwrap_or_default();
    let since = moment(zone, incident.status_since);
    field("status", &format!("{}{by} since {since}{until}", status(&incident.status)));
    field("severity", &format!("{severity} {}", incident.severity.word()));
    field("service", &clean(&incident.service.name));
    field("opened", &format!("{}, {} ago", moment(zone, incident.opened_at), age(now(), incident.opened_at)));
    field("alerts", &format!("{}, {} firing", incident.alerts, incident.firing));
    if !incident.assigned.is_empty() {
        field("assigned", &clean(&short_names(&incident.assigned)));
    }
    if !incident.being_paged.is_empty() {
        field("paging", &clean(&short_names(&incident.being_paged)));
    }
    if let Some(Escalation { policy, round, rounds, step, steps }) = &incident.escalation {
        let policy = clean(policy);
        field("escalation", &format!("{policy}, step {step} of {steps}, round {round} of {rounds}"));
    }
    if incident.exhausted {
        field("", "Nobody is left to page but the admins.");
    }
    lines
}

fn alerts_table(screen: Screen, alerts: &[Alert]) -> String {
    if alerts.is_empty() {
        return String::new();
    }
    let whole = Column::whole;
    let mut table =
        Table::new(&[whole("alert"), whole("severity"), Column::cut("summary"), whole("count"), whole("last")]);
    for alert in alerts {
        table.row([
            Cell::new(if alert.firing { "● firing" } else { "✓ over" }),
            Cell::severity(alert.severity),
            (&alert.summary).into(),
            alert.count.to_string().into(),
            format!("{} ago", age(now(), alert.last_seen)).into(),
        ]);
    }
    format!("\n{}", table.render(screen))
}

fn happened(screen: Screen, timeline: &[Entry], zone: &Zone) -> String {
    let mut lines = format!("\n{}\n", screen.paint(Paint::Faint, "what happened"));
    for Entry { at, facts } in timeline {
        for Fact { sentence } in facts {
            lines += &format!("  {}  {}\n", moment(zone, *at), clean(sentence));
        }
    }
    lines
}

fn comes(screen: Screen, upcoming: &[Coming], zone: &Zone) -> String {
    if upcoming.is_empty() {
        return String::new();
    }
    let mut lines = format!("\n{}\n", screen.paint(Paint::Faint, "what happens next, if nobody does anything"));
    for Coming { at, sentence } in upcoming {
        lines += &format!("  {}  {}\n", moment(zone, *at), clean(sentence));
    }
    lines
}
