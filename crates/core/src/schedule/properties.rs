//! The promises of the schedule, held against a slow but obvious reading of the same rules, around the most awkward
//! moments of several calendars.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan, civil};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use super::{Crew, Layer, Override, Recurrence, Restriction, Schedule, Turn, Weekday};
use crate::id::{OverrideId, ScheduleId, UserId};
use crate::schedule::Shift;
use crate::wait::Wait;
use crate::zone::Zone;

/// Zones, and moments at which their clocks were changed.
const CHANGES: [(&str, &str); 14] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
    // A day that came twice: Alaska went from the Russian to the American calendar day.
    ("America/Juneau", "1867-10-19T00:31:13Z"),
    ("UTC", "2028-02-29T00:00:00Z"),
];

const PEOPLE: u128 = 4;

fn person() -> impl Strategy<Value = UserId> {
    (0..PEOPLE).prop_map(|number| UserId::new(Uuid::from_u128(number)))
}

/// Times within an hour and a half of the one that the clocks show after the change, and some of everyday life.
fn wall_time(changed: civil::Time) -> impl Strategy<Value = civil::Time> {
    let quarters = (-6..=6i64).prop_map(move |quarter| changed.wrapping_add(SignedDuration::from_mins(quarter * 15)));
    let everyday = [(0, 0, 0), (9, 0, 0), (17, 30, 0), (23, 59, 59)].map(|(h, m, s)| civil::time(h, m, s, 0));
    prop_oneof![3 => quarters, 1 => select(everyday.to_vec())]
}

