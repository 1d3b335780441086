//! Texts from outside, made fit to be shown: one line, no tricks, not too long; and times with their zone.

use allclear_core::zone::Zone;
use jiff::{Timestamp, Zoned};

/// How much of what the other side said is kept.
const EXCERPT_CHARACTERS: usize = 200;

/// Makes one line of at most so many characters: whatever ends a line or controls a terminal becomes a space, runs of
/// spaces become one, what is invisible or turns the direction of the text around is dropped, and what is too long ends
/// in `…`. No header and no line of a text can be forged through it.
pub fn line(text: &str, characters: usize) -> String {
    let visible = text.chars().filter(|c| !is_deceptive(*c));
    let spaced = visible.map(|c| if c.is_control() { ' ' } else { c });
    // One word more than fits is enough to know that it does not fit.
    let mut line = String::new();
    let mut count = 0;
    for word in spaced.collect::<String>().split_whitespace() {
        if count > 0 {
            line.push(' ');
            count += 1;
        }
        line.push_str(word);
        count += word.chars().count();
        if count > characters {
            return cut(&line, characters);
        }
    }
    line
}

/// The first characters of a text, with `…` in place of the rest.
fn cut(text: &str, characters: usize) -> String {
    let mut kept: String = text.chars().take(characters.saturating_sub(1)).collect();
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// Characters that show nothing, or that make other characters show elsewhere than they stand (Unicode TR 36, "Trojan
/// source"). Joiners stay: scripts and emoji need them.
const fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E007F}'
    )
}

/// The address itself where it may become a link: `http` or `https`, and nothing in it that could end an attribute, a
/// line or a word.
pub fn web_address(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let plain = |c: char| {
        !c.is_whitespace() && !c.is_control() && !is_deceptive(c) && !matches!(c, '<' | '>' | '"' | '\'' | '`' | '\\')
    };
    (rest.starts_with(|c: char| c.is_alphanumeric() || c == '[') && rest.chars().all(plain)).then_some(address)
}

