//! What being on call was like: hours, nights, weekends, pages and broken nights of each person over a period, how
//! fairly they were shared, and what is paid for them.
//!
//! A night is from 22:00 to 06:00 and a weekend from Saturday's first moment to Monday's, on the clocks of the person's
//! own zone; a holiday is a day of the holidays of their region. Time on call by several schedules at once counts once.
//! A night is broken when somebody was paged in it, however often.

mod pay;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;

pub use self::pay::{Currency, Rates, csv};
use crate::directory::{Directory, User};
use crate::id::UserId;
use crate::readiness::Period;
use crate::schedule::Schedule;
use crate::zone::Zone;

/// When nights begin and end, in hours of the day.
const NIGHT: (i8, i8) = (22, 6);
/// How much a page weighs beside the hours, and a broken night.
const PAGE_WEIGHS: SignedDuration = SignedDuration::from_hours(1);
const BROKEN_NIGHT_WEIGHS: SignedDuration = SignedDuration::from_hours(8);

/// Time on call by its kind, each moment in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Time {
    /// On weekdays, by day.
    pub day: SignedDuration,
    /// On weekdays, by night.
    pub night: SignedDuration,
    /// On weekends, by day.
    pub weekend: SignedDuration,
    /// On weekends, by night.
    pub weekend_night: SignedDuration,
    /// On holidays that are no weekend, by day.
    pub holiday: SignedDuration,
    /// On holidays that are no weekend, by night.
    pub holiday_night: SignedDuration,
    /// On holidays that are a weekend, by day.
    pub weekend_holiday: SignedDuration,
    /// On holidays that are a weekend, by night.
    pub weekend_holiday_night: SignedDuration,
}

/// What a part of the time on call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    night: bool,
    weekend: bool,
    holiday: bool,
}

impl Time {
    /// All of it.
    pub fn whole(&self) -> SignedDuration {
        self.by_kind().map(|(_, time)| time).iter().sum()
    }

    /// What of it lies in nights.
    pub fn nights(&self) -> SignedDuration {
        self.of_kinds(|kind| kind.night)
    }

    /// What of it lies in weekends.
    pub fn weekends(&self) -> SignedDuration {
        self.of_kinds(|kind| kind.weekend)
    }

    /// What of it lies in holidays.
    pub fn holidays(&self) -> SignedDuration {
        self.of_kinds(|kind| kind.holiday)
    }

    fn of_kinds(&self, counts: impl Fn(Kind) -> bool) -> SignedDuration {
        self.by_kind().iter().filter(|(kind, _)| counts(*kind)).map(|(_, time)| *time).sum()
    }

    /// Each part, with what it is.
    fn by_kind(&self) -> [(Kind, SignedDuration); 8] {
        let kind = |weekend, holiday, night| Kind { night, weekend, holiday };
        [
            (kind(false, false, false), self.day),
            (kind(false, false, true), self.night),
            (kind(true, false, false), self.weekend),
            (kind(true, false, true), self.weekend_night),
            (kind(false, true, false), self.holiday),
            (kind(false, true, true), self.holiday_night),
            (kind(true, true, false), self.weekend_holiday),
            (kind(true, true, true), self.weekend_holiday_night),
        ]
    }

    fn add(&mut self, weekend: bool, holiday: bool, by_day: SignedDuration, by_night: SignedDuration) {
        let (day, night) = match (weekend, holiday) {
            (false, false) => (&mut self.day, &mut self.night),
            (true, false) => (&mut self.weekend, &mut self.weekend_night),
            (false, true) => (&mut self.holiday, &mut self.holiday_night),
            (true, true) => (&mut self.weekend_holiday, &mut self.weekend_holiday_night),
        };
        *day += by_day;
        *night += by_night;
    }
}

/// What being on call was like for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Who.
    pub user: UserId,
    /// How long they were on call.
    pub time: Time,
    /// How often they were paged.
    pub pages: usize,
    /// In how many nights.
    pub broken_nights: usize,
}

impl Load {
    /// All of it as one length of time: hours on call, nights counted twice, weekends and holidays one and a half
    /// times, an hour for each page and eight for each broken night.
    pub fn weight(&self) -> SignedDuration {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let free = self.time.of_kinds(|kind| kind.weekend || kind.holiday);
        let extra = self.time.nights() + free / 2;
        let woken = BROKEN_NIGHT_WEIGHS * count(self.broken_nights) + PAGE_WEIGHS * count(self.pages);
        self.time.whole() + extra + woken
    }
}

/// How the load of a period is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The period.
    pub period: Period,
    /// Each person who takes turns or was on call, the heaviest load first.
    pub loads: Vec<Load>,
    /// How evenly it is shared, in per cent: 100 where all bear the same, and the less the more one bears alone (Jain's
    /// index of the weights). None where nobody bears anything.
    pub evenness: Option<u8>,
    /// What would even it out the most, where it is worth it.
    pub suggestion: Option<Suggestion>,
}

