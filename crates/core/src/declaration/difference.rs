//! What changes about a thing, in the words of its document.

use serde::Serialize;
use serde_json::Value;

use super::document::Document;

/// One field that changes. The values are in the form that documents use: slugs, `5m`, `weekly`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where in the document, list places counted from 1: `steps[2].wait`.
    pub path: String,
    /// What it was; nothing where it is new.
    pub before: Option<Value>,
    /// What it will be; nothing where it goes.
    pub after: Option<Value>,
}

/// The fields in which two documents about the same thing differ, in the order of their names. Of a thing that is new
/// or goes, all of them.
pub(super) fn between(before: Option<&Document>, after: Option<&Document>) -> Vec<Difference> {
    let mut found = Vec::new();
    let [before, after] = [before, after].map(|document| document.map_or_else(empty, fields));
    compare("", Some(&before), Some(&after), &mut found);
    found
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// Its fields without those by which it is known.
fn fields(document: &Document) -> Value {
    let mut value = serde_json::to_value(document).expect("documents have JSON forms");
    if let Value::Object(fields) = &mut value {
        fields.remove("kind");
        fields.remove("slug");
    }
    value
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let gone_or_changed = before.iter().map(|(key, value)| (key, Some(value), after.get(key)));
            let new = after.iter().filter(|(key, _)| !before.contains_key(*key));
            let mut all: Vec<_> = gone_or_changed.chain(new.map(|(key, value)| (key, None, Some(value)))).collect();
            all.sort_by_key(|(key, ..)| *key);
            for (key, before, after) in all {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&path, before, after, found);
            }
        }
        // A list of words (people, labels) is read as one thing; a list of things one by one.
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.iter().chain(after).all(Value::is_object) => {
            for index in 0..before.len().max(after.len()) {
                compare(&format!("{path}[{}]", index + 1), before.get(index), after.get(index), found);
            }
        }
        (before, after) => {
            found.push(Difference { path: path.to_owned(), before: before.cloned(), after: after.cloned() });
        }
    }
}
