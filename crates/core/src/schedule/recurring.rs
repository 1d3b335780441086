//! Shifts that begin by a recurrence rule.

use std::cell::RefCell;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Serialize};

use super::rotation::Standing;
use super::wall_clock::instant;
use crate::limits;
use crate::recurrence::{Rule, Set};
use crate::wait::Wait;
use crate::zone::Zone;

/// Shifts that begin by a rule of RFC 5545, from the start of their layer on. Each is the turn of the next participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// When shifts begin: `FREQ=WEEKLY;BYDAY=FR`.
    pub rule: Rule,
    /// How long each is on the wall clock, at most until the next one begins; until then where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<Wait>,
    /// Wall-clock times at which the rule would begin a shift and none begins (`EXDATE`): it is nobody's turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<civil::DateTime>,
    /// Wall-clock times at which others begin (`RDATE`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<civil::DateTime>,
}

impl Recurrence {
    /// What is wrong with it as the turns of a layer that starts then: it never begins a shift, begins them too fast,
    /// or names too many dates.
    pub fn check(&self, start: civil::DateTime) -> Result<(), String> {
        for (name, dates) in [("except", &self.except), ("also", &self.also)] {
            if dates.len() > limits::RULE_DATES {
                return Err(format!("`{name}` has {} dates; at most {} are possible", dates.len(), limits::RULE_DATES));
            }
        }
        if self.lasts.is_some_and(Wait::is_none) {
            return Err("`lasts` is no time at all; make it longer, or leave it out".to_owned());
        }
        let rule = self.rule.from(start, &Zone::utc());
        let mut first = rule.since(start).take(8 * limits::RULE_SHIFTS_PER_DAY).collect::<Vec<_>>();
        first.extend(self.also.iter().filter(|also| **also >= start));
        first.sort_unstable();
        if first.is_empty() {
            return Err(format!("`{}` never begins a shift after {start}; change the rule", self.rule));
        }
        let day = SignedDuration::from_hours(24);
        let within_a_day = |few: &[civil::DateTime]| few[few.len() - 1].duration_since(few[0]) < day;
        if first.windows(limits::RULE_SHIFTS_PER_DAY + 1).any(within_a_day) {
            let most = limits::RULE_SHIFTS_PER_DAY;
            return Err(format!("`{}` begins more than {most} shifts within 24 hours; let them be fewer", self.rule));
        }
        Ok(())
    }

    /// Whether it is nothing but the rule.
    pub const fn is_plain(&self) -> bool {
        self.lasts.is_none() && self.except.is_empty() && self.also.is_empty()
    }
}

/// By how much clocks are changed at the most, and a little more: Apia left out a whole day in 2011.
const CHANGE: SignedDuration = SignedDuration::from_hours(25);

/// How far ahead shifts are listed at the most when one question follows another.
const AHEAD: SignedDuration = SignedDuration::from_hours(64 * 24);

/// The shifts of one layer.
#[derive(Debug, Clone)]
pub(super) struct Recurring<'a> {
    shifts: Set<'a>,
    lasts: Option<Wait>,
    /// What was listed for the last question: the next one is mostly about a moment soon after.
    listed: RefCell<Listed>,
}

/// How far shifts are looked at for the next one: where the clocks skip a day, a shift may begin before one that the
/// rule names earlier.
struct Reach {
    until: civil::DateTime,
    /// The first shift after it has been seen.
    found: bool,
}

impl Reach {
    const fn of(until: civil::DateTime) -> Self {
        Self { until, found: false }
    }

    /// Whether no later shift can begin before those that were seen.
    fn passed(&mut self, shift: civil::DateTime) -> bool {
        if shift <= self.until || self.found {
            return self.until < shift;
        }
        *self = Self { until: shift.checked_add(CHANGE).unwrap_or(civil::DateTime::MAX), found: true };
        false
    }
}

