//! Records to store: with everything in them, and with as little as possible.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use allclear_core::actor::{Actor, Via};
use allclear_core::alert::{self, Alert, Clearing, Content};
use allclear_core::correlate::Reason;
use allclear_core::delivery::{Delivery, Status};
use allclear_core::directory::{Policy, Rung};
use allclear_core::event::{Image, Link};
use allclear_core::fact::{Fact, PageReason};
use allclear_core::id::{
    AlertId, ContactMethodId, DeliveryId, IncidentId, IntegrationId, PolicyId, ServiceId, TokenId, UserId,
};
use allclear_core::incident::{self, Incident, Page, Run};
use allclear_core::severity::{Severity, Urgency};
use allclear_core::wait::Wait;
use allclear_store::alerts::AlertRecord;
use allclear_store::deliveries::{Class, DeliveryRecord, Purpose};
use allclear_store::incidents::IncidentRecord;
use jiff::Timestamp;
use uuid::Uuid;

/// A moment, so many seconds after some other one; the store keeps microseconds.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_microsecond(1_790_000_000_123_456 + second * 1_000_000).expect("a moment")
}

/// The identity of that number. As with UUIDv7, a later one is greater.
pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

pub(crate) fn service(number: u128) -> ServiceId {
    ServiceId::new(id(0x1000 + number))
}

pub(crate) fn user(number: u128) -> UserId {
    UserId::new(id(0x2000 + number))
}

pub(crate) fn contact(number: u128) -> ContactMethodId {
    ContactMethodId::new(id(0x3000 + number))
}

pub(crate) fn integration(number: u128) -> IntegrationId {
    IntegrationId::new(id(0x4000 + number))
}

/// An alert that fires, of service 1, with as little as possible.
pub(crate) fn alert(number: u128, key: &str) -> AlertRecord {
    let alert = Alert {
        service: service(1),
        integration: integration(1),
        key: key.into(),
        status: alert::Status::Firing,
        summary: "Disk almost full".into(),
        severity: Severity::Sev2,
        count: 1,
        first_seen: at(0),
        last_seen: at(0),
        expires_at: None,
        incident: None,
        content: Arc::new(Content::default()),
    };
    AlertRecord { id: AlertId::new(id(number)), alert, placement: None }
}

/// An alert that is over, with everything in it.
pub(crate) fn full_alert(number: u128, key: &str, how: Clearing) -> AlertRecord {
    let mut record = alert(number, key);
    record.placement =
        Some(Reason::SameLabels { labels: vec![("cluster".into(), "eu'1\"".into())], window: Wait::minutes(5) });
    record.alert.status = alert::Status::Resolved { at: at(9), how };
    record.alert.severity = Severity::Sev1;
    record.alert.count = 17;
    record.alert.last_seen = at(7);
    record.alert.expires_at = Some(at(8));
    record.alert.incident = Some(IncidentId::new(id(77)));
    record.alert.content = Arc::new(Content {
        source: "db-1.example".into(),
        labels: BTreeMap::from([("job".into(), "postgres".into()), ("π".into(), "\u{1f525} \\ \"".into())]),
        links: vec![Link { href: "https://example.com/runbook".into(), text: "Runbook".into() }],
        images: vec![Image { src: "https://example.com/graph.png".into(), href: None, alt: Some("Graph".into()) }],
        details: serde_json::json!({ "used": 0.97, "nothing": null, "many": [1, 2], "nul": "a\u{0}b" }),
        client: Some(Link { href: String::new(), text: "Grafana".into() }),
        starts_at: Some(at(-60)),
    });
    record
}

/// An incident that was just opened, of service 1, with as little as possible.
pub(crate) fn incident(number: u128) -> IncidentRecord {
    let opening = Fact::IncidentOpened {
        service: service(1),
        title: "Disk almost full".into(),
        severity: Severity::Sev3,
        urgency: Urgency::Low,
        group: None,
        labels: BTreeMap::new(),
        turn: 0,
    };
    let incident = Incident::opened(at(0), &opening).expect("an opening");
    IncidentRecord::new(IncidentId::new(id(number)), incident)
}

