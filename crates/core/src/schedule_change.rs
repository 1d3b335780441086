//! What an edit of a schedule changes: who gains which hours, who loses which, and which gaps open or close. Asked
//! before anything is saved, so that nobody finds out at 3 am.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::Serialize;

use crate::id::UserId;
use crate::readiness::Period;
use crate::schedule::Schedule;

/// What changes for one person. Each list is in order, without overlap, and each entry as long as it can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonChange {
    /// Who.
    pub user: UserId,
    /// When they would be on call and are not so far.
    pub gains: Vec<Period>,
    /// When they are on call so far and would not be.
    pub loses: Vec<Period>,
}

/// The difference of two schedules in a range.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// Everybody whose hours change, by identity.
    pub people: Vec<PersonChange>,
    /// When nobody would be on call, and somebody is so far.
    pub opened: Vec<Period>,
    /// When somebody would be on call, and nobody is so far.
    pub closed: Vec<Period>,
}

impl Changes {
    /// Nobody would notice.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.opened.is_empty() && self.closed.is_empty()
    }
}

/// The real time of some periods together.
pub fn total(periods: &[Period]) -> SignedDuration {
    periods
        .iter()
        .map(|period| period.ends.duration_since(period.starts))
        .fold(SignedDuration::ZERO, |sum, one| sum + one)
}

/// What changes in a range if `new` takes the place of `old`. Only who is on call counts: a turn that comes from
/// another layer, or by an override, is the same turn.
pub fn diff(old: &Schedule, new: &Schedule, range: Period) -> Changes {
    let (before, after) = (Answers::of(old, range), Answers::of(new, range));
    let users: BTreeSet<UserId> = before.people.keys().chain(after.people.keys()).copied().collect();
    let changed = users.into_iter().map(|user| {
        let (was, is) = (before.person(user), after.person(user));
        PersonChange { user, gains: without(is, was), loses: without(was, is) }
    });
    Changes {
        people: changed.filter(|change| !change.gains.is_empty() || !change.loses.is_empty()).collect(),
        opened: without(&after.gaps, &before.gaps),
        closed: without(&before.gaps, &after.gaps),
    }
}

/// When each person is on call in a range, and when nobody is.
struct Answers {
    people: BTreeMap<UserId, Vec<Period>>,
    gaps: Vec<Period>,
}

impl Answers {
    fn of(schedule: &Schedule, range: Period) -> Self {
        let mut people: BTreeMap<UserId, Vec<Period>> = BTreeMap::new();
        for shift in schedule.shifts(range.starts, range.ends) {
            // A crew that names somebody twice, or an override of somebody who is on call anyway, is one person.
            for user in shift.users().collect::<BTreeSet<_>>() {
                let periods = people.entry(user).or_default();
                match periods.last_mut().filter(|last| last.ends == shift.starts) {
                    Some(last) => last.ends = shift.ends,
                    None => periods.push(Period { starts: shift.starts, ends: shift.ends }),
                }
            }
        }
        let gaps = schedule.gaps(range.starts, range.ends).into_iter();
        Self { people, gaps: gaps.map(|gap| Period { starts: gap.starts, ends: gap.ends }).collect() }
    }

    fn person(&self, user: UserId) -> &[Period] {
        self.people.get(&user).map_or(&[], Vec::as_slice)
    }
}

