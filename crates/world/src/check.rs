//! The numbered invariants, asked of what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use allclear_core::delivery::Outcome;
use allclear_core::fact::Fact;
use allclear_core::id::{ContactMethodId, DeliveryId, IncidentId};
use allclear_core::incident::{Incident, replay};
use allclear_core::invariant::{self, Invariant, Outage, StoredDelivery, StoredIncident, Tried, Violation};
use allclear_core::journal::{Chain, Entry, Hash};
use allclear_store::Database;
use allclear_store::deliveries::{Attempt, DeliveryRecord, Purpose};
use allclear_store::incidents::IncidentRecord;
use jiff::Timestamp;

use crate::read::{self, StoredState};

/// What only the world can see, because it stands on both sides.
pub(crate) const REPETITION_IS_MARKED: Invariant = Invariant {
    id: "W-01",
    statement: "What may have left before leaves again only under the same key, as another attempt, and marked as perhaps a repetition.",
};
/// See the statement.
pub(crate) const DELIVERED_HAS_ARRIVED: Invariant = Invariant {
    id: "W-02",
    statement: "What the ledger calls accepted or delivered has arrived, and what it calls bundled is in a bundle.",
};
/// See the statement.
pub(crate) const ENGINE_NEVER_FAILS: Invariant =
    Invariant { id: "W-03", statement: "Nothing that happens in the world makes the engine fail." };
/// See the statement.
pub(crate) const EVERYTHING_CONVERGES: Invariant = Invariant {
    id: "W-04",
    statement: "When the faults are over and people have done their part, nothing is left to be done.",
};
/// See the statement.
pub(crate) const QUARANTINE_IS_DESERVED: Invariant = Invariant {
    id: "W-05",
    statement: "No request is put into quarantine but one whose integration was removed: not because the database had its troubles.",
};

/// See the statement.
pub(crate) const ACCEPTED_IS_IN_FORCE: Invariant = Invariant {
    id: "W-06",
    statement: "Whatever somebody agreed to take over, and to give in return, is an override of the schedule, once.",
};
/// See the statement.
pub(crate) const HANDOVER_IS_TOLD_ONCE: Invariant =
    Invariant { id: "W-07", statement: "Each handover is told to each person once, and in time." };

/// A violation of an invariant.
pub(crate) fn violated(invariant: Invariant, subject: impl Display, detail: impl Into<String>) -> Violation {
    Violation { invariant, subject: subject.to_string(), detail: detail.into() }
}

/// What is known of an incident from its journal alone.
#[derive(Debug, Default)]
struct Shadow {
    entries: u64,
    head: Hash,
    state: Option<Incident>,
    /// Every contact method that was tried.
    tried: Vec<Tried>,
    /// In which entry each rung of each page was tried, and by which delivery.
    rungs: BTreeMap<(u32, usize), (u64, Option<DeliveryId>)>,
    /// The latest entry that took back every page of the incident.
    quiet: u64,
}

/// Follows the incidents, entry by entry, and compares them with what is stored.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    shadows: BTreeMap<IncidentId, Shadow>,
}

impl Follower {
    /// I-01, I-02, I-03, I-05, I-07 and I-11 of an incident that has changed.
    pub(crate) fn check(&mut self, database: &Database, id: IncidentId) -> Vec<Violation> {
        let shadow = self.shadows.entry(id).or_default();
        let Some(stored) = read::incident(database, id, shadow.entries) else {
            return vec![violated(invariant::FACTS_REPLAY, id, "it is announced, and not stored")];
        };
        let tried_before = shadow.tried.len();
        let mut found = follow(shadow, &stored, id);
        if shadow.tried.len() > tried_before {
            found.extend(tries_were_sent(shadow, &read::ledger(database, id), id));
        }
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
        let alerts = stored.alert_timers.iter();
        found.extend(alerts.flat_map(|(id, due, timer)| invariant::timer_is_set(id, *due, *timer)));
        found.extend(invariant::firing_is_counted(incident));
        found
    }

