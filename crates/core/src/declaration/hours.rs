//! Restrictions as people write them.

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::text::Written;
use crate::schedule::{Restriction, Weekday};

/// The hours in which a layer counts: `{daily: "09:00-17:00"}`, the same on some days only
/// `{daily: "09:00-17:00", days: Mon-Fri}`, or once a week `{weekly: "Fri 17:00 - Mon 09:00"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HoursFields", into = "HoursFields")]
pub enum Hours {
    /// Between two times of the day; over midnight when the end is not after the beginning.
    Daily {
        /// The days on which it begins; every day when there is none.
        days: Vec<Weekday>,
        /// When it begins.
        from: civil::Time,
        /// When it ends.
        until: civil::Time,
    },
    /// Between two times of the week.
    Weekly {
        /// The weekday and time at which it begins.
        from: (Weekday, civil::Time),
        /// The weekday and time at which it ends.
        until: (Weekday, civil::Time),
    },
}

impl Hours {
    /// The restrictions that it stands for.
    pub fn restrictions(&self) -> Vec<Restriction> {
        match self {
            Self::Daily { days, from, until } if days.is_empty() => {
                vec![Restriction::Daily { from: *from, until: *until }]
            }
            Self::Daily { days, from, until } => days.iter().map(|day| on_day(*day, *from, *until)).collect(),
            Self::Weekly { from, until } => {
                vec![Restriction::Weekly { from_day: from.0, from: from.1, until_day: until.0, until: until.1 }]
            }
        }
    }

    /// The shortest way of writing restrictions that keeps their order.
    pub fn of(restrictions: &[Restriction]) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for restriction in restrictions {
            let (from_day, from, until_day, until) = match *restriction {
                Restriction::Daily { from, until } => {
                    all.push(Self::Daily { days: Vec::new(), from, until });
                    continue;
                }
                Restriction::Weekly { from_day, from, until_day, until } => (from_day, from, until_day, until),
            };
            if on_day(from_day, from, until) != *restriction {
                all.push(Self::Weekly { from: (from_day, from), until: (until_day, until) });
                continue;
            }
            match all.last_mut() {
                Some(Self::Daily { days, from: begins, until: ends })
                    if !days.is_empty() && (*begins, *ends) == (from, until) =>
                {
                    days.push(from_day);
                }
                _ => all.push(Self::Daily { days: vec![from_day], from, until }),
            }
        }
        all
    }
}

/// On one line, as forms have it: `09:00-17:00`, `Mon-Fri 09:00-17:00`, `Fri 17:00 - Mon 09:00`.
impl Written for Hours {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if edges(text).is_some_and(|(from, until)| from.contains(' ') && until.contains(' ')) {
            let fields = HoursFields { weekly: Some(text.to_owned()), ..HoursFields::default() };
            if let Ok(weekly) = Self::try_from(fields) {
                return Ok(weekly);
            }
        }
        let (days, daily) =
            text.rsplit_once(char::is_whitespace).map_or((None, text), |(days, daily)| (Some(days), daily));
        let days = days.map(str::trim).filter(|days| !days.is_empty()).map(str::to_owned);
        Self::try_from(HoursFields { daily: Some(daily.to_owned()), days, weekly: None })
    }

    fn write(&self) -> String {
        let HoursFields { daily, days, weekly } = self.clone().into();
        let days = days.map(|days| format!("{days} ")).unwrap_or_default();
        weekly.unwrap_or_else(|| format!("{days}{}", daily.unwrap_or_default()))
    }
}

/// A restriction that begins on that weekday and is over within 24 hours.
fn on_day(day: Weekday, from: civil::Time, until: civil::Time) -> Restriction {
    let until_day = if until > from { day } else { after(day) };
    Restriction::Weekly { from_day: day, from, until_day, until }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    daily: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weekly: Option<String>,
}

impl TryFrom<HoursFields> for Hours {
    type Error = String;

    fn try_from(fields: HoursFields) -> Result<Self, String> {
        match (fields.daily, fields.weekly) {
            (Some(daily), None) => {
                let (from, until) = read_daily(&daily)?;
                let days = fields.days.map(|days| read_days(&days)).transpose()?.unwrap_or_default();
                Ok(Self::Daily { days, from, until })
            }
            (None, Some(weekly)) if fields.days.is_none() => {
                let (from, until) = read_weekly(&weekly)?;
                Ok(Self::Weekly { from, until })
            }
            (None, Some(_)) => Err("`days` belongs to `daily`; `weekly` names its days itself".into()),
            (None, None) | (Some(_), Some(_)) => {
                Err("a restriction has either `daily`, such as `09:00-17:00`, or `weekly`, such as `Fri 17:00 - Mon \
                     09:00`"
                    .into())
            }
        }
    }
}

