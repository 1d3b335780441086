//! What is done to incidents. Each act answers with the incident as it is then; what is so already is answered the
//! same, and what cannot be done as things stand is a conflict, in the core's own words.

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::id::{PolicyId, ServiceId, UserId};
use allclear_core::incident::{Answer, Assignment, Input, Refusal, Status};
use allclear_core::limits;
use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use allclear_engine::{Commanded, Declaration};
use axum::Json;
use axum::extract::Path;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{IncidentView, find};
use crate::api::extract::{Asker, Body, missing, text};
use crate::api::parts::{named, named_people};
use crate::api::{Api, words};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let act = May(Permission::ActOnIncidents);
    api.on(May(Permission::DeclareIncidents), routes!(declare_incident))
        .on(act, routes!(change_incident))
        .on(act, routes!(acknowledge_incident))
        .on(act, routes!(resolve_incident))
        .on(act, routes!(reopen_incident))
        .on(act, routes!(snooze_incident))
        .on(act, routes!(assign_incident))
        .on(act, routes!(escalate_incident))
        .on(act, routes!(apply_policy_to_incident))
        .on(act, routes!(request_responders))
        .on(act, routes!(decline_page))
        .on(act, routes!(merge_incident))
        .on(act, routes!(add_note))
}

type Acted = Result<Json<IncidentView>, Problem>;

/// Gives an incident an input. `so_already` are the refusals that mean that there was nothing left to do.
async fn act(asker: &Asker, reference: &str, input: Input, so_already: &[Refusal]) -> Acted {
    let record = find(asker.engine(), reference).await?;
    let done = asker.engine().act(record.id, asker.actor(), input).await?;
    let Commanded { incident, answer } = done.ok_or_else(|| missing("incident", reference))?;
    match answer {
        Answer::Nothing(refusal) if !so_already.contains(&refusal) => Err(refused(refusal)),
        Answer::Done | Answer::Nothing(_) => Ok(Json(IncidentView::of(asker, &incident))),
    }
}

fn refused(refusal: Refusal) -> Problem {
    let sentence = refusal.sentence();
    match refusal {
        Refusal::SnoozeOutOfRange => Problem::field("until", sentence),
        Refusal::NoSuchStep => Problem::field("step", sentence),
        Refusal::Itself => Problem::field("into", sentence),
        Refusal::AlreadyAcknowledged
        | Refusal::AlreadyResolved
        | Refusal::AlreadyOpen
        | Refusal::Merged
        | Refusal::Unknown
        | Refusal::NoPolicy
        | Refusal::NotPaged
        | Refusal::NeedsPeople
        | Refusal::NoChange
        | Refusal::NotDue
        | Refusal::PageOver => Problem::conflict(sentence),
    }
}

/// An incident that somebody declares.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentDeclaration {
    /// The service it is about, by its slug.
    #[schema(example = "checkout")]
    service: String,
    /// Its title.
    #[schema(example = "Customers cannot pay by card")]
    title: String,
    /// How bad it is.
    #[schema(value_type = words::Severity)]
    severity: Severity,
    /// What is known so far; becomes the first note.
    description: Option<String>,
}

/// Declare an incident
///
/// It pages as one that an alert opened would.
#[utoipa::path(
    post, path = "/api/v1/incidents", tag = "Incidents", operation_id = "declareIncident",
    request_body = IncidentDeclaration,
    responses((status = 201, description = "The incident, and where it is.", body = IncidentView))
)]
async fn declare_incident(
    asker: Asker,
    Body(declared): Body<IncidentDeclaration>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<IncidentView>), Problem> {
    let service = named(&asker.directory, Kind::Service, "service", &declared.service)?;
    let description = declared.description.filter(|text| !text.trim().is_empty());
    let declaration = Declaration {
        service: ServiceId::new(service.uuid()),
        title: text("title", &declared.title, limits::SUMMARY_CHARACTERS)?,
        severity: declared.severity,
        description: description.map(|given| text("description", &given, limits::NOTE_CHARACTERS)).transpose()?,
    };
    let id = asker.engine().declare(asker.actor(), declaration).await?;
    let record = find(asker.engine(), &id.to_string()).await?;
    let location = format!("/api/v1/incidents/{}", record.reference());
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(IncidentView::of(&asker, &record))))
}

/// What is to be changed about an incident; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentChange {
    /// Another title.
    title: Option<String>,
    /// Another severity. One that makes it urgent starts the escalation anew.
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<Severity>,
}

