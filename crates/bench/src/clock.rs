//! The one place of the benchmarks that reads a clock, waits, or needs chance.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use allclear_engine::host::{Clock, Ids, Random};
use jiff::Timestamp;
use uuid::Uuid;

/// Now, for measuring.
#[expect(clippy::disallowed_methods, reason = "how long things take is what is measured")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Now, for what is stored.
#[expect(clippy::disallowed_methods, reason = "the benchmarks make data of today")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits, in a task.
#[expect(clippy::disallowed_methods, reason = "real processes are waited for")]
pub(crate) async fn sleep(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Waits until then, in a task.
#[expect(clippy::disallowed_methods, reason = "load is sent at a given pace")]
pub(crate) async fn sleep_until(then: Instant) {
    tokio::time::sleep_until(then.into()).await;
}

/// Waits, on a thread.
#[expect(clippy::disallowed_methods, reason = "real processes are waited for")]
pub(crate) fn pause(length: Duration) {
    std::thread::sleep(length);
}

/// Chance from the operating system.
struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "ids, and the moments at which the server is killed")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has a random source");
    }
}

/// An id of its own, later than all before.
pub(crate) fn id() -> Uuid {
    static IDS: LazyLock<Ids> = LazyLock::new(Ids::default);
    IDS.next(now(), &SystemRandom)
}

/// A number that nobody can foresee.
pub(crate) fn random() -> u64 {
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// The clock of the reference server.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn sleep(&self, length: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(sleep(length))
    }
}
