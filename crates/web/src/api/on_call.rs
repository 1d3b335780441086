//! Who is on call.

use std::sync::Arc;

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind, Object};
use allclear_core::id::{OverrideId, TeamId, UserId};
use allclear_core::limits;
use allclear_core::schedule::{Cause, Duty, Schedule, Shift};
use axum::Json;
use axum::extract::Path;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params, missing};
use super::parts::{Reference, named};
use crate::gate::Access::May;
use crate::problem::Problem;
use crate::reach::{self, Way};

/// How long a range of shifts is where nothing else is said.
const USUAL: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How far ahead gaps are looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(28 * 24);
/// How long it can be.
const LONGEST: SignedDuration = SignedDuration::from_hours(limits::DAYS_AHEAD as i64 * 24);

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_on_call)).on(May(Permission::View), routes!(list_shifts))
}

/// The schedule of that slug in an address.
pub(super) fn schedule<'a>(directory: &'a Directory, slug: &str) -> Result<&'a Schedule, Problem> {
    match directory.by_slug(Kind::Schedule, slug) {
        Some(Object::Schedule(schedule)) => Ok(schedule),
        Some(_) | None => Err(missing("schedule", slug)),
    }
}

/// Everybody who is on call.
#[derive(Debug, Serialize, ToSchema)]
struct OnCall {
    /// The moment that was asked about.
    at: Timestamp,
    /// Each schedule with whoever is on call by it.
    items: Vec<OnCallBySchedule>,
}

/// Who is on call by a schedule.
#[derive(Debug, Serialize, ToSchema)]
struct OnCallBySchedule {
    /// The schedule.
    schedule: Reference,
    /// The team that keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<Reference>,
    /// The zone of its wall-clock times.
    time_zone: String,
    /// Whoever is on call then; nobody where there is a gap, or where they have left.
    people: Vec<Reference>,
    /// Whoever learns then, and is not counted on.
    shadows: Vec<Reference>,
    /// Until when that holds; nothing where it holds for more than a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// Who is on call after that.
    next: Vec<Reference>,
    /// Until when they are; nothing where that holds for more than a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_until: Option<Timestamp>,
    /// The first time in the four weeks after at which nobody is on call.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<GapView>,
    /// How those who are on call are paged about what is urgent, in the order of `people`.
    reach: Vec<Reach>,
}

/// How somebody is paged.
#[derive(Debug, Serialize, ToSchema)]
struct Reach {
    /// Who.
    user: Reference,
    /// The ways, in order; none where nobody could reach them.
    ways: Vec<WayView>,
}

/// One way to page somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Way)]
struct WayView {
    /// How many seconds after they are paged it is tried.
    after_seconds: u32,
    /// `email`, `webhook`
    channel: String,
    /// Where: only for themselves, and for those who manage people.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl Reach {
    fn of(asker: &Asker, user: UserId) -> Self {
        let ways = reach::ways(&asker.directory, &asker.visitor, user).into_iter();
        let way =
            |way: Way| WayView { after_seconds: way.after.as_seconds(), channel: way.channel, address: way.address };
        Self { user: Reference::person(&asker.directory, user), ways: ways.map(way).collect() }
    }
}

impl OnCallBySchedule {
    fn of(asker: &Asker, schedule: &Schedule, then: Timestamp) -> Self {
        let directory = &*asker.directory;
        let at = |moment| Reference::people(directory, directory.on_call(schedule.id, moment));
        let until = schedule.next_change(then);
        let team = schedule.team.map(|team| Reference::thing(directory, Kind::Team, team.uuid()));
        Self {
            schedule: Reference::thing(directory, Kind::Schedule, schedule.id.uuid()),
            team,
            time_zone: schedule.time_zone.name().to_owned(),
            people: at(then),
            shadows: Reference::people(directory, schedule.shadows(then)),
            until,
            next: until.map(at).unwrap_or_default(),
            next_until: until.and_then(|until| schedule.next_change(until)),
            gap: schedule
                .gaps(then, then.saturating_add(AHEAD).unwrap_or(Timestamp::MAX))
                .first()
                .map(|gap| GapView { starts: gap.starts, ends: gap.ends }),
            reach: directory.on_call(schedule.id, then).into_iter().map(|user| Reach::of(asker, user)).collect(),
        }
    }
}

/// Which schedules are asked about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OnCallParams {
    /// Only those that this team keeps, by its slug.
    team: Option<String>,
    /// Only this one, by its slug.
    schedule: Option<String>,
    /// At this moment; now where left out.
    at: Option<Timestamp>,
}

