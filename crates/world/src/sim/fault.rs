//! What breaks, and how it is mended.

use allclear_core::delivery::LEASE;
use allclear_core::invariant::Outage;
use allclear_store::Trouble;
use jiff::{SignedDuration, Timestamp};

use super::play::{Coming, Sim};
use crate::outside::{Condition, Provider};

/// Something that can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A provider is like this for a while.
    Provider(Provider, Condition),
    /// One address is.
    Address(Condition),
    /// A node dies at once.
    Kill,
    /// A node dies when it has claimed messages and not yet sent them.
    KillBeforeSending,
    /// A node dies when it has sent messages and not yet written that down.
    KillBeforeSettling,
    /// A node dies between two transactions of something that it is doing.
    KillAnywhere,
    /// The clocks jump ahead.
    JumpAhead,
    /// The clocks jump back.
    JumpBack,
    /// The database does not do what it should for a while.
    Database(Trouble),
}

/// At which point a node is about to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Armed {
    BeforeSending,
    BeforeSettling,
    Anywhere,
}

/// What is mended.
#[derive(Debug)]
pub(super) enum Mend {
    Provider(Provider),
    Address(String),
    Database,
}

/// For how long after a provider works again messages may still be late: they are tried again in their own time.
const AFTERMATH: SignedDuration = SignedDuration::from_secs(5 * 60 + 15);
/// How long before a fault a message that it hits may have been decided.
const BEFORE: SignedDuration = SignedDuration::from_secs(15);

impl Sim {
    pub(super) fn break_something(&mut self, fault: Fault) {
        self.plan_fault();
        self.tally.faults += 1;
        self.log.line(self.now(), format_args!("fault {fault:?}"));
        match fault {
            Fault::Provider(provider, condition) => {
                self.house.outside.set(provider, condition);
                self.plan_mend(provider, Mend::Provider(provider));
            }
            Fault::Address(condition) => {
                let addresses: Vec<String> = self
                    .directory
                    .users()
                    .flat_map(|user| &user.contacts)
                    .map(|contact| contact.address.clone())
                    .collect();
                let Some(address) = self.chance.pick(&addresses).cloned() else { return };
                let provider = Provider::ALL
                    .into_iter()
                    .find(|provider| address.starts_with("https") == (*provider == Provider::Phones));
                self.log.line(self.now(), format_args!("fault of {address}"));
                self.house.outside.set_address(&address, condition);
                self.plan_mend(provider.unwrap_or(Provider::Mail), Mend::Address(address));
            }
            Fault::Kill => {
                if let Some(slot) = self.somebody() {
                    self.kill(slot, "by chance");
                }
            }
            Fault::KillBeforeSending => self.armed = Some(Armed::BeforeSending),
            Fault::KillBeforeSettling => self.armed = Some(Armed::BeforeSettling),
            Fault::KillAnywhere => self.armed = Some(Armed::Anywhere),
            Fault::JumpAhead => self.jump(true),
            Fault::JumpBack => self.jump(false),
            Fault::Database(trouble) => self.trouble_database(trouble),
        }
    }

    /// A provider, or an address of it, will work again. The outage is known as long as it may last.
    fn plan_mend(&mut self, provider: Provider, mend: Mend) {
        let length = self.chance.span(SignedDuration::from_secs(10), SignedDuration::from_mins(40));
        let now = self.now();
        self.channel_outage(provider, now - BEFORE, now + length + AFTERMATH);
        self.broken.push((provider, self.real + length));
        self.plan(length, Coming::Mend(mend));
    }

    pub(super) fn mend(&mut self, mend: Mend) {
        self.log.line(self.now(), format_args!("mended {mend:?}"));
        match mend {
            Mend::Provider(provider) => self.house.outside.set(provider, Condition::Works),
            Mend::Address(address) => self.house.outside.set_address(&address, Condition::Works),
            Mend::Database => self.database_trouble = None,
        }
    }

