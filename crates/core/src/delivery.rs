//! Deliveries: one message to one contact method, through one channel.
//!
//! A message is handed over *at least once*: when the program dies between handing it over and writing that down, it is
//! handed over again, with the same idempotency key, and the ledger says so. What the other side's answer means is the
//! channel's business; whether and when to try again is decided here.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::DeliveryId;
use crate::limits;
use crate::wait::Wait;

/// Where a delivery stands. The order is the order of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Kept back to be bundled with others: its contact method has had enough single messages for the moment.
    Held,
    /// Waiting for its (next) attempt.
    Queued,
    /// Being handed over.
    Sending,
    /// Being handed over while it is no longer wanted: it leaves by this attempt, or never.
    Stopping,
    /// The other side has taken it, which does not mean that it has arrived.
    Accepted,
    /// It has arrived at the device, the mailbox or the program.
    Delivered,
    /// Its content went out in a bundle.
    Bundled,
    /// Taken back before it left: somebody acknowledged, or it was resolved.
    Withdrawn,
    /// Given up. A dead letter: it can be sent again by hand.
    Failed,
}

impl Status {
    /// All of them, in the order of a delivery's life.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Queued,
        Self::Sending,
        Self::Stopping,
        Self::Accepted,
        Self::Delivered,
        Self::Bundled,
        Self::Withdrawn,
        Self::Failed,
    ];

    /// The word shown to people and stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Stopping => "stopping",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Bundled => "bundled",
            Self::Withdrawn => "withdrawn",
            Self::Failed => "failed",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// What the other side answered, as its channel understands it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It has arrived.
    Delivered,
    /// It was taken, with a handle under which a receipt may come later.
    Accepted {
        /// The handle.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handle: Option<String>,
    },
    /// Not now: try again.
    Retry {
        /// Not before this long, if the other side said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Wait>,
        /// Why.
        reason: String,
    },
    /// Never: trying again is of no use.
    Refused {
        /// Why.
        reason: String,
    },
}

/// A delivery, as far as deciding about it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where it stands.
    pub status: Status,
    /// How many attempts were begun.
    pub attempts: u32,
    /// When it is tried (again), or, while it is being sent, when the sender is taken for dead.
    pub due_at: Option<Timestamp>,
}

/// What can happen to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A sender takes it, and will be done within the lease.
    Claim,
    /// The sender reports back.
    Outcome(Outcome),
    /// Somebody acknowledged or resolved: it is no longer wanted.
    Withdraw,
    /// Its content goes out in a bundle.
    Bundle,
    /// A person wants a dead letter sent again.
    RetryByHand,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The delivery as it is now.
    pub next: Delivery,
    /// What happened.
    pub step: Step,
}

/// What happened to a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Step {
    /// An attempt began.
    Attempt {
        /// Which one, from 1.
        number: u32,
        /// The attempt before it never reported back: its message may have left.
        maybe_repeated: bool,
    },
    /// It was taken or has arrived.
    Succeeded,
    /// It will be tried again.
    WillRetry {
        /// When.
        at: Timestamp,
    },
    /// It was given up.
    GivenUp {
        /// Why.
        reason: String,
    },
    /// It was taken back.
    Withdrawn,
    /// It was on its way already when it was no longer wanted: it will not be tried again.
    Stopping,
    /// It goes out in a bundle.
    Bundled,
    /// It waits for its next attempt, because a person said so.
    Requeued,
    /// Nothing: the input came too late, or twice.
    Nothing,
}

/// How long a sender may take for one attempt before it is taken for dead.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);

const LONGEST_BACKOFF_SECONDS: i64 = 60;

/// The longest time that the other side may ask for. A page that has to wait longer is given up, so that the next
/// contact method is tried instead.
const LONGEST_ASKED_FOR: Wait = Wait::minutes(limits::PROVIDER_WAIT_MINUTES);

/// A new delivery, to be tried at once, or held to be bundled.
pub fn new(now: Timestamp, held: bool) -> Delivery {
    let (status, due_at) = if held { (Status::Held, None) } else { (Status::Queued, Some(now)) };
    Delivery { status, attempts: 0, due_at }
}

