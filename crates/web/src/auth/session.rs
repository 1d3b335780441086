//! Sessions of people in browsers.
//!
//! A browser holds a random token in a cookie that scripts cannot read and other sites cannot make it send; the store
//! has only its SHA-256. A session ends after [`LIFETIME`], when it is revoked, and when its owner has left.

use allclear_core::access::Caller;
use allclear_core::id::{SessionId, UserId};
use allclear_core::limits;
use allclear_engine::Engine;
use allclear_store::sessions::{self, Session};
use axum::http::HeaderMap;
use axum::http::header::COOKIE as COOKIE_HEADER;
use jiff::SignedDuration;

use super::{Door, Visitor, digest};

/// The name of the cookie. Behind https it gets the prefix that ties it to the host (RFC 6265bis §4.1.3.2).
const COOKIE: &str = "allclear";
const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * limits::SESSION_DAYS as i64);
const AGENT_CHARACTERS: usize = 200;
/// 26 letters of five bits each.
const TOKEN_LETTERS: usize = 52;

fn name(secure: bool) -> String {
    if secure { format!("__Host-{COOKIE}") } else { COOKIE.to_owned() }
}

/// What a browser sent in a cookie of that name.
pub(crate) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE_HEADER)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

/// Begins a session, and returns what the browser is to hold.
pub(crate) async fn new_session(engine: &Engine, user: UserId, agent: &str) -> allclear_store::Result<String> {
    let now = engine.now();
    let token = engine.maker().text(TOKEN_LETTERS);
    let session = Session {
        id: SessionId::new(engine.maker().id(now)),
        user,
        created_at: now,
        seen_at: now,
        expires_at: now.checked_add(LIFETIME).unwrap_or(jiff::Timestamp::MAX),
        agent: agent.chars().take(AGENT_CHARACTERS).collect(),
    };
    engine
        .database()
        .write((session, digest(&token)), |(session, digest), tx| Box::pin(sessions::create(tx, session, digest)))
        .await?;
    Ok(token)
}

/// The header that gives a browser its session: for as long as it lasts, or until the browser is closed.
pub(crate) fn session_cookie(token: &str, secure: bool, remember: bool) -> String {
    let flag = if secure { "; Secure" } else { "" };
    let age = if remember { format!("; Max-Age={}", LIFETIME.as_secs()) } else { String::new() };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{age}{flag}", name(secure))
}

/// The header that takes it away again.
pub(crate) fn expired_cookie(secure: bool) -> String {
    let flag = if secure { "; Secure" } else { "" };
    format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0{flag}", name(secure))
}

/// Whoever the browser's session belongs to.
pub(crate) async fn visitor_by_session(
    engine: &Engine,
    headers: &HeaderMap,
    secure: bool,
) -> allclear_store::Result<Option<Visitor>> {
    let Some(token) = cookie_value(headers, &name(secure)) else { return Ok(None) };
    let now = engine.now();
    let found =
        engine.database().read(digest(token), move |digest, tx| Box::pin(sessions::find(tx, now, digest))).await?;
    let Some(session) = found else { return Ok(None) };
    let directory = engine.directory();
    let Some(user) = directory.user(session.user).filter(|user| !user.suspended) else { return Ok(None) };
    if session.is_to_be_touched(now) {
        engine.database().write(session.id, move |id, tx| Box::pin(sessions::touch(tx, now, *id))).await?;
    }
    let csrf = engine.key().form_token(session.id);
    Ok(Some(Visitor {
        caller: Caller::Person(user.role),
        user: Some(user.clone()),
        door: Door::Session { id: session.id, csrf },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE_HEADER, "a=1; allclear=token; b=2".parse().unwrap());
        headers.append(COOKIE_HEADER, "c=3".parse().unwrap());
        assert_eq!(cookie_value(&headers, "allclear"), Some("token"));
        assert_eq!(cookie_value(&headers, "c"), Some("3"));
        assert_eq!(cookie_value(&headers, "clear"), None);
    }

    #[test]
    fn behind_https_the_cookie_is_tied_to_the_host() {
        let cookie = session_cookie("t", true, true);
        assert!(
            cookie.starts_with("__Host-allclear=t; Path=/; HttpOnly; SameSite=Lax;") && cookie.ends_with("; Secure")
        );
        assert!(!session_cookie("t", false, true).contains("Secure"));
        assert!(!session_cookie("t", false, false).contains("Max-Age"));
    }
}
