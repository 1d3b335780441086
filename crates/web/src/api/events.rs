//! Events: what sources sent, as it came, and what became of it.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::audit::AuditFact;
use allclear_core::directory::{Kind, Object};
use allclear_core::id::{AlertId, IncidentId, IntegrationId};
use allclear_core::limits;
use allclear_core::sentence;
use allclear_engine::{EventAddress, NotStored, Request, StoredEvent};
use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{OriginalUri, Path};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params, from_json, missing, must_be_json, read};
use super::page::{Listed, Page, Paging};
use super::parts::{Reference, named};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::ViewEvents), routes!(list_events))
        .on(May(Permission::ViewEvents), routes!(get_event))
        .on(May(Permission::SendEvents), routes!(send_event))
        .on(May(Permission::ReplayEvents), routes!(replay_event))
}

/// An event, as it came.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
struct EventView {
    /// Its id.
    #[schema(example = "evt_0000000000200")]
    id: String,
    /// Whose it is.
    integration: Reference,
    /// The name of the source whose parser reads it.
    source: String,
    /// When it was received.
    received_at: Timestamp,
    /// The body as it came: the text, or its bytes in base 64 where it is none.
    body: String,
    /// How `body` is written: `text` or `base64`.
    encoding: &'static str,
    /// Where it stands: `waiting` to be processed, `processed`, or in `quarantine`.
    status: &'static str,
    /// What became of each event in it.
    became: Vec<BecameView>,
    /// What was cut, left out or guessed while reading it.
    warnings: Vec<String>,
    /// Why it could not be processed. It is kept, and can be replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined: Option<String>,
}

/// What became of one event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventOutcome)]
struct BecameView {
    /// It in words.
    sentence: String,
    /// The alert.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    alert: Option<AlertId>,
    /// The incident that the alert belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    incident: Option<IncidentId>,
}

impl EventView {
    fn of(asker: &Asker, event: StoredEvent) -> Self {
        let (body, encoding) = match String::from_utf8(event.body) {
            Ok(text) => (text, "text"),
            Err(error) => (BASE64_STANDARD.encode(error.as_bytes()), "base64"),
        };
        let status = match &event.became {
            None => "waiting",
            Some(became) if became.quarantined.is_some() => "quarantine",
            Some(_) => "processed",
        };
        let became = event.became;
        let (events, warnings, quarantined) =
            became.map(|became| (became.events, became.warnings, became.quarantined)).unwrap_or_default();
        let tell = |one: allclear_engine::EventBecame| BecameView {
            sentence: sentence::outcome(&one.outcome),
            alert: one.alert,
            incident: one.incident,
        };
        Self {
            id: event.address.to_string(),
            integration: Reference::thing(&asker.directory, Kind::Integration, event.integration.uuid()),
            source: event.source,
            received_at: event.received_at,
            body,
            encoding,
            status,
            became: events.into_iter().map(tell).collect(),
            warnings,
            quarantined,
        }
    }
}

/// Which events a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventParams {
    /// Those of this integration, by its slug.
    integration: String,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// A cursor of this list: the address of an event.
struct Before(EventAddress);

impl std::str::FromStr for Before {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self)
    }
}

/// List the events of an integration
///
/// Those that were processed, newest first.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "Events", operation_id = "listEvents",
    params(EventParams), responses((status = 200, description = "A page of events.", body = Page<EventView>))
)]
async fn list_events(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<EventParams>,
) -> Result<Listed<EventView>, Problem> {
    let paging = Paging::<Before>::new(uri, params.cursor, params.limit)?;
    let integration = named(&asker.directory, Kind::Integration, "integration", &params.integration)?;
    let integration = IntegrationId::new(integration.uuid());
    let before = paging.after.as_ref().map(|Before(address)| *address);
    let found = asker.engine().events(integration, before, paging.count()).await?;
    Ok(paging.page(found, |event| event.address.to_string(), |event| EventView::of(&asker, event)))
}

async fn find(asker: &Asker, id: &str) -> Result<StoredEvent, Problem> {
    let address: EventAddress = id.parse().map_err(|()| missing("event", id))?;
    asker.engine().event(address).await?.ok_or_else(|| missing("event", id))
}

/// Get an event
#[utoipa::path(
    get, path = "/api/v1/events/{event}", tag = "Events", operation_id = "getEvent",
    params(("event" = String, Path, description = "`evt_…`, as the intake answered")),
    responses((status = 200, description = "The event.", body = EventView))
)]
async fn get_event(asker: Asker, Path(id): Path<String>) -> Result<Json<EventView>, Problem> {
    let event = find(&asker, &id).await?;
    Ok(Json(EventView::of(&asker, event)))
}

