//! What the engine needs of the outside: a clock, chance, and somebody who carries messages.
//!
//! The program hands in the real ones, the simulator its own; nothing else in the house reads a clock or a random
//! source.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allclear_channels::{Secret, Wire, WireReply};
use allclear_core::directory::MailServer;
use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Waits for so long.
    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// Makes random bytes, fit for keys.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The mail server through which mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRoute {
    /// The server.
    pub server: MailServer,
    /// The password for it.
    pub password: Option<Secret>,
}

/// Carries a message to the other side and brings back the reply.
pub trait Carrier: Send + Sync {
    /// Carries one message; mail goes through this server. Never fails: not getting through is a reply, too.
    fn carry(&self, wire: Wire, mail: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>>;
}

/// Makes UUIDv7s (RFC 9562 §6.2, method 1: within a millisecond, and whenever the clock stands still or goes back, a
/// counter keeps them in the order in which they were made).
#[derive(Debug, Default)]
pub struct Ids {
    last: Mutex<(u64, u16)>,
}

const COUNTER_MAXIMUM: u16 = 0x0fff;

impl Ids {
    /// A new one.
    pub fn next(&self, now: Timestamp, random: &dyn Random) -> Uuid {
        let mut noise = [0; 10];
        random.fill(&mut noise[2..]);
        let clock = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = match *last {
            (millisecond, _) if clock > millisecond => (clock, 0),
            (millisecond, COUNTER_MAXIMUM) => (millisecond + 1, 0),
            (millisecond, counter) => (millisecond, counter + 1),
        };
        let (millisecond, counter) = *last;
        noise[..2].copy_from_slice(&counter.to_be_bytes());
        Builder::from_unix_timestamp_millis(millisecond, &noise).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeroes;

    impl Random for Zeroes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn ids_keep_the_order_in_which_they_were_made() {
        let ids = Ids::default();
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        let earlier: Timestamp = "2026-11-23T11:00:00Z".parse().unwrap();
        let mut made: Vec<Uuid> = (0..10_000).map(|_| ids.next(noon, &Zeroes)).collect();
        made.push(ids.next(earlier, &Zeroes));
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(made[0].get_version_num(), 7);
    }
}