/// A part of the shifts, and when the clocks show their beginnings.
#[derive(Debug, Clone, Default)]
struct Listed {
    /// All shifts from here on are listed, and the one before them is known…
    from: civil::DateTime,
    /// … up to here, and those among which the next one is.
    until: civil::DateTime,
    before: Option<(i64, civil::DateTime)>,
    /// Number, beginning on the wall clock, and the moment; none beyond the end of the calendar.
    shifts: Vec<(i64, civil::DateTime, Option<Timestamp>)>,
}

impl<'a> Recurring<'a> {
    pub(super) fn of(recurrence: &'a Recurrence, start: civil::DateTime, zone: &Zone) -> Self {
        let rule = recurrence.rule.from(start, zone);
        let shifts = Set::new(rule, &recurrence.except, &recurrence.also);
        Self { shifts, lasts: recurrence.lasts, listed: RefCell::default() }
    }

    pub(super) const fn pauses(&self) -> bool {
        self.lasts.is_some()
    }

    /// The shift that began last by `at`, with its number and its beginning on the wall clock, and when the next one
    /// begins. A shift that the clocks leave no time for, because they skip from before its beginning to after the
    /// next one's, is left out.
    fn around(
        &self,
        zone: &TimeZone,
        at: Timestamp,
        shown: civil::DateTime,
    ) -> (Option<(i64, civil::DateTime)>, Option<Timestamp>) {
        // What lies further away by the clocks than they ever change has certainly begun, or certainly not.
        let near = shown.checked_sub(CHANGE).unwrap_or(civil::DateTime::MIN);
        let far = shown.checked_add(CHANGE).unwrap_or(civil::DateTime::MAX);
        let mut listed = self.listed.borrow_mut();
        if near < listed.from || listed.until < far {
            *listed = self.list(zone, near, far, &listed);
        }
        let first = listed.shifts.partition_point(|(_, shift, _)| *shift < near);
        let earlier = first.checked_sub(1).map(|last| (listed.shifts[last].0, listed.shifts[last].1));
        let mut begun = earlier.or(listed.before);
        let mut next: Option<Timestamp> = None;
        let mut reach = Reach::of(far);
        for (number, shift, begins) in &listed.shifts[first..] {
            match begins {
                Some(begins) if *begins <= at => (begun, next) = (Some((*number, *shift)), None),
                Some(begins) => next = Some(next.map_or(*begins, |known| known.min(*begins))),
                None => break,
            }
            if reach.passed(*shift) {
                break;
            }
        }
        (begun, next)
    }

    /// Lists the shifts of a range, and the further ahead the more often it was asked for what comes next.
    fn list(&self, zone: &TimeZone, from: civil::DateTime, until: civil::DateTime, last: &Listed) -> Listed {
        let goes_on = last.from <= from && from <= last.until;
        let ahead = if goes_on { (last.until.duration_since(last.from) * 2).min(AHEAD) } else { SignedDuration::ZERO };
        let until = until.checked_add(ahead).unwrap_or(civil::DateTime::MAX);
        let first = self.shifts.before(from) as i64;
        let (mut shifts, mut reach) = (Vec::new(), Reach::of(until));
        for (number, shift) in (first..).zip(self.shifts.since(from)) {
            shifts.push((number, shift, instant(zone, shift)));
            if reach.passed(shift) {
                break;
            }
        }
        Listed { from, until, before: self.shifts.last_before(from).map(|last| (first - 1, last)), shifts }
    }

    pub(super) fn begun(&self, zone: &TimeZone, at: Timestamp, shown: civil::DateTime) -> Option<i64> {
        self.around(zone, at, shown).0.map(|(number, _)| number)
    }

    pub(super) fn standing(&self, zone: &TimeZone, at: Timestamp, shown: civil::DateTime) -> Standing {
        let (begun, next) = self.around(zone, at, shown);
        let next = next.unwrap_or(Timestamp::MAX);
        let Some((number, begins)) = begun else { return Standing::Pause { until: next } };
        let over = self.lasts.and_then(|lasts| instant(zone, begins.checked_add(lasts.duration()).ok()?));
        match over {
            Some(over) if over <= at => Standing::Pause { until: next },
            Some(over) => Standing::Turn { number, ends: over.min(next) },
            None => Standing::Turn { number, ends: next },
        }
    }
}
