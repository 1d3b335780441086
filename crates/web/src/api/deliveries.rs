//! The delivery ledger: every message, and what came of it.

use allclear_core::access::Permission;
use allclear_core::delivery::{Outcome, Status, Step};
use allclear_core::directory::Kind;
use allclear_core::id::{DeliveryId, IncidentId, UserId};
use allclear_core::incident::Update;
use allclear_core::sentence;
use allclear_core::severity::Severity;
use allclear_store::deliveries::{self, Attempt, DeliveryRecord, Purpose, Search};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::extract::{Asker, Params, missing};
use super::page::{Listed, Page, Paging};
use super::parts::{Reference, named};
use super::{Api, incidents, words};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_deliveries))
        .on(May(Permission::View), routes!(get_delivery))
        .on(May(Permission::ActOnIncidents), routes!(retry_delivery))
}

/// A delivery: one message to one contact method.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryView {
    /// Its identity, which the other side gets with every attempt.
    #[schema(value_type = String, example = "dlv_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: DeliveryId,
    /// Where it stands.
    #[schema(value_type = words::DeliveryStatus)]
    status: &'static str,
    /// What it is for: `page`, `bundle`, `acknowledged`, `resolved`, `verification`, `test`, `cover` or `handover`.
    purpose: &'static str,
    /// Why somebody is paged, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The incident it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    incident: Option<IncidentId>,
    /// Whose service that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Reference>,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<Severity>,
    /// To whom.
    user: Reference,
    /// By which of their contact methods.
    contact: String,
    /// Through which channel.
    channel: String,
    /// How many attempts were begun.
    attempts: u32,
    /// When it was decided.
    created_at: Timestamp,
    /// When it changed for the last time.
    changed_at: Timestamp,
    /// When it is tried (again).
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    /// The bundle in which its content went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    bundle: Option<DeliveryId>,
    /// What the other side said, or why it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl DeliveryView {
    pub(super) fn of(asker: &Asker, record: &DeliveryRecord) -> Self {
        let directory = &asker.directory;
        // The code of a verification is for its reader alone.
        let (purpose, why) = match &record.purpose {
            Purpose::Page { why, .. } => ("page", Some(sentence::why_paged(&asker.names(), why))),
            Purpose::Bundle { .. } => ("bundle", None),
            Purpose::Inform { update: Update::Acknowledged } => ("acknowledged", None),
            Purpose::Inform { update: Update::Resolved } => ("resolved", None),
            Purpose::Verify { .. } => ("verification", None),
            Purpose::Test => ("test", None),
            Purpose::Cover { .. } => ("cover", None),
            Purpose::Handover { .. } => ("handover", None),
        };
        let contact = directory.user(record.user).and_then(|user| user.contact(record.contact));
        Self {
            id: record.id,
            status: record.delivery.status.word(),
            purpose,
            why,
            incident: record.incident,
            service: record.service.map(|service| Reference::thing(directory, Kind::Service, service.uuid())),
            severity: record.severity,
            user: Reference::person(directory, record.user),
            contact: contact.map_or_else(|| "one that is no longer here".to_owned(), |contact| contact.name.clone()),
            channel: record.channel.clone(),
            attempts: record.delivery.attempts,
            created_at: record.created_at,
            changed_at: record.changed_at,
            due_at: record.delivery.due_at,
            bundle: record.bundle,
            detail: record.detail.clone(),
        }
    }
}

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryWithAttempts {
    #[serde(flatten)]
    delivery: DeliveryView,
    /// Its attempts, in order.
    tries: Vec<AttemptView>,
}

/// An attempt to hand a message over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView {
    /// Which one, from 1.
    number: u32,
    /// When it began.
    began_at: Timestamp,
    /// When the other side answered; nothing while it is under way, or when the sender died.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// The attempt before it never reported back, so the message may have arrived twice.
    maybe_repeated: bool,
    /// What came of it: `delivered`, `accepted`, `retry` or `refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    /// Why, where it did not get through; the other side's handle, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// How it began, in words.
    sentence: String,
}

