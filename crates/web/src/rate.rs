//! Rate limits: who asks too often is told when to come again.
//!
//! Each caller has a bucket that fills evenly and holds a minute's worth (a token bucket, in the form of the generic
//! cell rate algorithm: one moment is all that is kept for each). Limits are per node.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const SPAN: SignedDuration = SignedDuration::from_secs(60);
/// How many callers are remembered at the most. When there are more, those whose buckets are full again are forgotten;
/// where that makes no room, whoever is not remembered has to wait.
const CALLERS: usize = 100_000;
/// How long after looking for callers to forget they are looked for again: it takes a while, and holds up everybody.
const FORGET_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// Limits how often each caller may come.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    per_minute: u32,
    callers: Mutex<Callers<K>>,
}

#[derive(Debug)]
struct Callers<K> {
    /// For each caller, the moment at which their bucket is full again.
    full_at: HashMap<K, Timestamp>,
    /// When those whose buckets were full were forgotten the last time.
    forgotten_at: Option<Timestamp>,
}

impl<K: Eq + Hash> Callers<K> {
    /// Makes room for one that is not remembered; false when there is none.
    fn make_room(&mut self, now: Timestamp) -> bool {
        let just_done = |at: Timestamp| (SignedDuration::ZERO..FORGET_EVERY).contains(&now.duration_since(at));
        if self.full_at.len() >= CALLERS && !self.forgotten_at.is_some_and(just_done) {
            self.full_at.retain(|_, at| *at > now);
            self.forgotten_at = Some(now);
        }
        self.full_at.len() < CALLERS
    }
}

impl<K: Eq + Hash> Limiter<K> {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, callers: Mutex::new(Callers { full_at: HashMap::new(), forgotten_at: None }) }
    }

    /// Lets one request through, or says how many seconds to wait.
    pub(crate) fn admit(&self, now: Timestamp, caller: K) -> Result<(), u64> {
        let interval = SignedDuration::from_nanos(SPAN.as_nanos() as i64 / i64::from(self.per_minute));
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if !callers.full_at.contains_key(&caller) && !callers.make_room(now) {
            return Err(FORGET_EVERY.as_secs().unsigned_abs());
        }
        let known = callers.full_at.entry(caller).or_insert(now);
        // A clock that jumped back must not lock anybody out for longer than a whole bucket takes.
        let latest = now.checked_add(SPAN).unwrap_or(Timestamp::MAX);
        let from = (*known).clamp(now, latest);
        let after = from.checked_add(interval).unwrap_or(Timestamp::MAX);
        if after > latest {
            let wait = after.duration_since(latest).as_millis_f64() / 1_000.0;
            *known = from;
            return Err((wait.ceil() as u64).max(1));
        }
        *known = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
    }

    #[test]
    fn a_minutes_worth_at_once_and_then_evenly() {
        let limiter = Limiter::new(60);
        for _ in 0..60 {
            assert_eq!(limiter.admit(at(0), "a"), Ok(()));
        }
        assert_eq!(limiter.admit(at(0), "a"), Err(1));
        assert_eq!(limiter.admit(at(0), "b"), Ok(()), "everybody has their own bucket");
        assert_eq!(limiter.admit(at(1_000), "a"), Ok(()));
        assert_eq!(limiter.admit(at(1_500), "a"), Err(1));
    }

    #[test]
    fn an_integration_has_room_for_a_storm_and_no_more() {
        // beyond: INTAKE_PER_MINUTE
        let limiter = Limiter::new(allclear_core::limits::INTAKE_PER_MINUTE);
        let admitted = (0..).take_while(|_| limiter.admit(at(0), "a").is_ok()).count();
        assert_eq!(admitted, allclear_core::limits::INTAKE_PER_MINUTE as usize);
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let limiter = Limiter::new(60);
        for caller in 0..CALLERS {
            assert_eq!(limiter.admit(at(0), caller), Ok(()));
        }
        assert_eq!(limiter.admit(at(0), CALLERS), Err(1), "all of them are remembered for good reason");
        assert_eq!(limiter.admit(at(0), 7), Ok(()), "who is known is served");
        assert_eq!(limiter.callers.lock().unwrap().full_at.len(), CALLERS);
        assert_eq!(limiter.admit(at(999), CALLERS), Err(1), "nobody's bucket is full yet");
        assert_eq!(limiter.admit(at(1_000), CALLERS), Ok(()), "all but one are full again");
        assert_eq!(limiter.callers.lock().unwrap().full_at.len(), 2);
    }

    #[test]
    fn a_clock_that_jumped_back_locks_nobody_out() {
        let limiter = Limiter::new(60);
        for _ in 0..60 {
            limiter.admit(at(86_400_000), "a").unwrap();
        }
        assert_eq!(limiter.admit(at(0), "a"), Err(1));
        assert_eq!(limiter.admit(at(1_000), "a"), Ok(()));
    }
}
