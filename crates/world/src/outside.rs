//! The outside: the mail server, the service behind people's phones, and everything that can be wrong with them.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use allclear_channels::{Failure, Wire, WireReply};
use allclear_engine::host::{Carrier, MailRoute};
use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;
use crate::clock::SimClock;

/// By which way a message goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Provider {
    /// The mail server: channel `email`.
    Mail,
    /// Whoever takes the web requests that make phones ring: channel `webhook`.
    Phones,
}

impl Provider {
    pub(crate) const ALL: [Self; 2] = [Self::Mail, Self::Phones];

    /// The name of the channel that goes through it.
    pub(crate) const fn channel(self) -> &'static str {
        match self {
            Self::Mail => "email",
            Self::Phones => "webhook",
        }
    }

    /// The name in scripts and transcripts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Phones => "phones",
        }
    }
}

/// How a provider, or one address of it, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Condition {
    /// It works.
    #[default]
    Works,
    /// It works, and takes its time.
    Slow(SignedDuration),
    /// Nobody listens.
    Down,
    /// It takes the message, and its answer never comes.
    LosesReplies,
    /// It neither takes the message nor answers.
    Hangs,
    /// It asks for a while.
    Busy {
        /// For how many seconds; it does not say when none.
        wait: Option<u32>,
    },
    /// It does not take messages for this address.
    Refuses,
}

/// A message that has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Timestamp,
    pub(crate) provider: Provider,
    pub(crate) address: String,
    /// The idempotency key.
    pub(crate) key: String,
    /// Which attempt the message says it is.
    pub(crate) attempt: u32,
    pub(crate) wire: Wire,
}

/// How long a sender waits for an answer that does not come.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
struct State {
    providers: BTreeMap<Provider, Condition>,
    addresses: BTreeMap<String, Condition>,
    arrived: Vec<Arrival>,
    latency: SignedDuration,
    /// Decides how long healthy answers take; at once where there is none.
    chance: Option<Chance>,
}

/// The outside.
#[derive(Debug)]
pub(crate) struct Outside {
    clock: Arc<SimClock>,
    state: Mutex<State>,
}

impl Outside {
    /// An outside where everything works. Answers take a moment where there is chance to decide how long, none
    /// otherwise.
    pub(crate) fn new(clock: Arc<SimClock>, chance: Option<Chance>) -> Self {
        Self { clock, state: Mutex::new(State { chance, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a provider is from now on.
    pub(crate) fn set(&self, provider: Provider, condition: Condition) {
        self.state().providers.insert(provider, condition);
    }

    /// How one address is from now on, whatever its provider is.
    pub(crate) fn set_address(&self, address: &str, condition: Condition) {
        self.state().addresses.insert(address.to_owned(), condition);
    }

    /// The addresses that were ever set apart from their provider.
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.state().addresses.keys().cloned().collect()
    }

    /// What has arrived since this was asked last.
    pub(crate) fn arrived(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.state().arrived)
    }

    /// How long the answer to the last message takes.
    pub(crate) fn latency(&self) -> SignedDuration {
        std::mem::take(&mut self.state().latency)
    }

    fn take(&self, wire: Wire) -> WireReply {
        let arrival = arrival(self.clock.peek(), wire);
        let mut state = self.state();
        let own = state.addresses.get(&arrival.address).copied();
        let condition = own.or_else(|| state.providers.get(&arrival.provider).copied()).unwrap_or_default();
        let healthy = state.chance.as_mut().map_or(SignedDuration::ZERO, |chance| {
            chance.span(SignedDuration::from_millis(5), SignedDuration::from_millis(600))
        });
        let provider = arrival.provider;
        let failed = |kind, text: &str| WireReply::Failed {
            kind,
            text: text.to_owned(),
            maybe_delivered: kind == Failure::Timeout,
        };
        let (latency, arrives, reply) = match condition {
            Condition::Works => (healthy, true, taken(provider)),
            Condition::Slow(latency) if latency > PATIENCE => (PATIENCE, true, failed(Failure::Timeout, "10s")),
            Condition::Slow(latency) => (latency, true, taken(provider)),
            Condition::Down => (SignedDuration::ZERO, false, failed(Failure::Refused, "")),
            Condition::LosesReplies => (PATIENCE, true, failed(Failure::Timeout, "10s")),
            Condition::Hangs => (PATIENCE, false, failed(Failure::Timeout, "10s")),
            Condition::Busy { wait } => (healthy, false, busy(provider, wait)),
            Condition::Refuses => (healthy, false, refused(provider)),
        };
        state.latency = latency;
        if arrives {
            state.arrived.push(arrival);
        }
        reply
    }
}

impl Carrier for Outside {
    fn carry(&self, wire: Wire, _mail: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>> {
        Box::pin(std::future::ready(self.take(wire)))
    }
}

fn arrival(at: Timestamp, wire: Wire) -> Arrival {
    let value = |headers: &[(&'static str, String)], wanted: &str| {
        headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (provider, address, key, attempt) = match &wire {
        Wire::Mail(mail) => (
            Provider::Mail,
            mail.to.address.clone(),
            value(&mail.headers, "X-Allclear-Delivery"),
            value(&mail.headers, "X-Allclear-Attempt"),
        ),
        Wire::Http(request) => (
            Provider::Phones,
            request.url.clone(),
            value(&request.headers, "webhook-id"),
            value(&request.headers, "allclear-attempt"),
        ),
    };
    Arrival { at, provider, address, key, attempt: attempt.parse().unwrap_or(0), wire }
}

fn http(status: u16, headers: Vec<(String, String)>) -> WireReply {
    WireReply::Http { status, headers, body: Vec::new() }
}

fn mail(code: u16, text: &str) -> WireReply {
    WireReply::Mail { code, text: text.to_owned() }
}

fn taken(provider: Provider) -> WireReply {
    match provider {
        Provider::Mail => mail(250, "2.0.0 queued"),
        Provider::Phones => http(204, Vec::new()),
    }
}

fn busy(provider: Provider, wait: Option<u32>) -> WireReply {
    match provider {
        Provider::Mail => mail(451, "4.7.1 try again later"),
        Provider::Phones => {
            http(429, wait.map(|seconds| ("retry-after".to_owned(), seconds.to_string())).into_iter().collect())
        }
    }
}

fn refused(provider: Provider) -> WireReply {
    match provider {
        Provider::Mail => mail(550, "5.1.1 no such mailbox"),
        Provider::Phones => http(410, Vec::new()),
    }
}
