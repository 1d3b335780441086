//! Incidents.

mod acts;
mod explanations;
mod records;

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind};
use allclear_core::id::{IncidentId, ServiceId};
use allclear_core::incident::{self, Incident, Run};
use allclear_core::severity::{Severity, Urgency};
use allclear_engine::Engine;
use allclear_store::incidents::{self, Filter, IncidentRecord};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::extract::{Asker, Params, missing};
use super::page::{Listed, Page, Paging};
use super::parts::{Author, Reference, named};
use super::{Api, words};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let api = api.on(May(Permission::View), routes!(list_incidents)).on(May(Permission::View), routes!(get_incident));
    explanations::mount(records::mount(acts::mount(api)))
}

/// An incident: an unplanned disruption being worked on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Incident)]
pub(crate) struct IncidentView {
    /// Its identity.
    #[schema(value_type = String, example = "inc_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: IncidentId,
    /// What people call it.
    #[schema(example = "INC-142")]
    reference: String,
    /// Its title.
    title: String,
    /// How bad it is.
    #[schema(value_type = words::Severity)]
    severity: Severity,
    /// How loud.
    #[schema(value_type = words::Urgency)]
    urgency: Urgency,
    /// Where it stands.
    #[schema(value_type = words::IncidentStatus)]
    status: &'static str,
    /// Who brought it there; nobody when it was just opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_by: Option<Author>,
    /// Since when it stands there.
    status_since: Timestamp,
    /// Until when: the end of a snooze, or the moment at which an acknowledgement lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_until: Option<Timestamp>,
    /// The incident of which it became a part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    merged_into: Option<IncidentId>,
    /// The service it is about.
    service: Reference,
    /// When it was opened.
    opened_at: Timestamp,
    /// The key that its alerts share, where its service groups them.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// How many alerts it has had.
    alerts: u32,
    /// How many of them fire.
    firing: u32,
    /// When the latest alert joined it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_alert_at: Option<Timestamp>,
    /// Whose it is.
    assigned: Vec<Reference>,
    /// Whose acknowledgement counted since the escalation started, where its policy counts them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acknowledged_by: Vec<Reference>,
    /// Who is being paged at this moment.
    being_paged: Vec<Reference>,
    /// The latest escalation.
    #[serde(skip_serializing_if = "Option::is_none")]
    escalation: Option<EscalationView>,
    /// Nobody is left to page but the admins.
    exhausted: bool,
}

/// An escalation: a policy as it was when it started, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Escalation)]
struct EscalationView {
    /// The policy's name.
    policy: String,
    /// The round, from 1.
    round: u32,
    /// How many rounds there are.
    rounds: u32,
    /// The step that was taken last, from 1; 0 before the first.
    step: usize,
    /// How many steps the policy has.
    steps: usize,
    /// When the next step is taken unless somebody acknowledges.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    /// The next step waits for the working hours.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    waits_for_hours: bool,
    /// How many people have to acknowledge.
    acknowledgements_needed: u32,
    /// The policy has been changed since: the change can be applied.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    outdated: bool,
}

impl EscalationView {
    fn of(directory: &Directory, run: &Run) -> Self {
        Self {
            waits_for_hours: run.held,
            acknowledgements_needed: run.needed,
            outdated: run.is_outdated(directory),
            policy: run.policy.name.clone(),
            round: run.round,
            rounds: run.policy.repeats + 1,
            step: run.step,
            steps: run.policy.steps.len(),
            next_at: run.next_at,
        }
    }
}

impl IncidentView {
    pub(super) fn of(asker: &Asker, record: &IncidentRecord) -> Self {
        Self::as_of(asker, &asker.directory, record)
    }

