//! Tokens without a server: the first one, and one more when all are lost.

use std::path::PathBuf;

use allclear_core::actor::Actor;
use allclear_core::directory::Kind;
use allclear_core::id::TokenId;
use allclear_core::limits;
use allclear_core::zone::Zone;
use allclear_engine::Engine;
use allclear_store::tokens::{self, Token};
use anyhow::Context as _;
use serde_json::{Value, json};

use crate::Usage;
use crate::home::Home;
use crate::remote::token::{NewToken, TokenRow};

/// An installation, whose tokens are worked on. Its server may be running.
pub(crate) struct House {
    engine: Engine,
}

impl House {
    /// The installation with this data directory, or with the PostgreSQL database that the environment names.
    pub(crate) async fn open(data: PathBuf) -> anyhow::Result<Self> {
        let database = std::env::var("ALLCLEAR_DATABASE").ok().filter(|url| !url.is_empty());
        let home = Home { data, database };
        let database = home.open_existing().await?;
        Ok(Self { engine: super::engine(database, home.key()?).await? })
    }

    /// The organisation's zone.
    pub(crate) fn zone(&self) -> Zone {
        self.engine.directory().organisation.time_zone.clone()
    }

    /// Makes a token for a program, and answers as the API does.
    pub(crate) async fn create(&self, wanted: &NewToken) -> anyhow::Result<Value> {
        let name = wanted.name.trim().to_owned();
        let length = name.chars().count();
        if !(1..=limits::NAME_CHARACTERS).contains(&length) {
            let most = limits::NAME_CHARACTERS;
            return Err(Usage(format!("--name has {length} characters; give it 1 to {most}")).into());
        }
        let new = allclear_web::NewToken { name, scope: wanted.scope(), user: None };
        let (token, secret) = allclear_web::new_token(&self.engine, Actor::System, new).await?;
        let mut answer = serde_json::to_value(self.row(token))?;
        answer["secret"] = secret.into();
        Ok(answer)
    }

    /// The newest tokens, as the API lists them.
    pub(crate) async fn list(&self, limit: usize) -> anyhow::Result<Value> {
        let rows = i64::try_from(limit)?.saturating_add(1);
        let database = self.engine.database();
        let mut found = database.read(rows, |rows, tx| Box::pin(tokens::list(tx, None, *rows))).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|token| token.id.to_string());
        let items: Vec<TokenRow> = found.into_iter().map(|token| self.row(token)).collect();
        Ok(json!({"items": items, "next": next}))
    }

    /// Revokes a token.
    pub(crate) async fn revoke(&self, id: &str) -> anyhow::Result<()> {
        let id: TokenId = id.parse().map_err(|error| Usage(format!("{error}")))?;
        let database = self.engine.database();
        let found = database.read(id, |id, tx| Box::pin(async move { tokens::by_id(tx, &[*id]).await })).await?;
        let token = found.into_iter().next().with_context(|| format!("there is no token {id}; see `token list`"))?;
        Ok(allclear_web::revoke_token(&self.engine, Actor::System, token).await?)
    }

    fn row(&self, token: Token) -> TokenRow {
        let directory = self.engine.directory();
        let person = |user: allclear_core::id::UserId| {
            let found = directory.object(Kind::User, user.uuid());
            json!({
                "slug": found.map(|user| user.slug().to_owned()),
                "name": found.map_or("somebody who is no longer here", |user| user.name()),
            })
        };
        TokenRow {
            id: token.id.to_string(),
            name: token.name,
            scope: token.scope,
            user: token.user.map(person),
            created_at: token.created_at,
            used_at: token.used_at,
            revoked_at: token.revoked_at,
        }
    }
}
