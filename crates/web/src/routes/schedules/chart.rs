//! Some weeks of a schedule, drawn: the result, its layers, its overrides, and the time off of its people.

use allclear_core::id::UserId;
use allclear_core::readiness::Period;
use allclear_core::schedule::{Cause, Schedule, Shift};
use jiff::Timestamp;

use super::super::reader::Reader;
use super::shown::{Day, Span};
use super::tones::Tones;
use crate::pages::{Block, BlockKind, Chart, ChartDay, ChartRow, Tone, place};

/// How many gaps are named below the drawing.
const GAPS: usize = 8;

/// A block before it has a place: who or what, from when, until when.
struct Piece {
    period: Period,
    kind: BlockKind,
    label: String,
    /// What is said on hover, after the times.
    why: String,
}

/// What a drawing is made of.
struct Drawing<'a> {
    reader: &'a Reader,
    schedule: &'a Schedule,
    span: &'a Span,
    tones: &'a Tones,
}

/// The drawing; nothing while the schedule has no layers and no overrides.
pub(super) fn chart(reader: &Reader, schedule: &Schedule, span: &Span, tones: &Tones) -> Option<Chart> {
    if schedule.layers.is_empty() && schedule.overrides.is_empty() {
        return None;
    }
    let drawing = Drawing { reader, schedule, span, tones };
    let gaps: Vec<String> =
        schedule.gaps(span.from, span.until).into_iter().map(|gap| span.clock.stretch(gap.starts, gap.ends)).collect();
    Some(Chart {
        days: days(span),
        rows: drawing.rows(),
        now_x: (span.from <= span.clock.now && span.clock.now < span.until).then(|| left(span, span.clock.now)),
        more_gaps: gaps.len().saturating_sub(GAPS),
        gaps: gaps.into_iter().take(GAPS).collect(),
        clock_changes: span.days.iter().filter_map(clock_change).collect(),
        tones: drawing.legend(),
        from: span.from.to_string(),
        until: span.until.to_string(),
        zone: span.clock.zone.name().to_owned(),
        step: if span.days.len() > 7 { 60 } else { 30 },
    })
}

/// `The clocks change on Sun 25 Oct: the day has 25 hours.`
fn clock_change(day: &Day) -> Option<String> {
    let hours = day.odd_hours()?;
    Some(format!("The clocks change on {}: the day has {hours} hours.", day.date.strftime("%a %-d %b")))
}

/// Where a moment lies, in per cent.
fn left(span: &Span, at: Timestamp) -> f64 {
    place(span.from, span.until, at, span.until).map_or(100.0, |(left, _)| left)
}

fn days(span: &Span) -> Vec<ChartDay> {
    let today = span.clock.zone.local(span.clock.now).date();
    let day = |day: &Day| ChartDay {
        x: left(span, day.starts),
        weekday: day.date.strftime("%a").to_string(),
        label: day.date.strftime(if day.date.day() == 1 { "%-d %b" } else { "%-d" }).to_string(),
        starts_week: day.is_monday(),
        is_today: day.date == today,
        clocks: day.odd_hours().map(|hours| format!("{hours} h")),
    };
    span.days.iter().map(day).collect()
}

