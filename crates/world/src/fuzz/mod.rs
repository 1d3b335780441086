//! Fuzzing: what nobody should send, made from what people do send.
//!
//! Everything comes from the number of the case, so that a case that fails is played again by its number alone. A suite
//! runs some hundreds of cases; with `ALLCLEAR_FUZZ_SECONDS=600` each fuzz test goes on for that long, and with
//! `ALLCLEAR_FUZZ_CASE=4711` it plays that one.

mod bytes;
mod json;
mod odd;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::chance::Chance;

/// How long the answer to one case may take: much more than any does, even on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(10);

/// When a run of cases ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Before this case.
    Case(u64),
    /// At this moment.
    Moment(Instant),
}

/// Cases made from a corpus, one after the other.
#[derive(Debug)]
pub struct Cases<'a> {
    corpus: &'a [Vec<u8>],
    next: u64,
    end: End,
}

impl<'a> Cases<'a> {
    /// So many cases, unless the environment wants something else.
    ///
    /// # Panics
    /// When the corpus is empty.
    pub fn of(corpus: &'a [Vec<u8>], count: u64) -> Self {
        assert!(!corpus.is_empty(), "there is nothing to make cases from");
        let asked = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
        if let Some(case) = asked("ALLCLEAR_FUZZ_CASE") {
            return Self { corpus, next: case, end: End::Case(case.saturating_add(1)) };
        }
        let seconds = asked("ALLCLEAR_FUZZ_SECONDS");
        let end = seconds.map_or(End::Case(count), |seconds| End::Moment(now() + Duration::from_secs(seconds)));
        Self { corpus, next: 0, end }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long something takes is all that is measured")]
fn now() -> Instant {
    Instant::now()
}

impl Iterator for Cases<'_> {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        let goes_on = match self.end {
            End::Case(end) => self.next < end,
            End::Moment(end) => now() < end,
        };
        goes_on.then(|| {
            self.next += 1;
            Case::new(self.next - 1, self.corpus)
        })
    }
}

/// One case.
#[derive(Debug)]
pub struct Case {
    /// Its number.
    pub number: u64,
    /// The bytes: those of one of the corpus, changed in some places.
    pub body: Vec<u8>,
    chance: Chance,
    began: Instant,
}

impl Case {
    fn new(number: u64, corpus: &[Vec<u8>]) -> Self {
        let mut chance = Chance::new(number);
        let mut body = chance.pick(corpus).cloned().unwrap_or_default();
        // Some stay as they are: what is around them is odd enough.
        for _ in 0..chance.between(0, 4) {
            if !(chance.percent(60) && json::mutate(&mut chance, &mut body)) {
                bytes::mutate(&mut chance, &mut body, corpus);
            }
        }
        Self { number, body, chance, began: now() }
    }

    /// One of them, the same each time the case is played.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        self.chance.pick(from)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.chance.below(end)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.chance.percent(percent)
    }

    /// A text that is hard on whoever reads it.
    pub fn odd_text(&mut self) -> String {
        odd::text(&mut self.chance)
    }

    /// A JSON value with one part of it changed, written out; as it is where it has no parts.
    pub fn mutated(&mut self, value: &serde_json::Value) -> Vec<u8> {
        let mut body = value.to_string().into_bytes();
        for _ in 0..=self.chance.below(3) {
            json::mutate(&mut self.chance, &mut body);
        }
        body
    }

    /// Runs a check on the bytes: it must neither panic nor take its time.
    ///
    /// # Panics
    /// With the number of the case, what went wrong, and the bytes.
    pub fn check(&self, check: impl FnOnce(&[u8])) {
        let failed = catch_unwind(AssertUnwindSafe(|| check(&self.body))).err();
        self.end(failed.as_deref());
    }

    /// What [`Self::check`] says at its end, for those who run the check in another way: `failed` is what it panicked
    /// with.
    ///
    /// # Panics
    /// As [`Self::check`] does.
    pub fn end(&self, failed: Option<&(dyn Any + Send)>) {
        let took = self.began.elapsed();
        let text = failed.map(|payload| {
            let text = payload.downcast_ref::<&str>().copied();
            text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without words")
        });
        let what = match text {
            Some(text) => text.to_owned(),
            None if took > PATIENCE => format!("it took {took:?}"),
            None => return,
        };
        panic!("case {}: {what}\nthe bytes: {}", self.number, self.body.escape_ascii());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_the_same_each_time_and_most_differ() {
        let corpus = [br#"{"a": [1, "two", {"b": null}]}"#.to_vec(), b"plain text".to_vec()];
        let bodies = || Cases::of(&corpus, 200).map(|case| case.body).collect::<Vec<_>>();
        let first = bodies();
        assert_eq!(first, bodies());
        let different: std::collections::BTreeSet<_> = first.iter().collect();
        assert!(different.len() > 100, "{}", different.len());
    }

    #[test]
    fn a_case_that_fails_says_its_number_and_its_bytes() {
        let corpus = [b"x".to_vec()];
        let case = Cases::of(&corpus, 1).next().unwrap();
        let failed = catch_unwind(AssertUnwindSafe(|| case.check(|_| panic!("no good")))).unwrap_err();
        let text = failed.downcast_ref::<String>().unwrap();
        assert!(text.starts_with("case 0: no good\nthe bytes: "), "{text}");
    }
}
