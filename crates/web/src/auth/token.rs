//! API tokens: `Authorization: Bearer alc_…` (RFC 6750).

use allclear_core::access::{Caller, Scope};
use allclear_core::id::{TokenId, UserId};
use allclear_engine::Engine;
use allclear_store::tokens::{self, Token};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::{Door, Visitor, digest};

/// What all tokens begin with, so that secret scanners find them where they do not belong.
const PREFIX: &str = "alc_";
const LETTERS: usize = 40;

/// Makes a token, and returns it with what is stored of it. It is shown once, and never again.
pub(crate) async fn new_token(
    engine: &Engine,
    name: String,
    scope: Scope,
    user: Option<UserId>,
) -> allclear_store::Result<(Token, String)> {
    let now = engine.now();
    let secret = format!("{PREFIX}{}", engine.maker().text(LETTERS));
    let token = Token {
        id: TokenId::new(engine.maker().id(now)),
        name,
        scope: scope.word().to_owned(),
        user,
        created_at: now,
        used_at: None,
        revoked_at: None,
    };
    engine
        .database()
        .write((token.clone(), digest(&secret)), |(token, digest), tx| Box::pin(tokens::create(tx, token, digest)))
        .await?;
    Ok((token, secret))
}

/// Whoever the token belongs to.
pub(crate) async fn visitor_by_token(engine: &Engine, headers: &HeaderMap) -> allclear_store::Result<Option<Visitor>> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(secret) = header.and_then(|header| header.strip_prefix("Bearer ")).map(str::trim) else {
        return Ok(None);
    };
    let found = engine.database().read(digest(secret), |digest, tx| Box::pin(tokens::find(tx, digest))).await?;
    let Some(token) = found else { return Ok(None) };
    let Some(scope) = Scope::from_word(&token.scope) else { return Ok(None) };
    let directory = engine.directory();
    let user = match token.user {
        None => None,
        Some(user) => match directory.user(user).filter(|user| !user.suspended) {
            Some(user) => Some(user.clone()),
            None => return Ok(None),
        },
    };
    let now = engine.now();
    if token.is_to_be_noted(now) {
        engine.database().write(token.id, move |id, tx| Box::pin(tokens::note_use(tx, now, *id))).await?;
    }
    let caller = match &user {
        Some(user) => Caller::PersonByToken(user.role, scope),
        None => Caller::Program(scope),
    };
    Ok(Some(Visitor { user, door: Door::Token { id: token.id }, caller }))
}
