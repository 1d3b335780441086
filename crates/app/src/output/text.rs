//! Words and times for people.

use allclear_core::zone::Zone;
use jiff::{SignedDuration, Timestamp};

/// A text on one line, without what could move the cursor, change colours or turn letters around: titles and notes come
/// from whoever can send an event.
pub(crate) fn clean(text: &str) -> String {
    let harmless = |letter: char| {
        let turns = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if letter.is_control() || turns { ' ' } else { letter }
    };
    text.chars().map(harmless).collect()
}

/// What the clocks show: `2026-11-23 09:24`.
pub(crate) fn moment(zone: &Zone, at: Timestamp) -> String {
    zone.local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A length of time in at most two units: `35s`, `4m`, `2h 10m`, `3d 4h`.
pub(crate) fn length(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let two = |first: i64, unit: &str, rest: i64, smaller: &str| match rest {
        0 => format!("{first}{unit}"),
        rest => format!("{first}{unit} {rest}{smaller}"),
    };
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "m"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// So many things, in words: `1 warning`, `2 warnings`.
pub(crate) fn counted(count: impl TryInto<u64>, thing: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let end = match (count, thing.strip_suffix('y')) {
        (1, _) => return format!("1 {thing}"),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{thing}s"),
    };
    format!("{count} {end}")
}

/// How long ago it was.
pub(crate) fn age(now: Timestamp, at: Timestamp) -> String {
    length(now.duration_since(at))
}

/// The status of an incident, with its shape.
pub(crate) fn status(word: &str) -> String {
    let shape = match word {
        "triggered" => "●",
        "acknowledged" => "◐",
        "snoozed" => "‖",
        "resolved" => "✓",
        "merged" => "→",
        _ => "?",
    };
    format!("{shape} {}", clean(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_at_most_two_units() {
        for (seconds, text) in [
            (-5, "0s"),
            (59, "59s"),
            (60, "1m"),
            (3_599, "59m"),
            (3_600, "1h"),
            (7_800, "2h 10m"),
            (86_400, "1d"),
            (273_600, "3d 4h"),
        ] {
            assert_eq!(length(SignedDuration::from_secs(seconds)), text, "{seconds}");
        }
    }

    #[test]
    fn one_thing_is_not_many() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "warning")), ["0 warnings", "1 warning", "2 warnings"]);
        assert_eq!(counted(3_usize, "entry"), "3 entries");
    }

    #[test]
    fn moments_are_what_the_clocks_of_the_zone_show() {
        let at = "2026-11-23T23:30:00Z".parse().unwrap();
        assert_eq!(moment(&"Europe/Berlin".parse().unwrap(), at), "2026-11-24 00:30");
        assert_eq!(moment(&Zone::utc(), at), "2026-11-23 23:30");
    }
}