fn weekday() -> impl Strategy<Value = Weekday> {
    select(WEEKDAYS.to_vec())
}

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn restriction(changed: civil::Time) -> impl Strategy<Value = Restriction> {
    prop_oneof![
        (wall_time(changed), wall_time(changed)).prop_map(|(from, until)| Restriction::Daily { from, until }),
        (weekday(), wall_time(changed), weekday(), wall_time(changed))
            .prop_map(|(from_day, from, until_day, until)| Restriction::Weekly { from_day, from, until_day, until }),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let hours = select(vec![1, 5, 8, 12, 24, 36]).prop_map(Turn::Hours);
    let days = (1..=3u32).prop_map(Turn::Days);
    let rule = (select(RULES.to_vec()), select(vec![None, Some(2), Some(9), Some(30)])).prop_map(|(rule, hours)| {
        let (rule, lasts) = (rule.parse().unwrap(), hours.map(Wait::hours));
        Turn::Recurring(Box::new(Recurrence { rule, lasts, except: Vec::new(), also: Vec::new() }))
    });
    prop_oneof![
        1 => hours,
        3 => days,
        1 => (1..=2u32).prop_map(Turn::Weeks),
        1 => (1..=2u32).prop_map(Turn::Months),
        2 => rule,
    ]
}

/// Rules that begin shifts around every hour at which clocks change, and some of everyday life.
const RULES: [&str; 8] = [
    "FREQ=DAILY",
    "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=WEEKLY;BYDAY=FR,SU",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,30",
    "FREQ=MINUTELY;INTERVAL=45",
    "FREQ=MONTHLY;BYMONTHDAY=-1,30",
    "FREQ=DAILY;COUNT=9",
];

/// People who take turns, sometimes two together.
fn crew() -> impl Strategy<Value = Crew> {
    let two = subsequence((0..PEOPLE).collect::<Vec<_>>(), 2)
        .prop_map(|two| two.into_iter().map(|number| UserId::new(Uuid::from_u128(number))).collect());
    prop_oneof![3 => person().prop_map(Crew::from), 1 => two]
}

/// A layer whose start is at most some weeks from the change, so that the obvious reading may count from it.
fn layer(change: Timestamp, home: Zone) -> impl Strategy<Value = Layer> {
    let zones = prop_oneof![3 => Just(None), 1 => select(CHANGES.to_vec()).prop_map(|(zone, _)| Some(zone))];
    let time = || wall_time(home.local(change).time());
    let end = proptest::option::weighted(0.2, (1..=30i64, time()));
    let restriction = restriction(home.local(change).time());
    let restrictions = prop_oneof![Just(Vec::new()), proptest::collection::vec(restriction, 1..=2)];
    let people = prop_oneof![1 => Just(Vec::new()), 9 => proptest::collection::vec(crew(), 1..=4)];
    let shadow = proptest::bool::weighted(0.1);
    ((zones, -20..=3i64, time(), end, turn()), people, restrictions, shadow).prop_map(
        move |((zone, days, time, end, turn), participants, restrictions, shadow)| {
            let zone = zone.map(|zone| zone.parse::<Zone>().unwrap());
            let around = zone.as_ref().unwrap_or(&home).local(change).date();
            let start = around.saturating_add(days.days()).to_datetime(time);
            let end = end.map(|(days, time)| start.date().saturating_add(days.days()).to_datetime(time));
            Layer {
                name: "layer".into(),
                time_zone: zone,
                start,
                end,
                turn,
                participants,
                restrictions,
                holidays: None,
                shadow,
            }
        },
    )
}

fn cover(change: Timestamp) -> impl Strategy<Value = Override> {
    let replaces = proptest::option::of(person());
    (person(), replaces, -600..600i64, 1..300i64, 0..1_000u128).prop_map(move |(user, replaces, start, length, id)| {
        let starts = change + SignedDuration::from_mins(start * 10);
        let ends = starts + SignedDuration::from_mins(length * 10);
        Override { id: OverrideId::new(Uuid::from_u128(id)), user, replaces, starts, ends }
    })
}

fn nobody(time_zone: Zone) -> Schedule {
    Schedule {
        id: ScheduleId::new(Uuid::nil()),
        slug: "checkout".into(),
        name: "Checkout".into(),
        team: None,
        time_zone,
        layers: Vec::new(),
        overrides: Vec::new(),
        silent_handovers: false,
    }
}

/// A schedule and the change it lives around.
fn schedule() -> impl Strategy<Value = (Schedule, Timestamp)> {
    select(CHANGES.to_vec()).prop_flat_map(|(zone, change)| {
        let (zone, change): (Zone, Timestamp) = (zone.parse().unwrap(), change.parse().unwrap());
        let layers = proptest::collection::vec(layer(change, zone.clone()), 0..=3);
        let overrides = proptest::collection::vec(cover(change), 0..=3);
        (layers, overrides).prop_map(move |(layers, overrides)| {
            let schedule = Schedule { layers, overrides, ..nobody(zone.clone()) };
            (schedule, change)
        })
    })
}

/// The obvious reading: count the turns from the start, look at every window in sight.
mod obvious {
    use super::*;

    pub(super) struct Reading<'a> {
        schedule: &'a Schedule,
        /// For each layer, when each of its turns begins, and when it ends unless the next one ends it.
        turns: Vec<Vec<(Timestamp, Option<Timestamp>)>>,
    }

    impl<'a> Reading<'a> {
        /// All turns that begin before the horizon.
        pub(super) fn of(schedule: &'a Schedule, horizon: Timestamp) -> Self {
            let turns = schedule.layers.iter().map(|layer| turns(layer, zone(schedule, layer), horizon)).collect();
            Self { schedule, turns }
        }

        pub(super) fn on_call(&self, at: Timestamp) -> Vec<UserId> {
            let layers = self.schedule.layers.iter().zip(&self.turns).rev().filter(|(layer, _)| !layer.shadow);
            let mut by_layers = layers.filter_map(|(layer, turns)| self.by_layer(layer, turns, at));
            let mut people = by_layers.next().map(|crew| crew.people().to_vec()).unwrap_or_default();
            for cover in self.schedule.overrides.iter().filter(|cover| cover.starts <= at && at < cover.ends) {
                match cover.replaces {
                    None => people = vec![cover.user],
                    Some(replaced) if !people.contains(&replaced) || replaced == cover.user => {}
                    Some(replaced) if people.contains(&cover.user) => people.retain(|user| *user != replaced),
                    Some(replaced) => {
                        people.iter_mut().filter(|user| **user == replaced).for_each(|user| *user = cover.user);
                    }
                }
            }
            people
        }

        fn by_layer(
            &self,
            layer: &'a Layer,
            turns: &[(Timestamp, Option<Timestamp>)],
            at: Timestamp,
        ) -> Option<&'a Crew> {
            let zone = zone(self.schedule, layer).rules();
            let over = layer.end.is_some_and(|end| resolved(zone, end) <= at);
            let open = layer.restrictions.is_empty() || layer.restrictions.iter().any(|one| admits(one, zone, at));
            if over || !open {
                return None;
            }
            let begun = turns.iter().rposition(|(begins, _)| *begins <= at)?;
            let running = turns[begun].1.is_none_or(|ends| at < ends);
            running.then(|| layer.participants.get(begun % layer.participants.len().max(1)))?
        }
    }

    fn zone<'a>(schedule: &'a Schedule, layer: &'a Layer) -> &'a Zone {
        layer.time_zone.as_ref().unwrap_or(&schedule.time_zone)
    }

    fn turns(layer: &Layer, named: &Zone, horizon: Timestamp) -> Vec<(Timestamp, Option<Timestamp>)> {
        let zone = named.rules();
        let Turn::Recurring(recurrence) = &layer.turn else {
            let handoffs = (0..).map(|number| handoff(layer, zone, number));
            return handoffs.take_while(|handoff| *handoff < horizon).map(|handoff| (handoff, None)).collect();
        };
        let until = zone.to_datetime(horizon) + 3.days();
        let all = recurrence.rule.from(layer.start, named).since(layer.start).take_while(|shift| *shift < until);
        let ends = |shift| recurrence.lasts.map(|lasts| resolved(zone, shift + lasts.duration()));
        all.map(|shift| (resolved(zone, shift), ends(shift))).collect()
    }

    fn handoff(layer: &Layer, zone: &TimeZone, number: i64) -> Timestamp {
        let shown = |span: Span| resolved(zone, layer.start.checked_add(span).unwrap());
        match &layer.turn {
            Turn::Hours(hours) => resolved(zone, layer.start) + (i64::from(*hours) * number).hours(),
            Turn::Days(days) => shown((i64::from(*days) * number).days()),
            Turn::Weeks(weeks) => shown((i64::from(*weeks) * number).weeks()),
            Turn::Months(months) => shown((i64::from(*months) * number).months()),
            Turn::Recurring(_) => unreachable!("shifts are counted above"),
        }
    }

    fn admits(restriction: &Restriction, zone: &TimeZone, at: Timestamp) -> bool {
        let today = zone.to_datetime(at).date();
        (-12..=3i64).map(|days| today + days.days()).any(|date| {
            let (from, until, days) = match *restriction {
                Restriction::Daily { from, until } => (from, until, i64::from(until <= from)),
                Restriction::Weekly { from_day, from, until_day, until } => {
                    if WEEKDAYS[date.weekday().to_monday_zero_offset() as usize] != from_day {
                        return false;
                    }
                    let ahead = (until_day as i64 - from_day as i64).rem_euclid(7);
                    (from, until, if ahead == 0 && until <= from { 7 } else { ahead })
                }
            };
            let opens = resolved(zone, date.to_datetime(from));
            let closes = resolved(zone, (date + days.days()).to_datetime(until));
            opens <= at && at < closes
        })
    }

    fn resolved(zone: &TimeZone, shown: civil::DateTime) -> Timestamp {
        zone.to_zoned(shown).unwrap().timestamp()
    }
}

