//! Time and chance enter at the edge alone.
//!
//! Code that reads the clock or rolls dice cannot be replayed: not by a test, not by the simulator, not when somebody
//! asks why a page was sent. `clippy.toml` bans the same calls where they resolve; this rule says which crates may be
//! excused.

use super::Finding;
use super::repository::Repository;

/// The crates that may be excused from the ban, each with a reason at the place.
const EDGE: &[&str] = &["app", "bench", "world", "xtask"];

const CALLS: &[&str] = &[
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Instant::now",
    "getrandom::",
    "thread_rng",
    "rand::rng(",
    "OsRng",
    "Uuid::now_v7",
    "Uuid::new_v4",
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let inner = |krate: Option<&str>| krate.is_some_and(|name| !EDGE.contains(&name));
    for (file, source) in repository.rust().filter(|(file, _)| inner(file.krate())) {
        for (line, code) in source.code_lines() {
            let calls = CALLS.iter().filter(|call| code.contains(*call));
            findings.extend(calls.map(|call| {
                let remedy =
                    "take the moment, the id or the random bytes as an argument; `app` and `world` supply them";
                Finding::new(
                    &file.path,
                    line,
                    format!("`{}` outside of the edge", call.trim_end_matches([':', '('])),
                    remedy,
                )
            }));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::brief;
    use super::*;

    #[test]
    fn the_clock_is_read_at_the_edge() {
        let reads = "//! Reads.\nfn now() -> Timestamp { jiff::Timestamp::now() }\n";
        let speaks = "//! Never call `Timestamp::now` here.\nconst WHY: &str = \"Instant::now\";\n";
        let repository = Repository::of(&[
            ("crates/core/src/a.rs", reads),
            ("crates/app/src/a.rs", reads),
            ("crates/core/src/b.rs", speaks),
        ]);
        assert_eq!(brief(&check(&repository)), ["crates/core/src/a.rs:2 `Timestamp::now` outside of the edge"]);
    }
}
