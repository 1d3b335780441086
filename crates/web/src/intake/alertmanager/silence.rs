//! A silence: what Alertmanager asks of one (`silence/silence.go`), and how it shows one.

use std::collections::BTreeMap;

use allclear_core::id::ServiceId;
use allclear_core::limits;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{self, Answered};
use crate::silences::{Condition, Draft, Kept, Terms, check_matchers};

/// A silence as it is posted: `postableSilence` of the OpenAPI document.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Posted {
    id: Option<String>,
    matchers: Option<Vec<PostedMatcher>>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PostedMatcher {
    name: Option<String>,
    value: Option<String>,
    is_regex: Option<bool>,
    is_equal: Option<bool>,
}

impl Posted {
    /// Checks it, in Alertmanager's order and with its answers.
    pub(super) fn check(self, now: Timestamp, service: ServiceId) -> Answered<Draft> {
        let comment = required("comment", self.comment)?;
        let created_by = required("createdBy", self.created_by)?;
        let ends_at = time("endsAt", self.ends_at)?;
        let conditions = conditions(required("matchers", self.matchers)?)?;
        let starts_at = time("startsAt", self.starts_at)?;
        if starts_at >= ends_at {
            return Err(answer::wrong("Failed to create silence: start time must be before end time"));
        }
        if ends_at < now {
            return Err(answer::wrong("Failed to create silence: end time can't be in the past"));
        }
        check_matchers(&conditions).map_err(|error| answer::wrong(format!("silence invalid: {error}")))?;
        let annotations = self.annotations.unwrap_or_default();
        let annotated = annotations.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        not_longer("comment has", comment.chars().count(), limits::NOTE_CHARACTERS)?;
        not_longer("createdBy has", created_by.chars().count(), limits::AUTHOR_CHARACTERS)?;
        not_longer("annotations have", annotated, limits::ANNOTATION_CHARACTERS)?;
        let terms = Terms { service, matchers: conditions, created_by, comment, annotations };
        Ok(Draft { id: self.id.filter(|id| !id.is_empty()), terms, starts_at, ends_at })
    }
}

fn not_longer(what: &str, length: usize, most: usize) -> Answered<()> {
    if length <= most {
        return Ok(());
    }
    let error = format!("silence invalid: {what} {length} characters; at most {most} are possible");
    Err(answer::wrong(error))
}

fn required<T>(name: &str, value: Option<T>) -> Answered<T> {
    value.ok_or_else(|| answer::mismatch(answer::REQUIRED, format!("{name} in body is required")))
}

fn time(name: &str, value: Option<String>) -> Answered<Timestamp> {
    let text = required(name, value.filter(|text| !text.is_empty()))?;
    let read = text.parse::<Timestamp>();
    read.map_err(|error| answer::unreadable("silence", format!("{name} {text:?} is not a date-time: {error}")))
}

fn conditions(given: Vec<PostedMatcher>) -> Answered<Vec<Condition>> {
    if given.is_empty() {
        return Err(answer::mismatch(answer::TOO_FEW, "matchers in body should have at least 1 items"));
    }
    let condition = |(index, given): (usize, PostedMatcher)| {
        let at = |name: &str| format!("matchers.{index}.{name}");
        Ok(Condition {
            is_regex: required(&at("isRegex"), given.is_regex)?,
            is_equal: given.is_equal.unwrap_or(true),
            name: required(&at("name"), given.name)?,
            value: required(&at("value"), given.value)?,
        })
    };
    given.into_iter().enumerate().map(condition).collect()
}

/// `gettableSilence` of the OpenAPI document.
pub(super) fn shown(kept: &Kept, now: Timestamp) -> Value {
    let Terms { matchers, created_by, comment, annotations, .. } = &kept.terms;
    json!({
        "id": kept.id.uuid(),
        "status": {"state": kept.state(now)},
        "startsAt": kept.starts_at,
        "endsAt": kept.ends_at,
        "updatedAt": kept.updated_at,
        "matchers": matchers,
        "createdBy": created_by,
        "comment": comment,
        "annotations": annotations,
    })
}
