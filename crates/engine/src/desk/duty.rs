//! The desk's part in plans of on-call duty: requests for cover, handovers, and the messages about them.

use allclear_core::actor::Actor;
use allclear_core::audit::AuditFact;
use allclear_core::cover::{self, Effect};
use allclear_core::delivery;
use allclear_core::directory::{Change, Kind, Object};
use allclear_core::handover::{self, State};
use allclear_core::id::{CoverId, DeliveryId, ScheduleId, UserId};
use allclear_core::severity::Urgency;
use allclear_store::covers::{self, CoverRecord};
use allclear_store::deliveries::{Class, DeliveryRecord, Purpose};
use allclear_store::timers::Subject;
use allclear_store::{Result, Tx, audit, directory, handovers};
use jiff::SignedDuration;

use super::Desk;

/// When a schedule is looked at again that is not known here yet.
const NOT_KNOWN_YET: SignedDuration = SignedDuration::from_secs(5);

impl Desk<'_> {
    /// Tells somebody something that can wait, by the contact method that their rules name first for such; nobody where
    /// they have none.
    pub(crate) fn tell(&mut self, user: UserId, purpose: Purpose) {
        let Some(person) = self.directory.user(user) else { return };
        let ladder = person.ladder(Urgency::Low);
        let Some(contact) = ladder.first().and_then(|rung| person.contact(rung.contact)) else { return };
        self.deliveries.push(DeliveryRecord {
            id: DeliveryId::new(self.maker.id(self.now)),
            incident: None,
            service: None,
            severity: None,
            user,
            contact: contact.id,
            channel: contact.channel.clone(),
            purpose,
            class: Class::Low,
            delivery: delivery::new(self.now, false),
            created_at: self.now,
            changed_at: self.now,
            bundle: None,
            detail: None,
        });
    }

    /// Stores what was decided about a request for cover, and tells whoever is to be told. Says what goes into the
    /// audit log; the overrides are the caller's business.
    pub(crate) async fn put_cover(
        &mut self,
        tx: &mut Tx<'_>,
        mut record: CoverRecord,
        decision: cover::Decision,
    ) -> Result<(CoverRecord, Vec<AuditFact>)> {
        let cover = record.id;
        record.request = decision.next;
        record.version += 1;
        record.ended_at = (!record.request.is_open()).then_some(self.now);
        covers::put(tx, &record).await?;
        self.set_timer(Subject::Cover, cover.uuid(), record.request.next_due());
        for effect in decision.effects {
            match effect {
                Effect::Tell { user, word } => self.tell(user, Purpose::Cover { cover, word }),
                Effect::Replace { .. } => {}
            }
        }
        let (schedule, asker) = (record.request.schedule, record.request.asker);
        let facts = decision.facts.into_iter().map(|what| AuditFact::Cover { cover, schedule, asker, what });
        Ok((record, facts.collect()))
    }

    /// Wakes a request for cover of which something begins.
    pub(crate) async fn cover_due(&mut self, tx: &mut Tx<'_>, id: CoverId) -> Result<()> {
        audit::lock(tx).await?;
        if !self.is_current(tx).await? {
            return Ok(());
        }
        let Some(record) = covers::take(tx, id).await? else {
            self.set_timer(Subject::Cover, id.uuid(), None);
            return Ok(());
        };
        let decision = cover::step(self.now, self.directory, &record.request, cover::Input::Due);
        if decision.facts.is_empty() {
            // Its timer was wrong, and is set right.
            self.set_timer(Subject::Cover, id.uuid(), record.request.next_due());
            return Ok(());
        }
        let (_, facts) = self.put_cover(tx, record, decision).await?;
        audit::append(tx, self.now, Actor::System, facts).await
    }

    /// Wakes a schedule that changes hands.
    pub(crate) async fn handover_due(&mut self, tx: &mut Tx<'_>, id: ScheduleId) -> Result<()> {
        // Locked before it is asked whether the directory is the current one: whoever changes it moves the state as
        // well.
        let Some(state) = handovers::take(tx, id).await? else {
            self.set_timer(Subject::Handover, id.uuid(), None);
            return Ok(());
        };
        if !self.is_current(tx).await? {
            return Ok(());
        }
        if self.directory.schedule(id).is_none() {
            let next = self.now.checked_add(NOT_KNOWN_YET).ok();
            return self.put_handover(tx, id, &State { next, ..state }).await;
        }
        self.hand_over(tx, id, Some(state), handover::Input::Due).await
    }

    async fn hand_over(
        &mut self,
        tx: &mut Tx<'_>,
        id: ScheduleId,
        state: Option<State>,
        input: handover::Input,
    ) -> Result<()> {
        let Some(schedule) = self.directory.schedule(id) else { return Ok(()) };
        let decision = handover::step(self.now, self.directory, schedule, state.as_ref(), input);
        if let Some(handover) = decision.handover {
            for (user, part) in decision.tell {
                self.tell(user, Purpose::Handover { schedule: id, part, handover: handover.clone() });
            }
        }
        self.put_handover(tx, id, &decision.next).await
    }

    async fn put_handover(&mut self, tx: &mut Tx<'_>, id: ScheduleId, state: &State) -> Result<()> {
        handovers::put(tx, id, state).await?;
        self.set_timer(Subject::Handover, id.uuid(), state.next_due());
        Ok(())
    }

    /// Looks again at everything that a change of the configuration may concern: the open requests for cover, but one
    /// that is decided about already, and the handovers of the schedules. The desk's directory is the one after the
    /// change. Says what goes into the audit log.
    pub(crate) async fn reconsider(
        &mut self,
        tx: &mut Tx<'_>,
        changes: &[Change],
        decided: Option<CoverId>,
    ) -> Result<Vec<AuditFact>> {
        let mut facts = Vec::new();
        let concerned = |change: &Change| match change {
            Change::Put(Object::Schedule(_) | Object::User(_)) | Change::Remove(Kind::Schedule | Kind::User, _) => true,
            Change::Put(_) | Change::Remove(..) | Change::Organisation(_) => false,
        };
        if changes.iter().any(concerned) {
            for record in covers::open(tx).await? {
                if decided == Some(record.id) {
                    continue;
                }
                let decision = cover::step(self.now, self.directory, &record.request, cover::Input::Changed);
                if !decision.facts.is_empty() {
                    facts.extend(self.put_cover(tx, record, decision).await?.1);
                }
            }
        }
        for change in changes {
            match change {
                Change::Put(Object::Schedule(schedule)) => {
                    let state = handovers::take(tx, schedule.id).await?;
                    self.hand_over(tx, schedule.id, state, handover::Input::Changed).await?;
                }
                Change::Remove(Kind::Schedule, id) => {
                    handovers::remove(tx, ScheduleId::new(*id)).await?;
                    self.set_timer(Subject::Handover, *id, None);
                }
                Change::Put(_) | Change::Remove(..) | Change::Organisation(_) => {}
            }
        }
        Ok(facts)
    }

    /// Begins to follow the handovers of schedules of which nothing is known: those of a database that is older than
    /// handovers are.
    pub(crate) async fn follow_handovers(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        if !self.is_current(tx).await? {
            return Ok(());
        }
        let known = handovers::known(tx).await?;
        let schedules: Vec<ScheduleId> = self.directory.schedules().map(|schedule| schedule.id).collect();
        for id in schedules.into_iter().filter(|id| known.iter().all(|(known, _)| known != id)) {
            if handovers::take(tx, id).await?.is_none() {
                self.hand_over(tx, id, None, handover::Input::Changed).await?;
            }
        }
        Ok(())
    }

    /// Whether the desk's directory is the stored one. Where it is not, what depends on plans waits until it was read.
    async fn is_current(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let current = directory::version(tx).await? == self.directory.version;
        self.is_behind |= !current;
        Ok(current)
    }
}
