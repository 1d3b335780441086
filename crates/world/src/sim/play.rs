//! A run under way: what comes when, who does it, and what follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::delivery::Outcome;
use allclear_core::directory::Directory;
use allclear_core::id::{DeliveryId, IncidentId};
use allclear_core::invariant::Violation;
use allclear_engine::{Claimed, EventAddress, Request};
use allclear_store::deliveries::DeliveryRecord;
use allclear_store::{Database, Trouble};
use jiff::{SignedDuration, Timestamp};

use super::act::Intent;
use super::company::Inventor;
use super::fault::{Armed, Fault, Mend};
use super::log::Log;
use super::workload::{Profile, Tools};
use super::{Mutation, Options, Report, Tally};
use crate::chance::Chance;
use crate::check::{self, ENGINE_NEVER_FAILS, Follower, Outages, violated};
use crate::clock::SimClock;
use crate::house::{Done, House, Node, UnderWay, Work};
use crate::outside::{Arrival, Outside, Provider};
use crate::read;
use crate::task::{Task, block_on, poll};

/// Where all runs begin: a Monday morning some weeks before the clocks change in Europe.
const START: Timestamp = Timestamp::constant(1_791_788_400, 0);
/// How late a loop may notice what is to be done.
const LONGEST_LAG: SignedDuration = SignedDuration::from_millis(400);
/// After how long the loops of a node try again what the database refused.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_millis(500);
/// How often something may be due again without that time passes.
const ROUNDS_AT_ONCE: u32 = 2_000;

/// Something that comes at its time.
#[derive(Debug)]
pub(super) enum Coming {
    /// A tool has something to say.
    Event,
    /// Requests come again, whose sender found nobody.
    Again(Vec<Request>),
    /// A person does something.
    Act(Intent),
    /// A person looks around for something to do.
    Wander,
    /// Somebody plans cover.
    Cover,
    /// A manager changes the configuration.
    Edit,
    /// Something breaks.
    Break(Fault),
    /// Something works again.
    Mend(Mend),
    /// An answer arrives.
    Reply(Sender, Box<UnderWay>),
    /// A node starts.
    Start(usize),
    /// A node looks whether the configuration has changed.
    Refresh(Sender),
}

/// A node, and which of its lives: what a dead one has in its hands is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) slot: usize,
    pub(super) life: u32,
}

/// A place for a node.
pub(super) struct Slot {
    pub(super) node: Option<Node>,
    pub(super) life: u32,
}

/// What a loop waits for: when that is due, and when it will notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wake {
    due: Timestamp,
    at: Timestamp,
}

/// An operation under way.
struct Running {
    sender: Sender,
    task: Task<Result<Done, allclear_store::Error>>,
    /// What the intake was given, to know whose the addresses are.
    requests: Vec<Request>,
    what: &'static str,
    /// It cannot change an incident.
    harmless: bool,
    /// The database let it down.
    let_down: bool,
    /// What whoever began it does when that happens.
    again: Option<(SignedDuration, Coming)>,
}

