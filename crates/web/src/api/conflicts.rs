//! Where a schedule counts on somebody who cannot be counted on.

use allclear_core::access::Permission;
use allclear_core::conflict::{self, Conflict, Reason};
use allclear_core::directory::{Directory, Kind};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use axum::Json;
use axum::extract::Path;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params};
use super::on_call::{ShiftParams, range, schedule};
use super::parts::Reference;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_conflicts))
}

/// The conflicts of a range.
#[derive(Debug, Serialize, ToSchema)]
struct Conflicts {
    /// From this moment.
    from: Timestamp,
    /// Until just before this one.
    until: Timestamp,
    /// In order of time.
    items: Vec<ConflictView>,
}

/// Somebody who is on call and should not be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conflict)]
struct ConflictView {
    /// Who.
    user: Reference,
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
    /// Why not: `time_off`, `holiday`, `on_call_twice` or `left`.
    why: &'static str,
    /// What they say about their time off, or the name of the holiday.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The other schedule by which they are on call.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<Reference>,
    /// Who could stand in: of those on the schedule who can be reached and are free then, whoever was on call by it for
    /// the fewest hours lately.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<ProposalView>,
}

/// Somebody who could stand in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
struct ProposalView {
    /// Who.
    user: Reference,
    /// How many hours they were on call in the four weeks before.
    hours_lately: i64,
    /// They take turns on the schedule; else they belong to the team that keeps it.
    takes_turns: bool,
}

impl ConflictView {
    fn of(directory: &Directory, schedule: &Schedule, conflict: &Conflict) -> Self {
        let proposal = conflict::proposal(directory, schedule, conflict).map(|one| ProposalView {
            user: Reference::person(directory, one.user),
            hours_lately: one.hours_lately,
            takes_turns: one.takes_turns,
        });
        let (why, note, other) = match &conflict.why {
            Reason::TimeOff(note) => ("time_off", Some(note.clone()).filter(|note| !note.is_empty()), None),
            Reason::OnCallTwice(other) => {
                ("on_call_twice", None, Some(Reference::thing(directory, Kind::Schedule, other.uuid())))
            }
            Reason::Holiday(name) => ("holiday", Some(name.clone()), None),
            Reason::Left => ("left", None, None),
        };
        let (starts, ends) = (conflict.period.starts, conflict.period.ends);
        Self { user: Reference::person(directory, conflict.user), starts, ends, why, note, other, proposal }
    }
}

/// List the conflicts of a schedule
///
/// Whoever is on call by it during their time off or on a holiday of theirs without having agreed, by
/// another schedule at the same time, or although they have left.
#[utoipa::path(
    get, path = "/api/v1/schedules/{schedule}/conflicts", tag = "On call", operation_id = "listConflicts",
    params(("schedule" = String, Path, description = "Its slug"), ShiftParams),
    responses((status = 200, description = "The conflicts.", body = Conflicts))
)]
async fn list_conflicts(
    asker: Asker,
    Path(slug): Path<String>,
    Params(params): Params<ShiftParams>,
) -> Result<Json<Conflicts>, Problem> {
    let schedule = schedule(&asker.directory, &slug)?;
    let (from, until) = range(&asker, &params)?;
    let found = conflict::conflicts(&asker.directory, schedule, Period { starts: from, ends: until });
    let items = found.iter().map(|conflict| ConflictView::of(&asker.directory, schedule, conflict)).collect();
    Ok(Json(Conflicts { from, until, items }))
}
