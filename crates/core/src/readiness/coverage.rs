//! Whom the steps of policies page over a range of time.

use std::collections::{BTreeMap, BTreeSet};

use super::duties::{Duty, Period, duties};
use crate::directory::{Directory, Step, Target};
use crate::id::{ScheduleId, UserId};

/// Who is on call by every schedule over the range.
pub(super) struct Coverage<'a> {
    directory: &'a Directory,
    pub(super) range: Period,
    schedules: BTreeMap<ScheduleId, Vec<Duty>>,
}

impl<'a> Coverage<'a> {
    pub(super) fn of(directory: &'a Directory, range: Period) -> Self {
        let schedules = directory.schedules().map(|schedule| (schedule.id, duties(directory, schedule, range)));
        Self { directory, range, schedules: schedules.collect() }
    }

    fn may_be_paged(&self, user: UserId) -> bool {
        self.directory.user(user).is_some_and(|user| !user.suspended)
    }

    /// The times at which a target is nobody.
    fn gaps_of_target(&self, target: Target) -> Vec<Period> {
        match target {
            Target::User(user) if self.may_be_paged(user) => Vec::new(),
            Target::User(_) => vec![self.range],
            Target::Schedule(schedule) => {
                let duties = self.schedules.get(&schedule).map_or(&[][..], Vec::as_slice);
                duties.iter().filter(|duty| duty.people.is_empty()).map(|duty| duty.period).collect()
            }
        }
    }

    /// The times at which a step pages nobody, in order.
    pub(super) fn gaps(&self, step: &Step) -> Vec<Period> {
        all_of(self.range, step.targets.iter().map(|target| self.gaps_of_target(*target)))
    }

    /// The times at which none of the steps pages anybody, in order.
    pub(super) fn gaps_of_all(&self, steps: &[Step]) -> Vec<Period> {
        all_of(self.range, steps.iter().map(|step| self.gaps(step)))
    }

    /// Everybody whom the steps page at any time.
    pub(super) fn people(&self, steps: &[Step]) -> BTreeSet<UserId> {
        let targets = steps.iter().flat_map(|step| &step.targets);
        let people = targets.flat_map(|target| match target {
            Target::User(user) => vec![*user],
            Target::Schedule(schedule) => {
                self.schedules.get(schedule).into_iter().flatten().flat_map(|duty| duty.people.clone()).collect()
            }
        });
        people.filter(|user| self.may_be_paged(*user)).collect()
    }
}

/// What all lists of periods have in common. Each is in order and without overlap; so is the result.
fn all_of(range: Period, lists: impl Iterator<Item = Vec<Period>>) -> Vec<Period> {
    lists.fold(vec![range], |common, list| {
        let overlaps = |period: &Period| list.iter().filter_map(|other| period.common(*other)).collect::<Vec<_>>();
        common.iter().flat_map(overlaps).collect()
    })
}
