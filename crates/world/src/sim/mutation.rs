//! Mistakes made on purpose: each is something that a bug in the engine could do, and each must be found.
//!
//! They are made behind the engine's back, in what it has stored or sent, so that the program itself has no trace of
//! them.

use allclear_core::actor::Actor;
use allclear_core::alert::{Clearing, Status as AlertStatus};
use allclear_core::cover::{self, Covered};
use allclear_core::delivery::{self, Delivery, Status};
use allclear_core::fact::{Fact, PageReason};
use allclear_core::id::{DeliveryId, IncidentId};
use allclear_core::incident;
use allclear_core::invariant::{self, Invariant};
use allclear_core::severity::Severity;
use allclear_store::covers;
use allclear_store::deliveries::{self, DeliveryRecord, Purpose};
use allclear_store::inbox::{self, Outcomes};
use allclear_store::timers::{self, Subject};
use allclear_store::{BoxFuture, Result, Tx, alerts, incidents};
use jiff::SignedDuration;

use super::play::Sim;
use crate::check::{
    ACCEPTED_IS_IN_FORCE, DELIVERED_HAS_ARRIVED, ENGINE_NEVER_FAILS, HANDOVER_IS_TOLD_ONCE, REPETITION_IS_MARKED,
};
use crate::task::block_on;
use crate::{damage, read};

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// A timer is not set.
    DropTimer,
    /// A timer is set for ten minutes too late.
    LateTimer,
    /// The end of an alert whose source may fall silent is not waited for.
    DropAlertTimer,
    /// What became of a request is not written down.
    LoseOutcome,
    /// A segment is skipped.
    LoseSegment,
    /// A page that was taken back waits to be sent again.
    SkipWithdraw,
    /// A page leaves for an incident that somebody is on.
    PageWhileAcknowledged,
    /// A message leaves twice as the same attempt.
    DoubleSend,
    /// An entry that nobody decided stands in a journal.
    SlipIntoJournal,
    /// A state is changed, and no fact says so.
    ChangeState,
    /// An alert is over, and its incident does not know.
    MiscountFiring,
    /// A page is held back, and no bundle is planned.
    HoldForever,
    /// A failed page does not say why.
    ForgetFailure,
    /// An attempt is begun again as if it had never been.
    ForgetAttempt,
    /// A page is written down as delivered, and never left.
    PretendDelivery,
    /// A contact method is written down as tried, and no delivery is made.
    LosePage,
    /// A second delivery is made of the same rung of the same page.
    DoublePage,
    /// A request counts as accepted, and no override says so.
    ForgetOverride,
    /// A handover is told a second time.
    TellTwice,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::DropTimer,
        Self::LateTimer,
        Self::DropAlertTimer,
        Self::LoseOutcome,
        Self::LoseSegment,
        Self::SkipWithdraw,
        Self::PageWhileAcknowledged,
        Self::DoubleSend,
        Self::SlipIntoJournal,
        Self::ChangeState,
        Self::MiscountFiring,
        Self::HoldForever,
        Self::ForgetFailure,
        Self::ForgetAttempt,
        Self::PretendDelivery,
        Self::LosePage,
        Self::DoublePage,
        Self::ForgetOverride,
        Self::TellTwice,
    ];

    /// The invariants that are there for this: one of them is expected to find it. A wrong timer may be told from what
    /// it leads to, and an entry that slipped in from the place that it takes.
    pub fn expected(self) -> &'static [Invariant] {
        match self {
            Self::DropTimer | Self::LateTimer => &[invariant::TIMER_IS_DUE, invariant::NOBODY_WAITS],
            Self::DropAlertTimer => &[invariant::TIMER_IS_DUE],
            Self::LoseOutcome | Self::LoseSegment => &[invariant::NO_EVENT_LOST],
            Self::SkipWithdraw | Self::PageWhileAcknowledged => &[invariant::QUIET_STAYS_QUIET],
            Self::DoubleSend | Self::ForgetAttempt => &[REPETITION_IS_MARKED],
            Self::SlipIntoJournal => &[invariant::CHAIN_HOLDS, ENGINE_NEVER_FAILS],
            Self::ChangeState => &[invariant::FACTS_REPLAY],
            Self::MiscountFiring => &[invariant::FIRING_IS_COUNTED],
            Self::HoldForever => &[invariant::HELD_IS_FLUSHED],
            Self::ForgetFailure => &[invariant::FAILURE_IS_SEEN],
            Self::PretendDelivery => &[DELIVERED_HAS_ARRIVED],
            Self::LosePage | Self::DoublePage => &[invariant::TRIED_IS_SENT_ONCE],
            Self::ForgetOverride => &[ACCEPTED_IS_IN_FORCE],
            Self::TellTwice => &[HANDOVER_IS_TOLD_ONCE],
        }
    }

    /// Makes the mistake, if there is anything to make it with at this moment.
    pub(super) fn make(self, sim: &mut Sim) -> bool {
        match self {
            Self::ForgetOverride => forget_override(sim),
            Self::TellTwice => tell_twice(sim),
            Self::DropTimer => waiting(sim).is_some_and(|id| set_timer(sim, id, None)),
            Self::LateTimer => waiting(sim).is_some_and(|id| set_timer(sim, id, Some(SignedDuration::from_mins(10)))),
            Self::DropAlertTimer => {
                open(sim, |incident| incident.firing > 0).is_some_and(|id| drop_alert_timer(sim, id))
            }
            Self::LoseOutcome => unprocessed(sim).is_some_and(|(integration, segment)| {
                let outcome = Outcomes { integration, segment, body: "[]".to_owned() };
                let now = sim.now();
                write(sim, outcome, move |outcome, tx| {
                    Box::pin(async move { inbox::record(tx, now, std::slice::from_ref(outcome), &[]).await })
                })
            }),
            Self::LoseSegment => unprocessed(sim).is_some_and(|(_, segment)| {
                write(sim, segment, |segment, tx| {
                    Box::pin(async move {
                        let from = inbox::position(tx, 0).await?;
                        inbox::advance(tx, 0, from, *segment).await.map(drop)
                    })
                })
            }),
            Self::SkipWithdraw => page(sim, Status::Withdrawn).is_some_and(|mut record| {
                record.delivery = Delivery { due_at: Some(sim.now()), ..delivery::new(sim.now(), false) };
                put(sim, record)
            }),
            Self::PageWhileAcknowledged => page_while_acknowledged(sim),
            Self::DoubleSend => double_send(sim),
            Self::SlipIntoJournal => open(sim, |_| true).is_some_and(|id| {
                damage::slip_in(&sim.house.database, id);
                true
            }),
            Self::ChangeState => open(sim, |_| true).is_some_and(|id| change_severity(sim, id)),
            Self::MiscountFiring => open(sim, |incident| incident.firing > 0).is_some_and(|id| clear_an_alert(sim, id)),
            Self::HoldForever => hold_forever(sim),
            Self::ForgetFailure => page(sim, Status::Failed).is_some_and(|mut record| {
                record.detail = None;
                put(sim, record)
            }),
            Self::ForgetAttempt => page(sim, Status::Sending).is_some_and(|mut record| {
                record.delivery = Delivery { due_at: Some(sim.now()), status: Status::Queued, ..record.delivery };
                put(sim, record)
            }),
            Self::PretendDelivery => page(sim, Status::Queued).is_some_and(|mut record| {
                let never_left = record.delivery.attempts == 0;
                record.delivery = Delivery { status: Status::Delivered, attempts: 1, due_at: None };
                never_left && put(sim, record)
            }),
            Self::LosePage => lose_page(sim),
            Self::DoublePage => double_page(sim),
        }
    }
}

