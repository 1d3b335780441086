//! A plan as text for people.

use std::fmt;

use serde_json::Value;

use super::difference::Difference;
use super::plan::{Action, Plan, Planned};

/// The longest text of a value that is shown whole.
const SHOWN_CHARACTERS: usize = 100;

impl fmt::Display for Plan {
    /// One line for each thing that changes, with its fields below: `+` for what is added, `~` changed, `-` removed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(formatter, "Nothing to change: everything is as the files say.");
        }
        for planned in self.changes.iter().filter(|planned| planned.action != Action::Unchanged) {
            writeln!(formatter, "{planned}")?;
        }
        let count = |action| self.changes.iter().filter(|planned| planned.action == action).count();
        writeln!(
            formatter,
            "\n{} to add, {} to change, {} to remove, {} unchanged.",
            count(Action::Create),
            count(Action::Update),
            count(Action::Remove),
            count(Action::Unchanged),
        )
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action {
            Action::Create => '+',
            Action::Update => '~',
            Action::Remove => '-',
            Action::Unchanged => ' ',
        };
        write!(formatter, "{sign} {}", self.subject)?;
        if self.action == Action::Update {
            for difference in &self.differences {
                write!(formatter, "\n    {difference}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, after] = [&self.before, &self.after].map(|value| value.as_ref().map_or("(none)".into(), shown));
        write!(formatter, "{}: {before} -> {after}", self.path)
    }
}

/// A value as one would write it in a file, on one line.
fn shown(value: &Value) -> String {
    let text = written(value);
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}: {}", written(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(", "))
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other.to_string(),
    }
}

/// Whether a text can stand without quotation marks and not be taken for anything else, by a person or a terminal.
fn is_plain(text: &str) -> bool {
    let marks = |c: char| c.is_control() || matches!(c, '"' | ',' | '[' | ']' | '{' | '}' | '\\');
    !text.is_empty() && text.trim() == text && text != "(none)" && !text.contains(marks) && !text.contains(" -> ")
}
