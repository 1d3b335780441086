//! What people do: to what they receive, and of their own accord.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use allclear_core::actor::{Actor, Via};
use allclear_core::id::{DeliveryId, IncidentId, UserId};
use allclear_core::incident::{Assignment, Input};
use allclear_core::severity::Severity;
use allclear_engine::Declaration;
use allclear_store::deliveries::{DeliveryRecord, Purpose};
use allclear_store::incidents::IncidentRecord;
use jiff::SignedDuration;

use super::play::{Coming, Sim};
use crate::house::Work;
use crate::read;

/// What somebody is about to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent {
    user: UserId,
    incident: IncidentId,
    deed: Deed,
}

/// What can be done to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Acknowledge,
    Resolve,
    Reopen,
    Decline,
    Snooze,
    GiveAway,
    Escalate,
    ApplyPolicy,
    Ask,
    Note,
    Rate,
    Rename,
    Merge,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What people do when they are paged.
const REACTIONS: [(u32, Deed); 8] = [
    (60, Deed::Acknowledge),
    (8, Deed::Decline),
    (8, Deed::Resolve),
    (5, Deed::Escalate),
    (5, Deed::Snooze),
    (5, Deed::GiveAway),
    (5, Deed::Ask),
    (4, Deed::Note),
];

/// What people do by themselves.
const WHIMS: [(u32, Deed); 12] = [
    (20, Deed::Acknowledge),
    (15, Deed::Resolve),
    (10, Deed::Reopen),
    (8, Deed::Rate),
    (4, Deed::Rename),
    (8, Deed::Note),
    (8, Deed::Merge),
    (8, Deed::Ask),
    (7, Deed::GiveAway),
    (7, Deed::Snooze),
    (5, Deed::Escalate),
    (8, Deed::ApplyPolicy),
];

impl Sim {
    /// A delivery as it was when it was first seen: whom it is for and what it is about never changes.
    pub(super) fn letter(&mut self, id: DeliveryId) -> Option<Arc<DeliveryRecord>> {
        if let Entry::Vacant(unseen) = self.letters.entry(id) {
            unseen.insert(Arc::new(read::delivery(&self.house.database, id)?));
        }
        self.letters.get(&id).cloned()
    }

    /// Somebody has received a message, and does something about it after a while, or not.
    pub(super) fn react(&mut self, record: &DeliveryRecord) {
        if !self.chance.percent(self.profile.attention) {
            return;
        }
        let incident = match record.purpose {
            Purpose::Page { .. } => record.incident,
            Purpose::Bundle { .. } => self.any_open().map(|open| open.id),
            Purpose::Inform { .. }
            | Purpose::Verify { .. }
            | Purpose::Test
            | Purpose::Cover { .. }
            | Purpose::Handover { .. } => None,
        };
        let (Some(incident), Some(deed)) = (incident, self.chance.weighed(&REACTIONS)) else { return };
        let after = self.chance.span(SignedDuration::from_secs(3), MINUTE * 15);
        self.plan(after, Coming::Act(Intent { user: record.user, incident, deed }));
        if deed == Deed::Acknowledge && self.chance.percent(70) {
            let after = after + self.chance.span(MINUTE, MINUTE * 150);
            self.plan(after, Coming::Act(Intent { user: record.user, incident, deed: Deed::Resolve }));
        }
    }

    fn any_open(&mut self) -> Option<IncidentRecord> {
        let open = read::incidents(&self.house.database, true);
        self.chance.pick(&open).cloned()
    }

    fn anybody(&mut self) -> Option<UserId> {
        let users: Vec<UserId> = self.directory.users().map(|user| user.id).collect();
        self.chance.pick(&users).copied()
    }

