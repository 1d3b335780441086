//! Who takes turns in a layer of a schedule, changed without taking anybody off call.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::declaration::CrewDocument;
use allclear_core::directory::{Change, Directory, Kind, Object};
use allclear_core::schedule::{Crew, Schedule};
use allclear_engine::Draft;
use axum::Json;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::directory::version;
use super::etag::Precondition;
use super::extract::{Asker, Body, missing};
use super::on_call::schedule;
use super::parts::{Reference, named_people};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::Manage(Kind::Schedule)), routes!(put_participants))
}

/// Who is to take turns.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewParticipants {
    /// Slugs, in order; a list for those who take a turn together.
    #[schema(value_type = Vec<serde_json::Value>, example = json!(["ana", ["ben", "cem"]]))]
    participants: Vec<CrewDocument>,
}

/// Who takes turns.
#[derive(Debug, Serialize, ToSchema)]
struct Participants {
    /// In order, those who take a turn together in one list. The order is a circle; where it begins is arranged so that
    /// the present turn stays where it is.
    participants: Vec<Vec<Reference>>,
}

/// Change who takes turns in a layer
///
/// Whoever is on call now stays until the hand-over, and the new order goes on from there. Where they are no longer
/// among the participants, the turn goes at once to the next of the old order who is.
#[utoipa::path(
    put, path = "/api/v1/schedules/{schedule}/layers/{layer}/participants", tag = "On call",
    operation_id = "putParticipants",
    params(("schedule" = String, Path, description = "Its slug"),
           ("layer" = usize, Path, description = "Which layer, from 1"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the version that was read")),
    request_body = NewParticipants,
    responses((status = 200, description = "Who takes turns now.", body = Participants,
               headers(("ETag" = String, description = "The version of the schedule"))),
              (status = 412, description = "Somebody has changed the schedule since.", body = Problem))
)]
async fn put_participants(
    asker: Asker,
    Path((slug, number)): Path<(String, String)>,
    headers: HeaderMap,
    Body(wanted): Body<NewParticipants>,
) -> Result<Response, Problem> {
    let precondition = Precondition::of(&headers);
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let plan = |directory: &Directory| {
        let mut changed = Schedule::clone(schedule(directory, &slug)?);
        precondition.check(Some(&version(directory, &Object::from(changed.clone()))))?;
        let place = place.filter(|place| *place < changed.layers.len()).ok_or_else(|| missing("layer", &number))?;
        let participants = crews(directory, &wanted.participants)?;
        changed.layers[place].participants = changed.reordered(place, participants, asker.now());
        let arranged = changed.layers[place].participants.clone();
        let changes = vec![Change::Put(Object::Schedule(Arc::new(changed)))];
        Ok::<_, Problem>(Draft { changes, keys: Vec::new(), passed: arranged })
    };
    let (directory, arranged) = asker.engine().change(asker.actor(), plan).await?;
    let version = version(&directory, &Object::from(Schedule::clone(schedule(&directory, &slug)?)));
    let people = |crew: &Crew| Reference::people(&directory, crew.people().iter().copied());
    let participants = arranged.iter().map(people).collect();
    Ok(([(ETAG, version)], Json(Participants { participants })).into_response())
}

fn crews(directory: &Directory, wanted: &[CrewDocument]) -> Result<Vec<Crew>, Problem> {
    let crew = |(index, CrewDocument(slugs)): (usize, &CrewDocument)| {
        let people = named_people(directory, &format!("participants[{}]", index + 1), slugs)?;
        Ok(people.into_iter().collect())
    };
    wanted.iter().enumerate().map(crew).collect()
}
