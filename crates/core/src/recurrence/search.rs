//! From one occurrence to the next, forward and back.

use std::vec;

use jiff::civil::DateTime;

use super::Frequency;
use super::period::Occurrences;

/// How many days are looked at for one occurrence before there is none any more: the calendar repeats after 400 years,
/// and what did not happen in them never does.
const DAYS: i64 = 146_097;

impl<'a> Occurrences<'a> {
    /// What looking at one period costs, in days.
    const fn cost(&self) -> i64 {
        match self.rule.frequency {
            Frequency::Yearly => 366,
            Frequency::Monthly => 31,
            Frequency::Weekly => 7,
            Frequency::Daily | Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => 1,
        }
    }

    /// The occurrences at a time and after it, in order.
    pub fn since(&self, at: DateTime) -> Since<'a> {
        let period = self.period_at(at.max(self.start)).max(0);
        Since { all: self.clone(), at, period, found: Vec::new().into_iter() }
    }

    /// The last occurrence before a time.
    pub fn last_before(&self, at: DateTime) -> Option<DateTime> {
        let at = self.end.map_or(at, |end| at.min(end));
        let mut period = self.period_at(at);
        let mut budget = DAYS;
        while period >= 0 && budget > 0 {
            if let Some(last) = self.period(period).into_iter().rfind(|one| *one < at) {
                return Some(last);
            }
            budget -= self.cost();
            period = self.previous(period);
        }
        None
    }
}

/// See [`Occurrences::since`].
#[derive(Debug, Clone)]
pub struct Since<'a> {
    all: Occurrences<'a>,
    at: DateTime,
    /// The next period to be looked at.
    period: i64,
    found: vec::IntoIter<DateTime>,
}

impl Iterator for Since<'_> {
    type Item = DateTime;

    fn next(&mut self) -> Option<DateTime> {
        let mut budget = DAYS;
        loop {
            if let found @ Some(_) = self.found.find(|one| *one >= self.at) {
                return found;
            }
            let begins = self.all.beginning(self.period)?;
            if budget <= 0 || self.all.end.is_some_and(|end| end <= begins) {
                return None;
            }
            self.found = self.all.period(self.period).into_iter();
            budget -= self.all.cost();
            self.period = self.all.next(self.period);
        }
    }
}
