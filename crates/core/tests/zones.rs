//! Schedules made up from a seed, over ten years in every zone of the tz database: no hole, no overlap, and handoffs at
//! the wall-clock times that were asked for.

use allclear_core::id::{ScheduleId, UserId};
use allclear_core::schedule::{Schedule, Shift};
use allclear_core::zone::Zone;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp, ToSpan, Unit, tz};
use serde_json::{Value, json};
use uuid::Uuid;

/// A Monday.
const FIRST: Date = date(2026, 1, 5);
/// Ten years later.
const LAST: Date = date(2036, 1, 7);

/// SplitMix64: the same schedules on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn quarter_hour(&mut self) -> String {
        format!("{:02}:{:02}:00", self.below(24), self.below(4) * 15)
    }
}

fn zones() -> Vec<Zone> {
    let names = tz::db().available().map(|name| name.as_str().to_owned());
    let zones: Vec<Zone> = names.filter_map(|name| name.parse().ok()).collect();
    assert!(zones.len() > 400, "the tz database has {} zones only", zones.len());
    zones
}

fn moment(zone: &Zone, at: DateTime) -> Timestamp {
    zone.rules().to_zoned(at).unwrap().timestamp()
}

fn people(count: u64) -> Vec<UserId> {
    (1..=u128::from(count)).map(|number| UserId::new(Uuid::from_u128(number))).collect()
}

fn schedule(zone: &Zone, layers: Vec<Value>) -> Schedule {
    let id = ScheduleId::new(Uuid::from_u128(1));
    let written = json!({"id": id, "slug": "x", "name": "x", "time_zone": zone, "layers": layers});
    serde_json::from_value(written).unwrap()
}

/// A layer of any kind, the first one of a schedule without hours that it is closed.
fn layer(chance: &mut Chance, always: bool) -> Value {
    let turn = match chance.below(6) {
        0 => json!({"hours": chance.pick(&[8, 12, 36])}),
        1 | 2 => json!({"days": 1 + chance.below(3)}),
        3 | 4 => json!({"weeks": 1 + chance.below(2)}),
        _ => json!({"months": 1 + chance.below(2)}),
    };
    let days = ["monday", "wednesday", "friday", "sunday"];
    let restrictions = match chance.below(3) {
        _ if always => json!([]),
        0 => json!([]),
        1 => json!([{"daily": {"from": chance.quarter_hour(), "until": chance.quarter_hour()}}]),
        _ => json!([{"weekly": {"from_day": chance.pick(&days), "from": chance.quarter_hour(),
                                "until_day": chance.pick(&days), "until": chance.quarter_hour()}}]),
    };
    let count = 2 + chance.below(4);
    json!({"name": "x", "start": format!("{FIRST}T{}", chance.quarter_hour()), "turn": turn,
           "participants": people(count), "restrictions": restrictions})
}

/// Shifts and gaps follow each other without a hole and without an overlap, and none could be longer.
fn assert_tiles(schedule: &Schedule, (from, until): (Timestamp, Timestamp), shifts: &[Shift], what: &str) {
    let mut tiles: Vec<_> = shifts.iter().map(|shift| (shift.starts, shift.ends, shift.people.clone())).collect();
    tiles.extend(schedule.gaps(from, until).iter().map(|gap| (gap.starts, gap.ends, Vec::new())));
    tiles.sort_by_key(|tile| tile.0);
    let edges = (tiles.first().map(|tile| tile.0), tiles.last().map(|tile| tile.1));
    assert_eq!(edges, (Some(from), Some(until)), "{what}");
    for pair in tiles.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "a hole or an overlap: {what}");
        assert_ne!(pair[0].2, pair[1].2, "these should be one: {what}");
    }
}

#[test]
fn no_gap_and_no_overlap_beyond_what_the_rules_say() {
    let mut chance = Chance(3);
    for zone in zones() {
        let always = chance.below(2) == 0;
        let mut layers = vec![layer(&mut chance, always)];
        layers.extend((0..chance.below(3)).map(|_| layer(&mut chance, false)));
        let range = (moment(&zone, (FIRST + 1.day()).into()), moment(&zone, LAST.into()));
        let schedule = schedule(&zone, layers);
        let what = format!("{} {:?}", zone.name(), schedule.layers);
        let shifts = schedule.shifts(range.0, range.1);
        assert_tiles(&schedule, range, &shifts, &what);
        if always {
            assert_eq!(schedule.gaps(range.0, range.1), [], "{what}");
        }
        // Asked about single moments, it says the same.
        let length = range.1.duration_since(range.0).as_secs() as u64;
        for _ in 0..20 {
            let at = range.0 + SignedDuration::from_secs(chance.below(length).cast_signed());
            let around = shifts.iter().find(|shift| shift.starts <= at && at < shift.ends);
            let expected: Vec<_> = around.into_iter().flat_map(Shift::users).collect();
            assert_eq!(schedule.on_call(at), expected, "at {at}: {what}");
        }
    }
}

#[test]
fn handoffs_keep_their_time_on_the_wall() {
    let mut chance = Chance(4);
    for zone in zones() {
        let days = chance.pick(&[1, 2, 7, 14]);
        let start: DateTime = format!("{FIRST}T{}", chance.quarter_hour()).parse().unwrap();
        let one = json!({"name": "x", "start": start, "turn": {"days": days}, "participants": people(3)});
        let schedule = schedule(&zone, vec![one]);
        let until = moment(&zone, LAST.into());
        let shifts = schedule.shifts(moment(&zone, start), until);
        // Clocks that skip the time make the handoff as much later, clocks that show it twice the first of the two.
        let on_the_wall = (0..).map(|number: i64| moment(&zone, start + (number * days).days()));
        let mut expected: Vec<_> = on_the_wall.take_while(|handoff| *handoff < until).collect();
        expected.dedup();
        let handoffs: Vec<_> = shifts.iter().map(|shift| shift.starts).collect();
        assert_eq!(handoffs, expected, "{} every {days} days from {start}", zone.name());
        let shown = handoffs.iter().map(|handoff| zone.local(*handoff).time());
        let moved = shown.filter(|time| *time != start.time()).count();
        assert!(moved <= 24, "{}: {moved} handoffs at another time", zone.name());
        let years = FIRST.until((Unit::Year, LAST)).unwrap().get_years();
        assert!(years >= 10 && handoffs.len() as i64 >= i64::from(years) * 365 / days, "{}", zone.name());
    }
}
