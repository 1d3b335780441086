//! `schedule`: a year of a schedule, and who is on call now by ten thousand of them, beside a walk that asks anew every
//! hour.

use std::hint::black_box;
use std::process::ExitCode;

use allclear_core::id::{ScheduleId, UserId};
use allclear_core::schedule::{Crew, Layer, Recurrence, Restriction, Schedule, Turn, Weekday};
use allclear_core::wait::Wait;
use anyhow::{Context, Result};
use jiff::civil::{DateTime, time};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::clock;
use crate::options::Options;
use crate::table::{Table, median, target};

const WANTED_YEAR: f64 = 5.0;
const WANTED_NOW: f64 = 200.0;
const PEOPLE: u128 = 12;
const SCHEDULES: u128 = 10_000;
const HOURS: i32 = 365 * 24;

/// Runs it.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let from: Timestamp = "2026-01-01T00:00:00Z".parse()?;
    let until = from + SignedDuration::from_hours(i64::from(HOURS));
    let one = schedule(0)?;
    let many = (0..SCHEDULES).map(schedule).collect::<Result<Vec<_>>>()?;
    let mut table = Table::new(&["round", "a year, ms", "asked every hour, ms", "ratio", "10,000 now, ms"]);
    let (mut years, mut nows) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        let year = milliseconds(|| {
            black_box(one.shifts(from, until));
        });
        let hourly = milliseconds(|| {
            for hour in 0..HOURS {
                black_box(one.on_call(from + SignedDuration::from_hours(1) * hour));
            }
        });
        let now = milliseconds(|| many.iter().for_each(|schedule| drop(black_box(schedule.on_call(until)))));
        table.row(vec![
            (round + 1).to_string(),
            format!("{year:.2}"),
            format!("{hourly:.2}"),
            format!("{:.3}", year / hourly),
            format!("{now:.1}"),
        ]);
        years.push(year);
        nows.push(now);
    }
    table.print();
    println!("{} shifts in the year.", one.shifts(from, until).len());
    let (year, now) = (median(&years), median(&nows));
    let what = format!("a year of {PEOPLE} people in 4 layers ≤ {WANTED_YEAR:.0} ms");
    target(&what, &format!("{year:.2} ms"), year <= WANTED_YEAR);
    let what = format!("who is on call now by {SCHEDULES} schedules ≤ {WANTED_NOW:.0} ms");
    target(&what, &format!("{now:.1} ms"), now <= WANTED_NOW);
    Ok(ExitCode::SUCCESS)
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let start = clock::instant();
    work();
    start.elapsed().as_secs_f64() * 1e3
}

/// Weeks, nights in pairs, weekends by months and an evening by a rule; each begins a little later than the one before,
/// ten years ago.
fn schedule(number: u128) -> Result<Schedule> {
    let zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
    let zone = zones[(number % 4) as usize].parse().map_err(anyhow::Error::msg)?;
    let start: DateTime = "2016-01-04T09:00".parse()?;
    let start = start + SignedDuration::from_mins(i64::try_from(number)?);
    let person = |place: u128| UserId::new(Uuid::from_u128(number * PEOPLE + place % PEOPLE));
    let all: Vec<Crew> = (0..PEOPLE).map(|place| person(place).into()).collect();
    let pairs: Vec<Crew> = (0..PEOPLE).map(|place| [person(place), person(place + 5)].into_iter().collect()).collect();
    let layer = |name: &str, turn, participants: &[Crew], restrictions| Layer {
        name: name.to_owned(),
        time_zone: None,
        start,
        end: None,
        turn,
        participants: participants.to_vec(),
        restrictions,
        holidays: None,
        shadow: false,
    };
    let nights = Restriction::Daily { from: time(22, 0, 0, 0), until: time(6, 0, 0, 0) };
    let weekends = Restriction::Weekly {
        from_day: Weekday::Saturday,
        from: time(0, 0, 0, 0),
        until_day: Weekday::Monday,
        until: time(0, 0, 0, 0),
    };
    let rule = "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1,-1".parse().map_err(anyhow::Error::msg)?;
    let evenings = Recurrence { rule, lasts: Some(Wait::hours(12)), except: Vec::new(), also: Vec::new() };
    let layers = vec![
        layer("weeks", Turn::Weeks(1), &all, Vec::new()),
        layer("weekends", Turn::Months(1), &all, vec![weekends]),
        layer("nights", Turn::Days(1), &pairs, vec![nights]),
        layer("evenings", Turn::Recurring(Box::new(evenings)), &all, Vec::new()),
    ];
    let id = ScheduleId::new(Uuid::from_u128(number));
    let slug = format!("schedule-{number}");
    let schedule = Schedule {
        id,
        name: slug.clone(),
        slug,
        team: None,
        time_zone: zone,
        layers,
        overrides: Vec::new(),
        silent_handovers: false,
    };
    Some(schedule).filter(|schedule| !schedule.on_call(Timestamp::MAX).is_empty()).context("nobody is on call by it")
}
