//! On-call schedules: who is on call at a moment.

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use crate::id::{OverrideId, ScheduleId, TeamId, UserId};
use crate::zone::Zone;

/// Layers of rotations, with overrides on top. Where two layers have somebody on call at the same moment, the later
/// one in the list decides; an override decides over all layers.
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
    /// Replacements for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
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
    /// The wall-clock moment at which the layer ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<civil::DateTime>,
    /// How long a turn is.
    pub turn: Turn,
    /// Who takes turns, in order.
    pub participants: Vec<UserId>,
    /// The hours in which the layer has anybody on call; always, where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<Restriction>,
}

/// The length of a turn, in calendar units: a day's turn is 23, 24 or 25 hours long, as the calendar has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// So many hours.
    Hours(u32),
    /// So many days.
    Days(u32),
    /// So many weeks.
    Weeks(u32),
}

/// Hours of the day or of the week in which a layer counts.
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
    /// From this moment.
    pub starts: Timestamp,
    /// Until just before this one.
    pub ends: Timestamp,
}

impl Schedule {
    /// Who is on call at a moment, in the order of the layers' participants; nobody where there is a gap.
    pub fn on_call(&self, at: Timestamp) -> Vec<UserId> {
        let covering = self.overrides.iter().filter(|cover| cover.starts <= at && at < cover.ends);
        covering.map(|cover| cover.user).take(1).collect()
    }
}