    /// I-04 and I-11, of a page that is about to be sent, by the order in which everything was stored.
    pub(crate) fn may_page(&self, record: &DeliveryRecord) -> Option<Violation> {
        let (Some(id), Some(rung)) = (record.incident, rung(record)) else { return None };
        let shadow = self.shadows.get(&id);
        let (invariant, detail) = match shadow.and_then(|shadow| Some((shadow.quiet, *shadow.rungs.get(&rung)?))) {
            None => (invariant::QUIET_STAYS_QUIET, "its incident knows nothing of it".to_owned()),
            Some((quiet, (decided, _))) if decided < quiet => {
                let detail = format!("entry {decided} decided it, entry {quiet} took it back, and now it leaves");
                (invariant::QUIET_STAYS_QUIET, detail)
            }
            Some((_, (decided, delivery))) if delivery != Some(record.id) => {
                (invariant::TRIED_IS_SENT_ONCE, format!("entry {decided} decided {delivery:?}, and not this one"))
            }
            Some(_) => return None,
        };
        Some(violated(invariant, record.id, detail))
    }
}

/// The page and the rung of a delivery; none for anything else than a page.
fn rung(record: &DeliveryRecord) -> Option<(u32, usize)> {
    match record.purpose {
        Purpose::Page { page, rung, .. } => Some((page, rung)),
        Purpose::Bundle { .. }
        | Purpose::Inform { .. }
        | Purpose::Verify { .. }
        | Purpose::Test
        | Purpose::Cover { .. }
        | Purpose::Handover { .. } => None,
    }
}

/// I-11, of an incident whose journal has just been followed.
fn tries_were_sent(shadow: &mut Shadow, deliveries: &[DeliveryRecord], id: IncidentId) -> Vec<Violation> {
    let sent = deliveries.iter().filter_map(|record| Some((rung(record)?, record.id, record.contact)));
    for (rung, delivery, _) in sent.clone() {
        if let Some((_, known)) = shadow.rungs.get_mut(&rung) {
            known.get_or_insert(delivery);
        }
    }
    // Nothing is deleted for its age in these worlds.
    invariant::each_try_is_sent_once(id, &shadow.tried, sent, Timestamp::MIN)
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
            if invariant::takes_back(shadow.state.as_ref().map(|state| &state.status), fact) {
                shadow.quiet = shadow.entries;
            }
            if let Some(tried) = Tried::of(entry.at, fact) {
                shadow.tried.push(tried);
                shadow.rungs.insert(tried.page, (shadow.entries, None));
            }
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

/// Everything that is stored of an incident.
pub(crate) struct Whole {
    stored: StoredState,
    entries: Vec<Entry<Fact>>,
    records: Vec<DeliveryRecord>,
    deliveries: Vec<StoredDelivery>,
}

impl Whole {
    /// All incidents, oldest first.
    pub(crate) fn all(database: &Database) -> Vec<Self> {
        let of = |record: IncidentRecord| {
            let stored = read::incident(database, record.id, 0)?;
            let entries = read::entries(&stored.news);
            let (records, deliveries) = read::deliveries(database, record.id)
                .into_iter()
                .map(|(record, attempts)| {
                    let delivery = as_stored(&record, &attempts);
                    (record, delivery)
                })
                .unzip();
            Some(Self { stored, entries, records, deliveries })
        };
        read::incidents(database, false).into_iter().filter_map(of).collect()
    }

    fn incident(&self) -> StoredIncident<'_> {
        StoredIncident {
            id: self.stored.record.id,
            state: &self.stored.record.incident,
            entries: &self.entries,
            timer: self.stored.timer,
            firing_alerts: self.stored.firing_alerts,
        }
    }

    /// I-04, by the times that are stored: for a world in which one thing is done after the other by a clock that goes
    /// forward.
    pub(crate) fn quiet(&self) -> Vec<Violation> {
        invariant::quiet_stays_quiet(self.incident(), &self.deliveries)
    }

    /// I-01, I-02, I-03, I-05, I-07, I-09 and I-11.
    fn holds(&self) -> Vec<Violation> {
        let incident = self.incident();
        let mut found = invariant::incident_holds(incident);
        let chain = self.stored.news.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
        found.extend(invariant::chain_holds(Chain::Incident(incident.id), chain));
        let last = self.stored.news.last().map(|entry| (entry.number, entry.hash)).unwrap_or_default();
        if last != (self.stored.record.entries, self.stored.record.head) {
            found.push(violated(invariant::CHAIN_HOLDS, incident.id, "it does not know the last entry of its journal"));
        }
        found.extend(invariant::failure_is_seen(incident, &self.deliveries));
        found.extend(invariant::tried_is_sent_once(incident, &self.deliveries, Timestamp::MIN));
        found
    }
}