fn write<I, F>(sim: &Sim, input: I, body: F) -> bool
where
    I: Send + Sync + 'static,
    F: for<'a> Fn(&'a I, &'a mut Tx<'_>) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
{
    block_on(sim.house.database.write(input, body)).expect("the database in memory takes everything");
    true
}

fn put(sim: &Sim, record: DeliveryRecord) -> bool {
    write(sim, record, |record, tx| Box::pin(async move { deliveries::put(tx, &[record]).await }))
}

/// An open incident like that.
fn open(sim: &mut Sim, wanted: impl Fn(&incident::Incident) -> bool) -> Option<IncidentId> {
    let mut open = read::incidents(&sim.house.database, true);
    open.retain(|record| wanted(&record.incident));
    sim.chance.pick(&open).map(|record| record.id)
}

/// An incident that waits for a moment which is not near.
fn waiting(sim: &mut Sim) -> Option<IncidentId> {
    let soon = sim.now() + SignedDuration::from_secs(30);
    open(sim, |incident| incident.next_due().is_some_and(|due| due > soon))
}

fn set_timer(sim: &Sim, id: IncidentId, later_by: Option<SignedDuration>) -> bool {
    write(sim, (id, later_by), |(id, later_by), tx| {
        Box::pin(async move {
            let due = timers::one(tx, Subject::Incident, id.uuid()).await?;
            let due = later_by.and_then(|by| Some(due? + by));
            timers::put(tx, &[(Subject::Incident, id.uuid(), due)]).await
        })
    })
}