/// Everything that is promised about one schedule.
fn check(schedule: &Schedule, change: Timestamp, probes: &[i64]) -> Result<(), TestCaseError> {
    let from = change - SignedDuration::from_hours(24 * 5);
    let until = change + SignedDuration::from_hours(24 * 5);
    let shifts = schedule.shifts(from, until);
    let tiles = tiles(schedule, from, until)?;
    let obvious = obvious::Reading::of(schedule, until);

    let edges = tiles.iter().flat_map(|tile| {
        let nanosecond = SignedDuration::from_nanos(1);
        [tile.0 - nanosecond, tile.0, tile.0 + nanosecond, tile.1 - nanosecond]
    });
    let anywhere = probes.iter().map(|seconds| change + SignedDuration::from_secs(*seconds));
    for at in edges.chain(anywhere).filter(|at| (from..until).contains(at)) {
        let expected = obvious.on_call(at);
        prop_assert_eq!(&schedule.on_call(at), &expected, "on call at {}", at);
        let around = shifts.iter().find(|shift| shift.starts <= at && at < shift.ends);
        let around: Vec<UserId> = around.into_iter().flat_map(Shift::users).collect();
        prop_assert_eq!(&around, &expected, "shift around {}", at);

        // The first tile after the moment that has somebody else.
        let next = tiles.iter().find(|tile| at < tile.0 && tile.2 != expected).map(|tile| tile.0);
        let promised = schedule.next_change(at).filter(|next| *next < until);
        prop_assert_eq!(promised, next, "next change after {}", at);
        for user in expected {
            let gone = tiles.iter().find(|tile| at < tile.0 && !tile.2.contains(&user)).map(|tile| tile.0);
            let end = schedule.on_call_until(user, at).filter(|end| *end < until);
            prop_assert_eq!(end, gone, "on call until, at {}", at);
        }
    }
    Ok(())
}

