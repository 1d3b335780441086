//! Public holidays by country and region.
//!
//! They are part of the program: nobody is asked for them while it runs, and the same program gives the same answers on
//! every machine. `regions.txt` says where they come from and for which years; `cargo xtask holidays` writes it anew.
//! A holiday is a date; when it begins and ends is for whoever lives by it to say.

mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where the dates come from, for people to read.
pub const SOURCE: &str = "the package holidays 0.109 (MIT licence)";

/// The first and the last year of which holidays are known.
pub const YEARS: (i16, i16) = (2024, 2040);

/// A country (`DE`, by ISO 3166-1) or a region of it (`DE-BY`, by ISO 3166-2) with its own holidays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// The public holidays of a region, by date.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar(BTreeMap<Date, &'static str>);

impl Region {
    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Every region whose holidays are known, by code; a country stands before its regions.
    pub fn all() -> impl Iterator<Item = &'static str> {
        table::codes()
    }

    /// Its holidays. None where the region is unknown, which is refused when saved.
    pub fn holidays(&self) -> Option<&'static Calendar> {
        table::calendar(&self.0)
    }
}

impl Calendar {
    /// The holiday on that date.
    pub fn on(&self, date: Date) -> Option<&'static str> {
        self.0.get(&date).copied()
    }

    /// The holidays from a date until another one, both included.
    pub fn between(&self, from: Date, until: Date) -> impl Iterator<Item = (Date, &'static str)> {
        let within = (from <= until).then(|| self.0.range(from..=until));
        within.into_iter().flatten().map(|(date, name)| (*date, *name))
    }
}

/// As people write it, whatever the case.
impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let region = Self(text.trim().to_ascii_uppercase());
        let shown: String = text.chars().take(20).collect();
        region.holidays().map(|_| region.clone()).ok_or_else(|| match region.0.split_once('-') {
            Some((country, _)) if table::calendar(country).is_some() => format!(
                "`{shown}` is not a region whose holidays are known; use `{country}` for the whole country, or the ISO \
                 code of another region such as `DE-BY`"
            ),
            Some(_) | None => format!(
                "`{shown}` is not a country or region whose holidays are known; use an ISO code such as `FR` or `DE-BY`"
            ),
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Takes any code, so that what is stored can be read by a program that does not know the region any more.
impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|code| Self(code.trim().to_ascii_uppercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> &'static Calendar {
        code.parse::<Region>().unwrap().holidays().unwrap()
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_region_has_the_holidays_of_its_country_and_its_own() {
        for (code, on, name) in [
            ("DE", "2026-10-03", Some("German Unity Day")),
            ("DE-BY", "2026-10-03", Some("German Unity Day")),
            ("DE-BY", "2027-01-06", Some("Epiphany")),
            ("DE", "2027-01-06", None),
            ("DE-BE", "2028-06-17", Some("75th anniversary of the East German uprising of 1953")),
            ("DE-BE", "2029-06-17", None),
            ("FR", "2026-07-14", Some("National Day")),
            ("US", "2026-07-03", Some("Independence Day (observed)")),
            ("GB-SCT", "2026-11-30", Some("Saint Andrew's Day")),
            ("GB-ENG", "2026-11-30", None),
        ] {
            assert_eq!(region(code).on(date(on)), name, "{code} {on}");
        }
    }

    #[test]
    fn every_region_can_be_read_and_knows_no_other_years() {
        let (first, last) = YEARS;
        let mut seen = 0;
        for code in Region::all() {
            let calendar = region(code);
            assert!(calendar.0.keys().all(|date| (first..=last).contains(&date.year())), "{code}");
            assert!(calendar.0.values().all(|name| !name.trim().is_empty()), "{code}");
            seen += 1;
        }
        assert!(seen > 800, "{seen}");
        let new_year = |year| region("DE").on(date(&format!("{year}-01-01")));
        assert!((first..=last).all(|year| new_year(year).is_some()));
    }

    #[test]
    fn the_program_names_the_source_that_the_file_names() {
        assert!(table::TEXT.contains("`holidays` 0.109 of PyPI, MIT licence"));
        assert!(table::TEXT.starts_with(&format!("# Public holidays of {} to {} ", YEARS.0, YEARS.1)));
    }

    #[test]
    fn a_span_has_its_holidays_in_order() {
        let found: Vec<_> = region("de-by").between(date("2026-12-24"), date("2027-01-06")).collect();
        let dates: Vec<_> = found.iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!(dates, ["2026-12-25", "2026-12-26", "2027-01-01", "2027-01-06"]);
        assert_eq!(region("DE").between(date("2026-12-25"), date("2026-12-24")).count(), 0);
    }

    #[test]
    fn who_writes_an_unknown_region_is_told_what_to_write() {
        let said = |text: &str| text.parse::<Region>().unwrap_err();
        assert!(said("DE-XX").contains("use `DE` for the whole country"), "{}", said("DE-XX"));
        assert!(said("Bavaria").contains("an ISO code such as `FR`"));
        assert!(said(&"x".repeat(1_000)).len() < 200);
        let stored: Region = serde_json::from_str("\"DE-XX\"").unwrap();
        assert!(stored.holidays().is_none(), "what is stored is read, and has no holidays");
    }
}
