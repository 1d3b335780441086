//! `/on-call/load`: how being on call is shared, and what is paid for it.

use allclear_core::directory::Kind;
use allclear_core::id::TeamId;
use allclear_core::limits;
use allclear_core::load::{Currency, Load, Rates, Report, csv};
use allclear_core::readiness::Period;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::form::Query;
use super::reader::Reader;
use super::reply::Reply;
use super::view;
use crate::load;
use crate::pages::{FieldProblem, LoadForm, LoadPage, LoadRow, Section};
use crate::problem::Problem;

/// How many days are shown where nothing else is asked for.
const USUAL: i64 = 28;

/// What was asked for.
struct Asked {
    from: Date,
    until: Date,
    team: Option<TeamId>,
    rates: Rates,
    currency: Currency,
    problems: Vec<FieldProblem>,
}

impl Asked {
    /// What cannot be read is as usual, and among the problems.
    fn of(reader: &Reader, query: &Query) -> Self {
        let mut problems = Vec::new();
        let today = reader.zone().local(reader.now()).date();
        let mut date = |field: &str, usual: Date| match query.text(field) {
            "" => usual,
            text => text.parse().unwrap_or_else(|_| {
                let message = format!("`{text}` is not a date; write it like 2026-12-24");
                problems.push(FieldProblem { field: field.to_owned(), message });
                usual
            }),
        };
        let until = date("until", today);
        let from = date("from", until.saturating_sub(USUAL.days()));
        let mut number = |field: &str, usual: u32, hundredths: bool| match query.text(field) {
            "" => usual,
            text => read(text, hundredths).unwrap_or_else(|message| {
                problems.push(FieldProblem { field: field.to_owned(), message });
                usual
            }),
        };
        let usual = Rates::default();
        let rates = Rates {
            hour: number("hour", usual.hour, true),
            night: number("night", usual.night, false),
            weekend: number("weekend", usual.weekend, false),
            holiday: number("holiday", usual.holiday, false),
            page: number("page", usual.page, true),
        };
        let currency = query.text("currency").parse().unwrap_or_else(|message| {
            problems.push(FieldProblem { field: "currency".to_owned(), message });
            Currency::default()
        });
        let team = reader.directory.teams().find(|team| team.slug == query.text("team")).map(|team| team.id);
        let days = until.duration_since(from).as_hours() / 24;
        if !(0..=i64::from(limits::LOAD_DAYS) - 1).contains(&days) {
            let message = format!("It is not within {} days after the first; choose another one.", limits::LOAD_DAYS);
            problems.push(FieldProblem { field: "until".to_owned(), message });
        }
        Self { from, until, team, rates, currency, problems }
    }

    /// From the first moment of the first day until the last of the last, where the reader is.
    fn period(&self, reader: &Reader) -> Period {
        let begins = |date: Date| date.to_zoned(reader.zone().rules().clone()).map(|midnight| midnight.timestamp());
        let ends = self.until.checked_add(1.day()).and_then(begins).unwrap_or(Timestamp::MAX);
        Period { starts: begins(self.from).unwrap_or(Timestamp::MIN), ends: ends.min(reader.now()).max(Timestamp::MIN) }
    }
}

/// A whole number of per cent, or money with up to two digits after the point, in hundredths.
fn read(text: &str, hundredths: bool) -> Result<u32, String> {
    let wrong = || format!("`{text}` is not a number; write it like {}", if hundredths { "12.50" } else { "150" });
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if !hundredths {
        return text.parse().map_err(|_| wrong());
    }
    let digits = rest.len() <= 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let whole: u32 = whole.parse().map_err(|_| wrong())?;
    let rest: u32 = format!("{rest:0<2}").parse().map_err(|_| wrong())?;
    let all = whole.checked_mul(100).and_then(|whole| whole.checked_add(rest));
    all.filter(|_| digits).ok_or_else(wrong)
}

