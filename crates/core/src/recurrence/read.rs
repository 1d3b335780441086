//! The text of a rule: reading, with an error that names the part, and writing.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};

use super::{Bound, Day, Frequency, Rule};
use crate::limits;

const FREQUENCIES: [(&str, Frequency); 7] = [
    ("YEARLY", Frequency::Yearly),
    ("MONTHLY", Frequency::Monthly),
    ("WEEKLY", Frequency::Weekly),
    ("DAILY", Frequency::Daily),
    ("HOURLY", Frequency::Hourly),
    ("MINUTELY", Frequency::Minutely),
    ("SECONDLY", Frequency::Secondly),
];

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// The longest text of a rule that is read.
const CHARACTERS: usize = 2_000;

impl FromStr for Rule {
    type Err = String;

    /// Reads `FREQ=WEEKLY;BYDAY=MO,TH`, with or without `RRULE:` in front, or says which part is wrong and why.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > CHARACTERS {
            return Err(format!("a recurrence rule has at most {CHARACTERS} characters; this one has {}", text.len()));
        }
        let text = text.trim().to_ascii_uppercase();
        let parts = text.strip_prefix("RRULE:").unwrap_or(&text);
        let mut seen: Vec<&str> = Vec::new();
        let mut rule = Self::blank();
        for part in parts.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is not a part of a recurrence rule; write it like `FREQ=WEEKLY`"))?;
            if seen.contains(&name) {
                return Err(format!("`{name}` is given twice; give it once"));
            }
            seen.push(name);
            rule.take(name, value)?;
        }
        if !seen.contains(&"FREQ") {
            return Err("a recurrence rule needs `FREQ`, such as `FREQ=WEEKLY`".to_owned());
        }
        if seen.contains(&"COUNT") && seen.contains(&"UNTIL") {
            return Err("`COUNT` and `UNTIL` both say when it ends; give one of them".to_owned());
        }
        rule.checked()
    }
}

impl Rule {
    const fn blank() -> Self {
        Self {
            frequency: Frequency::Yearly,
            interval: 1,
            bound: Bound::Never,
            months: Vec::new(),
            weeks: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            hours: Vec::new(),
            minutes: Vec::new(),
            seconds: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "FREQ" => {
                let found = FREQUENCIES.iter().find(|(word, _)| *word == value);
                let words = FREQUENCIES.map(|(word, _)| word).join(", ");
                self.frequency = found.ok_or_else(|| format!("`FREQ={value}` is not known; use one of {words}"))?.1;
            }
            "INTERVAL" => self.interval = number(name, value, limits::RULE_INTERVAL)?,
            "COUNT" => self.bound = Bound::Count(number(name, value, limits::RULE_COUNT)?),
            "UNTIL" => self.bound = until(value)?,
            "BYMONTH" => self.months = list(name, value, 1, 12, false)?,
            "BYWEEKNO" => self.weeks = list(name, value, 1, 53, true)?,
            "BYYEARDAY" => self.year_days = list(name, value, 1, 366, true)?,
            "BYMONTHDAY" => self.month_days = list(name, value, 1, 31, true)?,
            "BYDAY" => self.days = value.split(',').map(day).collect::<Result<_, _>>()?,
            "BYHOUR" => self.hours = list(name, value, 0, 23, false)?,
            "BYMINUTE" => self.minutes = list(name, value, 0, 59, false)?,
            "BYSECOND" => self.seconds = list(name, value, 0, 60, false)?,
            "BYSETPOS" => self.positions = list(name, value, 1, 366, true)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(|| format!("`WKST={value}` is not a day; use MO"))?,
            other => return Err(format!("`{other}` is not a part of a recurrence rule (RFC 5545); leave it out")),
        }
        Ok(())
    }

    /// What RFC 5545 forbids to stand together.
    fn checked(self) -> Result<Self, String> {
        let frequency = self.frequency;
        let word = frequency.word();
        let numbered = self.days.iter().any(|day| day.number.is_some());
        let refused = [
            (!self.weeks.is_empty() && frequency != Frequency::Yearly, "`BYWEEKNO` counts weeks of a year", "YEARLY"),
            (
                !self.year_days.is_empty()
                    && [Frequency::Daily, Frequency::Weekly, Frequency::Monthly].contains(&frequency),
                "`BYYEARDAY` counts days of a year",
                "YEARLY",
            ),
            (
                !self.month_days.is_empty() && frequency == Frequency::Weekly,
                "`BYMONTHDAY` counts days of a month",
                "MONTHLY",
            ),
            (
                numbered && frequency > Frequency::Monthly,
                "`BYDAY` with numbers counts days of a month or a year",
                "MONTHLY",
            ),
        ];
        if let Some((_, why, instead)) = refused.into_iter().find(|(refused, ..)| *refused) {
            return Err(format!("{why}, which `FREQ={word}` has none of; use `FREQ={instead}` or leave it out"));
        }
        if numbered && !self.weeks.is_empty() {
            return Err("`BYDAY` with numbers does not go with `BYWEEKNO`; leave the numbers out".to_owned());
        }
        let lists =
            [&self.months, &self.weeks, &self.year_days, &self.month_days, &self.hours, &self.minutes, &self.seconds];
        if !self.positions.is_empty() && self.days.is_empty() && lists.iter().all(|list| list.is_empty()) {
            return Err("`BYSETPOS` chooses from what other `BY…` parts give; add one, such as `BYDAY`".to_owned());
        }
        Ok(self)
    }
}

