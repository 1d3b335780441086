//! The limits.

use allclear_core::access::Permission;
use allclear_core::limits::{self, Limit};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use crate::gate::Access::May;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_limits))
}

/// All limits.
#[derive(Debug, Serialize, ToSchema)]
struct Limits {
    /// Each of them.
    items: Vec<LimitView>,
}

/// A limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limit)]
struct LimitView {
    /// What is limited.
    what: &'static str,
    /// The number.
    value: u64,
    /// Its unit.
    unit: &'static str,
    /// What happens beyond it.
    beyond: &'static str,
}

impl LimitView {
    const fn of(limit: &Limit) -> Self {
        Self { what: limit.what, value: limit.value, unit: limit.unit, beyond: limit.beyond }
    }
}

/// List the limits
#[utoipa::path(
    get, path = "/api/v1/limits", tag = "Settings", operation_id = "listLimits",
    responses((status = 200, description = "All limits.", body = Limits))
)]
async fn list_limits() -> Json<Limits> {
    Json(Limits { items: limits::ALL.iter().map(LimitView::of).collect() })
}
