//! Whom the steps of policies page over a range of time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::duties::{Duty, Period, duties};
use crate::directory::{Circumstances, Directory, Policy, Step, Target};
use crate::id::{ScheduleId, TeamId, UserId};
use crate::severity::{Severity, Urgency};

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

    fn duties(&self, schedule: ScheduleId) -> &[Duty] {
        self.schedules.get(&schedule).map_or(&[][..], Vec::as_slice)
    }

    /// Whom a target pages, without a hole from one end of the range to the other.
    fn stretches(&self, target: &Target) -> Vec<Duty> {
        match target {
            Target::User(user) => {
                vec![Duty {
                    period: self.range,
                    people: Some(*user).filter(|user| self.may_be_paged(*user)).into_iter().collect(),
                }]
            }
            Target::Schedule(schedule) => self.duties(*schedule).to_vec(),
            Target::NextOnCall(schedule) | Target::PreviousOnCall(schedule) | Target::EveryoneOf(schedule) => {
                self.asked_at(target, self.duties(*schedule).iter().map(|duty| duty.period.starts).collect())
            }
            Target::Team { team, .. } => self.asked_at(target, self.handoffs_of(*team)),
        }
    }

    /// Every moment at which anybody's duty for a team begins.
    fn handoffs_of(&self, team: TeamId) -> BTreeSet<Timestamp> {
        let schedules = self.directory.schedules().filter(|schedule| schedule.team == Some(team));
        schedules.flat_map(|schedule| self.duties(schedule.id)).map(|duty| duty.period.starts).collect()
    }

    /// Asks for the people behind a target at each of these moments: between them, they stay the same.
    fn asked_at(&self, target: &Target, mut moments: BTreeSet<Timestamp>) -> Vec<Duty> {
        moments.insert(self.range.starts);
        let ends: Vec<Timestamp> = moments.iter().copied().skip(1).chain([self.range.ends]).collect();
        let stretch = |(starts, ends)| {
            let people = self.directory.targeted(target, starts).into_iter().map(|one| one.user);
            Duty { period: Period { starts, ends }, people: people.collect() }
        };
        moments.into_iter().zip(ends).map(stretch).collect()
    }

    /// The times at which a target is nobody.
    fn gaps_of_target(&self, target: &Target) -> Vec<Period> {
        self.stretches(target).into_iter().filter(|duty| duty.people.is_empty()).map(|duty| duty.period).collect()
    }

    /// The times at which none of these targets is anybody, in order.
    pub(super) fn gaps_of_targets(&self, targets: &[Target]) -> Vec<Period> {
        all_of(self.range, targets.iter().map(|target| self.gaps_of_target(target)))
    }

    /// The times at which a step pages nobody, in order.
    pub(super) fn gaps(&self, step: &Step) -> Vec<Period> {
        self.gaps_of_targets(&step.targets)
    }

    /// The times at which none of the steps pages anybody, in order.
    pub(super) fn gaps_of_all(&self, steps: &[Step]) -> Vec<Period> {
        all_of(self.range, steps.iter().map(|step| self.gaps(step)))
    }

    /// The times at which none of the steps pages anybody about an alert without labels that is as bad as that, for
    /// their conditions.
    pub(super) fn gaps_for(&self, policy: &Policy, severity: Severity, urgency: Urgency) -> Vec<Period> {
        let gaps = policy.steps.iter().map(|step| {
            let closed = self.passed_over(policy, step, severity, urgency);
            any_of(closed.into_iter().chain(self.gaps(step)).collect())
        });
        all_of(self.range, gaps)
    }

    /// The times at which a step is passed over, each an hour of the clock at the most: conditions turn on edges that
    /// people write in whole minutes, and all of them are asked about.
    fn passed_over(&self, policy: &Policy, step: &Step, severity: Severity, urgency: Urgency) -> Vec<Period> {
        if step.only_if.is_none() {
            return Vec::new();
        }
        let zone = &self.directory.organisation.time_zone;
        let labels = BTreeMap::new();
        let edges = policy.edges(step, zone, (self.range.starts, self.range.ends));
        let starts: BTreeSet<Timestamp> = [self.range.starts].into_iter().chain(edges).collect();
        let ends: Vec<Timestamp> = starts.iter().copied().skip(1).chain([self.range.ends]).collect();
        let periods = starts.into_iter().zip(ends).map(|(starts, ends)| Period { starts, ends });
        let passed_over = |period: &Period| {
            let now = Circumstances { severity, urgency, labels: &labels, at: period.starts, zone };
            policy.passes_over(step, now).is_some()
        };
        periods.filter(passed_over).collect()
    }

    /// Everybody whom the steps page at any time.
    pub(super) fn people(&self, steps: &[Step]) -> BTreeSet<UserId> {
        steps.iter().flat_map(|step| &step.targets).flat_map(|target| self.people_behind(target)).collect()
    }

    /// Everybody behind a target at any time.
    pub(super) fn people_behind(&self, target: &Target) -> BTreeSet<UserId> {
        let people = self.stretches(target).into_iter().flat_map(|duty| duty.people);
        people.filter(|user| self.may_be_paged(*user)).collect()
    }

    /// For which part of the range a step pages each person: 1 for all of it.
    pub(super) fn shares(&self, step: &Step) -> BTreeMap<UserId, f64> {
        let whole = self.range.ends.duration_since(self.range.starts).as_secs_f64();
        let mut shares: BTreeMap<UserId, f64> = BTreeMap::new();
        for target in &step.targets {
            let mut by_target: BTreeMap<UserId, f64> = BTreeMap::new();
            for duty in self.stretches(target) {
                let part = duty.period.ends.duration_since(duty.period.starts).as_secs_f64() / whole;
                for user in duty.people {
                    *by_target.entry(user).or_default() += part;
                }
            }
            for (user, share) in by_target {
                let known = shares.entry(user).or_default();
                *known = known.max(share);
            }
        }
        shares
    }
}

/// What all lists of periods have in common. Each is in order and without overlap; so is the result.
fn all_of(range: Period, lists: impl Iterator<Item = Vec<Period>>) -> Vec<Period> {
    lists.fold(vec![range], |common, list| {
        let overlaps = |period: &Period| list.iter().filter_map(|other| period.common(*other)).collect::<Vec<_>>();
        common.iter().flat_map(overlaps).collect()
    })
}

/// All periods together, in order and without overlap.
fn any_of(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort();
    let mut joined: Vec<Period> = Vec::new();
    for period in periods {
        match joined.last_mut() {
            Some(last) if period.starts <= last.ends => last.ends = last.ends.max(period.ends),
            Some(_) | None => joined.push(period),
        }
    }
    joined
}
