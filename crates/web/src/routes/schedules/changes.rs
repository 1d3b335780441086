//! What an edit or an override would change, in words.

use allclear_core::readiness::Period;
use allclear_core::schedule::Schedule;
use allclear_core::schedule_change::{diff, total};

use super::super::reader::Reader;
use super::shown::Span;
use crate::pages::{ChangeRow, ChangesShown, Clock, FieldProblem, Hours};

/// How many periods are named for each person.
const TIMES: usize = 4;

/// What changes in a range.
pub(super) fn changes(reader: &Reader, old: &Schedule, new: &Schedule, range: Period, clock: &Clock) -> ChangesShown {
    let found = diff(old, new, range);
    let hours = |periods: &[Period]| hours(clock, periods);
    let rows = found.people.iter().map(|change| ChangeRow {
        person: reader.person(change.user),
        gains: hours(&change.gains),
        loses: hours(&change.loses),
    });
    let mut people: Vec<ChangeRow> = rows.collect();
    people.sort_by_key(|row| (row.gains.is_none(), row.person.name.to_lowercase()));
    ChangesShown {
        range: clock.stretch(range.starts, range.ends),
        people,
        opened: hours(&found.opened),
        closed: hours(&found.closed),
        unreadable: None,
    }
}

/// What an edit changes in the four weeks from now on, and the stretch that is drawn for it.
pub(super) fn ahead(reader: &Reader, old: &Schedule, new: &Schedule) -> (ChangesShown, Span) {
    let span = Span::ahead(reader.now(), &new.time_zone);
    let range = Period { starts: span.clock.now, ends: span.until };
    let shown = changes(reader, old, new, range, &span.clock);
    (ChangesShown { range: span.title(), ..shown }, span)
}

/// In place of the difference, while what was typed cannot be read.
pub(super) fn unreadable(problems: &[FieldProblem]) -> Option<ChangesShown> {
    let problem = problems.first()?;
    Some(ChangesShown {
        range: String::new(),
        people: Vec::new(),
        opened: None,
        closed: None,
        unreadable: Some(problem.message.clone()),
    })
}

fn hours(clock: &Clock, periods: &[Period]) -> Option<Hours> {
    if periods.is_empty() {
        return None;
    }
    let minutes = total(periods).as_mins();
    let total = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    let times = periods.iter().take(TIMES).map(|period| clock.stretch(period.starts, period.ends)).collect();
    Some(Hours { total, times, more: periods.len().saturating_sub(TIMES) })
}
