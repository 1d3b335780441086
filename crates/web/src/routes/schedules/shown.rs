//! Which part of a schedule a page shows, and on whose clocks: a choice that stands in the address.

use allclear_core::schedule::Schedule;
use allclear_core::zone::Zone;
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::super::form::{Form, Query};
use super::super::reader::Reader;
use super::super::{view, zones};
use crate::pages::{Choice, Clock, FieldProblem, Tab, Viewing};

/// How much is shown at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Weeks(i64),
    Month,
}

impl Length {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Weeks(1), "1w", "1 week"),
        (Self::Weeks(2), "2w", "2 weeks"),
        (Self::Weeks(4), "4w", "4 weeks"),
        (Self::Month, "month", "Month"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(length, ..)| *length == self).map_or("4w", |(_, word, _)| word)
    }

    /// The first day that is shown together with that one.
    fn first(self, day: Date) -> Date {
        match self {
            Self::Weeks(_) => day.checked_sub((day.weekday().to_monday_zero_offset()).days()).unwrap_or(day),
            Self::Month => day.first_of_month(),
        }
    }

    /// The first day of so many pages later.
    fn later(self, first: Date, pages: i64) -> Date {
        match self {
            Self::Weeks(weeks) => first.saturating_add((7 * weeks * pages).days()),
            Self::Month => first.saturating_add(pages.months()),
        }
    }
}

/// A day of the stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    /// Its first moment.
    pub(super) starts: Timestamp,
    /// That of the next one.
    pub(super) ends: Timestamp,
    pub(super) date: Date,
}

impl Day {
    /// How many hours it has, if they are not 24.
    pub(super) fn odd_hours(&self) -> Option<f64> {
        let hours = self.ends.duration_since(self.starts).as_secs_f64() / 3_600.0;
        (hours != 24.0).then_some(hours)
    }

    pub(super) fn is_monday(&self) -> bool {
        self.date.weekday() == Weekday::Monday
    }
}

/// The stretch of time that a page shows.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) days: Vec<Day>,
    /// Whose clocks the days are those of.
    pub(super) clock: Clock,
}

impl Span {
    fn between(first: Date, after: Date, clock: Clock) -> Self {
        let midnight = |date: Date| {
            let zoned = date.to_zoned(clock.zone.rules().clone());
            zoned.map_or(clock.now, |midnight| midnight.timestamp())
        };
        let dates = first.series(1.day()).take_while(|date| *date < after);
        let day = |date: Date| Day { starts: midnight(date), ends: midnight(date.tomorrow().unwrap_or(date)), date };
        // Samoa left out a whole day once: it has no moment.
        let days: Vec<Day> = dates.map(day).filter(|day| day.starts < day.ends).collect();
        Self { from: midnight(first), until: midnight(after), days, clock }
    }

    /// Four weeks from the midnight before now, on the clocks of that zone.
    pub(super) fn ahead(now: Timestamp, zone: &Zone) -> Self {
        let today = zone.local(now).date();
        Self::between(today, today.saturating_add(28.days()), Clock { now, zone: zone.clone() })
    }

    /// `23 Nov – 20 Dec 2026`
    pub(super) fn title(&self) -> String {
        let [first, last] =
            [self.days.first(), self.days.last()].map(|day| day.map(|day| day.date).unwrap_or_default());
        let from = if first.year() == last.year() { "%-d %b" } else { "%-d %b %Y" };
        format!("{} – {}", first.strftime(from), last.strftime("%-d %b %Y"))
    }
}

/// What was asked for.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    length: Length,
    first: Date,
    zone: Zone,
    problems: Vec<FieldProblem>,
}

impl Shown {
    /// As the address says.
    pub(super) fn of_query(reader: &Reader, query: &Query) -> Self {
        Self::of(reader, query.text("span"), query.text("from"), query.text("zone"))
    }

    /// As a form of the page says that was sent.
    pub(super) fn of_form(reader: &Reader, form: &Form) -> Self {
        Self::of(reader, form.text("span"), form.text("from"), form.text("zone"))
    }

    /// Four weeks from this Monday on where the reader is, as far as nothing else is said.
    fn of(reader: &Reader, span: &str, from: &str, zone: &str) -> Self {
        let mut problems = Vec::new();
        let mut refuse =
            |field: &str, message: String| problems.push(FieldProblem { field: field.to_owned(), message });
        let zone = match zone {
            "" => reader.zone().clone(),
            text => text.parse().unwrap_or_else(|message: String| {
                refuse("zone", message);
                reader.zone().clone()
            }),
        };
        let length = Length::ALL.into_iter().find(|(_, word, _)| *word == span).map(|(length, ..)| length);
        if length.is_none() && !span.is_empty() {
            refuse("span", format!("`{span}` is not a length that can be shown; use 1w, 2w, 4w or month"));
        }
        let length = length.unwrap_or(Length::Weeks(4));
        let today = zone.local(reader.now()).date();
        let day = match from {
            "" => today,
            text => text.parse().unwrap_or_else(|_| {
                refuse("from", format!("`{text}` is not a date; write it like 2026-12-24"));
                today
            }),
        };
        Self { length, first: length.first(day), zone, problems }
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.zone
    }

