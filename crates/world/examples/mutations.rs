//! Which invariant finds which planted mistake: `cargo run --release --example mutations -- [seeds]`.

use std::collections::BTreeMap;
use std::io::Write as _;

use allclear_world::sim::{Mutation, Options, run};

fn main() -> std::io::Result<()> {
    let seeds = std::env::args().nth(1).and_then(|seeds| seeds.parse().ok()).unwrap_or(20);
    let mut out = std::io::stdout().lock();
    for mutation in Mutation::ALL {
        let mut found: BTreeMap<&str, u32> = BTreeMap::new();
        let mut made = 0;
        for report in (0..seeds).map(|seed| run(seed, &Options { mutation: Some(mutation) })) {
            made += u32::from(report.mutated);
            if let Some(violation) = report.violations.first() {
                *found.entry(violation.invariant.id).or_default() += 1;
            }
        }
        writeln!(out, "{:<24} made in {made:>3} of {seeds} runs, found by {found:?}", format!("{mutation:?}"))?;
    }
    Ok(())
}
