//! Waits: the lengths of time that people configure.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits;

/// A length of time in whole seconds, from none to [`Wait::LONGEST`]. Written `90s`, `5m`, `1h30m`, `7d` (a day is 24
/// hours here); ISO 8601 (`PT5M`) is understood as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Wait(u32);

impl Wait {
    /// No time at all.
    pub const NONE: Self = Self(0);
    /// Ten years: longer waits are mistakes.
    pub const LONGEST: Self = Self(limits::WAIT_DAYS * 86_400);

    /// A wait of so many seconds, cut at [`Wait::LONGEST`].
    pub const fn seconds(seconds: u32) -> Self {
        if seconds > Self::LONGEST.0 { Self::LONGEST } else { Self(seconds) }
    }

    /// A wait of so many minutes, cut at [`Wait::LONGEST`].
    pub const fn minutes(minutes: u32) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// A wait of so many hours, cut at [`Wait::LONGEST`].
    pub const fn hours(hours: u32) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    /// The seconds.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }

    /// True when there is nothing to wait for.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The same, as serde asks it.
    pub(crate) const fn is_none_ref(&self) -> bool {
        self.0 == 0
    }

    /// As the time library's duration.
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.0 as i64)
    }

    /// The moment that lies this long after `start`, or the end of time.
    pub fn after(self, start: Timestamp) -> Timestamp {
        start.checked_add(self.duration()).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return formatter.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, seconds) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            if rest >= seconds {
                write!(formatter, "{}{unit}", rest / seconds)?;
                rest %= seconds;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refusal = || format!("`{text}` is not a length of time; write it like `90s`, `5m`, `1h30m` or `7d`");
        let text = text.trim();
        // The time library rightly has no days in a duration; ours are 24 hours, and stand first.
        let (days, rest) = match text.split_once('d') {
            Some((days, rest)) if !days.is_empty() && days.bytes().all(|b| b.is_ascii_digit()) => {
                (days.parse::<i64>().map_err(|_| refusal())?, rest.trim())
            }
            _ => (0, text),
        };
        let within_day = match rest {
            "" if days > 0 => SignedDuration::ZERO,
            rest => rest.parse::<SignedDuration>().map_err(|_| refusal())?,
        };
        let too_long =
            || format!("`{text}` is longer than {}; write it like `90s`, `5m`, `1h30m` or `7d`", Self::LONGEST);
        let seconds = days.checked_mul(86_400).and_then(|days| days.checked_add(within_day.as_secs()));
        match seconds {
            Some(0..) if within_day.subsec_nanos() != 0 => Err(refusal()),
            Some(seconds @ 0..) if seconds <= i64::from(Self::LONGEST.0) => Ok(Self::seconds(seconds as u32)),
            Some(0..) => Err(too_long()),
            Some(_) | None => Err(refusal()),
        }
    }
}

impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("1h30m", 5_400), ("7d", 604_800), ("PT5M", 300)] {
            let wait: Wait = text.parse().unwrap();
            assert_eq!(wait.as_seconds(), seconds, "{text}");
            assert_eq!(wait.to_string().parse(), Ok(wait));
        }
        assert_eq!("1d 2h".parse(), Ok(Wait::hours(26)));
        assert_eq!(Wait::seconds(93_784).to_string(), "1d2h3m4s");
    }

    #[test]
    fn mistakes_are_refused() {
        for text in ["", "5", "-5m", "1.5ms", "99999999d", "d", "five minutes", "9223372036854775807d"] {
            let refusal = text.parse::<Wait>().unwrap_err();
            assert!(refusal.contains("write it like"), "{text}: {refusal}");
        }
        assert!("4000d".parse::<Wait>().unwrap_err().contains("is longer than 3660d"));
    }
}
