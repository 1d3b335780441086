//! The house: one database, the nodes that work on it, and what they have sent and not yet heard of.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::cover::{self, Asking};
use allclear_core::delivery::Outcome;
use allclear_core::directory::{Change, Directory};
use allclear_core::id::{CoverId, DeliveryId, IncidentId, ScheduleId};
use allclear_core::incident::Input;
use allclear_core::schedule::{Override, Schedule};
use allclear_engine::{
    Changed, Claimed, Commanded, Declaration, Engine, EventAddress, Host, MasterKey, NotChanged, Request,
};
use allclear_store::{Database, Troubles};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use crate::chance::SeededRandom;
use crate::clock::SimClock;
use crate::outside::Outside;
use crate::task::{Task, block_on};

/// The master key of every house.
const KEY: [u8; 32] = [7; 32];

/// Something that a node does.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// Processes what waits in the inbox.
    Process,
    /// Fires timers that are due.
    Timers,
    /// Claims deliveries that are due.
    Claim,
    /// Writes down what came of an attempt.
    Settle(Box<Claimed>, Outcome),
    /// Reads the configuration again.
    Refresh,
    /// Takes in requests.
    Store(Vec<Request>),
    /// Takes in a stored request again.
    Replay(EventAddress),
    /// Gives an incident an input.
    Act(IncidentId, Actor, Input),
    /// Merges an incident into another one.
    Merge(IncidentId, IncidentId, Actor),
    /// Declares an incident.
    Declare(Actor, Declaration),
    /// Changes the configuration.
    Configure(Actor, Vec<Change>),
    /// Adds an override to a schedule.
    Override(Actor, ScheduleId, Override),
    /// Asks for cover.
    AskForCover(Actor, Asking),
    /// Gives a request for cover an input.
    AnswerCover(CoverId, Actor, cover::Input),
}

impl Work {
    /// What it is, for whoever reads of its failure.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Timers => "fire timers",
            Self::Claim => "claim",
            Self::Settle(..) => "settle",
            Self::Refresh => "refresh",
            Self::Store(_) => "store",
            Self::Replay(_) => "replay",
            Self::Act(..) => "act",
            Self::Merge(..) => "merge",
            Self::Declare(..) => "declare",
            Self::Configure(..) => "configure",
            Self::Override(..) => "override",
            Self::AskForCover(..) => "ask for cover",
            Self::AnswerCover(..) => "answer for cover",
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Done {
    /// So many requests were processed.
    Processed(usize),
    /// So many timers were fired.
    Fired(usize),
    /// These are to be handed over now.
    Claimed(Vec<Claimed>),
    /// It is written down.
    Settled(DeliveryId),
    /// It was read.
    Refreshed,
    /// They are kept there.
    Stored(Vec<EventAddress>),
    /// What the incident is now; none when there is none.
    Commanded(Option<Box<Commanded>>),
    /// It is this incident.
    Declared(IncidentId),
    /// The configuration was changed, or why not.
    Configured(Result<Arc<Directory>, String>),
    /// What came of a request for cover, and the configuration as it is then.
    Planned(String, Arc<Directory>),
}

/// A message on its way.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pub(crate) claimed: Claimed,
    pub(crate) outcome: Outcome,
    /// How long the answer takes.
    pub(crate) latency: SignedDuration,
}

/// A process that works on the database.
pub(crate) struct Node {
    pub(crate) engine: Engine,
    changes: broadcast::Receiver<Arc<Changed>>,
}

