//! On-call schedules: who is on call at a moment.
//!
//! People think of duty in wall-clock time ("Mondays at nine"), pagers work in instants. All arithmetic here is
//! therefore done on the wall clock of the layer's zone, and only its result is turned into an instant, always by the
//! same rule, that of RFC 5545 §3.3.5 (`compatible` in the time library):
//!
//! - a wall time that the clocks skip (02:30 when they go from 02:00 to 03:00) is as much later as they skip: 03:30;
//! - a wall time that the clocks show twice is the first of the two.
//!
//! One rule for handoffs, restrictions and ends means that what meets on the wall clock meets in time. It also means
//! that a shift over a change of the clocks is an hour longer or shorter than its neighbours; that is right.
//!
//! All answers come from one question, "who, and for how long does that surely hold?", asked again at the end of each
//! answer. So the person on call at a moment and the shift around that moment can never disagree, and nothing here
//! counts turns from the start of a layer, however long ago that was.

mod crew;
mod gaps;
mod handover;
mod holidays;
mod layer;
#[cfg(test)]
mod properties;
mod recurring;
mod reorder;
mod resolve;
mod restriction;
mod rotation;
#[cfg(test)]
mod tests;
mod wall_clock;

pub use crew::Crew;
pub use gaps::{Gap, HORIZON};
pub use holidays::{Holidays, OnHolidays};
pub use recurring::Recurrence;
pub use resolve::{Cause, Duty, Shift};
pub(crate) use restriction::{Admission, admission};

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use crate::id::{OverrideId, ScheduleId, TeamId, UserId};
use crate::zone::Zone;

/// Layers of rotations, with overrides on top. Where two layers have somebody on call at the same moment, the later
/// one in the list decides; an override decides over all layers, and of several overrides the last one in the list,
/// which is the one added last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its identity.
    pub id: ScheduleId,
    /// Its short name in files and addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The team that keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// The zone of all its wall-clock times, unless a layer has its own.
    pub time_zone: Zone,
    /// The rotations.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// Replacements for a while, in the order in which they were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// Nobody is told about its handovers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent_handovers: bool,
}

impl Schedule {
    /// Whether a person takes turns on it or covers for somebody, at any time.
    pub fn names(&self, user: UserId) -> bool {
        self.layers.iter().any(|layer| layer.has(user)) || self.overrides.iter().any(|cover| cover.user == user)
    }
}

impl Layer {
    /// Whether a person takes turns in it.
    pub fn has(&self, user: UserId) -> bool {
        self.participants.iter().any(|crew| crew.has(user))
    }
}

/// One rotation: its participants take turns, handing off at the same wall-clock time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// What people call it: `weekly`, `nights`.
    pub name: String,
    /// Its zone, where it differs from the schedule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Zone>,
    /// The wall-clock moment at which the first participant's first turn begins; all handoffs follow from it.
    pub start: civil::DateTime,
    /// The wall-clock moment at which the layer ends; whoever is on call just before it is not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<civil::DateTime>,
    /// How long a turn is.
    pub turn: Turn,
    /// Who takes turns, in order, alone or together; nobody is on call by a layer without participants.
    pub participants: Vec<Crew>,
    /// The hours in which the layer has anybody on call: those that any of these admit; always, where there are none.
    /// Turns go on behind them: they hide whose turn it is, they do not stop the count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Restriction>,
    /// The days on which it has anybody on call, where they depend on holidays. Where there are restrictions as well,
    /// both must admit a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Holidays>,
    /// Its people learn: they are told and shown what those on call see, but are never on call by this layer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

/// When the next turn begins. A length of none counts as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// So many hours of real time, counted from the instant of the start: where the clocks change, the wall-clock
    /// time of the handoff moves with them.
    Hours(u32),
    /// So many days of the calendar: the handoff keeps its wall-clock time, and a day is 23, 24 or 25 hours long as the
    /// zone has it. On a day that the zone left out of its calendar there is no turn.
    Days(u32),
    /// So many weeks of the calendar, seven days each.
    Weeks(u32),
    /// So many months of the calendar: the handoff is on the start's day of the month, and on the last day of a month
    /// that has no such day.
    Months(u32),
    /// Whenever a rule says.
    Recurring(Box<Recurrence>),
}

/// Hours of the day or of the week in which a layer counts, on the wall clock of the layer's zone.
///
/// Both edges become instants by the rule of this module, so that on the nights on which the clocks change:
///
/// - 01:30 to 02:30 where 02:00 to 03:00 is skipped is 01:30 to 03:30, an hour as ever;
/// - 02:10 to 02:50 where 02:00 to 03:00 is skipped is 03:10 to 03:50;
/// - 02:30 to 03:15 where 02:00 to 03:00 is skipped would be 03:30 to 03:15, and is left out;
/// - 01:30 to 02:30 where 02:00 to 03:00 comes twice ends at the first 02:30: an hour;
/// - 02:10 to 02:50 where 02:00 to 03:00 comes twice is the first of the two only;
/// - 01:30 to 03:30 where 02:00 to 03:00 comes twice is all of it: three hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restriction {
    /// Every day between two times; over midnight when `until` is not after `from`.
    Daily {
        /// The wall-clock time at which it begins.
        from: civil::Time,
        /// The wall-clock time at which it ends.
        until: civil::Time,
    },
    /// Every week between two times; over the week's end when the end is not after the beginning.
    Weekly {
        /// The weekday on which it begins.
        from_day: Weekday,
        /// The wall-clock time at which it begins.
        from: civil::Time,
        /// The weekday on which it ends.
        until_day: Weekday,
        /// The wall-clock time at which it ends.
        until: civil::Time,
    },
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday, the first day of the week (ISO 8601).
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// Somebody on call instead of whoever the layers say, for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its identity.
    pub id: OverrideId,
    /// Who is on call instead.
    pub user: UserId,
    /// Instead of whom, wherever they would be on call: the others of a shift stay, and where this person is not on
    /// call nothing changes. Instead of everybody where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<UserId>,
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
}
