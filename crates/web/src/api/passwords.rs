//! Passwords.

use allclear_core::access::Permission;
use allclear_core::directory::{Kind, Object, User};
use allclear_store::passwords;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Api;
use super::extract::{Asker, Body, missing};
use crate::auth::{check_new_password, set_password, verify_password};
use crate::gate::Access::May;
use crate::problem::Problem;

pub(super) fn mount(api: Api) -> Api {
    api.on(May(Permission::ManageOwnProfile), routes!(put_own_password))
        .on(May(Permission::Manage(Kind::User)), routes!(put_password))
}

/// Another password of your own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPasswordChange {
    /// The one that you have.
    current: String,
    /// The one that you want: at least 12 characters.
    password: String,
}

/// Another password of somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    /// At least 12 characters.
    password: String,
}

/// Change your password
///
/// All your sessions end.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "Me", operation_id = "putOwnPassword", request_body = OwnPasswordChange,
    responses((status = 204, description = "It is changed."))
)]
async fn put_own_password(asker: Asker, Body(change): Body<OwnPasswordChange>) -> Result<StatusCode, Problem> {
    let user = asker.person()?;
    asker.app.admit_password(asker.now(), &user.slug).map_err(Problem::too_many)?;
    let known = asker.engine().database().read(user.id, |user, tx| Box::pin(passwords::get(tx, *user))).await?;
    if !verify_password(change.current, known.map(|known| known.hash)).await {
        return Err(Problem::field("current", "that is not your password; ask an admin for a new one if it is lost"));
    }
    set(&asker, user, change.password).await
}

/// Set somebody's password
///
/// All their sessions end.
#[utoipa::path(
    put, path = "/api/v1/users/{slug}/password", tag = "Users", operation_id = "putPassword",
    params(("slug" = String, Path, description = "Their slug")), request_body = PasswordChange,
    responses((status = 204, description = "It is set."))
)]
async fn put_password(
    asker: Asker,
    Path(slug): Path<String>,
    Body(change): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    match asker.directory.by_slug(Kind::User, &slug) {
        Some(Object::User(user)) => set(&asker, user, change.password).await,
        Some(_) | None => Err(missing("user", &slug)),
    }
}

async fn set(asker: &Asker, user: &User, password: String) -> Result<StatusCode, Problem> {
    check_new_password(&password, user).map_err(|message| Problem::field("password", message))?;
    set_password(asker.engine(), asker.actor(), user.id, password, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
