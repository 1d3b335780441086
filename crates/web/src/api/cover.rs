//! Cover: requests to take over, and swaps.

use allclear_core::access::Permission;
use allclear_core::cover::{Answer, Asking, Audience, Input, Refusal};
use allclear_core::declaration::{Moment, Text};
use allclear_core::directory::{Directory, Kind};
use allclear_core::id::{CoverId, ScheduleId, UserId};
use allclear_core::readiness::Period;
use allclear_core::sentence;
use allclear_core::zone::Zone;
use allclear_store::covers::{self, CoverRecord};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Body, Params, missing};
use super::page::{Listed, Page, Paging};
use super::parts::{Reference, named, named_people};
use crate::cover;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let plan = May(Permission::PlanCover);
    api.on(May(Permission::View), routes!(list_cover))
        .on(May(Permission::View), routes!(get_cover))
        .on(plan, routes!(ask_for_cover))
        .on(plan, routes!(accept_cover))
        .on(plan, routes!(decline_cover))
        .on(plan, routes!(withdraw_cover))
}

/// From one moment until just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Period)]
pub(super) struct PeriodView {
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
}

impl PeriodView {
    const fn of(period: Period) -> Self {
        Self { starts: period.starts, ends: period.ends }
    }

    fn all(periods: &[Period]) -> Vec<Self> {
        periods.iter().copied().map(Self::of).collect()
    }
}

/// A request for cover, or a proposal to swap.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cover)]
struct CoverView {
    /// Its identity.
    #[schema(value_type = String, example = "cov_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: CoverId,
    /// The schedule.
    schedule: Reference,
    /// Who is to be relieved.
    user: Reference,
    /// `asked`, `accepted`, `declined`, `withdrawn`, `expired` or `moot`.
    status: &'static str,
    /// Where it stands, in words.
    sentence: String,
    /// What the asker says about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// When it was asked.
    asked_at: Timestamp,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    /// Who was asked.
    asked: Vec<AskedView>,
    /// What is still asked for.
    open: Vec<PeriodView>,
    /// In a swap: of what whoever is asked is relieved in return.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_return: Vec<PeriodView>,
    /// What was taken, and by whom.
    covered: Vec<CoveredView>,
    /// What began before anybody took it.
    lapsed: Vec<PeriodView>,
}

/// Somebody who was asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoverAsked)]
struct AskedView {
    /// Who.
    user: Reference,
    /// When they declined, if they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined_at: Option<Timestamp>,
}

/// Something that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Covered)]
struct CoveredView {
    /// By whom.
    user: Reference,
    /// From this moment.
    starts: Timestamp,
    /// Until just before this one.
    ends: Timestamp,
    /// When they agreed.
    at: Timestamp,
}

impl CoverView {
    fn of(asker: &Asker, record: &CoverRecord) -> Self {
        let (directory, request) = (&asker.directory, &record.request);
        let person = |user| Reference::person(directory, user);
        Self {
            id: record.id,
            schedule: Reference::thing(directory, Kind::Schedule, request.schedule.uuid()),
            user: person(request.asker),
            status: request.status.word(),
            sentence: sentence::cover::status(&asker.names(), request),
            note: request.note.clone(),
            asked_at: request.asked_at,
            ended_at: record.ended_at,
            asked: request
                .asked
                .iter()
                .map(|asked| AskedView { user: person(asked.user), declined_at: asked.declined_at })
                .collect(),
            open: PeriodView::all(&request.open),
            in_return: PeriodView::all(&request.in_return),
            covered: request
                .covered
                .iter()
                .map(|one| CoveredView {
                    user: person(one.user),
                    starts: one.period.starts,
                    ends: one.period.ends,
                    at: one.at,
                })
                .collect(),
            lapsed: PeriodView::all(&request.lapsed),
        }
    }
}

