//! Alerts: conditions that a source told us about.
//!
//! An alert is named by (service, dedup key) while it fires. The rules are those of PagerDuty's Events API, which most
//! tools already speak: the same key while it fires is the same alert again; after it has resolved the same key is a
//! new alert; acknowledging or resolving what does not fire is accepted and does nothing. Sources that repeat
//! themselves instead of resolving (Prometheus) send an expiry with each repetition: once it has passed, the alert has
//! resolved by itself, as Alertmanager's `endsAt` has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Action, Event, Image, Link};
use crate::id::{IncidentId, IntegrationId, ServiceId};
use crate::severity::Severity;

/// What the latest trigger said about the condition.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Content {
    /// What is affected.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Whatever else there was.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub details: serde_json::Value,
    /// The tool that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Link>,
    /// When the condition began, by the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
}

/// Why an alert is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clearing {
    /// The source said so.
    BySource,
    /// The source fell silent and the expiry that it had given passed.
    Expired,
    /// A person resolved its incident.
    ByPerson,
}

/// Whether the condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Status {
    /// It holds, as far as we know.
    Firing,
    /// It is over.
    Resolved {
        /// Since when.
        at: Timestamp,
        /// How we know.
        how: Clearing,
    },
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// The service it is about.
    pub service: ServiceId,
    /// The integration that raised it.
    pub integration: IntegrationId,
    /// Its dedup key.
    pub key: String,
    /// Whether it fires.
    pub status: Status,
    /// One line for people, from the latest trigger.
    pub summary: String,
    /// The worst severity that the source gave it while it fired.
    pub severity: Severity,
    /// How many triggers were received.
    pub count: u64,
    /// When the first trigger was received.
    pub first_seen: Timestamp,
    /// When the latest trigger was received.
    pub last_seen: Timestamp,
    /// When it is over unless the source speaks again before then.
    pub expires_at: Option<Timestamp>,
    /// The incident that it belongs to.
    pub incident: Option<IncidentId>,
    /// What the latest trigger said.
    pub content: Arc<Content>,
}

/// The severity of a trigger that does not give one: loud enough to be seen, not to wake the whole ladder.
pub const SEVERITY_WHEN_NOT_SAID: Severity = Severity::Sev2;

/// What an event, or the passing of time, did to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Outcome {
    /// A new alert fires.
    Fired,
    /// The alert was firing already.
    Repeated {
        /// The severity it rose to, if this trigger was worse than all before.
        worsened: Option<Severity>,
    },
    /// The alert is over.
    Cleared {
        /// How we know.
        how: Clearing,
    },
    /// The source's own users have acknowledged it.
    Acknowledged,
    /// Accepted, and nothing to do.
    Nothing {
        /// Why.
        because: Unaffected,
    },
}

/// Why an event did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unaffected {
    /// An acknowledgement or a resolve of something that does not fire.
    NotFiring,
    /// The timer was early: the source has spoken again since it was set.
    NotDue,
    /// A change event: noted, never an alert.
    ChangeEvent,
}

/// What happened to an alert, and what it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The alert as it is now; none where there was none and there still is none.
    pub next: Option<Alert>,
    /// What happened.
    pub outcome: Outcome,
}

impl Decision {
    fn nothing(state: Option<&Alert>, because: Unaffected) -> Self {
        Self { next: state.cloned(), outcome: Outcome::Nothing { because } }
    }
}

/// Takes in one event for the alert of its key, which is `None` unless one is firing.
pub fn step(
    now: Timestamp,
    service: ServiceId,
    integration: IntegrationId,
    state: Option<&Alert>,
    event: &Event,
) -> Decision {
    let firing = state.filter(|alert| alert.status == Status::Firing);
    match (event.action, firing) {
        (Action::Change, _) => Decision::nothing(state, Unaffected::ChangeEvent),
        (Action::Acknowledge | Action::Resolve, None) => Decision::nothing(state, Unaffected::NotFiring),
        (Action::Acknowledge, Some(alert)) => Decision { next: Some(alert.clone()), outcome: Outcome::Acknowledged },
        (Action::Resolve, Some(alert)) => cleared(now, alert, Clearing::BySource),
        (Action::Trigger, None) => {
            Decision { next: Some(fire(now, service, integration, event)), outcome: Outcome::Fired }
        }
        (Action::Trigger, Some(alert)) => repeat(now, alert, event),
    }
}

/// Takes in the passing of time.
pub fn due(now: Timestamp, alert: &Alert) -> Decision {
    match next_due(alert) {
        Some(at) if at <= now => cleared(now, alert, Clearing::Expired),
        _ => Decision::nothing(Some(alert), Unaffected::NotDue),
    }
}

/// Takes in that a person resolved its incident: what people call over is over, until the source fires it anew.
pub fn clear_by_hand(now: Timestamp, alert: &Alert) -> Decision {
    match alert.status {
        Status::Firing => cleared(now, alert, Clearing::ByPerson),
        Status::Resolved { .. } => Decision::nothing(Some(alert), Unaffected::NotFiring),
    }
}

/// When time alone will change this alert.
pub fn next_due(alert: &Alert) -> Option<Timestamp> {
    match alert.status {
        Status::Firing => alert.expires_at,
        Status::Resolved { .. } => None,
    }
}

