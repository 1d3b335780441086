//! The stage: one node, its database and the outside, in virtual time.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Directory};
use allclear_core::id::IntegrationId;
use allclear_core::zone::Zone;
use allclear_engine::{EventAddress, MasterKey};
use allclear_store::Database;
use jiff::{SignedDuration, Timestamp};

use super::shown::Shown;
use super::transcript::Transcript;
use crate::check::{self, Whole};
use crate::clock::SimClock;
use crate::company::Cast;
use crate::house::{Done, House, Node, UnderWay, Work};
use crate::outside::Outside;
use crate::task::block_on;

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// After it has claimed the next messages and before it has handed them over.
    BeforeSending,
    /// After it has handed the next messages over and before it has written that down.
    BeforeSettling,
}

/// After how long the loops of a node try again what the database refused.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_millis(500);
/// How often a node may find something to do at one moment.
const ROUNDS: usize = 10_000;

/// A play under way.
pub(super) struct Stage {
    pub(super) house: House,
    pub(super) cast: Cast,
    pub(super) zone: Zone,
    /// None while it is down.
    pub(super) node: Option<Node>,
    /// The configuration as the node knew it when it was last alive.
    known: Arc<Directory>,
    under_way: Vec<(Timestamp, UnderWay)>,
    pub(super) crash: Option<Crash>,
    /// The clock was set back, so that times alone do not tell the order.
    pub(super) went_back: bool,
    pub(super) transcript: Transcript,
    /// What was stored and not yet processed, and in whose name.
    waiting: Vec<(EventAddress, IntegrationId)>,
    /// The latest request that was stored.
    pub(super) last_stored: Option<EventAddress>,
    /// Errors that were told and have not gone away since.
    errors: BTreeMap<&'static str, String>,
}

impl Stage {
    pub(super) fn new(start: Timestamp, zone: Zone, cast: Cast, changes: Vec<Change>) -> Result<Self, String> {
        let clock = Arc::new(SimClock::still(start));
        let outside = Arc::new(Outside::new(Arc::clone(&clock), None));
        let database = Database::in_memory_with_troubles().map_err(|error| error.to_string())?;
        let house = House::new(clock, outside, database, 1);
        let node = house.start();
        block_on(node.engine.configure(Actor::System, move |_| Ok(changes.clone())))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            transcript: Transcript::new(zone.clone()),
            house,
            cast,
            zone,
            known: node.engine.directory(),
            node: Some(node),
            under_way: Vec::new(),
            crash: None,
            went_back: false,
            waiting: Vec::new(),
            last_stored: None,
            errors: BTreeMap::new(),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.house.clock.peek()
    }

    pub(super) fn directory(&self) -> Arc<Directory> {
        self.node.as_ref().map_or_else(|| Arc::clone(&self.known), |node| node.engine.directory())
    }

    /// Writes a line of the transcript.
    pub(super) fn tell(&mut self, subject: &str, text: &str) {
        self.transcript.line(self.house.clock.peek(), subject, text);
    }

    /// Lets the node do one thing. None when there is no node, or it failed, which is told.
    pub(super) fn perform(&mut self, what: &'static str, work: Work) -> Option<Done> {
        let Some(node) = &self.node else {
            self.tell("nobody", &format!("is there to {what}"));
            return None;
        };
        let done = match block_on(node.begin(work)) {
            Ok(done) => {
                self.errors.remove(what);
                Some(done)
            }
            Err(error) => {
                let error = error.to_string();
                if self.errors.insert(what, error.clone()).is_none() {
                    self.tell("engine", &format!("cannot {what}: {error}"));
                }
                None
            }
        };
        self.news();
        done
    }

    /// Tells what has changed.
    fn news(&mut self) {
        let Some(node) = &mut self.node else { return };
        let changed = node.changed();
        let directory = node.engine.directory();
        self.transcript.incidents(self.house.clock.peek(), &self.house.database, &directory, &changed);
    }

    /// Stores requests and remembers to tell what becomes of them.
    pub(super) fn stored(&mut self, integration: IntegrationId, done: Option<Done>) {
        if let Some(Done::Stored(addresses)) = done {
            self.last_stored = addresses.last().copied();
            self.waiting.extend(addresses.into_iter().map(|address| (address, integration)));
        }
    }

