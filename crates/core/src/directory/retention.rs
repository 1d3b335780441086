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

    /// Each setting by its name, in the order of the documentation.
    pub const fn settings(&self) -> [(&'static str, Wait); 8] {
        [
            ("events", self.events),
            ("alerts", self.alerts),
            ("incidents", self.incidents),
            ("deliveries", self.deliveries),
            ("audit", self.audit),
            ("tokens", self.tokens),
            ("sessions", self.sessions),
            ("silences", self.silences),
        ]
    }

    /// The setting of that name; none where there is no such name.
    pub fn setting(&mut self, name: &str) -> Option<&mut Wait> {
        Some(match name {
            "events" => &mut self.events,
            "alerts" => &mut self.alerts,
            "incidents" => &mut self.incidents,
            "deliveries" => &mut self.deliveries,
            "audit" => &mut self.audit,
            "tokens" => &mut self.tokens,
            "sessions" => &mut self.sessions,
            "silences" => &mut self.silences,
            _ => return None,
        })
    }

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

    #[test]
    fn every_setting_is_found_by_its_name() {
        let mut set = Retention::default();
        for (place, (name, usual)) in (1..).zip(Retention::default().settings()) {
            let setting = set.setting(name).unwrap();
            assert_eq!(*setting, usual, "{name}");
            *setting = days(place);
        }
        assert_eq!(set.settings().map(|(_, kept)| kept), [1, 2, 3, 4, 5, 6, 7, 8].map(days));
        let written = serde_json::to_value(set).unwrap();
        assert_eq!(written.as_object().unwrap().len(), set.settings().len());
        assert!(set.settings().iter().all(|(name, kept)| written[name] == kept.to_string()));
        assert_eq!(set.setting("event"), None);
    }
}
