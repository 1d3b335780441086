//! Many seeds, and what they come to.

use std::fmt;

use super::{Report, Tally};

/// What many runs came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many runs there were.
    pub runs: u64,
    /// What happened in all of them.
    pub tally: Tally,
    /// The runs in which something did not hold.
    pub failed: Vec<Report>,
}

impl Summary {
    /// Counts one more run.
    pub fn add(&mut self, report: Report) {
        self.runs += 1;
        self.tally.add(&report.tally);
        if !report.violations.is_empty() {
            self.failed.push(report);
        }
    }

    /// How many days passed in the world.
    pub fn days(&self) -> f64 {
        self.tally.time.as_secs_f64() / 86_400.0
    }

    /// The table, with how fast it went when that is known: the seconds that all runs took.
    pub fn table(&self, seconds: Option<f64>) -> String {
        let Tally { requests, incidents, messages, acts, edits, faults, crashes, operations, .. } = self.tally;
        let mut rows = vec![
            ("runs", self.runs.to_string()),
            ("simulated days", format!("{:.1}", self.days())),
            ("requests", requests.to_string()),
            ("incidents", incidents.to_string()),
            ("messages sent", messages.to_string()),
            ("acts of people", acts.to_string()),
            ("changes of configuration", edits.to_string()),
            ("faults", faults.to_string()),
            ("deaths of nodes", crashes.to_string()),
            ("operations", operations.to_string()),
        ];
        if let Some(seconds) = seconds.filter(|seconds| *seconds > 0.0) {
            rows.push(("days per second", format!("{:.1}", self.days() / seconds)));
        }
        rows.push(("failed runs", self.failed.len().to_string()));
        rows.iter().map(|(name, value)| format!("{name:<26}{value:>12}\n")).collect()
    }
}

impl fmt::Display for Summary {
    /// The table, and every run that failed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.table(None))?;
        self.failed.iter().try_for_each(|report| write!(formatter, "\n{report}"))
    }
}