/// False when none of the incident's alerts waits for a moment which is not near.
fn drop_alert_timer(sim: &Sim, id: IncidentId) -> bool {
    let soon = sim.now() + SignedDuration::from_secs(30);
    let stored = read::incident(&sim.house.database, id, 0);
    let timers = stored.map(|stored| stored.alert_timers).unwrap_or_default();
    let found = timers.into_iter().find(|(_, due, _)| due.is_some_and(|due| due > soon));
    found.is_some_and(|(alert, _, _)| {
        write(sim, alert, |alert, tx| {
            Box::pin(async move { timers::put(tx, &[(Subject::Alert, alert.uuid(), None)]).await })
        })
    })
}

/// Whose requests wait, and in which segment.
fn unprocessed(sim: &Sim) -> Option<(allclear_core::id::IntegrationId, i64)> {
    let (address, request) = sim.accepted.last()?;
    let waits = read::outcome(&sim.house.database, address.segment, request.integration).is_none();
    (waits && sim.directory.integration(request.integration).is_some())
        .then_some((request.integration, address.segment))
}

/// One of the latest pages that stands like that.
fn page(sim: &mut Sim, status: Status) -> Option<DeliveryRecord> {
    let mut latest = read::latest_deliveries(&sim.house.database, 100);
    latest.retain(|record| record.delivery.status == status && matches!(record.purpose, Purpose::Page { .. }));
    sim.chance.pick(&latest).cloned()
}

/// The same page, as a delivery of its own that waits to be sent.
fn copied(mut record: DeliveryRecord, sim: &Sim) -> DeliveryRecord {
    record.id = DeliveryId::new(uuid::Uuid::from_u128(record.id.uuid().as_u128() ^ 1));
    record.delivery = delivery::new(sim.now(), false);
    record
}

fn page_while_acknowledged(sim: &mut Sim) -> bool {
    let acknowledged = |incident: &incident::Incident| {
        matches!(incident.status, incident::Status::Acknowledged { .. }) && incident.pages_made > 0
    };
    let Some(id) = open(sim, acknowledged) else { return false };
    let records = read::ledger(&sim.house.database, id);
    let Some(record) = records.into_iter().find(|record| matches!(record.purpose, Purpose::Page { .. })) else {
        return false;
    };
    let purpose = Purpose::Page { page: 1, rung: 0, why: PageReason::LastResort };
    put(sim, DeliveryRecord { purpose, ..copied(record, sim) })
}

/// What would try the next rung of a page that is under way.
fn next_try(incident: &incident::Incident) -> Option<Fact> {
    incident.pages.iter().find_map(|page| {
        let contact = page.rungs.get(page.tried)?.contact;
        Some(Fact::ContactTried { page: page.number, rung: page.tried, contact })
    })
}