impl From<Hours> for HoursFields {
    fn from(hours: Hours) -> Self {
        match hours {
            Hours::Daily { days, from, until } => Self {
                daily: Some(format!("{}-{}", write_time(from), write_time(until))),
                days: (!days.is_empty()).then(|| write_days(&days)),
                weekly: None,
            },
            Hours::Weekly { from, until } => {
                let edge = |(day, time)| format!("{} {}", short(day), write_time(time));
                Self { weekly: Some(format!("{} - {}", edge(from), edge(until))), ..Self::default() }
            }
        }
    }
}

fn read_daily(text: &str) -> Result<(civil::Time, civil::Time), String> {
    let refusal = || format!("`{text}` is not a part of the day; write it like `09:00-17:00` or `22:00-06:00`");
    let (from, until) = edges(text).ok_or_else(refusal)?;
    let (from, _) = read_time(from).filter(|(_, over)| !over).ok_or_else(refusal)?;
    let (until, _) = read_time(until).ok_or_else(refusal)?;
    Ok((from, until))
}

type WeekTime = (Weekday, civil::Time);

fn read_weekly(text: &str) -> Result<(WeekTime, WeekTime), String> {
    let edge = |text: &str| {
        let (day, time) = text.split_once(char::is_whitespace)?;
        let (day, (time, over)) = (read_day(day)?, read_time(time.trim())?);
        Some((if over { after(day) } else { day }, time))
    };
    edges(text)
        .and_then(|(from, until)| Some((edge(from)?, edge(until)?)))
        .ok_or_else(|| format!("`{text}` is not a part of the week; write it like `Fri 17:00 - Mon 09:00`"))
}

/// The two sides of a hyphen or a dash.
fn edges(text: &str) -> Option<(&str, &str)> {
    let (from, until) = text.split_once(['-', '–'])?;
    Some((from.trim(), until.trim()))
}

/// A time of day, and whether it is the 24:00 that ends the day.
fn read_time(text: &str) -> Option<(civil::Time, bool)> {
    if text == "24:00" {
        return Some((civil::Time::midnight(), true));
    }
    let (hours, _) = text.split_once(':')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let padded = if hours.len() == 1 { format!("0{text}") } else { text.to_owned() };
    let time = padded.parse().ok().filter(|_| digits(text))?;
    Some((time, false))
}

fn write_time(time: civil::Time) -> String {
    let text = time.to_string();
    let minutes = text.strip_suffix(":00").filter(|_| time.second() == 0 && time.subsec_nanosecond() == 0);
    minutes.map(str::to_owned).unwrap_or(text)
}

const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

fn after(day: Weekday) -> Weekday {
    WEEK[(day as usize + 1) % 7].0
}

/// `Mon`, as people write it.
fn short(day: Weekday) -> String {
    let name = WEEK[day as usize].1;
    format!("{}{}", name[..1].to_ascii_uppercase(), &name[1..3])
}

/// A weekday from three of its letters on, in any case.
fn read_day(text: &str) -> Option<Weekday> {
    let text = text.trim().to_ascii_lowercase();
    let day = WEEK.iter().find(|(_, name)| text.len() >= 3 && name.starts_with(&text))?;
    Some(day.0)
}

fn read_days(text: &str) -> Result<Vec<Weekday>, String> {
    let mut days = Vec::new();
    for part in text.split(',') {
        let range = match edges(part) {
            Some((first, last)) => read_day(first).zip(read_day(last)),
            None => read_day(part).map(|day| (day, day)),
        };
        let (mut day, last) = range
            .ok_or_else(|| format!("`{text}` does not name days of the week; write `Mon-Fri`, `Sat, Sun` or `Wed`"))?;
        while day != last {
            days.push(day);
            day = after(day);
        }
        days.push(last);
    }
    Ok(days)
}

/// Three days and more in a row as a range.
fn write_days(days: &[Weekday]) -> String {
    let runs = days.chunk_by(|one, next| after(*one) == *next).flat_map(|run| run.chunks(7));
    let parts = runs.flat_map(|run| match run {
        [first, .., last] if run.len() > 2 => vec![format!("{}-{}", short(*first), short(*last))],
        few => few.iter().map(|day| short(*day)).collect(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_one_line_and_back() {
        for text in
            ["09:00-17:00", "Mon-Fri 09:00-17:00", "Sat, Sun 10:00-12:00", "Fri 17:00 - Mon 09:00", "22:00-06:00"]
        {
            assert_eq!(Hours::read(text).map(|hours| hours.write()), Ok(text.to_owned()));
        }
        for text in ["", "9 to 5", "Mon-Fri", "Someday 09:00-17:00", "Fri 17:00 - Monday"] {
            let refusal = Hours::read(text).unwrap_err();
            assert!(refusal.contains("write"), "{text}: {refusal}");
        }
    }
}
