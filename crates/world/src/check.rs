//! The numbered invariants, asked of what is stored.

use std::collections::BTreeMap;
use std::fmt::Display;

use allclear_core::delivery::{Outcome, Status};
use allclear_core::id::{ContactMethodId, IncidentId};
use allclear_core::incident::{Incident, replay};
use allclear_core::invariant::{self, Invariant, Outage, StoredDelivery, StoredIncident, Violation};
use allclear_core::journal::{Chain, GENESIS, Hash};
use allclear_store::Database;
use allclear_store::deliveries::{Attempt, DeliveryRecord, Purpose};
use jiff::Timestamp;

use crate::read::{self, StoredState};

/// What only the world can see, because it stands on both sides.
pub(crate) const REPETITION_IS_MARKED: Invariant = Invariant {
    id: "W-01",
    statement: "What may have left before leaves again only under the same key, as another attempt, and marked as perhaps a repetition.",
};
/// See the statement.
pub(crate) const DELIVERED_HAS_ARRIVED: Invariant =
    Invariant { id: "W-02", statement: "What the ledger calls accepted or delivered has arrived." };
/// See the statement.
pub(crate) const ENGINE_NEVER_FAILS: Invariant =
    Invariant { id: "W-03", statement: "Nothing that happens in the world makes the engine fail." };
/// See the statement.
pub(crate) const EVERYTHING_CONVERGES: Invariant = Invariant {
    id: "W-04",
    statement: "When the faults are over and people have done their part, nothing is left to be done.",
};

/// A violation of an invariant.
pub(crate) fn violated(invariant: Invariant, subject: impl Display, detail: impl Into<String>) -> Violation {
    Violation { invariant, subject: subject.to_string(), detail: detail.into() }
}

/// What is known of an incident from its journal alone.
#[derive(Debug)]
struct Shadow {
    entries: u64,
    head: Hash,
    state: Option<Incident>,
}

/// Follows the incidents, entry by entry, and compares them with what is stored.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    shadows: BTreeMap<IncidentId, Shadow>,
}

impl Follower {
    /// I-01, I-02, I-03, I-05 and I-07 of an incident that has changed.
    pub(crate) fn check(&mut self, database: &Database, id: IncidentId) -> Vec<Violation> {
        let shadow = self.shadows.entry(id).or_insert(Shadow { entries: 0, head: GENESIS, state: None });
        let Some(stored) = read::incident(database, id, shadow.entries) else {
            return vec![violated(invariant::FACTS_REPLAY, id, "it is announced, and not stored")];
        };
        let mut found = follow(shadow, &stored, id);
        if shadow.state.as_ref() != Some(&stored.record.incident) {
            let detail = format!("stored {:?}, but its facts make {:?}", stored.record.incident, shadow.state);
            found.push(violated(invariant::FACTS_REPLAY, id, detail));
        }
        let incident = StoredIncident {
            id,
            state: &stored.record.incident,
            entries: &[],
            timer: stored.timer,
            firing_alerts: stored.firing_alerts,
        };
        found.extend(invariant::never_stuck(incident));
        found.extend(invariant::timer_is_due(incident));
        found.extend(invariant::firing_is_counted(incident));
        found
    }
}

/// Moves a shadow on by the entries that are new to it.
fn follow(shadow: &mut Shadow, stored: &StoredState, id: IncidentId) -> Vec<Violation> {
    let mut found = Vec::new();
    for entry in &stored.news {
        shadow.entries += 1;
        let follows = allclear_core::journal::hash(&shadow.head, shadow.entries, &entry.body) == entry.hash;
        if !follows || entry.number != shadow.entries {
            let detail = format!("entry {} does not follow from the one before it", shadow.entries);
            found.push(violated(invariant::CHAIN_HOLDS, id, detail));
        }
        shadow.head = entry.hash;
        let Ok(entry) = entry.entry() else {
            found.push(violated(invariant::FACTS_REPLAY, id, format!("entry {} cannot be read", shadow.entries)));
            continue;
        };
        for fact in &entry.facts {
            match &mut shadow.state {
                Some(state) => state.apply(entry.at, entry.actor, fact),
                None => shadow.state = replay([(entry.at, entry.actor, fact)]),
            }
        }
    }
    if (shadow.entries, shadow.head) != (stored.record.entries, stored.record.head) {
        let detail = format!("it counts {} entries, and its journal has {}", stored.record.entries, shadow.entries);
        found.push(violated(invariant::CHAIN_HOLDS, id, detail));
    }
    found
}

/// Everything that holds of what is stored at any moment between two transactions.
pub(crate) fn stored(database: &Database) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut follower = Follower::default();
    for record in read::incidents(database, false) {
        found.extend(follower.check(database, record.id));
        let Some(stored) = read::incident(database, record.id, 0) else { continue };
        let entries = read::entries(&stored.news);
        let deliveries: Vec<StoredDelivery> =
            read::deliveries(database, record.id).iter().map(|(record, attempts)| ledger(record, attempts)).collect();
        let incident = whole(&stored, &entries);
        found.extend(invariant::facts_replay(incident));
        let chain = stored.news.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
        found.extend(invariant::chain_holds(Chain::Incident(record.id), chain));
        found.extend(invariant::failure_is_seen(incident, &deliveries));
    }
    let audit = read::audit(database);
    let chain = audit.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
    found.extend(invariant::chain_holds(Chain::Audit, chain));
    found.extend(held(database, &read::all_deliveries(database)));
    found
}

