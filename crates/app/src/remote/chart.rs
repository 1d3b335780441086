//! A schedule as a chart in text: a block for each week, a line for each person, three hours to a character.

use std::fmt::Write as _;

use allclear_core::zone::Zone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::output::{Paint, Screen, clean};

/// How many characters stand for a day.
const PER_DAY: i32 = 8;
/// How much of a name is shown.
const NAME: usize = 18;

/// When somebody is on call; nobody where there is a gap.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) who: Option<String>,
    pub(super) starts: Timestamp,
    pub(super) ends: Timestamp,
}

/// A moment's worth of a line: three hours of the clock, more or less where the clocks change.
#[derive(Debug, Clone, Copy)]
struct Cell {
    starts: Timestamp,
    ends: Timestamp,
}

/// The chart from the day of `from` until `until`, on the clocks of that zone.
pub(super) fn chart(all: &[Stretch], (from, until): (Timestamp, Timestamp), zone: &Zone, screen: Screen) -> String {
    let mut people: Vec<Option<&str>> = Vec::new();
    for one in all {
        if !people.contains(&one.who.as_deref()) {
            people.push(one.who.as_deref());
        }
    }
    // Gaps come last, whenever they are.
    people.sort_by_key(Option::is_none);
    let mut text = String::new();
    let mut first = zone.local(from).date();
    while from < until
        && let Ok(midnight) = first.to_zoned(zone.rules().clone())
        && midnight.timestamp() < until
    {
        if !text.is_empty() {
            text.push('\n');
        }
        week(&mut text, all, &people, first, (from, until), zone, screen);
        first = first.saturating_add(7.days());
    }
    text
}

/// The block of one week.
fn week(
    text: &mut String,
    all: &[Stretch],
    people: &[Option<&str>],
    first: jiff::civil::Date,
    range: (Timestamp, Timestamp),
    zone: &Zone,
    screen: Screen,
) {
    let begins = |date: &jiff::civil::Date| date.to_zoned(zone.rules().clone()).map(|at| at.timestamp());
    let in_sight = |date: &jiff::civil::Date| begins(date).is_ok_and(|at| at < range.1);
    let dates: Vec<_> = first.series(1.day()).take(7).take_while(in_sight).collect();
    let heads: String = dates.iter().map(|date| format!("{:<8}", date.strftime("%a %-d").to_string())).collect();
    let _ = writeln!(
        text,
        "{:NAME$}  {}",
        first.strftime("%b %Y").to_string(),
        screen.paint(Paint::Faint, heads.trim_end())
    );
    let cells: Vec<Cell> = dates.iter().flat_map(|date| cells(*date, zone)).collect();
    for person in people {
        let of_person: Vec<&Stretch> = all.iter().filter(|one| one.who.as_deref() == *person).collect();
        let mark = |cell: &Cell| mark(*cell, &of_person, person.is_none(), range);
        let line: String = cells.iter().map(mark).collect();
        if !line.contains(['█', '!']) {
            continue;
        }
        let name: String = clean(person.unwrap_or("nobody")).chars().take(NAME).collect();
        let paint = if person.is_none() { Paint::Bad } else { Paint::Bold };
        let padding = " ".repeat(NAME - name.chars().count());
        let _ = writeln!(text, "{}{padding}  {}", screen.paint(paint, &name), line.trim_end());
    }
}

/// What a cell shows: `█` for most of it on call, `!` for any of it without anybody, a point otherwise.
fn mark(cell: Cell, of_person: &[&Stretch], is_gap: bool, (from, until): (Timestamp, Timestamp)) -> char {
    if cell.ends <= from || until <= cell.starts {
        return ' ';
    }
    let within = |one: &&&Stretch| one.starts < cell.ends && cell.starts < one.ends;
    if is_gap {
        return if of_person.iter().any(|one| within(&one)) { '!' } else { '·' };
    }
    let on_call: SignedDuration = of_person
        .iter()
        .filter(within)
        .map(|one| one.ends.min(cell.ends).duration_since(one.starts.max(cell.starts)))
        .fold(SignedDuration::ZERO, |sum, one| sum + one);
    let visible = cell.ends.min(until).duration_since(cell.starts.max(from));
    if on_call * 2 >= visible { '█' } else { '·' }
}

/// The cells of a day: eight equal parts of it, be it 23, 24 or 25 hours long.
fn cells(date: jiff::civil::Date, zone: &Zone) -> Vec<Cell> {
    let midnight = |date: jiff::civil::Date| date.to_zoned(zone.rules().clone()).map(|at| at.timestamp());
    let (Ok(starts), Ok(Ok(ends))) = (midnight(date), date.tomorrow().map(midnight)) else { return Vec::new() };
    let part = ends.duration_since(starts) / PER_DAY;
    let edge = |number: i32| starts.saturating_add(part * number).unwrap_or(ends);
    (0..PER_DAY).map(|number| Cell { starts: edge(number), ends: edge(number + 1) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn stretch(who: &str, starts: &str, ends: &str) -> Stretch {
        let who = (!who.is_empty()).then(|| who.to_owned());
        Stretch { who, starts: at(starts), ends: at(ends) }
    }

    #[test]
    fn weeks_stand_below_each_other_and_gaps_last() {
        // 09:00 in Berlin is 07:00 UTC before the clocks go back on Sunday 25 October, and 08:00 after.
        let all = [
            stretch("ana", "2026-10-22T10:00:00Z", "2026-10-26T08:00:00Z"),
            stretch("", "2026-10-26T08:00:00Z", "2026-10-26T08:30:00Z"),
            stretch("a-person-with-a-long-login", "2026-10-26T08:30:00Z", "2026-10-30T10:00:00Z"),
        ];
        let zone = "Europe/Berlin".parse().unwrap();
        let drawn = chart(&all, (at("2026-10-22T10:00:00Z"), at("2026-10-30T10:00:00Z")), &zone, Screen::plain(None));
        let expected = "\
Oct 2026            Thu 22  Fri 23  Sat 24  Sun 25  Mon 26  Tue 27  Wed 28
ana                     ███████████████████████████████·····················
a-person-with-a-lo      ·······························█████████████████████
nobody                  ·······························!····················

Oct 2026            Thu 29  Fri 30
a-person-with-a-lo  ████████████
";
        assert_eq!(drawn, expected, "{drawn}");
        assert_eq!(
            chart(&[], (at("2026-10-22T10:00:00Z"), at("2026-10-22T10:00:00Z")), &zone, Screen::plain(None)),
            ""
        );
    }
}
