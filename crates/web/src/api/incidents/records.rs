//! What belongs to an incident: its timeline, alerts, deliveries, and what happens next.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::fact::Fact;
use allclear_core::id::{AlertId, DeliveryId, IncidentId, TokenId, UserId};
use allclear_core::sentence;
use allclear_core::upcoming::{self, Event, Upcoming};
use allclear_store::deliveries::{self, DeliveryRecord, Search};
use allclear_store::incidents::{self, IncidentRecord, StoredEntry};
use allclear_store::{Result as Stored, Tx, alerts};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::find;
use crate::api::Api;
use crate::api::alerts::AlertView;
use crate::api::deliveries::DeliveryView;
use crate::api::extract::{Asker, Params};
use crate::api::page::{Listed, Page, Paging};
use crate::api::parts::{Author, Reference};
use crate::auth::token_names;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_timeline))
        .on(May(Permission::View), routes!(list_alerts_of_incident))
        .on(May(Permission::View), routes!(list_deliveries_of_incident))
        .on(May(Permission::View), routes!(get_upcoming))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// What happened by one decision about an incident.
#[derive(Debug, Serialize, ToSchema)]
struct TimelineEntry {
    /// Its place in the timeline, from 1.
    number: u64,
    /// When.
    at: Timestamp,
    /// Who caused it.
    by: Author,
    /// What happened, in order.
    facts: Vec<FactView>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fact)]
struct FactView {
    /// It in words, with times in the zone of whoever asks.
    sentence: String,
    /// It as data: `fact` says what happened; the other fields depend on it, and more may come.
    #[schema(value_type = Object)]
    data: Fact,
}

/// A page of a journal, and what its sentences need beside it.
struct Told {
    entries: Vec<StoredEntry>,
    /// Whom each page went to.
    pages: BTreeMap<u32, UserId>,
    /// What the other incidents are called that the facts name.
    incidents: BTreeMap<IncidentId, String>,
    /// What the tokens are called by which programs acted.
    tokens: BTreeMap<TokenId, String>,
}

impl Told {
    async fn read(tx: &mut Tx<'_>, incident: IncidentId, after: u64, rows: i64) -> Stored<Self> {
        let entries = incidents::journal(tx, incident, after, rows).await?;
        let mut told = Self { entries, pages: BTreeMap::new(), incidents: BTreeMap::new(), tokens: BTreeMap::new() };
        let (mut others, mut actors) = (Vec::new(), Vec::new());
        let mut failed = false;
        for entry in &told.entries {
            let entry = entry.entry()?;
            actors.push(entry.actor);
            told.pages.append(&mut sentence::pages_of(&entry.facts));
            for fact in &entry.facts {
                if let Fact::IncidentMerged { into: other } | Fact::IncidentAbsorbed { incident: other, .. } = fact {
                    others.push(*other);
                }
                failed |= matches!(fact, Fact::ContactFailed { page, .. } if !told.pages.contains_key(page));
            }
        }
        if failed {
            // A page that failed here began before this part of the journal.
            for entry in incidents::journal(tx, incident, 0, after.cast_signed()).await? {
                told.pages.append(&mut sentence::pages_of(&entry.entry()?.facts));
            }
        }
        for other in others {
            if let Some(record) = incidents::find(tx, other).await? {
                told.incidents.insert(other, record.reference());
            }
        }
        told.tokens = token_names(tx, actors).await?;
        Ok(told)
    }

    fn entry(&self, asker: &Asker, stored: &StoredEntry) -> Stored<TimelineEntry> {
        let entry = stored.entry()?;
        let names = asker.names().with_pages(&self.pages).with_incidents(&self.incidents).with_tokens(&self.tokens);
        let tell = |fact: Fact| {
            let sentence = sentence::fact(&names, entry.at, entry.actor, &fact);
            FactView { sentence, data: fact }
        };
        Ok(TimelineEntry {
            number: stored.number,
            at: entry.at,
            by: Author::of(&asker.directory, &names, entry.actor),
            facts: entry.facts.into_iter().map(tell).collect(),
        })
    }
}

