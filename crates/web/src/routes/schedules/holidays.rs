//! Holidays: in the form of a layer, and those that are coming on the page of a schedule.

use std::collections::BTreeMap;

use allclear_core::holiday::Region;
use allclear_core::schedule::{Holidays, Layer, OnHolidays, Schedule};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::super::form::{Form, Problems};
use super::super::reader::Reader;
use crate::pages::{Choice, HolidayRow, LayerHolidays};

/// How far ahead they are shown: 12 weeks.
const DAYS: i64 = 84;

/// What a layer asks of holidays, as it stands in the form.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedHolidays {
    when: String,
    of: String,
    /// Dates, one to a line.
    also: String,
}

impl TypedHolidays {
    pub(super) fn typed(form: &Form, number: usize) -> Self {
        let text = |name: &str| form.text(&format!("layer.{number}.holidays.{name}")).to_owned();
        Self { when: text("when"), of: text("of"), also: text("also") }
    }

    pub(super) fn of(layer: &Layer) -> Self {
        let Some(holidays) = &layer.holidays else { return Self::default() };
        let also: Vec<String> = holidays.also.iter().map(ToString::to_string).collect();
        Self { when: holidays.when.word().to_owned(), of: holidays.of.to_string(), also: also.join("\n") }
    }

    /// Nothing when it cannot be read; none inside where every day counts.
    pub(super) fn read(&self, field: impl Fn(&str) -> String, problems: &mut Problems) -> Option<Option<Holidays>> {
        let when = [OnHolidays::Only, OnHolidays::Except].into_iter().find(|when| when.word() == self.when);
        let Some(when) = when else { return Some(None) };
        let of = problems.take(&field("holidays.of"), self.of.parse::<Region>());
        let date = |text: &str| {
            text.parse::<Date>().map_err(|_| format!("`{text}` is not a date; write it like 2026-12-24, one to a line"))
        };
        let dates = self.also.split_whitespace().map(|text| problems.take(&field("holidays.also"), date(text)));
        let also: Vec<Option<Date>> = dates.collect();
        Some(Some(Holidays { of: of?, when, also: also.into_iter().collect::<Option<_>>()? }))
    }

    pub(super) fn form(&self) -> LayerHolidays {
        let choice = |word: &str, label: &str| Choice::new(word, label, word == self.when);
        LayerHolidays {
            when: vec![
                choice("", "Every day"),
                choice("only", "Only on holidays"),
                choice("except", "Except on holidays"),
            ],
            of: self.of.clone(),
            also: self.also.clone(),
        }
    }
}

/// The holidays of the next weeks, wherever the layers or the people of a schedule have any, with whoever is on call.
pub(super) fn rows(reader: &Reader, schedule: &Schedule) -> Vec<HolidayRow> {
    let zone = &schedule.time_zone;
    let today = zone.local(reader.now()).date();
    let until = today.checked_add(DAYS.days()).unwrap_or(today);
    let people = reader.directory.users().filter(|user| !user.suspended && schedule.names(user.id));
    let of_people = people.filter_map(|user| user.holidays.clone());
    let of_layers = schedule.layers.iter().filter_map(|layer| layer.holidays.as_ref());
    let mut regions: Vec<Region> = of_layers.clone().map(|days| days.of.clone()).chain(of_people).collect();
    regions.sort();
    regions.dedup();
    let mut found: BTreeMap<Date, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for region in &regions {
        for (date, name) in region.holidays().into_iter().flat_map(|calendar| calendar.between(today, until)) {
            found.entry(date).or_default().entry(name).or_default().push(region.code());
        }
    }
    for date in of_layers.flat_map(|days| &days.also).filter(|date| (today..=until).contains(*date)) {
        found.entry(*date).or_default().entry("Day of the company").or_default();
    }
    found.into_iter().map(|(date, names)| row(reader, schedule, date, &names)).collect()
}

fn row(reader: &Reader, schedule: &Schedule, date: Date, names: &BTreeMap<&str, Vec<&str>>) -> HolidayRow {
    let begins = |date: Date| date.to_zoned(schedule.time_zone.rules().clone()).map(|midnight| midnight.timestamp());
    let starts = begins(date).unwrap_or(Timestamp::MIN).max(reader.now());
    let ends = date.tomorrow().and_then(begins).unwrap_or(Timestamp::MAX);
    let shifts = schedule.shifts(starts, ends);
    let mut users = Vec::new();
    for user in shifts.iter().flat_map(allclear_core::schedule::Shift::users) {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    let named = names.iter().map(|(name, regions)| match regions.is_empty() {
        true => (*name).to_owned(),
        false => format!("{name} ({})", regions.join(", ")),
    });
    HolidayRow {
        date: date.strftime("%a %-d %b %Y").to_string(),
        name: named.collect::<Vec<_>>().join("; "),
        people: reader.people(&users),
        has_gap: !schedule.gaps(starts, ends).is_empty(),
    }
}
