//! `allclear export`: the whole configuration as YAML.

use allclear_core::declaration::Document;
use clap::Args;
use serde::Deserialize;

use crate::client::{self, Client, Connection};
use crate::output::{self, Done, End};

/// The arguments of `allclear export`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear export > allclear.yaml")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    documents: Vec<Document>,
}

/// Runs `allclear export`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let client = Client::new(arguments.connection)?;
    let answer = client.get(&["configuration"], &[]).await?;
    if client.json() {
        output::json(&answer)?;
        return Ok(End::Fine);
    }
    let Configuration { documents } = client::read(answer)?;
    output::print(&serde_saphyr::to_string_multiple(&documents)?)?;
    Ok(End::Fine)
}
