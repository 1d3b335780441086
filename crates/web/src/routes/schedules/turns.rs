//! The part of a layer's form that says when turns begin: a length, or a recurrence rule.

use allclear_core::schedule::{Recurrence, Turn};
use jiff::civil::DateTime;

use super::super::form::{Form, Problems};
use super::typed::{date_time, date_time_text};
use crate::pages::Choice;

const UNITS: [(&str, &str); 5] =
    [("hours", "hours"), ("days", "days"), ("weeks", "weeks"), ("months", "months"), (RULE, "as the rule below says")];
const RULE: &str = "rule";

/// A turn as it stands in the form.
#[derive(Debug, Clone)]
pub(super) struct TypedTurn {
    pub(super) length: String,
    unit: String,
    pub(super) rule: String,
    pub(super) lasts: String,
    /// One time to a line.
    pub(super) except: String,
    pub(super) also: String,
}

impl TypedTurn {
    pub(super) fn typed(form: &Form, number: usize) -> Self {
        let text = |name: &str| form.text(&format!("layer.{number}.{name}")).to_owned();
        Self {
            length: text("turn"),
            unit: text("unit"),
            rule: text("rule"),
            lasts: text("lasts"),
            except: text("except"),
            also: text("also"),
        }
    }

    fn regular(length: u32, unit: &str) -> Self {
        let (length, unit) = (length.to_string(), unit.to_owned());
        let [rule, lasts, except, also] = [const { String::new() }; 4];
        Self { length, unit, rule, lasts, except, also }
    }

    /// One week, as most people want it.
    pub(super) fn usual() -> Self {
        Self::regular(1, "weeks")
    }

    pub(super) fn of(turn: &Turn) -> Self {
        let lines = |times: &[DateTime]| times.iter().map(|at| date_time_text(*at)).collect::<Vec<_>>().join("\n");
        match turn {
            Turn::Hours(number) => Self::regular(*number, "hours"),
            Turn::Days(number) => Self::regular(*number, "days"),
            Turn::Weeks(number) => Self::regular(*number, "weeks"),
            Turn::Months(number) => Self::regular(*number, "months"),
            Turn::Recurring(recurrence) => Self {
                rule: recurrence.rule.to_string(),
                lasts: recurrence.lasts.map(|lasts| lasts.to_string()).unwrap_or_default(),
                except: lines(&recurrence.except),
                also: lines(&recurrence.also),
                ..Self::regular(1, RULE)
            },
        }
    }

    /// The turn; nothing when it cannot be read, which is then among the problems.
    pub(super) fn read(&self, field: impl Fn(&str) -> String, problems: &mut Problems) -> Option<Turn> {
        if self.unit == RULE {
            return self.read_rule(field, problems);
        }
        let of: fn(u32) -> Turn = match self.unit.as_str() {
            "hours" => Turn::Hours,
            "days" => Turn::Days,
            "weeks" => Turn::Weeks,
            "months" => Turn::Months,
            other => {
                problems.add(field("unit"), format!("`{other}` is not a unit; choose hours, days, weeks or months"));
                return None;
            }
        };
        let refusal = || format!("`{}` is not a number; a turn lasts 1 or more", self.length);
        problems.take(&field("turn"), self.length.parse().map_err(|_| refusal())).map(of)
    }

    fn read_rule(&self, field: impl Fn(&str) -> String, problems: &mut Problems) -> Option<Turn> {
        let rule = problems.take(&field("rule"), self.rule.parse());
        let lasts = match self.lasts.as_str() {
            "" => Some(None),
            text => problems.take(&field("lasts"), text.parse()).map(Some),
        };
        let mut times = |name: &str, text: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            problems.take(&field(name), lines.map(date_time).collect::<Result<Vec<_>, _>>())
        };
        let (except, also) = (times("except", &self.except), times("also", &self.also));
        let recurrence = Recurrence { rule: rule?, lasts: lasts?, except: except?, also: also? };
        Some(Turn::Recurring(Box::new(recurrence)))
    }

    pub(super) fn units(&self) -> Vec<Choice> {
        UNITS.iter().map(|(word, label)| Choice::new(*word, *label, *word == self.unit)).collect()
    }
}