/// The page.
pub(super) async fn page(reader: Reader, query: Query) -> Reply {
    let asked = Asked::of(&reader, &query);
    let report = match asked.problems.is_empty() {
        true => Some(load::of(reader.engine(), reader.directory.clone(), asked.team, asked.period(&reader)).await?),
        false => None,
    };
    let page = LoadPage {
        shell: reader.shell("On-call load", Section::OnCall).await?,
        form: form(&reader, &query, &asked),
        csv: format!("/on-call/load.csv?{}", address(&reader, &asked)),
        rows: report.iter().flat_map(|report| &report.loads).map(|load| row(&reader, &asked, load)).collect(),
        evenness: report.as_ref().and_then(|report| report.evenness),
        suggestion: report.as_ref().and_then(|report| suggestion(&reader, report)),
        pays: asked.rates != Rates::default(),
    };
    if asked.problems.is_empty() { reader.show(&page) } else { reader.refuse(&page) }
}

/// The same as CSV.
pub(super) async fn download(reader: Reader, query: Query) -> Reply {
    let asked = Asked::of(&reader, &query);
    if let Some(problem) = asked.problems.first() {
        return Err(Problem::field(&problem.field, problem.message.clone()));
    }
    let report = load::of(reader.engine(), reader.directory.clone(), asked.team, asked.period(&reader)).await?;
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"on-call-load.csv\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, csv(&reader.directory, &report, &asked.rates, &asked.currency)).into_response())
}

fn money(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn form(reader: &Reader, query: &Query, asked: &Asked) -> LoadForm {
    let or = |field: &str, usual: String| match query.text(field) {
        "" => usual,
        typed => typed.to_owned(),
    };
    LoadForm {
        from: or("from", asked.from.to_string()),
        until: or("until", asked.until.to_string()),
        teams: view::choices_or("All teams", &reader.directory, Kind::Team, query.text("team")),
        hour: or("hour", money(asked.rates.hour.into())),
        night: or("night", asked.rates.night.to_string()),
        weekend: or("weekend", asked.rates.weekend.to_string()),
        holiday: or("holiday", asked.rates.holiday.to_string()),
        currency: query.text("currency").to_owned(),
        page: or("page", money(asked.rates.page.into())),
        problems: asked.problems.clone(),
    }
}

/// What was asked for, as the end of an address.
fn address(reader: &Reader, asked: &Asked) -> String {
    let team = asked.team.and_then(|team| reader.directory.team(team)).map_or("", |team| &*team.slug);
    let Rates { hour, night, weekend, holiday, page } = asked.rates;
    format!(
        "from={}&until={}&team={team}&hour={}&night={night}&weekend={weekend}&holiday={holiday}&currency={}&page={}",
        asked.from,
        asked.until,
        money(hour.into()),
        asked.currency.word(),
        money(page.into())
    )
}

fn row(reader: &Reader, asked: &Asked, load: &Load) -> LoadRow {
    LoadRow {
        person: reader.person(load.user),
        hours: hours(load.time.whole()),
        nights: hours(load.time.nights()),
        weekends: hours(load.time.weekends()),
        holidays: hours(load.time.holidays()),
        pages: load.pages,
        broken_nights: load.broken_nights,
        weight: hours(load.weight()),
        pay: format!("{} {}", money(asked.rates.pay(load)), asked.currency.word()).trim_end().to_owned(),
    }
}

fn hours(time: SignedDuration) -> String {
    format!("{} h", (time.as_mins() + 30).div_euclid(60))
}

fn suggestion(reader: &Reader, report: &Report) -> Option<String> {
    let one = report.suggestion.as_ref()?;
    let names = reader.names();
    Some(format!(
        "{} bore {} more than {}: let {} take some of the next turns.",
        names.person(one.from),
        hours(one.more),
        names.person(one.to),
        names.person(one.to)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_in_hundredths() {
        for (text, found) in [("12", 1_200), ("12.5", 1_250), ("12,50", 1_250), ("0.05", 5), ("0", 0)] {
            assert_eq!(read(text, true), Ok(found), "{text}");
        }
        for text in ["", "x", "1.234", "1.x", "-1", "99999999999"] {
            assert!(read(text, true).unwrap_err().contains("write it like 12.50"), "{text}");
        }
        assert_eq!(read("150", false), Ok(150));
        assert!(read("1.5", false).is_err());
    }
}
