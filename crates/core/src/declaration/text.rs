//! Values that people write as a short text.

use jiff::{Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::holiday::Region;
use crate::schedule::{Recurrence, Turn};
use crate::zone::Zone;

/// A value with a written form. What [`write`](Self::write) gives, [`read`](Self::read) takes back unchanged.
pub trait Written: Sized {
    /// Reads it, or says what is wrong with the text and how to write it.
    fn read(text: &str) -> Result<Self, String>;

    /// Writes it in the form that people use.
    fn write(&self) -> String;
}

/// A value that documents hold in its written form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<T: Written> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.write())
    }
}

impl<'de, T: Written> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        T::read(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// An ISO code: `FR`, `DE-BY`.
impl Written for Region {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn write(&self) -> String {
        self.code().to_owned()
    }
}

/// `weekly`, `daily`, `12h`, `3d`, `2w`, `monthly`, `3mo`, or a recurrence rule: `FREQ=WEEKLY;BYDAY=FR`.
impl Written for Turn {
    fn read(text: &str) -> Result<Self, String> {
        let refusal = || {
            format!(
                "`{text}` is not the length of a turn; write `weekly`, `daily`, `monthly`, `12h`, `3d`, `2w`, `3mo`, or \
                 a rule such as `FREQ=WEEKLY;BYDAY=FR`"
            )
        };
        match text.trim() {
            "hourly" => Ok(Self::Hours(1)),
            "daily" => Ok(Self::Days(1)),
            "weekly" => Ok(Self::Weeks(1)),
            "monthly" => Ok(Self::Months(1)),
            rule if rule.contains('=') => {
                let recurrence = Recurrence { rule: rule.parse()?, lasts: None, except: Vec::new(), also: Vec::new() };
                Ok(Self::Recurring(Box::new(recurrence)))
            }
            other => {
                let digits = other.bytes().take_while(u8::is_ascii_digit).count();
                let (number, unit) = other.split_at(digits);
                let number = number.parse().map_err(|_| refusal())?;
                match unit {
                    "h" => Ok(Self::Hours(number)),
                    "d" => Ok(Self::Days(number)),
                    "w" => Ok(Self::Weeks(number)),
                    "mo" => Ok(Self::Months(number)),
                    _ => Err(refusal()),
                }
            }
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Days(1) => "daily".to_owned(),
            Self::Weeks(1) => "weekly".to_owned(),
            Self::Hours(hours) => format!("{hours}h"),
            Self::Days(days) => format!("{days}d"),
            Self::Weeks(weeks) => format!("{weeks}w"),
            Self::Months(1) => "monthly".to_owned(),
            Self::Months(months) => format!("{months}mo"),
            Self::Recurring(recurrence) => recurrence.rule.to_string(),
        }
    }
}

/// `2026-01-05 09:00`, or `2026-01-05` for its midnight. An offset is refused: wall-clock times belong to a zone that
/// stands elsewhere.
impl Written for civil::DateTime {
    fn read(text: &str) -> Result<Self, String> {
        let refusal =
            || format!("`{text}` is not a date and time; write it like `2026-01-05 09:00`, without an offset");
        let text = text.trim();
        if has_offset(text) { Err(refusal()) } else { text.parse().map_err(|_| refusal()) }
    }

    fn write(&self) -> String {
        let text = self.to_string().replacen('T', " ", 1);
        let minutes = text.strip_suffix(":00").filter(|_| self.second() == 0 && self.subsec_nanosecond() == 0);
        minutes.map(str::to_owned).unwrap_or(text)
    }
}

/// `2026-12-24`
impl Written for civil::Date {
    fn read(text: &str) -> Result<Self, String> {
        // The time library would also take a time along, which has no meaning here.
        let is_date = text.trim().len() == 10;
        let read = text.trim().parse().ok().filter(|_| is_date);
        read.ok_or_else(|| format!("`{text}` is not a date; write it like `2026-12-24`"))
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

/// Whether something follows the time of day: `Z`, `+01:00`, `[Europe/Berlin]`.
fn has_offset(text: &str) -> bool {
    let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
    time.contains(['Z', 'z', '+', '-', '['])
}

/// A moment as documents give it: by the clocks of the schedule's zone, or absolutely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// `2026-12-24 18:00`: when the clocks of the zone show this; the first time where they show it twice, and as much
    /// later as they skip where they skip it.
    WallClock(civil::DateTime),
    /// `2026-12-24T17:00:00Z`, or with another offset.
    Instant(Timestamp),
}

impl Moment {
    /// The moment itself; none where it lies outside of what the calendar knows.
    pub fn in_zone(self, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::WallClock(shown) => zone.rules().to_timestamp(shown).ok(),
            Self::Instant(at) => Some(at),
        }
    }

    /// The best form for a moment: what the clocks show, if that is enough to find it again.
    pub fn of(at: Timestamp, zone: &Zone) -> Self {
        let shown = Self::WallClock(zone.local(at).datetime());
        if shown.in_zone(zone) == Some(at) { shown } else { Self::Instant(at) }
    }
}

impl Written for Moment {
    fn read(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let refusal = || {
            format!(
                "`{text}` is not a moment; write it like `2026-12-24 18:00` (in the schedule's zone) or \
                 `2026-12-24T17:00:00Z`"
            )
        };
        if has_offset(trimmed) {
            trimmed.parse().map(Self::Instant).map_err(|_| refusal())
        } else {
            civil::DateTime::read(trimmed).map(Self::WallClock).map_err(|_| refusal())
        }
    }

    fn write(&self) -> String {
        match self {
            Self::WallClock(shown) => shown.write(),
            Self::Instant(at) => at.to_string(),
        }
    }
}
