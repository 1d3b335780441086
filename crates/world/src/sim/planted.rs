//! Planted mistakes: whether the invariants find what they are there to find.

use std::collections::BTreeMap;
use std::fmt;

use super::{Mutation, Options, Report, run};

/// What became of a mistake that was made on purpose in many runs.
#[derive(Debug)]
pub struct Planted {
    /// Which mistake.
    pub mutation: Mutation,
    /// In how many runs it could be made.
    pub made: u64,
    /// In how many of those which invariant found it: one that is expected to, where there was one, and else the first.
    pub found: BTreeMap<&'static str, u64>,
    /// In how many runs something did not hold although the mistake was not made there.
    pub unmade: u64,
}

impl Planted {
    /// Makes the mistake in the runs of so many seeds, beginning with `first`.
    pub fn plant(mutation: Mutation, first: u64, seeds: u64) -> Self {
        let mut planted = Self { mutation, made: 0, found: BTreeMap::new(), unmade: 0 };
        for seed in first..first.saturating_add(seeds) {
            planted.add(&run(seed, &Options { mutation: Some(mutation), ..Options::default() }));
        }
        planted
    }

    fn add(&mut self, report: &Report) {
        if !report.mutated {
            self.unmade += u64::from(!report.violations.is_empty());
            return;
        }
        self.made += 1;
        let violations = || report.violations.iter().map(|violation| violation.invariant.id);
        if let Some(id) = violations().find(|id| self.is_expected(id)).or_else(|| violations().next()) {
            *self.found.entry(id).or_default() += 1;
        }
    }

    fn is_expected(&self, id: &str) -> bool {
        self.mutation.expected().iter().any(|invariant| invariant.id == id)
    }

    /// It was made, and the invariants that are expected to found it in most of the runs in which it was: a lost timer
    /// does no harm where somebody acknowledges in time. Where it was not made, everything held.
    pub fn is_caught(&self) -> bool {
        let expected = self.found.iter().filter(|(id, _)| self.is_expected(id));
        let found: u64 = expected.map(|(_, count)| count).sum();
        found > 0 && found * 2 >= self.made && self.unmade == 0
    }
}

impl fmt::Display for Planted {
    /// `DropTimer: made in 12 runs, found in 1 by I-03, 10 by I-08; expected: I-03, I-08`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found: Vec<String> = self.found.iter().map(|(id, count)| format!("{count} by {id}")).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        let expected: Vec<&str> = self.mutation.expected().iter().map(|invariant| invariant.id).collect();
        let expected = expected.join(", ");
        write!(formatter, "{:?}: made in {} runs, found in {found}; expected: {expected}", self.mutation, self.made)?;
        match self.unmade {
            0 => Ok(()),
            unmade => write!(formatter, "; not made in {unmade} runs in which something did not hold"),
        }
    }
}

#[cfg(test)]
mod tests {
    use allclear_core::invariant::{self, Invariant};

    use super::super::Tally;
    use super::*;
    use crate::check::violated;

    fn report(mutated: bool, found: &[Invariant]) -> Report {
        let violations = found.iter().map(|invariant| violated(*invariant, "something", "is wrong")).collect();
        let (tail, tally) = (Vec::new(), Tally::default());
        Report { seed: 0, violations, mutated, settled: true, tail, fingerprint: 0, tally }
    }

    fn planted(reports: &[Report]) -> Planted {
        let mut planted = Planted { mutation: Mutation::LosePage, made: 0, found: BTreeMap::new(), unmade: 0 };
        reports.iter().for_each(|report| planted.add(report));
        planted
    }

    #[test]
    fn only_what_is_expected_catches_a_mistake_that_was_made() {
        let (expected, other) = (invariant::TRIED_IS_SENT_ONCE, invariant::NOBODY_WAITS);
        let (caught, silent) = (report(true, &[other, expected]), report(true, &[]));
        let by_another = report(true, &[other]);
        assert!(planted(&[report(true, &[expected]), report(true, &[])]).is_caught(), "in half of the runs");
        assert!(planted(&[report(false, &[]), caught]).is_caught(), "not only by the first that was violated");
        assert!(!planted(&[report(true, &[expected]), silent, by_another]).is_caught(), "in a third of them");
        assert!(!planted(&[report(true, &[other])]).is_caught(), "found by chance");
        assert!(!planted(&[]).is_caught() && !planted(&[report(false, &[])]).is_caught(), "never made");
        let unmade = planted(&[report(true, &[expected]), report(false, &[expected])]);
        assert!(!unmade.is_caught() && unmade.found.values().sum::<u64>() == 1, "{unmade}");
        assert_eq!(
            unmade.to_string(),
            "LosePage: made in 1 runs, found in 1 by I-11; expected: I-11; not made in 1 runs in which something did \
             not hold"
        );
    }
}
