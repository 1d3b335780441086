//! Planted mistakes: whether the invariants find what they are there to find.

use std::collections::BTreeMap;
use std::fmt;

use super::{Mutation, Options, run};

/// What became of a mistake that was made on purpose in many runs.
#[derive(Debug)]
pub struct Planted {
    /// Which mistake.
    pub mutation: Mutation,
    /// In how many runs it could be made.
    pub made: u64,
    /// In how many of those which invariant was the first to find it.
    pub found: BTreeMap<&'static str, u64>,
}

impl Planted {
    /// Makes the mistake in the runs of so many seeds, beginning with `first`.
    pub fn plant(mutation: Mutation, first: u64, seeds: u64) -> Self {
        let mut planted = Self { mutation, made: 0, found: BTreeMap::new() };
        for seed in first..first.saturating_add(seeds) {
            let report = run(seed, &Options { mutation: Some(mutation), ..Options::default() });
            planted.made += u64::from(report.mutated);
            if let Some(violation) = report.violations.first() {
                *planted.found.entry(violation.invariant.id).or_default() += 1;
            }
        }
        planted
    }

    /// It was found, and in most of the runs in which it was made: a lost timer does no harm where somebody
    /// acknowledges in time.
    pub fn is_caught(&self) -> bool {
        let found: u64 = self.found.values().sum();
        found > 0 && found * 2 >= self.made
    }
}

impl fmt::Display for Planted {
    /// `DropTimer: made in 12 runs, found in 9 by I-03, 2 by W-04`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found: Vec<String> = self.found.iter().map(|(id, count)| format!("{count} by {id}")).collect();
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        write!(formatter, "{:?}: made in {} runs, found in {found}", self.mutation, self.made)
    }
}