    /// Somebody looks at the incidents and does something.
    pub(super) fn wander(&mut self, works: &mut Vec<(usize, Work)>) {
        if let Some(every) = self.profile.wander_every {
            let after = self.chance.about(every);
            self.plan(after, Coming::Wander);
        }
        let Some(user) = self.anybody() else { return };
        if self.chance.percent(10) {
            return self.declare(user, works);
        }
        let Some(deed) = self.chance.weighed(&WHIMS) else { return };
        let incident = if deed == Deed::Reopen {
            let all = read::latest_incidents(&self.house.database, 20);
            self.chance.pick(&all).cloned()
        } else {
            self.any_open()
        };
        if let Some(incident) = incident {
            self.act(Intent { user, incident: incident.id, deed }, works);
        }
    }

    fn declare(&mut self, user: UserId, works: &mut Vec<(usize, Work)>) {
        let services: Vec<_> = self.directory.services().map(|service| service.id).collect();
        let (Some(service), Some(slot)) = (self.chance.pick(&services).copied(), self.somebody()) else { return };
        let severity = *self.chance.pick(&Severity::ALL).unwrap_or(&Severity::Sev2);
        let description = self.chance.percent(50).then(|| "Customers call.".to_owned());
        let declaration = Declaration { service, title: "Customers call".to_owned(), severity, description };
        self.tally.acts += 1;
        works.push((slot, Work::Declare(Actor::User { user, via: Via::Web }, declaration)));
    }

    pub(super) fn act(&mut self, intent: Intent, works: &mut Vec<(usize, Work)>) {
        let Some(slot) = self.somebody() else {
            return self.plan(SignedDuration::from_secs(5), Coming::Act(intent));
        };
        let Intent { user, incident, deed } = intent;
        let actor = Actor::User { user, via: if self.chance.percent(50) { Via::Link } else { Via::Web } };
        let Some(work) = self.deed(deed, user, incident, actor) else { return };
        self.tally.acts += 1;
        self.log.line(self.now(), format_args!("{user} {deed:?} {incident}"));
        works.push((slot, work));
    }

    fn deed(&mut self, deed: Deed, user: UserId, incident: IncidentId, actor: Actor) -> Option<Work> {
        let input = match deed {
            Deed::Acknowledge => Input::Acknowledge,
            Deed::Resolve => Input::Resolve,
            Deed::Reopen => Input::Reopen,
            Deed::Decline => Input::Decline { user },
            Deed::Snooze => {
                let until = self.now() + self.chance.span(MINUTE, MINUTE * 240);
                Input::Snooze { until }
            }
            Deed::GiveAway => {
                let policies: Vec<_> = self.directory.policies().map(|policy| policy.id).collect();
                match self.chance.pick(&policies).copied().filter(|_| self.chance.clone().percent(40)) {
                    Some(policy) => Input::Reassign(Assignment::Policy(policy)),
                    None => Input::Reassign(Assignment::People(vec![self.anybody()?])),
                }
            }
            Deed::Escalate => {
                let step = self.chance.percent(30).then(|| self.chance.below(4));
                Input::Escalate { step }
            }
            Deed::ApplyPolicy => Input::ReplacePolicy,
            Deed::Ask => Input::Request { people: vec![self.anybody()?] },
            Deed::Note => Input::Note { text: "A note".to_owned() },
            Deed::Rate => Input::SetSeverity(*self.chance.pick(&Severity::ALL)?),
            Deed::Rename => Input::SetTitle(format!("Title {}", self.chance.below(100))),
            Deed::Merge => {
                let target = self.any_open()?.id;
                return Some(Work::Merge(incident, target, actor));
            }
        };
        Some(Work::Act(incident, actor, input))
    }

    /// Somebody resolves every incident that is open, within half an hour.
    pub(super) fn everybody_resolves(&mut self) {
        self.cancel(|coming| matches!(coming, Coming::Act(_)));
        for open in read::incidents(&self.house.database, true) {
            let Some(user) = self.anybody() else { continue };
            let after = self.chance.span(SignedDuration::ZERO, MINUTE * 30);
            self.plan(after, Coming::Act(Intent { user, incident: open.id, deed: Deed::Resolve }));
        }
    }
}
