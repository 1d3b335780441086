//! The conflicts of a schedule, with whoever could stand in.

use allclear_core::conflict::{Conflict, Reason, conflicts, proposal};
use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use jiff::Timestamp;

use super::super::on_call::AHEAD;
use super::super::reader::Reader;
use super::typed::date_time_text;
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
