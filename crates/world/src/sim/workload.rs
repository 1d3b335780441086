//! What a run is made of: how much of which trouble, and what the tools of the company say.

use allclear_core::directory::{Directory, Integration};
use allclear_core::event::Action;
use allclear_core::id::IntegrationId;
use allclear_engine::Request;
use allclear_store::Trouble;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

use super::fault::{Fault, Mend};
use super::play::{Coming, Sim};
use crate::chance::Chance;
use crate::outside::{Condition, Provider};
use crate::payload::{self, Said};

/// How much of which trouble a run has.
#[derive(Debug)]
pub(super) struct Profile {
    /// How many nodes work on the database.
    pub(super) nodes: usize,
    /// How long the troubles last.
    pub(super) length: SignedDuration,
    pub(super) event_every: SignedDuration,
    /// How many of a hundred events are a burst of them.
    pub(super) bursts: u32,
    /// How many of a hundred requests are no good.
    pub(super) garbage: u32,
    /// How many of a hundred pages somebody reacts to.
    pub(super) attention: u32,
    pub(super) wander_every: Option<SignedDuration>,
    pub(super) edit_every: Option<SignedDuration>,
    pub(super) cover_every: Option<SignedDuration>,
    pub(super) fault_every: Option<SignedDuration>,
    /// How many of a hundred answers come twice.
    pub(super) repeated_replies: u32,
    /// The faults that there are, with their weights.
    pub(super) faults: Vec<(u32, Fault)>,
}

impl Profile {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let minutes = |chance: &mut Chance, from, to| SignedDuration::from_mins(chance.between(from, to));
        let some = |chance: &mut Chance, percent, from, to| chance.percent(percent).then(|| minutes(chance, from, to));
        Self {
            nodes: if chance.percent(40) { 2 } else { 1 },
            length: SignedDuration::from_hours(chance.between(8, 60)),
            event_every: minutes(chance, 8, 240),
            bursts: if chance.percent(30) { 6 } else { 0 },
            garbage: if chance.percent(30) { 10 } else { 0 },
            attention: [20, 60, 90][chance.below(3)],
            wander_every: some(chance, 70, 20, 180),
            edit_every: some(chance, 50, 30, 300),
            cover_every: some(chance, 60, 10, 120),
            fault_every: some(chance, 80, 15, 240),
            repeated_replies: if chance.percent(30) { 15 } else { 0 },
            faults: faults(chance),
        }
    }
}

/// The faults of a run: each kind is there or not.
fn faults(chance: &mut Chance) -> Vec<(u32, Fault)> {
    let provider = if chance.percent(50) { Provider::Mail } else { Provider::Phones };
    let conditions = [
        Condition::Down,
        Condition::Hangs,
        Condition::LosesReplies,
        Condition::Refuses,
        Condition::Slow(SignedDuration::from_secs(chance.between(2, 14))),
        Condition::Busy { wait: None },
        Condition::Busy { wait: Some(chance.between(1, 400) as u32) },
    ];
    let mut all: Vec<Fault> = conditions.iter().map(|condition| Fault::Provider(provider, *condition)).collect();
    all.extend(conditions.map(Fault::Address));
    all.extend([
        Fault::Kill,
        Fault::KillBeforeSending,
        Fault::KillBeforeSettling,
        Fault::KillAnywhere,
        Fault::KillAnywhere,
        Fault::JumpAhead,
        Fault::JumpBack,
        Fault::Database(Trouble::DiskFull),
        Fault::Database(Trouble::LostBefore),
        Fault::Database(Trouble::LostAfter),
    ]);
    all.into_iter().filter(|_| chance.percent(35)).map(|fault| (1, fault)).collect()
}

impl Sim {
    /// Everything that comes again and again.
    pub(super) fn plan_troubles(&mut self) {
        let Profile { event_every, wander_every, edit_every, cover_every, fault_every, .. } = self.profile;
        let after = self.chance.about(event_every);
        self.plan(after, Coming::Event);
        for (every, coming) in
            [(wander_every, Coming::Wander), (edit_every, Coming::Edit), (cover_every, Coming::Cover)]
        {
            if let Some(every) = every {
                let after = self.chance.about(every);
                self.plan(after, coming);
            }
        }
        if fault_every.is_some() {
            self.plan_fault();
        }
    }

    /// The next thing to break.
    pub(super) fn plan_fault(&mut self) {
        if let (Some(every), Some(fault)) = (self.profile.fault_every, self.chance.weighed(&self.profile.faults)) {
            let after = self.chance.about(every);
            self.plan(after, Coming::Break(fault));
        }
    }