impl Drawing<'_> {
    fn rows(&self) -> Vec<ChartRow> {
        let Self { schedule, span, .. } = *self;
        let mut rows = vec![self.whole()];
        for (index, layer) in schedule.layers.iter().enumerate() {
            let shifts = schedule.layer_shifts(index, span.from, span.until);
            rows.push(ChartRow {
                name: if layer.shadow { format!("{} (shadow)", layer.name) } else { layer.name.clone() },
                is_final: false,
                blocks: self.placed(&self.pieces(&shifts)),
            });
        }
        rows.extend(self.lanes("Overrides", self.overrides()));
        rows.extend(self.lanes("Time off", self.time_off()));
        rows
    }

    /// The result, with the gaps in it.
    fn whole(&self) -> ChartRow {
        let Self { schedule, span, .. } = *self;
        let mut pieces = self.pieces(&schedule.shifts(span.from, span.until));
        pieces.extend(schedule.gaps(span.from, span.until).into_iter().map(|gap| Piece {
            period: Period { starts: gap.starts, ends: gap.ends },
            kind: BlockKind::Gap,
            label: self.gap_label(gap.starts, gap.ends),
            why: "nobody on call".to_owned(),
        }));
        pieces.sort_by_key(|piece| piece.period.starts);
        ChartRow { name: "On call".to_owned(), is_final: true, blocks: self.placed(&pieces) }
    }

    /// `nobody on call 02:00–06:00`, and the times only where there is a day's room for them.
    fn gap_label(&self, starts: Timestamp, ends: Timestamp) -> String {
        let said = self.span.clock.stretch(starts, ends);
        match said.rsplit_once(' ') {
            Some((_, times)) if times.contains('–') && times.len() > 3 => format!("nobody on call {times}"),
            _ => "nobody on call".to_owned(),
        }
    }

    fn pieces(&self, shifts: &[Shift]) -> Vec<Piece> {
        shifts.iter().map(|shift| self.piece(shift)).collect()
    }

    fn piece(&self, shift: &Shift) -> Piece {
        let crew: Vec<UserId> = shift.users().collect();
        let tone = crew.first().map_or(0, |user| self.tones.of(*user));
        let covers = shift.people.iter().any(|duty| matches!(duty.why, Cause::Override(_)));
        let kind = match (shift.has(self.reader.user.id), covers) {
            (true, _) => BlockKind::Mine,
            (false, true) => BlockKind::Override(tone),
            (false, false) => BlockKind::Turn(tone),
        };
        let names = crew.iter().map(|user| self.reader.person(*user).name).collect::<Vec<_>>().join(", ");
        Piece {
            period: Period { starts: shift.starts, ends: shift.ends },
            kind,
            label: names,
            why: why(self.reader, self.schedule, shift),
        }
    }

    fn overrides(&self) -> Vec<Piece> {
        let covers = self.schedule.overrides.iter().map(|one| {
            let mine = one.user == self.reader.user.id;
            let replaced = one.replaces.map(|user| format!(" of {}", self.reader.person(user).name));
            Piece {
                period: Period { starts: one.starts, ends: one.ends },
                kind: if mine { BlockKind::Mine } else { BlockKind::Override(self.tones.of(one.user)) },
                label: self.reader.person(one.user).name,
                why: format!("instead{}", replaced.unwrap_or_else(|| " of everybody".to_owned())),
            }
        });
        covers.collect()
    }

    /// That of everybody who is named by the schedule.
    fn time_off(&self) -> Vec<Piece> {
        let directory = &self.reader.directory;
        let range = Period { starts: self.span.from, ends: self.span.until };
        let people = directory.users().filter(|user| !user.suspended && self.schedule.names(user.id));
        let off = people.flat_map(|user| {
            directory.time_off_within(user, range).into_iter().map(|(period, off)| Piece {
                period,
                kind: BlockKind::Off,
                label: user.name.clone(),
                why: if off.note.is_empty() { "time off".to_owned() } else { format!("time off ({})", off.note) },
            })
        });
        off.collect()
    }

    /// As many rows as it takes that nothing covers anything else; none without pieces in sight.
    fn lanes(&self, name: &str, mut pieces: Vec<Piece>) -> Vec<ChartRow> {
        pieces.retain(|piece| piece.period.starts < self.span.until && self.span.from < piece.period.ends);
        pieces.sort_by_key(|piece| piece.period.starts);
        let mut lanes: Vec<Vec<Piece>> = Vec::new();
        for piece in pieces {
            let is_free =
                |lane: &&mut Vec<Piece>| lane.last().is_none_or(|last: &Piece| last.period.ends <= piece.period.starts);
            match lanes.iter_mut().find(is_free) {
                Some(lane) => lane.push(piece),
                None => lanes.push(vec![piece]),
            }
        }
        let row = |(place, lane): (usize, Vec<Piece>)| ChartRow {
            name: if place == 0 { name.to_owned() } else { String::new() },
            is_final: false,
            blocks: self.placed(&lane),
        };
        lanes.into_iter().enumerate().map(row).collect()
    }

    fn placed(&self, pieces: &[Piece]) -> Vec<Block> {
        let block = |piece: &Piece| {
            let Period { starts, ends } = piece.period;
            let (x, width) = place(self.span.from, self.span.until, starts, ends)?;
            let title = format!("{}, {}, {}", piece.label, self.span.clock.stretch(starts, ends), piece.why);
            Some(Block { x, width, kind: piece.kind, label: piece.label.clone(), title })
        };
        pieces.iter().filter_map(block).collect()
    }

    /// Whoever takes turns or covers in sight, but the reader, whose colour has its own line.
    fn legend(&self) -> Vec<Tone> {
        let Self { schedule, span, .. } = *self;
        let mut people: Vec<UserId> = Vec::new();
        for user in schedule.shifts(span.from, span.until).iter().flat_map(Shift::users) {
            if user != self.reader.user.id && !people.contains(&user) {
                people.push(user);
            }
        }
        let tone =
            |user| Tone { class: BlockKind::Turn(self.tones.of(user)).class(), name: self.reader.person(user).name };
        people.into_iter().map(tone).collect()
    }
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
