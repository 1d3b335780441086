//! Typed identifiers.
//!
//! Every entity has its own identifier type, so that a service can never be passed where a team is meant. An identifier
//! is a UUIDv7 (RFC 9562 §5.7: time-ordered) made by the application; this crate never makes one. People and programs
//! see it as a prefix and 26 letters of Crockford's base 32, for example `inc_01jd8xq0e3f4sbz2k9v7m6n5pw`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LENGTH: usize = 26;

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not an identifier of this kind; one looks like `{prefix}_01jd8xq0e3f4sbz2k9v7m6n5pw`")]
pub struct InvalidId {
    /// What was given, cut to a readable length.
    pub value: String,
    /// The prefix that was wanted.
    pub prefix: &'static str,
}

fn encode(uuid: Uuid) -> [u8; TEXT_LENGTH] {
    let mut value = uuid.as_u128();
    let mut text = [0; TEXT_LENGTH];
    for letter in text.iter_mut().rev() {
        *letter = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    text
}

fn decode(text: &[u8]) -> Option<Uuid> {
    // 26 letters carry 130 bits: the first may only carry three.
    if text.len() != TEXT_LENGTH || text[0] > b'7' {
        return None;
    }
    text.iter()
        .try_fold(0u128, |value, letter| {
            let digit = ALPHABET.iter().position(|known| *known == letter.to_ascii_lowercase())?;
            Some(value << 5 | digit as u128)
        })
        .map(Uuid::from_u128)
}

fn write_text(prefix: &str, uuid: Uuid, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = encode(uuid);
    let text = std::str::from_utf8(&text).expect("the alphabet is ASCII");
    write!(formatter, "{prefix}_{text}")
}

fn read_text(prefix: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(|rest| decode(rest.as_bytes()))
        .ok_or_else(|| InvalidId { value: text.chars().take(60).collect(), prefix })
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// The letters in front of the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Takes a UUID, made by the application or read from the store, as an identifier of this kind.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself, as the store keeps it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_text($prefix, self.0, formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                read_text($prefix, text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

identifiers! {
    /// A team.
    TeamId = "team";
    /// A person with an account.
    UserId = "usr";
    /// One way of reaching a person.
    ContactMethodId = "con";
    /// An on-call schedule.
    ScheduleId = "sch";
    /// A temporary replacement on a schedule.
    OverrideId = "ovr";
    /// A request for cover.
    CoverId = "cov";
    /// A note from one shift to the next.
    HandoffNoteId = "hon";
    /// Some days that a person has off.
    TimeOffId = "off";
    /// An escalation policy.
    PolicyId = "pol";
    /// A service.
    ServiceId = "svc";
    /// An integration: one configured source of events.
    IntegrationId = "int";
    /// An alert.
    AlertId = "alr";
    /// An incident.
    IncidentId = "inc";
    /// A delivery: one message to one contact method.
    DeliveryId = "dlv";
    /// An API token.
    TokenId = "tok";
    /// A secret link to a calendar of shifts.
    CalendarLinkId = "cal";
    /// A browser session.
    SessionId = "ses";
    /// A silence.
    SilenceId = "sil";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for value in [0, 1, u128::MAX, 0x0192_3f6e_7c1a_7b2c_8d3e_4f50_6172_8394] {
            let id = IncidentId::new(Uuid::from_u128(value));
            let text = id.to_string();
            assert_eq!(text.len(), "inc_".len() + TEXT_LENGTH);
            assert_eq!(text.parse::<IncidentId>(), Ok(id));
            assert_eq!(text.to_uppercase().replace("INC_", "inc_").parse::<IncidentId>(), Ok(id));
        }
    }

    #[test]
    fn text_keeps_the_order_of_time() {
        let earlier = AlertId::new(Uuid::from_u128(0x0192_3f6e_7c1a << 80));
        let later = AlertId::new(Uuid::from_u128(0x0192_3f6e_7c1b << 80));
        assert!(earlier.to_string() < later.to_string());
    }

    #[test]
    fn another_kind_is_refused_with_the_remedy() {
        let service = ServiceId::new(Uuid::from_u128(7)).to_string();
        let refusal = service.parse::<TeamId>().unwrap_err();
        assert!(refusal.to_string().contains("looks like `team_"), "{refusal}");
        for bad in ["", "team_", "team_short", "team_zzzzzzzzzzzzzzzzzzzzzzzzzz", "team_0000000000000000000000000é"] {
            assert!(bad.parse::<TeamId>().is_err(), "{bad}");
        }
    }
}
