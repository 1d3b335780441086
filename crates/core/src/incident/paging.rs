//! Paging people: each climbs the ladder of their own notification rules.

use std::collections::BTreeSet;

use super::step::Stepper;
use super::{Effect, Page, Refusal, Update};
use crate::directory::ChannelName;
use crate::fact::{Fact, PageReason, Unreachable};
use crate::id::UserId;
use crate::limits;
use crate::severity::Urgency;

impl Stepper<'_> {
    pub(super) fn is_reachable(&self, user: UserId) -> bool {
        self.unreachable_because(user).is_none()
    }

    fn unreachable_because(&self, user: UserId) -> Option<Unreachable> {
        let Some(person) = self.directory.user(user).filter(|person| !person.suspended) else {
            return Some(Unreachable::Gone);
        };
        if person.ladder(self.incident.urgency).is_empty() {
            return Some(Unreachable::NoContactMethod);
        }
        let full = self.incident.pages.len() >= limits::RESPONDERS && self.incident.page_of(user).is_none();
        full.then_some(Unreachable::TooMany)
    }

    pub(super) fn person_unreachable(&mut self, user: UserId) {
        if let Some(why) = self.unreachable_because(user) {
            self.record(Fact::PersonUnreachable { user, why });
        }
    }

    /// Starts a page, in the place of one to the same person that may be under way.
    pub(super) fn page(&mut self, user: UserId, why: PageReason) {
        if let Some(because) = self.unreachable_because(user) {
            return self.record(Fact::PersonUnreachable { user, why: because });
        }
        // Nobody is left after the admins: they are tried as if it were urgent.
        let urgency = match why {
            PageReason::LastResort => Urgency::High,
            PageReason::Step { .. } | PageReason::Unresolved { .. } | PageReason::Request { .. } => {
                self.incident.urgency
            }
        };
        let rungs = self.directory.user(user).map(|person| person.ladder(urgency)).unwrap_or_default();
        let page = self.incident.pages_made + 1;
        self.record(Fact::PersonPaged { page, user, why, rungs });
        self.try_due_rungs();
    }

    /// Tries every rung of every page whose time has come.
    pub(super) fn try_due_rungs(&mut self) {
        let now = self.now;
        let due = |page: &Page| page.next_at().is_some_and(|at| at <= now).then_some(page.number);
        while let Some(number) = self.incident.pages.iter().find_map(due) {
            self.try_next_rung(number);
        }
    }

    fn try_next_rung(&mut self, number: u32) {
        let Some(page) = self.incident.pages.iter().find(|page| page.number == number) else { return };
        let (user, rung, why) = (page.user, page.tried, page.why.clone());
        let Some(contact) = page.rungs.get(rung).map(|rung| rung.contact) else { return };
        if self.unreachable_because(user) == Some(Unreachable::Gone) {
            return self.person_unreachable(user);
        }
        self.record(Fact::ContactTried { page: number, rung, contact });
        self.effects.push(Effect::Page { page: number, rung, user, contact, why });
    }

    pub(super) fn request(&mut self, people: &[UserId]) -> Result<(), Refusal> {
        let known = people.iter().all(|user| self.directory.user(*user).is_some_and(|user| !user.suspended));
        if people.is_empty() || !known {
            return Err(Refusal::Unknown);
        }
        for user in people.iter().copied().collect::<BTreeSet<_>>() {
            self.page(user, PageReason::Request { by: self.actor.user() });
        }
        Ok(())
    }

    /// The next step is taken for those whom the escalation waits for. Whoever was asked for, was paged by an earlier
    /// step or is the last resort only ends their own page.
    pub(super) fn decline(&mut self, user: UserId) -> Result<(), Refusal> {
        if self.incident.page_of(user).is_none() {
            return Err(Refusal::NotPaged);
        }
        let awaited = self.waits_for_step() && self.incident.assigned.contains(&user);
        self.record(Fact::PageDeclined { user });
        self.effects.push(Effect::WithdrawPagesOf { user });
        if awaited {
            self.take_next_step();
        }
        Ok(())
    }

    /// A contact method failed: the person's next one is tried now, not at its time; and when everybody whom the
    /// escalation waits for is lost, its next step is taken now.
    pub(super) fn contact_failed(
        &mut self,
        page: u32,
        rung: usize,
        channel: ChannelName,
        reason: String,
    ) -> Result<(), Refusal> {
        let Some(under_way) = self.incident.pages.iter().find(|one| one.number == page && rung < one.tried) else {
            return Err(Refusal::PageOver);
        };
        if under_way.failed.contains(&rung) {
            return Err(Refusal::NoChange);
        }
        self.record(Fact::ContactFailed { page, rung, channel, reason });
        self.try_next_rung(page);
        if self.step_is_lost() {
            self.take_next_step();
        }
        Ok(())
    }

    /// Tells the people who were paged how it went on, except whoever did it: by the contact method that their rules
    /// name first for what can wait.
    pub(super) fn inform(&mut self, people: &[UserId], update: Update) {
        for user in people.iter().copied().filter(|user| Some(*user) != self.actor.user()) {
            let ladder = self.directory.user(user).map(|person| person.ladder(Urgency::Low)).unwrap_or_default();
            if let Some(rung) = ladder.first() {
                self.effects.push(Effect::Inform { user, contact: rung.contact, update });
            }
        }
    }
}
