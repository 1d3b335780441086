//! What managers change while everything is going on.

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, Kind, Object, User};
use allclear_core::id::{ScheduleId, UserId};
use allclear_core::wait::Wait;

use super::play::{Coming, Sim};
use crate::house::Work;

/// What can be changed.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Leave,
    Rules,
    Contacts,
    Steps,
    Service,
    Cover,
    AddIntegration,
    RemoveIntegration,
}

const EDITS: [(u32, Edit); 8] = [
    (3, Edit::Leave),
    (3, Edit::Rules),
    (2, Edit::Contacts),
    (4, Edit::Steps),
    (4, Edit::Service),
    (3, Edit::Cover),
    (1, Edit::AddIntegration),
    (1, Edit::RemoveIntegration),
];

impl Sim {
    /// Somebody changes something.
    pub(super) fn edit(&mut self, works: &mut Vec<(usize, Work)>) {
        if let Some(every) = self.profile.edit_every {
            let after = self.chance.about(every);
            self.plan(after, Coming::Edit);
        }
        let (Some(slot), Some(edit)) = (self.somebody(), self.chance.weighed(&EDITS)) else { return };
        if matches!(edit, Edit::Cover) {
            return self.add_override(slot, works);
        }
        if let Some(change) = self.change(edit) {
            self.tally.edits += 1;
            self.log.line(self.now(), format_args!("edit {edit:?}"));
            works.push((slot, Work::Configure(Actor::System, vec![change])));
        }
    }

    /// Made on the schedule as it is when it is stored, so that it undoes nobody else's.
    fn add_override(&mut self, slot: usize, works: &mut Vec<(usize, Work)>) {
        let users: Vec<UserId> = self.directory.users().map(|user| user.id).collect();
        let schedules: Vec<ScheduleId> = self.directory.schedules().map(|schedule| schedule.id).collect();
        let Some(schedule) = self.chance.pick(&schedules).copied() else { return };
        let cover = self.inventor.cover(self.house.clock.peek(), &users);
        self.tally.edits += 1;
        works.push((slot, Work::Override(Actor::System, schedule, cover)));
    }

    fn one(&mut self, kind: Kind) -> Option<Object> {
        let all: Vec<Object> = self.directory.of_kind(kind).cloned().collect();
        self.chance.pick(&all).cloned()
    }

    fn change(&mut self, edit: Edit) -> Option<Change> {
        let users: Vec<UserId> = self.directory.users().map(|user| user.id).collect();
        let schedules: Vec<ScheduleId> = self.directory.schedules().map(|schedule| schedule.id).collect();
        let kind = match edit {
            Edit::Leave | Edit::Rules | Edit::Contacts => Kind::User,
            Edit::Steps => Kind::Policy,
            Edit::Service | Edit::AddIntegration => Kind::Service,
            Edit::Cover => Kind::Schedule,
            Edit::RemoveIntegration => Kind::Integration,
        };
        let changed: Object = match (self.one(kind)?, edit) {
            (Object::User(user), edit) => self.changed_person(&user, edit).into(),
            (Object::Policy(policy), _) => {
                let mut policy = (*policy).clone();
                policy.steps = self.inventor.steps(&users, &schedules);
                policy.repeats = self.chance.between(0, 2) as u32;
                policy.acknowledgement_timeout = self.chance.percent(40).then(|| Wait::minutes(20));
                policy.into()
            }
            (Object::Service(service), Edit::AddIntegration) => self.inventor.integration(service.id).into(),
            (Object::Service(service), _) => {
                let mut service = (*service).clone();
                service.grouping = self.inventor.grouping();
                service.stays_open = self.chance.percent(30);
                if self.chance.percent(20) {
                    service.policy = None;
                }
                service.into()
            }
            (Object::Integration(integration), _) => {
                return Some(Change::Remove(Kind::Integration, integration.id.uuid()));
            }
            (Object::Team(_) | Object::Schedule(_), _) => return None,
        };
        Some(Change::Put(changed))
    }

    fn changed_person(&mut self, user: &User, edit: Edit) -> User {
        let mut user = user.clone();
        if matches!(edit, Edit::Leave) {
            user.suspended = !user.suspended;
            return user;
        }
        if matches!(edit, Edit::Contacts) && !user.contacts.is_empty() {
            let place = self.chance.below(user.contacts.len());
            if self.chance.percent(50) {
                user.contacts.remove(place);
            } else {
                user.contacts[place].verified_at = Some(crate::company::LONG_AGO);
            }
        }
        user.high_urgency = self.inventor.rules(&user.contacts);
        user.low_urgency = self.inventor.rules(&user.contacts);
        user
    }
}
