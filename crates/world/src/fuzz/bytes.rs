//! Changes to bytes of any kind.

use super::odd;
use crate::chance::Chance;

/// The most that one change adds.
const PIECE: usize = 4_096;

/// Changes some bytes.
pub(super) fn mutate(chance: &mut Chance, body: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let place = chance.below(body.len() + 1);
    match chance.below(9) {
        0 => flip(chance, body),
        1 => body.truncate(place),
        2 => {
            let end = (place + 1 + chance.below(64)).min(body.len());
            body.drain(place.min(end)..end);
        }
        3 => {
            let end = (place + 1 + chance.below(PIECE)).min(body.len());
            let piece: Vec<u8> = body[place.min(end)..end].to_vec();
            body.splice(place..place, piece);
        }
        4 => {
            let text = odd::text(chance);
            body.splice(place..place, text.bytes().take(PIECE));
        }
        5 => {
            let other = chance.pick(corpus).cloned().unwrap_or_default();
            let (from, length) = (chance.below(other.len() + 1), chance.below(PIECE));
            body.splice(place..place, other.into_iter().skip(from).take(length));
        }
        6 => {
            let token = *chance.pick(&TOKENS).unwrap_or(&"");
            body.splice(place..place, token.bytes());
        }
        7 => {
            let length = chance.below(16);
            let noise: Vec<u8> = (0..length).map(|_| chance.below(256) as u8).collect();
            body.splice(place..place, noise);
        }
        _ => number(chance, body),
    }
}

/// What means something to a parser: JSON, YAML, forms, matchers, regular expressions, gzip.
const TOKENS: [&str; 28] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\u",
    ",",
    ":",
    "null",
    "\0",
    "\u{feff}",
    "\r\n",
    "\n---\n",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "|\n",
    "%",
    "+",
    "=~\"",
    "(?:",
    "{1000}",
    "(a+)+",
    "\\p{L}",
    "\u{1f}\u{8b}",
    "'",
];

fn flip(chance: &mut Chance, body: &mut [u8]) {
    for _ in 0..=chance.below(4) {
        let place = chance.below(body.len());
        if let Some(byte) = body.get_mut(place) {
            *byte ^= 1 << chance.below(8);
        }
    }
}

/// Replaces the first number after some place by one that fits nowhere.
fn number(chance: &mut Chance, body: &mut Vec<u8>) {
    let place = chance.below(body.len() + 1);
    let Some(start) = body[place..].iter().position(u8::is_ascii_digit).map(|at| place + at) else { return };
    let length = body[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let instead = odd::number(chance);
    body.splice(start..start + length, instead.bytes());
}