/// Somebody should take over from somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Who bears the most.
    pub from: UserId,
    /// Who bears the least.
    pub to: UserId,
    /// How much more the one bears than the other.
    pub more: SignedDuration,
}

/// A difference of so much of the heavier load is worth a suggestion: a quarter.
const WORTH_IT: i32 = 4;

/// The load of a period on those who are on call by these schedules. `pages` says when each person was paged.
pub fn report(
    directory: &Directory,
    schedules: &[&Schedule],
    period: Period,
    pages: &BTreeMap<UserId, Vec<Timestamp>>,
) -> Report {
    let mut on_call: BTreeMap<UserId, Vec<Period>> = BTreeMap::new();
    for schedule in schedules {
        for layer in schedule.layers.iter().filter(|layer| !layer.shadow) {
            for user in layer.participants.iter().flat_map(|crew| crew.people()) {
                on_call.entry(*user).or_default();
            }
        }
        for shift in schedule.shifts(period.starts, period.ends) {
            for user in shift.users() {
                on_call.entry(user).or_default().push(Period { starts: shift.starts, ends: shift.ends });
            }
        }
    }
    let load = |(user, times): (UserId, Vec<Period>)| {
        let user = directory.user(user)?;
        let paged = pages.get(&user.id).map_or(&[][..], Vec::as_slice);
        let load = of_person(directory.zone_of(user), user, &united(times), paged);
        (!user.suspended || load.time != Time::default()).then_some(load)
    };
    let mut loads: Vec<Load> = on_call.into_iter().filter_map(load).collect();
    loads.sort_by_key(|load| (std::cmp::Reverse(load.weight()), load.user));
    let stays = |load: &&Load| directory.user(load.user).is_some_and(|user| !user.suspended);
    let suggestion = loads.iter().find(stays).zip(loads.iter().rfind(stays)).and_then(|(most, least)| {
        let more = most.weight() - least.weight();
        let worth_it = more > most.weight() / WORTH_IT;
        worth_it.then_some(Suggestion { from: most.user, to: least.user, more })
    });
    Report { period, evenness: evenness(&loads), loads, suggestion }
}

/// The same times without what is there twice, in order.
fn united(mut times: Vec<Period>) -> Vec<Period> {
    times.sort();
    let mut all: Vec<Period> = Vec::new();
    for time in times {
        match all.last_mut() {
            Some(last) if time.starts <= last.ends => last.ends = last.ends.max(time.ends),
            Some(_) | None => all.push(time),
        }
    }
    all
}

fn of_person(zone: &Zone, user: &User, times: &[Period], pages: &[Timestamp]) -> Load {
    let (mut time, calendar) = (Time::default(), user.calendar());
    for period in times {
        let (mut date, last) = (zone.local(period.starts).date(), zone.local(period.ends).date());
        while date <= last {
            let holiday = calendar.is_some_and(|calendar| calendar.on(date).is_some());
            add_day(zone, (date, holiday), *period, &mut time);
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
    }
    let nights: BTreeSet<Date> = pages.iter().filter_map(|at| night_of(zone, *at)).collect();
    Load { user: user.id, time, pages: pages.len(), broken_nights: nights.len() }
}

/// Adds what of a period lies in a day, which may be a holiday.
fn add_day(zone: &Zone, (date, holiday): (Date, bool), period: Period, time: &mut Time) {
    let at = |date: Date, hour: i8| {
        let shown = date.at(hour, 0, 0, 0).to_zoned(zone.rules().clone());
        shown.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    };
    let midnight = date.tomorrow().map_or(Timestamp::MAX, |next| at(next, 0));
    let (begins, morning, evening) = (at(date, 0), at(date, NIGHT.1), at(date, NIGHT.0));
    let within = |starts: Timestamp, ends: Timestamp| {
        let common = period.common(Period { starts, ends });
        common.map_or(SignedDuration::ZERO, |common| common.ends.duration_since(common.starts))
    };
    let night = within(begins, morning) + within(evening, midnight);
    let day = within(morning, evening);
    time.add(matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday), holiday, day, night);
}

/// The date on which the night around a moment began; none by day.
fn night_of(zone: &Zone, at: Timestamp) -> Option<Date> {
    let shown = zone.local(at);
    match shown.hour() {
        hour if hour >= NIGHT.0 => Some(shown.date()),
        hour if hour < NIGHT.1 => shown.date().checked_sub(1.day()).ok(),
        _ => None,
    }
}

fn evenness(loads: &[Load]) -> Option<u8> {
    let hours: Vec<f64> = loads.iter().map(|load| load.weight().as_secs_f64() / 3_600.0).collect();
    let (sum, squares) = hours.iter().fold((0.0, 0.0), |(sum, squares), hours| (sum + hours, squares + hours * hours));
    (squares > 0.0).then(|| (100.0 * sum * sum / (hours.len() as f64 * squares)).round() as u8)
}
