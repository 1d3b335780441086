//! A calendar as RFC 5545 writes it: lines of 75 octets at most, that end with CR LF, in UTF-8.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Feed;

/// The longest line in octets, without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// The calendar as text.
pub fn write(feed: &Feed) -> String {
    let mut text = String::new();
    for line in
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Allclear//On call//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    {
        fold(&mut text, line);
    }
    // Not in a standard, and understood by all programs that subscribe; RFC 7986 has the same as NAME.
    fold(&mut text, &format!("X-WR-CALNAME:{}", escaped(&feed.name)));
    fold(&mut text, &format!("NAME:{}", escaped(&feed.name)));
    fold(&mut text, &format!("DESCRIPTION:{}", escaped(&feed.description)));
    fold(&mut text, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    fold(&mut text, "X-PUBLISHED-TTL:PT1H");
    let stamp = utc(feed.stamp);
    for event in &feed.events {
        fold(&mut text, "BEGIN:VEVENT");
        fold(&mut text, &format!("UID:{}", event.uid));
        fold(&mut text, &format!("DTSTAMP:{stamp}"));
        fold(&mut text, &format!("DTSTART:{}", utc(event.starts)));
        fold(&mut text, &format!("DTEND:{}", utc(event.ends)));
        fold(&mut text, &format!("SUMMARY:{}", escaped(&event.summary)));
        // Being on call does not make anybody busy: others may still invite them.
        fold(&mut text, "TRANSP:TRANSPARENT");
        fold(&mut text, "END:VEVENT");
    }
    fold(&mut text, "END:VCALENDAR");
    text
}

fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value (RFC 5545 §3.3.11). What no calendar shows is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            control if control.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Adds a line, folded: what goes on begins with a blank, and no letter is broken in two.
fn fold(text: &mut String, line: &str) {
    let mut room = LINE;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            text.push_str("\r\n ");
            room = LINE - 1;
        }
        room -= letter.len_utf8();
        text.push(letter);
    }
    text.push_str("\r\n");
}
