//! "Who is paged at T, and when does a human surely know?"

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Object};
use allclear_core::limits;
use allclear_core::severity::Severity;
use allclear_core::simulation::{self, Question, Report};
use axum::Json;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::extract::{Asker, Body};
use super::parts::named;
use super::{Api, words};
use crate::gate::Access::May;
use crate::problem::Problem;
use crate::simulation::{assumptions, next_turn, run};

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(simulate_escalation))
}

/// An incident that might be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SimulationRequest {
    /// The service it is about, by its slug.
    #[schema(example = "checkout")]
    service: String,
    /// How bad it is.
    #[schema(value_type = words::Severity)]
    severity: Severity,
    /// When it is opened; now where left out.
    at: Option<Timestamp>,
    /// The labels of the alert that opens it.
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// What is assumed: `sms down`, `first responder sleeps through`, `ana sleeps through`,
    /// `ana acknowledges after 5m`.
    #[serde(default)]
    assumptions: Vec<String>,
    /// Go on after somebody surely knows, as if they never acknowledged.
    #[serde(default)]
    whole: bool,
}

/// What would happen.
#[derive(Debug, Serialize, ToSchema)]
struct Simulation {
    /// The slug of the service.
    service: String,
    /// How bad: `SEV1`.
    severity: String,
    /// When the incident is opened.
    at: Timestamp,
    /// The zone in which the sentences give times.
    time_zone: String,
    /// What is assumed.
    assumptions: Vec<String>,
    /// What happens, in order of time.
    lines: Vec<SimulationLine>,
    /// The first who surely knows; nobody where the escalation ends before.
    known: Option<SimulationKnown>,
    /// `known` (somebody surely knows), `acknowledged` (as assumed), `exhausted` (everybody was tried) or `cut_off`
    /// (more happens than is told).
    end: String,
    /// The answer in a sentence.
    conclusion: String,
}

/// Something that would happen.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationLine {
    /// When.
    at: Timestamp,
    /// How long after the incident was opened: `5m`.
    after: String,
    /// `decided`, `paged` or `tried`.
    kind: String,
    /// What happens, and why.
    sentence: String,
    /// Whom it concerns, by their slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    /// By which channel they are tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// By which of their contact methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// What becomes of the message: `known`, `slept_through` or `down`.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<String>,
}

/// Somebody who surely knows.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationKnown {
    /// Since when.
    at: Timestamp,
    /// How long after the incident was opened: `5m`.
    after: String,
    /// Who, by their slug.
    person: String,
    /// Their name.
    name: String,
    /// By which channel.
    channel: String,
    /// By which of their contact methods.
    contact: String,
}

impl From<Report> for Simulation {
    fn from(report: Report) -> Self {
        let line = |line: simulation::Line| SimulationLine {
            at: line.at,
            after: line.after.to_string(),
            kind: line.kind,
            sentence: line.sentence,
            person: line.person,
            channel: line.channel,
            contact: line.contact,
            fate: line.fate,
        };
        let known = |known: simulation::Knows| SimulationKnown {
            at: known.at,
            after: known.after.to_string(),
            person: known.person,
            name: known.name,
            channel: known.channel,
            contact: known.contact,
        };
        Self {
            service: report.service,
            severity: report.severity,
            at: report.at,
            time_zone: report.time_zone,
            assumptions: report.assumptions,
            lines: report.lines.into_iter().map(line).collect(),
            known: report.known.map(known),
            end: report.end,
            conclusion: report.conclusion,
        }
    }
}

/// Simulate an escalation
///
/// Who would be paged about an incident, when, by what, and why; and when somebody surely knows. The incident's own
/// rules are run forward over virtual time; nothing is stored, and nobody is paged.
#[utoipa::path(
    post, path = "/api/v1/simulations", tag = "On call", operation_id = "simulateEscalation",
    request_body = SimulationRequest,
    responses((status = 200, description = "What would happen.", body = Simulation))
)]
async fn simulate_escalation(
    asker: Asker,
    Body(request): Body<SimulationRequest>,
) -> Result<Json<Simulation>, Problem> {
    let directory = &asker.directory;
    let Object::Service(service) = named(directory, Kind::Service, "service", &request.service)? else {
        return Err(Problem::not_found("service of this name"));
    };
    if request.labels.len() > limits::LABELS {
        let message = format!("there are {}; at most {} are possible", request.labels.len(), limits::LABELS);
        return Err(Problem::field("labels", message));
    }
    let question = Question {
        service: service.id,
        severity: request.severity,
        at: request.at.unwrap_or_else(|| asker.now()),
        labels: request.labels,
        turn: next_turn(asker.engine(), service).await?,
        assumptions: assumptions(directory, &request.assumptions)?,
        whole: request.whole,
    };
    Ok(Json(run(asker.directory.clone(), question).await?.into()))
}
