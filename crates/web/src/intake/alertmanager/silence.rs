//! A silence: what Alertmanager asks of one, and what becomes of it when it is posted again (`silence/silence.go`).

use std::collections::BTreeMap;

use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::silences::Silence;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{self, Answered};
use super::matcher::{Matcher, Operator};

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

/// What is kept of a silence, beside its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Terms {
    /// Whose alerts it is about.
    pub(super) service: ServiceId,
    matchers: Vec<Condition>,
    created_by: String,
    comment: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// One matcher, as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    name: String,
    value: String,
    is_regex: bool,
    is_equal: bool,
}

impl Condition {
    /// Whether it says the same as a matcher.
    fn is(&self, matcher: &Matcher) -> bool {
        let operator = Operator::new(self.is_equal, self.is_regex);
        (&self.name, operator, &self.value) == (&matcher.name, matcher.operator, &matcher.value)
    }
}

/// A silence that was checked.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// The one that is to be changed.
    pub(super) id: Option<String>,
    pub(super) terms: Terms,
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
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
        let (length, most) = (comment.chars().count(), limits::NOTE_CHARACTERS);
        if length > most {
            let error = format!("silence invalid: comment has {length} characters; at most {most} are possible");
            return Err(answer::wrong(error));
        }
        let annotations = self.annotations.unwrap_or_default();
        let terms = Terms { service, matchers: conditions, created_by, comment, annotations };
        Ok(Draft { id: self.id.filter(|id| !id.is_empty()), terms, starts_at, ends_at })
    }
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

fn check_matchers(conditions: &[Condition]) -> Result<(), String> {
    if conditions.len() > limits::MATCHERS {
        return Err(format!("{} matchers are given; at most {} are possible", conditions.len(), limits::MATCHERS));
    }
    let mut says_something = false;
    for (index, condition) in conditions.iter().enumerate() {
        let invalid = |error| format!("invalid label matcher {index}: {error}");
        if condition.name.is_empty() {
            return Err(invalid("invalid label name \"\"".to_owned()));
        }
        let operator = Operator::new(condition.is_equal, condition.is_regex);
        let matcher = Matcher::new(&condition.name, operator, &condition.value).map_err(invalid)?;
        // A negative one that holds for a missing label still names the label.
        says_something |= !condition.is_equal || !matcher.holds("");
    }
    if says_something { Ok(()) } else { Err("at least one matcher must not match the empty string".to_owned()) }
}

/// Whether a silence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Active,
    Pending,
    Expired,
}

/// A silence as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    id: SilenceId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    updated_at: Timestamp,
    pub(super) terms: Terms,
}

impl Kept {
    /// # Errors
    /// What is kept is not what was written.
    pub(super) fn of(silence: &Silence) -> Result<Self, serde_json::Error> {
        let terms = serde_json::from_str(&silence.body)?;
        let Silence { id, starts_at, ends_at, updated_at, .. } = *silence;
        Ok(Self { id, starts_at, ends_at, updated_at, terms })
    }

    pub(super) fn state(&self, now: Timestamp) -> State {
        if self.ends_at <= now {
            State::Expired
        } else if self.starts_at > now {
            State::Pending
        } else {
            State::Active
        }
    }

    /// Whether it has all of these among its matchers.
    pub(super) fn has(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| self.terms.matchers.iter().any(|condition| condition.is(matcher)))
    }

    /// Its place in a list: those that hold before those to come, and those before what is over; each in the order in
    /// which it is of interest.
    pub(super) fn place(&self, now: Timestamp) -> (State, i128) {
        let state = self.state(now);
        let order = match state {
            State::Active => self.ends_at.as_nanosecond(),
            State::Pending => self.starts_at.as_nanosecond(),
            State::Expired => -self.ends_at.as_nanosecond(),
        };
        (state, order)
    }

    /// `gettableSilence` of the OpenAPI document.
    pub(super) fn shown(&self, now: Timestamp) -> Value {
        let Terms { matchers, created_by, comment, annotations, .. } = &self.terms;
        json!({
            "id": self.id.uuid(),
            "status": {"state": self.state(now)},
            "startsAt": self.starts_at,
            "endsAt": self.ends_at,
            "updatedAt": self.updated_at,
            "matchers": matchers,
            "createdBy": created_by,
            "comment": comment,
            "annotations": annotations,
        })
    }

    /// Whether it may become this without changing what it has already done. Otherwise it ends, and another begins.
    pub(super) fn may_become(&self, draft: &Draft, now: Timestamp) -> bool {
        let same_time = self.starts_at.as_second() == draft.starts_at.as_second();
        let possible = match self.state(now) {
            State::Active => same_time && draft.ends_at >= now,
            State::Pending => draft.starts_at >= now,
            State::Expired => false,
        };
        possible && self.terms.matchers == draft.terms.matchers
    }
}
