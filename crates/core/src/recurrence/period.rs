//! The periods of a rule: which one a time lies in, and the occurrences of one by its number.

use jiff::civil::{Date, DateTime, Time, date};
use jiff::{SignedDuration, Span};

use super::filter::{Days, Times};
use super::{Frequency, Midnight, Rule};

/// A Monday; days are counted from it.
const EPOCH: Date = date(2001, 1, 1);

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// The occurrences of a rule from a start on: see [`Rule::from`].
#[derive(Debug, Clone)]
pub struct Occurrences<'a> {
    pub(super) rule: &'a Rule,
    pub(super) start: DateTime,
    /// Occurrences lie before this.
    pub(super) end: Option<DateTime>,
    pub(super) days: Days<'a>,
    pub(super) times: Times,
    /// The number of the unit in which the start lies.
    first_unit: i64,
}

impl<'a> Occurrences<'a> {
    pub(super) fn new(rule: &'a Rule, start: DateTime, end: Option<DateTime>) -> Self {
        // Rules know whole seconds.
        let start = start.with().subsec_nanosecond(0).build().unwrap_or(start);
        let (days, times) = (Days::of(rule, start), Times::of(rule, start));
        let first_unit = unit(rule, start);
        Self { rule, start, end, days, times, first_unit }
    }

    fn interval(&self) -> i64 {
        i64::from(self.rule.interval.max(1))
    }

    /// The period that has begun last at a time; a negative one before the start's.
    pub(super) fn period_at(&self, at: DateTime) -> i64 {
        (unit(self.rule, at) - self.first_unit).div_euclid(self.interval())
    }

    /// Where that period begins; none beyond the ends of the calendar.
    pub(super) fn beginning(&self, period: i64) -> Option<DateTime> {
        beginning(self.rule, self.first_unit + period.checked_mul(self.interval())?)
    }

