//! `allclear login`: keeps which server to talk to, and the token for it.

use std::io::{BufRead as _, IsTerminal as _};

use clap::Args;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Named;
use crate::client::{self, Client, ClientFile, Connection};
use crate::output::{self, Done, End};

/// The arguments of `allclear login`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear login --server https://allclear.example.com < token.txt")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Deserialize)]
struct Me {
    user: Option<Named>,
    token: Option<Token>,
}

#[derive(Debug, Deserialize)]
struct Token {
    scope: Option<String>,
}

/// Asks the server who the token belongs to, and keeps both if it knows.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let mut connection = arguments.connection;
    if connection.token.is_none() {
        connection.token = Some(ask()?);
    }
    let token = connection.token.clone();
    let client = Client::new(connection)?;
    let answer = client.ask(Method::GET, &["me"], &[], None).await?;
    let me: Me = client::read(answer)?;
    let server = client.server().to_string();
    let path = ClientFile { server: Some(server.clone()), token }.write()?;
    let scope = me.token.and_then(|token| token.scope).unwrap_or_default();
    if client.json() {
        let user = me.user.map(|user| user.slug);
        output::json(&json!({"server": server, "user": user, "scope": scope, "file": path}))?;
        return Ok(End::Fine);
    }
    let who = me.user.map_or_else(|| "a program".to_owned(), |user| user.name);
    output::line(&format!("{server} knows you as {who}, with scope {scope}. Kept in {}.", path.display()))?;
    Ok(End::Fine)
}

fn ask() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        eprint!("API token: ");
    }
    let mut token = String::new();
    std::io::stdin().lock().read_line(&mut token)?;
    let token = token.trim();
    anyhow::ensure!(!token.is_empty(), crate::Usage("there is no token; type it in, or pipe it in".to_owned()));
    Ok(token.to_owned())
}