fn whole<'a>(
    stored: &'a StoredState,
    entries: &'a [allclear_core::journal::Entry<allclear_core::fact::Fact>],
) -> StoredIncident<'a> {
    StoredIncident {
        id: stored.record.id,
        state: &stored.record.incident,
        entries,
        timer: stored.timer,
        firing_alerts: stored.firing_alerts,
    }
}

/// I-10, of these deliveries.
pub(crate) fn held(database: &Database, deliveries: &[DeliveryRecord]) -> Vec<Violation> {
    let mut held: BTreeMap<ContactMethodId, usize> = BTreeMap::new();
    for record in deliveries.iter().filter(|record| record.delivery.status == Status::Held) {
        *held.entry(record.contact).or_default() += 1;
    }
    let lines = read::lines(database, held.keys().copied().collect());
    let mut lines: BTreeMap<_, _> = lines.into_iter().map(|(contact, line, timer)| (contact, (line, timer))).collect();
    let check = |(contact, held)| {
        let (line, timer) = lines.remove(&contact).unwrap_or_default();
        invariant::held_is_flushed(contact, held, &line, timer)
    };
    held.into_iter().flat_map(check).collect()
}

/// When things were not to be expected in time.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    /// Nobody was there to decide, or the clock jumped.
    pub(crate) decisions: Vec<Outage>,
    /// The same for messages by each channel, also because its provider did not work or a sender died.
    pub(crate) channels: BTreeMap<&'static str, Vec<Outage>>,
}

/// I-08, of everything. Only what was decided by clocks that went forward can be asked for I-04 here.
pub(crate) fn in_time(database: &Database, now: Timestamp, outages: &Outages, steady: bool) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut by_contact: BTreeMap<(ContactMethodId, String), Vec<StoredDelivery>> = BTreeMap::new();
    for record in read::incidents(database, false) {
        let Some(stored) = read::incident(database, record.id, 0) else { continue };
        let entries = read::entries(&stored.news);
        let incident = whole(&stored, &entries);
        found.extend(invariant::decisions_are_on_time(incident, now, &outages.decisions));
        let records = read::deliveries(database, record.id);
        let deliveries: Vec<StoredDelivery> =
            records.iter().map(|(record, attempts)| ledger(record, attempts)).collect();
        if steady {
            found.extend(invariant::quiet_stays_quiet(incident, &deliveries));
        }
        for ((record, _), delivery) in records.iter().zip(deliveries) {
            by_contact.entry((record.contact, record.channel.clone())).or_default().push(delivery);
        }
    }
    for ((contact, channel), deliveries) in by_contact {
        let flush_at = read::lines(database, vec![contact]).into_iter().find_map(|(_, line, _)| line.flush_at);
        let none = Vec::new();
        let outages = outages.channels.get(channel.as_str()).unwrap_or(&none);
        found.extend(invariant::pages_are_on_time(&deliveries, flush_at, now, outages));
    }
    found
}

/// A delivery, as the invariants look at it.
pub(crate) fn ledger(record: &DeliveryRecord, attempts: &[Attempt]) -> StoredDelivery {
    let page = match record.purpose {
        Purpose::Page { page, rung, .. } => Some((page, rung)),
        Purpose::Bundle { .. } | Purpose::Inform { .. } | Purpose::Verify { .. } | Purpose::Test => None,
    };
    let succeeded = |attempt: &&Attempt| matches!(attempt.outcome, Some(Outcome::Delivered | Outcome::Accepted { .. }));
    StoredDelivery {
        id: record.id,
        state: record.delivery,
        decided_at: record.created_at,
        attempts: attempts.iter().map(|attempt| attempt.began_at).collect(),
        succeeded_at: attempts.iter().find(succeeded).and_then(|attempt| attempt.ended_at),
        page,
        detail: record.detail.clone(),
    }
}

/// W-01, of the attempts of a delivery as they are stored.
pub(crate) fn repetitions_are_marked(record: &DeliveryRecord, attempts: &[Attempt]) -> Vec<Violation> {
    let unmarked = attempts.windows(2).find(|pair| {
        let known = matches!(pair[0].outcome, Some(Outcome::Retry { .. }));
        !known && !pair[1].maybe_repeated
    });
    let detail = |pair: &[Attempt]| {
        format!(
            "attempt {} came to nothing that is known, and attempt {} is not marked",
            pair[0].number, pair[1].number
        )
    };
    unmarked.map(|pair| violated(REPETITION_IS_MARKED, record.id, detail(pair))).into_iter().collect()
}
