//! API tokens: `Authorization: Bearer alc_…` (RFC 6750).

use std::collections::BTreeMap;

use allclear_core::access::{Caller, Scope};
use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::id::{TokenId, UserId};
use allclear_engine::Engine;
use allclear_store::tokens::{self, Token};
use allclear_store::{Tx, audit};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::{Door, Visitor, digest};

/// What all tokens begin with, so that secret scanners find them where they do not belong.
const PREFIX: &str = "alc_";
const LETTERS: usize = 40;

/// A token that is to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// Whose it is; nobody in particular for a program.
    pub user: Option<UserId>,
}

/// Makes a token, and returns it with its secret, which is shown once and never again.
///
/// # Errors
/// When the database refuses.
pub async fn new_token(engine: &Engine, actor: Actor, wanted: NewToken) -> allclear_store::Result<(Token, String)> {
    let now = engine.now();
    let secret = format!("{PREFIX}{}", engine.maker().text(LETTERS));
    let NewToken { name, scope, user } = wanted;
    let token = Token {
        id: TokenId::new(engine.maker().id(now)),
        name,
        scope: scope.word().to_owned(),
        user,
        created_at: now,
        used_at: None,
        revoked_at: None,
    };
    let written = engine.database().write((token.clone(), digest(&secret)), move |(token, digest), tx| {
        Box::pin(async move {
            tokens::create(tx, token, digest).await?;
            let fact = AuditFact::TokenCreated { name: token.name.clone(), scope: token.scope.clone() };
            audit::append(tx, now, actor, vec![fact]).await
        })
    });
    written.await?;
    Ok((token, secret))
}

/// Revokes a token. To revoke it again changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_token(engine: &Engine, actor: Actor, token: Token) -> allclear_store::Result<()> {
    let now = engine.now();
    let written = engine.database().write(token, move |token, tx| {
        Box::pin(async move {
            if tokens::revoke(tx, now, token.id).await? {
                audit::append(tx, now, actor, vec![AuditFact::TokenRevoked { name: token.name.clone() }]).await?;
            }
            Ok(())
        })
    });
    written.await
}

/// What the tokens are called by which these were done.
pub(crate) async fn token_names(
    tx: &mut Tx<'_>,
    actors: impl IntoIterator<Item = Actor>,
) -> allclear_store::Result<BTreeMap<TokenId, String>> {
    let token = |actor| if let Actor::Token { token } = actor { Some(token) } else { None };
    let mut ids: Vec<TokenId> = actors.into_iter().filter_map(token).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(tokens::by_id(tx, &ids).await?.into_iter().map(|token| (token.id, token.name)).collect())
}

/// Whoever the token belongs to.
pub(crate) async fn visitor_by_token(engine: &Engine, headers: &HeaderMap) -> allclear_store::Result<Option<Visitor>> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, secret)) = header.and_then(|header| header.split_once(' ')) else { return Ok(None) };
    // The scheme's case means nothing (RFC 9110 §11.1).
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Ok(None);
    }
    let secret = secret.trim();
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
