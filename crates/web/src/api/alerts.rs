//! Alerts.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::alert::{Clearing, Content, Status};
use allclear_core::directory::Kind;
use allclear_core::id::{AlertId, IncidentId};
use allclear_core::sentence;
use allclear_core::severity::Severity;
use allclear_engine::EventAddress;
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::{Result as Stored, Tx, inbox};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::extract::{Asker, Params, missing};
use super::page::{Listed, Page, Paging};
use super::parts::Reference;
use super::{Api, words};
use crate::gate::Access::May;
use crate::problem::Problem;

/// How many segments with events an alert shows.
const EVENTS: i64 = 20;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_alerts)).on(May(Permission::View), routes!(get_alert))
}

/// An alert: a condition that a source told us about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(super) struct AlertView {
    /// Its identity.
    #[schema(value_type = String, example = "alr_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: AlertId,
    /// Whether the condition holds, as far as we know.
    firing: bool,
    /// One line for people.
    summary: String,
    /// The worst severity that the source gave it.
    #[schema(value_type = words::Severity)]
    severity: Severity,
    /// The service it is about.
    service: Reference,
    /// The integration that raised it.
    integration: Reference,
    /// The key by which the source names the condition.
    dedup_key: String,
    /// How many triggers were received.
    count: u64,
    /// When the first trigger was received.
    first_seen: Timestamp,
    /// When the latest trigger was received.
    last_seen: Timestamp,
    /// When it is over unless the source speaks again before.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Since when it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    /// How we know that it is over: `by_source`, `expired` or `by_person`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cleared: Option<Clearing>,
    /// The incident that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    incident: Option<IncidentId>,
    /// Why it belongs there, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<String>,
    /// What is affected.
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    /// Its labels.
    labels: BTreeMap<String, String>,
    /// Its links.
    links: Vec<Link>,
    /// Whatever else the source said.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    details: serde_json::Value,
}

/// A link that came with an event.
#[derive(Debug, Serialize, ToSchema)]
struct Link {
    /// Where it leads.
    href: String,
    /// What to call it.
    text: String,
}

impl AlertView {
    pub(super) fn of(asker: &Asker, AlertRecord { id, alert, placement }: AlertRecord) -> Self {
        let (firing, resolved_at, cleared) = match alert.status {
            Status::Firing => (true, None, None),
            Status::Resolved { at, how } => (false, Some(at), Some(how)),
        };
        let Content { source, labels, links, details, .. } = Content::clone(&alert.content);
        Self {
            id,
            firing,
            summary: alert.summary,
            severity: alert.severity,
            service: Reference::thing(&asker.directory, Kind::Service, alert.service.uuid()),
            integration: Reference::thing(&asker.directory, Kind::Integration, alert.integration.uuid()),
            dedup_key: alert.key,
            count: alert.count,
            first_seen: alert.first_seen,
            last_seen: alert.last_seen,
            expires_at: alert.expires_at,
            resolved_at,
            cleared,
            incident: alert.incident,
            placement: placement.as_ref().map(sentence::placement),
            source,
            labels,
            links: links.into_iter().map(|link| Link { href: link.href, text: link.text }).collect(),
            details,
        }
    }
}

/// An alert with the latest events that it was built from.
#[derive(Debug, Serialize, ToSchema)]
struct AlertWithEvents {
    #[serde(flatten)]
    alert: AlertView,
    /// Those events, newest first. To read them whole, ask for each by its id.
    events: Vec<EventOfAlert>,
}

/// An event that an alert was built from.
#[derive(Debug, Serialize, ToSchema)]
struct EventOfAlert {
    /// Its id.
    #[schema(example = "evt_0000000000200")]
    id: String,
    /// When it was received, give or take a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<Timestamp>,
}

/// Which alerts a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlertParams {
    /// `firing` for those whose condition holds, or `all`.
    #[serde(default)]
    #[param(inline)]
    state: State,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlertState)]
enum State {
    Firing,
    #[default]
    All,
}

/// List alerts
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "Alerts", operation_id = "listAlerts",
    params(AlertParams), responses((status = 200, description = "A page of alerts.", body = Page<AlertView>))
)]
async fn list_alerts(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<AlertParams>,
) -> Result<Listed<AlertView>, Problem> {
    let paging = Paging::<AlertId>::new(uri, params.cursor, params.limit)?;
    let wanted = (params.state == State::Firing, paging.after, paging.rows());
    let found = asker
        .engine()
        .database()
        .read(wanted, |(firing, before, rows), tx| Box::pin(alerts::list(tx, *firing, *before, *rows)));
    Ok(paging.page(found.await?, |alert| alert.id.to_string(), |alert| AlertView::of(&asker, alert)))
}

/// Get an alert
#[utoipa::path(
    get, path = "/api/v1/alerts/{alert}", tag = "Alerts", operation_id = "getAlert",
    params(("alert" = String, Path, description = "`alr_…`")),
    responses((status = 200, description = "The alert, with its latest events.", body = AlertWithEvents))
)]
async fn get_alert(asker: Asker, Path(id): Path<String>) -> Result<Json<AlertWithEvents>, Problem> {
    let alert: AlertId = id.parse().map_err(|_| missing("alert", &id))?;
    let read = asker.engine().database().read(alert, |alert, tx| Box::pin(with_events(tx, *alert)));
    let (record, events) = read.await?.ok_or_else(|| missing("alert", &id))?;
    Ok(Json(AlertWithEvents { alert: AlertView::of(&asker, record), events }))
}

async fn with_events(tx: &mut Tx<'_>, id: AlertId) -> Stored<Option<(AlertRecord, Vec<EventOfAlert>)>> {
    let Some(record) = alerts::find(tx, id).await? else { return Ok(None) };
    let mut events = Vec::new();
    for (segment, positions) in alerts::events(tx, id, EVENTS).await? {
        let received_at = inbox::received_at(tx, segment).await?;
        let positions = positions.split(',').rev().filter_map(|position| position.parse().ok());
        events.extend(
            positions.map(|position| EventOfAlert { id: EventAddress { segment, position }.to_string(), received_at }),
        );
    }
    Ok(Some((record, events)))
}
