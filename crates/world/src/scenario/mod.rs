//! Scenarios: a script goes in, a transcript comes out.
//!
//! A script begins with a company in short form, one thing to a line, and the moment at which the play begins:
//!
//! ```text
//! # What it shows.
//! start 2026-11-23T03:12 Europe/Berlin
//! person ana "Ana Ruiz" admin | phone, mail +2m
//! policy checkout "Checkout primary" | ana 5m
//! service checkout "Checkout" policy checkout
//! integration checkout generic checkout
//! ---
//! 03:12 event checkout trigger disk "Disk full" critical
//! +1m ana taps acknowledge
//! +2h
//! ```
//!
//! Below the line, each line says when (`03:12` on the wall, `+1m` after the line before, nothing for at once) and what
//! is done; a time alone lets it pass. The commands are those of `command.rs`. The transcript tells everything that
//! happens from then on: what people's phones and mailboxes receive, every sentence of every timeline, and what the
//! delivery ledger has to say. What is not in it did not happen. Its
//! last lines name the kinds of fact and effect that it has shown, so that none is left without a scenario.

mod command;
mod shown;
mod stage;
mod transcript;

use allclear_core::directory::Change;
use allclear_core::zone::Zone;
use jiff::civil::DateTime;

use self::stage::Stage;
use crate::company::{Cast, organisation, words};

/// Plays a script and returns the transcript.
///
/// # Errors
/// What is wrong with which line of the script, or which invariants do not hold at its end.
pub fn play(script: &str) -> Result<String, String> {
    let (header, body) = script.split_once("\n---\n").ok_or("the script has no `---` below its company")?;
    let mut stage = set(header)?;
    for (number, line) in (header.lines().count() + 2..).zip(body.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        stage.line(line).map_err(|error| format!("line {number}: {error}: {line}"))?;
    }
    stage.end()
}

/// Sets the stage by the header of a script.
fn set(header: &str) -> Result<Stage, String> {
    let mut cast = Cast::default();
    let mut changes = Vec::new();
    let mut start = None;
    for (number, line) in (1..).zip(header.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at_line = |error: String| format!("line {number}: {error}: {line}");
        let words = words(line);
        if words.first().is_some_and(|word| word == "start") {
            start = Some(begin(&words).map_err(at_line)?);
        } else {
            changes.push(cast.read(line).map_err(at_line)?);
        }
    }
    let (start, zone) = start.ok_or("the script does not say when it starts")?;
    changes.insert(0, Change::Organisation(organisation(zone.clone())));
    let start = zone.rules().to_timestamp(start).map_err(|error| error.to_string())?;
    Stage::new(start, zone, cast, changes)
}

fn begin(words: &[String]) -> Result<(DateTime, Zone), String> {
    let [_, at, zone] = words else { return Err("`start` needs a moment and a time zone".to_owned()) };
    let at = at.parse().map_err(|error| format!("`{at}` is not a moment: {error}"))?;
    Ok((at, zone.parse()?))
}
