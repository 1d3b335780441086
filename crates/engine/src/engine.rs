//! The engine's front: everything that the pages, the API and the program do goes through here.

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::cover::{self, Asking};
use allclear_core::delivery::{self, Outcome};
use allclear_core::directory::{Change, Directory, Problem};
use allclear_core::id::{ContactMethodId, CoverId, DeliveryId, HandoffNoteId, IncidentId, ScheduleId, UserId};
use allclear_core::incident::Input;
use allclear_core::pace::Processed;
use allclear_store::covers::CoverRecord;
use allclear_store::deliveries::{self, Class, DeliveryRecord, Purpose};
use allclear_store::handovers::{self, HandoffNote};
use allclear_store::{Database, Error, Result, audit};
use jiff::Timestamp;
use tokio::sync::broadcast;

use crate::command::{self, Commanded, Declaration};
use crate::configuration::{self, NotChanged};
use crate::context::{Context, Counters, Maker};
use crate::cover::Answered;
use crate::desk::Changed;
use crate::frame::EventAddress;
use crate::host::{Carrier, Clock, Random};
use crate::intake::{self, Intake, LANES, Request};
use crate::pump::{self, Claimed, Places};
use crate::seal::MasterKey;
use crate::{process, retention, timing};

/// The engine: cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) context: Arc<Context>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Engine({})", self.context.database.name())
    }
}

/// What the engine is given by whoever hosts it.
pub struct Host {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes random bytes.
    pub random: Arc<dyn Random>,
    /// Carries messages.
    pub carrier: Arc<dyn Carrier>,
    /// Protects secrets and signs links.
    pub key: MasterKey,
}

