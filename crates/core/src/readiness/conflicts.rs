//! People who are on call while they are not to be counted on.

use std::collections::BTreeMap;

use super::duties::Period;
use super::{Finding, Rule};
use crate::conflict::{Conflict, Reason, conflicts, proposal};
use crate::declaration::Subject;
use crate::directory::{Directory, Kind, Target, User};
use crate::id::{ScheduleId, UserId};
use crate::schedule::Schedule;

pub(super) fn check(directory: &Directory, range: Period, findings: &mut Vec<Finding>) {
    for schedule in directory.schedules() {
        let mut off: Vec<Conflict> = Vec::new();
        let mut holidays: BTreeMap<UserId, Vec<Conflict>> = BTreeMap::new();
        let mut twice: BTreeMap<(UserId, ScheduleId), Vec<Period>> = BTreeMap::new();
        for conflict in conflicts(directory, schedule, range) {
            match conflict.why {
                Reason::TimeOff(_) => off.push(conflict),
                Reason::Holiday(_) => holidays.entry(conflict.user).or_default().push(conflict),
                // Told once of each two schedules, and only where it matters: whoever does not answer one step of a
                // policy is paged again by the next.
                Reason::OnCallTwice(other) if schedule.id < other && share_a_policy(directory, schedule.id, other) => {
                    twice.entry((conflict.user, other)).or_default().push(conflict.period);
                }
                // Whoever has left is found by where they are named.
                Reason::OnCallTwice(_) | Reason::Left => {}
            }
        }
        findings.extend(off.iter().filter_map(|conflict| while_off(directory, schedule, conflict)));
        findings.extend(holidays.values().filter_map(|days| super::holidays::on_call(directory, schedule, days)));
        for ((user, other), periods) in twice {
            let people = directory.user(user).zip(directory.schedule(other));
            findings.extend(people.map(|(user, other)| on_call_twice(directory, schedule, user, other, &periods)));
        }
    }
}

fn share_a_policy(directory: &Directory, one: ScheduleId, other: ScheduleId) -> bool {
    directory.policies().any(|policy| {
        let pages_by = |schedule| policy.steps.iter().any(|step| step.targets.contains(&Target::Schedule(schedule)));
        pages_by(one) && pages_by(other)
    })
}

pub(super) fn subject(schedule: &Schedule) -> Subject {
    Subject::Object(Kind::Schedule, schedule.slug.clone())
}

fn while_off(directory: &Directory, schedule: &Schedule, conflict: &Conflict) -> Option<Finding> {
    let user = directory.user(conflict.user)?;
    let zone = &directory.organisation.time_zone;
    let message = format!("{} is on call during their time off, from {}", user.slug, conflict.period.shown_in(zone));
    let proposed = proposal(directory, schedule, conflict);
    let remedy = match proposed.and_then(|one| Some((directory.user(one.user)?, one.hours_lately))) {
        Some((stand_in, hours)) => format!(
            "add an override: {} is free then, and was on call for {hours} hours in the four weeks before",
            stand_in.slug
        ),
        None => "add an override, or ask them: nobody else on the schedule is free then".to_owned(),
    };
    let finding = Finding::new(Rule::OnCallWhileOff, subject(schedule), message, remedy);
    Some(finding.at("overrides").during(conflict.period))
}

fn on_call_twice(
    directory: &Directory,
    schedule: &Schedule,
    user: &User,
    other: &Schedule,
    periods: &[Period],
) -> Finding {
    let first =
        periods.iter().min().copied().unwrap_or(Period { starts: jiff::Timestamp::MIN, ends: jiff::Timestamp::MIN });
    let zone = &directory.organisation.time_zone;
    let more = match periods.len() {
        0 | 1 => String::new(),
        2 => ", and once more".to_owned(),
        count => format!(", and {} more times", count - 1),
    };
    let message = format!(
        "{} is on call by schedule {} at the same time, and one policy pages by both, from {}{more}",
        user.slug,
        other.slug,
        first.shown_in(zone)
    );
    let remedy = "put somebody else in their place in one of the two, or take one of them out of the policy";
    Finding::new(Rule::OnCallTwice, subject(schedule), message, remedy).during(first)
}
