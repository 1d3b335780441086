//! A link by which somebody sets a new password: for whoever is new here, and whoever forgot.
//!
//! It is signed, works for three days, and only while the person's password is the one that it was made for: once used,
//! it is worth nothing.

use std::sync::Arc;

use allclear_core::access::UserPart;
use allclear_core::actor::{Actor, Via};
use allclear_core::directory::User;
use allclear_core::id::UserId;
use allclear_core::limits;
use allclear_engine::Engine;
use allclear_store::passwords;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::super::flash::Flash;
use super::super::form::{Form, GuestForm, Problems, guest_csrf};
use super::super::reader::Reader;
use super::super::reply::{Reply, html, with_cookie};
use super::super::{keys, password, sign_in};
use crate::app::App;
use crate::auth::set_password;
use crate::pages::FieldProblem;
use crate::problem::Problem;

/// For how long a link works.
const LIFETIME: SignedDuration = SignedDuration::from_hours(limits::INVITATION_HOURS as i64);
/// What the signature is for.
const PURPOSE: &str = "invitation";

/// What a link says.
#[derive(Debug, Serialize, Deserialize)]
struct Invitation {
    user: UserId,
    expires_at: Timestamp,
    /// When the password was set that it replaces; nothing where there is none yet.
    replaces: Option<Timestamp>,
}

async fn changed_at(engine: &Engine, user: UserId) -> allclear_store::Result<Option<Timestamp>> {
    let read = engine.database().read(user, |user, tx| Box::pin(async move { passwords::get(tx, *user).await }));
    Ok(read.await?.map(|password| password.changed_at))
}

/// A link for a person.
pub(super) async fn link(reader: &Reader, person: &User) -> Result<String, Problem> {
    Ok(password_link(reader.engine(), person).await?)
}

/// The link by which a person sets a new password, once, within three days.
///
/// # Errors
/// Whatever the database says.
pub async fn password_link(engine: &Engine, person: &User) -> allclear_store::Result<String> {
    let invitation = Invitation {
        user: person.id,
        expires_at: engine.now().checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
        replaces: changed_at(engine, person.id).await?,
    };
    let json = serde_json::to_string(&invitation).expect("an invitation has a JSON form");
    Ok(format!("{}/welcome/{}", keys::base(engine).trim_end_matches('/'), engine.key().sign_text(PURPOSE, &json)))
}

/// Makes a link for somebody.
pub(in crate::routes) async fn invite(reader: Reader, Path(slug): Path<String>, _: Form) -> Reply {
    let person = super::find_to_change(&reader, &slug, UserPart::Standing)?;
    let link = link(&reader, person).await?;
    let text = format!("Give {} this link, which works for three days: {link}", person.name);
    Ok(reader.go_saying(&format!("/people/{slug}"), &Flash::good(text)))
}

/// Whom a token invites.
async fn find(engine: &Engine, token: &str) -> Result<Arc<User>, Problem> {
    let refused = || {
        let detail = "This link was used already, is too old, or is not complete. Ask an admin for another one.";
        Problem::new(StatusCode::NOT_FOUND, detail)
    };
    let read = engine.key().read_text(PURPOSE, token).and_then(|json| serde_json::from_str(&json).ok());
    let invitation: Invitation = read.ok_or_else(refused)?;
    let directory = engine.directory();
    let person = directory.user(invitation.user).filter(|user| !user.suspended).ok_or_else(refused)?;
    let is_unused = changed_at(engine, person.id).await? == invitation.replaces;
    if is_unused && engine.now() < invitation.expires_at { Ok(person.clone()) } else { Err(refused()) }
}

/// `/welcome/{token}`
#[derive(Debug, Clone, Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    organisation: String,
    csrf: String,
    name: String,
    login: String,
    token: String,
    problems: Vec<FieldProblem>,
}

fn show(app: &App, headers: &HeaderMap, status: StatusCode, person: &User, token: &str, problems: Problems) -> Reply {
    let (csrf, cookie) = guest_csrf(app, headers, None);
    let page = WelcomePage {
        organisation: app.engine().directory().organisation.name.clone(),
        csrf,
        name: person.name.clone(),
        login: person.slug.clone(),
        token: token.to_owned(),
        problems: problems.into_list(),
    };
    let response = html(status, &page)?;
    Ok(match cookie {
        Some(cookie) => with_cookie(response, &cookie),
        None => response,
    })
}

/// The page that a link opens.
pub(in crate::routes) async fn invited(State(app): State<App>, Path(token): Path<String>, headers: HeaderMap) -> Reply {
    let person = find(app.engine(), &token).await?;
    show(&app, &headers, StatusCode::OK, &person, &token, Problems::default())
}

/// The form: sets the password, ends all sessions, and begins one.
pub(in crate::routes) async fn accept(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: GuestForm,
) -> Reply {
    let (engine, form) = (app.engine(), form.0);
    let person = find(engine, &token).await?;
    let mut problems = Problems::default();
    password::check(&form, "password", &person, &mut problems);
    if !problems.is_empty() {
        return show(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, &person, &token, problems);
    }
    let actor = Actor::User { user: person.id, via: Via::Link };
    set_password(engine, actor, person.id, form.raw("password").to_owned(), None).await?;
    sign_in::begin(&app, &headers, &person, true, &format!("/people/{}", person.slug)).await
}
