//! Times as people read them: how long ago, and on hover exactly when and in which zone.

use allclear_core::zone::Zone;
use jiff::Timestamp;

/// What is needed to show a time: the moment of rendering and the zone of whoever looks.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The moment of rendering.
    pub now: Timestamp,
    /// The reader's zone.
    pub zone: Zone,
}

impl Clock {
    /// A moment, ready to be shown.
    pub fn when(&self, at: Timestamp) -> When {
        When { at, clock: self.clone() }
    }

    /// A stretch of time on this clock: `Tue 24 Nov 02:00–06:00`, with 24:00 for the end of a day, or
    /// `Sat 12 Dec 09:00 – Mon 14 Dec 09:00`. The year is said where it is not the present one.
    pub fn stretch(&self, starts: Timestamp, ends: Timestamp) -> String {
        let [from, until, today] = [starts, ends, self.now].map(|at| self.zone.local(at));
        let day = |at: &jiff::Zoned| {
            let year = if at.year() == today.year() { "" } else { " %Y" };
            at.strftime(&format!("%a %-d %b{year} %H:%M")).to_string()
        };
        let to_midnight = until.time() == jiff::civil::Time::midnight();
        let last = if to_midnight { until.date().yesterday().unwrap_or(until.date()) } else { until.date() };
        if from.date() == last {
            let end = if to_midnight { "24:00".to_owned() } else { until.strftime("%H:%M").to_string() };
            return format!("{}–{end}", day(&from));
        }
        format!("{} – {}", day(&from), day(&until))
    }

    /// The moment of rendering in RFC 3339, so that scripts count by the server's clock.
    pub fn iso(&self) -> String {
        self.now.to_string()
    }
}

/// A moment, ready to be shown. Every text but [`When::iso`] is for people.
#[derive(Debug, Clone)]
pub struct When {
    at: Timestamp,
    clock: Clock,
}

impl When {
    fn format(&self, format: &str) -> String {
        self.clock.zone.local(self.at).strftime(format).to_string()
    }

    /// Seconds from this moment to now; negative while it lies ahead.
    fn past(&self) -> i64 {
        self.clock.now.duration_since(self.at).as_secs()
    }

    /// RFC 3339, for the `datetime` attribute.
    pub fn iso(&self) -> String {
        self.at.to_string()
    }

    /// All of it, with the zone: `Mon 23 Nov 2026, 04:12:33 CET (Europe/Berlin)`.
    pub fn exact(&self) -> String {
        format!("{} ({})", self.format("%a %-d %b %Y, %H:%M:%S %Z"), self.clock.zone)
    }

    /// For a heading or a sentence: `04:12` today, `Mon 09:00` within six days, `12 Oct 09:00` otherwise, and
    /// `12 Oct 2025 09:00` where the year is another one.
    pub fn short(&self) -> String {
        let (then, today) = (self.clock.zone.local(self.at), self.clock.zone.local(self.clock.now));
        let format = if then.date() == today.date() {
            "%H:%M"
        } else if self.past().unsigned_abs() < 6 * 86_400 {
            "%a %H:%M"
        } else if then.year() == today.year() {
            "%-d %b %H:%M"
        } else {
            "%-d %b %Y %H:%M"
        };
        self.format(format)
    }

    /// As [`When::short`], with the zone's abbreviation.
    pub fn short_with_zone(&self) -> String {
        format!("{} {}", self.short(), self.format("%Z"))
    }

    /// The time of day to the second: `04:12:33`.
    pub fn time(&self) -> String {
        self.format("%H:%M:%S")
    }

    /// The day, as a heading: `Monday 23 November`.
    pub fn day(&self) -> String {
        self.format("%A %-d %B")
    }

    /// How long it has lasted: `40s`, `3m`, `1h 12m`, `4d`.
    pub fn age(&self) -> String {
        length(self.past().max(0))
    }

