//! What being on call was like, how evenly it was shared, and what is paid for it.

use allclear_core::access::Permission;
use allclear_core::directory::{Directory, Kind};
use allclear_core::id::TeamId;
use allclear_core::limits;
use allclear_core::load::{Currency, Load, Rates, Report, csv};
use allclear_core::readiness::Period;
use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params};
use super::parts::{Reference, named};
use crate::gate::Access::May;
use crate::load;
use crate::problem::Problem;

/// How long a period is where nothing else is said.
const USUAL: SignedDuration = SignedDuration::from_hours(28 * 24);
/// How long it can be.
const LONGEST: SignedDuration = SignedDuration::from_hours(limits::LOAD_DAYS as i64 * 24);

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(get_load)).on(May(Permission::View), routes!(get_load_as_csv))
}

/// Which period, and what is paid. Money is in hundredths: cents, pence, öre.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LoadParams {
    /// From this moment; 28 days ago where left out.
    from: Option<Timestamp>,
    /// Until just before this one, at most 400 days later; now where left out.
    until: Option<Timestamp>,
    /// Only by the schedules of this team, by its slug.
    team: Option<String>,
    /// What an hour by day on a weekday is paid; 0 where left out.
    hour: Option<u32>,
    /// What an hour by night is paid, in per cent of that; 100 where left out.
    night: Option<u32>,
    /// What an hour on a weekend is paid, in per cent of it.
    weekend: Option<u32>,
    /// What an hour on a holiday of the person's region is paid, in per cent of it; of several that meet, the greatest
    /// counts.
    holiday: Option<u32>,
    /// The word for the money, in the CSV: `EUR`.
    currency: Option<String>,
    /// What a page is paid; 0 where left out.
    page: Option<u32>,
}

impl LoadParams {
    fn rates(&self) -> Rates {
        let usual = Rates::default();
        Rates {
            hour: self.hour.unwrap_or(usual.hour),
            night: self.night.unwrap_or(usual.night),
            weekend: self.weekend.unwrap_or(usual.weekend),
            holiday: self.holiday.unwrap_or(usual.holiday),
            page: self.page.unwrap_or(usual.page),
        }
    }
}

/// How the load of a period was shared.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OnCallLoad)]
struct LoadView {
    /// From this moment.
    from: Timestamp,
    /// Until just before this one.
    until: Timestamp,
    /// Each person who takes turns or was on call, the heaviest load first.
    items: Vec<PersonalLoad>,
    /// How evenly it was shared, in per cent: 100 where all bore the same (Jain's index of the weights); nothing where
    /// nobody bore anything.
    evenness: Option<u8>,
    /// What would even it out the most, where it is worth it.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<SuggestionView>,
}

/// The load of one person. A night is from 22:00 to 06:00 and a weekend from Saturday to Sunday, where they live.
#[derive(Debug, Serialize, ToSchema)]
struct PersonalLoad {
    /// Who.
    user: Reference,
    /// Seconds on call; time by several schedules at once counts once.
    seconds: i64,
    /// Of these, by night.
    night_seconds: i64,
    /// Of these, on weekends.
    weekend_seconds: i64,
    /// Of these, on holidays of their region, which may be on a weekend.
    holiday_seconds: i64,
    /// How often they were paged.
    pages: usize,
    /// In how many nights.
    broken_nights: usize,
    /// All of it as one length of time, in seconds: nights count twice, weekends and holidays one and a half times, a
    /// page an hour and a broken night eight.
    weight_seconds: i64,
    /// What they are paid, in hundredths.
    pay: u64,
}

/// Somebody should take over from somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LoadSuggestion)]
struct SuggestionView {
    /// Who bore the most.
    from: Reference,
    /// Who bore the least.
    to: Reference,
    /// How much more weight the one bore, in seconds.
    more_seconds: i64,
}

impl LoadView {
    fn of(directory: &Directory, report: &Report, rates: &Rates) -> Self {
        let person = |load: &Load| PersonalLoad {
            user: Reference::person(directory, load.user),
            seconds: load.time.whole().as_secs(),
            night_seconds: load.time.nights().as_secs(),
            weekend_seconds: load.time.weekends().as_secs(),
            holiday_seconds: load.time.holidays().as_secs(),
            pages: load.pages,
            broken_nights: load.broken_nights,
            weight_seconds: load.weight().as_secs(),
            pay: rates.pay(load),
        };
        Self {
            from: report.period.starts,
            until: report.period.ends,
            items: report.loads.iter().map(person).collect(),
            evenness: report.evenness,
            suggestion: report.suggestion.as_ref().map(|one| SuggestionView {
                from: Reference::person(directory, one.from),
                to: Reference::person(directory, one.to),
                more_seconds: one.more.as_secs(),
            }),
        }
    }
}

async fn report(asker: &Asker, params: &LoadParams) -> Result<Report, Problem> {
    let team = params.team.as_ref().map(|slug| named(&asker.directory, Kind::Team, "team", slug)).transpose()?;
    let ends = params.until.unwrap_or_else(|| asker.now());
    let starts = params.from.unwrap_or_else(|| ends.saturating_sub(USUAL).unwrap_or(Timestamp::MIN));
    let length = ends.duration_since(starts);
    if length <= SignedDuration::ZERO || length > LONGEST {
        let message = format!("{ends} is not within {} days after {starts}; ask for less at a time", limits::LOAD_DAYS);
        return Err(Problem::field("until", message));
    }
    let team = team.map(|team| TeamId::new(team.uuid()));
    load::of(asker.engine(), asker.directory.clone(), team, Period { starts, ends }).await
}

/// See how on-call load is shared
///
/// Hours, nights, weekends, pages and broken nights of each person over a period.
#[utoipa::path(
    get, path = "/api/v1/on-call/load", tag = "On call", operation_id = "getOnCallLoad", params(LoadParams),
    responses((status = 200, description = "The load of the period.", body = LoadView))
)]
async fn get_load(asker: Asker, Params(params): Params<LoadParams>) -> Result<Json<LoadView>, Problem> {
    let report = report(&asker, &params).await?;
    Ok(Json(LoadView::of(&asker.directory, &report, &params.rates())))
}

/// Get the on-call load as CSV
///
/// One person to a line, with hours and what they are paid: for the payroll.
#[utoipa::path(
    get, path = "/api/v1/on-call/load.csv", tag = "On call", operation_id = "getOnCallLoadAsCsv", params(LoadParams),
    responses((status = 200, description = "The load of the period.", body = String, content_type = "text/csv"))
)]
async fn get_load_as_csv(asker: Asker, Params(params): Params<LoadParams>) -> Result<Response, Problem> {
    let report = report(&asker, &params).await?;
    let currency = params.currency.as_deref().unwrap_or("").parse::<Currency>();
    let currency = currency.map_err(|message| Problem::field("currency", message))?;
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"on-call-load.csv\"")];
    Ok((headers, csv(&asker.directory, &report, &params.rates(), &currency)).into_response())
}
