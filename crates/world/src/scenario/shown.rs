//! What a play has shown: which kinds of fact and of effect, told at the end of the transcript.
//!
//! Facts are those of the journals. That an effect was decided is not stored, so it counts as shown only by what it
//! did: a message was made, one that was not yet through was taken back, an alert was closed or moved.

use std::collections::{BTreeMap, BTreeSet};

use allclear_core::alert::{Clearing, Status as AlertStatus};
use allclear_core::delivery::Status;
use allclear_core::fact::Fact;
use allclear_core::id::{AlertId, IncidentId};
use allclear_core::incident::{Incident, replay};
use allclear_core::invariant::takes_back;
use allclear_core::journal::Entry;
use allclear_store::Database;
use allclear_store::deliveries::{DeliveryRecord, Purpose};
use serde::Serialize;

use crate::read;

/// What a play has shown, by the names that are stored.
#[derive(Debug, Default)]
pub(super) struct Shown {
    facts: BTreeSet<String>,
    effects: BTreeSet<&'static str>,
    /// Into which incident each alert was put first.
    joined: BTreeMap<AlertId, IncidentId>,
}

impl Shown {
    /// What is stored at the end of a play.
    pub(super) fn of(database: &Database) -> Self {
        let mut shown = Self::default();
        for record in read::incidents(database, false) {
            let stored = read::incident(database, record.id, 0);
            let entries = read::entries(&stored.map(|stored| stored.news).unwrap_or_default());
            for fact in entries.iter().flat_map(|entry| &entry.facts) {
                shown.facts.insert(name(fact));
                if let Fact::AlertJoined { alert, .. } = fact {
                    shown.joined.insert(*alert, record.id);
                }
            }
            let withdrawals = withdrawals(&entries);
            for (delivery, _) in read::deliveries(database, record.id) {
                shown.delivery(&delivery, &withdrawals);
            }
        }
        for record in read::all_alerts(database) {
            if matches!(record.alert.status, AlertStatus::Resolved { how: Clearing::ByPerson, .. }) {
                shown.effects.insert("clear_alerts");
            }
            if shown.joined.get(&record.id).copied() != record.alert.incident {
                shown.effects.insert("move_alerts");
            }
        }
        shown
    }

    fn delivery(&mut self, record: &DeliveryRecord, withdrawals: &Withdrawals) {
        match record.purpose {
            Purpose::Page { .. } => self.effects.insert("page"),
            Purpose::Inform { .. } => self.effects.insert("inform"),
            Purpose::Bundle { .. }
            | Purpose::Verify { .. }
            | Purpose::Test
            | Purpose::Cover { .. }
            | Purpose::Handover { .. } => false,
        };
        if matches!(record.delivery.status, Status::Withdrawn | Status::Stopping)
            && let Some(all) = withdrawals.get(&record.changed_at)
        {
            self.effects.insert(if *all { "withdraw_pages" } else { "withdraw_pages_of" });
        }
    }

    /// The last lines of a transcript.
    pub(super) fn lines(&self) -> String {
        let facts: Vec<&str> = self.facts.iter().map(String::as_str).collect();
        let effects: Vec<&str> = self.effects.iter().copied().collect();
        format!("\nshows facts: {}\nshows effects: {}\n", facts.join(" "), effects.join(" "))
    }
}

/// When pages were taken back, and whether those of everybody.
type Withdrawals = BTreeMap<jiff::Timestamp, bool>;

fn withdrawals(entries: &[Entry<Fact>]) -> Withdrawals {
    let mut state: Option<Incident> = None;
    let mut found = Withdrawals::new();
    for entry in entries {
        for fact in &entry.facts {
            let everybodys = takes_back(state.as_ref().map(|state| &state.status), fact);
            let somebodys = matches!(fact, Fact::IncidentAcknowledged { .. } | Fact::PageDeclined { .. });
            if everybodys || somebodys {
                found.insert(entry.at, everybodys);
            }
            match &mut state {
                Some(state) => state.apply(entry.at, entry.actor, fact),
                None => state = replay([(entry.at, entry.actor, fact)]),
            }
        }
    }
    found
}

/// The name under which a fact is stored.
fn name(fact: &impl Serialize) -> String {
    let stored = serde_json::to_value(fact).unwrap_or_default();
    stored["fact"].as_str().unwrap_or_default().to_owned()
}