/// A run.
pub(super) struct Sim {
    seed: u64,
    pub(super) chance: Chance,
    pub(super) profile: Profile,
    pub(super) inventor: Inventor,
    pub(super) tools: Tools,
    pub(super) house: House,
    pub(super) slots: Vec<Slot>,
    pub(super) directory: Arc<Directory>,
    /// The time that passes for everybody but the nodes' clocks.
    pub(super) real: Timestamp,
    /// By how much the nodes' clocks are ahead.
    pub(super) skew: SignedDuration,
    /// By how much the clocks were set back, in all.
    pub(super) set_back: SignedDuration,
    agenda: BTreeMap<(Timestamp, u64), Coming>,
    planned: u64,
    inbox: Option<Wake>,
    timers: Option<Wake>,
    outbox: Option<Wake>,
    pub(super) follower: Follower,
    /// The requests that were accepted, and when by the nodes' clocks.
    pub(super) accepted: Vec<(EventAddress, Request)>,
    /// Which attempts of each delivery have arrived.
    pub(super) arrivals: BTreeMap<DeliveryId, Vec<u32>>,
    pub(super) letters: BTreeMap<DeliveryId, Arc<DeliveryRecord>>,
    pub(super) outages: Outages,
    pub(super) nobody_since: Option<Timestamp>,
    /// Which providers, or addresses of them, are broken until when.
    pub(super) broken: Vec<(Provider, Timestamp)>,
    pub(super) armed: Option<Armed>,
    /// What is wrong with the database, and until when.
    pub(super) database_trouble: Option<(Trouble, Timestamp)>,
    /// When the loops try again what the database refused.
    retry_at: Timestamp,
    /// Whether anything may still break.
    pub(super) troubled: bool,
    mutation: Option<Mutation>,
    pub(super) mutated: bool,
    pub(super) violations: Vec<Violation>,
    pub(super) log: Log,
    pub(super) tally: Tally,
}

impl Sim {
    pub(super) fn new(seed: u64, options: &Options, subject: Option<String>) -> Self {
        let mut chance = Chance::new(seed);
        let mut profile = Profile::new(&mut chance.part());
        if let Some(days) = options.days {
            profile.length = SignedDuration::from_secs_f64(days * 86_400.0);
        }
        let clock = Arc::new(SimClock::ticking(START));
        let outside = Arc::new(Outside::new(Arc::clone(&clock), Some(chance.part())));
        let database = Database::in_memory_giving_way().expect("there is memory for a database");
        let house = House::new(clock, outside, database, seed);
        let slots = (0..profile.nodes).map(|_| Slot { node: None, life: 0 }).collect();
        Self {
            seed,
            inventor: Inventor::new(chance.part()),
            tools: Tools::new(chance.part()),
            chance,
            profile,
            house,
            slots,
            directory: Arc::default(),
            real: START,
            skew: SignedDuration::ZERO,
            set_back: SignedDuration::ZERO,
            agenda: BTreeMap::new(),
            planned: 0,
            inbox: None,
            timers: None,
            outbox: None,
            follower: Follower::default(),
            accepted: Vec::new(),
            arrivals: BTreeMap::new(),
            letters: BTreeMap::new(),
            outages: Outages::default(),
            nobody_since: None,
            broken: Vec::new(),
            armed: None,
            database_trouble: None,
            retry_at: START,
            troubled: true,
            mutation: options.mutation,
            mutated: false,
            violations: Vec::new(),
            log: Log::about(subject),
            tally: Tally::default(),
        }
    }

    /// The whole run.
    pub(super) fn run(mut self) -> Report {
        self.begin();
        self.pass(self.profile.length);
        self.calm_down();
        self.pass(SignedDuration::from_hours(1));
        self.everybody_resolves();
        // What was planned by clocks that were set back since waits that much longer.
        self.pass(SignedDuration::from_hours(2) + self.set_back);
        let settled = self.violations.is_empty();
        self.verdict();
        self.tally.time = self.real.duration_since(START);
        self.tally.incidents = read::incidents(&self.house.database, false).len() as u64;
        let (tail, fingerprint) = self.log.finish();
        let Self { seed, violations, mutated, tally, .. } = self;
        Report { seed, violations, mutated, settled, tail, fingerprint, tally }
    }

    fn begin(&mut self) {
        for slot in 0..self.slots.len() {
            self.start(slot);
        }
        let company = self.inventor.company(START);
        let node = self.slots[0].node.as_ref().expect("it has just been started");
        let configured = block_on(node.engine.configure(Actor::System, move |_| Ok(company.clone())));
        self.directory = configured.expect("a company that was made up is in order");
        self.refresh_others(0);
        self.plan_troubles();
    }

    /// The nodes' time.
    pub(super) fn now(&self) -> Timestamp {
        self.house.clock.peek()
    }