/// Takes in one input.
pub fn step(now: Timestamp, id: DeliveryId, state: Delivery, input: Input) -> Decision {
    match (input, state.status) {
        (Input::Claim, Status::Queued | Status::Sending) if is_due(now, state) => claim(now, state),
        (Input::Outcome(outcome), Status::Sending) => settle(now, id, state, outcome),
        (Input::Outcome(outcome), Status::Stopping) => settle_last(state, outcome),
        (Input::Withdraw, Status::Held | Status::Queued) => end(state, Status::Withdrawn, Step::Withdrawn),
        (Input::Withdraw, Status::Sending) => {
            Decision { next: Delivery { status: Status::Stopping, ..state }, step: Step::Stopping }
        }
        // Its sender died.
        (Input::Claim, Status::Stopping) if is_due(now, state) => end(state, Status::Withdrawn, Step::Withdrawn),
        (Input::Bundle, Status::Held) => end(state, Status::Bundled, Step::Bundled),
        (Input::RetryByHand, Status::Failed) => {
            Decision { next: Delivery { due_at: Some(now), ..new(now, false) }, step: Step::Requeued }
        }
        (
            Input::Claim | Input::Outcome(_) | Input::Withdraw | Input::Bundle | Input::RetryByHand,
            Status::Held
            | Status::Queued
            | Status::Sending
            | Status::Stopping
            | Status::Accepted
            | Status::Delivered
            | Status::Bundled
            | Status::Withdrawn
            | Status::Failed,
        ) => Decision { next: state, step: Step::Nothing },
    }
}

fn is_due(now: Timestamp, state: Delivery) -> bool {
    state.due_at.is_some_and(|due| due <= now)
}

fn end(state: Delivery, status: Status, step: Step) -> Decision {
    Decision { next: Delivery { status, due_at: None, ..state }, step }
}

fn claim(now: Timestamp, state: Delivery) -> Decision {
    let maybe_repeated = state.status == Status::Sending;
    if state.attempts >= limits::DELIVERY_ATTEMPTS {
        let reason = format!("no answer after {} attempts", state.attempts);
        return end(state, Status::Failed, Step::GivenUp { reason });
    }
    let number = state.attempts + 1;
    let next = Delivery { status: Status::Sending, attempts: number, due_at: now.checked_add(LEASE).ok() };
    Decision { next, step: Step::Attempt { number, maybe_repeated } }
}

fn settle(now: Timestamp, id: DeliveryId, state: Delivery, outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Delivered => end(state, Status::Delivered, Step::Succeeded),
        Outcome::Accepted { .. } => end(state, Status::Accepted, Step::Succeeded),
        Outcome::Refused { reason } => end(state, Status::Failed, Step::GivenUp { reason }),
        Outcome::Retry { reason, .. } if state.attempts >= limits::DELIVERY_ATTEMPTS => {
            let reason = format!("given up after {} attempts; the last one: {reason}", state.attempts);
            end(state, Status::Failed, Step::GivenUp { reason })
        }
        Outcome::Retry { after: Some(after), reason } if after > LONGEST_ASKED_FOR => {
            let reason = format!("given up, because the other side wants us to wait for {after}: {reason}");
            end(state, Status::Failed, Step::GivenUp { reason })
        }
        Outcome::Retry { after, .. } => {
            let backoff = backoff(id, state.attempts);
            let wait = after.map_or(backoff, |after| backoff.max(after.duration()));
            let at = now.checked_add(wait).unwrap_or(Timestamp::MAX);
            let next = Delivery { status: Status::Queued, due_at: Some(at), ..state };
            Decision { next, step: Step::WillRetry { at } }
        }
    }
}

/// The outcome of an attempt whose message is no longer wanted: whether it left is all that matters.
fn settle_last(state: Delivery, outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Delivered => end(state, Status::Delivered, Step::Succeeded),
        Outcome::Accepted { .. } => end(state, Status::Accepted, Step::Succeeded),
        Outcome::Retry { .. } | Outcome::Refused { .. } => end(state, Status::Withdrawn, Step::Withdrawn),
    }
}

