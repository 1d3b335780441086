//! Alerts: the list, and one.

use std::collections::BTreeMap;

use allclear_core::alert::Status;
use allclear_core::directory::Kind;
use allclear_core::id::{AlertId, IncidentId, ServiceId};
use allclear_core::sentence;
use allclear_engine::{EventAddress, StoredEvent};
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::{Result as Stored, Tx, incidents};
use axum::extract::Path;

use super::form::Query;
use super::incidents::number;
use super::messages;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::pages::{AlertPage, AlertRow, AlertsPage, Anchor, Day, Label, Moment, Pager, Section, Tab, Weight};
use crate::problem::Problem;

/// How many rows a page has.
const ROWS: usize = 50;
/// How many alerts are read at once, and how often.
const BATCH: i64 = 200;
const BATCHES: usize = 10;
/// How many events of an alert are shown.
const EVENTS: usize = 20;

/// What the address asks for.
#[derive(Debug, Clone)]
struct Wanted {
    state: &'static str,
    query: String,
    service: Option<(ServiceId, String)>,
    incident: Option<i64>,
    before: Option<AlertId>,
}

const STATES: [(&str, &str); 3] = [("firing", "Firing"), ("resolved", "Resolved"), ("all", "All")];

impl Wanted {
    fn of(reader: &Reader, query: &Query) -> Self {
        let incident = number(query.text("incident"));
        let otherwise = if incident.is_some() { "all" } else { "firing" };
        let state = STATES.iter().find(|(word, _)| *word == query.text("state"));
        let service = reader.directory.services().find(|service| service.slug == query.text("service"));
        Self {
            state: state.map_or(otherwise, |(word, _)| word),
            query: query.text("q").to_owned(),
            service: service.map(|service| (service.id, service.slug.clone())),
            incident,
            before: query.parsed("before"),
        }
    }

    /// Words of the summary, or `name=value` of a label.
    fn takes(&self, record: &AlertRecord) -> bool {
        let alert = &record.alert;
        let summary = alert.summary.to_lowercase();
        let words = self.query.split_whitespace().all(|word| match word.split_once('=') {
            Some((name, value)) => alert.content.labels.get(name).is_some_and(|known| known == value),
            None => summary.contains(&word.to_lowercase()),
        });
        let state = match alert.status {
            Status::Firing => self.state != "resolved",
            Status::Resolved { .. } => self.state != "firing",
        };
        words && state && self.service.as_ref().is_none_or(|(service, _)| *service == alert.service)
    }

    fn address(&self, state: &str, before: &str) -> String {
        let service = self.service.as_ref().map_or("", |(_, slug)| slug);
        let incident = self.incident.map(incidents::reference).unwrap_or_default();
        let fields =
            [("state", state), ("q", &self.query), ("service", service), ("incident", &incident), ("before", before)];
        view::address("/alerts", &fields)
    }
}

/// What was found.
struct Found {
    rows: Vec<AlertRecord>,
    references: BTreeMap<IncidentId, String>,
    firing: i64,
    older: Option<AlertId>,
    looked: u64,
}

async fn read(tx: &mut Tx<'_>, wanted: &Wanted) -> Stored<Found> {
    let incident = match wanted.incident {
        Some(number) => incidents::by_number(tx, number).await?.map(|record| record.id),
        None => None,
    };
    let (mut rows, mut before, mut older, mut looked) = (Vec::new(), wanted.before, None, 0);
    for _ in 0..BATCHES {
        let batch = match incident {
            Some(incident) => alerts::of_incident(tx, incident, before, BATCH).await?,
            None => alerts::list(tx, wanted.state == "firing", before, BATCH).await?,
        };
        let is_last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
        before = batch.last().map(|record| record.id);
        looked += batch.len() as u64;
        rows.extend(batch.into_iter().filter(|record| wanted.takes(record)));
        if rows.len() > ROWS {
            rows.truncate(ROWS);
            older = rows.last().map(|record| record.id);
            break;
        }
        older = before.filter(|_| !is_last);
        if is_last {
            break;
        }
    }
    let mut references = BTreeMap::new();
    for incident in rows.iter().filter_map(|record| record.alert.incident) {
        if !references.contains_key(&incident)
            && let Some(record) = incidents::find(tx, incident).await?
        {
            references.insert(incident, record.reference());
        }
    }
    Ok(Found { rows, references, firing: alerts::firing_count(tx).await?, older, looked })
}

/// The list.
pub(super) async fn list(reader: Reader, query: Query) -> Reply {
    let wanted = Wanted::of(&reader, &query);
    let found = reader.engine().database().read(wanted.clone(), |wanted, tx| Box::pin(read(tx, wanted))).await?;
    let firing = u64::try_from(found.firing).ok();
    let tab = |(state, label): (&'static str, &str)| Tab {
        href: wanted.address(state, ""),
        label: label.to_owned(),
        count: if state == "firing" { firing } else { None },
        current: state == wanted.state,
    };
    let chosen = wanted.service.as_ref().map_or("", |(_, slug)| slug);
    let page = AlertsPage {
        shell: reader.shell("Alerts", Section::Alerts).await?,
        states: STATES.into_iter().map(tab).collect(),
        state: wanted.state.to_owned(),
        query: wanted.query.clone(),
        services: view::choices_or("Every service", &reader.directory, Kind::Service, chosen),
        is_filtered: !wanted.query.is_empty() || wanted.service.is_some() || wanted.incident.is_some(),
        rows: found.rows.iter().map(|record| row(&reader, record, &found.references)).collect(),
        pager: Pager {
            shown: format!("{} alerts", found.rows.len()),
            newer: wanted.before.map(|_| wanted.address(wanted.state, "")),
            older: found.older.map(|id| wanted.address(wanted.state, &id.to_string())),
            looked: found.looked,
        },
    };
    reader.show(&page)
}

