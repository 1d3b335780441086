//! `allclear password`: a way back in for whoever forgot theirs, when no admin is signed in to help.

use allclear_core::directory::Kind;
use allclear_core::id::UserId;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::output::{self, Display, Done, End};
use crate::settings::Place;

/// The arguments of `allclear password`.
#[derive(Debug, Args)]
#[command(after_help = "Example: allclear password ana --data allclear-data")]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Whose: their login.
    login: String,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// Runs `allclear password`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Arguments { place, login, display } = arguments;
    let home = place.home()?;
    let engine = super::engine(home.open_existing().await?, home.key()?).await?;
    let directory = engine.directory();
    let found = directory.by_slug(Kind::User, &login);
    let person = found.and_then(|object| directory.user(UserId::new(object.uuid())));
    let person = person.with_context(|| format!("there is nobody whose login is `{login}`; see `allclear export`"))?;
    anyhow::ensure!(!person.suspended, "{} is suspended; an admin can end that on their page", person.name);
    let link = allclear_web::password_link(&engine, person).await?;
    if display.json {
        output::json(&json!({"login": login, "name": person.name, "link": link}))?;
    } else {
        output::line(&format!("Whoever opens this link within three days sets {}'s password:", person.name))?;
        output::line(&link)?;
    }
    Ok(End::Fine)
}
