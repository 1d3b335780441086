//! How a lane of the processor paces itself: when it goes on at once, waits for more, or lets the intake go first.
//!
//! A request that is not durable is lost when its sender gives up; one that is can wait a little. So when far more
//! comes in than can be processed as it comes, the processor rests for a few seconds and leaves the machine to the
//! intake. What has gathered by then goes in full batches, which cost less for each event.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// So many requests in a second are a rush: a small machine makes twice as many durable, and cannot process as many as
/// they come.
const RUSH: i64 = 15_000;
/// The time over which they are counted.
const WINDOW: SignedDuration = SignedDuration::from_millis(100);
/// How long a lane rests at the most, until it has caught up again.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);
/// How long it rests before it looks whether the rush is over.
const REST: Duration = Duration::from_millis(20);
/// A lane waits a moment for more after so many requests: after fewer, somebody waits for the page of one of them.
const GATHER: usize = 16;
const GATHER_FOR: Duration = Duration::from_millis(20);

/// How much comes in.
#[derive(Debug, Clone, Default)]
pub struct Rush {
    start: Timestamp,
    requests: i64,
    /// Whether it was a rush before this window.
    is_on: bool,
}

impl Rush {
    /// Counts requests that were made durable.
    pub fn count(&mut self, now: Timestamp, requests: usize) {
        let length = now.duration_since(self.start);
        // A window that begins in the future belongs to a clock that was set back.
        if length >= WINDOW || length.is_negative() {
            let rush = RUSH.saturating_mul(length.as_millis().try_into().unwrap_or(i64::MAX)) / 1_000;
            let is_on = length.is_positive() && self.requests >= rush;
            *self = Self { start: now, requests: 0, is_on };
        }
        self.requests = self.requests.saturating_add_unsigned(requests as u64);
    }

    /// Whether there is a rush now.
    pub fn is_on(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.start);
        self.is_on && !age.is_negative() && age < WINDOW * 2
    }
}

/// What a lane did in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Processed {
    /// How many requests were processed.
    pub requests: usize,
    /// More are waiting already.
    pub more: bool,
}

/// What a lane does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It processes what is waiting.
    Process,
    /// It waits for so long, and processes what has come by then.
    Gather(Duration),
    /// It rests for so long, and asks again.
    Rest(Duration),
    /// There is nothing to do until something comes.
    Idle,
}

/// The pace of one lane.
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// When it first rested since it last had caught up.
    resting_since: Option<Timestamp>,
}

impl Pace {
    /// What to do after this.
    pub fn step(&mut self, now: Timestamp, done: Processed, rush: &Rush) -> Next {
        if !done.more {
            self.resting_since = None;
            return match done.requests {
                0 => Next::Idle,
                // Under load, what comes in meanwhile makes the next batch larger, and each event in it cheaper.
                GATHER.. => Next::Gather(GATHER_FOR),
                _ => Next::Process,
            };
        }
        let may_rest = |since: Timestamp| now.duration_since(since) < PATIENCE;
        if rush.is_on(now) && may_rest(*self.resting_since.get_or_insert(now)) {
            return Next::Rest(REST);
        }
        Next::Process
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEHIND: Processed = Processed { requests: 64, more: true };

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + milliseconds).unwrap()
    }

    /// Lets so many requests in a second come in for a while, a hundredth of them every 10 ms.
    fn come(rush: &mut Rush, milliseconds: std::ops::Range<i64>, rate: usize) {
        for moment in milliseconds.step_by(10) {
            rush.count(at(moment), rate / 100);
        }
    }

    #[test]
    fn a_rush_begins_and_ends_within_moments() {
        let mut rush = Rush::default();
        come(&mut rush, 0..1_000, 14_900);
        assert!(!rush.is_on(at(1_000)));
        come(&mut rush, 1_000..1_210, 15_100);
        assert!(rush.is_on(at(1_210)));
        come(&mut rush, 1_210..1_500, 300);
        assert!(!rush.is_on(at(1_500)));
        come(&mut rush, 1_500..1_710, 30_000);
        assert!(rush.is_on(at(1_710)));
        assert!(!rush.is_on(at(1_910)), "nobody sends any more");
        rush.count(at(60_000), 5_000);
        assert!(!rush.is_on(at(60_000)), "many at once after a minute are no rush yet");
        rush.count(at(60_050), 5_000);
        rush.count(at(60_100), 1);
        assert!(rush.is_on(at(60_100)));
    }

    #[test]
    fn a_clock_that_is_set_back_is_no_rush_and_hides_none() {
        let mut rush = Rush::default();
        come(&mut rush, 60_000..60_210, 30_000);
        assert!(rush.is_on(at(60_210)));
        assert!(!rush.is_on(at(0)), "an hour ago there was none");
        come(&mut rush, 0..110, 30_000);
        assert!(rush.is_on(at(110)), "it is found within a moment, not after an hour");
    }

    #[test]
    fn a_lane_that_keeps_up_never_rests() {
        let (mut rush, mut pace) = (Rush::default(), Pace::default());
        come(&mut rush, 0..210, 30_000);
        let mut after = |requests| pace.step(at(210), Processed { requests, more: false }, &rush);
        assert_eq!(after(0), Next::Idle);
        assert_eq!(after(15), Next::Process);
        assert_eq!(after(16), Next::Gather(GATHER_FOR));
        assert_eq!(after(512), Next::Gather(GATHER_FOR));
    }

    /// The rush goes on for ten seconds, and each batch is as small as it can be. The lane works for most of that time.
    #[test]
    fn a_lane_rests_only_so_long_until_it_has_caught_up() {
        let (mut rush, mut pace) = (Rush::default(), Pace::default());
        come(&mut rush, 0..110, 30_000);
        let mut rested = Vec::new();
        for moment in (110..10_110).step_by(10) {
            rush.count(at(moment), 300);
            if pace.step(at(moment), BEHIND, &rush) != Next::Process {
                rested.push(moment);
            }
        }
        assert_eq!((rested[0], rested.len(), *rested.last().unwrap()), (110, 300, 3_100));
        pace.step(at(10_110), Processed { more: false, ..BEHIND }, &rush);
        assert_eq!(pace.step(at(10_120), BEHIND, &rush), Next::Rest(REST), "it had caught up");
        assert_eq!(pace.step(at(10_500), BEHIND, &rush), Next::Process, "the rush is over");
    }
}
