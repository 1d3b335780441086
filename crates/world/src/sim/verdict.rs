//! What must hold: now and then, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::delivery::Status;
use allclear_core::id::{DeliveryId, IntegrationId};
use allclear_core::invariant::{self, AcceptedEvent, Violation};
use allclear_engine::{Became, unpack};
use allclear_inbound::Raw;
use allclear_store::deliveries::DeliveryRecord;
use allclear_store::timers::Subject;

use super::play::Sim;
use crate::check::{
    self, DELIVERED_HAS_ARRIVED, EVERYTHING_CONVERGES, QUARANTINE_IS_DESERVED, REPETITION_IS_MARKED, Whole, violated,
};
use crate::read;

/// What became of the requests of a segment and an integration.
type Outcomes = BTreeMap<(i64, IntegrationId), Option<Vec<Became>>>;

impl Sim {
    /// W-01, of a message that arrives: each attempt arrives once.
    pub(super) fn arrives_once(&mut self, id: DeliveryId, attempt: u32) -> Option<Violation> {
        let attempts = self.arrivals.entry(id).or_default();
        let again = attempts.contains(&attempt);
        attempts.push(attempt);
        again.then(|| violated(REPETITION_IS_MARKED, id, format!("attempt {attempt} has arrived twice")))
    }

    /// Everything, when all has come to rest.
    pub(super) fn verdict(&mut self) {
        if !self.violations.is_empty() {
            return;
        }
        let database = self.house.database.clone();
        let now = self.now();
        let (incidents, deliveries) = (Whole::all(&database), read::all_deliveries(&database));
        let outcomes = self.outcomes();
        let mut found = check::stored(&database, &incidents);
        found.extend(check::pages_have_incidents(&incidents, &deliveries));
        found.extend(check::in_time(&database, incidents, now, &self.outages));
        found.extend(invariant::no_event_lost(&self.accepted_events(&outcomes), true));
        found.extend(self.quarantine_is_deserved(&outcomes));
        found.extend(self.ledger_is_true(&deliveries));
        found.extend(self.everything_is_done(&deliveries));
        found.extend(self.plans_hold(&deliveries));
        self.violations.extend(found);
    }

    /// What became of the requests of each segment and integration; none where they wait.
    fn outcomes(&self) -> Outcomes {
        let keys = self.accepted.iter().map(|(address, request)| (address.segment, request.integration));
        let keys: BTreeSet<_> = keys.collect();
        let read = |key: (i64, IntegrationId)| (key, read::outcome(&self.house.database, key.0, key.1));
        keys.into_iter().map(read).collect()
    }

    /// What became of everything that was accepted.
    fn accepted_events(&self, outcomes: &Outcomes) -> Vec<AcceptedEvent> {
        let mut events = Vec::new();
        for (address, request) in &self.accepted {
            let known = outcomes.get(&(address.segment, request.integration)).and_then(Option::as_ref);
            let ours: Vec<&Became> =
                known.into_iter().flatten().filter(|became| became.position == address.position).collect();
            let says = self.says(address.segment, address.position);
            let outcomes = ours.iter().map(|became| match became.quarantined {
                Some(_) => says,
                None => u32::try_from(became.events.len()).unwrap_or(u32::MAX),
            });
            events.push(AcceptedEvent {
                id: address.to_string(),
                says: known.map(|_| says),
                outcomes: if ours.is_empty() { u32::MAX } else { outcomes.sum() },
            });
        }
        events
    }

    /// W-05, of everything that was accepted.
    fn quarantine_is_deserved(&self, outcomes: &Outcomes) -> Vec<Violation> {
        let mut found = Vec::new();
        for (address, request) in &self.accepted {
            let became = outcomes.get(&(address.segment, request.integration)).into_iter().flatten().flatten();
            let ours = became.filter(|became| became.position == address.position);
            let reasons = ours.filter_map(|became| became.quarantined.clone());
            let undeserved = reasons.filter(|_| self.directory.integration(request.integration).is_some());
            found.extend(undeserved.map(|reason| violated(QUARANTINE_IS_DESERVED, address, reason)));
        }
        found
    }

    /// How many things a stored request says.
    fn says(&self, segment: i64, position: u32) -> u32 {
        let Some(body) = read::segment(&self.house.database, segment) else { return 0 };
        let frames = unpack(&body).unwrap_or_default();
        let Some(frame) = frames.get(position as usize) else { return 0 };
        let Some(source) = allclear_inbound::by_name(frame.source) else { return 0 };
        let raw = Raw { body: frame.body, dedup_key: frame.dedup_key, received_at: frame.received_at };
        u32::try_from((source.parse)(&raw).events.len()).unwrap_or(u32::MAX)
    }

    /// W-01 and W-02, of every delivery.
    fn ledger_is_true(&self, all: &[DeliveryRecord]) -> Vec<Violation> {
        let mut found = Vec::new();
        let known: BTreeSet<DeliveryId> = all.iter().map(|record| record.id).collect();
        for record in all {
            let in_bundle = record.delivery.status == Status::Bundled;
            if in_bundle && !record.bundle.is_some_and(|bundle| known.contains(&bundle)) {
                found.push(violated(DELIVERED_HAS_ARRIVED, record.id, "it went out in a bundle that there is not"));
            }
            let attempts = read::attempts(&self.house.database, record.id);
            found.extend(check::repetitions_are_marked(record, &attempts));
            let got_through = matches!(record.delivery.status, Status::Accepted | Status::Delivered);
            if got_through && !self.arrivals.contains_key(&record.id) {
                let detail = format!("the ledger says {}", record.delivery.status.word());
                found.push(violated(DELIVERED_HAS_ARRIVED, record.id, detail));
            }
        }
        found
    }

    /// W-04.
    fn everything_is_done(&self, deliveries: &[DeliveryRecord]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut left = |what: &str, detail: String| found.push(violated(EVERYTHING_CONVERGES, what, detail));
        for open in read::incidents(&self.house.database, true) {
            left("an incident", format!("{} is {}", open.reference(), open.incident.status.word()));
        }
        if let Some(node) = self.slots.iter().find_map(|slot| slot.node.as_ref()) {
            let (_, delivery) = self.house.next_due(node);
            for timer in read::timers(&self.house.database) {
                // Plans of on-call duty go on for ever; one may become due at the very end, and be noticed a little
                // later.
                let is_in_time = timer.due_at > self.now() - invariant::TOLERANCE;
                let is_plan = matches!(timer.subject, Subject::Cover | Subject::Handover) && is_in_time;
                if !is_plan {
                    left("a timer", format!("of {} is set for {}", timer.subject.word(), timer.due_at));
                }
            }
            if let Some(at) = delivery {
                left("a delivery", format!("is due at {at}"));
            }
        }
        if let Some(since) = read::oldest_waiting(&self.house.database) {
            left("a request", format!("has been waiting since {since}"));
        }
        for record in deliveries {
            match record.delivery.status {
                Status::Held | Status::Queued | Status::Sending | Status::Stopping => {
                    left("a delivery", format!("{} is {}", record.id, record.delivery.status.word()));
                }
                Status::Accepted | Status::Delivered | Status::Bundled | Status::Withdrawn | Status::Failed => {}
            }
        }
        found
    }
}
