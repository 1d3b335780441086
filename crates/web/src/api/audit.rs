//! The audit log: what people did to the installation.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::audit::AuditFact;
use allclear_core::hex;
use allclear_core::id::TokenId;
use allclear_core::sentence;
use allclear_store::audit::{self, StoredAudit};
use allclear_store::{Result as Stored, Tx};
use axum::Json;
use axum::extract::OriginalUri;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Params};
use super::page::{Listed, Page, Paging};
use super::parts::Author;
use crate::auth::token_names;
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::ViewAudit), routes!(list_audit)).on(May(Permission::ViewAudit), routes!(verify_audit))
}

/// What was done at one moment.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntry {
    /// Its place in the log, from 1.
    number: u64,
    /// When.
    at: Timestamp,
    /// Who did it.
    by: Author,
    /// What was done, in order.
    facts: Vec<AuditFactView>,
    /// The SHA-256 that chains it to the entry before, in hex.
    hash: String,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditFact)]
struct AuditFactView {
    /// It in words.
    sentence: String,
    /// It as data: `fact` says what was done; the other fields depend on it, and more may come.
    #[schema(value_type = Object)]
    data: AuditFact,
}

type TokenNames = BTreeMap<TokenId, String>;

impl AuditEntry {
    fn of(asker: &Asker, tokens: &TokenNames, stored: &StoredAudit) -> Stored<Self> {
        let entry = stored.entry()?;
        let names = asker.names().with_tokens(tokens);
        let tell =
            |fact: AuditFact| AuditFactView { sentence: sentence::audit(&names, entry.actor, &fact), data: fact };
        Ok(Self {
            number: stored.number,
            at: entry.at,
            by: Author::of(&asker.directory, &names, entry.actor),
            facts: entry.facts.into_iter().map(tell).collect(),
            hash: hex(&stored.hash),
        })
    }
}

async fn read(tx: &mut Tx<'_>, before: Option<u64>, rows: i64) -> Stored<(Vec<StoredAudit>, TokenNames)> {
    let entries = audit::latest(tx, before, rows).await?;
    let actors = entries.iter().map(|entry| Ok(entry.entry()?.actor)).collect::<Stored<Vec<_>>>()?;
    let names = token_names(tx, actors).await?;
    Ok((entries, names))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

/// List the audit log
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "Audit", operation_id = "listAudit",
    params(AuditParams), responses((status = 200, description = "A page of entries.", body = Page<AuditEntry>))
)]
async fn list_audit(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<AuditParams>,
) -> Result<Listed<AuditEntry>, Problem> {
    let paging = Paging::<u64>::new(uri, params.cursor, params.limit)?;
    let found = asker
        .engine()
        .database()
        .read((paging.after, paging.rows()), |(before, rows), tx| Box::pin(read(tx, *before, *rows)));
    let (entries, tokens) = found.await?;
    let entries = entries.iter().map(|entry| AuditEntry::of(&asker, &tokens, entry)).collect::<Stored<Vec<_>>>()?;
    Ok(paging.page(entries, |entry| entry.number.to_string(), |entry| entry))
}

/// Whether the audit log is as it was written.
#[derive(Debug, Serialize, ToSchema)]
struct AuditVerification {
    /// Whether each entry follows from the one before it.
    holds: bool,
    /// How many entries were found in order.
    entries: u64,
    /// The first one that is not: it, or the one before it, was changed, or one was taken out or slipped in.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_break: Option<u64>,
}

/// Verify the audit log
///
/// Reads all of it and checks that nobody has touched it.
#[utoipa::path(
    get, path = "/api/v1/audit/verification", tag = "Audit", operation_id = "verifyAudit",
    responses((status = 200, description = "What was found.", body = AuditVerification))
)]
async fn verify_audit(asker: Asker) -> Result<Json<AuditVerification>, Problem> {
    let checked = asker.engine().check_audit().await?;
    let (entries, first_break) = (checked.entries, checked.first_break);
    Ok(Json(AuditVerification { holds: first_break.is_none(), entries, first_break }))
}