    /// The process dies: what it had in its hands is gone.
    pub(super) fn crash(&mut self, when: &str) {
        self.known = self.directory();
        self.node = None;
        self.under_way.clear();
        self.crash = None;
        self.tell("node", &format!("dies{when}"));
    }

    pub(super) fn start(&mut self) {
        self.node = Some(self.house.start());
        self.tell("node", "starts");
    }

    /// Lets the node do whatever is to be done at this moment.
    pub(super) fn work(&mut self) -> Result<(), String> {
        for _ in 0..ROUNDS {
            if !self.round() {
                return Ok(());
            }
        }
        Err("the engine is busy without end".to_owned())
    }

    /// One round of all loops; false when there was nothing to do.
    fn round(&mut self) -> bool {
        if self.node.is_none() {
            return false;
        }
        let mut busy = self.settle();
        busy |= matches!(self.perform("process events", Work::Process), Some(Done::Processed(1..)));
        self.tell_outcomes();
        busy |= matches!(self.perform("fire timers", Work::Timers), Some(Done::Fired(1..)));
        if let Some(Done::Claimed(claimed)) = self.perform("claim messages", Work::Claim)
            && !claimed.is_empty()
        {
            if self.crash == Some(Crash::BeforeSending) {
                self.crash(", having claimed messages that it has not sent");
                return false;
            }
            let now = self.now();
            for one in claimed {
                let Some(node) = &self.node else { break };
                let under_way = node.hand_over(&self.house.outside, one);
                let reply_at = now.checked_add(under_way.latency).unwrap_or(Timestamp::MAX);
                self.under_way.push((reply_at, under_way));
                let arrived = self.house.outside.arrived();
                self.transcript.arrived(&self.directory(), arrived);
            }
            if self.crash == Some(Crash::BeforeSettling) {
                self.crash(", having sent messages without writing it down");
                return false;
            }
            busy = true;
        }
        busy
    }

    fn settle(&mut self) -> bool {
        let now = self.now();
        let (due, later): (Vec<_>, Vec<_>) = self.under_way.drain(..).partition(|(at, _)| *at <= now);
        self.under_way = later;
        let busy = !due.is_empty();
        for (_, UnderWay { claimed, outcome, .. }) in due {
            let delivery = claimed.delivery;
            self.perform("write down what came of a message", Work::Settle(Box::new(claimed), outcome));
            let directory = self.directory();
            self.transcript.delivery(now, &self.house.database, &directory, delivery);
        }
        busy
    }

    /// Tells what became of requests that were processed, where the timelines do not.
    fn tell_outcomes(&mut self) {
        let now = self.now();
        let database = &self.house.database;
        let transcript = &mut self.transcript;
        self.waiting.retain(|(address, integration)| !transcript.outcome(now, database, *address, *integration));
    }

    /// When there is something to do next.
    fn wakes_at(&self) -> Option<Timestamp> {
        let node = self.node.as_ref()?;
        let (timer, delivery) = self.house.next_due(node);
        let now = self.now();
        // What is due already and was not done has failed.
        let later = |at: Timestamp| if at > now { at } else { now + AFTER_FAILURE };
        let replies = self.under_way.iter().map(|(at, _)| *at);
        timer.map(later).into_iter().chain(delivery.map(later)).chain(replies).min()
    }

    /// Lets the time pass until that moment.
    pub(super) fn run_until(&mut self, until: Timestamp) -> Result<(), String> {
        self.work()?;
        while let Some(at) = self.wakes_at().filter(|at| *at <= until) {
            self.house.clock.set(at);
            self.work()?;
        }
        self.house.clock.advance(until);
        self.work()
    }

    pub(super) fn key(&self) -> Option<MasterKey> {
        self.node.as_ref().map(|node| node.engine.key().clone())
    }

    /// The transcript, if everything is in order.
    pub(super) fn end(mut self) -> Result<String, String> {
        self.work()?;
        let incidents = Whole::all(&self.house.database);
        let mut broken = check::stored(&self.house.database, &incidents);
        if !self.went_back {
            broken.extend(incidents.iter().flat_map(Whole::quiet));
        }
        let mut transcript = self.transcript.finish();
        if broken.is_empty() {
            transcript.push_str(&Shown::of(&self.house.database).lines());
            return Ok(transcript);
        }
        let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
        Err(format!("{}\n{transcript}", broken.join("\n")))
    }
}