    pub(super) fn clock(&self, reader: &Reader) -> Clock {
        Clock { now: reader.now(), zone: self.zone.clone() }
    }

    pub(super) fn span(&self, reader: &Reader) -> Span {
        Span::between(self.first, self.length.later(self.first, 1), self.clock(reader))
    }

    /// The address of the page with another part of it.
    fn href(&self, slug: &str, length: Length, first: Option<Date>) -> String {
        let from = first.map(|date| date.to_string()).unwrap_or_default();
        let fields = [("span", length.word()), ("from", from.as_str()), ("zone", self.zone.name())];
        view::address(&format!("/schedules/{slug}"), &fields)
    }

    /// The address of what is shown now.
    pub(super) fn here(&self, slug: &str) -> String {
        self.href(slug, self.length, Some(self.first))
    }

    pub(super) fn viewing(&self, reader: &Reader, schedule: &Schedule) -> Viewing {
        let slug = &schedule.slug;
        let tab = |(length, _, label): (Length, &str, &str)| Tab {
            href: self.href(slug, length, Some(self.first)),
            label: label.to_owned(),
            count: None,
            current: length == self.length,
        };
        let page = |pages| self.href(slug, self.length, Some(self.length.later(self.first, pages)));
        Viewing {
            title: self.span(reader).title(),
            spans: Length::ALL.into_iter().map(tab).collect(),
            back: page(-1),
            today: self.href(slug, self.length, None),
            forward: page(1),
            zones: self.zones(reader, schedule),
            zone: self.zone.to_string(),
            span: self.length.word().to_owned(),
            from: self.first.to_string(),
            problems: self.problems.clone(),
        }
    }

    /// The reader's zone, the schedule's and UTC first, then all.
    fn zones(&self, reader: &Reader, schedule: &Schedule) -> Vec<Choice> {
        let (mine, own) = (reader.zone().name(), schedule.time_zone.name());
        let near = [(mine, "your time"), (own, "the schedule's"), ("UTC", "")];
        let mut all: Vec<Choice> = Vec::new();
        for (name, what) in near {
            if all.iter().all(|choice| choice.value != name) {
                let place = name.replace('_', " ");
                let label = if what.is_empty() { place } else { format!("{place} ({what})") };
                all.push(Choice::new(name, label, name == self.zone.name()));
            }
        }
        let chosen = if all.iter().any(|choice| choice.selected) { "" } else { self.zone.name() };
        let others = zones::choices(chosen).into_iter();
        let near: Vec<String> = all.iter().map(|choice| choice.value.clone()).collect();
        all.extend(others.filter(|choice| !near.contains(&choice.value)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(zone: &str) -> Clock {
        Clock { now: "2026-10-20T12:00:00Z".parse().unwrap(), zone: zone.parse().unwrap() }
    }

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn pages_begin_on_mondays_and_on_the_first_of_the_month() {
        for (length, day, first, next, before) in [
            (Length::Weeks(1), "2026-11-25", "2026-11-23", "2026-11-30", "2026-11-16"),
            (Length::Weeks(4), "2026-11-23", "2026-11-23", "2026-12-21", "2026-10-26"),
            (Length::Month, "2026-01-31", "2026-01-01", "2026-02-01", "2025-12-01"),
        ] {
            assert_eq!(length.first(date(day)), date(first));
            assert_eq!(length.later(date(first), 1), date(next));
            assert_eq!(length.later(date(first), -1), date(before));
        }
    }

    #[test]
    fn days_on_which_the_clocks_change_are_known() {
        let berlin = Span::between(date("2026-10-19"), date("2026-11-16"), clock("Europe/Berlin"));
        let odd: Vec<_> = berlin.days.iter().filter_map(|day| Some((day.date.to_string(), day.odd_hours()?))).collect();
        assert_eq!((berlin.days.len(), odd), (28, vec![("2026-10-25".to_owned(), 25.0)]));
        assert_eq!(berlin.title(), "19 Oct – 15 Nov 2026");
        assert_eq!(berlin.until.to_string(), "2026-11-15T23:00:00Z");
        let samoa = Span::between(date("2011-12-26"), date("2012-01-02"), clock("Pacific/Apia"));
        assert_eq!(samoa.days.len(), 6, "30 December 2011 was left out there");
        assert_eq!(samoa.title(), "26 Dec 2011 – 1 Jan 2012");
    }
}
