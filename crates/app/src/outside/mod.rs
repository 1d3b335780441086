//! The real outside: the clock, chance, and the wire.

mod http;
mod mail;
mod mail_server;
mod networks;
mod smtp;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use allclear_channels::{Wire, WireReply};
use allclear_engine::host::{Carrier, Clock, MailRoute, Random};
use jiff::{SignedDuration, Timestamp};

pub(crate) use mail::greet;
pub(crate) use networks::Networks;

/// The machine's clock, which never goes back while the program runs.
///
/// When somebody sets the machine's clock back, escalations must not wait for the same hour twice: time then goes on
/// from where it was, at the pace of the monotonic clock, until the machine's clock has caught up. When it is set
/// forward, it is believed at once.
///
/// It tells whole microseconds, as they are stored: a timer that is stored is then exactly the moment that was decided.
#[derive(Debug)]
pub(crate) struct SystemClock {
    /// A moment of the monotonic clock, and what the time was then.
    anchor: Mutex<(Instant, Timestamp)>,
}

impl SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the edge: the only place that reads the clock")]
    fn read() -> (Instant, Timestamp) {
        (Instant::now(), Timestamp::now())
    }

    /// The time at `instant`, when the machine's clock says `wall`.
    fn tell(&self, instant: Instant, wall: Timestamp) -> Timestamp {
        let mut anchor = self.anchor.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, then) = *anchor;
        let gone = SignedDuration::try_from(instant.saturating_duration_since(since)).unwrap_or(SignedDuration::ZERO);
        let now = wall.max(then.checked_add(gone).unwrap_or(then));
        if now == wall {
            *anchor = (instant, wall);
        }
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { anchor: Mutex::new(Self::read()) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let (instant, wall) = Self::read();
        self.tell(instant, wall)
    }

    #[expect(clippy::disallowed_methods, reason = "the edge: the only place that really waits")]
    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(length))
    }
}

/// The machine's random source.
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the edge: the only source of chance")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without chance there are no keys, and nothing safe is left to do.
        getrandom::fill(bytes).expect("the operating system has a random source");
    }
}

/// Carries messages over the network.
pub(crate) struct NetworkCarrier {
    http: http::Http,
    mail: mail::MailSender,
}

impl NetworkCarrier {
    /// A carrier whose HTTP requests go to public addresses, and to these networks.
    pub(crate) fn new(allowed: Networks) -> anyhow::Result<Self> {
        Ok(Self { http: http::Http::new(allowed)?, mail: mail::MailSender::default() })
    }
}

impl Carrier for NetworkCarrier {
    fn carry(&self, wire: Wire, route: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>> {
        Box::pin(async move {
            match wire {
                Wire::Http(request) => self.http.send(request).await,
                Wire::Mail(mail) => self.mail.send(&mail, route).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_goes_back_and_believes_a_jump_forward() {
        let clock = SystemClock::default();
        let start = clock.anchor.lock().unwrap().0;
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        *clock.anchor.lock().unwrap() = (start, noon);
        let after = |seconds| start + Duration::from_secs(seconds);
        let wall = |seconds| noon.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        assert_eq!(clock.tell(after(10), wall(10)), wall(10));
        assert_eq!(clock.tell(after(20), wall(-3_590)), wall(20), "an hour back: time goes on");
        assert_eq!(clock.tell(after(30), wall(-3_580)), wall(30));
        assert_eq!(clock.tell(after(40), wall(7_200)), wall(7_200), "two hours forward: believed");
        assert_eq!(clock.tell(after(50), wall(7_210)), wall(7_210));
        let between = wall(7_300).checked_add(SignedDuration::from_nanos(1_999)).unwrap();
        assert_eq!(clock.tell(after(140), between).subsec_nanosecond(), 1_000, "whole microseconds");
    }
}
