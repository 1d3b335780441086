//! The pump: hands messages over, and writes down what came of it.
//!
//! A claim and its attempt are stored before anything is sent, and nothing is sent inside a transaction. When the
//! program dies in between, the lease runs out and the message is sent again, marked as perhaps a repetition: at
//! least once.

use std::sync::Arc;

use allclear_channels::{Failure, Wire, WireReply};
use allclear_core::actor::Actor;
use allclear_core::delivery::{self, Outcome, Status, Step};
use allclear_core::directory::Directory;
use allclear_core::id::DeliveryId;
use allclear_core::incident::Input;
use allclear_store::deliveries::{self, Class, DeliveryRecord, Purpose};
use allclear_store::{Result, Tx};
use jiff::Timestamp;

use crate::compose::{self, Parcel, Unsendable};
use crate::context::{Context, Counters};
use crate::desk::{Changed, Desk};

/// How many deliveries are claimed in one transaction at the most.
pub(crate) const CLAIMS: usize = 64;

/// For how many deliveries there is room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    most: usize,
    /// Nothing but critical pages may take them.
    critical: bool,
}

impl Places {
    /// Room for any delivery.
    pub(crate) const fn any(most: usize) -> Self {
        Self { most, critical: false }
    }

    /// Room that is kept for critical pages.
    pub(crate) const fn critical(most: usize) -> Self {
        Self { most, critical: true }
    }

    async fn due(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<DeliveryRecord>> {
        let most = i64::try_from(self.most).unwrap_or(i64::MAX);
        if self.critical {
            deliveries::due_of(tx, now, Class::Critical, most).await
        } else {
            deliveries::due(tx, now, most).await
        }
    }
}

/// A message that was claimed: to be sent now.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which delivery.
    pub delivery: DeliveryId,
    /// Which attempt.
    pub attempt: u32,
    /// To be settled without being sent, or sent.
    pub(crate) parcel: std::result::Result<Parcel, Unsendable>,
}

struct Claim {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    /// Only this one, if it is due.
    only: Option<DeliveryId>,
    places: Places,
}

/// Claims deliveries whose time has come, as many as there are places.
pub(crate) async fn claim(context: &Arc<Context>, places: Places) -> Result<Vec<Claimed>> {
    match claim_some(context, None, places).await {
        Ok(claimed) => Ok(claimed),
        Err(error) if error.is_outage() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "messages could not be claimed together; trying each by itself");
            claim_one_by_one(context, places).await
        }
    }
}

async fn claim_some(context: &Arc<Context>, only: Option<DeliveryId>, places: Places) -> Result<Vec<Claimed>> {
    let (now, directory) = (context.now(), context.directory.load_full());
    let claim = Claim { context: Arc::clone(context), directory, now, only, places };
    let (claimed, changed) = context.database.write(claim, |claim, tx| Box::pin(claim.commit(tx))).await?;
    Counters::add(&context.counters.attempts, claimed.len());
    context.announce(changed);
    Ok(claimed)
}

/// Claims each delivery by itself: what makes one fail must not keep back all that are due with it. That one counts as
/// an attempt that came to nothing, so that it is tried again later and, in the end, given up.
async fn claim_one_by_one(context: &Arc<Context>, places: Places) -> Result<Vec<Claimed>> {
    let now = context.now();
    let due = context.database.write((), move |(), tx| Box::pin(places.due(tx, now))).await?;
    let mut claimed = Vec::new();
    for record in due {
        match claim_some(context, Some(record.id), places).await {
            Ok(one) => claimed.extend(one),
            // What was claimed so far is sent; the rest waits.
            Err(error) if error.is_outage() => break,
            Err(error) => {
                tracing::error!(%error, delivery = %record.id, "a message cannot be claimed; it is put off");
                put_off(context, record.id, error.to_string()).await?;
            }
        }
    }
    Ok(claimed)
}

/// Counts an attempt that came to nothing before anything was sent.
async fn put_off(context: &Arc<Context>, id: DeliveryId, reason: String) -> Result<()> {
    let now = context.now();
    let attempt = context
        .database
        .write((id, reason.clone()), move |(id, reason), tx| {
            Box::pin(async move {
                let Some(mut record) = deliveries::take(tx, *id).await? else { return Ok(None) };
                let decision = delivery::step(now, *id, record.delivery, delivery::Input::Claim);
                record.delivery = decision.next;
                record.changed_at = now;
                // Nothing is said to the incident here: what cannot be read cannot be told.
                record.detail = Some(reason.clone());
                deliveries::put(tx, &[&record]).await?;
                let Step::Attempt { number, maybe_repeated } = decision.step else { return Ok(None) };
                deliveries::begin_attempts(tx, now, &[(*id, number, maybe_repeated)]).await?;
                Ok(Some(number))
            })
        })
        .await?;
    let Some(attempt) = attempt else { return Ok(()) };
    let parcel = Err(Unsendable::Impossible { reason: reason.clone() });
    settle(context, Claimed { delivery: id, attempt, parcel }, Outcome::Retry { after: None, reason }).await
}