/// Get the timeline of an incident
///
/// Everything that happened to it, oldest first.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/timeline", tag = "Incidents", operation_id = "listTimeline",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`"), PageParams),
    responses((status = 200, description = "A page of the timeline.", body = Page<TimelineEntry>))
)]
async fn list_timeline(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Path(reference): Path<String>,
    Params(params): Params<PageParams>,
) -> Result<Listed<TimelineEntry>, Problem> {
    let paging = Paging::<u64>::new(uri, params.cursor, params.limit)?;
    let record = find(asker.engine(), &reference).await?;
    let after = paging.after.unwrap_or(0);
    let read = asker.engine().database().read((record.id, after, paging.rows()), |(incident, after, rows), tx| {
        Box::pin(Told::read(tx, *incident, *after, *rows))
    });
    let told = read.await?;
    let entries = told.entries.iter().map(|entry| told.entry(&asker, entry)).collect::<Stored<Vec<_>>>()?;
    Ok(paging.page(entries, |entry| entry.number.to_string(), |entry| entry))
}

/// List the alerts of an incident
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/alerts", tag = "Incidents", operation_id = "listAlertsOfIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`"), PageParams),
    responses((status = 200, description = "A page of alerts.", body = Page<AlertView>))
)]
async fn list_alerts_of_incident(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Path(reference): Path<String>,
    Params(params): Params<PageParams>,
) -> Result<Listed<AlertView>, Problem> {
    let paging = Paging::<AlertId>::new(uri, params.cursor, params.limit)?;
    let record = find(asker.engine(), &reference).await?;
    let found = asker.engine().database().read((record.id, paging.after, paging.rows()), |(id, before, rows), tx| {
        Box::pin(alerts::of_incident(tx, *id, *before, *rows))
    });
    Ok(paging.page(found.await?, |alert| alert.id.to_string(), |alert| AlertView::of(&asker, alert)))
}

/// List the deliveries of an incident
///
/// Every message about it, newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/deliveries", tag = "Incidents", operation_id = "listDeliveriesOfIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`"), PageParams),
    responses((status = 200, description = "A page of deliveries.", body = Page<DeliveryView>))
)]
async fn list_deliveries_of_incident(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Path(reference): Path<String>,
    Params(params): Params<PageParams>,
) -> Result<Listed<DeliveryView>, Problem> {
    let paging = Paging::<DeliveryId>::new(uri, params.cursor, params.limit)?;
    let record = find(asker.engine(), &reference).await?;
    let search = Search { incident: Some(record.id), before: paging.after, ..Search::default() };
    let found = asker
        .engine()
        .database()
        .read((search, paging.rows()), |(search, rows), tx| Box::pin(deliveries::search(tx, *search, *rows)));
    let cursor = |delivery: &DeliveryRecord| delivery.id.to_string();
    Ok(paging.page(found.await?, cursor, |delivery| DeliveryView::of(&asker, &delivery)))
}

/// What happens to an incident if nobody does anything.
#[derive(Debug, Serialize, ToSchema)]
struct UpcomingView {
    /// In order of time.
    items: Vec<UpcomingEvent>,
}

/// Something that will happen.
#[derive(Debug, Serialize, ToSchema)]
struct UpcomingEvent {
    /// When.
    at: Timestamp,
    /// It in words.
    sentence: String,
    /// What: `contact` (somebody is tried by their next contact method), `step` (a step of the escalation is taken),
    /// `unresolved` (others are told, because it stays unresolved), `exhausted` (nobody is left but the admins),
    /// `lapse` (the acknowledgement lapses) or `snooze_end`.
    what: &'static str,
    /// Whom it pages.
    people: Vec<Reference>,
}

impl UpcomingEvent {
    fn of(asker: &Asker, upcoming: Upcoming) -> Self {
        let (what, people) = match upcoming.what {
            Event::Contact { user, .. } => ("contact", vec![user]),
            Event::Step { people, .. } => ("step", people),
            Event::Unresolved { people, .. } => ("unresolved", people),
            Event::Exhausted { admins } => ("exhausted", admins),
            Event::Lapse => ("lapse", Vec::new()),
            Event::SnoozeEnd => ("snooze_end", Vec::new()),
        };
        let people = Reference::people(&asker.directory, people);
        Self { at: upcoming.at, sentence: upcoming.sentence, what, people }
    }
}

/// See what happens next
///
/// What happens to an incident if nobody does anything and the configuration stays as it is.
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/upcoming", tag = "Incidents", operation_id = "getUpcoming",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "What happens next.", body = UpcomingView))
)]
async fn get_upcoming(asker: Asker, Path(reference): Path<String>) -> Result<Json<UpcomingView>, Problem> {
    let IncidentRecord { incident, .. } = find(asker.engine(), &reference).await?;
    let coming = upcoming::upcoming(&incident, &asker.directory, asker.now());
    let items = coming.into_iter().map(|upcoming| UpcomingEvent::of(&asker, upcoming)).collect();
    Ok(Json(UpcomingView { items }))
}
