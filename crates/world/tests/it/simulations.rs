//! Runs the simulator over seeds, and proves that it finds what it is there to find.

use allclear_world::sim::{Mutation, Options, Planted, Summary, run};

/// How many seeds the suite runs; `SEEDS` says otherwise, and `allclear sim` runs as many as one likes.
fn seeds() -> u64 {
    std::env::var("SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(60)
}

#[test]
fn the_invariants_hold() {
    let mut summary = Summary::default();
    let seeds = seeds();
    (0..seeds).for_each(|seed| summary.add(run(seed, &Options::default())));
    assert!(summary.failed.is_empty(), "{summary}");
    assert!(summary.tally.faults > seeds && summary.tally.crashes > seeds / 3, "{summary}");
    assert!(summary.tally.messages > 16 * seeds, "{summary}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let fingerprints: Vec<u64> = (0..4).map(|seed| run(seed, &Options::default()).fingerprint).collect();
    let again: Vec<u64> = (0..4).map(|seed| run(seed, &Options::default()).fingerprint).collect();
    assert_eq!(fingerprints, again);
    assert_ne!(fingerprints[0], fingerprints[1]);
}

/// Each mistake is made in some of these runs, and in most of those one of the invariants that are there for it finds
/// it.
#[test]
fn every_planted_mistake_is_found() {
    let planted: Vec<Planted> = Mutation::ALL.into_iter().map(|kind| Planted::plant(kind, 0, 12)).collect();
    let report: String = planted.iter().map(|one| format!("{one}\n")).collect();
    assert!(planted.iter().all(Planted::is_caught), "{report}");
}
