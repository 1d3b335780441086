//! `/incidents/{reference}`

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::delivery::Status as DeliveryStatus;
use allclear_core::directory::Policy;
use allclear_core::fact::Fact;
use allclear_core::id::{IncidentId, UserId};
use allclear_core::incident::{Incident, Status};
use allclear_core::journal::Entry;
use allclear_core::sentence;
use allclear_core::severity::UrgencyRule;
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::incidents::{self, Filter, IncidentRecord};
use allclear_store::{Result as Stored, Tx};
use axum::extract::Path;
use jiff::Timestamp;

use super::super::form::Query;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use super::timeline::{self, Named};
use crate::auth::token_names;
use crate::pages::{Anchor, Choice, GroupedAlert, IncidentActions, IncidentPage, Label, Paged, PagedDelivery, Section};

/// How many entries of the journal one page shows.
const ENTRIES: u64 = 100;
/// How many alerts the rail shows.
const ALERTS: i64 = 10;
/// How many deliveries are looked at.
const DELIVERIES: i64 = 500;
/// How many open incidents are offered to merge into.
const MERGE: i64 = 30;

/// Everything that is read for the page.
struct Found {
    record: IncidentRecord,
    entries: Vec<Entry<Fact>>,
    /// The entry from which on the timeline is shown.
    from: u64,
    named: Named,
    alerts: Vec<AlertRecord>,
    deliveries: Vec<DeliveryRecord>,
    others: Vec<IncidentRecord>,
}

async fn read(tx: &mut Tx<'_>, record: IncidentRecord, before: Option<u64>) -> Stored<Found> {
    let until = before.unwrap_or(u64::MAX).clamp(1, record.entries + 1);
    let from = until.saturating_sub(ENTRIES).max(1);
    let stored = incidents::journal(tx, record.id, from - 1, (until - from).cast_signed()).await?;
    let entries = stored.iter().map(incidents::StoredEntry::entry).collect::<Stored<Vec<_>>>()?;
    let alerts = alerts::of_incident(tx, record.id, None, ALERTS).await?;
    let deliveries = deliveries::of_incident(tx, record.id, DELIVERIES).await?;
    let tokens = token_names(tx, entries.iter().map(|entry| entry.actor)).await?;
    let mut named = Named { incidents: BTreeMap::new(), pages: pages_of(&deliveries), tokens };
    named.pages.extend(sentence::pages_of(entries.iter().flat_map(|entry| &entry.facts)));
    let mut mentioned = timeline::other_incidents(&entries);
    if let Status::Merged { into, .. } = record.incident.status {
        mentioned.push(into);
    }
    for other in mentioned {
        if let Some(other) = incidents::find(tx, other).await? {
            named.incidents.insert(other.id, other.reference());
        }
    }
    let others = incidents::list(tx, Filter { open: true, ..Filter::default() }, MERGE).await?;
    Ok(Found { record, entries, from, named, alerts, deliveries, others })
}

/// Whom each page went to, by the messages that were sent for it.
fn pages_of(deliveries: &[DeliveryRecord]) -> BTreeMap<u32, UserId> {
    let pages = deliveries.iter().filter_map(|delivery| match delivery.purpose {
        Purpose::Page { page, .. } => Some((page, delivery.user)),
        Purpose::Bundle { .. }
        | Purpose::Inform { .. }
        | Purpose::Verify { .. }
        | Purpose::Test
        | Purpose::Cover { .. }
        | Purpose::Handover { .. } => None,
    });
    pages.collect()
}

/// The page.
pub(in crate::routes) async fn one(reader: Reader, Path(reference): Path<String>, query: Query) -> Reply {
    let record = super::find(&reader, &reference).await?;
    let before = query.parsed::<u64>("before");
    let found = reader
        .engine()
        .database()
        .read((record, before), |(record, before), tx| Box::pin(read(tx, record.clone(), *before)))
        .await?;
    let title = format!("{} {}", found.record.reference(), found.record.incident.title);
    let shell = reader.shell(title, Section::Incidents).await?;
    let incident = &found.record.incident;
    let reference = found.record.reference();
    let service = reader.directory.service(incident.service);
    let (snoozed_until, resolved, merged_into) = ends(&incident.status);
    let page = IncidentPage {
        shell,
        title: incident.title.clone(),
        outdated: incident.status.is_open()
            && incident.run.as_ref().is_some_and(|run| run.is_outdated(&reader.directory)),
        severity: incident.severity,
        urgency: urgency(&reader, incident),
        state: view::state(&incident.status),
        snoozed_until: snoozed_until.map(|at| reader.when(at)),
        service: view::service(&reader.directory, incident.service),
        team: view::team(&reader.directory, service.and_then(|service| service.team)),
        policy: incident.run.as_ref().map(|run| policy(&reader, &run.policy)),
        runbook: view::runbook(service.map(|service| &**service)),
        opened: reader.when(incident.opened_at),
        resolved: resolved.map(|at| reader.when(at)),
        holders: holders(&reader, incident),
        merged_into: merged_into
            .and_then(|into| found.named.incidents.get(&into))
            .map(|other| view::incident_anchor(other)),
        paged: paged(&reader, &found),
        upcoming: view::upcoming_of(&reader, &found.record, false),
        nothing_next: nothing_next(incident).to_owned(),
        alerts: grouped(&reader, &found.alerts),
        alert_count: incident.alerts,
        labels: shared_labels(&found.alerts),
        links: links(&found.alerts),
        days: timeline::days(&reader, &found.entries, &found.named),
        older: (found.from > 1).then(|| format!("/incidents/{reference}?before={}", found.from)),
        actions: actions(&reader, &found),
        reference,
    };
    reader.show(&page)
}

