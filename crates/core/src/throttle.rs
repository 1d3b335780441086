//! How many single messages one contact method gets in a storm.
//!
//! Up to a limit a minute, each page is a message of its own. Beyond it, pages are held and go out together, in one
//! message a minute ("37 more incidents on checkout"). SEV1 pages have a budget of their own on top, so that a flood of
//! lesser pages never keeps back the one that matters.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::severity::Severity;

/// The span in which messages are counted.
const SPAN: SignedDuration = SignedDuration::from_secs(60);

/// What is remembered of one contact method.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Line {
    /// When the latest single messages and bundles left, within the span.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Timestamp>,
    /// The same for SEV1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<Timestamp>,
    /// The same for updates, which are never held: what is too much is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Timestamp>,
    /// When what is held goes out as a bundle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flush_at: Option<Timestamp>,
}

/// What becomes of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It leaves now, as a message of its own.
    Send,
    /// It waits for the bundle.
    Hold {
        /// When the bundle leaves.
        until: Timestamp,
    },
}

impl Line {
    /// Decides about one page.
    pub fn page(&mut self, now: Timestamp, severity: Severity) -> Verdict {
        self.forget(now);
        if severity == Severity::Sev1 && self.critical.len() < limits::CRITICAL_PAGES_PER_MINUTE {
            self.critical.push(now);
            return Verdict::Send;
        }
        // Once something is held, what comes later waits with it: one bundle, not a trickle.
        if self.flush_at.is_none() && self.sent.len() < limits::PAGES_PER_MINUTE {
            self.sent.push(now);
            return Verdict::Send;
        }
        let until = *self.flush_at.get_or_insert_with(|| {
            let oldest = self.sent.first().copied().unwrap_or(now);
            oldest.checked_add(SPAN).unwrap_or(Timestamp::MAX).max(now)
        });
        Verdict::Hold { until }
    }

    /// Whether an update leaves now. Updates ask nothing of anybody, so they have a budget of their own and cost no
    /// page its place.
    pub fn notice(&mut self, now: Timestamp) -> bool {
        self.forget(now);
        let room = self.notices.len() < limits::NOTICES_PER_MINUTE;
        if room {
            self.notices.push(now);
        }
        room
    }

    /// Whether the bundle leaves now; it counts as one message.
    pub fn flush(&mut self, now: Timestamp) -> bool {
        self.forget(now);
        if self.flush_at.is_none_or(|at| at > now) {
            return false;
        }
        self.flush_at = None;
        self.sent.push(now);
        true
    }

    /// When time alone will change this line.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.flush_at
    }

    /// Nothing worth keeping is left.
    pub fn is_idle(&self, now: Timestamp) -> bool {
        let fresh = |sent: &Timestamp| is_fresh(*sent, now);
        self.flush_at.is_none() && !self.sent.iter().chain(&self.critical).chain(&self.notices).any(fresh)
    }

    /// Forgets what is out of the span. A bundle leaves within the span, too, even when the clock has jumped back.
    fn forget(&mut self, now: Timestamp) {
        let latest = now.checked_add(SPAN).unwrap_or(Timestamp::MAX);
        self.flush_at = self.flush_at.map(|at| at.min(latest));
        self.sent.retain(|sent| is_fresh(*sent, now));
        self.critical.retain(|sent| is_fresh(*sent, now));
        self.notices.retain(|sent| is_fresh(*sent, now));
    }
}

/// A clock that jumped back must not silence anybody for long: what lies in the future does not count.
fn is_fresh(sent: Timestamp, now: Timestamp) -> bool {
    sent <= now && now.duration_since(sent) < SPAN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_storm_is_bundled_and_calm_is_not() {
        // beyond: PAGES_PER_MINUTE
        let mut line = Line::default();
        for second in 0..limits::PAGES_PER_MINUTE as i64 {
            assert_eq!(line.page(at(second), Severity::Sev2), Verdict::Send);
        }
        for second in 10..50 {
            assert_eq!(line.page(at(second), Severity::Sev2), Verdict::Hold { until: at(60) });
        }
        assert!(!line.flush(at(59)));
        assert!(line.flush(at(60)) && !line.flush(at(60)), "one bundle");
        assert_eq!(line.page(at(61), Severity::Sev2), Verdict::Send, "the first minute is forgotten");
        assert!(!line.is_idle(at(61)) && line.is_idle(at(121)));
    }

    #[test]
    fn a_critical_page_passes_a_flood_of_lesser_ones() {
        // beyond: CRITICAL_PAGES_PER_MINUTE
        let mut line = Line::default();
        for _ in 0..1_000 {
            line.page(at(0), Severity::Sev3);
        }
        for _ in 0..limits::CRITICAL_PAGES_PER_MINUTE {
            assert_eq!(line.page(at(1), Severity::Sev1), Verdict::Send);
        }
        assert_eq!(line.page(at(2), Severity::Sev1), Verdict::Hold { until: at(60) });
    }

    #[test]
    fn a_clock_that_jumped_back_does_not_silence() {
        let mut line = Line::default();
        for _ in 0..limits::PAGES_PER_MINUTE {
            line.page(at(10_000), Severity::Sev2);
        }
        assert_eq!(line.page(at(0), Severity::Sev2), Verdict::Send);

        let mut holding = Line::default();
        for _ in 0..=limits::PAGES_PER_MINUTE {
            holding.page(at(10_000), Severity::Sev2);
        }
        assert_eq!(holding.next_due(), Some(at(10_060)));
        assert_eq!(holding.page(at(0), Severity::Sev2), Verdict::Hold { until: at(60) });
        assert_eq!(holding.next_due(), Some(at(60)), "what was held before leaves with it");
        assert!(holding.flush(at(60)));
    }
}
