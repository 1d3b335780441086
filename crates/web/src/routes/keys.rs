//! The keys of integrations, sealed in the store and known to the directory by their digest alone, and what is pasted
//! into the tools that send with them.

use allclear_core::declaration::key_digest;
use allclear_core::directory::Integration;
use allclear_engine::{Engine, integration_key_name};
use allclear_inbound::{Address, Source};

use crate::pages::Snippet;
use crate::problem::Problem;

/// The key of an integration; none when it was made elsewhere and only its digest is known.
pub(super) async fn key_of(engine: &Engine, integration: &Integration) -> Result<Option<String>, Problem> {
    let key = engine.secret(&integration_key_name(integration.id)).await?;
    Ok(key.filter(|key| key_digest(key) == integration.key_digest))
}

/// Where this installation is reached.
pub(super) fn base(engine: &Engine) -> String {
    engine.directory().organisation.address.clone().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned())
}

/// The texts to paste for a source. The first one comes with what to do.
pub(super) fn snippets(source: &'static Source, address: Address<'_>) -> Vec<Snippet> {
    let hint =
        |place: usize| if place == 0 { plain(&address.fill(source, source.set_up)) } else { source.title.to_owned() };
    let filled = source.snippets.iter().enumerate().map(|(place, snippet)| Snippet {
        title: snippet.title.to_owned(),
        hint: hint(place),
        text: address.fill(source, snippet.text),
    });
    filled.collect()
}

/// Markdown without its signs: the page shows it as text.
fn plain(markdown: &str) -> String {
    markdown.replace("\n\n", " ").replace("\n- ", " ").replace(['*', '`'], "")
}