/// Which requests are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CoverParams {
    /// Only those of this schedule, by its slug.
    schedule: Option<String>,
    /// Only those in which something is still asked for, all of them on one page.
    open: Option<bool>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// List requests for cover
///
/// The latest first.
#[utoipa::path(
    get, path = "/api/v1/cover", tag = "On call", operation_id = "listCover", params(CoverParams),
    responses((status = 200, description = "A page of requests.", body = Page<CoverView>))
)]
async fn list_cover(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<CoverParams>,
) -> Result<Listed<CoverView>, Problem> {
    let paging = Paging::<CoverId>::new(uri, params.cursor, params.limit)?;
    let slug = params.schedule.as_ref();
    let schedule = slug.map(|slug| named(&asker.directory, Kind::Schedule, "schedule", slug)).transpose()?;
    let schedule = schedule.map(|schedule| ScheduleId::new(schedule.uuid()));
    let rows = if params.open == Some(true) {
        let wanted = |record: &CoverRecord| {
            schedule.is_none_or(|id| record.request.schedule == id)
                && paging.after.is_none_or(|after| record.id < after)
        };
        let mut open: Vec<CoverRecord> = cover::open(&asker.app).await?.into_iter().filter(wanted).collect();
        open.reverse();
        open.truncate(paging.count());
        open
    } else {
        let (after, limit) = (paging.after, paging.rows());
        let read = asker.engine().database().read((schedule, after, limit), |(schedule, after, limit), tx| {
            Box::pin(async move { covers::list(tx, *schedule, *after, *limit).await })
        });
        read.await?
    };
    Ok(paging.page(rows, |record| record.id.to_string(), |record| CoverView::of(&asker, &record)))
}

fn id(text: &str) -> Result<CoverId, Problem> {
    text.parse().map_err(|_| missing("request for cover", text))
}

async fn find(asker: &Asker, text: &str) -> Result<CoverRecord, Problem> {
    let read = asker.engine().database().read(id(text)?, |id, tx| Box::pin(async move { covers::find(tx, *id).await }));
    read.await?.ok_or_else(|| missing("request for cover", text))
}

/// See a request for cover
#[utoipa::path(
    get, path = "/api/v1/cover/{cover}", tag = "On call", operation_id = "getCover",
    params(("cover" = String, Path, description = "`cov_…`")),
    responses((status = 200, description = "The request.", body = CoverView))
)]
async fn get_cover(asker: Asker, Path(text): Path<String>) -> Result<Json<CoverView>, Problem> {
    let record = find(&asker, &text).await?;
    Ok(Json(CoverView::of(&asker, &record)))
}

/// What is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCover {
    /// The schedule, by its slug.
    schedule: String,
    /// Who is to be relieved, by their slug: you where left out. Somebody else only by managers.
    user: Option<String>,
    /// Of all shifts from this moment: `2026-12-24 18:00` in the schedule's zone, or `2026-12-24T17:00:00Z`.
    #[schema(value_type = String, example = "2026-12-24 18:00")]
    from: Text<Moment>,
    /// Until just before this one, written like the start.
    #[schema(value_type = String, example = "2026-12-25 09:00")]
    until: Text<Moment>,
    /// Of whom: `participants`, who take turns where they do (where left out), or `team`, everybody in the team.
    of: Option<Of>,
    /// Of these people, by their slugs, instead.
    people: Option<Vec<String>>,
    /// A swap with one person instead.
    swap: Option<NewSwap>,
    /// What to say about it; everybody may read it.
    note: Option<String>,
}

/// Of whom cover is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Of {
    /// Everybody who takes turns where the asker does.
    Participants,
    /// Everybody in the team that keeps the schedule.
    Team,
}

/// What is taken in return.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSwap {
    /// With whom, by their slug.
    with: String,
    /// For all their shifts from this moment.
    #[schema(value_type = String, example = "2026-12-27 09:00")]
    from: Text<Moment>,
    /// Until just before this one.
    #[schema(value_type = String, example = "2026-12-28 09:00")]
    until: Text<Moment>,
}