/// 1 s, 2 s, 4 s, … up to a minute, each longer by up to a half: by a part that the delivery's own id decides, so that
/// a thousand deliveries that failed together do not come back together, and the same seed gives the same times.
fn backoff(id: DeliveryId, attempts: u32) -> SignedDuration {
    let seconds = 1i64.checked_shl(attempts.saturating_sub(1)).unwrap_or(i64::MAX).clamp(1, LONGEST_BACKOFF_SECONDS);
    let (high, low) = id.uuid().as_u64_pair();
    let mixed = (high ^ low.rotate_left(17) ^ u64::from(attempts)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let jitter = (mixed % 500).cast_signed() * seconds;
    SignedDuration::from_millis(seconds * 1_000 + jitter)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn id() -> DeliveryId {
        DeliveryId::new(Uuid::from_u128(0x0192_3f6e_7c1a_7b2c_8d3e_4f50_6172_8394))
    }

    fn retry() -> Input {
        Input::Outcome(Outcome::Retry { after: None, reason: "busy".into() })
    }

    #[test]
    fn tried_until_it_arrives() {
        let queued = new(at(0), false);
        let claimed = step(at(0), id(), queued, Input::Claim);
        assert_eq!(claimed.step, Step::Attempt { number: 1, maybe_repeated: false });
        let failed = step(at(1), id(), claimed.next, retry());
        let Step::WillRetry { at: again } = failed.step else { panic!("{failed:?}") };
        assert!(again >= at(2) && again < at(3), "{again}");
        assert_eq!(step(at(1), id(), failed.next, Input::Claim).step, Step::Nothing, "not before its time");
        let second = step(again, id(), failed.next, Input::Claim);
        assert_eq!(second.step, Step::Attempt { number: 2, maybe_repeated: false });
        let done = step(again, id(), second.next, Input::Outcome(Outcome::Delivered));
        assert_eq!((done.next.status, done.next.due_at), (Status::Delivered, None));
    }

    #[test]
    fn a_dead_sender_loses_its_lease_and_the_repetition_is_marked() {
        let claimed = step(at(0), id(), new(at(0), false), Input::Claim).next;
        assert_eq!(step(at(89), id(), claimed, Input::Claim).step, Step::Nothing);
        let again = step(at(90), id(), claimed, Input::Claim);
        assert_eq!(again.step, Step::Attempt { number: 2, maybe_repeated: true });
    }

    #[test]
    fn given_up_visibly_and_sent_again_by_hand() {
        // beyond: DELIVERY_ATTEMPTS
        let mut state = new(at(0), false);
        let mut now = at(0);
        for _ in 0..limits::DELIVERY_ATTEMPTS {
            now = state.due_at.unwrap();
            state = step(now, id(), step(now, id(), state, Input::Claim).next, retry()).next;
        }
        assert_eq!(state.status, Status::Failed);
        assert!(now < at(400), "a page is given up within minutes, so that the next contact method is tried");
        let again = step(now, id(), state, Input::RetryByHand);
        assert_eq!((again.step, again.next.attempts), (Step::Requeued, 0));
    }

    #[test]
    fn the_other_side_may_ask_for_more_time_but_not_for_less() {
        let claimed = step(at(0), id(), new(at(0), false), Input::Claim).next;
        let wait = |after| Input::Outcome(Outcome::Retry { after: Some(after), reason: String::new() });
        assert_eq!(step(at(0), id(), claimed, wait(Wait::minutes(2))).next.due_at, Some(at(120)));
        assert!(step(at(0), id(), claimed, wait(Wait::NONE)).next.due_at >= Some(at(1)));
    }

    #[test]
    fn a_wait_too_long_for_a_page_is_not_waited_for() {
        let claimed = step(at(0), id(), new(at(0), false), Input::Claim).next;
        // beyond: PROVIDER_WAIT_MINUTES
        let wait = Outcome::Retry { after: Some(Wait::hours(24)), reason: "too many requests".into() };
        let given_up = step(at(0), id(), claimed, Input::Outcome(wait));
        assert_eq!(given_up.next.status, Status::Failed);
        let Step::GivenUp { reason } = given_up.step else { panic!("{given_up:?}") };
        assert!(reason.contains("wait for 1d") && reason.contains("too many requests"), "{reason}");
    }

    #[test]
    fn only_what_has_not_left_can_be_withdrawn() {
        for status in Status::ALL {
            let state = Delivery { status, attempts: 1, due_at: None };
            let expected = match status {
                Status::Held | Status::Queued => Step::Withdrawn,
                Status::Sending => Step::Stopping,
                Status::Stopping
                | Status::Accepted
                | Status::Delivered
                | Status::Bundled
                | Status::Withdrawn
                | Status::Failed => Step::Nothing,
            };
            assert_eq!(step(at(0), id(), state, Input::Withdraw).step, expected, "{status:?}");
            assert_eq!(Status::from_word(status.word()), Some(status));
        }
    }

    #[test]
    fn what_was_withdrawn_while_it_was_sent_is_never_sent_again() {
        let claimed = step(at(0), id(), new(at(0), false), Input::Claim).next;
        let stopping = step(at(1), id(), claimed, Input::Withdraw).next;
        let refused = Input::Outcome(Outcome::Refused { reason: "no such mailbox".into() });
        for (input, status) in [
            (retry(), Status::Withdrawn),
            (refused, Status::Withdrawn),
            (Input::Outcome(Outcome::Delivered), Status::Delivered),
            (Input::Outcome(Outcome::Accepted { handle: None }), Status::Accepted),
        ] {
            let settled = step(at(2), id(), stopping, input.clone());
            assert_eq!((settled.next.status, settled.next.due_at), (status, None), "{input:?}");
        }
        assert_eq!(step(at(89), id(), stopping, Input::Claim).step, Step::Nothing, "its sender may be alive");
        assert_eq!(step(at(90), id(), stopping, Input::Claim).step, Step::Withdrawn, "its sender died");
    }
}
