//! How many tests passed, failed and were skipped, read from what the runners print.

use std::fmt;
use std::ops::AddAssign;

/// The tests of one runner, or of several added up. It prints as the closing line of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Reads one line of `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; …`, once per test binary.
    pub(crate) fn of_cargo_test(line: &str) -> Option<Self> {
        let rest = line.strip_prefix("test result: ")?.split_once(". ")?.1;
        let number = |word: &str| {
            let pair = rest.split("; ").find_map(|pair| pair.strip_suffix(word))?;
            pair.trim().parse().ok()
        };
        Some(Self { passed: number("passed")?, failed: number("failed")?, skipped: number("ignored")? })
    }

    /// Reads the last line of `pytest --quiet`: `1 failed, 12 passed, 2 skipped in 61.20s (0:01:01)`.
    pub(crate) fn of_pytest(line: &str) -> Option<Self> {
        let (list, time) = line.rsplit_once(" in ")?;
        time.split_once('s').filter(|(seconds, _)| seconds.parse::<f64>().is_ok())?;
        let mut counts = Self::default();
        for pair in list.split(", ") {
            let (number, word) = pair.split_once(' ')?;
            let number: u64 = number.parse().ok()?;
            match word {
                "passed" => counts.passed += number,
                "failed" | "error" | "errors" => counts.failed += number,
                "skipped" | "deselected" => counts.skipped += number,
                _ => {}
            }
        }
        Some(counts)
    }

    /// Reads one of the last lines of `node --test`: `ℹ pass 12`, `ℹ fail 1`, `ℹ skipped 2`; adding them up is right.
    pub(crate) fn of_node(line: &str) -> Option<Self> {
        let (word, number) = line.strip_prefix("ℹ ")?.split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "pass" => Some(Self { passed: number, ..Self::default() }),
            "fail" | "cancelled" => Some(Self { failed: number, ..Self::default() }),
            "skipped" | "todo" => Some(Self { skipped: number, ..Self::default() }),
            _ => None,
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_binaries_are_added_up() {
        let output = "running 3 tests\n\
                      test a::b ... ok\n\
                      test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
                      error: test failed, to rerun pass `-p x`\n\
                      test result: FAILED. 40 passed; 2 failed; 0 ignored; 0 measured; 1 filtered out; finished in 1.02s\n";
        let mut total = Counts::default();
        output.lines().filter_map(Counts::of_cargo_test).for_each(|counts| total += counts);
        assert_eq!(total.to_string(), "42 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn the_last_line_of_pytest_is_read() {
        for (line, said) in [
            ("14 passed in 61.20s (0:01:01)", "14 passed, 0 failed, 0 skipped"),
            ("1 failed, 12 passed, 2 skipped, 1 warning in 3.01s", "12 passed, 1 failed, 2 skipped"),
            ("1 passed, 2 errors in 3.01s", "1 passed, 2 failed, 0 skipped"),
        ] {
            assert_eq!(Counts::of_pytest(line).unwrap().to_string(), said);
        }
        for line in ["..F.. [100%]", "1.20s call test_a.py::test_b in c", "the file is in 3 parts", ""] {
            assert_eq!(Counts::of_pytest(line), None, "{line}");
        }
    }

    #[test]
    fn the_last_lines_of_node_are_added_up() {
        let output =
            "✔ a phone rings (812.3ms)\nℹ tests 6\nℹ suites 0\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\n";
        let mut total = Counts::default();
        output.lines().filter_map(Counts::of_node).for_each(|counts| total += counts);
        assert_eq!(total.to_string(), "4 passed, 1 failed, 1 skipped");
    }
}