fn lose_page(sim: &mut Sim) -> bool {
    let now = sim.now();
    let Some(id) = open(sim, |incident| next_try(incident).is_some()) else { return false };
    write(sim, id, move |id, tx| {
        Box::pin(async move {
            let Some(mut record) = incidents::find(tx, *id).await? else { return Ok(()) };
            let Some(tried) = next_try(&record.incident) else { return Ok(()) };
            record.incident.apply(now, Actor::System, &tried);
            let entry = incidents::chain(&mut record, now, Actor::System, vec![tried]);
            incidents::append(tx, &[entry]).await?;
            incidents::put(tx, &[&record]).await?;
            timers::put(tx, &[(Subject::Incident, id.uuid(), record.incident.next_due())]).await
        })
    })
}

fn double_page(sim: &mut Sim) -> bool {
    let waits =
        |incident: &incident::Incident| incident.status == incident::Status::Triggered && !incident.pages.is_empty();
    let Some(id) = open(sim, waits) else { return false };
    let Some(stored) = read::incident(&sim.house.database, id, 0) else { return false };
    let under_way = |number: u32| stored.record.incident.pages.iter().any(|page| page.number == number);
    let records = read::ledger(&sim.house.database, id);
    let page = records.into_iter().find(|record| match record.purpose {
        Purpose::Page { page, .. } => under_way(page),
        Purpose::Bundle { .. }
        | Purpose::Inform { .. }
        | Purpose::Verify { .. }
        | Purpose::Test
        | Purpose::Cover { .. }
        | Purpose::Handover { .. } => false,
    });
    page.is_some_and(|record| put(sim, copied(record, sim)))
}

/// The next message is handed over once more by the same node.
fn double_send(sim: &mut Sim) -> bool {
    let Some(slot) = sim.somebody() else { return false };
    let Some(node) = &sim.slots[slot].node else { return false };
    let claimed = block_on(node.engine.claim()).expect("the database in memory can be read");
    let sender = sim.sender(slot);
    let again = !claimed.is_empty();
    for one in claimed {
        sim.hand_over(sender, one.clone());
        sim.hand_over(sender, one);
    }
    again
}

fn change_severity(sim: &Sim, id: IncidentId) -> bool {
    damage::change(&sim.house.database, id, |tx, mut record| {
        Box::pin(async move {
            let now = record.incident.severity;
            record.incident.severity = if now == Severity::Sev1 { Severity::Sev4 } else { Severity::Sev1 };
            incidents::put(tx, &[&record]).await
        })
    });
    true
}

fn clear_an_alert(sim: &Sim, id: IncidentId) -> bool {
    let now = sim.now();
    write(sim, id, move |id, tx| {
        Box::pin(async move {
            let Some(mut alert) = alerts::firing_of_incident(tx, *id).await?.into_iter().next() else { return Ok(()) };
            alert.alert.status = AlertStatus::Resolved { at: now, how: Clearing::BySource };
            alerts::put(tx, &[&alert]).await?;
            timers::put(tx, &[(Subject::Alert, alert.id.uuid(), None)]).await
        })
    })
}

fn hold_forever(sim: &mut Sim) -> bool {
    let Some(mut record) = page(sim, Status::Queued) else { return false };
    record.delivery = delivery::new(sim.now(), true);
    put(sim, record)
}

/// An open request is written down as accepted.
fn forget_override(sim: &mut Sim) -> bool {
    let open = read::open_covers(&sim.house.database);
    let Some(mut record) = open.into_iter().find(|record| !record.request.asked.is_empty()) else { return false };
    let now = sim.now();
    let user = record.request.asked[0].user;
    let taken = std::mem::take(&mut record.request.open);
    record.request.covered = taken.into_iter().map(|period| Covered { user, period, at: now }).collect();
    record.request.status = cover::Status::Accepted;
    record.ended_at = Some(now);
    write(sim, record, |record, tx| {
        Box::pin(async move {
            covers::put(tx, record).await?;
            timers::put(tx, &[(Subject::Cover, record.id.uuid(), None)]).await
        })
    })
}

/// A message about a handover goes out again, as another one.
fn tell_twice(sim: &mut Sim) -> bool {
    let all = read::latest_deliveries(&sim.house.database, 500);
    let handover = all.into_iter().find(|record| matches!(record.purpose, Purpose::Handover { .. }));
    handover.is_some_and(|record| put(sim, copied(record, sim)))
}
