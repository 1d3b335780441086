//! Handovers, in words.

use jiff::Timestamp;

use super::Names;
use super::cover::Told;
use crate::handover::{Handover, Part};
use crate::id::{ScheduleId, UserId};

/// What somebody is told about a handover.
pub fn told(
    names: &Names<'_>,
    schedule: ScheduleId,
    part: Part,
    handover: &Handover,
    to: UserId,
    now: Timestamp,
) -> Told {
    let name = names.schedule(schedule);
    let at = names.time(handover.at, now);
    let until = match handover.until {
        Some(until) => format!("until {}", names.time(until, now)),
        None => "with no end planned".to_owned(),
    };
    let others = |people: &[UserId]| people.iter().copied().filter(|user| *user != to).collect::<Vec<UserId>>();
    let mut says = Vec::new();
    let heading = match part {
        Part::On => {
            says.push(format!("You have been on call since {at}, {until}."));
            let beside = others(&handover.after);
            if !beside.is_empty() {
                says.push(format!("Beside you: {}.", names.people(&beside)));
            }
            says.push(match handover.before.as_slice() {
                [] => "Nobody was on call before you.".to_owned(),
                before => format!("On call before you: {}.", names.people(before)),
            });
            format!("You are on call for {name}")
        }
        Part::Off => {
            says.push(format!("Your shift ended at {at}."));
            says.push(match handover.after.as_slice() {
                [] => "Nobody is on call now.".to_owned(),
                after => format!("On call now: {}.", names.people(after)),
            });
            says.push(
                "What should they know? Leave a note: what happened, what is still odd, what to watch.".to_owned(),
            );
            format!("You are off call for {name}")
        }
        Part::Shadow => {
            says.push(format!("You learn by it since {at}: you see what those on call see, and are not paged."));
            says.push(match handover.after.as_slice() {
                [] => "Nobody is on call now.".to_owned(),
                after => format!("On call: {}, {until}.", names.people(after)),
            });
            format!("You shadow {name}")
        }
    };
    Told { heading, says }
}