    /// Plans something for so long from now.
    pub(super) fn plan(&mut self, after: SignedDuration, coming: Coming) {
        let at = self.real.checked_add(after).unwrap_or(Timestamp::MAX);
        self.planned += 1;
        self.agenda.insert((at, self.planned), coming);
    }

    /// Takes everything off the agenda that is not wanted any more.
    pub(super) fn cancel(&mut self, unwanted: impl Fn(&Coming) -> bool) {
        self.agenda.retain(|_, coming| !unwanted(coming));
    }

    /// Lets time pass, until it is over or something does not hold.
    fn pass(&mut self, span: SignedDuration) {
        let until = self.real.checked_add(span).unwrap_or(Timestamp::MAX);
        let mut at_once = 0;
        while self.violations.is_empty() {
            let wakes = [self.inbox, self.timers, self.outbox];
            let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
            let next = wakes.iter().flatten().map(|wake| wake.at).chain(planned).min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            at_once = if next > self.real { 0 } else { at_once + 1 };
            if at_once > ROUNDS_AT_ONCE {
                self.violations.push(violated(ENGINE_NEVER_FAILS, "the loops", "they are busy without end"));
            }
            self.real = self.real.max(next);
            self.house.clock.advance(self.real + self.skew);
            self.step();
        }
        self.real = self.real.max(until);
        self.house.clock.advance(self.real + self.skew);
    }

