//! The file with the holidays of the world. A region is read when it is first asked for.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jiff::civil::Date;

use super::{Calendar, YEARS};

/// `@DE` begins a country and `@DE-BY` a region of it, which only says what it has more (`+`) or has not (`-`). A line
/// is a name, a tab, and dates: `*0101` of every year, `260403` of one.
pub(super) const TEXT: &str = include_str!("regions.txt");

/// What the file says of one region.
struct Entry {
    lines: &'static str,
    read: OnceLock<Calendar>,
}

static ALL: LazyLock<BTreeMap<&'static str, Entry>> = LazyLock::new(|| {
    let blocks = TEXT.split("\n@").skip(1);
    let entry = |block: &'static str| {
        let (code, lines) = block.split_once('\n').unwrap_or((block, ""));
        (code.trim_end(), Entry { lines, read: OnceLock::new() })
    };
    blocks.map(entry).collect()
});

/// Every code, in order.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    ALL.keys().copied()
}

/// The holidays of a region; none if it is unknown.
pub(super) fn calendar(code: &str) -> Option<&'static Calendar> {
    let entry = ALL.get(code)?;
    Some(entry.read.get_or_init(|| {
        let country = code.split_once('-').and_then(|(country, _)| calendar(country));
        let mut days = country.cloned().unwrap_or_default();
        for line in entry.lines.lines() {
            read(line, &mut days);
        }
        days
    }))
}

fn read(line: &'static str, days: &mut Calendar) {
    let Some((name, dates)) = line.split_once('\t') else { return };
    let (less, name) = match name.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, name.trim_start_matches('+')),
    };
    for date in dates.split(' ').flat_map(dates_of) {
        if less {
            days.0.remove(&date);
        } else {
            days.0.insert(date, name);
        }
    }
}

/// `*MMDD` or `YYMMDD`.
fn dates_of(word: &str) -> Vec<Date> {
    let number = |digits: &str| digits.parse::<i16>().ok();
    let (years, of_year) = match word.strip_prefix('*') {
        Some(of_year) => ((YEARS.0..=YEARS.1).collect(), of_year),
        None => {
            let (year, of_year) = word.split_at(word.len().min(2));
            (number(year).map(|year| 2_000 + year).into_iter().collect::<Vec<_>>(), of_year)
        }
    };
    let Some(number) = number(of_year) else { return Vec::new() };
    let date = |year| Date::new(year, (number / 100) as i8, (number % 100) as i8).ok();
    years.into_iter().filter_map(date).collect()
}