    /// All occurrences of a period, in order: those before the start and after the end, too.
    pub(super) fn whole_period(&self, period: i64) -> Vec<DateTime> {
        let Some(begins) = self.beginning(period) else { return Vec::new() };
        let date = begins.date();
        let (days, times) = match self.rule.frequency {
            Frequency::Yearly => (self.days_of_year(date), self.times.of_day()),
            Frequency::Monthly => (self.admitted(date, date.days_in_month().into()), self.times.of_day()),
            Frequency::Weekly => (self.admitted(date, 7), self.times.of_day()),
            Frequency::Daily => (self.admitted(date, 1), self.times.of_day()),
            Frequency::Hourly => (self.admitted(date, 1), self.times.of_hour(begins.hour())),
            Frequency::Minutely => (self.admitted(date, 1), self.times.of_minute(begins.hour(), begins.minute())),
            Frequency::Secondly => (self.admitted(date, 1), self.times.of_second(begins.time())),
        };
        let count = (days.len() * times.len()) as i64;
        let nth = |place: i64| {
            let (day, time) = (place / times.len() as i64, place % times.len() as i64);
            days[day as usize].to_datetime(times[time as usize])
        };
        if self.rule.positions.is_empty() {
            return (0..count).map(nth).collect();
        }
        let places = self.rule.positions.iter().map(|position| match i64::from(*position) {
            from_end @ ..0 => count + from_end,
            from_start => from_start - 1,
        });
        let mut places: Vec<i64> = places.filter(|place| (0..count).contains(place)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(nth).collect()
    }

    /// The occurrences of a period from the start until the end.
    pub(super) fn period(&self, period: i64) -> Vec<DateTime> {
        let mut all = self.whole_period(period);
        all.retain(|at| self.start <= *at && self.end.is_none_or(|end| *at < end));
        all
    }

    fn days_of_year(&self, first: Date) -> Vec<Date> {
        let months = (1..=12).filter(|month| self.days.admits_month(*month));
        let firsts = months.filter_map(|month| Date::new(first.year(), month, 1).ok());
        firsts.flat_map(|first| self.admitted(first, first.days_in_month().into())).collect()
    }

    fn admitted(&self, first: Date, count: i64) -> Vec<Date> {
        (0..count).filter_map(|days| later(first, days)).filter(|date| self.days.admits(*date)).collect()
    }

    /// The next period after one that may have occurrences: days, hours and minutes that the rule does not admit are
    /// passed over in one step.
    pub(super) fn next(&self, period: i64) -> i64 {
        let target = self.beginning(period).and_then(|at| {
            let (_, after) = self.passed_over(at)?;
            after
        });
        let at_target = target.map(|target| {
            let units = unit(self.rule, target) - self.first_unit;
            units.div_euclid(self.interval()) + i64::from(units.rem_euclid(self.interval()) != 0)
        });
        at_target.map_or(period + 1, |target| target.max(period + 1))
    }

    /// Likewise, back.
    pub(super) fn previous(&self, period: i64) -> i64 {
        let target = self.beginning(period).and_then(|at| {
            let (before, _) = self.passed_over(at)?;
            Some((unit(self.rule, before) - 1 - self.first_unit).div_euclid(self.interval()))
        });
        target.map_or(period - 1, |target| target.min(period - 1))
    }

    /// The day, hour or minute around a time that has no occurrence because the rule does not admit it: where it begins
    /// and where it ends. None where the rule admits it, or its periods are that long themselves.
    fn passed_over(&self, at: DateTime) -> Option<(DateTime, Option<DateTime>)> {
        let frequency = self.rule.frequency;
        if frequency <= Frequency::Daily {
            return None;
        }
        let (begins, seconds) = if !self.days.admits(at.date()) {
            (at.date().at_midnight(), DAY)
        } else if frequency > Frequency::Hourly && !self.times.admits_hour(at.hour()) {
            (at.date().at(at.hour(), 0, 0, 0), HOUR)
        } else if frequency > Frequency::Minutely && !self.times.admits_minute(at.hour(), at.minute()) {
            (at.date().at(at.hour(), at.minute(), 0, 0), MINUTE)
        } else {
            return None;
        };
        Some((begins, begins.checked_add(SignedDuration::from_secs(seconds)).ok()))
    }
}

/// The number of the year, month, week, … in which a time lies.
fn unit(rule: &Rule, at: DateTime) -> i64 {
    let days = days_since_epoch(at.date());
    let seconds = || days * DAY + seconds_of_day(at.time());
    match rule.frequency {
        Frequency::Yearly => at.year().into(),
        Frequency::Monthly => i64::from(at.year()) * 12 + i64::from(at.month()) - 1,
        Frequency::Weekly => (days - week_shift(rule)).div_euclid(7),
        Frequency::Daily => days,
        Frequency::Hourly => seconds().div_euclid(HOUR),
        Frequency::Minutely => seconds().div_euclid(MINUTE),
        Frequency::Secondly => seconds(),
    }
}

/// Where the unit of that number begins.
fn beginning(rule: &Rule, unit: i64) -> Option<DateTime> {
    let day = |days: i64| later(EPOCH, days).map(Midnight::at_midnight);
    let seconds = |seconds: i64| {
        let time = SignedDuration::from_secs(seconds.rem_euclid(DAY));
        day(seconds.div_euclid(DAY))?.checked_add(time).ok()
    };
    match rule.frequency {
        Frequency::Yearly => Date::new(unit.try_into().ok()?, 1, 1).ok().map(Midnight::at_midnight),
        Frequency::Monthly => {
            let month = i8::try_from(unit.rem_euclid(12)).ok()? + 1;
            Date::new(unit.div_euclid(12).try_into().ok()?, month, 1).ok().map(Midnight::at_midnight)
        }
        Frequency::Weekly => day(unit.checked_mul(7)?.checked_add(week_shift(rule))?),
        Frequency::Daily => day(unit),
        Frequency::Hourly => seconds(unit.checked_mul(HOUR)?),
        Frequency::Minutely => seconds(unit.checked_mul(MINUTE)?),
        Frequency::Secondly => seconds(unit),
    }
}

/// By how many days weeks begin after Mondays.
fn week_shift(rule: &Rule) -> i64 {
    rule.week_start.to_monday_zero_offset().into()
}

fn days_since_epoch(date: Date) -> i64 {
    date.duration_since(EPOCH).as_hours() / 24
}

fn seconds_of_day(time: Time) -> i64 {
    i64::from(time.hour()) * HOUR + i64::from(time.minute()) * MINUTE + i64::from(time.second())
}

fn later(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}