/// A time with the same people on call; nobody in a gap.
type Tile = (Timestamp, Timestamp, Vec<UserId>);

/// Shifts and gaps in order, which must tile the range and each be as long as it can be.
fn tiles(schedule: &Schedule, from: Timestamp, until: Timestamp) -> Result<Vec<Tile>, TestCaseError> {
    let shifts = schedule.shifts(from, until);
    for pair in shifts.windows(2) {
        let joinable = pair[0].ends == pair[1].starts && pair[0].people == pair[1].people;
        prop_assert!(!joinable, "two shifts that should be one: {:?}", pair);
    }
    let mut tiles: Vec<Tile> = shifts.iter().map(|shift| (shift.starts, shift.ends, shift.users().collect())).collect();
    tiles.extend(schedule.gaps(from, until).iter().map(|gap| (gap.starts, gap.ends, Vec::new())));
    tiles.sort();
    prop_assert_eq!(tiles.first().map(|tile| tile.0), Some(from));
    prop_assert_eq!(tiles.last().map(|tile| tile.1), Some(until));
    for pair in tiles.windows(2) {
        prop_assert_eq!(pair[0].1, pair[1].0, "a hole or an overlap");
        prop_assert!(!pair[0].2.is_empty() || !pair[1].2.is_empty(), "two gaps that should be one: {:?}", pair);
    }
    prop_assert!(tiles.iter().all(|tile| tile.0 < tile.1), "an empty tile");
    Ok(tiles)
}

proptest! {
    #[test]
    fn all_answers_are_one_answer(
        (schedule, change) in schedule(),
        probes in proptest::collection::vec(-400_000..400_000i64, 24),
        near in proptest::collection::vec(-8_000..8_000i64, 24),
    ) {
        check(&schedule, change, &[probes, near].concat())?;
    }
}

/// A daily handoff at every half hour, seen every quarter of an hour from a day before each change until a day after
/// it.
#[test]
fn every_handoff_around_every_change() {
    let quarter = SignedDuration::from_mins(15);
    for (zone, change) in CHANGES {
        let (zone, change): (Zone, Timestamp) = (zone.parse().unwrap(), change.parse().unwrap());
        let first = zone.local(change).date() - 3.days();
        for half_hours in 0..48i64 {
            let mut schedule = nobody(zone.clone());
            schedule.layers.push(Layer {
                name: "daily".into(),
                time_zone: None,
                start: first.at(0, 0, 0, 0) + (quarter * 2 * half_hours as i32),
                end: None,
                turn: Turn::Days(1),
                participants: (0..PEOPLE).map(|number| UserId::new(Uuid::from_u128(number)).into()).collect(),
                restrictions: Vec::new(),
                holidays: None,
                shadow: false,
            });
            let obvious = obvious::Reading::of(&schedule, change + quarter * 101);
            for at in (-100..=100).map(|quarters| change + quarter * quarters) {
                let expected = obvious.on_call(at);
                assert_eq!(schedule.on_call(at), expected, "{zone} at {at}, handoff at {}", schedule.layers[0].start);
            }
        }
    }
}
