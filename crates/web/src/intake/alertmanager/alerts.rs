//! The alerts of a service, as Alertmanager shows its own.

use std::collections::{BTreeMap, HashMap};

use allclear_core::alert::Content;
use allclear_core::id::{AlertId, IncidentId, ServiceId};
use allclear_inbound::fingerprint;
use allclear_store::alerts::AlertRecord;
use allclear_store::{Result as Stored, Tx, alerts, incidents};
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::Asked;
use super::answer::{self, Answered};

/// How many alerts are read at once.
const BATCH: i64 = 1_000;
/// What Go sends for a moment that is not known: an alert without a known end.
const NOT_KNOWN: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// `gettableAlert` of the OpenAPI document.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    fingerprint: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    starts_at: Timestamp,
    ends_at: Timestamp,
    updated_at: Timestamp,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    receivers: [Name; 1],
    status: Status,
}

#[derive(Debug, Clone, Serialize)]
struct Name {
    name: String,
}

/// Every alert here pages, so none is ever suppressed.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    state: &'static str,
    silenced_by: [String; 0],
    inhibited_by: [String; 0],
    muted_by: [String; 0],
}

const ACTIVE: Status = Status { state: "active", silenced_by: [], inhibited_by: [], muted_by: [] };

impl Shown {
    /// What came from Prometheus is shown as it came. What another kind of tool sent has labels of its own, or none: it
    /// gets a name and a summary.
    fn of(record: AlertRecord, receiver: &str) -> Self {
        let AlertRecord { alert, .. } = record;
        let Content { mut labels, links, details, starts_at, .. } = Content::clone(&alert.content);
        let mut annotations = annotations(&details);
        let mut fingerprint = fingerprint(labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if fingerprint != alert.key {
            labels.entry("alertname".to_owned()).or_insert_with(|| alert.summary.clone());
            annotations.entry("summary".to_owned()).or_insert(alert.summary);
            // Two alerts may have the same labels, but never the same key.
            fingerprint = allclear_inbound::fingerprint([("dedup_key", alert.key.as_str())]);
        }
        Self {
            fingerprint,
            labels,
            annotations,
            starts_at: starts_at.unwrap_or(alert.first_seen),
            ends_at: alert.expires_at.unwrap_or(NOT_KNOWN),
            updated_at: alert.last_seen,
            generator_url: links.into_iter().find(|link| link.text == "Rule").map(|link| link.href).unwrap_or_default(),
            receivers: [Name { name: receiver.to_owned() }],
            status: ACTIVE,
        }
    }
}

fn annotations(details: &serde_json::Value) -> BTreeMap<String, String> {
    let given = details.get("annotations").and_then(serde_json::Value::as_object);
    let texts =
        given.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

pub(super) async fn list(asked: Asked) -> Answered<Response> {
    let mut all: Vec<Shown> = wanted(&asked).await?.into_iter().map(|(_, alert)| alert).collect();
    all.sort_by(|one, other| one.fingerprint.cmp(&other.fingerprint));
    Ok(answer::found(all))
}

/// Groups are incidents.
pub(super) async fn groups(asked: Asked) -> Answered<Response> {
    let mut groups: BTreeMap<Option<IncidentId>, Vec<Shown>> = BTreeMap::new();
    for (incident, alert) in wanted(&asked).await? {
        groups.entry(incident).or_default().push(alert);
    }
    let ids: Vec<IncidentId> = groups.keys().copied().flatten().collect();
    let read = asked.app.engine().database().read(ids, |ids, tx| Box::pin(references(tx, ids)));
    let references = read.await.map_err(|error| answer::failed(&error))?;
    let shown = groups.into_iter().map(|(incident, mut alerts)| {
        alerts.sort_by(|one, other| one.fingerprint.cmp(&other.fingerprint));
        let reference = incident.and_then(|incident| references.get(&incident));
        json!({
            "labels": reference.map(|reference| ("incident", reference)).into_iter().collect::<BTreeMap<_, _>>(),
            "routeLabels": {},
            "receiver": {"name": asked.service.slug},
            "alerts": alerts,
        })
    });
    Ok(answer::found(shown.collect::<Vec<_>>()))
}

/// The alerts that are asked for, with their incidents.
async fn wanted(asked: &Asked) -> Answered<Vec<(Option<IncidentId>, Shown)>> {
    let filter = asked.filter()?;
    // Nothing is suppressed, so who does not want active alerts wants none.
    if !asked.receiver_fits()? || !asked.flag("active") {
        return Ok(Vec::new());
    }
    let read = asked.app.engine().database().read(asked.service.id, |service, tx| Box::pin(firing(tx, *service)));
    let records = read.await.map_err(|error| answer::failed(&error))?;
    let shown = records.into_iter().map(|record| (record.alert.incident, Shown::of(record, &asked.service.slug)));
    Ok(shown.filter(|(_, alert)| filter.iter().all(|matcher| matcher.fits(&alert.labels))).collect())
}

/// The alerts of a service that fire.
async fn firing(tx: &mut Tx<'_>, service: ServiceId) -> Stored<Vec<AlertRecord>> {
    let mut found = Vec::new();
    let mut before: Option<AlertId> = None;
    loop {
        let batch = alerts::list(tx, true, before, BATCH).await?;
        before = batch.last().map(|record| record.id);
        let is_last = batch.len() < BATCH as usize;
        found.extend(batch.into_iter().filter(|record| record.alert.service == service));
        if is_last {
            return Ok(found);
        }
    }
}

/// What people call these incidents.
async fn references(tx: &mut Tx<'_>, ids: &[IncidentId]) -> Stored<HashMap<IncidentId, String>> {
    let mut found = HashMap::new();
    for id in ids {
        if let Some(record) = incidents::find(tx, *id).await? {
            found.insert(*id, record.reference());
        }
    }
    Ok(found)
}
