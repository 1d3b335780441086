//! The same as the drawing, as a list by day: for screens that are too narrow for a chart.

use allclear_core::id::UserId;
use allclear_core::readiness::Period;
use allclear_core::schedule::{Cause, Schedule};

use super::super::reader::Reader;
use super::chart;
use super::shown::{Day, Span};
use super::tones::Tones;
use crate::pages::{BlockKind, ChartDays, DayEntry, DayList};

/// A part of the result.
struct Part {
    period: Period,
    people: Vec<UserId>,
    kind: BlockKind,
    why: String,
}

/// Who is on call on each day.
pub(super) fn days(reader: &Reader, schedule: &Schedule, span: &Span, tones: &Tones) -> ChartDays {
    let parts = parts(reader, schedule, span, tones);
    let today = span.clock.zone.local(span.clock.now).date();
    let list = |day: &Day| DayList {
        title: day.date.strftime("%a %-d %b").to_string(),
        is_today: day.date == today,
        clocks: day.odd_hours().map(|hours| format!("clocks change, {hours} hours")),
        entries: parts.iter().filter_map(|part| entry(reader, span, day, part)).collect(),
    };
    ChartDays { days: span.days.iter().map(list).collect() }
}

fn parts(reader: &Reader, schedule: &Schedule, span: &Span, tones: &Tones) -> Vec<Part> {
    let shifts = schedule.shifts(span.from, span.until).into_iter().map(|shift| {
        let people: Vec<UserId> = shift.users().collect();
        let tone = people.first().map_or(0, |user| tones.of(*user));
        let covers = shift.people.iter().any(|duty| matches!(duty.why, Cause::Override(_)));
        Part {
            period: Period { starts: shift.starts, ends: shift.ends },
            kind: match (people.contains(&reader.user.id), covers) {
                (true, _) => BlockKind::Mine,
                (false, true) => BlockKind::Override(tone),
                (false, false) => BlockKind::Turn(tone),
            },
            why: chart::why(reader, schedule, &shift),
            people,
        }
    });
    let gaps = schedule.gaps(span.from, span.until).into_iter().map(|gap| Part {
        period: Period { starts: gap.starts, ends: gap.ends },
        people: Vec::new(),
        kind: BlockKind::Gap,
        why: String::new(),
    });
    let mut all: Vec<Part> = shifts.chain(gaps).collect();
    all.sort_by_key(|part| part.period.starts);
    all
}

fn entry(reader: &Reader, span: &Span, day: &Day, part: &Part) -> Option<DayEntry> {
    let whole = Period { starts: day.starts, ends: day.ends };
    let within = part.period.common(whole)?;
    let time = if within == whole {
        "all day".to_owned()
    } else {
        let said = span.clock.stretch(within.starts, within.ends);
        said.rsplit_once(' ').map_or(said.clone(), |(_, times)| times.to_owned())
    };
    Some(DayEntry { time, people: reader.people(&part.people), class: part.kind.class(), why: part.why.clone() })
}