/// Until when it is snoozed, since when it is over, and into which other one it was merged.
const fn ends(status: &Status) -> (Option<Timestamp>, Option<Timestamp>, Option<IncidentId>) {
    match status {
        Status::Triggered | Status::Acknowledged { .. } => (None, None, None),
        Status::Snoozed { until, .. } => (Some(*until), None, None),
        Status::Resolved { at, .. } => (None, Some(*at), None),
        Status::Merged { at, into, .. } => (None, Some(*at), Some(*into)),
    }
}

fn urgency(reader: &Reader, incident: &Incident) -> (String, String) {
    let rule = reader.directory.service(incident.service).map(|service| service.urgency).unwrap_or_default();
    let why = match rule {
        UrgencyRule::BySeverity => format!("{} of a service that pages by severity", incident.severity),
        UrgencyRule::High => "everything of this service wakes people".to_owned(),
        UrgencyRule::Low => "nothing of this service wakes people".to_owned(),
    };
    (incident.urgency.word().to_owned(), why)
}

/// The policy as it was frozen: it leads to the one of today, if that is still there.
fn policy(reader: &Reader, frozen: &Policy) -> Anchor {
    let today = reader.directory.policy(frozen.id);
    let href = today.map_or_else(|| "/policies".to_owned(), |today| format!("/policies/{}", today.slug));
    Anchor::new(href, &frozen.name)
}

/// Who has it, or had it when it was over.
fn holders(reader: &Reader, incident: &Incident) -> Vec<crate::pages::Person> {
    match &incident.status {
        Status::Triggered => Vec::new(),
        Status::Acknowledged { by, .. } | Status::Snoozed { by, .. } => {
            if incident.assigned.is_empty() {
                by.user().into_iter().map(|user| reader.person(user)).collect()
            } else {
                reader.people(&incident.assigned)
            }
        }
        Status::Resolved { by, .. } | Status::Merged { by, .. } => {
            by.user().into_iter().map(|user| reader.person(user)).collect()
        }
    }
}

/// Why nothing happens next, when nothing does.
const fn nothing_next(incident: &Incident) -> &'static str {
    match incident.status {
        Status::Triggered if incident.exhausted => {
            "Everybody was paged, the admins as well. It waits for somebody to acknowledge."
        }
        Status::Triggered => "Nothing is planned. It waits for somebody to acknowledge.",
        Status::Acknowledged { .. } => "Somebody has it, and the acknowledgement does not lapse.",
        Status::Snoozed { .. } => "It is snoozed.",
        Status::Resolved { .. } => "It is over.",
        Status::Merged { .. } => "It goes on as a part of another incident.",
    }
}

fn paged(reader: &Reader, found: &Found) -> Vec<Paged> {
    let mut pages: Vec<Paged> = Vec::new();
    let mut people: Vec<UserId> = Vec::new();
    for delivery in &found.deliveries {
        let place = people.iter().position(|user| *user == delivery.user).unwrap_or_else(|| {
            people.push(delivery.user);
            pages.push(Paged { person: reader.person(delivery.user), why: String::new(), deliveries: Vec::new() });
            pages.len() - 1
        });
        if let Purpose::Page { why, .. } = &delivery.purpose {
            pages[place].why = sentence::why_paged(&reader.names(), why);
        }
        let about = match delivery.purpose {
            Purpose::Inform { .. } => "update, ",
            Purpose::Page { .. }
            | Purpose::Bundle { .. }
            | Purpose::Verify { .. }
            | Purpose::Test
            | Purpose::Cover { .. }
            | Purpose::Handover { .. } => "",
        };
        pages[place].deliveries.insert(
            0,
            PagedDelivery {
                href: format!("/deliveries/{}", delivery.id),
                contact: view::contact_name(&reader.directory, delivery),
                state: format!("{about}{}", view::delivery_words(delivery.delivery.status)),
                failed: delivery.delivery.status == DeliveryStatus::Failed,
                at: reader.when(delivery.changed_at),
            },
        );
    }
    pages
}