impl Engine {
    /// An engine over a database, with the configuration that is stored there.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub async fn new(database: Database, host: Host) -> Result<Self> {
        let directory =
            database.read((), |(), tx| Box::pin(async move { allclear_store::directory::load(tx).await })).await?;
        let Host { clock, random, carrier, key } = host;
        Ok(Self { context: Arc::new(Context::new(database, directory, key, clock, random, carrier)) })
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.context.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.context.clock
    }

    /// Makes ids, codes and keys.
    pub fn maker(&self) -> &Maker {
        &self.context.maker
    }

    /// The key that protects secrets and signs links.
    pub fn key(&self) -> &MasterKey {
        &self.context.key
    }

    /// The database, for reading.
    pub fn database(&self) -> &Database {
        &self.context.database
    }

    /// The configuration as it is now.
    pub fn directory(&self) -> Arc<Directory> {
        self.context.directory.load_full()
    }

    /// Counters since the start.
    pub fn counters(&self) -> &Counters {
        &self.context.counters
    }

    /// What changes from now on. Whoever is too slow misses some, and is told that.
    pub fn changes(&self) -> broadcast::Receiver<Arc<Changed>> {
        self.context.changes.subscribe()
    }

    /// The way in for requests, and the loop behind it.
    pub fn intake(&self) -> (Intake, impl Future<Output = ()> + Send + 'static) {
        Intake::new(Arc::clone(&self.context))
    }

    /// Stores requests at once, without waiting for others to share their commit, and returns their addresses in the
    /// same order.
    ///
    /// # Errors
    /// When the database refuses; of what was to be one commit, nothing was stored.
    pub async fn store_now(&self, requests: Vec<Request>) -> Result<Vec<EventAddress>> {
        intake::store_now(&self.context, requests).await
    }

    /// Stores a request again, so that it is processed anew: one from the quarantine, once its cause is gone. Says
    /// where. None when there is none at that address.
    ///
    /// # Errors
    /// When the database refuses; then nothing was stored.
    pub async fn replay(&self, address: EventAddress) -> Result<Option<EventAddress>> {
        intake::replay(&self.context, address).await
    }

    /// Gives an incident an input. None when there is no such incident.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed.
    pub async fn act(&self, incident: IncidentId, actor: Actor, input: Input) -> Result<Option<Commanded>> {
        command::act(&self.context, incident, actor, input).await
    }

    /// Merges an incident into another one. None when one of the two does not exist.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed.
    pub async fn merge(&self, source: IncidentId, target: IncidentId, actor: Actor) -> Result<Option<Commanded>> {
        command::merge(&self.context, source, target, actor).await
    }

    /// Declares an incident.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed.
    pub async fn declare(&self, actor: Actor, declaration: Declaration) -> Result<IncidentId> {
        command::declare(&self.context, actor, declaration).await
    }

    /// Changes the configuration: `plan` says what to change in the directory as it is.
    ///
    /// # Errors
    /// When it would contradict itself, or the database refuses; then nothing was changed.
    pub async fn configure<P>(&self, actor: Actor, plan: P) -> std::result::Result<Arc<Directory>, NotChanged>
    where
        P: Fn(&Directory) -> std::result::Result<Vec<Change>, Vec<Problem>>,
    {
        configuration::change(&self.context, actor, plan).await
    }

    /// Asks for cover; or says what is wrong with that.
    ///
    /// # Errors
    /// When the database refuses; then nothing was stored.
    pub async fn ask_for_cover(
        &self,
        actor: Actor,
        asking: Asking,
    ) -> std::result::Result<std::result::Result<CoverRecord, Vec<cover::Problem>>, NotChanged> {
        crate::cover::ask(&self.context, actor, asking).await
    }

    /// Gives a request for cover an input. None when there is no such request.
    ///
    /// # Errors
    /// When the schedule cannot take the override, or the database refuses; then nothing was changed.
    pub async fn answer_cover(
        &self,
        id: CoverId,
        actor: Actor,
        input: cover::Input,
    ) -> std::result::Result<Option<Answered>, NotChanged> {
        crate::cover::answer(&self.context, id, actor, input).await
    }

    /// Stores a note for those who come on call next.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_handoff_note(&self, actor: Actor, schedule: ScheduleId, text: String) -> Result<HandoffNote> {
        let now = self.now();
        let id = HandoffNoteId::new(self.context.maker.id(now));
        let note = HandoffNote { id, schedule, author: actor.user(), at: now, text };
        let written = self.context.database.write(note.clone(), move |note, tx| {
            Box::pin(async move {
                let fact = AuditFact::HandoffNoteAdded { schedule: note.schedule, note: note.id };
                audit::append(tx, now, actor, vec![fact]).await?;
                handovers::add_note(tx, note).await
            })
        });
        written.await?;
        Ok(note)
    }

    /// Begins to follow the handovers of schedules of which nothing is known yet: once, after the start.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn follow_handovers(&self) -> Result<()> {
        timing::follow_handovers(&self.context).await
    }

    /// Notes in the audit log what somebody did.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note(&self, actor: Actor, fact: AuditFact) -> Result<()> {
        let now = self.now();
        self.context
            .database
            .write(fact, move |fact, tx| {
                Box::pin(async move { audit::append(tx, now, actor, vec![fact.clone()]).await })
            })
            .await
    }

    /// Sends a message that is about no incident, a code or a test, and says which delivery it became. None when there
    /// is no such person or contact method.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn send(&self, user: UserId, contact: ContactMethodId, purpose: Purpose) -> Result<Option<DeliveryId>> {
        let directory = self.directory();
        let Some(method) = directory.user(user).and_then(|person| person.contact(contact)) else { return Ok(None) };
        let now = self.now();
        let id = DeliveryId::new(self.context.maker.id(now));
        let record = DeliveryRecord {
            id,
            incident: None,
            service: None,
            severity: None,
            user,
            contact,
            channel: method.channel.clone(),
            purpose,
            class: Class::Urgent,
            delivery: delivery::new(now, false),
            created_at: now,
            changed_at: now,
            bundle: None,
            detail: None,
        };
        self.context
            .database
            .write(record, |record, tx| Box::pin(async move { deliveries::put(tx, &[record]).await }))
            .await?;
        self.context.bells.outbox.notify_one();
        Ok(Some(id))
    }

    /// Sends a dead letter again. False when it is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn retry(&self, actor: Actor, id: DeliveryId) -> Result<bool> {
        let now = self.now();
        let retried = self
            .context
            .database
            .write(id, move |id, tx| {
                Box::pin(async move {
                    let Some(mut record) = deliveries::take(tx, *id).await? else { return Ok(false) };
                    let decision = delivery::step(now, *id, record.delivery, delivery::Input::RetryByHand);
                    if decision.step == delivery::Step::Nothing {
                        return Ok(false);
                    }
                    record.delivery = decision.next;
                    record.changed_at = now;
                    deliveries::put(tx, &[&record]).await?;
                    audit::append(tx, now, actor, vec![AuditFact::DeliveryRetried { delivery: *id }]).await?;
                    Ok(true)
                })
            })
            .await?;
        self.context.bells.outbox.notify_one();
        Ok(retried)
    }

    /// The lanes of the inbox.
    pub fn lanes(&self) -> std::ops::Range<i64> {
        if self.context.database.is_shared() { 0..LANES } else { 0..1 }
    }

    /// Processes the next requests of a lane.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed, and the same requests are next again.
    pub async fn process(&self, lane: i64) -> Result<Processed> {
        process::process(&self.context, lane).await
    }

    /// Fires timers that are due, some at a time, and says how many.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed.
    pub async fn fire_timers(&self) -> Result<usize> {
        timing::fire(&self.context).await
    }

    /// When the next timer is due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_timer(&self) -> Result<Option<Timestamp>> {
        timing::next(&self.context).await
    }

    /// When the next delivery is due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn next_delivery(&self) -> Result<Option<Timestamp>> {
        self.context.database.read((), |(), tx| Box::pin(async move { deliveries::next_due(tx).await })).await
    }

    /// Claims deliveries whose time has come, the loudest first.
    ///
    /// # Errors
    /// When the database refuses; then nothing was claimed.
    pub async fn claim(&self) -> Result<Vec<Claimed>> {
        pump::claim(&self.context, Places::any(pump::CLAIMS)).await
    }

    /// Sends what was claimed, and says what the reply means.
    pub async fn hand_over(&self, claimed: &Claimed) -> Outcome {
        pump::send(&self.context, claimed).await
    }

    /// Writes down what came of an attempt.
    ///
    /// # Errors
    /// When the database refuses; then the attempt counts as unanswered, and is repeated after its lease.
    pub async fn settle(&self, claimed: Claimed, outcome: Outcome) -> Result<()> {
        pump::settle(&self.context, claimed, outcome).await
    }

    /// Deletes a little of what is older than the settings want it kept, and says how many things that were. Whatever
    /// is open stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sweep(&self) -> Result<usize> {
        retention::sweep(&self.context).await
    }

    /// Reads the configuration again if somebody else has changed it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn refresh(&self) -> std::result::Result<(), Error> {
        configuration::refresh(&self.context).await
    }
}
