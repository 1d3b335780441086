//! The conflicts of a schedule, with whoever could stand in.

use allclear_core::conflict::{Conflict, Reason, conflicts, proposal};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};

use super::super::on_call::AHEAD;
use super::super::reader::Reader;
use super::typed::date_time_text;
use crate::cover::may_for;
use crate::pages::{ConflictRow, StandIn};

/// How many are shown.
const ROWS: usize = 20;

/// Those of the next four weeks.
pub(super) fn rows(reader: &Reader, schedule: &Schedule) -> Vec<ConflictRow> {
    let now = reader.now();
    let range = Period { starts: now, ends: now.checked_add(AHEAD).unwrap_or(Timestamp::MAX) };
    let found = conflicts(&reader.directory, schedule, range);
    found.iter().take(ROWS).map(|conflict| row(reader, schedule, conflict)).collect()
}

fn row(reader: &Reader, schedule: &Schedule, conflict: &Conflict) -> ConflictRow {
    let person = reader.person(conflict.user);
    let shown = |at: Timestamp| date_time_text(schedule.time_zone.local(at).datetime());
    let stand_in = proposal(&reader.directory, schedule, conflict).map(|one| StandIn {
        person: reader.person(one.user),
        hours_lately: one.hours_lately,
        takes_turns: one.takes_turns,
        ask: may_for(reader.visitor.caller, Some(reader.user.id), conflict.user)
            .then(|| ask_from(reader, conflict.period.starts).to_string()),
        ask_until: conflict.period.ends.to_string(),
        replaces: person.slug.clone(),
        starts: shown(conflict.period.starts),
        ends: shown(conflict.period.ends),
    });
    ConflictRow {
        person,
        starts: reader.when(conflict.period.starts),
        ends: reader.when(conflict.period.ends),
        why: why(reader, &conflict.why),
        stand_in,
    }
}

/// What has begun already cannot be asked for: then what is left of it, from the next minute but four on.
fn ask_from(reader: &Reader, starts: Timestamp) -> Timestamp {
    let soon = reader.now().checked_add(SignedDuration::from_mins(5)).unwrap_or(starts);
    starts.max(soon)
}

/// The end of a sentence that begins with the name.
pub(in crate::routes) fn why(reader: &Reader, reason: &Reason) -> String {
    match reason {
        Reason::TimeOff(note) if note.is_empty() => "has time off".to_owned(),
        Reason::TimeOff(note) => format!("has time off ({note})"),
        Reason::OnCallTwice(other) => {
            let other = reader.directory.schedule(*other).map_or("another schedule", |other| &other.name);
            format!("is on call by {other} as well")
        }
        Reason::Holiday(name) => format!("has a holiday ({name})"),
        Reason::Left => "has left".to_owned(),
    }
}
