//! Tokens of the API: those of programs, and one's own.

use allclear_core::access::{Caller, Permission, Scope};
use allclear_core::id::{TokenId, UserId};
use allclear_core::limits;
use allclear_store::tokens::{self, Token};
use axum::Json;
use axum::extract::{OriginalUri, Path};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::extract::{Asker, Body, Params, missing, text};
use super::page::{Listed, Page, Paging};
use super::parts::Reference;
use super::{Api, words};
use crate::auth::{self, NewToken};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    let (programs, own) = (May(Permission::ManageTokens), May(Permission::ManageOwnProfile));
    api.on(programs, routes!(list_tokens))
        .on(programs, routes!(create_token))
        .on(programs, routes!(revoke_token))
        .on(own, routes!(list_own_tokens))
        .on(own, routes!(create_own_token))
        .on(own, routes!(revoke_own_token))
}

/// A token of the API.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    /// Its identity.
    #[schema(value_type = String, example = "tok_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    id: TokenId,
    /// What it is for.
    name: String,
    /// What it is good for.
    #[schema(value_type = words::TokenScope)]
    scope: String,
    /// Whose it is; nothing for a program's.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Reference>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was used for the last time, give or take five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

impl TokenView {
    fn of(asker: &Asker, token: Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scope: token.scope,
            user: token.user.map(|user| Reference::person(&asker.directory, user)),
            created_at: token.created_at,
            used_at: token.used_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A new token, with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedToken {
    #[serde(flatten)]
    token: TokenView,
    /// What to send as `Authorization: Bearer …`. It is shown only now.
    #[schema(example = "alc_…")]
    secret: String,
}

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    /// What it is for.
    #[schema(example = "Terraform")]
    name: String,
    /// What it is to be good for.
    #[schema(value_type = words::TokenScope)]
    scope: Scope,
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TokenParams {
    /// The `next` of the page before.
    cursor: Option<String>,
    /// How many to a page, 1 to 200; 50 where left out.
    limit: Option<usize>,
}

type Created = Result<(StatusCode, Json<CreatedToken>), Problem>;

/// List all tokens
///
/// Those of programs and of people, newest first; those that were revoked as well.
#[utoipa::path(
    get, path = "/api/v1/tokens", tag = "Tokens", operation_id = "listTokens",
    params(TokenParams), responses((status = 200, description = "A page of tokens.", body = Page<TokenView>))
)]
async fn list_tokens(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<TokenParams>,
) -> Result<Listed<TokenView>, Problem> {
    let paging = Paging::<TokenId>::new(uri, params.cursor, params.limit)?;
    let found = asker
        .engine()
        .database()
        .read((paging.after, paging.rows()), |(before, rows), tx| Box::pin(tokens::list(tx, *before, *rows)));
    Ok(paging.page(found.await?, |token| token.id.to_string(), |token| TokenView::of(&asker, token)))
}

/// Make a token for a program
#[utoipa::path(
    post, path = "/api/v1/tokens", tag = "Tokens", operation_id = "createToken", request_body = TokenRequest,
    responses((status = 201, description = "The token, with its secret.", body = CreatedToken))
)]
async fn create_token(asker: Asker, Body(request): Body<TokenRequest>) -> Created {
    create(&asker, request, None).await
}

/// Revoke a token
#[utoipa::path(
    delete, path = "/api/v1/tokens/{token}", tag = "Tokens", operation_id = "revokeToken",
    params(("token" = String, Path, description = "`tok_…`")),
    responses((status = 204, description = "It opens nothing any more."))
)]
async fn revoke_token(asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    revoke(&asker, &id, |_| true).await
}

/// List your tokens
///
/// Newest first; those that were revoked as well.
#[utoipa::path(
    get, path = "/api/v1/me/tokens", tag = "Me", operation_id = "listOwnTokens",
    params(TokenParams), responses((status = 200, description = "A page of tokens.", body = Page<TokenView>))
)]
async fn list_own_tokens(
    asker: Asker,
    OriginalUri(uri): OriginalUri,
    Params(params): Params<TokenParams>,
) -> Result<Listed<TokenView>, Problem> {
    let paging = Paging::<TokenId>::new(uri, params.cursor, params.limit)?;
    let wanted = (asker.person()?.id, paging.after, paging.rows());
    let found = asker
        .engine()
        .database()
        .read(wanted, |(user, before, rows), tx| Box::pin(tokens::of_user(tx, *user, *before, *rows)));
    Ok(paging.page(found.await?, |token| token.id.to_string(), |token| TokenView::of(&asker, token)))
}

/// Make a token of your own
///
/// It can do what both you and its scope may, and no more than the token that it is made with.
#[utoipa::path(
    post, path = "/api/v1/me/tokens", tag = "Me", operation_id = "createOwnToken", request_body = TokenRequest,
    responses((status = 201, description = "The token, with its secret.", body = CreatedToken))
)]
async fn create_own_token(asker: Asker, Body(request): Body<TokenRequest>) -> Created {
    let user = asker.person()?.id;
    let wanted = |permission: &Permission| request.scope.may(*permission);
    let held = |permission: Permission| match asker.visitor.caller {
        Caller::Program(scope) | Caller::PersonByToken(_, scope) => scope.may(permission),
        Caller::Person(_) => true,
        Caller::PageLink => false,
    };
    if !Permission::ALL.into_iter().filter(wanted).all(held) {
        let message = format!("`{}` allows more than the token that you sent; use another one", request.scope.word());
        return Err(Problem::field("scope", message));
    }
    create(&asker, request, Some(user)).await
}

/// Revoke a token of your own
#[utoipa::path(
    delete, path = "/api/v1/me/tokens/{token}", tag = "Me", operation_id = "revokeOwnToken",
    params(("token" = String, Path, description = "`tok_…`")),
    responses((status = 204, description = "It opens nothing any more."))
)]
async fn revoke_own_token(asker: Asker, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let user = asker.person()?.id;
    revoke(&asker, &id, |token| token.user == Some(user)).await
}

async fn create(asker: &Asker, request: TokenRequest, user: Option<UserId>) -> Created {
    let name = text("name", &request.name, limits::NAME_CHARACTERS)?;
    let wanted = NewToken { name, scope: request.scope, user };
    let (token, secret) = auth::new_token(asker.engine(), asker.actor(), wanted).await?;
    Ok((StatusCode::CREATED, Json(CreatedToken { token: TokenView::of(asker, token), secret })))
}

async fn revoke(asker: &Asker, text: &str, may_be: impl Fn(&Token) -> bool) -> Result<StatusCode, Problem> {
    let id: TokenId = text.parse().map_err(|_| missing("token", text))?;
    let found = asker.engine().database().read(id, |id, tx| Box::pin(async move { tokens::by_id(tx, &[*id]).await }));
    let token = found.await?.into_iter().find(may_be).ok_or_else(|| missing("token", text))?;
    auth::revoke_token(asker.engine(), asker.actor(), token).await?;
    Ok(StatusCode::NO_CONTENT)
}
