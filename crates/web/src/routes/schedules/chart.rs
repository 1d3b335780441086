//! Four weeks of a schedule, drawn.

use allclear_core::id::UserId;
use allclear_core::schedule::{Cause, Duty, Schedule, Shift};
use allclear_core::zone::Zone;
use jiff::civil::Weekday;
use jiff::{Timestamp, ToSpan};

use super::super::reader::Reader;
use crate::pages::{Block, BlockKind, Chart, ChartDay, ChartRow, When, place};

/// Four weeks from this midnight on.
const DAYS: i64 = 28;

/// The stretch of time that a chart shows.
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    days: Vec<(Timestamp, i8, Weekday)>,
}

impl Span {
    /// Four weeks from the midnight before `now`, on the clocks of that zone.
    pub(super) fn of(now: Timestamp, zone: &Zone) -> Self {
        let today = zone.local(now).date();
        let midnight = |days: i64| {
            let date = today.checked_add(days.days()).unwrap_or(today);
            let at = date.to_zoned(zone.rules().clone()).map_or(now, |midnight| midnight.timestamp());
            (at, date.day(), date.weekday())
        };
        let days: Vec<_> = (0..DAYS).map(midnight).collect();
        Self { from: midnight(0).0, until: midnight(DAYS).0, days }
    }
}

/// The drawing; nothing while the schedule has no layers and no overrides.
pub(super) fn chart(reader: &Reader, schedule: &Schedule) -> Option<Chart> {
    if schedule.layers.is_empty() && schedule.overrides.is_empty() {
        return None;
    }
    let span = Span::of(reader.now(), &schedule.time_zone);
    let mut rows = vec![whole(reader, schedule, &span)];
    for (index, layer) in schedule.layers.iter().enumerate() {
        let shifts = schedule.layer_shifts(index, span.from, span.until);
        rows.push(ChartRow {
            name: if layer.shadow { format!("{} (shadow)", layer.name) } else { layer.name.clone() },
            is_final: false,
            blocks: blocks(reader, schedule, &span, &shifts),
        });
    }
    let overrides: Vec<Shift> = schedule
        .overrides
        .iter()
        .map(|one| Shift {
            people: vec![Duty { user: one.user, why: Cause::Override(one.id) }],
            starts: one.starts,
            ends: one.ends,
        })
        .collect();
    if !overrides.is_empty() {
        let blocks = blocks(reader, schedule, &span, &overrides);
        rows.push(ChartRow { name: "Overrides".to_owned(), is_final: false, blocks });
    }
    let today = reader.now();
    Some(Chart { days: days(&span), rows, now_x: left(&span, today) })
}

/// Where a moment lies, in per cent.
fn left(span: &Span, at: Timestamp) -> f64 {
    place(span.from, span.until, at, span.until).map_or(100.0, |(left, _)| left)
}

fn days(span: &Span) -> Vec<ChartDay> {
    let day = |(number, (at, day, weekday)): (usize, &(Timestamp, i8, Weekday))| ChartDay {
        x: left(span, *at),
        weekday: match weekday {
            Weekday::Monday => "Mo",
            Weekday::Tuesday => "Tu",
            Weekday::Wednesday => "We",
            Weekday::Thursday => "Th",
            Weekday::Friday => "Fr",
            Weekday::Saturday => "Sa",
            Weekday::Sunday => "Su",
        }
        .to_owned(),
        label: day.to_string(),
        starts_week: *weekday == Weekday::Monday,
        is_today: number == 0,
    };
    span.days.iter().enumerate().map(day).collect()
}

/// The result, with the gaps in it.
fn whole(reader: &Reader, schedule: &Schedule, span: &Span) -> ChartRow {
    let mut blocks = blocks(reader, schedule, span, &schedule.shifts(span.from, span.until));
    for gap in schedule.gaps(span.from, span.until) {
        let title = format!("Nobody, {}", range(reader, gap.starts, gap.ends));
        blocks.extend(block(span, gap.starts, gap.ends, BlockKind::Gap, "nobody", title));
    }
    blocks.sort_by(|one, other| one.x.total_cmp(&other.x));
    ChartRow { name: "On call".to_owned(), is_final: true, blocks }
}

fn blocks(reader: &Reader, schedule: &Schedule, span: &Span, shifts: &[Shift]) -> Vec<Block> {
    let mut turns: Vec<Vec<UserId>> = Vec::new();
    let drawn = shifts.iter().filter_map(|shift| {
        let crew: Vec<UserId> = shift.users().collect();
        // Neighbours are told apart by two shades, given out in the order in which people appear.
        let place = turns.iter().position(|known| *known == crew).unwrap_or_else(|| {
            turns.push(crew.clone());
            turns.len() - 1
        });
        let covers = shift.people.iter().any(|duty| matches!(duty.why, Cause::Override(_)));
        let kind = match (shift.has(reader.user.id), covers, place % 2) {
            (true, ..) => BlockKind::Mine,
            (false, true, _) => BlockKind::Override,
            (false, false, 0) => BlockKind::Turn,
            (false, false, _) => BlockKind::OtherTurn,
        };
        let names = crew.iter().map(|user| reader.person(*user).name).collect::<Vec<_>>().join(", ");
        let title = format!("{names}, {}, {}", range(reader, shift.starts, shift.ends), why(reader, schedule, shift));
        block(span, shift.starts, shift.ends, kind, &names, title)
    });
    drawn.collect()
}

fn block(
    span: &Span,
    starts: Timestamp,
    ends: Timestamp,
    kind: BlockKind,
    label: &str,
    title: String,
) -> Option<Block> {
    let (x, width) = place(span.from, span.until, starts, ends)?;
    Some(Block { x, width, kind, label: label.to_owned(), title })
}

fn range(reader: &Reader, starts: Timestamp, ends: Timestamp) -> String {
    let said = |when: When| when.short_with_zone();
    format!("{} until {}", said(reader.when(starts)), said(reader.when(ends)))
}

/// Why the people of a shift are on call: `Layer “Weekdays”`, `Override for Ben Okafor`.
pub(super) fn why(reader: &Reader, schedule: &Schedule, shift: &Shift) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for duty in &shift.people {
        let reason = match duty.why {
            Cause::Layer(index) => {
                let name = schedule.layers.get(index).map_or("removed", |layer| &layer.name);
                format!("Layer “{name}”")
            }
            Cause::Override(id) => {
                let cover = schedule.overrides.iter().find(|cover| cover.id == id);
                match cover.and_then(|cover| cover.replaces) {
                    Some(replaced) => format!("Override for {}", reader.person(replaced).name),
                    None => "Override".to_owned(),
                }
            }
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.join(", ")
}