    /// How long ago: `just now`, `3m ago`.
    pub fn ago(&self) -> String {
        if self.past() < 5 { "just now".into() } else { format!("{} ago", length(self.past())) }
    }

    /// How long until then, in a sentence: `in 3m`, or `now`.
    pub fn until(&self) -> String {
        if self.past() >= 0 { "now".into() } else { format!("in {}", length(-self.past())) }
    }

    /// How long until then, to the second in the last hour: `3:42`, `2h 5m`.
    pub fn countdown(&self) -> String {
        match -self.past() {
            seconds if seconds <= 0 => "now".into(),
            seconds if seconds < 3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
            seconds => length(seconds),
        }
    }

    /// True within the last minutes before then.
    pub fn is_soon(&self) -> bool {
        self.past() > -900
    }
}

/// A length of time in words, two units at most. `time.js` must say the same.
fn length(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    match (seconds, hours) {
        (..60, _) => format!("{seconds}s"),
        (..3_600, _) => format!("{minutes}m"),
        (_, ..24) if minutes % 60 == 0 => format!("{hours}h"),
        (_, ..24) => format!("{hours}h {}m", minutes % 60),
        _ => format!("{}d", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(at: &str) -> When {
        let zone = "Europe/Berlin".parse().unwrap();
        Clock { now: "2026-11-23T03:15:00Z".parse().unwrap(), zone }.when(at.parse().unwrap())
    }

    #[test]
    fn ages_and_countdowns() {
        let table = [
            ("2026-11-23T03:14:58Z", "2s", "just now", "now"),
            ("2026-11-23T03:11:00Z", "4m", "4m ago", "now"),
            ("2026-11-23T02:03:00Z", "1h 12m", "1h 12m ago", "now"),
            ("2026-11-23T01:15:00Z", "2h", "2h ago", "now"),
            ("2026-11-19T01:15:00Z", "4d", "4d ago", "now"),
            ("2026-11-23T03:18:42Z", "0s", "just now", "3:42"),
            ("2026-11-23T05:20:00Z", "0s", "just now", "2h 5m"),
        ];
        for (at, age, ago, countdown) in table {
            let when = when(at);
            assert_eq!((when.age().as_str(), when.ago().as_str(), when.countdown().as_str()), (age, ago, countdown));
        }
    }

    #[test]
    fn stretches_say_the_day_once_where_it_is_one() {
        let clock = when("2026-11-23T03:12:33Z").clock;
        let table = [
            ("2026-11-24T01:00:00Z", "2026-11-24T05:00:00Z", "Tue 24 Nov 02:00–06:00"),
            ("2026-11-24T19:00:00Z", "2026-11-24T23:00:00Z", "Tue 24 Nov 20:00–24:00"),
            ("2026-11-24T23:00:00Z", "2026-11-25T23:00:00Z", "Wed 25 Nov 00:00–24:00"),
            ("2026-12-12T08:00:00Z", "2026-12-14T08:00:00Z", "Sat 12 Dec 09:00 – Mon 14 Dec 09:00"),
            ("2026-12-31T08:00:00Z", "2027-01-01T08:00:00Z", "Thu 31 Dec 09:00 – Fri 1 Jan 2027 09:00"),
        ];
        for (starts, ends, said) in table {
            assert_eq!(clock.stretch(starts.parse().unwrap(), ends.parse().unwrap()), said);
        }
    }

    #[test]
    fn exact_times_carry_the_zone() {
        assert_eq!(when("2026-11-23T03:12:33Z").exact(), "Mon 23 Nov 2026, 04:12:33 CET (Europe/Berlin)");
        assert_eq!(when("2026-11-23T03:12:33Z").short(), "04:12");
        assert_eq!(when("2026-11-26T08:00:00Z").short_with_zone(), "Thu 09:00 CET");
        assert_eq!(when("2026-10-01T08:00:00Z").short(), "1 Oct 10:00");
        assert_eq!(when("2025-10-01T08:00:00Z").short(), "1 Oct 2025 10:00");
    }
}