impl Claim {
    async fn commit(&self, tx: &mut Tx<'_>) -> Result<(Vec<Claimed>, Changed)> {
        let due = match self.only {
            Some(id) => deliveries::take(tx, id).await?.into_iter().collect(),
            None => self.places.due(tx, self.now).await?,
        };
        if due.is_empty() {
            return Ok((Vec::new(), Changed::default()));
        }
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        let mut claimed: Vec<Claimed> = Vec::new();
        let mut attempts = Vec::new();
        let mut changed = Vec::new();
        for mut record in due {
            let decision = delivery::step(self.now, record.id, record.delivery, delivery::Input::Claim);
            record.delivery = decision.next;
            record.changed_at = self.now;
            match decision.step {
                Step::Attempt { number, maybe_repeated } => {
                    let parcel = compose::compose(tx, &self.context, &self.directory, self.now, &record).await?;
                    attempts.push((record.id, number, maybe_repeated));
                    claimed.push(Claimed { delivery: record.id, attempt: number, parcel });
                }
                Step::GivenUp { reason } => give_up(tx, &mut desk, &mut record, reason).await?,
                Step::Withdrawn => {}
                Step::Succeeded
                | Step::WillRetry { .. }
                | Step::Stopping
                | Step::Bundled
                | Step::Requeued
                | Step::Nothing => continue,
            }
            changed.push(record);
        }
        let parcels = claimed.iter_mut().filter_map(|one| one.parcel.as_mut().ok());
        let mails = parcels.filter(|parcel| matches!(parcel.wire, Wire::Mail(_))).collect();
        compose::route_mails(tx, &self.context, &self.directory, mails).await?;
        deliveries::put(tx, &changed.iter().collect::<Vec<_>>()).await?;
        deliveries::begin_attempts(tx, self.now, &attempts).await?;
        Ok((claimed, desk.finish(tx).await?))
    }
}

/// A delivery was given up: that is written on it, and the incident tries the person's next contact method.
async fn give_up(tx: &mut Tx<'_>, desk: &mut Desk<'_>, record: &mut DeliveryRecord, reason: String) -> Result<()> {
    record.detail = Some(reason.clone());
    let lost = match record.purpose {
        Purpose::Bundle { .. } => deliveries::of_bundle(tx, record.id).await?,
        Purpose::Page { .. } => vec![record.clone()],
        Purpose::Inform { .. }
        | Purpose::Verify { .. }
        | Purpose::Test
        | Purpose::Cover { .. }
        | Purpose::Handover { .. } => Vec::new(),
    };
    for page in lost {
        if let (Some(incident), Purpose::Page { page: number, rung, .. }) = (page.incident, &page.purpose) {
            let (page, rung, reason) = (*number, *rung, reason.clone());
            let input = Input::ContactFailed { page, rung, channel: record.channel.clone(), reason };
            desk.act(tx, incident, Actor::System, input).await?;
        }
    }
    Ok(())
}

/// Sends what was claimed and brings back what it means.
pub(crate) async fn send(context: &Context, claimed: &Claimed) -> Outcome {
    match &claimed.parcel {
        Err(Unsendable::NotWanted { .. }) => Outcome::Delivered,
        Err(Unsendable::Impossible { reason }) => Outcome::Refused { reason: reason.clone() },
        Ok(parcel) => {
            let reply = context.carrier.carry(parcel.wire.clone(), parcel.mail.clone()).await;
            (parcel.channel.outcome)(context.now(), &reply)
        }
    }
}

/// What a delivery's other side would have answered if it had broken down: for senders that panicked.
pub(crate) fn broken(claimed: &Claimed, now: Timestamp) -> Outcome {
    let text = "the sender broke down".to_owned();
    let reply = WireReply::Failed { kind: Failure::Closed, text, maybe_delivered: true };
    match &claimed.parcel {
        Ok(parcel) => (parcel.channel.outcome)(now, &reply),
        Err(_) => Outcome::Retry { after: None, reason: "the sender broke down".to_owned() },
    }
}

struct Settle {
    context: Arc<Context>,
    directory: Arc<Directory>,
    now: Timestamp,
    claimed: Claimed,
    outcome: Outcome,
}

/// Writes down what came of an attempt.
pub(crate) async fn settle(context: &Arc<Context>, claimed: Claimed, outcome: Outcome) -> Result<()> {
    let directory = context.directory.load_full();
    let settle = Settle { context: Arc::clone(context), directory, now: context.now(), claimed, outcome };
    let (given_up, changed) = context.database.write(settle, |settle, tx| Box::pin(settle.commit(tx))).await?;
    if given_up {
        Counters::add(&context.counters.dead_letters, 1);
    }
    context.announce(changed);
    Ok(())
}

impl Settle {
    async fn commit(&self, tx: &mut Tx<'_>) -> Result<(bool, Changed)> {
        let (id, number) = (self.claimed.delivery, self.claimed.attempt);
        deliveries::end_attempt(tx, self.now, id, number, &self.outcome).await?;
        let Some(mut record) = deliveries::take(tx, id).await? else { return Ok((false, Changed::default())) };
        // A sender whose lease ran out reports too late: the attempt after it decides.
        if record.delivery.attempts != number {
            return Ok((false, Changed::default()));
        }
        let mut desk = Desk::new(self.now, &self.directory, &self.context.maker);
        let input = delivery::Input::Outcome(self.outcome.clone());
        let decision = delivery::step(self.now, id, record.delivery, input);
        record.delivery = decision.next;
        record.changed_at = self.now;
        if let Err(Unsendable::NotWanted { because }) = &self.claimed.parcel {
            record.delivery.status = Status::Withdrawn;
            record.detail = Some((*because).to_owned());
        }
        let mut given_up = false;
        match (decision.step, &self.outcome) {
            (Step::GivenUp { reason }, _) => {
                given_up = true;
                give_up(tx, &mut desk, &mut record, reason).await?;
            }
            (Step::WillRetry { .. }, Outcome::Retry { reason, .. }) => record.detail = Some(reason.clone()),
            (Step::Succeeded, Outcome::Accepted { handle: Some(handle) }) => record.detail = Some(handle.clone()),
            _ => {}
        }
        desk.concerns(record.incident);
        deliveries::put(tx, &[&record]).await?;
        Ok((given_up, desk.finish(tx).await?))
    }
}
