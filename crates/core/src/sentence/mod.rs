//! Every sentence that people read about what happened, in one place.
//!
//! Facts, reasons and outcomes are data; here alone they become words: plain English, the past tense for what happened,
//! a full stop at the end. The texts of people and tools (titles, notes, the reasons of a failure) are quoted as they
//! are: whoever puts a sentence on a page escapes it.

mod audit;
pub mod cover;
mod duty;
pub mod handover;
mod incident;
mod message;
mod names;
#[cfg(test)]
pub(crate) mod tests;

pub use self::audit::audit;
pub use self::duty::why_on_call;
pub use self::incident::{fact, in_a_row, pages_of, placement, why_paged, why_you};
pub(crate) use self::incident::{place, skipped};
pub use self::message::{delivery, outcome};
pub use self::names::Names;
use crate::actor::{Actor, Via};
use crate::alert::Clearing;

/// Who did it, and by which door: `Ana Ruiz (from the link of a page)`.
pub fn actor(names: &Names<'_>, actor: Actor) -> String {
    format!("{}{}", who(names, actor), door(actor))
}

/// The subject of a sentence, in small letters where it is not a name.
fn who(names: &Names<'_>, actor: Actor) -> String {
    match actor {
        Actor::User { user, .. } => names.person(user).to_owned(),
        Actor::Token { token } => names.token(token),
        Actor::Integration { integration } => names.integration(integration).to_owned(),
        Actor::System => "Allclear".to_owned(),
    }
}

/// What follows a sentence about a person who did not come in by the web pages.
const fn door(actor: Actor) -> &'static str {
    match actor {
        Actor::User { via: Via::Link, .. } => " (from the link of a page)",
        Actor::User { via: Via::Api, .. } => " (by the API)",
        Actor::User { via: Via::Console, .. } => " (at the console)",
        Actor::User { via: Via::Web, .. } | Actor::Token { .. } | Actor::Integration { .. } | Actor::System => "",
    }
}

/// `Ana Ruiz acknowledged it (from the link of a page).`
fn did(names: &Names<'_>, actor: Actor, what: &str) -> String {
    capitalised(&format!("{} {what}{}.", who(names, actor), door(actor)))
}

fn how_cleared(how: Clearing) -> &'static str {
    match how {
        Clearing::BySource => "its source said so",
        Clearing::Expired => "its source fell silent for longer than it had announced",
        Clearing::ByPerson => "a person resolved its incident",
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The text of somebody else as the end of a sentence: with a full stop, unless it ends by itself.
fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// `1 alert`, `2 alerts`.
fn count(number: u64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// `a`, `a and b`, `a, b and c`; `nobody` for none.
fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => "nobody".to_owned(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
