//! The clock of the fake world.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use allclear_engine::host::Clock;
use jiff::Timestamp;

/// A clock that stands still until it is set. It may be set back.
#[derive(Debug)]
pub(crate) struct SimClock {
    microseconds: AtomicI64,
    /// By how much each look moves it on.
    tick: i64,
}

impl SimClock {
    /// A clock that shows this moment to everybody until it is set.
    pub(crate) fn still(at: Timestamp) -> Self {
        Self { microseconds: AtomicI64::new(at.as_microsecond()), tick: 0 }
    }

    /// A clock that moves on by a microsecond with each look, so that no two decisions are of the same moment.
    pub(crate) fn ticking(at: Timestamp) -> Self {
        Self { tick: 1, ..Self::still(at) }
    }

    /// The time, without moving it.
    pub(crate) fn peek(&self) -> Timestamp {
        moment(self.microseconds.load(Ordering::Relaxed))
    }

    /// Sets it.
    pub(crate) fn set(&self, at: Timestamp) {
        self.microseconds.store(at.as_microsecond(), Ordering::Relaxed);
    }

    /// Sets it, unless it is later already.
    pub(crate) fn advance(&self, at: Timestamp) {
        self.microseconds.fetch_max(at.as_microsecond(), Ordering::Relaxed);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        moment(self.microseconds.fetch_add(self.tick, Ordering::Relaxed))
    }

    /// Never ends: only the loops of a real program sleep, and the world has its own.
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

fn moment(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).expect("the fake world plays within the years that there are")
}
