//! In a rush the intake goes first.
//!
//! A request that is not durable is lost when its sender gives up; one that is can wait a little. So when far more
//! comes in than can be processed as it comes, the processor rests for a few seconds and leaves the machine to the
//! intake. What has gathered by then goes in full batches, which cost less for each event.

use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// So many requests in a second are a rush: a small machine makes twice as many durable, and cannot process as many as
/// they come.
const RUSH: i64 = 15_000;
/// The time over which they are counted.
const WINDOW: SignedDuration = SignedDuration::from_millis(100);
/// How long the processor rests at the most, until it has caught up again.
const PATIENCE: SignedDuration = SignedDuration::from_secs(3);

/// How much comes in.
#[derive(Debug, Default)]
pub(crate) struct Rush(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    start: Timestamp,
    requests: i64,
    /// Whether it was a rush before this window.
    is_on: bool,
}

impl Rush {
    /// Counts requests that were made durable.
    pub(crate) fn count(&self, now: Timestamp, requests: usize) {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = now.duration_since(window.start);
        if length >= WINDOW {
            let rush = RUSH.saturating_mul(length.as_millis().try_into().unwrap_or(i64::MAX)) / 1_000;
            *window = Window { start: now, requests: 0, is_on: window.requests >= rush };
        }
        window.requests += requests as i64;
    }

    /// Whether there is a rush now.
    pub(crate) fn is_on(&self, now: Timestamp) -> bool {
        let window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        window.is_on && now.duration_since(window.start) < WINDOW * 2
    }
}

/// The processor's patience with a rush.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    /// When it first rested since it last had caught up.
    since: Option<Timestamp>,
}

impl Patience {
    /// Everything that came in is processed, or nearly so.
    pub(crate) fn renew(&mut self) {
        self.since = None;
    }

    /// Whether it rests for a moment.
    pub(crate) fn rests(&mut self, now: Timestamp, rush: &Rush) -> bool {
        rush.is_on(now) && now.duration_since(*self.since.get_or_insert(now)) < PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + milliseconds).unwrap()
    }

    /// Lets so many requests in a second come in for a while, a hundredth of them every 10 ms.
    fn come(rush: &Rush, milliseconds: std::ops::Range<i64>, rate: usize) {
        for moment in milliseconds.step_by(10) {
            rush.count(at(moment), rate / 100);
        }
    }

    #[test]
    fn a_rush_begins_and_ends_within_moments() {
        let rush = Rush::default();
        come(&rush, 0..1_000, 14_900);
        assert!(!rush.is_on(at(1_000)));
        come(&rush, 1_000..1_210, 15_100);
        assert!(rush.is_on(at(1_210)));
        come(&rush, 1_210..1_500, 300);
        assert!(!rush.is_on(at(1_500)));
        come(&rush, 1_500..1_710, 30_000);
        assert!(rush.is_on(at(1_710)));
        assert!(!rush.is_on(at(1_910)), "nobody sends any more");
        rush.count(at(60_000), 5_000);
        assert!(!rush.is_on(at(60_000)), "many at once after a minute are no rush yet");
        rush.count(at(60_050), 5_000);
        rush.count(at(60_100), 1);
        assert!(rush.is_on(at(60_100)));
        rush.count(at(1_000), 1);
        assert!(!rush.is_on(at(60_300)), "a clock that goes back");
    }

    #[test]
    fn the_processor_rests_only_so_long_until_it_has_caught_up() {
        let (rush, mut patience) = (Rush::default(), Patience::default());
        come(&rush, 0..110, 30_000);
        assert!(patience.rests(at(110), &rush));
        come(&rush, 110..3_210, 30_000);
        assert!(patience.rests(at(3_100), &rush));
        assert!(!patience.rests(at(3_110), &rush), "now it works, however much comes in");
        assert!(!patience.rests(at(3_200), &rush));
        patience.renew();
        assert!(patience.rests(at(3_210), &rush));
        assert!(!patience.rests(at(4_000), &rush), "the rush is over");
    }
}
