//! What people do about the plans of on-call duty, and what must hold of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use allclear_core::actor::{Actor, Via};
use allclear_core::cover::{Asking, Audience, Input, Request};
use allclear_core::directory::Directory;
use allclear_core::handover::Part;
use allclear_core::id::{ScheduleId, UserId};
use allclear_core::invariant::{self, Violation};
use allclear_core::readiness::Period;
use allclear_store::deliveries::{DeliveryRecord, Purpose};
use jiff::{SignedDuration, Timestamp};

use super::play::{Coming, Sender, Sim};
use crate::check::{ACCEPTED_IS_IN_FORCE, HANDOVER_IS_TOLD_ONCE, violated};
use crate::house::Work;
use crate::read;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Sim {
    /// Somebody asks for cover, or answers.
    pub(super) fn plan_cover(&mut self, works: &mut Vec<(usize, Work)>) {
        if let Some(every) = self.profile.cover_every {
            let after = self.chance.about(every);
            self.plan(after, Coming::Cover);
        }
        let open = read::open_covers(&self.house.database);
        if open.is_empty() || self.chance.percent(45) {
            return self.ask_for_cover(works);
        }
        let Some(record) = self.chance.pick(&open).cloned() else { return };
        let people: Vec<UserId> = record.request.asked.iter().map(|asked| asked.user).collect();
        // Two who answer at once now and then, on one node or on two.
        for _ in 0..self.chance.between(1, 2) {
            let (Some(slot), Some(user)) = (self.somebody(), self.chance.pick(&people).copied()) else { return };
            let input = match self.chance.below(10) {
                0 => Input::Withdraw,
                1 | 2 => Input::Decline { user },
                3 | 4 => Input::Accept { user, part: self.part(&record.request) },
                _ => Input::Accept { user, part: None },
            };
            self.tally.acts += 1;
            self.log.line(self.now(), format_args!("{user} {input:?} {}", record.id));
            works.push((slot, Work::AnswerCover(record.id, Actor::User { user, via: Via::Link }, input)));
        }
    }

    /// A plan was changed, or not: the other nodes read the configuration soon.
    pub(super) fn planned(&mut self, sender: Sender, said: &str, directory: Arc<Directory>) {
        self.note(sender.slot, format_args!("cover: {said}"));
        if directory.version > self.directory.version {
            self.directory = directory;
            self.refresh_others(sender.slot);
        }
    }

    /// The first half of the first stretch that is asked for.
    fn part(&self, request: &Request) -> Option<Period> {
        let first = request.open.first()?;
        let half = first.starts + first.ends.duration_since(first.starts) / 2;
        Some(Period { starts: first.starts, ends: half })
    }

    fn ask_for_cover(&mut self, works: &mut Vec<(usize, Work)>) {
        let schedules: Vec<ScheduleId> = self.directory.schedules().map(|schedule| schedule.id).collect();
        let users: Vec<UserId> = self.directory.users().map(|user| user.id).collect();
        let (Some(slot), Some(schedule)) = (self.somebody(), self.chance.pick(&schedules).copied()) else { return };
        let range = self.range();
        let on_call =
            self.directory.schedule(schedule).map(|one| one.shifts(range.starts, range.ends)).unwrap_or_default();
        let on_call: Vec<UserId> = on_call.iter().flat_map(|shift| shift.users().collect::<Vec<_>>()).collect();
        let (Some(asker), Some(other)) = (self.chance.pick(&on_call).copied(), self.chance.pick(&users).copied())
        else {
            return;
        };
        let of = match self.chance.below(3) {
            0 => Audience::Participants,
            1 => Audience::People(vec![other]),
            _ => Audience::Swap { with: other, range: self.range() },
        };
        let asking = Asking { schedule, asker, range, of, note: String::new() };
        works.push((slot, Work::AskForCover(Actor::User { user: asker, via: Via::Web }, asking)));
    }

    /// Some hours within the next two days.
    fn range(&mut self) -> Period {
        let starts = self.now() + self.chance.span(MINUTE * 5, MINUTE * 2_000);
        Period { starts, ends: starts + self.chance.span(MINUTE * 30, MINUTE * 1_440) }
    }

    /// W-06 and W-07, when all has come to rest.
    pub(super) fn plans_hold(&self, deliveries: &[DeliveryRecord]) -> Vec<Violation> {
        let database = &self.house.database;
        let directory = read::directory(database);
        let mut found = Vec::new();
        for record in read::all_covers(database) {
            found.extend(
                in_force(&directory, &record.request).map(|detail| violated(ACCEPTED_IS_IN_FORCE, record.id, detail)),
            );
        }
        let mut told: BTreeMap<(ScheduleId, Timestamp, UserId, Part), u32> = BTreeMap::new();
        for record in deliveries {
            let Purpose::Handover { schedule, part, handover } = &record.purpose else { continue };
            let count = told.entry((*schedule, handover.at, record.user, *part)).or_default();
            *count += 1;
            let late = invariant::latest(handover.at, &self.outages.decisions) < record.created_at;
            if *count > 1 || late {
                let detail = format!("of {schedule} at {}: told {count} times, at {}", handover.at, record.created_at);
                found.push(violated(HANDOVER_IS_TOLD_ONCE, record.id, detail));
            }
        }
        found
    }
}

/// What of an accepted request is no override of its schedule.
fn in_force(directory: &Directory, request: &Request) -> Option<String> {
    let schedule = directory.schedule(request.schedule)?;
    let stands = |user: UserId, replaces: UserId, period: Period| {
        let found = schedule.overrides.iter().filter(|cover| {
            (cover.user, cover.replaces, cover.starts, cover.ends) == (user, Some(replaces), period.starts, period.ends)
        });
        found.count() == 1
    };
    let missing = request.covered.iter().find(|one| !stands(one.user, request.asker, one.period));
    if let Some(missing) = missing {
        return Some(format!("{missing:?} is no override, or several"));
    }
    let by = request.covered.first()?.user;
    let missing = request.in_return.iter().find(|period| !stands(request.asker, by, **period));
    missing.map(|period| format!("{period:?} in return is no override, or several"))
}