impl Frequency {
    /// Its word in a rule.
    pub fn word(self) -> &'static str {
        FREQUENCIES.iter().find(|(_, frequency)| *frequency == self).map_or("", |(word, _)| word)
    }
}

fn number(name: &str, value: &str, most: u32) -> Result<u32, String> {
    let found = value.parse().ok().filter(|number| (1..=most).contains(number));
    found.ok_or_else(|| format!("`{name}={value}` is not a number from 1 to {most}; give one"))
}

/// A list of numbers between two, in order and each once; their negatives count from the end where that is possible.
fn list(name: &str, value: &str, least: i16, most: i16, from_end: bool) -> Result<Vec<i16>, String> {
    let read = |text: &str| {
        let number: Option<i16> = text.parse().ok();
        let within = |number: &i16| (least..=most).contains(&if from_end { number.abs() } else { *number });
        number.filter(within).ok_or_else(|| {
            let or = if from_end { format!(" or -{most} to -{least}") } else { String::new() };
            format!("`{text}` in `{name}` is not a number from {least} to {most}{or}")
        })
    };
    let mut numbers = value.split(',').map(read).collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(known, _)| *known == word).map(|(_, day)| *day)
}

fn day(text: &str) -> Result<Day, String> {
    let refusal = || format!("`{text}` in `BYDAY` is not a day; write `MO`, or `-1FR` for the last Friday");
    let split = text.len().checked_sub(2).filter(|split| text.is_char_boundary(*split)).ok_or_else(refusal)?;
    let (number, word) = text.split_at(split);
    let weekday = weekday(word).ok_or_else(refusal)?;
    let number = match number {
        "" => None,
        digits => {
            Some(digits.parse().ok().filter(|number: &i16| (1..=53).contains(&number.abs())).ok_or_else(refusal)?)
        }
    };
    Ok(Day { number, weekday })
}

fn until(value: &str) -> Result<Bound, String> {
    let found = match value.len() {
        8 => Date::strptime("%Y%m%d", value).ok().map(Bound::Day),
        15 => DateTime::strptime("%Y%m%dT%H%M%S", value).ok().map(Bound::WallClock),
        16 => value.strip_suffix('Z').and_then(|local| {
            let shown = DateTime::strptime("%Y%m%dT%H%M%S", local).ok()?;
            shown.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| Bound::Instant(zoned.timestamp()))
        }),
        _ => None,
    };
    found.ok_or_else(|| {
        format!("`UNTIL={value}` is not a date or a time; write `20261231`, `20261231T090000` or `20261231T080000Z`")
    })
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FREQ={}", self.frequency.word())?;
        if self.interval != 1 {
            write!(formatter, ";INTERVAL={}", self.interval)?;
        }
        match self.bound {
            Bound::Never => {}
            Bound::Count(count) => write!(formatter, ";COUNT={count}")?,
            Bound::Day(date) => write!(formatter, ";UNTIL={}", date.strftime("%Y%m%d"))?,
            Bound::WallClock(last) => write!(formatter, ";UNTIL={}", last.strftime("%Y%m%dT%H%M%S"))?,
            Bound::Instant(last) => write!(formatter, ";UNTIL={}", utc(last))?,
        }
        for (name, numbers) in [
            ("BYMONTH", &self.months),
            ("BYWEEKNO", &self.weeks),
            ("BYYEARDAY", &self.year_days),
            ("BYMONTHDAY", &self.month_days),
        ] {
            write_list(formatter, name, numbers)?;
        }
        if !self.days.is_empty() {
            let days = self.days.iter().map(|day| {
                let number = day.number.map(|number| number.to_string()).unwrap_or_default();
                format!("{number}{}", short(day.weekday))
            });
            write!(formatter, ";BYDAY={}", days.collect::<Vec<_>>().join(","))?;
        }
        for (name, numbers) in [
            ("BYHOUR", &self.hours),
            ("BYMINUTE", &self.minutes),
            ("BYSECOND", &self.seconds),
            ("BYSETPOS", &self.positions),
        ] {
            write_list(formatter, name, numbers)?;
        }
        if self.week_start != Weekday::Monday {
            write!(formatter, ";WKST={}", short(self.week_start))?;
        }
        Ok(())
    }
}

fn utc(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn short(weekday: Weekday) -> &'static str {
    WEEKDAYS[weekday.to_monday_zero_offset() as usize].0
}

fn write_list(formatter: &mut fmt::Formatter<'_>, name: &str, numbers: &[i16]) -> fmt::Result {
    if numbers.is_empty() {
        return Ok(());
    }
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    write!(formatter, ";{name}={}", numbers.join(","))
}