/// Everything that holds of what is stored at any moment between two transactions.
pub(crate) fn stored(database: &Database, incidents: &[Whole]) -> Vec<Violation> {
    let mut found: Vec<Violation> = incidents.iter().flat_map(Whole::holds).collect();
    let audit = read::audit(database);
    let chain = audit.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash));
    found.extend(invariant::chain_holds(Chain::Audit, chain));
    found.extend(held(database));
    found
}

/// I-11, of the pages that belong to none of these incidents, which are all.
pub(crate) fn pages_have_incidents(incidents: &[Whole], deliveries: &[DeliveryRecord]) -> Vec<Violation> {
    let known: BTreeSet<IncidentId> = incidents.iter().map(|whole| whole.stored.record.id).collect();
    let pages = deliveries.iter().filter(|record| rung(record).is_some());
    let lost = pages.filter(|record| record.incident.is_none_or(|incident| !known.contains(&incident)));
    lost.map(|record| violated(invariant::TRIED_IS_SENT_ONCE, record.id, "there is no incident that it pages about"))
        .collect()
}

/// I-10.
pub(crate) fn held(database: &Database) -> Vec<Violation> {
    let held = read::held(database).into_iter();
    held.flat_map(|(contact, count, line, timer)| {
        invariant::held_is_flushed(contact, usize::try_from(count).unwrap_or(usize::MAX), &line, timer)
    })
    .collect()
}

/// When things were not to be expected in time.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    /// Nobody was there to decide, or the clock jumped.
    pub(crate) decisions: Vec<Outage>,
    /// The same for messages by each channel, also because its provider did not work or a sender died.
    pub(crate) channels: BTreeMap<&'static str, Vec<Outage>>,
}

/// I-08, of everything.
pub(crate) fn in_time(database: &Database, incidents: Vec<Whole>, now: Timestamp, outages: &Outages) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut by_contact: BTreeMap<(ContactMethodId, String), Vec<StoredDelivery>> = BTreeMap::new();
    for whole in incidents {
        found.extend(invariant::decisions_are_on_time(whole.incident(), now, &outages.decisions));
        for (record, delivery) in whole.records.into_iter().zip(whole.deliveries) {
            by_contact.entry((record.contact, record.channel)).or_default().push(delivery);
        }
    }
    for ((contact, channel), deliveries) in by_contact {
        let flush_at = read::line(database, contact).and_then(|line| line.flush_at);
        let outages = outages.channels.get(channel.as_str()).map(Vec::as_slice).unwrap_or_default();
        let mut late = invariant::pages_are_on_time(&deliveries, flush_at, now, outages);
        late.iter_mut().for_each(|violation| explain(database, violation));
        found.extend(late);
    }
    found
}

/// Adds the attempts of the delivery that a violation is about.
fn explain(database: &Database, violation: &mut Violation) {
    let Ok(id) = violation.subject.parse() else { return };
    for Attempt { number, began_at, ended_at, outcome, .. } in read::attempts(database, id) {
        let ended = ended_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        violation.detail.push_str(&format!("; attempt {number} began {began_at}, ended {ended}: {outcome:?}"));
    }
}

/// A delivery, as the invariants look at it.
fn as_stored(record: &DeliveryRecord, attempts: &[Attempt]) -> StoredDelivery {
    let succeeded = |attempt: &&Attempt| matches!(attempt.outcome, Some(Outcome::Delivered | Outcome::Accepted { .. }));
    StoredDelivery {
        id: record.id,
        state: record.delivery,
        decided_at: record.created_at,
        attempts: attempts.iter().map(|attempt| attempt.began_at).collect(),
        succeeded_at: attempts.iter().find(succeeded).and_then(|attempt| attempt.ended_at),
        page: rung(record),
        contact: record.contact,
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