    fn trouble_database(&mut self, trouble: Trouble) {
        let length = self.chance.span(SignedDuration::from_secs(1), SignedDuration::from_mins(10));
        self.database_trouble = Some((trouble, self.real + length));
        let now = self.now();
        self.database_outage(now, now + length);
        self.plan(length, Coming::Mend(Mend::Database));
    }

    /// Nothing is decided, and what was sent may not be known, so that it waits for the end of its lease.
    fn database_outage(&mut self, from: Timestamp, until: Timestamp) {
        self.outages.decisions.push(Outage { from: from - BEFORE, until: until + SignedDuration::from_secs(1) });
        self.outage(from - BEFORE, until + LEASE + AFTERMATH);
    }

    fn channel_outage(&mut self, provider: Provider, from: Timestamp, until: Timestamp) {
        self.outages.channels.entry(provider.channel()).or_default().push(Outage { from, until });
    }

    fn outage(&mut self, from: Timestamp, until: Timestamp) {
        for provider in Provider::ALL {
            self.channel_outage(provider, from, until);
        }
    }

    /// All clocks jump.
    fn jump(&mut self, ahead: bool) {
        let by = self.chance.span(SignedDuration::from_secs(1), SignedDuration::from_hours(4));
        let before = self.now();
        let after = if ahead { before + by } else { before - by };
        self.house.clock.set(after);
        self.skew = after.duration_since(self.real);
        self.log.line(after, format_args!("the clocks jump here"));
        if ahead {
            self.outages.decisions.push(Outage { from: before - BEFORE, until: after + SignedDuration::from_secs(1) });
            self.outage(before - BEFORE, after + SignedDuration::from_secs(1));
        } else {
            self.set_back += by;
            // What was planned by the clocks as they were keeps its time: a lease, a next attempt.
            self.outage(after, before + LEASE + AFTERMATH);
        }
        if let Some(since) = &mut self.nobody_since {
            *since = (*since).min(after);
        }
        // What is broken stays so, by whatever the clocks show.
        for (provider, until) in self.broken.clone() {
            if until > self.real {
                self.channel_outage(provider, after - BEFORE, until + self.skew + AFTERMATH);
            }
        }
        if let Some((_, until)) = self.database_trouble {
            self.database_outage(after, until + self.skew);
        }
        self.forget_wakes();
        self.plan_wakes();
    }

    /// A node dies, with everything that it has in its hands.
    pub(super) fn kill(&mut self, slot: usize, when: &str) {
        self.armed = None;
        let place = &mut self.slots[slot];
        if place.node.take().is_none() {
            return;
        }
        place.life += 1;
        self.tally.crashes += 1;
        self.note(slot, format_args!("dies {when}"));
        let now = self.now();
        self.outage(now - BEFORE, now + LEASE + BEFORE);
        if self.slots.iter().all(|slot| slot.node.is_none()) {
            self.nobody_since = Some(now);
        }
        let after = self.chance.span(SignedDuration::ZERO, SignedDuration::from_secs(300));
        self.plan(after, Coming::Start(slot));
    }

    /// A node starts, unless it lives.
    pub(super) fn start(&mut self, slot: usize) {
        if self.slots[slot].node.is_some() {
            return;
        }
        self.slots[slot].node = Some(self.house.start());
        self.note(slot, format_args!("starts"));
        if let Some(since) = self.nobody_since.take() {
            let until = self.now() + SignedDuration::from_secs(1);
            self.outages.decisions.push(Outage { from: since - BEFORE, until });
            self.outage(since - BEFORE, until);
        }
        self.ring_inbox();
        self.plan_wakes();
    }

    /// The nodes that have not changed the configuration themselves look at it soon.
    pub(super) fn refresh_others(&mut self, but: usize) {
        for slot in (0..self.slots.len()).filter(|slot| *slot != but) {
            let after = self.chance.span(SignedDuration::ZERO, SignedDuration::from_millis(500));
            let sender = self.sender(slot);
            self.plan(after, Coming::Refresh(sender));
        }
    }
}
