//! What became of an event and of a delivery, in words.

use jiff::Timestamp;

use super::{Names, ended, how_cleared};
use crate::alert::{Outcome, Unaffected};
use crate::delivery::Step;

/// What an event, or the passing of time, did to an alert.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Fired => "A new alert fired.".to_owned(),
        Outcome::Repeated { worsened: None } => "The alert was firing already.".to_owned(),
        Outcome::Repeated { worsened: Some(severity) } => {
            format!("The alert was firing already, and rose to {severity}.")
        }
        Outcome::Cleared { how } => format!("The alert cleared: {}.", how_cleared(*how)),
        Outcome::Acknowledged => "The alert was acknowledged at its source.".to_owned(),
        Outcome::Nothing { because: Unaffected::NotFiring } => {
            "Nothing was to be done: no alert with this key was firing.".to_owned()
        }
        Outcome::Nothing { because: Unaffected::NotDue } => {
            "Nothing was to be done: the source had spoken again in time.".to_owned()
        }
        Outcome::Nothing { because: Unaffected::ChangeEvent } => "The change was noted. Changes never page.".to_owned(),
    }
}

/// What happened to a delivery, which is called "it".
pub fn delivery(names: &Names<'_>, at: Timestamp, step: &Step) -> String {
    match step {
        Step::Attempt { number, maybe_repeated: false } => format!("Attempt {number} began."),
        Step::Attempt { number, maybe_repeated: true } => {
            format!("Attempt {number} began. The one before never reported back, so the message may arrive twice.")
        }
        Step::Succeeded => "It got through.".to_owned(),
        Step::WillRetry { at: again } => {
            format!("It did not get through, and is tried again at {}.", names.time(*again, at))
        }
        Step::GivenUp { reason } => format!("It was given up: {}", ended(reason)),
        Step::Withdrawn => "It was taken back before it left, because nobody needed it any more.".to_owned(),
        Step::Stopping => "It was on its way when nobody needed it any more. It is not tried again.".to_owned(),
        Step::Bundled => "It went out in a bundle with others.".to_owned(),
        Step::Requeued => "It was queued again by hand.".to_owned(),
        Step::Nothing => "Nothing changed: the news came too late, or twice.".to_owned(),
    }
}
