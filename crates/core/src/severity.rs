//! How bad it is, and how loudly to say so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad a disruption is technically. `Sev1` is the worst; the order of the variants is the order of loudness, so
/// `max` of two severities is the worse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Low: worth knowing (`info` in the vendors' vocabularies).
    Sev4,
    /// Medium: degraded, or about to be (`warning`).
    Sev3,
    /// High: part of the service is broken (`error`).
    Sev2,
    /// Critical: customers are hurt now (`critical`).
    Sev1,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 4] = [Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4];

    /// The name that people read: `SEV1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sev1 => "SEV1",
            Self::Sev2 => "SEV2",
            Self::Sev3 => "SEV3",
            Self::Sev4 => "SEV4",
        }
    }

    /// The word beside the name: `critical`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sev1 => "critical",
            Self::Sev2 => "high",
            Self::Sev3 => "medium",
            Self::Sev4 => "low",
        }
    }

    /// 1 for `Sev1` up to 4 for `Sev4`: as stored and sorted.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Sev1 => 1,
            Self::Sev2 => 2,
            Self::Sev3 => 3,
            Self::Sev4 => 4,
        }
    }

    /// The severity of a rank, if there is one.
    pub const fn from_rank(rank: u8) -> Option<Self> {
        match rank {
            1 => Some(Self::Sev1),
            2 => Some(Self::Sev2),
            3 => Some(Self::Sev3),
            4 => Some(Self::Sev4),
            _ => None,
        }
    }

    /// Reads the words that monitoring tools use for severity, in any case: `critical`, `page`, `P1`, `error`,
    /// `warning`, `info`, `sev3`, … Nothing when the word is not one that is widely understood.
    pub fn from_tool_word(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "sev1" | "sev-1" | "p1" | "critical" | "crit" | "fatal" | "emergency" | "emerg" | "disaster" | "page"
            | "alert" | "high-critical" => Some(Self::Sev1),
            "sev2" | "sev-2" | "p2" | "error" | "err" | "high" | "major" | "severe" => Some(Self::Sev2),
            "sev3" | "sev-3" | "p3" | "warning" | "warn" | "medium" | "moderate" | "average" | "minor" | "ticket" => {
                Some(Self::Sev3)
            }
            "sev4" | "sev-4" | "p4" | "p5" | "info" | "informational" | "information" | "low" | "notice" | "debug"
            | "none" => Some(Self::Sev4),
            _ => None,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("`{text}` is not a severity; use sev1, sev2, sev3 or sev4"))
    }
}

/// Which of a person's two sets of notification rules applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// Can wait for the morning.
    Low,
    /// Wakes people.
    High,
}

impl Urgency {
    /// The word shown to people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// How a service derives an incident's urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgencyRule {
    /// SEV1 and SEV2 are high, SEV3 and SEV4 are low.
    #[default]
    BySeverity,
    /// Everything wakes people.
    High,
    /// Nothing wakes people.
    Low,
}

impl UrgencyRule {
    /// The urgency of an incident of this severity.
    pub fn urgency(self, severity: Severity) -> Urgency {
        match self {
            Self::High => Urgency::High,
            Self::Low => Urgency::Low,
            Self::BySeverity if severity >= Severity::Sev2 => Urgency::High,
            Self::BySeverity => Urgency::Low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_one_is_the_greater_one() {
        assert_eq!(Severity::Sev3.max(Severity::Sev1), Severity::Sev1);
        for severity in Severity::ALL {
            assert_eq!(Severity::from_rank(severity.rank()), Some(severity));
            assert_eq!(severity.name().parse(), Ok(severity));
        }
    }

    #[test]
    fn tool_words() {
        assert_eq!(Severity::from_tool_word(" Critical "), Some(Severity::Sev1));
        assert_eq!(Severity::from_tool_word("warning"), Some(Severity::Sev3));
        assert_eq!(Severity::from_tool_word("purple"), None);
    }

    #[test]
    fn urgency_follows_severity_unless_told_otherwise() {
        assert_eq!(UrgencyRule::default().urgency(Severity::Sev2), Urgency::High);
        assert_eq!(UrgencyRule::default().urgency(Severity::Sev3), Urgency::Low);
        assert_eq!(UrgencyRule::High.urgency(Severity::Sev4), Urgency::High);
        assert_eq!(UrgencyRule::Low.urgency(Severity::Sev1), Urgency::Low);
    }
}
