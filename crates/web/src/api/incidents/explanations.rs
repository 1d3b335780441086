//! Why somebody was paged about an incident, or why not.

use allclear_core::access::Permission;
use allclear_core::directory::Kind;
use allclear_core::explanation::{Decider, Explanation};
use allclear_core::id::UserId;
use axum::Json;
use axum::extract::Path;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::find;
use crate::api::extract::{Asker, missing};
use crate::api::parts::Reference;
use crate::api::{Api, words};
use crate::explanation::explain;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::View), routes!(explain_page))
}

/// Why a person was paged about an incident, or why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
struct ExplanationView {
    /// The person.
    user: Reference,
    /// Whether they ever were.
    paged: bool,
    /// The answer in a sentence.
    conclusion: String,
    /// What led to it, in order of time.
    reasons: Vec<ReasonView>,
}

/// One reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
struct ReasonView {
    /// When it came about; nothing where it holds at all times.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// What it is.
    sentence: String,
    /// What decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<DeciderView>,
}

/// What decided something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decider)]
struct DeciderView {
    /// The kind of thing.
    #[schema(value_type = words::SubjectKind)]
    kind: &'static str,
    /// Its short name.
    slug: String,
    /// Its name.
    name: String,
}

impl From<Decider> for DeciderView {
    fn from(Decider { kind, slug, name }: Decider) -> Self {
        Self { kind: kind.word(), slug, name }
    }
}

/// Explain why somebody was paged, or why not
#[utoipa::path(
    get, path = "/api/v1/incidents/{incident}/explanations/{user}", tag = "Incidents", operation_id = "explainPage",
    params(("incident" = String, Path, description = "`INC-142`, `142` or `inc_…`"),
           ("user" = String, Path, description = "The person's slug")),
    responses((status = 200, description = "Why, or why not.", body = ExplanationView))
)]
async fn explain_page(
    asker: Asker,
    Path((reference, user)): Path<(String, String)>,
) -> Result<Json<ExplanationView>, Problem> {
    let person = asker.directory.by_slug(Kind::User, &user).ok_or_else(|| missing("user", &user))?;
    let user = UserId::new(person.uuid());
    let record = find(asker.engine(), &reference).await?;
    let Explanation { paged, conclusion, reasons } = explain(asker.engine(), &asker.directory, &record, user).await?;
    let reasons = reasons.into_iter().map(|reason| ReasonView {
        at: reason.at,
        sentence: reason.sentence,
        decided_by: reason.decided_by.map(Into::into),
    });
    let user = Reference::person(&asker.directory, user);
    Ok(Json(ExplanationView { user, paged, conclusion, reasons: reasons.collect() }))
}