/// What is in some periods and not in others; both are in order and without overlap.
fn without(periods: &[Period], taken: &[Period]) -> Vec<Period> {
    let mut left = Vec::new();
    let mut first = 0;
    for period in periods {
        let mut starts = period.starts;
        while taken.get(first).is_some_and(|one| one.ends <= starts) {
            first += 1;
        }
        for one in taken[first..].iter().take_while(|one| one.starts < period.ends) {
            if starts < one.starts {
                left.push(Period { starts, ends: one.starts });
            }
            starts = starts.max(one.ends);
        }
        if starts < period.ends {
            left.push(Period { starts, ends: period.ends });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::id::{OverrideId, ScheduleId};
    use crate::schedule::{Layer, Override, Restriction, Turn};

    const RANGE: (&str, &str) = ("2026-10-19T00:00:00Z", "2026-11-16T00:00:00Z");

    fn user(number: u128) -> UserId {
        UserId::new(Uuid::from_u128(number))
    }

    fn period((starts, ends): (&str, &str)) -> Period {
        Period { starts: starts.parse().unwrap(), ends: ends.parse().unwrap() }
    }

    fn layer(people: &[u128]) -> Layer {
        Layer {
            name: "weeks".into(),
            time_zone: None,
            start: date(2026, 10, 5).at(9, 0, 0, 0),
            end: None,
            turn: Turn::Weeks(1),
            participants: people.iter().map(|number| user(*number).into()).collect(),
            restrictions: Vec::new(),
            holidays: None,
            shadow: false,
        }
    }

    fn schedule(layers: Vec<Layer>, overrides: Vec<Override>) -> Schedule {
        Schedule {
            id: ScheduleId::new(Uuid::nil()),
            slug: "primary".into(),
            name: "Primary".into(),
            team: None,
            time_zone: "Europe/Berlin".parse().unwrap(),
            layers,
            overrides,
        }
    }

    fn cover(number: u128, times: (&str, &str)) -> Override {
        let Period { starts, ends } = period(times);
        Override { id: OverrideId::new(Uuid::nil()), user: user(number), replaces: None, starts, ends }
    }

    /// `2 gains 2026-11-01T00:00:00Z..2026-11-01T06:00:00Z`, a line for each period, gaps last.
    fn told(changes: &Changes) -> Vec<String> {
        let mut lines = Vec::new();
        let mut tell = |what: String, periods: &[Period]| {
            lines.extend(periods.iter().map(|one| format!("{what} {}..{}", one.starts, one.ends)));
        };
        for person in &changes.people {
            let number = person.user.uuid().as_u128();
            tell(format!("{number} gains"), &person.gains);
            tell(format!("{number} loses"), &person.loses);
        }
        tell("opened".into(), &changes.opened);
        tell("closed".into(), &changes.closed);
        lines
    }

    #[test]
    fn an_override_moves_hours_from_one_to_another() {
        let old = schedule(vec![layer(&[1, 2])], vec![]);
        // Over the handoff of Monday 26 October at 09:00 in Berlin, which is 08:00 UTC since the night before.
        let new = schedule(vec![layer(&[1, 2])], vec![cover(3, ("2026-10-26T06:00:00Z", "2026-10-26T10:00:00Z"))]);
        let expected = [
            "1 loses 2026-10-26T06:00:00Z..2026-10-26T08:00:00Z",
            "2 loses 2026-10-26T08:00:00Z..2026-10-26T10:00:00Z",
            "3 gains 2026-10-26T06:00:00Z..2026-10-26T10:00:00Z",
        ];
        assert_eq!(told(&diff(&old, &new, period(RANGE))), expected);
    }

    #[test]
    fn a_restriction_opens_gaps_and_the_way_back_closes_them() {
        let nights =
            vec![Restriction::Daily { from: jiff::civil::time(6, 0, 0, 0), until: jiff::civil::time(2, 0, 0, 0) }];
        let old = schedule(vec![layer(&[1])], vec![]);
        let new = schedule(vec![Layer { restrictions: nights, ..layer(&[1]) }], vec![]);
        let range = period(("2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z"));
        // 02:00 to 06:00 in Berlin: four hours from 00:00 UTC, and on the night on which 02:00 comes twice, from the
        // first of the two on: five.
        let gaps = ["2026-10-24T00:00:00Z..2026-10-24T04:00:00Z", "2026-10-25T00:00:00Z..2026-10-25T05:00:00Z"];
        let lines = |who: &str, gap: &str| {
            let all = gaps.iter().map(|at| format!("{who} {at}")).chain(gaps.iter().map(|at| format!("{gap} {at}")));
            all.collect::<Vec<_>>()
        };
        assert_eq!(told(&diff(&old, &new, range)), lines("1 loses", "opened"));
        assert_eq!(told(&diff(&new, &old, range)), lines("1 gains", "closed"));
        assert_eq!(total(&diff(&old, &new, range).opened), SignedDuration::from_hours(9));
    }

    #[test]
    fn the_same_people_for_other_reasons_are_no_change() {
        let old = schedule(vec![layer(&[1])], vec![]);
        let twice =
            schedule(vec![layer(&[2]), layer(&[1])], vec![cover(1, ("2026-10-20T00:00:00Z", "2026-10-21T00:00:00Z"))]);
        assert!(diff(&old, &twice, period(RANGE)).is_empty());
        assert!(diff(&old, &old, period(RANGE)).is_empty());
        let learning = schedule(vec![layer(&[1]), Layer { shadow: true, ..layer(&[2]) }], vec![]);
        assert!(diff(&old, &learning, period(RANGE)).is_empty(), "who learns is not on call");
    }

    #[test]
    fn at_every_moment_the_difference_is_what_the_two_schedules_say() {
        let busy = [cover(4, ("2026-10-22T03:00:00Z", "2026-10-29T03:00:00Z")), cover(2, RANGE)];
        let [nights, weekend] = [
            Restriction::Daily { from: jiff::civil::time(20, 0, 0, 0), until: jiff::civil::time(8, 30, 0, 0) },
            Restriction::Daily { from: jiff::civil::time(0, 0, 0, 0), until: jiff::civil::time(12, 0, 0, 0) },
        ];
        let all = [
            schedule(vec![], vec![]),
            schedule(vec![layer(&[1, 2, 3])], vec![]),
            schedule(vec![layer(&[3, 1]), Layer { restrictions: vec![nights], ..layer(&[2, 4]) }], busy[..1].to_vec()),
            schedule(vec![Layer { turn: Turn::Days(1), restrictions: vec![weekend], ..layer(&[4, 3, 2]) }], vec![]),
            schedule(vec![layer(&[1])], busy.to_vec()),
        ];
        let range = period(RANGE);
        for (old, new) in all.iter().flat_map(|old| all.iter().map(move |new| (old, new))) {
            let changes = diff(old, new, range);
            let mut at = range.starts;
            while at < range.ends {
                let (was, is) = (old.on_call(at), new.on_call(at));
                let within = |periods: &[Period]| periods.iter().any(|one| one.starts <= at && at < one.ends);
                for number in 1..=4 {
                    let person = changes.people.iter().find(|change| change.user == user(number));
                    let seen = person.map_or((false, false), |one| (within(&one.gains), within(&one.loses)));
                    let (had, has) = (was.contains(&user(number)), is.contains(&user(number)));
                    assert_eq!(seen, (has && !had, had && !has), "{number} at {at}");
                }
                let gaps = (within(&changes.opened), within(&changes.closed));
                assert_eq!(gaps, (is.is_empty() && !was.is_empty(), was.is_empty() && !is.is_empty()), "{at}");
                at = Timestamp::from_second(at.as_second() + 1_800).unwrap();
            }
        }
    }
}
