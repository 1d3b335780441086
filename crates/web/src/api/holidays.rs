//! Public holidays by country and region.

use allclear_core::access::Permission;
use allclear_core::holiday::{Region, SOURCE};
use axum::Json;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_holidays)).on(May(Permission::View), routes!(list_holiday_regions))
}

/// Whose holidays, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HolidayParams {
    /// The ISO code of a country (`FR`) or of a region of one (`DE-BY`).
    region: String,
    /// The first day; today where left out.
    from: Option<String>,
    /// The last day; a year later where left out.
    until: Option<String>,
}

/// The holidays of a region.
#[derive(Debug, Serialize, ToSchema)]
struct HolidayList {
    /// Whose.
    region: String,
    /// In order of time.
    items: Vec<HolidayView>,
    /// Where the dates come from.
    source: &'static str,
}

/// A holiday: a whole day, wherever one lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holiday)]
struct HolidayView {
    /// When: `2026-12-25`.
    date: String,
    /// What it is called.
    name: &'static str,
}

/// The regions.
#[derive(Debug, Serialize, ToSchema)]
struct HolidayRegions {
    /// Every code whose holidays are known.
    items: Vec<&'static str>,
}

fn date(field: &str, text: Option<&String>, usual: Date) -> Result<Date, Problem> {
    let wrong = |text: &str| Problem::field(field, format!("`{text}` is not a date; write it like 2026-12-24"));
    text.map_or(Ok(usual), |text| text.parse().map_err(|_| wrong(text)))
}

/// List the holidays of a region
#[utoipa::path(
    get, path = "/api/v1/holidays", tag = "On call", operation_id = "listHolidays", params(HolidayParams),
    responses((status = 200, description = "The holidays.", body = HolidayList))
)]
async fn list_holidays(asker: Asker, Params(params): Params<HolidayParams>) -> Result<Json<HolidayList>, Problem> {
    let region: Region = params.region.parse().map_err(|message: String| Problem::field("region", message))?;
    let today = asker.zone.local(asker.now()).date();
    let from = date("from", params.from.as_ref(), today)?;
    let until = date("until", params.until.as_ref(), from.saturating_add(1.year()))?;
    let calendar = region.holidays().into_iter();
    let days = calendar.flat_map(|calendar| calendar.between(from, until));
    let items = days.map(|(date, name)| HolidayView { date: date.to_string(), name }).collect();
    Ok(Json(HolidayList { region: region.to_string(), items, source: SOURCE }))
}

/// List the regions whose holidays are known
#[utoipa::path(
    get, path = "/api/v1/holidays/regions", tag = "On call", operation_id = "listHolidayRegions",
    responses((status = 200, description = "The regions.", body = HolidayRegions))
)]
async fn list_holiday_regions() -> Json<HolidayRegions> {
    Json(HolidayRegions { items: Region::all().collect() })
}