/// See who is on call
///
/// By each schedule, now or at another moment.
#[utoipa::path(
    get, path = "/api/v1/on-call", tag = "On call", operation_id = "listOnCall", params(OnCallParams),
    responses((status = 200, description = "Everybody who is on call.", body = OnCall))
)]
async fn list_on_call(asker: Asker, Params(params): Params<OnCallParams>) -> Result<Json<OnCall>, Problem> {
    let directory = &asker.directory;
    let team = params.team.as_ref().map(|slug| named(directory, Kind::Team, "team", slug)).transpose()?;
    let team = team.map(|team| TeamId::new(team.uuid()));
    let at = params.at.unwrap_or_else(|| asker.now());
    let only = params.schedule.as_ref().map(|slug| named(directory, Kind::Schedule, "schedule", slug)).transpose()?;
    let only = only.map(|schedule| schedule.uuid());
    let wanted =
        |one: &&Arc<Schedule>| (team.is_none() || one.team == team) && only.is_none_or(|only| one.id.uuid() == only);
    let mut schedules: Vec<_> = directory.schedules().filter(wanted).collect();
    schedules.sort_by_key(|schedule| schedule.slug.as_str());
    let items = schedules.into_iter().map(|schedule| OnCallBySchedule::of(&asker, schedule, at)).collect();
    Ok(Json(OnCall { at, items }))
}

/// The shifts of a range.
#[derive(Debug, Serialize, ToSchema)]
struct Shifts {
    /// From this moment.
    from: Timestamp,
    /// Until just before this one.
    until: Timestamp,
    /// Who is on call, in order; the first and the last are cut at the edges of the range.
    shifts: Vec<ShiftView>,
    /// The times at which nobody is.
    gaps: Vec<GapView>,
}

/// An unbroken time with the same people on call for the same reasons.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shift)]
struct ShiftView {
    /// Who.
    people: Vec<DutyView>,
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
}

/// Somebody on call, and why they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Duty)]
struct DutyView {
    /// Who.
    user: Reference,
    /// The name of the layer whose turn it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<String>,
    /// The override that decides.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cover: Option<OverrideId>,
}

/// A time at which nobody is on call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gap)]
struct GapView {
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
}

impl ShiftView {
    fn of(directory: &Directory, schedule: &Schedule, shift: Shift) -> Self {
        let people = shift.people.iter().map(|duty| DutyView::of(directory, schedule, *duty)).collect();
        Self { people, starts: shift.starts, ends: shift.ends }
    }
}

impl DutyView {
    fn of(directory: &Directory, schedule: &Schedule, Duty { user, why }: Duty) -> Self {
        let (layer, cover) = match why {
            Cause::Layer(index) => (schedule.layers.get(index).map(|layer| layer.name.clone()), None),
            Cause::Override(id) => (None, Some(id)),
        };
        Self { user: Reference::person(directory, user), layer, cover }
    }
}

/// Which range is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ShiftParams {
    /// From this moment; now where left out.
    from: Option<Timestamp>,
    /// Until just before this one, at most 92 days later; 14 days later where left out.
    until: Option<Timestamp>,
}

impl ShiftParams {
    /// The same, but that long where nothing is said about the end.
    pub(super) fn or_for(self, asker: &Asker, length: SignedDuration) -> Self {
        let from = self.from.unwrap_or_else(|| asker.now());
        let until = self.until.unwrap_or_else(|| from.saturating_add(length).unwrap_or(Timestamp::MAX));
        Self { from: Some(from), until: Some(until) }
    }
}

/// The range that is asked for.
pub(super) fn range(asker: &Asker, params: &ShiftParams) -> Result<(Timestamp, Timestamp), Problem> {
    let from = params.from.unwrap_or_else(|| asker.now());
    let until = params.until.unwrap_or_else(|| from.saturating_add(USUAL).unwrap_or(Timestamp::MAX));
    let length = until.duration_since(from);
    if length <= SignedDuration::ZERO || length > LONGEST {
        let message = format!("{until} is not within {} days after {from}; ask for less at a time", limits::DAYS_AHEAD);
        return Err(Problem::field("until", message));
    }
    Ok((from, until))
}

/// List the shifts of a schedule
#[utoipa::path(
    get, path = "/api/v1/schedules/{schedule}/shifts", tag = "On call", operation_id = "listShifts",
    params(("schedule" = String, Path, description = "Its slug"), ShiftParams),
    responses((status = 200, description = "The shifts and gaps.", body = Shifts))
)]
async fn list_shifts(
    asker: Asker,
    Path(slug): Path<String>,
    Params(params): Params<ShiftParams>,
) -> Result<Json<Shifts>, Problem> {
    let schedule = schedule(&asker.directory, &slug)?;
    let (from, until) = range(&asker, &params)?;
    let shifts = schedule.shifts(from, until).into_iter();
    let gaps = schedule.gaps(from, until).into_iter();
    Ok(Json(Shifts {
        from,
        until,
        shifts: shifts.map(|shift| ShiftView::of(&asker.directory, schedule, shift)).collect(),
        gaps: gaps.map(|gap| GapView { starts: gap.starts, ends: gap.ends }).collect(),
    }))
}
