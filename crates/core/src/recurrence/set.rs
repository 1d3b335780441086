//! A rule with the dates that it leaves out and those that come on top: `EXDATE` and `RDATE` of RFC 5545.

use jiff::civil::DateTime;

use super::period::Occurrences;

/// The occurrences of a rule, less some and more others.
#[derive(Debug, Clone)]
pub struct Set<'a> {
    rule: Occurrences<'a>,
    /// Occurrences of the rule that do not count, in order.
    except: Vec<DateTime>,
    /// Others that do, in order.
    also: Vec<DateTime>,
}

impl<'a> Set<'a> {
    /// What `except` names is left out, even where `also` names it. What comes before the start does not count.
    pub fn new(rule: Occurrences<'a>, except: &[DateTime], also: &[DateTime]) -> Self {
        let in_order = |mut times: Vec<DateTime>| {
            times.sort_unstable();
            times.dedup();
            times
        };
        let counts = |at: &&DateTime| **at >= rule.start && !except.contains(at) && !rule.contains(**at);
        let also = in_order(also.iter().filter(counts).copied().collect());
        let except = in_order(except.iter().filter(|at| rule.contains(**at)).copied().collect());
        Self { rule, except, also }
    }

    /// How many occurrences lie before a time.
    pub fn before(&self, at: DateTime) -> u64 {
        let earlier = |times: &[DateTime]| times.partition_point(|one| *one < at) as u64;
        self.rule.before(at) + earlier(&self.also) - earlier(&self.except)
    }

    /// The occurrences at a time and after it, in order.
    pub fn since(&self, at: DateTime) -> impl Iterator<Item = DateTime> {
        let kept = self.rule.since(at).filter(|one| self.except.binary_search(one).is_err());
        let mut kept = kept.peekable();
        let mut also = self.also.iter().copied().filter(move |one| *one >= at).peekable();
        std::iter::from_fn(move || match (kept.peek(), also.peek()) {
            (Some(one), Some(other)) if other < one => also.next(),
            (Some(_), _) => kept.next(),
            (None, _) => also.next(),
        })
    }

    /// The last occurrence before a time.
    pub fn last_before(&self, at: DateTime) -> Option<DateTime> {
        let mut by_rule = self.rule.last_before(at);
        while let Some(one) = by_rule
            && self.except.binary_search(&one).is_ok()
        {
            by_rule = self.rule.last_before(one);
        }
        let also = self.also[..self.also.partition_point(|one| *one < at)].last().copied();
        by_rule.max(also)
    }
}