    /// Everything that is to be done at this moment.
    fn step(&mut self) {
        let mut works = Vec::new();
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= self.real) {
            let coming = entry.remove();
            self.come(coming, &mut works);
        }
        self.wake(&mut works);
        self.perform(works);
        self.plan_wakes();
        self.mutate();
        self.violations.extend(check::held(&self.house.database));
    }

    fn mutate(&mut self) {
        if let Some(mutation) = self.mutation
            && !self.mutated
            && self.troubled
            && self.real.duration_since(START) > SignedDuration::from_mins(40)
        {
            self.mutated = mutation.make(self);
            if self.mutated {
                self.log.line(self.house.clock.peek(), format_args!("MUTATION {mutation:?}"));
            }
        }
    }

    fn come(&mut self, coming: Coming, works: &mut Vec<(usize, Work)>) {
        match coming {
            Coming::Event => {
                let every = self.profile.event_every;
                let after = self.chance.about(every);
                self.plan(after, Coming::Event);
                let requests = self.tools.speak(&self.profile, &self.directory, self.house.clock.peek());
                self.send(requests, works);
            }
            Coming::Again(requests) => self.send(requests, works),
            Coming::Act(intent) => self.act(intent, works),
            Coming::Wander => self.wander(works),
            Coming::Cover => self.plan_cover(works),
            Coming::Edit => self.edit(works),
            Coming::Break(fault) => self.break_something(fault),
            Coming::Mend(mend) => self.mend(mend),
            Coming::Reply(sender, under_way) => self.reply(sender, *under_way, works),
            Coming::Start(slot) => self.start(slot),
            Coming::Refresh(sender) => {
                if self.is_alive(sender) {
                    works.push((sender.slot, Work::Refresh));
                }
            }
        }
    }

    /// A living node, if there is one.
    pub(super) fn somebody(&mut self) -> Option<usize> {
        let living: Vec<usize> = (0..self.slots.len()).filter(|slot| self.slots[*slot].node.is_some()).collect();
        self.chance.pick(&living).copied()
    }

    pub(super) fn is_alive(&self, sender: Sender) -> bool {
        self.slots[sender.slot].node.is_some() && self.slots[sender.slot].life == sender.life
    }

    pub(super) fn sender(&self, slot: usize) -> Sender {
        Sender { slot, life: self.slots[slot].life }
    }

    /// Requests reach a node, or their senders try again in a moment.
    fn send(&mut self, requests: Vec<Request>, works: &mut Vec<(usize, Work)>) {
        if requests.is_empty() {
            return;
        }
        match self.somebody() {
            Some(slot) => works.push((slot, Work::Store(requests))),
            None => self.plan(SignedDuration::from_secs(10), Coming::Again(requests)),
        }
    }

    fn reply(&mut self, sender: Sender, under_way: UnderWay, works: &mut Vec<(usize, Work)>) {
        if !self.is_alive(sender) {
            return;
        }
        let UnderWay { claimed, outcome, latency } = under_way;
        if self.troubled && self.chance.percent(self.profile.repeated_replies) {
            let again = UnderWay { claimed: claimed.clone(), outcome: outcome.clone(), latency };
            let after = self.chance.span(SignedDuration::ZERO, SignedDuration::from_secs(200));
            self.plan(after, Coming::Reply(sender, Box::new(again)));
        }
        works.push((sender.slot, Work::Settle(Box::new(claimed), outcome)));
    }

    /// Lets loops notice what is due: those of one node, or of both at once.
    fn wake(&mut self, works: &mut Vec<(usize, Work)>) {
        let real = self.real;
        let due = |wake: &mut Option<Wake>| wake.take_if(|wake| wake.at <= real).is_some();
        for (is_due, work) in [
            (due(&mut self.inbox), Work::Process),
            (due(&mut self.timers), Work::Timers),
            (due(&mut self.outbox), Work::Claim),
        ] {
            if !is_due {
                continue;
            }
            if self.slots.len() > 1 && self.chance.percent(30) {
                works.extend((0..self.slots.len()).map(|slot| (slot, work.clone())));
            } else if let Some(slot) = self.somebody() {
                works.push((slot, work));
            }
        }
    }

    /// Asks the database what is due next.
    pub(super) fn plan_wakes(&mut self) {
        let Some(node) = self.slots.iter().find_map(|slot| slot.node.as_ref()) else {
            (self.inbox, self.timers, self.outbox) = (None, None, None);
            return;
        };
        let (timer, delivery) = self.house.next_due(node);
        self.timers = self.planned_wake(self.timers, timer);
        self.outbox = self.planned_wake(self.outbox, delivery);
    }

    /// The clocks have been set: when anything is due by them is another moment now.
    pub(super) fn forget_wakes(&mut self) {
        (self.timers, self.outbox) = (None, None);
    }

    fn planned_wake(&mut self, known: Option<Wake>, due: Option<Timestamp>) -> Option<Wake> {
        let due = due?;
        if known.is_some_and(|known| known.due == due) {
            return known;
        }
        let ripe = (due - self.skew).max(self.real);
        let lag = self.chance.span(SignedDuration::ZERO, LONGEST_LAG);
        // Whoever has just found more than fits into one turn goes on at once.
        let lag = if due < self.now() - LONGEST_LAG { SignedDuration::ZERO } else { lag };
        Some(Wake { due, at: (ripe + lag).max(self.retry_at) })
    }

    /// Requests wait to be processed.
    pub(super) fn ring_inbox(&mut self) {
        let lag = self.chance.span(SignedDuration::ZERO, LONGEST_LAG / 4);
        let wake = Wake { due: self.real, at: (self.real + lag).max(self.retry_at) };
        self.inbox = Some(self.inbox.map_or(wake, |known| if known.at < wake.at { known } else { wake }));
    }

    /// Runs operations, one transaction of one of them after the other, in an order that chance decides.
    fn perform(&mut self, works: Vec<(usize, Work)>) {
        let mut running: Vec<Running> =
            works.into_iter().filter_map(|(slot, work)| self.begin_work(slot, work)).collect();
        while !running.is_empty() {
            if self.armed == Some(Armed::Anywhere) && self.chance.percent(10) {
                let slot = running[self.chance.below(running.len())].sender.slot;
                self.kill(slot, "in the middle of something");
            } else {
                let place = self.chance.below(running.len());
                if let Some(result) = self.poll(&mut running[place]) {
                    let done = running.swap_remove(place);
                    self.follow(done.sender.slot, done.harmless);
                    match result {
                        Ok(result) => self.done(done.sender, done.requests, result),
                        Err(error) => self.failed(done, &error),
                    }
                }
            }
            running.retain(|running| self.is_alive(running.sender));
        }
    }

    /// Runs the next transaction of an operation, with whatever is wrong with the database.
    fn poll(&mut self, running: &mut Running) -> Option<Result<Done, allclear_store::Error>> {
        let trouble = match self.database_trouble {
            None => Trouble::None,
            Some((Trouble::DiskFull, _)) => Trouble::DiskFull,
            Some((lost, _)) => {
                if self.chance.percent(50) {
                    lost
                } else {
                    Trouble::None
                }
            }
        };
        self.house.troubles.set(trouble);
        let polled = poll(running.task.as_mut());
        self.house.troubles.set(Trouble::None);
        running.let_down |= trouble != Trouble::None;
        if trouble == Trouble::LostAfter {
            // What was committed is not announced by whoever did not hear of it.
            for record in read::incidents(&self.house.database, false) {
                self.violations.extend(self.follower.check(&self.house.database, record.id));
            }
        }
        polled
    }

    /// An operation failed: the database may do that, and nothing else.
    fn failed(&mut self, running: Running, error: &allclear_store::Error) {
        let Running { sender, what, let_down, again, .. } = running;
        if !let_down || !error.is_outage() {
            self.violations.push(violated(ENGINE_NEVER_FAILS, what, error.to_string()));
            return;
        }
        self.note(sender.slot, format_args!("cannot {what}: {error}"));
        if let Some((after, coming)) = again {
            self.plan(after, coming);
        }
        self.retry_at = self.real + AFTER_FAILURE;
        self.ring_inbox();
    }

    /// What whoever began this does when it fails: senders send again, and a node tries again what nobody else does.
    fn again(sender: Sender, work: &Work) -> Option<(SignedDuration, Coming)> {
        match work {
            Work::Store(requests) => Some((SignedDuration::from_secs(10), Coming::Again(requests.clone()))),
            Work::Settle(claimed, outcome) => {
                let (claimed, outcome, latency) = ((**claimed).clone(), outcome.clone(), SignedDuration::ZERO);
                let under_way = UnderWay { claimed, outcome, latency };
                Some((AFTER_FAILURE, Coming::Reply(sender, Box::new(under_way))))
            }
            Work::Refresh
            | Work::Configure(..)
            | Work::Override(..)
            | Work::AskForCover(..)
            | Work::AnswerCover(..) => Some((AFTER_FAILURE, Coming::Refresh(sender))),
            // The loops come back by themselves, and people see what they have not achieved.
            Work::Process
            | Work::Timers
            | Work::Claim
            | Work::Replay(_)
            | Work::Act(..)
            | Work::Merge(..)
            | Work::Declare(..) => None,
        }
    }

    fn begin_work(&mut self, slot: usize, work: Work) -> Option<Running> {
        let node = self.slots[slot].node.as_ref()?;
        let requests = if let Work::Store(requests) = &work { requests.clone() } else { Vec::new() };
        let got_through = |outcome: &Outcome| matches!(outcome, Outcome::Delivered | Outcome::Accepted { .. });
        let harmless = matches!(&work, Work::Settle(_, outcome) if got_through(outcome));
        let (sender, what) = (self.sender(slot), work.name());
        let again = Self::again(sender, &work);
        self.tally.operations += 1;
        Some(Running { sender, task: node.begin(work), requests, what, harmless, let_down: false, again })
    }

    fn done(&mut self, sender: Sender, requests: Vec<Request>, done: Done) {
        match done {
            Done::Claimed(claimed) => self.claimed(sender, claimed),
            Done::Stored(addresses) => self.stored(addresses, requests),
            Done::Processed(count) => {
                self.note(sender.slot, format_args!("processed {count} requests"));
                if read::oldest_waiting(&self.house.database).is_some() {
                    self.ring_inbox();
                }
            }
            Done::Fired(count) => self.note(sender.slot, format_args!("fired {count} timers")),
            Done::Settled(delivery) => self.note(sender.slot, format_args!("settled {delivery}")),
            Done::Refreshed => {}
            Done::Commanded(commanded) => {
                let answer = commanded.as_ref().map(|commanded| commanded.answer);
                self.note(sender.slot, format_args!("answered {answer:?}"));
            }
            Done::Declared(incident) => self.note(sender.slot, format_args!("declared {incident}")),
            Done::Planned(said, directory) => self.planned(sender, &said, directory),
            Done::Configured(Ok(directory)) => {
                self.note(sender.slot, format_args!("configuration {}", directory.version));
                if directory.version > self.directory.version {
                    self.directory = directory;
                }
                self.refresh_others(sender.slot);
            }
            Done::Configured(Err(refusal)) => self.note(sender.slot, format_args!("refused: {refusal}")),
        }
    }

    pub(super) fn note(&mut self, slot: usize, what: std::fmt::Arguments<'_>) {
        self.log.line(self.house.clock.peek(), format_args!("n{slot} {what}"));
    }

    /// Checks every incident that a node has just changed, unless it can only say that something concerns them.
    fn follow(&mut self, slot: usize, harmless: bool) {
        let Some(node) = &mut self.slots[slot].node else { return };
        let changed: Vec<IncidentId> = node.changed();
        for id in changed.into_iter().filter(|_| !harmless) {
            self.log.line(self.house.clock.peek(), format_args!("n{slot} changed {id}"));
            self.violations.extend(self.follower.check(&self.house.database, id));
        }
    }

    fn stored(&mut self, addresses: Vec<EventAddress>, requests: Vec<Request>) {
        self.tally.requests += addresses.len() as u64;
        if let Some(first) = addresses.first() {
            self.log.line(self.house.clock.peek(), format_args!("stored {} requests from {first}", addresses.len()));
        }
        self.accepted.extend(addresses.into_iter().zip(requests));
        self.ring_inbox();
    }

    fn claimed(&mut self, sender: Sender, claimed: Vec<Claimed>) {
        for one in &claimed {
            self.note(sender.slot, format_args!("claimed {} attempt {}", one.delivery, one.attempt));
            if let Some(record) = self.letter(one.delivery) {
                self.violations.extend(self.follower.may_page(&record));
            }
        }
        if !claimed.is_empty() && self.armed == Some(Armed::BeforeSending) {
            return self.kill(sender.slot, "before sending");
        }
        let any = !claimed.is_empty();
        for one in claimed {
            self.hand_over(sender, one);
        }
        if any && self.armed == Some(Armed::BeforeSettling) {
            self.kill(sender.slot, "before settling");
        }
    }

    pub(super) fn hand_over(&mut self, sender: Sender, claimed: Claimed) {
        let Some(node) = &self.slots[sender.slot].node else { return };
        self.tally.messages += 1;
        let under_way = node.hand_over(&self.house.outside, claimed);
        for arrival in self.house.outside.arrived() {
            self.arrived(&arrival);
        }
        self.plan(under_way.latency, Coming::Reply(sender, Box::new(under_way)));
    }

    /// Somebody receives a message.
    fn arrived(&mut self, arrival: &Arrival) {
        let Ok(id) = arrival.key.parse::<DeliveryId>() else { return };
        self.log.line(arrival.at, format_args!("{} received {id} attempt {}", arrival.address, arrival.attempt));
        let repeated = self.arrives_once(id, arrival.attempt);
        self.violations.extend(repeated);
        if let Some(record) = self.letter(id) {
            self.react(&record);
        }
    }
}
