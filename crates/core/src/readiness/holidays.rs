//! Holidays on which nobody is on call, or somebody who should not have to be.

use super::conflicts::subject;
use super::duties::Period;
use super::{Finding, Rule};
use crate::conflict::{Conflict, Reason, proposal};
use crate::directory::{Directory, Target};
use crate::holiday::Calendar;
use crate::schedule::{Gap, OnHolidays, Schedule};

/// Looks for gaps that are there only because layers leave holidays out, in schedules by which a policy pages.
pub(super) fn check(directory: &Directory, range: Period, findings: &mut Vec<Finding>) {
    for schedule in directory.schedules().filter(|schedule| pages(directory, schedule)) {
        let leaves_out = |when: Option<OnHolidays>| when == Some(OnHolidays::Except);
        let mut every_day = Schedule::clone(schedule);
        let mut calendars: Vec<&'static Calendar> = Vec::new();
        for layer in every_day.layers.iter_mut().filter(|layer| !layer.shadow) {
            if let Some(days) = layer.holidays.take_if(|days| leaves_out(Some(days.when))) {
                calendars.extend(days.of.holidays());
            }
        }
        if every_day == **schedule {
            continue;
        }
        let otherwise = every_day.shifts(range.starts, range.ends);
        let lost = |gap: &Gap| {
            let gap = Period { starts: gap.starts, ends: gap.ends };
            let shifts = otherwise.iter().map(|shift| Period { starts: shift.starts, ends: shift.ends });
            shifts.filter_map(move |shift| gap.common(shift)).collect::<Vec<_>>()
        };
        let lost: Vec<Period> = schedule.gaps(range.starts, range.ends).iter().flat_map(lost).collect();
        findings.extend(uncovered(schedule, &calendars, &lost));
    }
}

/// Whether any policy pages by a schedule, or by its team.
fn pages(directory: &Directory, schedule: &Schedule) -> bool {
    let pages_by = |target: &Target| match target {
        Target::Schedule(id) | Target::NextOnCall(id) | Target::PreviousOnCall(id) | Target::EveryoneOf(id) => {
            *id == schedule.id
        }
        Target::Team { team, .. } => schedule.team == Some(*team),
        Target::User(_) => false,
    };
    directory.policies().any(|policy| policy.steps.iter().flat_map(|step| &step.targets).any(pages_by))
}

fn uncovered(schedule: &Schedule, calendars: &[&'static Calendar], lost: &[Period]) -> Option<Finding> {
    let first = *lost.first()?;
    let zone = &schedule.time_zone;
    let (from, until) = (zone.local(first.starts).date(), zone.local(first.ends).date());
    let named = calendars.iter().find_map(|calendar| calendar.between(from, until).next());
    let day = named.map_or(String::new(), |(_, name)| format!(" ({name})"));
    let more = match lost.len() {
        0 | 1 => String::new(),
        2 => ", and once more".to_owned(),
        count => format!(", and {} more times", count - 1),
    };
    let message =
        format!("nobody is on call because a layer leaves holidays out{day}, from {}{more}", first.shown_in(zone));
    let remedy = "add a layer with `holidays: {of: …, when: only}` whose people have agreed, or an override";
    Some(Finding::new(Rule::HolidayUncovered, subject(schedule), message, remedy).at("layers").during(first))
}

/// Somebody is on call on holidays of theirs, and for one of them a colleague has no holiday: told once of each person.
pub(super) fn on_call(directory: &Directory, schedule: &Schedule, days: &[Conflict]) -> Option<Finding> {
    let (conflict, stand_in) = days.iter().find_map(|day| {
        let proposed = proposal(directory, schedule, day)?;
        Some((day, directory.user(proposed.user)?))
    })?;
    let user = directory.user(conflict.user)?;
    let Reason::Holiday(name) = &conflict.why else { return None };
    let zone = &directory.organisation.time_zone;
    let message =
        format!("{} is on call on their holiday ({name}), from {}", user.slug, conflict.period.shown_in(zone));
    let remedy = format!(
        "add an override: {0} has no holiday then and is free; if {1} agrees to work, add one that names {1}",
        stand_in.slug, user.slug
    );
    Some(
        Finding::new(Rule::OnCallOnHoliday, subject(schedule), message, remedy).at("overrides").during(conflict.period),
    )
}
