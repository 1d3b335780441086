//! Texts, numbers and JSON that are hard on whoever reads them.

use crate::chance::Chance;

/// What comes from elsewhere than a keyboard, or says what it should not.
const TEXTS: [&str; 34] = [
    "",
    " ",
    "\0",
    "a\0b",
    "\u{feff}",
    "\u{202e}txt.exe",
    "e\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "\u{10ffff}",
    "ﷺ",
    "ß",
    "İ",
    "\r\nX-Injected: 1\r\n\r\n",
    "\u{85}\u{2028}",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}",
    "'; DROP TABLE incidents;--",
    "../../../etc/passwd",
    "%00%ff%2e%2e",
    "javascript:alert(1)",
    "http://",
    "https://[::1]:0/",
    "http://a:b@example.com:99999999/",
    "9999-12-31T23:59:59.999999999Z",
    "-009999-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-02-30T25:61:61+99:99",
    "2026-03-29T02:30:00[Europe/Berlin]",
    "P9999999999Y",
    "99999999999999999999d",
    "1h-5m",
    "NaN",
    "null",
];

/// Numbers at the edges, and beyond them.
const NUMBERS: [&str; 16] = [
    "0",
    "-0",
    "-1",
    "0.1",
    "1e999",
    "-1e999",
    "1e-999",
    "255",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775809",
    "18446744073709551616",
    "00012",
    "253402300800000",
];

/// Any JSON that is seldom meant.
const VALUES: [&str; 16] = [
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{\"\":\"\"}",
    "{\"a\":1,\"a\":{\"a\":2}}",
    "\"\\ud800\"",
    "\"\\udc00\\ud800x\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "{\"\\u0000\":0}",
    "[1,\"1\",[1],{\"1\":1}]",
    "\"\\\"",
    "'single'",
];

/// A text.
pub(super) fn text(chance: &mut Chance) -> String {
    let text = *chance.pick(&TEXTS).unwrap_or(&"");
    match chance.below(8) {
        0 => text.repeat(chance.below(1_000)),
        1 => format!("a{}", "\u{301}".repeat(chance.below(5_000))),
        2 => "x".repeat(chance.below(20_000)),
        3 => number(chance),
        _ => text.to_owned(),
    }
}

/// A number, as it is written.
pub(super) fn number(chance: &mut Chance) -> String {
    match chance.below(8) {
        0 => "9".repeat(1 + chance.below(2_000)),
        1 => format!("0.{}1", "0".repeat(chance.below(2_000))),
        2 => chance.between(-(1 << 61), 1 << 61).to_string(),
        _ => (*chance.pick(&NUMBERS).unwrap_or(&"0")).to_owned(),
    }
}

/// A JSON value, as it is written; not always well.
pub(super) fn value(chance: &mut Chance) -> String {
    match chance.below(8) {
        0 => number(chance),
        1 | 2 => serde_json::Value::from(text(chance)).to_string(),
        3 => nested(chance, "[", "]"),
        4 => nested(chance, "{\"a\":", "}"),
        _ => (*chance.pick(&VALUES).unwrap_or(&"null")).to_owned(),
    }
}

/// A value that is so deep that some readers have no room for it.
fn nested(chance: &mut Chance, open: &str, close: &str) -> String {
    let depths = [31, 32, 33, 100, 126, 127, 128, 129, 1_000, 20_000];
    let depth = *chance.pick(&depths).unwrap_or(&128);
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}
