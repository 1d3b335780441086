//! How many occurrences there were before a time.

use jiff::civil::DateTime;

use super::Frequency;
use super::period::Occurrences;

impl Occurrences<'_> {
    /// Whether it is an occurrence.
    pub fn contains(&self, at: DateTime) -> bool {
        self.since(at).next() == Some(at)
    }

    /// How many occurrences lie before a time: the number of the first one at it or after it, from 0.
    pub fn before(&self, at: DateTime) -> u64 {
        let at = self.end.map_or(at, |end| at.min(end));
        if at <= self.start {
            return 0;
        }
        let last = self.period_at(at);
        let within = self.whole_period(last).into_iter().filter(|one| self.start <= *one && *one < at).count() as u64;
        if last == 0 { within } else { self.in_periods(last) + within }
    }

    /// How many lie in the periods before that one.
    fn in_periods(&self, period: i64) -> u64 {
        let first = self.whole_period(0).into_iter().filter(|one| self.start <= *one).count() as u64;
        let rest = period - 1;
        first
            + match self.cycle() {
                Some(cycle) if cycle <= rest => {
                    let (times, rest) = ((rest / cycle) as u64, rest % cycle);
                    times * self.sum(cycle) + self.sum(rest)
                }
                Some(_) | None => self.sum(rest),
            }
    }

    /// How many lie in so many periods after the first one.
    fn sum(&self, periods: i64) -> u64 {
        let (mut sum, mut period) = (0, 1);
        while period <= periods {
            sum += self.whole_period(period).len() as u64;
            period = self.next(period);
        }
        sum
    }

    /// After how many periods their counts repeat; none where that is not plain to see.
    fn cycle(&self) -> Option<i64> {
        let rule = self.rule;
        let by_calendar = [&rule.weeks, &rule.year_days].iter().any(|list| !list.is_empty());
        if by_calendar {
            return None;
        }
        let interval = i64::from(rule.interval.max(1));
        let seconds = match rule.frequency {
            Frequency::Yearly => return (self.is_even() && !self.days.months().is_empty()).then_some(1),
            Frequency::Monthly if self.days.months().is_empty() => return self.is_even().then_some(1),
            Frequency::Monthly => return self.is_even().then_some(12 / greatest_common_divisor(interval, 12)),
            Frequency::Weekly => 7 * 86_400,
            Frequency::Daily => 86_400,
            Frequency::Hourly => 3_600,
            Frequency::Minutely => 60,
            Frequency::Secondly => 1,
        };
        let by_months = !self.days.months().is_empty() || !self.days.month_days().is_empty();
        (!by_months).then(|| self.cycle_of(seconds, interval))
    }

    /// The cycle of periods of so many seconds each, `interval` of them from one to the next: they repeat with the
    /// longest of week, day, hour and minute that the rule asks about.
    fn cycle_of(&self, seconds: i64, interval: i64) -> i64 {
        let rule = self.rule;
        let asked = [(self.days.days().is_empty(), 604_800), (rule.hours.is_empty(), 86_400)];
        let asked = asked.into_iter().chain([(rule.minutes.is_empty(), 3_600), (rule.seconds.is_empty(), 60)]);
        let repeats = asked.filter(|(empty, length)| !empty && *length > seconds).map(|(_, length)| length).max();
        let step = seconds * interval;
        repeats.map_or(1, |repeats| repeats / greatest_common_divisor(step, repeats))
    }

    /// Whether every month that the rule looks at has the same number of its days: none of them is at the end that only
    /// long months have, and none can be the same as another.
    fn is_even(&self) -> bool {
        let one_side = |numbers: &[i16], most: i16| {
            let within = numbers.iter().all(|number| number.abs() <= most);
            within && (numbers.iter().all(|number| *number > 0) || numbers.iter().all(|number| *number < 0))
        };
        let (days, month_days) = (self.days.days(), self.days.month_days());
        match (days, month_days) {
            ([], []) => false,
            ([], month_days) => one_side(month_days, 28) && self.positions_within(month_days.len()),
            (days, []) => match self.days.plain_days() {
                // Four times each day at least, and which ones there are is settled by the positions.
                Some(plain) => {
                    let yearly = self.rule.frequency == Frequency::Yearly;
                    !yearly
                        && one_side(&self.rule.positions, i16::MAX)
                        && !self.rule.positions.is_empty()
                        && self.positions_within(plain * 4)
                }
                None => {
                    let numbers: Vec<i16> = days.iter().map(|day| day.number.unwrap_or(0)).collect();
                    let mut once: Vec<_> =
                        days.iter().map(|day| (day.number, day.weekday.to_monday_zero_offset())).collect();
                    once.sort_unstable();
                    once.dedup();
                    one_side(&numbers, 4) && once.len() == days.len() && self.positions_within(days.len())
                }
            },
            _ => false,
        }
    }

    /// Whether the positions choose from among so many days, whatever the month is like.
    fn positions_within(&self, days: usize) -> bool {
        let months = if self.rule.frequency == Frequency::Yearly { self.days.months().len().max(1) } else { 1 };
        let most = days * months * self.times.of_day().len();
        let positions = &self.rule.positions;
        positions.is_empty() || positions.iter().all(|position| usize::from(position.unsigned_abs()) <= most)
    }
}

const fn greatest_common_divisor(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}
