//! Why somebody was on call, in words.

use jiff::{SignedDuration, Timestamp};

use super::Names;
use crate::directory::Directory;
use crate::fact::PageReason;
use crate::id::UserId;
use crate::schedule::{Cause, Schedule};

/// What put a person on call by the schedule that a page names: `It is their turn in “weekly” of Platform until Mon
/// 09:00 CET.` The schedule as it is now is asked about that moment, so nothing is said once it answers otherwise.
pub fn why_on_call(
    names: &Names<'_>,
    directory: &Directory,
    user: UserId,
    why: &PageReason,
    at: Timestamp,
) -> Option<String> {
    let (PageReason::Step { schedule: Some(name), .. } | PageReason::Unresolved { schedule: Some(name), .. }) = why
    else {
        return None;
    };
    let called = directory.schedules().filter(|schedule| schedule.name == *name);
    called.into_iter().find_map(|schedule| turn(names, schedule, user, at))
}

fn turn(names: &Names<'_>, schedule: &Schedule, user: UserId, at: Timestamp) -> Option<String> {
    let just_after = at.checked_add(SignedDuration::from_secs(1)).ok()?;
    let shifts = schedule.shifts(at, just_after);
    let duty = shifts.iter().flat_map(|shift| &shift.people).find(|duty| duty.user == user)?;
    let until = schedule.on_call_until(user, at).map(|until| format!(" until {}", names.time(until, at)));
    let until = until.unwrap_or_default();
    Some(match duty.why {
        Cause::Layer(index) => {
            let layer = schedule.layers.get(index).map(|layer| layer.name.as_str()).unwrap_or_default();
            format!("It is their turn in “{layer}” of {}{until}.", schedule.name)
        }
        Cause::Override(_) => format!("An override puts them on call by {}{until}.", schedule.name),
    })
}
