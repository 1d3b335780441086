//! `/login` and `/logout`.

use std::sync::Arc;

use allclear_core::actor::{Actor, Via};
use allclear_core::audit::AuditFact;
use allclear_core::directory::{Directory, User};
use allclear_store::{passwords, sessions};
use axum::extract::State;
use axum::http::header::{RETRY_AFTER, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::form::{Form, Query, guest_csrf};
use super::peer::CameFrom;
use super::reply::{Reply, go, html, local, with_cookie};
use crate::app::App;
use crate::auth::{Door, Visitor, expired_cookie, new_session, session_cookie, verify_password};
use crate::pages::SignInPage;
use crate::problem::Problem;

/// How much of a login goes into the audit log.
const LOGIN_CHARACTERS: usize = 60;

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    headers: HeaderMap,
    visitor: Option<axum::Extension<Visitor>>,
    query: Query,
) -> Reply {
    if app.engine().directory().users().next().is_none() {
        return Ok(go("/setup"));
    }
    let next = local(query.text("next"));
    if visitor.is_some() {
        return Ok(go(next));
    }
    show(&app, &headers, StatusCode::OK, "", next, String::new())
}

fn show(app: &App, headers: &HeaderMap, status: StatusCode, login: &str, next: &str, refusal: String) -> Reply {
    let (csrf, cookie) = guest_csrf(app, headers, None);
    let organisation = app.engine().directory().organisation.name.clone();
    let page = SignInPage { organisation, csrf, login: login.to_owned(), next: next.to_owned(), refusal };
    let response = html(status, &page)?;
    Ok(match cookie {
        Some(cookie) => with_cookie(response, &cookie),
        None => response,
    })
}

/// The form.
pub(super) async fn sign_in(
    State(app): State<App>,
    CameFrom(address): CameFrom,
    headers: HeaderMap,
    form: Form,
) -> Reply {
    let (login, next) = (form.text("login"), local(form.text("next")));
    let directory = app.engine().directory();
    let known = find(&directory, login);
    if let Err(seconds) = admit(&app, known.map_or(login, |user| &user.slug), &address) {
        note_refusal(&app, login, Some(&address)).await?;
        let refusal = format!("Too many attempts. Try again in {seconds} s.");
        let mut response = show(&app, &headers, StatusCode::TOO_MANY_REQUESTS, login, next, refusal)?;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let hash = match known {
        Some(user) => {
            let read = app
                .engine()
                .database()
                .read(user.id, |user, tx| Box::pin(async move { passwords::get(tx, *user).await }));
            read.await?.map(|password| password.hash)
        }
        None => None,
    };
    let right = verify_password(form.raw("password").to_owned(), hash).await;
    match known.filter(|_| right) {
        Some(user) => begin(&app, &headers, user, form.is_ticked("remember"), next).await,
        None => {
            note_refusal(&app, login, None).await?;
            let refusal = "That login and password do not belong together.".to_owned();
            show(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, login, next, refusal)
        }
    }
}

/// Lets an attempt through, by the account and by the address from which it comes.
fn admit(app: &App, login: &str, address: &str) -> Result<(), u64> {
    let now = app.engine().now();
    app.0.sign_in_limit.admit(now, format!("address {address}"))?;
    app.admit_password(now, login)
}

/// Whoever may sign in by this login, or by this mail address if it is theirs alone: people may type in what they like
/// as theirs.
fn find<'d>(directory: &'d Directory, login: &str) -> Option<&'d Arc<User>> {
    let people = || directory.users().filter(|user| !user.suspended);
    let slug = login.to_lowercase();
    if let Some(user) = people().find(|user| user.slug == slug) {
        return Some(user);
    }
    let mut owners = people().filter(|user| !user.email.is_empty() && user.email.eq_ignore_ascii_case(login));
    owners.next().filter(|_| owners.next().is_none())
}

/// A refusal goes into the audit log. Attempts that were not even looked at do so once a minute from each address: the
/// log must not be flooded by whom it is to show.
async fn note_refusal(app: &App, login: &str, not_looked_at_from: Option<&str>) -> Result<(), Problem> {
    let engine = app.engine();
    if let Some(address) = not_looked_at_from
        && app.0.sign_in_notes.admit(engine.now(), address.to_owned()).is_err()
    {
        return Ok(());
    }
    let login = login.chars().take(LOGIN_CHARACTERS).collect();
    Ok(engine.note(Actor::System, AuditFact::SignInRefused { login }).await?)
}

/// Begins a session and goes on.
pub(super) async fn begin(app: &App, headers: &HeaderMap, user: &User, remember: bool, next: &str) -> Reply {
    let engine = app.engine();
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let token = new_session(engine, user.id, agent).await?;
    let actor = Actor::User { user: user.id, via: Via::Web };
    engine.note(actor, AuditFact::SignedIn { user: user.id }).await?;
    Ok(with_cookie(go(next), &session_cookie(&token, app.0.secure, remember)))
}

/// Ends the session.
pub(super) async fn sign_out(State(app): State<App>, visitor: Visitor, _: Form) -> Reply {
    if let (Some(user), Door::Session { id, .. }) = (&visitor.user, &visitor.door) {
        let (user, id) = (user.id, *id);
        let ended =
            app.engine().database().write((user, id), |(user, id), tx| Box::pin(sessions::revoke(tx, *user, *id)));
        ended.await?;
        app.engine().note(visitor.actor(), AuditFact::SignedOut { user }).await?;
    }
    Ok(with_cookie(go("/login"), &expired_cookie(app.0.secure)))
}
