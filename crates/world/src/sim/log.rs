//! The log of a run: its last lines for people, and a fingerprint of all of them.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;

/// How many of its last lines a failing run shows.
const LINES: usize = 30;

/// A log under way.
#[derive(Debug, Default)]
pub(super) struct Log {
    lines: VecDeque<String>,
    fingerprint: DefaultHasher,
    /// Only lines with one of these words are kept.
    about: Option<Vec<String>>,
}

impl Log {
    /// A log that keeps only the lines that concern a subject, and those that concern everybody.
    pub(super) fn about(subject: Option<String>) -> Self {
        let everybody = ["fault", "mended", "dies", "starts", "jump", "MUTATION", "nothing breaks"];
        let words = |subject| everybody.into_iter().map(str::to_owned).chain([subject]).collect();
        Self { about: subject.map(words), ..Self::default() }
    }

    /// Notes what happened.
    pub(super) fn line(&mut self, at: Timestamp, what: std::fmt::Arguments<'_>) {
        let mut line =
            if self.lines.len() < LINES { String::new() } else { self.lines.pop_front().unwrap_or_default() };
        line.clear();
        // The time of day is enough for people, and far cheaper to write than the date.
        let of_day = at.as_millisecond().rem_euclid(86_400_000);
        let (seconds, rest) = (of_day / 1_000, of_day % 1_000);
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(line, "{hours:02}:{minutes:02}:{seconds:02}.{rest:03} {what}").expect("a text takes any text");
        line.hash(&mut self.fingerprint);
        if self.about.as_ref().is_none_or(|words| words.iter().any(|word| line.contains(word))) {
            self.lines.push_back(line);
        }
    }

    /// The last lines, and the fingerprint of all.
    pub(super) fn finish(self) -> (Vec<String>, u64) {
        (self.lines.into(), self.fingerprint.finish())
    }
}
