//! The simulator: a small company, its troubles and its faults, made up from a seed.
//!
//! A run has two parts. In the first, tools send events, people act or sleep, managers change the configuration, and
//! whatever can break does: providers, processes, clocks, the database. In the second nothing breaks any more, people
//! do their part, and everything must come to rest. Which troubles a run has, and how many of each, is itself drawn
//! from the seed: runs with few kinds of trouble find what runs with all of them would cover up.
//!
//! One or two nodes work on the same database. Each of their operations gives way before each of its transactions, and
//! chance decides whose is next; a node may die at any of these points. The numbered invariants are checked as soon as
//! something was stored, and all of them once more at the end.

mod act;
mod company;
mod duty;
mod edit;
mod fault;
mod log;
mod mutation;
mod planted;
mod play;
mod summary;
mod verdict;
mod workload;

use std::fmt;

use allclear_core::invariant::Violation;
use jiff::SignedDuration;

pub use self::mutation::Mutation;
pub use self::planted::Planted;
pub use self::summary::Summary;

/// How a run is to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A mistake that is made on purpose, to see whether it is found.
    pub mutation: Option<Mutation>,
    /// How many days its troubles last; drawn from the seed, a third of a day to two and a half, where none.
    pub days: Option<f64>,
}

/// What happened in runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How much time passed in the world.
    pub time: SignedDuration,
    /// How many requests the intake took in.
    pub requests: u64,
    /// How many incidents there were.
    pub incidents: u64,
    /// How many messages were handed over, each attempt counted.
    pub messages: u64,
    /// How often people did something.
    pub acts: u64,
    /// How often the configuration was changed.
    pub edits: u64,
    /// How many faults there were.
    pub faults: u64,
    /// How many times a node died.
    pub crashes: u64,
    /// How many operations the nodes did.
    pub operations: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.time += other.time;
        self.requests += other.requests;
        self.incidents += other.incidents;
        self.messages += other.messages;
        self.acts += other.acts;
        self.edits += other.edits;
        self.faults += other.faults;
        self.crashes += other.crashes;
        self.operations += other.operations;
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// What did not hold; empty when all is well.
    pub violations: Vec<Violation>,
    /// Whether the mistake that was asked for could be made.
    pub mutated: bool,
    /// Whether it came to its end before anything was found wrong.
    pub settled: bool,
    /// The last lines of its log: of what was found wrong, or before it was.
    pub tail: Vec<String>,
    /// The fingerprint of its whole log.
    pub fingerprint: u64,
    /// What happened.
    pub tally: Tally,
}

impl fmt::Display for Report {
    /// The seed, what did not hold, and the last lines of the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "seed {}", self.seed)?;
        for violation in self.violations.iter().take(5) {
            writeln!(formatter, "  {violation}")?;
            writeln!(formatter, "  {} says: {}", violation.invariant.id, violation.invariant.statement)?;
        }
        self.tail.iter().try_for_each(|line| writeln!(formatter, "  | {line}"))
    }
}

/// Runs one seed. Where something does not hold at the end, the seed runs once more, so that the log of the report is
/// about that.
pub fn run(seed: u64, options: &Options) -> Report {
    let report = play::Sim::new(seed, options, None).run();
    let Some(violation) = report.violations.first().filter(|_| report.settled) else { return report };
    let tail = play::Sim::new(seed, options, Some(violation.subject.clone())).run().tail;
    Report { tail, ..report }
}