impl Node {
    /// The incidents that this node has changed since this was asked last; none of it known when it was too much.
    pub(crate) fn changed(&mut self) -> Vec<IncidentId> {
        let mut incidents = Vec::new();
        loop {
            match self.changes.try_recv() {
                Ok(changed) => incidents.extend(&changed.incidents),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        incidents.sort_unstable();
        incidents.dedup();
        incidents
    }

    /// The work, ready to be polled.
    pub(crate) fn begin(&self, work: Work) -> Task<Result<Done, allclear_store::Error>> {
        let engine = self.engine.clone();
        Box::pin(async move { perform(&engine, work).await })
    }

    /// Hands a claimed message over.
    pub(crate) fn hand_over(&self, outside: &Outside, claimed: Claimed) -> UnderWay {
        let outcome = block_on(self.engine.hand_over(&claimed));
        UnderWay { claimed, outcome, latency: outside.latency() }
    }
}

async fn perform(engine: &Engine, work: Work) -> Result<Done, allclear_store::Error> {
    Ok(match work {
        Work::Process => {
            let mut processed = 0;
            for lane in engine.lanes() {
                processed += engine.process(lane).await?.requests;
            }
            Done::Processed(processed)
        }
        Work::Timers => Done::Fired(engine.fire_timers().await?),
        Work::Claim => Done::Claimed(engine.claim().await?),
        Work::Settle(claimed, outcome) => {
            let delivery = claimed.delivery;
            engine.settle(*claimed, outcome).await?;
            Done::Settled(delivery)
        }
        Work::Refresh => {
            engine.refresh().await?;
            Done::Refreshed
        }
        Work::Store(requests) => Done::Stored(engine.store_now(requests).await?),
        Work::Replay(address) => Done::Stored(engine.replay(address).await?.into_iter().collect()),
        Work::Act(incident, actor, input) => Done::Commanded(engine.act(incident, actor, input).await?.map(Box::new)),
        Work::Merge(source, target, actor) => Done::Commanded(engine.merge(source, target, actor).await?.map(Box::new)),
        Work::Declare(actor, declaration) => Done::Declared(engine.declare(actor, declaration).await?),
        Work::Configure(actor, changes) => {
            Done::Configured(unless_lost(engine.configure(actor, move |_| Ok(changes.clone())).await)?)
        }
        Work::Override(actor, id, cover) => {
            let plan = move |directory: &Directory| {
                let schedule = directory.schedule(id).map(|schedule| {
                    let mut schedule = Schedule::clone(schedule);
                    schedule.overrides.push(cover.clone());
                    Change::Put(schedule.into())
                });
                Ok(schedule.into_iter().collect())
            };
            Done::Configured(unless_lost(engine.configure(actor, plan).await)?)
        }
        Work::AskForCover(actor, asking) => {
            let asked = unless_lost(engine.ask_for_cover(actor, asking).await)?;
            let said = asked.map_or_else(|why| why, |asked| format!("{:?}", asked.map(|record| record.id)));
            Done::Planned(said, engine.directory())
        }
        Work::AnswerCover(id, actor, input) => {
            let answered = unless_lost(engine.answer_cover(id, actor, input).await)?;
            let said = answered.map_or_else(|why| why, |one| format!("{:?}", one.map(|one| one.answer)));
            Done::Planned(said, engine.directory())
        }
    })
}

/// What was refused is told; what the database did is its fault.
fn unless_lost<T>(changed: Result<T, NotChanged>) -> Result<Result<T, String>, allclear_store::Error> {
    match changed {
        Ok(done) => Ok(Ok(done)),
        Err(NotChanged::Store(error)) => Err(error),
        Err(refused @ (NotChanged::Refused(_) | NotChanged::Contended)) => Ok(Err(refused.to_string())),
    }
}

/// The house.
pub(crate) struct House {
    pub(crate) clock: Arc<SimClock>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) database: Database,
    pub(crate) troubles: Troubles,
    random: Arc<SeededRandom>,
}

impl House {
    /// An empty house.
    pub(crate) fn new(
        clock: Arc<SimClock>,
        outside: Arc<Outside>,
        (database, troubles): (Database, Troubles),
        seed: u64,
    ) -> Self {
        Self { clock, outside, database, troubles, random: Arc::new(SeededRandom::new(seed)) }
    }

    /// Starts a process. It knows nothing but what is stored.
    pub(crate) fn start(&self) -> Node {
        let (clock, random, carrier) = (Arc::clone(&self.clock), Arc::clone(&self.random), Arc::clone(&self.outside));
        let host = Host { clock, random, carrier, key: MasterKey::new(KEY) };
        let engine = block_on(Engine::new(self.database.clone(), host)).expect("the database in memory can be read");
        Node { changes: engine.changes(), engine }
    }

    /// When the next timer, and the next delivery, is due.
    pub(crate) fn next_due(&self, node: &Node) -> (Option<Timestamp>, Option<Timestamp>) {
        let timer = block_on(node.engine.next_timer()).expect("the database in memory can be read");
        let delivery = block_on(node.engine.next_delivery()).expect("the database in memory can be read");
        (timer, delivery)
    }
}
