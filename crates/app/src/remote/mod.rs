//! Commands that talk to a running server.

pub(crate) mod apply;
mod chart;
pub(crate) mod check;
mod cover;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod incident;
pub(crate) mod login;
pub(crate) mod on_call;
pub(crate) mod schedule;
pub(crate) mod simulate;
pub(crate) mod token;

use allclear_core::declaration::{Moment, Written as _};
use allclear_core::severity::Severity;
use allclear_core::zone::Zone;
use jiff::Timestamp;
use serde::Deserialize;

use crate::Usage;

/// A person or thing, as answers name it.
#[derive(Debug, Clone, Deserialize)]
struct Named {
    slug: Option<String>,
    name: String,
}

impl Named {
    /// Its short name, which commands take, or else its name.
    fn short(&self) -> &str {
        self.slug.as_deref().unwrap_or(&self.name)
    }
}

/// People in a row: `ana, ben`.
fn short_names(people: &[Named]) -> String {
    people.iter().map(Named::short).collect::<Vec<_>>().join(", ")
}

/// Reads `sev1` to `sev4`, or one of the words that monitoring tools use.
fn severity(word: &str) -> Result<Severity, String> {
    let refusal = || format!("`{word}` is not a severity; use sev1 to sev4, or critical, error, warning, info");
    Severity::from_tool_word(word).ok_or_else(refusal)
}

/// Reads `2026-12-24 18:00`, as the clocks show it in the zone, or `2026-12-24T17:00:00Z`.
fn moment(text: &str, zone: &Zone) -> Result<Timestamp, Usage> {
    let found = Moment::read(text).map_err(|error| Usage(error.replace("(in the schedule's zone) ", "")))?;
    found
        .in_zone(zone)
        .ok_or_else(|| Usage(format!("`{text}` lies outside of the calendar; use a year from 1 to 9999")))
}
