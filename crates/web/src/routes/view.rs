//! From what is stored to what is shown: the parts that many pages share.

use allclear_core::alert::Status as AlertStatus;
use allclear_core::delivery::Status as DeliveryStatus;
use allclear_core::directory::{Directory, Kind, Object, Policy, Service, Team};
use allclear_core::id::{PolicyId, ServiceId, TeamId};
use allclear_core::incident::Status;
use allclear_core::schedule::Schedule;
use allclear_core::severity::Severity;
use allclear_core::upcoming;
use allclear_store::deliveries::DeliveryRecord;
use allclear_store::incidents::IncidentRecord;

use super::reader::Reader;
use crate::pages::{Anchor, Choice, IncidentRow, State, Upcoming};

pub(super) fn state(status: &Status) -> State {
    match status {
        Status::Triggered => State::Triggered,
        Status::Acknowledged { .. } => State::Acknowledged,
        Status::Snoozed { .. } => State::Snoozed,
        Status::Resolved { .. } | Status::Merged { .. } => State::Resolved,
    }
}

pub(super) fn alert_state(status: AlertStatus) -> State {
    match status {
        AlertStatus::Firing => State::Firing,
        AlertStatus::Resolved { .. } => State::Resolved,
    }
}

/// Where a delivery stands, in words for whoever waits for it.
pub(super) fn delivery_words(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Held => "held, to go out in one message with others",
        DeliveryStatus::Queued => "waiting to be sent",
        DeliveryStatus::Sending => "being handed over",
        DeliveryStatus::Stopping => "being handed over, though no longer needed",
        DeliveryStatus::Accepted => "taken by the other side; whether it was read is not known",
        DeliveryStatus::Delivered => "arrived",
        DeliveryStatus::Bundled => "went out in one message with others",
        DeliveryStatus::Withdrawn => "taken back, because nobody needed it any more",
        DeliveryStatus::Failed => "given up",
    }
}

/// Whether the message has left us and may have been seen.
pub(super) fn has_left(status: DeliveryStatus) -> bool {
    match status {
        DeliveryStatus::Accepted | DeliveryStatus::Delivered | DeliveryStatus::Bundled => true,
        DeliveryStatus::Held
        | DeliveryStatus::Queued
        | DeliveryStatus::Sending
        | DeliveryStatus::Stopping
        | DeliveryStatus::Withdrawn
        | DeliveryStatus::Failed => false,
    }
}

/// What the owner of a contact method calls it: `work mail`.
pub(super) fn contact_name(directory: &Directory, delivery: &DeliveryRecord) -> String {
    let contact = directory.user(delivery.user).and_then(|user| user.contact(delivery.contact));
    contact.map_or_else(|| format!("{}, removed since", delivery.channel), |contact| contact.name.clone())
}

pub(super) fn team_anchor(team: &Team) -> Anchor {
    Anchor::new(format!("/teams/{}", team.slug), &team.name)
}

pub(super) fn team(directory: &Directory, id: Option<TeamId>) -> Option<Anchor> {
    directory.team(id?).map(|team| team_anchor(team))
}

pub(super) fn service_anchor(service: &Service) -> Anchor {
    Anchor::new(format!("/services/{}", service.slug), &service.name)
}

pub(super) fn service(directory: &Directory, id: ServiceId) -> Option<Anchor> {
    directory.service(id).map(|service| service_anchor(service))
}

/// The runbook of a service, if its address is one that may be clicked.
pub(super) fn runbook(service: Option<&Service>) -> Option<String> {
    let is_web = |address: &&String| address.starts_with("https://") || address.starts_with("http://");
    service.and_then(|service| service.runbook.as_ref()).filter(is_web).cloned()
}

pub(super) fn policy_anchor(policy: &Policy) -> Anchor {
    Anchor::new(format!("/policies/{}", policy.slug), &policy.name)
}

pub(super) fn policy(directory: &Directory, id: Option<PolicyId>) -> Option<Anchor> {
    directory.policy(id?).map(|policy| policy_anchor(policy))
}

pub(super) fn schedule_anchor(schedule: &Schedule) -> Anchor {
    Anchor::new(format!("/schedules/{}", schedule.slug), &schedule.name)
}

/// A thing of the directory.
pub(super) fn object_anchor(object: &Object) -> Anchor {
    let path = match object.kind() {
        Kind::Team => "teams",
        Kind::User => "people",
        Kind::Schedule => "schedules",
        Kind::Policy => "policies",
        Kind::Service => "services",
        Kind::Integration => "integrations",
    };
    Anchor::new(format!("/{path}/{}", object.slug()), object.name())
}

pub(super) fn incident_anchor(reference: &str) -> Anchor {
    Anchor::new(format!("/incidents/{reference}"), reference)
}

/// An incident as one row.
pub(super) fn incident_row(reader: &Reader, record: &IncidentRecord) -> IncidentRow {
    let incident = &record.incident;
    IncidentRow {
        reference: record.reference(),
        title: incident.title.clone(),
        severity: incident.severity,
        state: state(&incident.status),
        service: service(&reader.directory, incident.service),
        opened: reader.when(incident.opened_at),
        who: reader.people(&incident.assigned),
        alerts: incident.alerts,
    }
}

/// What happens next to an incident; named, where the page is not about it alone.
pub(super) fn upcoming_of(reader: &Reader, record: &IncidentRecord, named: bool) -> Vec<Upcoming> {
    let coming = upcoming::upcoming(&record.incident, &reader.directory, reader.now());
    let told = coming.into_iter().map(|next| Upcoming {
        at: reader.when(next.at),
        what: next.sentence,
        incident: named.then(|| incident_anchor(&record.reference())),
    });
    told.collect()
}

/// The severities, to choose from.
pub(super) fn severities(chosen: Option<Severity>) -> Vec<Choice> {
    let choice = |severity: Severity| {
        Choice::new(severity.name().to_lowercase(), format!("{severity} {}", severity.word()), chosen == Some(severity))
    };
    Severity::ALL.into_iter().map(choice).collect()
}

/// The things of one kind by name, to choose from; the values are their short names.
pub(super) fn choices(directory: &Directory, kind: Kind, chosen: &str) -> Vec<Choice> {
    let mut named: Vec<(&str, &str)> = directory.of_kind(kind).map(|object| (object.name(), object.slug())).collect();
    named.sort_by_key(|(name, _)| name.to_lowercase());
    named.into_iter().map(|(name, slug)| Choice::new(slug, name, slug == chosen)).collect()
}

/// The same, after one that stands for none.
pub(super) fn choices_or(none: &str, directory: &Directory, kind: Kind, chosen: &str) -> Vec<Choice> {
    let mut all = vec![Choice::new("", none, chosen.is_empty())];
    all.extend(choices(directory, kind, chosen));
    all
}

/// Builds addresses with a query: what is empty is left out.
pub(super) fn address(path: &str, fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", crate::gate::encode(value)))
        .collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}
