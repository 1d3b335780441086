//! Runs the simulator over seeds, and proves that it finds what it is there to find.

use allclear_world::sim::{Mutation, Options, run, simulate};

/// How many seeds the suite runs. The release build runs more of them: see `examples/simulate.rs`.
const SEEDS: u64 = 60;

#[test]
fn the_invariants_hold() {
    let summary = simulate(0, SEEDS, |_| {});
    assert!(summary.failed.is_empty(), "{summary}");
    assert!(summary.tally.faults > SEEDS && summary.tally.crashes > 20 && summary.tally.messages > 1_000, "{summary}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let fingerprints: Vec<u64> = (0..4).map(|seed| run(seed, &Options::default()).fingerprint).collect();
    let again: Vec<u64> = (0..4).map(|seed| run(seed, &Options::default()).fingerprint).collect();
    assert_eq!(fingerprints, again);
    assert_ne!(fingerprints[0], fingerprints[1]);
}

/// Each mistake that can be made in one of these runs must be found in one of them, and in most of those in which it
/// was made: a lost timer does no harm where somebody acknowledges in time.
#[test]
fn every_planted_mistake_is_found() {
    let mut report = String::new();
    let mut missed = false;
    for mutation in Mutation::ALL {
        let runs = (0..12).map(|seed| run(seed, &Options { mutation: Some(mutation) }));
        let made: Vec<bool> = runs.filter(|run| run.mutated).map(|run| !run.violations.is_empty()).collect();
        let found = made.iter().filter(|found| **found).count();
        missed |= found == 0 || found * 2 < made.len();
        report.push_str(&format!("{mutation:?}: made {}, found {found}\n", made.len()));
    }
    assert!(!missed, "{report}");
}