fn content(event: &Event) -> Content {
    Content {
        source: event.source.clone(),
        labels: event.labels.clone(),
        links: event.links.clone(),
        images: event.images.clone(),
        details: event.details.clone(),
        client: event.client.clone(),
        starts_at: event.starts_at,
    }
}

fn fire(now: Timestamp, service: ServiceId, integration: IntegrationId, event: &Event) -> Alert {
    Alert {
        service,
        integration,
        key: event.dedup_key.clone(),
        status: Status::Firing,
        summary: event.summary.clone(),
        severity: event.severity.unwrap_or(SEVERITY_WHEN_NOT_SAID),
        count: 1,
        first_seen: now,
        last_seen: now,
        expires_at: event.expires_at,
        incident: None,
        content: Arc::new(content(event)),
    }
}

fn repeat(now: Timestamp, alert: &Alert, event: &Event) -> Decision {
    let severity = event.severity.map_or(alert.severity, |said| said.max(alert.severity));
    let content = content(event);
    let next = Alert {
        summary: event.summary.clone(),
        severity,
        count: alert.count + 1,
        last_seen: now.max(alert.last_seen),
        expires_at: event.expires_at,
        content: if *alert.content == content { Arc::clone(&alert.content) } else { Arc::new(content) },
        ..alert.clone()
    };
    let worsened = (severity > alert.severity).then_some(severity);
    Decision { next: Some(next), outcome: Outcome::Repeated { worsened } }
}

fn cleared(now: Timestamp, alert: &Alert, how: Clearing) -> Decision {
    let next = Alert { status: Status::Resolved { at: now, how }, expires_at: None, ..alert.clone() };
    Decision { next: Some(next), outcome: Outcome::Cleared { how } }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn event(action: Action, severity: Option<Severity>, expires: Option<i64>) -> Event {
        Event { severity, expires_at: expires.map(at), ..Event::new(action, "disk", "Disk full") }
    }

    fn take(second: i64, state: Option<&Alert>, event: &Event) -> Decision {
        step(at(second), ServiceId::new(Uuid::nil()), IntegrationId::new(Uuid::nil()), state, event)
    }

    #[test]
    fn the_life_of_an_alert() {
        let trigger = event(Action::Trigger, Some(Severity::Sev3), None);
        let fired = take(0, None, &trigger);
        assert_eq!(fired.outcome, Outcome::Fired);

        let again = take(10, fired.next.as_ref(), &event(Action::Trigger, Some(Severity::Sev1), None));
        assert_eq!(again.outcome, Outcome::Repeated { worsened: Some(Severity::Sev1) });
        let better = take(20, again.next.as_ref(), &trigger);
        assert_eq!(better.outcome, Outcome::Repeated { worsened: None });
        let alert = better.next.as_ref().unwrap();
        assert_eq!(
            (alert.count, alert.severity, alert.first_seen, alert.last_seen),
            (3, Severity::Sev1, at(0), at(20))
        );
        assert!(Arc::ptr_eq(&alert.content, &again.next.as_ref().unwrap().content), "an equal content is shared");

        let resolved = take(30, better.next.as_ref(), &event(Action::Resolve, None, None));
        assert_eq!(resolved.outcome, Outcome::Cleared { how: Clearing::BySource });
        let anew = take(40, resolved.next.as_ref(), &trigger);
        assert_eq!((anew.outcome, anew.next.unwrap().count), (Outcome::Fired, 1));
    }

    /// What a source says when it is over is often worded anew, or not at all.
    #[test]
    fn only_a_trigger_says_what_an_alert_is() {
        let fired = take(0, None, &event(Action::Trigger, None, None)).next.unwrap();
        for action in [Action::Acknowledge, Action::Resolve] {
            let mut said = event(action, Some(Severity::Sev4), None);
            (said.summary, said.source) = (String::new(), "elsewhere".to_owned());
            let next = take(10, Some(&fired), &said).next.unwrap();
            assert_eq!((&next.summary, next.severity), (&fired.summary, fired.severity), "{action:?}");
            assert_eq!(next.content, fired.content, "{action:?}");
        }
    }

    #[test]
    fn what_does_not_fire_cannot_be_acknowledged_or_resolved() {
        for action in [Action::Acknowledge, Action::Resolve] {
            let decision = take(0, None, &event(action, None, None));
            assert_eq!(decision.outcome, Outcome::Nothing { because: Unaffected::NotFiring });
            assert_eq!(decision.next, None);
        }
        let change = take(0, None, &event(Action::Change, None, None));
        assert_eq!(change.outcome, Outcome::Nothing { because: Unaffected::ChangeEvent });
    }

    #[test]
    fn an_expiry_counts_from_the_latest_word() {
        let first = take(0, None, &event(Action::Trigger, None, Some(300))).next.unwrap();
        assert_eq!(next_due(&first), Some(at(300)));
        let second = take(200, Some(&first), &event(Action::Trigger, None, Some(500))).next.unwrap();
        assert_eq!(due(at(300), &second).outcome, Outcome::Nothing { because: Unaffected::NotDue });
        let over = due(at(500), &second);
        assert_eq!(over.outcome, Outcome::Cleared { how: Clearing::Expired });
        assert_eq!(next_due(over.next.as_ref().unwrap()), None);
    }

    #[test]
    fn a_trigger_without_severity_is_high() {
        assert_eq!(take(0, None, &event(Action::Trigger, None, None)).next.unwrap().severity, Severity::Sev2);
    }
}
