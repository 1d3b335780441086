//! Which days a rule admits, and at which times of them.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::{Day, Frequency, Rule};

/// The days of a rule, with what it leaves to its start filled in.
#[derive(Debug, Clone)]
pub(super) struct Days<'a> {
    rule: &'a Rule,
    months: Vec<i16>,
    month_days: Vec<i16>,
    days: Vec<Day>,
}

impl<'a> Days<'a> {
    pub(super) fn of(rule: &'a Rule, start: DateTime) -> Self {
        let (mut months, mut month_days, mut days) = (rule.months.clone(), rule.month_days.clone(), rule.days.clone());
        if rule.weeks.is_empty() && rule.year_days.is_empty() && month_days.is_empty() && days.is_empty() {
            match rule.frequency {
                Frequency::Yearly => {
                    month_days.push(start.day().into());
                    if months.is_empty() {
                        months.push(start.month().into());
                    }
                }
                Frequency::Monthly => month_days.push(start.day().into()),
                Frequency::Weekly => days.push(Day { number: None, weekday: start.weekday() }),
                Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {}
            }
        }
        Self { rule, months, month_days, days }
    }

    /// Whether any of the days of a month can be admitted.
    pub(super) fn admits_month(&self, month: i8) -> bool {
        self.months.is_empty() || self.months.contains(&month.into())
    }

    pub(super) fn admits(&self, date: Date) -> bool {
        let counted = |wanted: &[i16], from_start: i16, length: i16| {
            wanted.is_empty() || wanted.contains(&from_start) || wanted.contains(&(from_start - length - 1))
        };
        self.admits_month(date.month())
            && counted(&self.month_days, date.day().into(), date.days_in_month().into())
            && counted(&self.rule.year_days, date.day_of_year(), date.days_in_year())
            && (self.days.is_empty() || self.days.iter().any(|day| self.is(date, *day)))
            && (self.rule.weeks.is_empty() || self.is_in_weeks(date))
    }

    fn is(&self, date: Date, day: Day) -> bool {
        if date.weekday() != day.weekday {
            return false;
        }
        let Some(number) = day.number else { return true };
        let by_month = self.rule.frequency == Frequency::Monthly || !self.rule.months.is_empty();
        let (place, length) = if by_month {
            (i16::from(date.day()) - 1, i16::from(date.days_in_month()))
        } else {
            (date.day_of_year() - 1, date.days_in_year())
        };
        number == place / 7 + 1 || number == -((length - 1 - place) / 7) - 1
    }

    /// Week 1 is the first one with at least four of its days in the year; days before it belong to the year before.
    fn is_in_weeks(&self, date: Date) -> bool {
        // Four of the days lie in the year in which the fourth one lies.
        let into_week = date.weekday().since(self.rule.week_start);
        let fourth = date.saturating_add(SignedDuration::from_hours(24 * (3 - i64::from(into_week))));
        let number = (fourth.day_of_year() - 1) / 7 + 1;
        let weeks = weeks_in_year(fourth, self.rule.week_start);
        self.rule.weeks.contains(&number) || self.rule.weeks.contains(&(number - weeks - 1))
    }

    /// The days of the week, where they are asked for without numbers.
    pub(super) fn plain_days(&self) -> Option<usize> {
        self.days.iter().all(|day| day.number.is_none()).then(|| {
            let mut days: Vec<i8> = self.days.iter().map(|day| day.weekday.to_monday_zero_offset()).collect();
            days.sort_unstable();
            days.dedup();
            days.len()
        })
    }

    pub(super) fn month_days(&self) -> &[i16] {
        &self.month_days
    }

    pub(super) fn days(&self) -> &[Day] {
        &self.days
    }

    pub(super) fn months(&self) -> &[i16] {
        &self.months
    }
}

/// How many weeks begin so that four of their days lie in the year of that date.
fn weeks_in_year(date: Date, week_start: Weekday) -> i16 {
    // The fourth days of its weeks are those of one weekday; it has 53 of them if its first or, in a leap year, its
    // second day is one.
    let fourth = week_start.wrapping_add(3);
    let first = date.first_of_year().weekday();
    let long = first == fourth || date.in_leap_year() && first.wrapping_add(1) == fourth;
    if long { 53 } else { 52 }
}

/// The times of a day, an hour or a minute at which a rule has occurrences.
#[derive(Debug, Clone)]
pub(super) struct Times {
    hours: Vec<i8>,
    minutes: Vec<i8>,
    seconds: Vec<i8>,
}

impl Times {
    pub(super) fn of(rule: &Rule, start: DateTime) -> Self {
        let or_start = |given: &[i16], start: i8, is_set: bool| match given {
            [] if is_set => vec![start],
            given => given.iter().map(|number| (*number).min(59) as i8).collect(),
        };
        let mut seconds = or_start(&rule.seconds, start.second(), rule.frequency < Frequency::Secondly);
        seconds.dedup();
        Self {
            hours: or_start(&rule.hours, start.hour(), rule.frequency < Frequency::Hourly),
            minutes: or_start(&rule.minutes, start.minute(), rule.frequency < Frequency::Minutely),
            seconds,
        }
    }

    /// All of a day, in order; for rules with periods of days and longer.
    pub(super) fn of_day(&self) -> Vec<Time> {
        self.hours.iter().flat_map(|hour| self.of_hour(*hour)).collect()
    }

    /// All of an hour; none in an hour that is not asked for.
    pub(super) fn of_hour(&self, hour: i8) -> Vec<Time> {
        if !self.admits_hour(hour) {
            return Vec::new();
        }
        self.minutes.iter().flat_map(|minute| self.of_minute(hour, *minute)).collect()
    }

    /// All of a minute.
    pub(super) fn of_minute(&self, hour: i8, minute: i8) -> Vec<Time> {
        if !self.admits_minute(hour, minute) {
            return Vec::new();
        }
        self.seconds.iter().filter_map(|second| Time::new(hour, minute, *second, 0).ok()).collect()
    }

    /// The second itself, if it is asked for.
    pub(super) fn of_second(&self, at: Time) -> Vec<Time> {
        let admits = self.seconds.is_empty() || self.seconds.contains(&at.second());
        if admits && self.admits_minute(at.hour(), at.minute()) { vec![at] } else { Vec::new() }
    }

    pub(super) fn admits_hour(&self, hour: i8) -> bool {
        self.hours.is_empty() || self.hours.contains(&hour)
    }

    pub(super) fn admits_minute(&self, hour: i8, minute: i8) -> bool {
        self.admits_hour(hour) && (self.minutes.is_empty() || self.minutes.contains(&minute))
    }
}