fn moment(zone: &Zone, field: &str, moment: Moment) -> Result<Timestamp, Problem> {
    let outside = "it lies outside of the calendar; use a year from 1 to 9999";
    moment.in_zone(zone).ok_or_else(|| Problem::field(field, outside))
}

fn user_of(directory: &Directory, field: &str, slug: &str) -> Result<UserId, Problem> {
    named(directory, Kind::User, field, slug).map(|user| UserId::new(user.uuid()))
}

impl NewCover {
    fn read(self, asker: &Asker) -> Result<Asking, Problem> {
        let directory = &asker.directory;
        let schedule = named(directory, Kind::Schedule, "schedule", &self.schedule)?;
        let id = ScheduleId::new(schedule.uuid());
        let zone = directory.schedule(id).map_or_else(Zone::utc, |schedule| schedule.time_zone.clone());
        let user =
            match &self.user {
                Some(slug) => user_of(directory, "user", slug)?,
                None => asker.visitor.user.as_ref().map(|user| user.id).ok_or_else(|| {
                    Problem::field("user", "this token belongs to no person; say who is to be relieved")
                })?,
            };
        cover::must_for(asker.visitor.caller, asker.visitor.user.as_ref().map(|user| user.id), user)?;
        let range = Period { starts: moment(&zone, "from", self.from.0)?, ends: moment(&zone, "until", self.until.0)? };
        let of = match (self.of, self.people, self.swap) {
            (None | Some(Of::Participants), None, None) => Audience::Participants,
            (Some(Of::Team), None, None) => Audience::Team,
            (None, Some(people), None) => Audience::People(named_people(directory, "people", &people)?),
            (None, None, Some(swap)) => {
                let starts = moment(&zone, "swap.from", swap.from.0)?;
                let ends = moment(&zone, "swap.until", swap.until.0)?;
                let with = user_of(directory, "swap.with", &swap.with)?;
                Audience::Swap { with, range: Period { starts, ends } }
            }
            (_, _, _) => {
                return Err(Problem::field(
                    "of",
                    "only one of `of`, `people` and `swap` is possible; leave the others out",
                ));
            }
        };
        Ok(Asking { schedule: id, asker: user, range, of, note: self.note.unwrap_or_default() })
    }
}

/// Ask for cover, or propose a swap
///
/// Whoever is asked is told by what can wait, with a link on which they answer. Whoever accepts first is on call
/// instead, by an override.
#[utoipa::path(
    post, path = "/api/v1/cover", tag = "On call", operation_id = "askForCover", request_body = NewCover,
    responses((status = 201, description = "The request.", body = CoverView))
)]
async fn ask_for_cover(asker: Asker, Body(new): Body<NewCover>) -> Result<(StatusCode, Json<CoverView>), Problem> {
    let asking = new.read(&asker)?;
    let record = asker.engine().ask_for_cover(asker.actor(), asking).await?.map_err(cover::refused)?;
    Ok((StatusCode::CREATED, Json(CoverView::of(&asker, &record))))
}

/// Who answers, and about which part.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// Who takes it, by their slug: you where left out. Somebody else only by managers.
    user: Option<String>,
    /// Only from this moment, written like that of the request.
    #[schema(value_type = Option<String>)]
    from: Option<Text<Moment>>,
    /// Only until just before this one.
    #[schema(value_type = Option<String>)]
    until: Option<Text<Moment>>,
}

/// Who declines.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Declination {
    /// Who, by their slug: you where left out. Somebody else only by managers.
    user: Option<String>,
}

/// In whose name something is done.
fn answering(asker: &Asker, slug: Option<&String>) -> Result<UserId, Problem> {
    let own = asker.visitor.user.as_ref().map(|user| user.id);
    let user = match slug {
        Some(slug) => user_of(&asker.directory, "user", slug)?,
        None => own.ok_or_else(|| Problem::field("user", "this token belongs to no person; say who answers"))?,
    };
    cover::must_for(asker.visitor.caller, own, user)?;
    Ok(user)
}

