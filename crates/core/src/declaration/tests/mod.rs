//! One way through all tests: documents as YAML text, planned against a directory, and the plan as text.

mod examples;
mod forms;
mod planning;
mod round_trip;
mod schema;

use jiff::Timestamp;
use serde_saphyr::Spanned;
use uuid::Uuid;

use super::{Document, Located, Location, Options, Plan, Problem, plan};
use crate::directory::Directory;

const KEEP: Options = Options { prune: false };
const PRUNE: Options = Options { prune: true };

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// The documents of a file, as the program reads them.
fn parse(file: &str, yaml: &str) -> Result<Vec<Located<Document>>, String> {
    let documents: Vec<Spanned<Document>> = serde_saphyr::from_multiple(yaml).map_err(|error| error.to_string())?;
    let located = (1..).zip(documents).map(|(number, document)| Located {
        at: Location { file: file.into(), document: number, line: Some(document.referenced.line()) },
        content: document.value,
    });
    Ok(located.collect())
}

fn read(yaml: &str) -> Vec<Located<Document>> {
    parse("acme.yaml", yaml).unwrap_or_else(|error| panic!("{error}"))
}

/// Documents that come from no file.
fn loose(documents: Vec<Document>) -> Vec<Located<Document>> {
    let located = (1..).zip(documents).map(|(number, content)| Located {
        at: Location { file: "export".into(), document: number, line: None },
        content,
    });
    located.collect()
}

/// Identities that count up from `first`.
fn ids(first: u128) -> impl FnMut() -> Uuid {
    let mut next = first;
    move || {
        next += 1;
        Uuid::from_u128(next)
    }
}

fn plan_of(current: &Directory, yaml: &str, options: Options) -> Result<Plan, Vec<Problem>> {
    plan(current, &read(yaml), now(), &mut ids(1_000 * u128::try_from(current.version + 1).unwrap()), options)
}

/// Carries a plan out, with the keys `key-of-1`, `key-of-2`, ….
fn carry_out(current: &Directory, mut plan: Plan) -> Directory {
    let mut made = 0;
    plan.give_keys(&mut || {
        made += 1;
        format!("key-of-{made}")
    });
    current.changed(&plan.changes()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The directory after applying a text that has nothing wrong with it.
fn applied(current: &Directory, yaml: &str) -> Directory {
    carry_out(current, plan_of(current, yaml, KEEP).unwrap_or_else(|problems| panic!("{}", listed(&problems))))
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// The plan, or the problems, as a person sees them.
fn shown(current: &Directory, yaml: &str, options: Options) -> String {
    match plan_of(current, yaml, options) {
        Ok(plan) => plan.to_string(),
        Err(problems) => listed(&problems),
    }
}
