//! Shifts that begin by a recurrence rule.

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
    /// What is wrong with it as the turns of a layer that starts then: it never begins a shift, begins them too fast, or
    /// names too many dates.
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

/// The shifts of one layer.
#[derive(Debug, Clone)]
pub(super) struct Recurring<'a> {
    shifts: Set<'a>,
    lasts: Option<Wait>,
}

impl<'a> Recurring<'a> {
    pub(super) fn of(recurrence: &'a Recurrence, start: civil::DateTime, zone: &Zone) -> Self {
        let rule = recurrence.rule.from(start, zone);
        Self { shifts: Set::new(rule, &recurrence.except, &recurrence.also), lasts: recurrence.lasts }
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
        let first = self.shifts.before(near) as i64;
        let mut begun = self.shifts.last_before(near).map(|last| (first - 1, last));
        let mut next: Option<Timestamp> = None;
        for (number, shift) in (first..).zip(self.shifts.since(near)) {
            match instant(zone, shift) {
                Some(begins) if begins <= at => (begun, next) = (Some((number, shift)), None),
                Some(begins) => next = Some(next.map_or(begins, |known| known.min(begins))),
                None => break,
            }
            if shift > far {
                break;
            }
        }
        (begun, next)
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