fn grouped(reader: &Reader, alerts: &[AlertRecord]) -> Vec<GroupedAlert> {
    let mut sorted: Vec<&AlertRecord> = alerts.iter().collect();
    sorted.sort_by_key(|record| record.alert.status != allclear_core::alert::Status::Firing);
    let row = |record: &AlertRecord| GroupedAlert {
        href: format!("/alerts/{}", record.id),
        summary: record.alert.summary.clone(),
        severity: record.alert.severity,
        state: view::alert_state(record.alert.status),
        count: record.alert.count,
        last_seen: reader.when(record.alert.last_seen),
    };
    sorted.into_iter().map(row).collect()
}

/// The labels that all the alerts share.
fn shared_labels(alerts: &[AlertRecord]) -> Vec<Label> {
    let Some((first, rest)) = alerts.split_first() else { return Vec::new() };
    let shared = first
        .alert
        .content
        .labels
        .iter()
        .filter(|(name, value)| rest.iter().all(|record| record.alert.content.labels.get(*name) == Some(value)));
    shared.map(|(name, value)| Label { name: name.clone(), value: value.clone() }).collect()
}

/// Links that came with the events, each once.
fn links(alerts: &[AlertRecord]) -> Vec<Anchor> {
    let mut links: Vec<Anchor> = Vec::new();
    for link in alerts.iter().flat_map(|record| &record.alert.content.links) {
        if !links.iter().any(|known| known.href == link.href) {
            let text = if link.text.is_empty() { &link.href } else { &link.text };
            links.push(Anchor::new(&link.href, text));
        }
    }
    links
}

/// What the reader may do now.
fn actions(reader: &Reader, found: &Found) -> IncidentActions {
    let incident = &found.record.incident;
    if !reader.may(Permission::ActOnIncidents) {
        return IncidentActions::default();
    }
    let note = IncidentActions {
        note: true,
        severities: view::severities(Some(incident.severity)),
        reopen: matches!(incident.status, Status::Resolved { .. }),
        ..IncidentActions::default()
    };
    if !incident.status.is_open() {
        return note;
    }
    let is_paged = incident.page_of(reader.user.id).is_some();
    let (escalate, steps) = escalation(reader, incident);
    IncidentActions {
        acknowledge: !matches!(incident.status, Status::Acknowledged { .. }) || is_paged,
        resolve: true,
        escalate,
        steps,
        snooze: [
            ("15m", "15 minutes"),
            ("30m", "30 minutes"),
            ("1h", "1 hour"),
            ("4h", "4 hours"),
            ("12h", "12 hours"),
            ("1d", "1 day"),
        ]
        .into_iter()
        .map(|(value, label)| Choice::new(value, label, value == "1h"))
        .collect(),
        reassign: reassign(reader),
        merge: merge(found),
        ..note
    }
}

/// Where an escalation leads, and all the steps of the ladder.
fn escalation(reader: &Reader, incident: &Incident) -> (Option<String>, Vec<Choice>) {
    let Some(run) = incident.run.as_ref().filter(|run| !run.policy.steps.is_empty()) else {
        return (None, Vec::new());
    };
    let count = run.policy.steps.len();
    let next = if run.step < count { run.step + 1 } else { 1 };
    let steps = run.policy.steps.iter().enumerate().map(|(place, step)| {
        let names: Vec<String> = step.targets.iter().map(|target| reader.names().target(target)).collect();
        Choice::new((place + 1).to_string(), format!("Step {}: {}", place + 1, names.join(", ")), place + 1 == next)
    });
    let whither = format!("{}: next is step {next} of {count}.", run.policy.name);
    (Some(whither), steps.collect())
}

/// To whom it can be given.
fn reassign(reader: &Reader) -> Vec<Choice> {
    let people = reader.directory.users().filter(|user| !user.suspended);
    let people = people.map(|user| Choice::new(format!("user:{}", user.slug), &user.name, false));
    let policies = reader.directory.policies();
    let policies = policies
        .map(|policy| Choice::new(format!("policy:{}", policy.slug), format!("{} (policy)", policy.name), false));
    people.chain(policies).collect()
}

/// Into which open incidents it can be merged, those of the same service first.
fn merge(found: &Found) -> Vec<Choice> {
    let mut others: Vec<&IncidentRecord> = found.others.iter().filter(|other| other.id != found.record.id).collect();
    others.sort_by_key(|other| other.incident.service != found.record.incident.service);
    let choice = |other: &&IncidentRecord| {
        let reference = other.reference();
        Choice::new(reference.clone(), format!("{reference} {}", other.incident.title), false)
    };
    others.iter().map(choice).collect()
}