    fn as_of(asker: &Asker, directory: &Directory, record: &IncidentRecord) -> Self {
        let incident = &record.incident;
        let author = |actor| Some(Author::of(directory, &asker.names(), actor));
        let (status_by, status_since, status_until, merged_into) = match incident.status {
            incident::Status::Triggered => (None, incident.opened_at, None, None),
            incident::Status::Acknowledged { by, at, until } => (author(by), at, until, None),
            incident::Status::Snoozed { by, at, until } => (author(by), at, Some(until), None),
            incident::Status::Resolved { by, at } => (author(by), at, None, None),
            incident::Status::Merged { into, by, at } => (author(by), at, None, Some(into)),
        };
        Self {
            id: record.id,
            reference: record.reference(),
            title: incident.title.clone(),
            severity: incident.severity,
            urgency: incident.urgency,
            status: incident.status.word(),
            status_by,
            status_since,
            status_until,
            merged_into,
            service: Reference::thing(directory, Kind::Service, incident.service.uuid()),
            opened_at: incident.opened_at,
            group: incident.group.clone(),
            alerts: incident.alerts,
            firing: incident.firing,
            last_alert_at: incident.last_alert_at,
            assigned: Reference::people(directory, incident.assigned.iter().copied()),
            acknowledged_by: Reference::people(directory, incident.acknowledged_by.iter().copied()),
            being_paged: being_paged(directory, incident),
            escalation: incident.run.as_ref().map(|run| EscalationView::of(directory, run)),
            exhausted: incident.exhausted,
        }
    }
}

fn being_paged(directory: &Directory, incident: &Incident) -> Vec<Reference> {
    Reference::people(directory, incident.pages.iter().map(|page| page.user))
}

/// The incident of a reference (`INC-142`), number (`142`) or identity (`inc_…`).
pub(super) async fn find(engine: &Engine, reference: &str) -> Result<IncidentRecord, Problem> {
    let digits = match reference.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("inc-") => &reference[4..],
        Some(_) | None => reference,
    };
    let number = digits.parse::<i64>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let found = match (number, reference.parse::<IncidentId>()) {
        (Some(number), _) => {
            let read = engine.database().read(number, |number, tx| Box::pin(incidents::by_number(tx, *number)));
            read.await?
        }
        (None, Ok(id)) => engine.database().read(id, |id, tx| Box::pin(incidents::find(tx, *id))).await?,
        (None, Err(_)) => None,
    };
    found.ok_or_else(|| missing("incident", reference))
}

/// Which incidents a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IncidentParams {
    /// `open` for those that are neither resolved nor merged, or `all`.
    #[serde(default)]
    #[param(inline)]
    state: State,
    /// Only those of this service, by its slug.
    service: Option<String>,
    /// Only those of this severity.
    #[param(value_type = Option<words::Severity>)]
    severity: Option<Severity>,
    /// Only those with this status.
    #[param(value_type = Option<words::IncidentStatus>)]
    status: Option<Status>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    #[default]
    All,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Triggered,
    Acknowledged,
    Snoozed,
    Resolved,
    Merged,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Snoozed => "snoozed",
            Self::Resolved => "resolved",
            Self::Merged => "merged",
        }
    }
}

/// List incidents
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/incidents", tag = "Incidents", operation_id = "listIncidents",
    params(IncidentParams), responses((status = 200, description = "A page of incidents.", body = Page<IncidentView>))
)]
async fn list_incidents(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<IncidentParams>,
) -> Result<Listed<IncidentView>, Problem> {
    let paging = Paging::new(uri, params.cursor, params.limit)?;
    let service = |slug: &String| named(&asker.directory, Kind::Service, "service", slug);
    let service = params.service.as_ref().map(service).transpose()?;
    let filter = Filter {
        open: params.state == State::Open,
        service: service.map(|service| ServiceId::new(service.uuid())),
        severity: params.severity,
        status: params.status.map(Status::word),
        before: paging.after,
    };
    let found = asker
        .engine()
        .database()
        .read((filter, paging.rows()), |(filter, rows), tx| Box::pin(incidents::list(tx, *filter, *rows)));
    let number = |record: &IncidentRecord| record.number.unwrap_or_default().to_string();
    Ok(paging.page(found.await?, number, |record| IncidentView::of(&asker, &record)))
}

/// Get an incident
///
/// By its reference (`INC-142`), its number (`142`) or its identity (`inc_…`).
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}", tag = "Incidents", operation_id = "getIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "The incident.", body = IncidentView))
)]
async fn get_incident(asker: Asker, Path(reference): Path<String>) -> Result<Json<IncidentView>, Problem> {
    let record = find(asker.engine(), &reference).await?;
    Ok(Json(IncidentView::of(&asker, &record)))
}
