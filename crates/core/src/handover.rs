//! Handovers: whoever comes on call is told so, whoever goes off is asked for a note, and whoever learns is told, too.
//!
//! Of each schedule it is stored until when all handovers were dealt with, and when the next one is. The two are moved
//! on in the transaction that stores the messages, so that each handover is told once, whatever dies in between. Of
//! several that were missed only the latest is told: who was on call yesterday needs to hear nothing today.
//!
//! What a change of the schedule brings about at once is no handover: whoever makes the change tells those whom it
//! concerns.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::directory::{Directory, User};
use crate::id::UserId;
use crate::schedule::Schedule;

/// How many handovers that were missed are looked at one by one.
const MISSED: usize = 10_000;

/// How far the handovers of a schedule are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// All until this moment are dealt with, it included.
    pub until: Timestamp,
    /// When the next one is, if any is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

impl State {
    /// When it wants to be woken.
    pub const fn next_due(&self) -> Option<Timestamp> {
        self.next
    }
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The schedule is new or was changed.
    Changed,
    /// Its time has come.
    Due,
}

/// One handover. Stored with the messages about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// When.
    pub at: Timestamp,
    /// Who was on call just before it.
    pub before: Vec<UserId>,
    /// Who is on call from then on.
    pub after: Vec<UserId>,
    /// Until when that stays so, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What somebody's part in a handover is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// They come on call.
    On,
    /// They go off call, and are asked for a note.
    Off,
    /// They begin to learn.
    Shadow,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// How far the handovers are now.
    pub next: State,
    /// The handover that is told, if one is.
    pub handover: Option<Handover>,
    /// Who is told.
    pub tell: Vec<(UserId, Part)>,
}

/// Takes in one input.
pub fn step(
    now: Timestamp,
    directory: &Directory,
    schedule: &Schedule,
    state: Option<&State>,
    input: Input,
) -> Decision {
    let until = state.map_or(now, |state| state.until.max(now));
    let is_due = state.is_some_and(|state| state.next.is_some_and(|next| next <= now));
    let latest = state.filter(|_| is_due).and_then(|state| latest(schedule, state.until, now));
    let next = match (state, input) {
        (Some(state), Input::Due) if !is_due => state.clone(),
        (_, Input::Due | Input::Changed) => State { until, next: schedule.next_handover(until) },
    };
    let Some(at) = latest else { return Decision { next, handover: None, tell: Vec::new() } };
    let before = at.saturating_sub(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MIN);
    let handover =
        Handover { at, before: schedule.on_call(before), after: schedule.on_call(at), until: schedule.next_change(at) };
    let tell = parts(directory, schedule, &handover, before);
    Decision { next, handover: Some(handover), tell }
}

/// The last handover after one moment until another, that one included.
fn latest(schedule: &Schedule, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let mut found = None;
    let mut at = after;
    for _ in 0..MISSED {
        match schedule.next_handover(at) {
            Some(next) if next <= until => {
                // A moment that was only meant for asking again is none.
                found = if schedule.changes_hands_at(next) { Some(next) } else { found };
                at = next;
            }
            Some(_) | None => break,
        }
    }
    found
}

/// Who is told, and what their part is; nobody by a schedule that does not tell.
fn parts(directory: &Directory, schedule: &Schedule, handover: &Handover, before: Timestamp) -> Vec<(UserId, Part)> {
    if schedule.silent_handovers {
        return Vec::new();
    }
    let (learnt, learning) = (schedule.shadows(before), schedule.shadows(handover.at));
    let on = handover.after.iter().filter(|user| !handover.before.contains(user)).map(|user| (*user, Part::On));
    let off = handover.before.iter().filter(|user| !handover.after.contains(user)).map(|user| (*user, Part::Off));
    let shadows = learning.iter().filter(|user| !learnt.contains(user)).map(|user| (*user, Part::Shadow));
    let wants = |user: &User| !user.suspended && !user.silent_handovers;
    on.chain(off).chain(shadows).filter(|(user, _)| directory.user(*user).is_some_and(|user| wants(user))).collect()
}

#[cfg(test)]
mod tests;
