//! Who is on call when, over a range of time. The only place that asks a schedule.

use std::fmt;

use jiff::Timestamp;
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
    pub fn common(self, other: Self) -> Option<Self> {
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

/// Who is on call by a schedule, without a hole from one end of the range to the other.
pub(super) fn duties(directory: &Directory, schedule: &Schedule, range: Period) -> Vec<Duty> {
    let may_be_paged = |user| directory.user(user).is_some_and(|user| !user.suspended);
    let mut duties = Vec::new();
    let mut covered_until = range.starts;
    let mut add = |starts, ends, people| {
        if starts < ends {
            duties.push(Duty { period: Period { starts, ends }, people });
        }
    };
    for shift in schedule.shifts(range.starts, range.ends) {
        let people: Vec<UserId> = shift.users().filter(|user| may_be_paged(*user)).collect();
        if people.is_empty() {
            continue;
        }
        add(covered_until, shift.starts, Vec::new());
        add(shift.starts, shift.ends, people);
        covered_until = shift.ends;
    }
    add(covered_until, range.ends, Vec::new());
    duties
}
