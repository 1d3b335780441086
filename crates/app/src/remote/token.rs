//! `allclear token`: through the API, or on the machine of the server on the data itself.

use std::path::PathBuf;

use allclear_core::access::Scope;
use allclear_core::zone::Zone;
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Named;
use crate::client::{self, Client, Connection};
use crate::local;
use crate::output::{self, Cell, Column, Done, End, Paint, Screen, Table, moment};

/// The arguments of `allclear token`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Work on this data directory instead of through a server: for the first token, and when all are lost.
    ///
    /// With a PostgreSQL database, ALLCLEAR_DATABASE says which, as for `allclear serve`.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token for a program. Its secret is shown once.
    #[command(after_help = "Example: allclear token create --name terraform --scope manage")]
    Create(NewToken),
    /// List all tokens, newest first.
    #[command(after_help = "Example: allclear token list")]
    List(Listing),
    /// Revoke a token: it opens nothing any more.
    #[command(after_help = "Example: allclear token revoke tok_01jd8xq0e3f4sbz2k9v7m6n5pw")]
    Revoke {
        /// Its identity, `tok_…`.
        #[arg(value_name = "TOKEN")]
        identity: String,
    },
}

/// A token that is to be made.
#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// What it is for.
    #[arg(long)]
    pub(crate) name: String,
    /// What it is good for.
    #[arg(long, value_parser = PossibleValuesParser::new(Scope::ALL.map(Scope::word)), default_value = "read")]
    scope: String,
    /// Print the secret alone, for `$(…)`.
    #[arg(long, short)]
    quiet: bool,
}

impl NewToken {
    pub(crate) fn scope(&self) -> Scope {
        Scope::from_word(&self.scope).expect("other words were refused")
    }
}

/// How many tokens are read to find those that are wanted: the ones that were revoked stay for ever.
const READ: usize = 100_000;

/// Which tokens are listed.
#[derive(Debug, Args)]
struct Listing {
    /// Those that were revoked, too.
    #[arg(long)]
    all: bool,
    /// At most so many.
    #[arg(long, default_value_t = 200)]
    limit: usize,
}

/// A token, as the API describes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TokenRow {
    /// Its identity.
    pub(crate) id: String,
    /// What it is for.
    pub(crate) name: String,
    /// What it is good for.
    pub(crate) scope: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<Value>,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was used for the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<Timestamp>,
}

/// Runs `allclear token`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { connection, data, command } = arguments;
    let json = connection.display.json;
    if let Some(data) = data {
        let zone = connection.zone;
        let house = local::token::House::open(data).await?;
        return match command {
            Command::Create(new) => created(&house.create(&new).await?, new.quiet, json),
            Command::List(listing) => {
                let zone = zone.unwrap_or_else(|| house.zone());
                listed(house.list(READ).await?, &listing, json, &zone)
            }
            Command::Revoke { identity } => {
                house.revoke(&identity).await?;
                revoked(&identity, json)
            }
        };
    }
    let client = Client::new(connection)?;
    match command {
        Command::Create(new) => {
            let body = json!({"name": new.name, "scope": new.scope});
            let answer = client.ask(Method::POST, &["tokens"], &[], Some(&body)).await?;
            created(&answer, new.quiet, json)
        }
        Command::List(listing) => {
            let answer = client.list(&["tokens"], &[], READ).await?;
            let zone = if json { Zone::utc() } else { client.zone().await? };
            listed(answer, &listing, json, &zone)
        }
        Command::Revoke { identity } => {
            client.ask(Method::DELETE, &["tokens", &identity], &[], None).await?;
            revoked(&identity, json)
        }
    }
}

fn created(answer: &Value, quiet: bool, json: bool) -> Done {
    #[derive(Deserialize)]
    struct Created {
        secret: String,
        #[serde(flatten)]
        token: TokenRow,
    }
    if json {
        output::json(answer)?;
        return Ok(End::Fine);
    }
    let Created { secret, token } = client::read(answer.clone())?;
    if quiet {
        output::line(&secret)?;
    } else {
        let TokenRow { id, name, scope, .. } = token;
        output::line(&format!("{secret}\n\nThe secret of {id} ({name}, scope {scope}). It is not shown again."))?;
    }
    Ok(End::Fine)
}

fn listed(mut answer: Value, listing: &Listing, json: bool, zone: &Zone) -> Done {
    if let Some(items) = answer["items"].as_array_mut() {
        items.retain(|token| listing.all || token.get("revoked_at").is_none_or(Value::is_null));
        if items.len() > listing.limit {
            items.truncate(listing.limit);
            answer["next"] = items.last().map_or(Value::Null, |token| token["id"].clone());
        }
    }
    let more = !answer["next"].is_null();
    if json {
        output::json(&answer)?;
        return Ok(End::Fine);
    }
    let rows: Vec<TokenRow> = client::read(answer["items"].take())?;
    let columns = ["token", "scope", "whose", "made", "last used"].map(Column::whole);
    let mut table = Table::new(&[&columns[..2], &[Column::cut("name")], &columns[2..]].concat());
    for TokenRow { id, name, scope, user, created_at, used_at, revoked_at } in rows {
        let user: Option<Named> = user.and_then(|user| serde_json::from_value(user).ok());
        let whose = user.map_or_else(|| "a program's".to_owned(), |user| user.short().to_owned());
        let used = used_at.map_or_else(|| "never".to_owned(), |at| moment(zone, at));
        let (used, paint) =
            if revoked_at.is_some() { ("revoked".to_owned(), Paint::Faint) } else { (used, Paint::Plain) };
        let cells = [id, scope, name, whose, moment(zone, created_at), used];
        table.row(cells.map(|text| Cell::new(text).painted(paint)));
    }
    output::print(&table.render(Screen::stdout()))?;
    if more {
        eprintln!("There are more; --limit shows them.");
    }
    Ok(End::Fine)
}

fn revoked(token: &str, json: bool) -> Done {
    if json {
        output::json(&json!({"id": token, "revoked": true}))?;
    } else {
        output::line(&format!("{token} opens nothing any more."))?;
    }
    Ok(End::Fine)
}