async fn give(asker: &Asker, cover: CoverId, input: Input) -> Result<Json<CoverView>, Problem> {
    let answered = asker.engine().answer_cover(cover, asker.actor(), input).await?;
    let answered = answered.ok_or_else(|| missing("request for cover", cover))?;
    match answered.answer {
        Answer::Done | Answer::Nothing(Refusal::NoChange) => Ok(Json(CoverView::of(asker, &answered.cover))),
        Answer::Nothing(Refusal::NotInPart) => {
            Err(Problem::field("from", sentence::cover::refusal(&asker.names(), &Refusal::NotInPart)))
        }
        Answer::Nothing(refusal) => Err(Problem::conflict(sentence::cover::refusal(&asker.names(), &refusal))),
    }
}

/// Take over
///
/// All that is still asked for, or a part of it. Two who do so at once: the first has it, the other is told so.
#[utoipa::path(
    put, path = "/api/v1/cover/{cover}/acceptance", tag = "On call", operation_id = "acceptCover",
    params(("cover" = String, Path, description = "`cov_…`")), request_body = Acceptance,
    responses((status = 200, description = "The request as it is then.", body = CoverView),
              (status = 409, description = "Somebody was faster, or it cannot be taken.", body = Problem))
)]
async fn accept_cover(
    asker: Asker,
    Path(text): Path<String>,
    Body(wanted): Body<Acceptance>,
) -> Result<Json<CoverView>, Problem> {
    let record = find(&asker, &text).await?;
    let user = answering(&asker, wanted.user.as_ref())?;
    let schedule = asker.directory.schedule(record.request.schedule);
    let zone = schedule.map_or_else(Zone::utc, |schedule| schedule.time_zone.clone());
    let part = match (wanted.from, wanted.until) {
        (None, None) => None,
        (from, until) => {
            let starts = from.map_or(Ok(Timestamp::MIN), |Text(from)| moment(&zone, "from", from))?;
            let ends = until.map_or(Ok(Timestamp::MAX), |Text(until)| moment(&zone, "until", until))?;
            if ends <= starts {
                return Err(Problem::field("until", format!("{ends} is not after {starts}; make it later")));
            }
            Some(Period { starts, ends })
        }
    };
    give(&asker, record.id, Input::Accept { user, part }).await
}

/// Decline
#[utoipa::path(
    put, path = "/api/v1/cover/{cover}/declination", tag = "On call", operation_id = "declineCover",
    params(("cover" = String, Path, description = "`cov_…`")), request_body = Declination,
    responses((status = 200, description = "The request as it is then.", body = CoverView),
              (status = 409, description = "It is over, or they were not asked.", body = Problem))
)]
async fn decline_cover(
    asker: Asker,
    Path(text): Path<String>,
    Body(wanted): Body<Declination>,
) -> Result<Json<CoverView>, Problem> {
    let record = find(&asker, &text).await?;
    let user = answering(&asker, wanted.user.as_ref())?;
    give(&asker, record.id, Input::Decline { user }).await
}

/// Withdraw a request for cover
///
/// What was taken already stays so.
#[utoipa::path(
    delete, path = "/api/v1/cover/{cover}", tag = "On call", operation_id = "withdrawCover",
    params(("cover" = String, Path, description = "`cov_…`")),
    responses((status = 200, description = "The request as it is then.", body = CoverView),
              (status = 409, description = "It is over.", body = Problem))
)]
async fn withdraw_cover(asker: Asker, Path(text): Path<String>) -> Result<Json<CoverView>, Problem> {
    let record = find(&asker, &text).await?;
    let own = asker.visitor.user.as_ref().map(|user| user.id);
    cover::must_for(asker.visitor.caller, own, record.request.asker)?;
    give(&asker, record.id, Input::Withdraw).await
}
