//! Recurrence rules beside python-dateutil: 12,000 random ones, the same occurrences.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

use allclear_core::recurrence::Rule;
use allclear_core::zone::Zone;
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

/// How many rules are compared.
const RULES: usize = 12_000;
/// How many occurrences of each.
const FIRST: usize = 10;
/// Later ones are left out: the peer looks no further.
const LAST_YEAR: i16 = 2039;

/// SplitMix64: the same rules on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: i64) -> i64 {
        (self.next() % limit.unsigned_abs()) as i64
    }

    fn percent(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as i64) as usize]
    }

    /// One to three numbers.
    fn numbers(&mut self, least: i64, most: i64, from_end: bool) -> String {
        let mut chosen = Vec::new();
        for _ in 0..=self.below(3) {
            let number = least + self.below(most - least + 1);
            chosen.push(if from_end && self.percent(30) { -number } else { number }.to_string());
        }
        chosen.join(",")
    }
}

/// A rule that the standard allows, and on which the peer agrees with the standard. It does not where days with and
/// without numbers stand together (it wants both), nor where positions are counted in a week that has begun before the
/// start (it leaves out the days before), nor in the weeks 52 and 53 (it counts those of the year before by the length
/// of this one); and of the weeks from the end of the year it knows the last one only.
fn rule(chance: &mut Chance) -> (DateTime, String) {
    let frequencies = ["YEARLY", "YEARLY", "MONTHLY", "MONTHLY", "WEEKLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"];
    let frequency = if chance.percent(5) { "SECONDLY" } else { chance.pick(&frequencies) };
    let (yearly, monthly, weekly, daily) =
        (frequency == "YEARLY", frequency == "MONTHLY", frequency == "WEEKLY", frequency == "DAILY");
    let start = date(2019, 1, 1).at(0, 0, 0, 0) + SignedDuration::from_secs(chance.below(8 * 365 * 86_400));
    let mut text = format!("FREQ={frequency};INTERVAL={}", 1 + chance.below(if yearly { 4 } else { 30 }));
    text += &format!(";WKST={}", chance.pick(&["MO", "SU", "SA", "WE"]));
    let mut has_parts = false;
    let mut add = |text: &mut String, name: &str, value: String| {
        *text += &format!(";{name}={value}");
        has_parts = true;
    };
    if chance.percent(25) {
        add(&mut text, "BYMONTH", chance.numbers(1, 12, false));
    }
    let by_week = yearly && chance.percent(15);
    if by_week {
        let week = if chance.percent(20) { "-1".to_owned() } else { chance.numbers(1, 51, false) };
        add(&mut text, "BYWEEKNO", week);
    }
    if (yearly || !(monthly || weekly || daily)) && chance.percent(15) {
        add(&mut text, "BYYEARDAY", chance.numbers(1, 366, true));
    }
    if !weekly && chance.percent(25) {
        add(&mut text, "BYMONTHDAY", chance.numbers(1, 31, true));
    }
    if chance.percent(35) {
        let numbered = (yearly || monthly) && !by_week && chance.percent(50);
        let mut days = Vec::new();
        for _ in 0..=chance.below(3) {
            let number = if numbered {
                chance.numbers(1, 5, true).split(',').next().unwrap_or("1").to_owned()
            } else {
                String::new()
            };
            days.push(number + chance.pick(&["MO", "TU", "WE", "TH", "FR", "SA", "SU"]));
        }
        add(&mut text, "BYDAY", days.join(","));
    }
    for (name, most) in [("BYHOUR", 23), ("BYMINUTE", 59), ("BYSECOND", 59)] {
        if chance.percent(15) {
            add(&mut text, name, chance.numbers(0, most, false));
        }
    }
    if has_parts && !weekly && chance.percent(20) {
        text += &format!(";BYSETPOS={}", chance.numbers(1, 6, true));
    }
    if chance.percent(15) {
        text += &format!(";COUNT={}", 1 + chance.below(20));
    } else {
        // Always an end: where nothing matches, a search without one goes on for centuries.
        let days = if chance.percent(20) { chance.below(900) } else { 900 + chance.below(3_000) };
        let last = start + SignedDuration::from_secs(days * 86_400 + chance.below(86_400));
        text += &last.strftime(";UNTIL=%Y%m%dT%H%M%S").to_string();
    }
    (start, text)
}

fn ours(start: DateTime, text: &str) -> Vec<String> {
    let rule: Rule = text.parse().unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    let all = rule.from(start, &Zone::utc());
    let soon = all.since(start).take(FIRST).take_while(|at| at.year() <= LAST_YEAR);
    soon.map(|at| at.strftime("%Y%m%dT%H%M%S").to_string()).collect()
}

#[test]
fn random_rules_are_those_of_dateutil() {
    let Ok(python) = std::env::var("ALLCLEAR_TEST_PYTHON") else {
        // Nothing to compare with: `cargo xtask ci` installs the peer.
        return;
    };
    let mut chance = Chance(5545);
    let rules: Vec<(DateTime, String)> = (0..RULES).map(|_| rule(&mut chance)).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/recurrences.py");
    let mut peer = Command::new(python)
        .args([script, &FIRST.to_string(), &LAST_YEAR.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = peer.stdin.take().unwrap();
    let asked = rules.clone();
    let writer = std::thread::spawn(move || {
        for (start, text) in asked {
            writeln!(input, "{} {text}", start.strftime("%Y%m%dT%H%M%S")).unwrap();
        }
    });
    let output = peer.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let theirs: Vec<Vec<String>> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    assert_eq!(theirs.len(), RULES, "one answer for each rule");
    let mut by_frequency: HashMap<&str, usize> = HashMap::new();
    let mut too_slow = 0;
    for ((start, text), theirs) in rules.iter().zip(&theirs) {
        if theirs[..] == ["?"] {
            too_slow += 1;
            continue;
        }
        assert_eq!(&ours(*start, text), theirs, "{text} from {start}");
        if !theirs.is_empty() {
            *by_frequency.entry(text.split(';').next().unwrap_or_default()).or_default() += 1;
        }
    }
    assert!(RULES - too_slow >= 10_000, "{too_slow} rules were too much for the peer");
    // Comparing nothing with nothing would prove nothing.
    assert!(by_frequency.len() == 7 && by_frequency.values().all(|count| *count > 100), "{by_frequency:?}");
}