/// Change an incident
#[utoipa::path(
    patch, path = "/api/v1/incidents/{incident}", tag = "Incidents", operation_id = "changeIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = IncidentChange,
    responses((status = 200, description = "The incident.", body = IncidentView))
)]
async fn change_incident(asker: Asker, Path(reference): Path<String>, Body(change): Body<IncidentChange>) -> Acted {
    let title = change.title.map(|given| text("title", &given, limits::SUMMARY_CHARACTERS)).transpose()?;
    let inputs = [title.map(Input::SetTitle), change.severity.map(Input::SetSeverity)];
    for input in inputs.into_iter().flatten() {
        drop(act(&asker, &reference, input, &[Refusal::NoChange]).await?);
    }
    let record = find(asker.engine(), &reference).await?;
    Ok(Json(IncidentView::of(&asker, &record)))
}

/// Acknowledge an incident
///
/// Says that somebody is on it: paging stops. To acknowledge what is acknowledged changes nothing.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/acknowledgement", tag = "Incidents", operation_id = "acknowledgeIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged.", body = Problem))
)]
async fn acknowledge_incident(asker: Asker, Path(reference): Path<String>) -> Acted {
    act(&asker, &reference, Input::Acknowledge, &[Refusal::AlreadyAcknowledged]).await
}

/// Resolve an incident
///
/// Its alerts are over, too, until their sources fire them anew. To resolve what is resolved changes nothing.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/resolution", tag = "Incidents", operation_id = "resolveIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is merged.", body = Problem))
)]
async fn resolve_incident(asker: Asker, Path(reference): Path<String>) -> Acted {
    act(&asker, &reference, Input::Resolve, &[Refusal::AlreadyResolved]).await
}

/// Open an incident again
///
/// Takes its resolution back: the escalation starts anew. To open what is open changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/incidents/{incident}/resolution", tag = "Incidents", operation_id = "reopenIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is merged.", body = Problem))
)]
async fn reopen_incident(asker: Asker, Path(reference): Path<String>) -> Acted {
    act(&asker, &reference, Input::Reopen, &[Refusal::AlreadyOpen]).await
}

/// For how long an incident is to be left alone: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// Until this moment, within a year.
    until: Option<Timestamp>,
    /// For so long: `30m`, `2h`.
    #[serde(rename = "for")]
    #[schema(value_type = Option<String>, example = "2h")]
    length: Option<Wait>,
}

/// Snooze an incident
///
/// Leaves it alone for a while; then it pages again.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/snooze", tag = "Incidents", operation_id = "snoozeIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = Snooze,
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged.", body = Problem))
)]
async fn snooze_incident(asker: Asker, Path(reference): Path<String>, Body(snooze): Body<Snooze>) -> Acted {
    let until = match (snooze.until, snooze.length) {
        (Some(until), None) => until,
        (None, Some(length)) => length.after(asker.now()),
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::field("until", "say either `until` when or `for` how long"));
        }
    };
    act(&asker, &reference, Input::Snooze { until }, &[]).await
}

/// To whom an incident is given: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assignment)]
struct AssignmentRequest {
    /// To these people, by their slugs. If they do not answer, the service's own policy goes on.
    people: Option<Vec<String>>,
    /// To this escalation policy, by its slug.
    policy: Option<String>,
}

/// Give an incident to somebody else
///
/// They are paged at once.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/assignment", tag = "Incidents", operation_id = "assignIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = AssignmentRequest,
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged.", body = Problem))
)]
async fn assign_incident(asker: Asker, Path(reference): Path<String>, Body(to): Body<AssignmentRequest>) -> Acted {
    let directory = &asker.directory;
    let assignment = match (to.people, to.policy) {
        (Some(people), None) => Assignment::People(named_people(directory, "people", &people)?),
        (None, Some(policy)) => {
            let policy = named(directory, Kind::Policy, "policy", &policy)?;
            Assignment::Policy(PolicyId::new(policy.uuid()))
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(Problem::field("people", "name either `people` or a `policy`"));
        }
    };
    act(&asker, &reference, Input::Reassign(assignment), &[]).await
}

/// Which step of an escalation to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EscalationRequest)]
struct Escalate {
    /// This one, from 1; the next one where left out.
    step: Option<usize>,
}