/// The text with every web address in it cut after the host. Paths and queries of web addresses are often secrets.
pub fn without_paths(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find("://") {
        let (before, after) = rest.split_at(found + "://".len());
        kept.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '`'));
        let (address, behind) = after.split_at(end.unwrap_or(after.len()));
        let (authority, path) = address.split_at(address.find(['/', '?', '#', '\\']).unwrap_or(address.len()));
        kept.push_str(authority.rsplit('@').next().unwrap_or(authority));
        if path.len() > 1 {
            kept.push_str("/…");
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// The beginning of what the other side said, fit for a log: one line, no web addresses beyond their host. Nothing of
/// an HTML page: it says less than the status does.
pub fn excerpt(said: &[u8]) -> String {
    let beginning = &said[..said.len().min(4 * EXCERPT_CHARACTERS)];
    let said = String::from_utf8_lossy(beginning);
    if said.trim_start().starts_with('<') {
        return String::new();
    }
    line(&without_paths(&said), EXCERPT_CHARACTERS)
}

/// A moment on somebody's clock, with the zone: `Sat 18 Apr 2026, 03:12 CEST (Europe/Berlin)`.
pub fn moment(at: Timestamp, zone: &Zone) -> String {
    let local = zone.local(at);
    let short = abbreviation(&local);
    let moment = format!("{} {short}", local.strftime("%a %-d %b %Y, %H:%M"));
    // An abbreviation alone is ambiguous: there are three ISTs.
    if short == zone.name() { moment } else { format!("{moment} ({zone})") }
}

/// The same where space is short and the zone's whole name stands nearby: `18 Apr, 03:12 CEST`.
pub fn clock(at: Timestamp, zone: &Zone) -> String {
    let local = zone.local(at);
    format!("{} {}", local.strftime("%-d %b, %H:%M"), abbreviation(&local))
}

/// Zones without an abbreviation of their own have their offset for one.
fn abbreviation(local: &Zoned) -> String {
    let short = local.strftime("%Z").to_string();
    if short.starts_with(['+', '-']) { format!("UTC{short}") } else { short }
}

/// The text with a full stop, unless it ends in one already.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line() {
        for (text, characters, expected) in [
            ("High error rate", 200, "High error rate"),
            ("  a\r\nBcc: b@example.com\t c ", 200, "a Bcc: b@example.com c"),
            ("bell\u{7}, escape\u{1b}[31m, next line\u{85}.", 200, "bell , escape [31m, next line ."),
            ("line\u{2028}paragraph\u{2029}.", 200, "line paragraph ."),
            ("user\u{202E}fdp.exe\u{2066}\u{200B}\u{FEFF}", 200, "userfdp.exe"),
            ("👩\u{200D}🚒 می\u{200C}خواهم", 200, "👩\u{200D}🚒 می\u{200C}خواهم"),
            ("\u{0}\r\n", 200, ""),
            ("exactly ten", 10, "exactly t…"),
            ("exactlyten", 10, "exactlyten"),
            ("nine char ", 9, "nine char"),
            ("one more than nine", 9, "one more…"),
        ] {
            assert_eq!(line(text, characters), expected, "{text:?}");
        }
        assert_eq!(line(&"é".repeat(10_000), 50).chars().count(), 50);
    }

    #[test]
    fn only_web_addresses_are_links() {
        for good in ["https://grafana.example/d/1?a=b&c=d#e", "http://[::1]:8080/", "https://bücher.example/"] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "",
            "https://",
            "https:///x",
            "javascript:alert(1)",
            "data:text/html,x",
            "HTTPS://",
            "//example.com",
            "https://example.com/\" onclick=\"x",
            "https://example.com/\r\nX: y",
            "https://example.com/a b",
            "https://example.com/\u{202E}x",
            "https://example.com/<b>",
        ] {
            assert_eq!(web_address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn paths_of_web_addresses_are_not_shown() {
        for (text, shown) in [
            ("no address", "no address"),
            ("https://hooks.example.com/services/T0/B1/xyz", "https://hooks.example.com/…"),
            (
                "error for url (https://u:p@h.example:8443?k=s): refused",
                "error for url (https://h.example:8443/…): refused",
            ),
            ("\"https://a.example/s\" and http://b.example/ end", "\"https://a.example/…\" and http://b.example end"),
        ] {
            assert_eq!(without_paths(text), shown);
        }
    }

    #[test]
    fn excerpts() {
        assert_eq!(excerpt(b"<html><title>502 Bad Gateway"), "");
        assert_eq!(excerpt(b"{\"error\":\r\n \"no \xff\"}"), "{\"error\": \"no \u{FFFD}\"}");
        assert_eq!(excerpt(&[b'x'; 100_000]).chars().count(), EXCERPT_CHARACTERS);
    }

    #[test]
    fn times_name_their_zone() {
        let at: Timestamp = "2026-04-18T01:12:30Z".parse().unwrap();
        for (zone, shown) in [
            ("Europe/Berlin", "Sat 18 Apr 2026, 03:12 CEST (Europe/Berlin)"),
            ("UTC", "Sat 18 Apr 2026, 01:12 UTC"),
            ("America/Sao_Paulo", "Fri 17 Apr 2026, 22:12 UTC-03 (America/Sao_Paulo)"),
            ("Asia/Kolkata", "Sat 18 Apr 2026, 06:42 IST (Asia/Kolkata)"),
        ] {
            assert_eq!(moment(at, &zone.parse().unwrap()), shown);
        }
        assert_eq!(clock(at, &"Europe/Berlin".parse().unwrap()), "18 Apr, 03:12 CEST");
    }

    #[test]
    fn sentences_end() {
        for (text, whole) in [("In 5m Ben is paged", "In 5m Ben is paged."), ("Really? ", "Really?"), ("", "")] {
            assert_eq!(sentence(text), whole);
        }
    }
}
