//! `/settings/tokens`

use allclear_core::access::Scope;
use allclear_core::id::TokenId;
use allclear_core::limits;
use allclear_store::tokens::{self, Token};
use axum::extract::Path;

use super::super::flash::Flash;
use super::super::form::{Form, Problems, Query};
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::auth::{self, NewToken, new_token};
use crate::pages::{Choice, FieldProblem, Pager, Section, SettingsTokensPage, TokenRow};
use crate::problem::Problem;

const fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "read: look at everything",
        Scope::Incidents => "incidents: look, and work on incidents",
        Scope::Events => "events: only send events",
        Scope::Manage => "manage: set up services, schedules and policies as well",
        Scope::Admin => "admin: everything",
    }
}

async fn page(
    reader: &Reader,
    form: &Form,
    fresh: Option<String>,
    problems: Vec<FieldProblem>,
) -> Result<SettingsTokensPage, Problem> {
    page_before(reader, None, form, fresh, problems).await
}

/// The page, with the tokens from before one.
async fn page_before(
    reader: &Reader,
    before: Option<TokenId>,
    form: &Form,
    fresh: Option<String>,
    problems: Vec<FieldProblem>,
) -> Result<SettingsTokensPage, Problem> {
    let rows = limits::LIST_PAGE;
    let read = reader.engine().database().read(before, move |before, tx| {
        Box::pin(async move { tokens::live(tx, *before, rows.cast_signed() as i64 + 1).await })
    });
    let mut stored = read.await?;
    let goes_on = stored.len() > rows;
    stored.truncate(rows);
    let address = |before: &str| view::address("/settings/tokens", &[("before", before)]);
    let pager = Pager {
        shown: format!("{} tokens", stored.len()),
        newer: before.map(|_| address("")),
        older: stored.last().filter(|_| goes_on).map(|last| address(&last.id.to_string())),
        looked: stored.len() as u64,
    };
    let chosen = form.text("role");
    let scope = |scope: Scope| Choice::new(scope.word(), words(scope), scope.word() == chosen);
    Ok(SettingsTokensPage {
        shell: reader.shell("Settings", Section::Settings).await?,
        rows: stored.iter().map(|token| row(reader, token)).collect(),
        pager,
        fresh,
        roles: Scope::ALL.into_iter().map(scope).collect(),
        problems,
    })
}

fn row(reader: &Reader, token: &Token) -> TokenRow {
    TokenRow {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: token.scope.clone(),
        owner: token.user.map(|user| reader.person(user)),
        made: reader.when(token.created_at),
        last_used: token.used_at.map(|at| reader.when(at)),
    }
}

/// The page.
pub(in crate::routes) async fn tokens(reader: Reader, query: Query) -> Reply {
    let page = page_before(&reader, query.parsed("before"), &Form::default(), None, Vec::new()).await?;
    reader.show(&page)
}

/// Makes a token. It is shown by the answer itself, once: what is said after a redirect would be kept by the browser.
pub(in crate::routes) async fn create_token(reader: Reader, form: Form) -> Reply {
    let mut problems = Problems::default();
    let name = problems.needed(&form, "name", "What it is for", limits::NAME_CHARACTERS).to_owned();
    let scope = problems.take("role", Scope::from_word(form.text("role")).ok_or("Choose what it may do."));
    let (Some(scope), true) = (scope, problems.is_empty()) else {
        let page = page(&reader, &form, None, problems.into_list()).await?;
        return reader.refuse(&page);
    };
    let engine = reader.engine();
    let (_, secret) = new_token(engine, reader.actor(), NewToken { name, scope, user: None }).await?;
    let page = page(&reader, &Form::default(), Some(secret), Vec::new()).await?;
    reader.show(&page)
}

/// Revokes a token.
pub(in crate::routes) async fn revoke_token(reader: Reader, Path(id): Path<String>, _: Form) -> Reply {
    let missing = || Problem::not_found("token");
    let id: TokenId = id.parse().map_err(|_| missing())?;
    let engine = reader.engine();
    let read = engine.database().read(id, |id, tx| Box::pin(async move { tokens::by_id(tx, &[*id]).await }));
    let known = read.await?.into_iter().find(|token| token.revoked_at.is_none());
    let token = known.ok_or_else(missing)?;
    auth::revoke_token(engine, reader.actor(), token.clone()).await?;
    let flash = Flash::good(format!("{} is revoked: whoever uses it is refused.", token.name));
    Ok(reader.go_saying("/settings/tokens", &flash))
}
