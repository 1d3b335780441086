//! Incidents that follow a policy as it was before it was changed.

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::id::PolicyId;
use allclear_core::limits;
use axum::Json;
use axum::extract::Path;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, missing};
use super::incidents::IncidentView;
use crate::gate::Access::May;
use crate::policy_runs::{apply, outdated};
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(list_outdated_incidents))
        .on(May(Permission::Manage(Kind::Policy)), routes!(apply_policy))
}

/// Incidents.
#[derive(Debug, Serialize, ToSchema)]
struct OutdatedIncidents {
    /// Newest first; the 200 newest where there are more to list.
    items: Vec<IncidentView>,
}

fn policy(asker: &Asker, slug: &str) -> Result<PolicyId, Problem> {
    let found = asker.directory.by_slug(Kind::Policy, slug).ok_or_else(|| missing("policy", slug))?;
    Ok(PolicyId::new(found.uuid()))
}

/// List the incidents that follow an older version of a policy
///
/// A policy is frozen into an escalation when it starts; these are the open ones that a later change has not reached.
#[utoipa::path(
    get, path = "/api/v1/policies/{policy}/outdated-incidents", tag = "Policies",
    operation_id = "listOutdatedIncidents", params(("policy" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The incidents.", body = OutdatedIncidents))
)]
async fn list_outdated_incidents(asker: Asker, Path(slug): Path<String>) -> Result<Json<OutdatedIncidents>, Problem> {
    let found = outdated(asker.engine(), &asker.directory, policy(&asker, &slug)?).await?;
    let items = found.iter().take(limits::LIST_PAGE).map(|record| IncidentView::of(&asker, record)).collect();
    Ok(Json(OutdatedIncidents { items }))
}

/// Apply a policy to running incidents
///
/// Every open incident that follows an older version of the policy follows it as it is now, from the step where it is.
/// Answers with those that it was applied to.
#[utoipa::path(
    post, path = "/api/v1/policies/{policy}/applications", tag = "Policies", operation_id = "applyPolicy",
    params(("policy" = String, Path, description = "Its slug")),
    responses((status = 200, description = "The incidents that it was applied to.", body = OutdatedIncidents))
)]
async fn apply_policy(asker: Asker, Path(slug): Path<String>) -> Result<Json<OutdatedIncidents>, Problem> {
    let policy = policy(&asker, &slug)?;
    let applied = apply(asker.engine(), &asker.directory, policy, asker.actor()).await?;
    let items = applied.iter().map(|record| IncidentView::of(&asker, record)).collect();
    Ok(Json(OutdatedIncidents { items }))
}
