//! Which incident an alert belongs to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::directory::Grouping;
use crate::id::IncidentId;
use crate::wait::Wait;

/// An open incident that an alert might join: the latest one with the same group key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Which one.
    pub incident: IncidentId,
    /// When its latest alert joined it.
    pub last_alert_at: Timestamp,
}

/// Where an alert is placed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The incident to join; a new one where there is none.
    pub join: Option<IncidentId>,
    /// Why.
    pub why: Reason,
}

/// Why an alert is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The service makes each alert an incident of its own.
    EachAlone,
    /// The service's alerts are grouped, and this is the first one of its group.
    FirstOfGroup,
    /// It joined the open incident of its service.
    SameService {
        /// How long an incident stays open for more.
        window: Wait,
    },
    /// It joined the open incident whose alerts have the same values of these labels.
    SameLabels {
        /// The labels and their values.
        labels: Vec<(String, String)>,
        /// How long an incident stays open for more.
        window: Wait,
    },
    /// It lacks a label that the service groups by, so it stands alone.
    LacksLabel {
        /// The label.
        label: String,
    },
    /// The group's incident had its latest alert too long ago.
    WindowPassed {
        /// How long an incident stays open for more.
        window: Wait,
    },
    /// A person put it there.
    ByHand,
}

/// The key that alerts of one group share; none for an alert that stands alone. Values are written with their length,
/// so that no two different lists of values have the same key.
pub fn group_key(grouping: &Grouping, labels: &BTreeMap<String, String>) -> Option<String> {
    match grouping {
        Grouping::Alert => None,
        Grouping::Service { .. } => Some("service".to_owned()),
        Grouping::Labels { labels: names, .. } => {
            let values = names.iter().map(|name| {
                let value = labels.get(name).filter(|value| !value.is_empty())?;
                Some(format!("{name}={}:{value}", value.len()))
            });
            values.collect::<Option<Vec<_>>>().map(|values| values.join(","))
        }
    }
}

/// Places a new alert. `candidate` is the latest open incident of the same service and group key, if there is one.
pub fn place(
    now: Timestamp,
    grouping: &Grouping,
    labels: &BTreeMap<String, String>,
    candidate: Option<Candidate>,
) -> Placement {
    let window = match grouping {
        Grouping::Alert => return Placement { join: None, why: Reason::EachAlone },
        Grouping::Service { window } | Grouping::Labels { window, .. } => *window,
    };
    if let Grouping::Labels { labels: names, .. } = grouping
        && let Some(missing) = names.iter().find(|name| labels.get(*name).is_none_or(String::is_empty))
    {
        return Placement { join: None, why: Reason::LacksLabel { label: missing.clone() } };
    }
    let Some(candidate) = candidate else {
        return Placement { join: None, why: Reason::FirstOfGroup };
    };
    if window.after(candidate.last_alert_at) < now {
        return Placement { join: None, why: Reason::WindowPassed { window } };
    }
    let why = match grouping {
        Grouping::Labels { labels: names, .. } => {
            let value = |name: &String| (name.clone(), labels.get(name).cloned().unwrap_or_default());
            Reason::SameLabels { labels: names.iter().map(value).collect(), window }
        }
        Grouping::Alert | Grouping::Service { .. } => Reason::SameService { window },
    };
    Placement { join: Some(candidate.incident), why }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_alert_joins_while_the_window_is_open() {
        let grouping = Grouping::Service { window: Wait::minutes(5) };
        let candidate = Candidate { incident: IncidentId::new(Uuid::nil()), last_alert_at: at(0) };
        let none = BTreeMap::new();
        assert_eq!(place(at(300), &grouping, &none, Some(candidate)).join, Some(candidate.incident));
        assert_eq!(
            place(at(301), &grouping, &none, Some(candidate)).why,
            Reason::WindowPassed { window: Wait::minutes(5) }
        );
        assert_eq!(place(at(1), &grouping, &none, None).why, Reason::FirstOfGroup);
        assert_eq!(place(at(1), &Grouping::Alert, &none, Some(candidate)).why, Reason::EachAlone);
    }

    #[test]
    fn an_absent_label_never_groups() {
        let grouping = Grouping::Labels { labels: vec!["cluster".into(), "job".into()], window: Wait::minutes(5) };
        let whole = labels(&[("cluster", "eu"), ("job", "api")]);
        assert_eq!(group_key(&grouping, &whole).as_deref(), Some("cluster=2:eu,job=3:api"));
        for lacking in [labels(&[("cluster", "eu")]), labels(&[("cluster", "eu"), ("job", "")])] {
            assert_eq!(group_key(&grouping, &lacking), None);
            assert_eq!(place(at(0), &grouping, &lacking, None).why, Reason::LacksLabel { label: "job".into() });
        }
    }

    #[test]
    fn different_values_never_share_a_key() {
        let grouping = Grouping::Labels { labels: vec!["a".into(), "b".into()], window: Wait::minutes(5) };
        let one = group_key(&grouping, &labels(&[("a", "x,b=1:y"), ("b", "z")]));
        let other = group_key(&grouping, &labels(&[("a", "x"), ("b", "y,b=1:z")]));
        assert_ne!(one, other);
    }
}
