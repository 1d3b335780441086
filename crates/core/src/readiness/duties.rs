//! Who is on call when, over a range of time. The only place that asks a schedule.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::directory::Directory;
use crate::id::UserId;
use crate::schedule::Schedule;
use crate::zone::Zone;

/// A time from one moment until just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Period {
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
}

impl Period {
    /// What two periods have in common, if anything.
    pub(super) fn common(self, other: Self) -> Option<Self> {
        let common = Self { starts: self.starts.max(other.starts), ends: self.ends.min(other.ends) };
        (common.starts < common.ends).then_some(common)
    }

    /// As the clocks of a zone show it.
    pub(super) fn shown_in(self, zone: &Zone) -> impl fmt::Display {
        let show = |at| zone.local(at).strftime("%a %Y-%m-%d %H:%M").to_string();
        format!("{} to {} ({zone})", show(self.starts), show(self.ends))
    }
}

/// An unbroken time with the same people on call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Duty {
    pub(super) period: Period,
    /// Those on call who may be paged; nobody in a gap.
    pub(super) people: Vec<UserId>,
}

/// How far apart the moments are at which schedules are asked: handoffs are at whole quarters of an hour almost always.
const SAMPLE_SECONDS: i64 = 15 * 60;

/// Who is on call by a schedule, without a hole from one end of the range to the other.
pub(super) fn duties(directory: &Directory, schedule: &Schedule, range: Period) -> Vec<Duty> {
    let mut duties: Vec<Duty> = Vec::new();
    for at in samples(schedule, range) {
        let people = directory.on_call(schedule.id, at);
        match duties.last_mut() {
            Some(last) if last.people == people => {}
            Some(last) => {
                last.period.ends = at;
                duties.push(Duty { period: Period { starts: at, ends: range.ends }, people });
            }
            None => duties.push(Duty { period: range, people }),
        }
    }
    duties
}

/// The beginning of the range, every full quarter of an hour in it, and the edges of overrides, in order.
fn samples(schedule: &Schedule, range: Period) -> Vec<Timestamp> {
    let within = |at: &Timestamp| range.starts < *at && *at < range.ends;
    let first = range.starts.as_second().div_euclid(SAMPLE_SECONDS) * SAMPLE_SECONDS;
    let quarters = (1..).map_while(|number| {
        let first = Timestamp::from_second(first).ok()?;
        first.checked_add(SignedDuration::from_secs(number * SAMPLE_SECONDS)).ok().filter(within)
    });
    let edges = schedule.overrides.iter().flat_map(|cover| [cover.starts, cover.ends]).filter(within);
    let mut samples: Vec<Timestamp> = [range.starts].into_iter().chain(quarters).chain(edges).collect();
    samples.sort_unstable();
    samples.dedup();
    samples
}
