//! Silences: which alerts of a service are not to page anybody for a while, who wants it so, and why.
//!
//! They come by Alertmanager's API, by ours and by a form, and are the same thing to all three. What is kept of them is
//! here; nothing acts on it yet: pages go out as if there were none.

pub(crate) mod matcher;
mod stored;

use std::collections::BTreeMap;

use allclear_core::id::{ServiceId, SilenceId};
use allclear_core::limits;
use allclear_store::silences::Silence;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::matcher::{Matcher, Operator};
pub(crate) use self::stored::{Put, counts, end, find, in_state, newest, of_service, store};

/// What is kept of a silence, beside its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Terms {
    /// Whose alerts it is about.
    pub(crate) service: ServiceId,
    /// What their labels must be; all of them must hold.
    pub(crate) matchers: Vec<Condition>,
    /// Who wants it, as they called themselves.
    pub(crate) created_by: String,
    /// Why.
    pub(crate) comment: String,
    /// What else a tool noted about it.
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
}

impl Terms {
    /// Its matchers as people write them: `severity="warning", env="test"`.
    pub(crate) fn written(&self) -> String {
        self.matchers.iter().map(Condition::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// One matcher, as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Condition {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) is_regex: bool,
    pub(crate) is_equal: bool,
}

impl Condition {
    fn operator(&self) -> Operator {
        Operator::new(self.is_equal, self.is_regex)
    }

    /// Whether it says the same as a matcher.
    fn is(&self, matcher: &Matcher) -> bool {
        (&self.name, self.operator(), &self.value) == (&matcher.name, matcher.operator, &matcher.value)
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}{}{:?}", self.name, self.operator().sign(), self.value)
    }
}

impl From<Matcher> for Condition {
    fn from(matcher: Matcher) -> Self {
        let (is_equal, is_regex) = matcher.operator.parts();
        Self { name: matcher.name, value: matcher.value, is_regex, is_equal }
    }
}

/// Whether these may be the matchers of a silence.
///
/// # Errors
/// What is wrong with which one.
pub(crate) fn check_matchers(conditions: &[Condition]) -> Result<(), String> {
    if conditions.len() > limits::MATCHERS {
        return Err(format!("{} matchers are given; at most {} are possible", conditions.len(), limits::MATCHERS));
    }
    let mut says_something = false;
    for (index, condition) in conditions.iter().enumerate() {
        let invalid = |error| format!("invalid label matcher {index}: {error}");
        if condition.name.is_empty() {
            return Err(invalid("invalid label name \"\"".to_owned()));
        }
        for (what, text, most) in [
            ("name", &condition.name, limits::LABEL_NAME_CHARACTERS),
            ("value", &condition.value, limits::LABEL_CHARACTERS),
        ] {
            let length = text.chars().count();
            if length > most {
                return Err(invalid(format!("the {what} has {length} characters; at most {most} are possible")));
            }
        }
        let matcher = Matcher::new(&condition.name, condition.operator(), &condition.value).map_err(invalid)?;
        // A negative one that holds for a missing label still names the label.
        says_something |= !condition.is_equal || !matcher.holds("");
    }
    if says_something { Ok(()) } else { Err("at least one matcher must not match the empty string".to_owned()) }
}

/// A silence that was checked.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The one that is to be changed, as whoever sent it calls it.
    pub(crate) id: Option<String>,
    pub(crate) terms: Terms,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
}

/// Whether a silence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It holds.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl State {
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Pending, Self::Expired];

    /// The word shown to people and to programs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// A silence as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) id: SilenceId,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) terms: Terms,
}

impl Kept {
    /// # Errors
    /// What is kept is not what was written.
    fn of(silence: &Silence) -> Result<Self, serde_json::Error> {
        let terms = serde_json::from_str(&silence.body)?;
        let Silence { id, starts_at, ends_at, updated_at, .. } = *silence;
        Ok(Self { id, starts_at, ends_at, updated_at, terms })
    }

    pub(crate) fn state(&self, now: Timestamp) -> State {
        if self.ends_at <= now {
            State::Expired
        } else if self.starts_at > now {
            State::Pending
        } else {
            State::Active
        }
    }

    /// Whether it has all of these among its matchers.
    pub(crate) fn has(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| self.terms.matchers.iter().any(|condition| condition.is(matcher)))
    }

    /// Its place in a list: those that hold before those to come, and those before what is over; each in the order in
    /// which it is of interest.
    pub(crate) fn place(&self, now: Timestamp) -> (State, i128) {
        let state = self.state(now);
        let order = match state {
            State::Active => self.ends_at.as_nanosecond(),
            State::Pending => self.starts_at.as_nanosecond(),
            State::Expired => -self.ends_at.as_nanosecond(),
        };
        (state, order)
    }

    /// Whether it may become this without changing what it has already done. Otherwise it ends, and another begins.
    fn may_become(&self, draft: &Draft, now: Timestamp) -> bool {
        let same_time = self.starts_at.as_second() == draft.starts_at.as_second();
        let possible = match self.state(now) {
            State::Active => same_time && draft.ends_at >= now,
            State::Pending => draft.starts_at >= now,
            State::Expired => false,
        };
        possible && self.terms.matchers == draft.terms.matchers
    }
}
