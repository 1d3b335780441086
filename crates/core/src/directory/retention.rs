//! For how long history is kept.

use serde::{Deserialize, Serialize};

use crate::wait::Wait;

/// For how long history is kept, for each kind of it. Whatever is open, waits or is still to be done is kept in any
/// case, and nothing is deleted within [`Retention::LEAST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// What sources sent, byte for byte, and what became of it; counted from when it was received.
    pub events: Wait,
    /// Alerts that are over; counted from their end.
    pub alerts: Wait,
    /// Incidents that are over, with their journals; counted from their end. Their alerts go no later.
    pub incidents: Wait,
    /// Deliveries with which nothing more will happen, and their attempts; counted from when they were decided.
    pub deliveries: Wait,
    /// The audit log. What is left of it can still be verified.
    pub audit: Wait,
    /// Tokens; counted from when they were revoked.
    pub tokens: Wait,
    /// Sessions; counted from when they expired.
    pub sessions: Wait,
    /// Silences; counted from their end.
    pub silences: Wait,
}

const fn days(days: u32) -> Wait {
    Wait::hours(24 * days)
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            events: days(14),
            alerts: days(180),
            incidents: days(730),
            deliveries: days(180),
            audit: days(730),
            tokens: days(180),
            sessions: days(30),
            silences: days(30),
        }
    }
}

impl Retention {
    /// The shortest time for which anything is kept, whatever is set.
    pub const LEAST: Wait = days(1);

    /// True where nobody has set anything.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_as_usual() {
        let set: Retention = serde_json::from_str(r#"{"events":"3d"}"#).unwrap();
        assert_eq!(set, Retention { events: days(3), ..Retention::default() });
        serde_json::from_str::<Retention>(r#"{"event":"3d"}"#).unwrap_err();
        assert!(Retention::default().is_default() && !set.is_default());
    }
}