/// Every status that an incident can have.
pub(crate) fn incident_statuses() -> [incident::Status; 6] {
    let (person, at, until) = (Actor::User { user: user(1), via: Via::Link }, at(5), at(3_600));
    let by = Actor::Token { token: TokenId::new(id(5)) };
    [
        incident::Status::Triggered,
        incident::Status::Acknowledged { by: person, at, until: None },
        incident::Status::Acknowledged {
            by: Actor::Integration { integration: integration(2) },
            at,
            until: Some(until),
        },
        incident::Status::Snoozed { by: person, at, until },
        incident::Status::Resolved { by: Actor::System, at },
        incident::Status::Merged { into: IncidentId::new(id(99)), by, at },
    ]
}

/// An incident with everything in it.
pub(crate) fn full_incident(number: u128, status: incident::Status) -> IncidentRecord {
    let mut record = incident(number);
    let rungs =
        vec![Rung { after: Wait::NONE, contact: contact(1) }, Rung { after: Wait::minutes(3), contact: contact(2) }];
    let policy = Policy {
        repeats: 2,
        acknowledgement_timeout: Some(Wait::hours(1)),
        ..Policy::new(PolicyId::new(id(8)), "platform".into(), "Platform".into(), Vec::new())
    };
    record.incident.status = status;
    record.incident.group = Some("service".into());
    record.incident.alerts = 40;
    record.incident.firing = 3;
    record.incident.last_alert_at = Some(at(4));
    record.incident.assigned = vec![user(1), user(2)];
    record.incident.paged = BTreeSet::from([user(1), user(2), user(3)]);
    record.incident.run = Some(Run { round: 2, step: 1, next_at: Some(at(60)), ..Run::new(Arc::new(policy)) });
    let why = page_reason();
    record.incident.pages =
        vec![Page { number: 1, user: user(1), why, started_at: at(1), rungs, tried: 1, failed: [0].into() }];
    record.incident.pages_made = 1;
    record.incident.exhausted = true;
    record
}

fn page_reason() -> PageReason {
    PageReason::Step {
        policy: "Platform".into(),
        step: 1,
        steps: 3,
        round: 1,
        schedule: Some("Primary".into()),
        standing: None,
        in_turn: false,
    }
}

/// A test message for person 1 that waits for its first attempt, with as little as possible.
pub(crate) fn delivery(number: u128) -> DeliveryRecord {
    DeliveryRecord {
        id: DeliveryId::new(id(number)),
        incident: None,
        service: None,
        severity: None,
        user: user(1),
        contact: contact(1),
        channel: "email".into(),
        purpose: Purpose::Test,
        class: Class::Urgent,
        delivery: Delivery { status: Status::Queued, attempts: 0, due_at: Some(at(0)) },
        created_at: at(0),
        changed_at: at(0),
        bundle: None,
        detail: None,
    }
}

/// A page, with everything in it.
pub(crate) fn full_delivery(number: u128, status: Status) -> DeliveryRecord {
    DeliveryRecord {
        incident: Some(IncidentId::new(id(50))),
        service: Some(service(1)),
        severity: Some(Severity::Sev1),
        purpose: Purpose::Page { page: 3, rung: 1, why: page_reason() },
        class: Class::Critical,
        delivery: Delivery { status, attempts: 4, due_at: Some(at(6)) },
        changed_at: at(5),
        bundle: Some(DeliveryId::new(id(51))),
        detail: Some("250 2.0.0 Ok: queued".into()),
        ..delivery(number)
    }
}

/// The same delivery, where it stands now.
pub(crate) fn standing(record: DeliveryRecord, status: Status, due_at: Option<Timestamp>) -> DeliveryRecord {
    DeliveryRecord { delivery: Delivery { status, due_at, ..record.delivery }, ..record }
}

/// References to all of them, as the store takes records.
pub(crate) fn each<T>(records: &[T]) -> Vec<&T> {
    records.iter().collect()
}