fn row(reader: &Reader, record: &AlertRecord, references: &BTreeMap<IncidentId, String>) -> AlertRow {
    let alert = &record.alert;
    let reference = alert.incident.and_then(|incident| references.get(&incident));
    AlertRow {
        href: format!("/alerts/{}", record.id),
        id: record.id.to_string(),
        summary: alert.summary.clone(),
        severity: alert.severity,
        state: view::alert_state(alert.status),
        service: view::service(&reader.directory, alert.service),
        incident: reference.map(|reference| view::incident_anchor(reference)),
        why: record.placement.as_ref().map(sentence::placement).unwrap_or_default(),
        count: alert.count,
        last_seen: reader.when(alert.last_seen),
    }
}

/// An alert, what its incident is called, and from which messages it was built.
type Kept = (AlertRecord, Option<String>, Vec<EventAddress>);

async fn read_one(tx: &mut Tx<'_>, id: AlertId) -> Stored<Option<Kept>> {
    let Some(record) = alerts::find(tx, id).await? else { return Ok(None) };
    let reference = match record.alert.incident {
        Some(incident) => incidents::find(tx, incident).await?.map(|record| record.reference()),
        None => None,
    };
    let mut built = Vec::new();
    for (segment, positions) in alerts::events(tx, id, EVENTS as i64).await? {
        let positions = positions.rsplit(',').filter_map(|position| position.parse().ok());
        built.extend(positions.map(|position| EventAddress { segment, position }));
    }
    built.truncate(EVENTS);
    Ok(Some((record, reference, built)))
}

/// One alert.
pub(super) async fn one(reader: Reader, Path(id): Path<String>) -> Reply {
    let missing = || Problem::not_found("alert");
    let id: AlertId = id.parse().map_err(|_| missing())?;
    let read = reader.engine().database().read(id, |id, tx| Box::pin(read_one(tx, *id)));
    let (record, reference, addresses) = read.await?.ok_or_else(missing)?;
    let mut built = Vec::with_capacity(addresses.len());
    for address in addresses {
        built.extend(reader.engine().event(address).await?);
    }
    let alert = &record.alert;
    let content = &alert.content;
    let details = if content.details.is_null() {
        String::new()
    } else {
        serde_json::to_string_pretty(&content.details).unwrap_or_default()
    };
    let page = AlertPage {
        shell: reader.shell(alert.summary.clone(), Section::Alerts).await?,
        summary: alert.summary.clone(),
        severity: alert.severity,
        state: view::alert_state(alert.status),
        service: view::service(&reader.directory, alert.service),
        integration: Some(messages::integration_anchor(&reader.directory, alert.integration)),
        incident: reference.map(|reference| view::incident_anchor(&reference)),
        why: record.placement.iter().map(sentence::placement).collect(),
        source: content.source.clone(),
        dedup_key: alert.key.clone(),
        count: alert.count,
        first_seen: reader.when(alert.first_seen),
        last_seen: reader.when(alert.last_seen),
        expires: alert.expires_at.filter(|_| alert.status == Status::Firing).map(|at| reader.when(at)),
        labels: content.labels.iter().map(|(name, value)| Label { name: name.clone(), value: value.clone() }).collect(),
        links: links(&record),
        details,
        days: days(&reader, &record, &built),
    };
    reader.show(&page)
}

/// Links that came with it, with the client first.
fn links(record: &AlertRecord) -> Vec<Anchor> {
    let content = &record.alert.content;
    let images = content.images.iter().map(|image| (&image.src, image.alt.as_deref().unwrap_or("Picture")));
    let links = content.client.iter().chain(&content.links).map(|link| (&link.href, link.text.as_str()));
    let all = links.chain(images).filter(|(href, _)| !href.is_empty());
    all.map(|(href, text)| Anchor::new(href, if text.is_empty() { href } else { text })).collect()
}

/// The events from which it was built, newest day first.
fn days(reader: &Reader, record: &AlertRecord, built: &[StoredEvent]) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for message in built {
        let label = reader.when(message.received_at).day();
        let parsed = messages::parsed(message);
        let became = message.became.as_ref();
        for (place, event) in parsed.events.iter().enumerate().filter(|(_, event)| event.dedup_key == record.alert.key)
        {
            let outcome =
                became.and_then(|became| became.events.get(place)).map(|event| sentence::outcome(&event.outcome));
            let moment = Moment {
                folded: Vec::new(),
                at: reader.when(message.received_at),
                icon: "alert",
                weight: Weight::Plain,
                who: None,
                sentence: outcome.unwrap_or_default(),
                why: Some(event.summary.clone()),
                said: None,
                link: None,
            };
            match days.last_mut() {
                Some(day) if day.label == label => day.moments.push(moment),
                _ => days.push(Day { label: label.clone(), moments: vec![moment] }),
            }
        }
    }
    days
}
