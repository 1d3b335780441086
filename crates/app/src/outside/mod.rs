//! The real outside: the clock, chance, and the wire.

mod http;
mod mail;
mod networks;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use allclear_channels::{Wire, WireReply};
use allclear_engine::host::{Carrier, Clock, MailRoute, Random};
use jiff::Timestamp;

pub(crate) use networks::Networks;

/// The machine's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the edge: the only place that reads the clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
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