/// An event to be sent. It is kept as it came, and read as the generic webhook reads it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is read is the body itself, once it is known to be in order")]
struct NewEvent {
    /// What it asks for.
    #[serde(default)]
    #[schema(inline)]
    action: Action,
    /// Names the condition: events with the same key are about the same thing. Made from `source` and `summary` where
    /// left out.
    dedup_key: Option<String>,
    /// One line for people.
    #[schema(example = "Disk at 99% on srv01")]
    summary: Option<String>,
    /// How bad it is: `sev1` to `sev4`, or the usual words of monitoring tools, such as `critical`.
    severity: Option<String>,
    /// What is affected: a host, a job, a URL.
    source: Option<String>,
    /// Labels.
    labels: Option<BTreeMap<String, String>>,
    /// Links: where they lead, and what to call them.
    links: Option<Vec<NewLink>>,
    /// Whatever else a human may want to read.
    details: Option<serde_json::Value>,
    /// When the condition began.
    starts_at: Option<Timestamp>,
    /// When it is over unless another event comes before.
    expires_at: Option<Timestamp>,
}

/// A link of a new event.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "what is read is the body itself, once it is known to be in order")]
struct NewLink {
    /// Where it leads: `http` or `https`.
    href: String,
    /// What to call it.
    text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = EventAction)]
enum Action {
    #[default]
    Trigger,
    Acknowledge,
    Resolve,
}

/// An event that was stored.
#[derive(Debug, Serialize, ToSchema)]
struct AcceptedEvent {
    /// Its id: ask for it to see what became of it.
    #[schema(example = "evt_0000000000200")]
    id: String,
}

/// By which integration an event comes in.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SendParams {
    /// Its slug.
    integration: String,
}

/// Send an event
///
/// It is on the disk before this answers, and processed a moment later.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "Events", operation_id = "sendEvent",
    params(SendParams), request_body = NewEvent,
    responses((status = 202, description = "It is stored.", body = AcceptedEvent),
              (status = 409, description = "The integration is switched off.", body = Problem))
)]
async fn send_event(
    asker: Asker,
    Params(params): Params<SendParams>,
    headers: HeaderMap,
    body: RawBody,
) -> Result<(StatusCode, Json<AcceptedEvent>), Problem> {
    must_be_json(&headers)?;
    let body = read(body, limits::EVENT_BYTES).await?;
    let event: NewEvent = from_json(&body)?;
    if event.action == Action::Trigger && event.summary.as_deref().is_none_or(|summary| summary.trim().is_empty()) {
        return Err(Problem::field("summary", "it is missing; say in one line what is wrong"));
    }
    if event.action != Action::Trigger && event.dedup_key.is_none() && event.summary.is_none() {
        return Err(Problem::field("dedup_key", "it is missing; name the condition as its trigger did"));
    }
    let found = named(&asker.directory, Kind::Integration, "integration", &params.integration)?;
    let Object::Integration(integration) = found else { return Err(missing("integration", &params.integration)) };
    if integration.disabled {
        return Err(Problem::conflict("This integration is switched off. Switch it on before you send events by it."));
    }
    asker.app.0.intake_limit.admit(asker.now(), integration.id).map_err(Problem::too_many)?;
    let request = Request { integration: integration.id, source: "generic", dedup_key: None, body };
    store(&asker, request).await
}

/// Replay an event
///
/// Puts it through the intake again, as a new event with the same body and key.
#[utoipa::path(
    post, path = "/api/v1/events/{event}/replays", tag = "Events", operation_id = "replayEvent",
    params(("event" = String, Path, description = "`evt_…`")),
    responses((status = 202, description = "The new event.", body = AcceptedEvent),
              (status = 409, description = "Its integration or source is no longer there.", body = Problem))
)]
async fn replay_event(asker: Asker, Path(id): Path<String>) -> Result<(StatusCode, Json<AcceptedEvent>), Problem> {
    let event = find(&asker, &id).await?;
    if asker.directory.integration(event.integration).is_none() {
        return Err(Problem::conflict("Its integration is no longer there, so nobody could be paged about it."));
    }
    let Some(source) = allclear_inbound::by_name(&event.source) else {
        let detail = format!("This version has no source `{}` to read it.", event.source);
        return Err(Problem::conflict(detail));
    };
    let request = Request {
        integration: event.integration,
        source: source.name,
        dedup_key: event.dedup_key,
        body: event.body.into(),
    };
    let stored = store(&asker, request).await?;
    asker.engine().note(asker.actor(), AuditFact::EventReplayed { event: event.address.to_string() }).await?;
    Ok(stored)
}

async fn store(asker: &Asker, request: Request) -> Result<(StatusCode, Json<AcceptedEvent>), Problem> {
    let address = asker.app.0.intake.store(request).await.map_err(|error: NotStored| Problem {
        retry_after: Some(1),
        ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    })?;
    Ok((StatusCode::ACCEPTED, Json(AcceptedEvent { id: address.to_string() })))
}