impl AttemptView {
    fn of(asker: &Asker, attempt: Attempt) -> Self {
        let (outcome, detail) = match attempt.outcome {
            None => (None, None),
            Some(Outcome::Delivered) => (Some("delivered"), None),
            Some(Outcome::Accepted { handle }) => (Some("accepted"), handle),
            Some(Outcome::Retry { reason, .. }) => (Some("retry"), Some(reason)),
            Some(Outcome::Refused { reason }) => (Some("refused"), Some(reason)),
        };
        let Attempt { number, began_at, ended_at, maybe_repeated, .. } = attempt;
        let sentence = sentence::delivery(&asker.names(), began_at, &Step::Attempt { number, maybe_repeated });
        Self { number, began_at, ended_at, maybe_repeated, outcome, detail, sentence }
    }
}

/// Which deliveries a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryParams {
    /// Only those with this status.
    #[param(value_type = Option<words::DeliveryStatus>)]
    status: Option<Status>,
    /// Only those to this person, by their slug.
    user: Option<String>,
    /// Only those about this incident: `INC-142`, `142` or `inc_…`.
    incident: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// List deliveries
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/deliveries", tag = "Deliveries", operation_id = "listDeliveries",
    params(DeliveryParams), responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryView>))
)]
async fn list_deliveries(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<DeliveryParams>,
) -> Result<Listed<DeliveryView>, Problem> {
    let paging = Paging::<DeliveryId>::new(uri, params.cursor, params.limit)?;
    let user = params.user.as_ref().map(|slug| named(&asker.directory, Kind::User, "user", slug)).transpose()?;
    let incident = match &params.incident {
        Some(reference) => Some(incidents::find(asker.engine(), reference).await?.id),
        None => None,
    };
    let user = user.map(|user| UserId::new(user.uuid()));
    let search = Search { status: params.status, user, incident, before: paging.after };
    let found = asker
        .engine()
        .database()
        .read((search, paging.rows()), |(search, rows), tx| Box::pin(deliveries::search(tx, *search, *rows)));
    let cursor = |delivery: &DeliveryRecord| delivery.id.to_string();
    Ok(paging.page(found.await?, cursor, |delivery| DeliveryView::of(&asker, &delivery)))
}

async fn find(asker: &Asker, text: &str) -> Result<(DeliveryRecord, Vec<Attempt>), Problem> {
    let id: DeliveryId = text.parse().map_err(|_| missing("delivery", text))?;
    let read = asker.engine().database().read(id, |id, tx| {
        Box::pin(async move {
            let Some(record) = deliveries::find(tx, *id).await? else { return Ok(None) };
            Ok(Some((record, deliveries::attempts(tx, *id).await?)))
        })
    });
    read.await?.ok_or_else(|| missing("delivery", text))
}

async fn view(asker: &Asker, text: &str) -> Result<Json<DeliveryWithAttempts>, Problem> {
    let (record, attempts) = find(asker, text).await?;
    let tries = attempts.into_iter().map(|attempt| AttemptView::of(asker, attempt)).collect();
    Ok(Json(DeliveryWithAttempts { delivery: DeliveryView::of(asker, &record), tries }))
}

/// Get a delivery
#[utoipa::path(
    get, path = "/api/v1/deliveries/{delivery}", tag = "Deliveries", operation_id = "getDelivery",
    params(("delivery" = String, Path, description = "`dlv_…`")),
    responses((status = 200, description = "The delivery, with its attempts.", body = DeliveryWithAttempts))
)]
async fn get_delivery(asker: Asker, Path(id): Path<String>) -> Result<Json<DeliveryWithAttempts>, Problem> {
    view(&asker, &id).await
}

/// Send a delivery again
///
/// One that was given up.
#[utoipa::path(
    post, path = "/api/v1/deliveries/{delivery}/retries", tag = "Deliveries", operation_id = "retryDelivery",
    params(("delivery" = String, Path, description = "`dlv_…`")),
    responses((status = 200, description = "The delivery, queued again.", body = DeliveryWithAttempts),
              (status = 409, description = "It was not given up.", body = Problem))
)]
async fn retry_delivery(asker: Asker, Path(id): Path<String>) -> Result<Json<DeliveryWithAttempts>, Problem> {
    let (record, _) = find(&asker, &id).await?;
    if !asker.engine().retry(asker.actor(), record.id).await? {
        let status = record.delivery.status.word();
        let detail = format!("This delivery is {status}; only one that failed can be sent again.");
        return Err(Problem::conflict(detail));
    }
    view(&asker, &id).await
}