    /// The faults are over: everything works, everybody is there, and no tool and no manager says anything new.
    pub(super) fn calm_down(&mut self) {
        self.troubled = false;
        self.armed = None;
        self.mend(Mend::Database);
        self.cancel(|coming| match coming {
            Coming::Event | Coming::Again(_) | Coming::Wander | Coming::Edit | Coming::Cover | Coming::Break(_) => true,
            Coming::Act(_) | Coming::Mend(_) | Coming::Reply(..) | Coming::Start(_) | Coming::Refresh(_) => false,
        });
        for provider in Provider::ALL {
            self.mend(Mend::Provider(provider));
        }
        for address in self.house.outside.addresses() {
            self.mend(Mend::Address(address));
        }
        for slot in 0..self.slots.len() {
            self.start(slot);
        }
        self.log.line(self.now(), format_args!("from here on nothing breaks"));
    }
}

/// A condition that holds: its key, and its labels.
type Wrong = (String, Vec<(String, String)>);

/// The tools of the company, and what they have said so far.
#[derive(Debug)]
pub(super) struct Tools {
    chance: Chance,
    /// What each of them says is wrong: the key, and its labels.
    wrong: BTreeMap<IntegrationId, Vec<Wrong>>,
    made: u32,
}

const SEVERITIES: [Option<&str>; 5] = [Some("critical"), Some("error"), Some("warning"), Some("info"), None];
const CLUSTERS: [&str; 2] = ["eu", "us"];

impl Tools {
    pub(super) fn new(chance: Chance) -> Self {
        Self { chance, wrong: BTreeMap::new(), made: 0 }
    }

    /// What one of them sends now. Nothing when there are none, or the intake refuses it.
    pub(super) fn speak(&mut self, profile: &Profile, directory: &Directory, now: Timestamp) -> Vec<Request> {
        let integrations: Vec<&Integration> = directory.integrations().map(|one| &**one).collect();
        let Some(integration) = self.chance.pick(&integrations).copied() else { return Vec::new() };
        let Some(source) = allclear_inbound::by_name(&integration.source) else { return Vec::new() };
        let count = if self.chance.percent(profile.bursts) { self.chance.between(5, 120) } else { 1 };
        let mut requests = Vec::new();
        for _ in 0..count {
            let mut body = self.body(integration, now, count > 1);
            if self.chance.percent(profile.garbage) {
                self.spoil(&mut body);
            }
            let made = &mut self.made;
            let mut make_key = || {
                *made += 1;
                format!("made-{made}")
            };
            requests.extend(payload::request(integration.id, source, Bytes::from(body), &mut make_key));
        }
        requests
    }

    fn body(&mut self, integration: &Integration, now: Timestamp, in_burst: bool) -> Vec<u8> {
        let wrong = self.wrong.entry(integration.id).or_default();
        let again = !wrong.is_empty() && !in_burst && self.chance.percent(55);
        let action = match again {
            true => *self
                .chance
                .pick(&[Action::Trigger, Action::Acknowledge, Action::Resolve, Action::Resolve])
                .unwrap_or(&Action::Resolve),
            false => Action::Trigger,
        };
        let (key, labels) = if again {
            let place = self.chance.below(wrong.len());
            if action == Action::Resolve { wrong.swap_remove(place) } else { wrong[place].clone() }
        } else {
            let cluster = self.chance.pick(&CLUSTERS).filter(|_| self.chance.clone().percent(80));
            let labels = cluster.map(|cluster| ("cluster".to_owned(), (*cluster).to_owned())).into_iter().collect();
            let fresh = (format!("check-{}", self.chance.below(40)), labels);
            wrong.push(fresh.clone());
            fresh
        };
        let severity = self.chance.pick(&SEVERITIES).copied().flatten();
        let expires_at = match action {
            Action::Resolve => Some(now),
            Action::Trigger if self.chance.percent(60) => Some(now + self.chance.span(MINUTE, MINUTE * 20)),
            Action::Trigger | Action::Acknowledge | Action::Change => None,
        };
        let said = Said { action, key: &key, summary: "Something is wrong", severity, labels: &labels, expires_at };
        payload::body(&integration.source, &said)
    }

    /// Bytes get lost, doubled or changed on the way.
    fn spoil(&mut self, body: &mut Vec<u8>) {
        for _ in 0..self.chance.between(1, 4) {
            let place = self.chance.below(body.len());
            match self.chance.below(3) {
                0 => body.truncate(place.max(1)),
                1 => body.insert(place, b'{'),
                _ => body[place] = self.chance.between(0, 255) as u8,
            }
        }
    }
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
