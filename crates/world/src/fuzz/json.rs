//! Changes to JSON, at any of its paths.

use allclear_core::limits;
use serde_json::{Map, Value};

use super::odd;
use crate::chance::Chance;

/// How often a list or an object may be made longer by itself: beyond the limits of one request.
const COPIES: [usize; 5] = [2, 60, 120, 300, 5_200];
/// What stands where raw text is put in afterwards: text that a tree of values cannot hold.
const MARK: &str = "\u{e000}raw\u{e000}";
/// The most that a changed body may have: what is larger comes no further than the front door.
const LARGEST: usize = limits::EVENT_BYTES;

/// Changes one part of a JSON body; false when it is none, or has become too large.
pub(super) fn mutate(chance: &mut Chance, body: &mut Vec<u8>) -> bool {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return false };
    let place = chance.below(count(&value));
    let mut raw = None;
    if let Some(part) = nth(&mut value, &mut place.clone()) {
        raw = change(chance, part);
    }
    let mut text = value.to_string();
    if let Some(raw) = raw {
        text = text.replacen(&format!("\"{MARK}\""), &raw, 1);
    }
    let fits = text.len() <= LARGEST;
    if fits {
        *body = text.into_bytes();
    }
    fits
}

/// How many values there are, the whole included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The value of that number, counted as a reader meets them.
fn nth<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, place)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, place)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Changes a value; what is returned takes the place of the mark.
fn change(chance: &mut Chance, part: &mut Value) -> Option<String> {
    match (chance.below(4), part) {
        (0, Value::Object(fields)) => change_fields(chance, fields),
        (0, Value::Array(items)) => {
            let times = *chance.pick(&COPIES).unwrap_or(&2);
            if let Some(item) = chance.pick(items).cloned() {
                items.extend(std::iter::repeat_n(item, times));
            }
            None
        }
        (1, Value::String(text)) => {
            let more = odd::text(chance);
            text.push_str(&more);
            None
        }
        (_, part) => {
            *part = Value::from(MARK);
            Some(odd::value(chance))
        }
    }
}

fn change_fields(chance: &mut Chance, fields: &mut Map<String, Value>) -> Option<String> {
    let names: Vec<String> = fields.keys().cloned().collect();
    let name = chance.pick(&names).cloned().unwrap_or_default();
    match chance.below(4) {
        0 => {
            fields.remove(&name);
            None
        }
        1 => {
            let value = fields.remove(&name).unwrap_or(Value::Null);
            fields.insert(odd::text(chance), value);
            None
        }
        2 => {
            let times = *chance.pick(&COPIES).unwrap_or(&2);
            fields.extend((0..times).map(|number| (format!("{name}{number}"), Value::from(number))));
            None
        }
        _ => {
            // The same name once more, with another value: the tree holds one of them only.
            let again = format!("{},{}:{}", odd::value(chance), Value::from(name.as_str()), odd::value(chance));
            fields.insert(name, Value::from(MARK));
            Some(again)
        }
    }
}