/// Escalate an incident
///
/// Takes a step of its escalation policy now.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/escalations", tag = "Incidents", operation_id = "escalateIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = Escalate,
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged.", body = Problem))
)]
async fn escalate_incident(asker: Asker, Path(reference): Path<String>, Body(escalate): Body<Escalate>) -> Acted {
    act(&asker, &reference, Input::Escalate { step: escalate.step }, &[]).await
}

/// Apply a changed policy to an incident
///
/// A policy is frozen into an escalation when it starts. This lets the escalation follow the policy as it is now, from
/// the step where it is; whoever is being paged stays so, and the wait of the step is as long as the policy now says.
/// To apply what is followed already changes nothing.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/policy", tag = "Incidents", operation_id = "applyPolicyToIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")),
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged, or follows no policy.", body = Problem))
)]
async fn apply_policy_to_incident(asker: Asker, Path(reference): Path<String>) -> Acted {
    act(&asker, &reference, Input::ReplacePolicy, &[Refusal::NoChange]).await
}

/// Who is to be paged as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResponderRequest {
    /// These people, by their slugs.
    people: Vec<String>,
}

/// Ask for responders
///
/// Pages people as well as those whom the escalation pages.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/responders", tag = "Incidents", operation_id = "requestResponders",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = ResponderRequest,
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "It is resolved, or merged.", body = Problem))
)]
async fn request_responders(
    asker: Asker,
    Path(reference): Path<String>,
    Body(request): Body<ResponderRequest>,
) -> Acted {
    let people = named_people(&asker.directory, "people", &request.people)?;
    act(&asker, &reference, Input::Request { people }, &[]).await
}

/// Decline a page
///
/// Says that it is not for this person, who is being paged: the next one is.
#[utoipa::path(
    delete, path = "/api/v1/incidents/{incident}/responders/{user}", tag = "Incidents", operation_id = "declinePage",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`"),
           ("user" = String, Path, description = "The person's slug")),
    responses((status = 200, description = "The incident.", body = IncidentView),
              (status = 409, description = "They are not being paged for it.", body = Problem))
)]
async fn decline_page(asker: Asker, Path((reference, user)): Path<(String, String)>) -> Acted {
    let person = asker.directory.by_slug(Kind::User, &user).ok_or_else(|| missing("user", &user))?;
    let user = UserId::new(person.uuid());
    act(&asker, &reference, Input::Decline { user }, &[]).await
}

/// Of which incident another one is to become a part.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// `INC-142`, `142` or `inc_…`
    #[schema(example = "INC-142")]
    into: String,
}

/// Merge an incident into another one
///
/// Its alerts belong to the other one from then on. Answers with the other one.
#[utoipa::path(
    put, path = "/api/v1/incidents/{incident}/merge", tag = "Incidents", operation_id = "mergeIncident",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = Merge,
    responses((status = 200, description = "The incident that goes on.", body = IncidentView),
              (status = 409, description = "One of the two is resolved, or merged elsewhere.", body = Problem))
)]
async fn merge_incident(asker: Asker, Path(reference): Path<String>, Body(merge): Body<Merge>) -> Acted {
    let source = find(asker.engine(), &reference).await?;
    let target = find(asker.engine(), &merge.into).await.map_err(|problem| match problem.status {
        404 => Problem::field("into", problem.detail),
        _ => problem,
    })?;
    if matches!(source.incident.status, Status::Merged { into, .. } if into == target.id) {
        return Ok(Json(IncidentView::of(&asker, &target)));
    }
    let done = asker.engine().merge(source.id, target.id, asker.actor()).await?;
    let Commanded { incident, answer } = done.ok_or_else(|| missing("incident", &reference))?;
    match answer {
        Answer::Done => Ok(Json(IncidentView::of(&asker, &incident))),
        Answer::Nothing(refusal) => Err(refused(refusal)),
    }
}

/// Something to write down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Note)]
struct NoteRequest {
    /// The text.
    text: String,
}

/// Add a note
///
/// It stands in the timeline.
#[utoipa::path(
    post, path = "/api/v1/incidents/{incident}/notes", tag = "Incidents", operation_id = "addNote",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`")), request_body = NoteRequest,
    responses((status = 200, description = "The incident.", body = IncidentView))
)]
async fn add_note(asker: Asker, Path(reference): Path<String>, Body(note): Body<NoteRequest>) -> Acted {
    let text = text("text", &note.text, limits::NOTE_CHARACTERS)?;
    act(&asker, &reference, Input::Note { text }, &[]).await
}
