//! Rate limits: who asks too often is told when to come again.
//!
//! Each caller has a bucket that fills evenly and holds a minute's worth (a token bucket, in the form of the generic
//! cell rate algorithm: one moment is all that is kept for each). Limits are per node.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const SPAN: SignedDuration = SignedDuration::from_secs(60);
/// How many callers are remembered; when there are more, those whose buckets are full again are forgotten.
const CALLERS: usize = 100_000;

/// Limits how often each caller may come.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    per_minute: u32,
    /// For each caller, the moment at which their bucket is full again.
    full_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Eq + Hash> Limiter<K> {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute, full_at: Mutex::new(HashMap::new()) }
    }

    /// Lets one request through, or says how many seconds to wait.
    pub(crate) fn admit(&self, now: Timestamp, caller: K) -> Result<(), u64> {
        let interval = SignedDuration::from_nanos(SPAN.as_nanos() as i64 / i64::from(self.per_minute));
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= CALLERS {
            full_at.retain(|_, at| *at > now);
        }
        let known = full_at.entry(caller).or_insert(now);
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
    fn a_clock_that_jumped_back_locks_nobody_out() {
        let limiter = Limiter::new(60);
        for _ in 0..60 {
            limiter.admit(at(86_400_000), "a").unwrap();
        }
        assert_eq!(limiter.admit(at(0), "a"), Err(1));
        assert_eq!(limiter.admit(at(1_000), "a"), Ok(()));
    }
}
