//! A plan, as the server answers it and people read it.

use std::fmt;

use allclear_core::declaration::{self, Action, Difference, Plan, Subject};
use allclear_core::directory::Kind;
use serde::Deserialize;
use serde_json::Value;

/// What the server answers.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    version: i64,
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
struct Change {
    action: String,
    kind: String,
    slug: Option<String>,
    differences: Vec<Changed>,
}

#[derive(Debug, Deserialize)]
struct Changed {
    path: String,
    before: Option<Value>,
    after: Option<Value>,
}

/// A plan for people, in the words in which the core shows one.
#[derive(Debug)]
pub(super) struct Planned(Plan);

impl Planned {
    pub(super) fn read(answer: &Value) -> anyhow::Result<Self> {
        let Answer { version, changes } = super::read_answer(answer)?;
        let changes = changes.into_iter().map(planned).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self(Plan { version, changes, keys: Vec::new() }))
    }

    /// Whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The version of the configuration that it was made for.
    pub(super) const fn version(&self) -> i64 {
        self.0.version
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

fn planned(change: Change) -> anyhow::Result<declaration::Planned> {
    let Change { action, kind, slug, differences } = change;
    let action = match action.as_str() {
        "create" => Action::Create,
        "update" => Action::Update,
        "remove" => Action::Remove,
        "unchanged" => Action::Unchanged,
        other => anyhow::bail!("the server plans to `{other}`, which this version does not know; use its own"),
    };
    let known = Kind::ALL.into_iter().find(|known| known.word() == kind);
    let subject = match (known, slug) {
        (Some(kind), Some(slug)) => Subject::Object(kind, slug),
        (Some(_), None) | (None, _) => Subject::Organisation,
    };
    let difference = |Changed { path, before, after }| Difference { path, before, after };
    Ok(declaration::Planned {
        action,
        subject,
        differences: differences.into_iter().map(difference).collect(),
        change: None,
    })
}
