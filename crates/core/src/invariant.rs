//! What must hold at every moment, whatever happens: numbered, so that a failing seed, a report of `allclear doctor`
//! and a test speak of the same thing.
//!
//! Each check takes plain data, which the simulator has in memory and a production check reads from the store, and
//! returns what it found wrong. A check that has nothing to look at finds nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::actor::Actor;
use crate::delivery::{Delivery, Status as DeliveryStatus};
use crate::fact::Fact;
use crate::id::{ContactMethodId, DeliveryId, IncidentId};
use crate::incident::{Incident, Page, Status, replay};
use crate::journal::{Chain, Entry, Hash, first_break};
use crate::limits;
use crate::throttle::Line;

#[cfg(test)]
mod tests;

/// Something that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Invariant {
    /// Its number, which never changes: `I-01`.
    pub id: &'static str,
    /// What must hold.
    pub statement: &'static str,
}

macro_rules! invariants {
    ($($name:ident = $id:literal, $statement:literal;)*) => {
        $(#[doc = $statement]
        pub const $name: Invariant = Invariant { id: $id, statement: $statement };)*

        /// All of them, by number.
        pub const ALL: &[Invariant] = &[$($name),*];
    };
}

invariants! {
    FACTS_REPLAY = "I-01", "The facts of an incident, applied one after the other, make its stored state.";
    NEVER_STUCK = "I-02", "An open incident that nobody acknowledged or snoozed has a next step, or is exhausted.";
    TIMER_IS_DUE = "I-03", "The stored timer of an incident, or of an alert, is the moment at which it says that it is due.";
    QUIET_STAYS_QUIET = "I-04", "No page that was decided before an incident was acknowledged, snoozed, reassigned, resolved or merged is waiting to be sent, or begins to be sent, after that was stored.";
    CHAIN_HOLDS = "I-05", "Each entry of a journal follows from the one before it.";
    NO_EVENT_LOST = "I-06", "An accepted event that was processed has exactly one outcome for each thing that it says, and none waits for ever.";
    FIRING_IS_COUNTED = "I-07", "An incident counts as firing exactly those of its alerts that fire.";
    NOBODY_WAITS = "I-08", "No decision, and no page by a channel that works, comes more than two seconds after its time.";
    FAILURE_IS_SEEN = "I-09", "No delivery is attempted more often than the limit, and a failed one says why and is known to its incident.";
    HELD_IS_FLUSHED = "I-10", "While messages are held for a contact method, a timer is set for their bundle.";
    TRIED_IS_SENT_ONCE = "I-11", "Each contact method that was tried has exactly one delivery of that page and rung, until it is deleted for its age, and each page in the ledger was tried exactly once.";
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// Of what: the identity of an incident, a delivery, an event, a contact method.
    pub subject: String,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.invariant.id, self.subject, self.detail)
    }
}

impl Invariant {
    fn violated(self, subject: impl fmt::Display, detail: String) -> Violation {
        Violation { invariant: self, subject: subject.to_string(), detail }
    }
}

/// An incident as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredIncident<'a> {
    /// Its identity.
    pub id: IncidentId,
    /// Its state.
    pub state: &'a Incident,
    /// Its journal, oldest first.
    pub entries: &'a [Entry<Fact>],
    /// When its timer is set for.
    pub timer: Option<Timestamp>,
    /// How many of the alerts that belong to it fire.
    pub firing_alerts: u32,
}

impl StoredIncident<'_> {
    fn facts(&self) -> impl Iterator<Item = (Timestamp, Actor, &Fact)> {
        self.entries.iter().flat_map(|entry| entry.facts.iter().map(|fact| (entry.at, entry.actor, fact)))
    }

    /// The state after each entry, with the entry; nothing when the journal does not begin with an opening.
    fn history(&self) -> Vec<(&Entry<Fact>, Incident)> {
        let mut state: Option<Incident> = None;
        let after = self.entries.iter().filter_map(|entry| {
            for fact in &entry.facts {
                match &mut state {
                    Some(state) => state.apply(entry.at, entry.actor, fact),
                    None => state = replay([(entry.at, entry.actor, fact)]),
                }
            }
            Some((entry, state.clone()?))
        });
        after.collect()
    }
}

/// A delivery as it is stored.
#[derive(Debug, Clone)]
pub struct StoredDelivery {
    /// Its identity.
    pub id: DeliveryId,
    /// Its state.
    pub state: Delivery,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When each attempt began, oldest first.
    pub attempts: Vec<Timestamp>,
    /// When the other side took it, or it arrived.
    pub succeeded_at: Option<Timestamp>,
    /// The page (from 1) and the rung (from 0) of its incident; none for anything else than a page.
    pub page: Option<(u32, usize)>,
    /// By which contact method it goes.
    pub contact: ContactMethodId,
    /// What the ledger says about how it ended.
    pub detail: Option<String>,
}

impl StoredDelivery {
    const fn waits(&self) -> bool {
        matches!(self.state.status, DeliveryStatus::Held | DeliveryStatus::Queued)
    }
}

/// A contact method that was tried, as a journal says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// The page (from 1) and the rung (from 0).
    pub page: (u32, usize),
    /// Which one.
    pub contact: ContactMethodId,
    /// When.
    pub at: Timestamp,
}

impl Tried {
    /// What a fact says of that.
    pub fn of(at: Timestamp, fact: &Fact) -> Option<Self> {
        let Fact::ContactTried { page, rung, contact } = fact else { return None };
        Some(Self { page: (*page, *rung), contact: *contact, at })
    }
}

/// An event that was accepted from a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedEvent {
    /// Its public id.
    pub id: String,
    /// How many things it was found to say; none while it was not processed.
    pub says: Option<u32>,
    /// How many outcomes are stored for it.
    pub outcomes: u32,
}

/// A span in which nothing could be expected: we were down, or the channel was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// Since then.
    pub from: Timestamp,
    /// Until then.
    pub until: Timestamp,
}

/// How much later than its time anything may come.
pub const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

/// I-01.
pub fn facts_replay(incident: StoredIncident<'_>) -> Vec<Violation> {
    let replayed = replay(incident.facts());
    if replayed.as_ref() == Some(incident.state) {
        return Vec::new();
    }
    let detail = match replayed {
        None => "its journal does not begin with its opening".to_owned(),
        Some(replayed) => format!("stored {:?}, but its facts make {replayed:?}", incident.state),
    };
    vec![FACTS_REPLAY.violated(incident.id, detail)]
}

/// I-02.
pub fn never_stuck(incident: StoredIncident<'_>) -> Vec<Violation> {
    let state = incident.state;
    let next_step = state.run.as_ref().and_then(|run| run.next_at);
    let stuck = state.status == Status::Triggered && next_step.is_none() && !state.exhausted;
    let detail = || format!("open since {}, no next step, and not exhausted", state.opened_at);
    stuck.then(|| NEVER_STUCK.violated(incident.id, detail())).into_iter().collect()
}

/// I-03, of an incident.
pub fn timer_is_due(incident: StoredIncident<'_>) -> Vec<Violation> {
    timer_is_set(incident.id, incident.state.next_due(), incident.timer)
}

/// I-03, of anything with a timer: when it is due, and when its timer is set for.
pub fn timer_is_set(subject: impl fmt::Display, due: Option<Timestamp>, timer: Option<Timestamp>) -> Vec<Violation> {
    if timer == due {
        return Vec::new();
    }
    let show = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let detail = format!("it is due {}, but its timer is set for {}", show(due), show(timer));
    vec![TIMER_IS_DUE.violated(subject, detail)]
}

/// I-01, I-02, I-03 and I-07.
pub fn incident_holds(incident: StoredIncident<'_>) -> Vec<Violation> {
    let checks = [facts_replay, never_stuck, timer_is_due, firing_is_counted];
    checks.into_iter().flat_map(|check| check(incident)).collect()
}

/// I-04, of the incident's deliveries. Pages that were decided in the very moment of the quiet are not looked at: their
/// order is not known.
pub fn quiet_stays_quiet(incident: StoredIncident<'_>, deliveries: &[StoredDelivery]) -> Vec<Violation> {
    let quiet = moments_of_quiet(incident);
    let mut violations = Vec::new();
    for delivery in deliveries.iter().filter(|delivery| delivery.page.is_some()) {
        let Some(quiet) = quiet.iter().find(|quiet| delivery.decided_at < **quiet) else { continue };
        if delivery.waits() {
            let detail = format!("it still waits to be sent, but its incident was quiet at {quiet}");
            violations.push(QUIET_STAYS_QUIET.violated(delivery.id, detail));
        }
        for attempt in delivery.attempts.iter().filter(|attempt| *attempt > quiet) {
            let detail = format!("an attempt began at {attempt}, but its incident was quiet at {quiet}");
            violations.push(QUIET_STAYS_QUIET.violated(delivery.id, detail));
        }
    }
    violations
}

/// Whether a fact takes back every page of an incident that was in this status: somebody who joins an acknowledged
/// incident takes back only their own.
pub fn takes_back(status: Option<&Status>, fact: &Fact) -> bool {
    match fact {
        Fact::IncidentAcknowledged { .. } => !matches!(status, Some(Status::Acknowledged { .. })),
        Fact::IncidentSnoozed { .. }
        | Fact::IncidentReassigned { .. }
        | Fact::IncidentResolved
        | Fact::IncidentMerged { .. } => true,
        Fact::IncidentOpened { .. }
        | Fact::AlertJoined { .. }
        | Fact::AlertCleared { .. }
        | Fact::SeverityChanged { .. }
        | Fact::TitleChanged { .. }
        | Fact::EscalationStarted { .. }
        | Fact::StepTaken { .. }
        | Fact::StepEmpty { .. }
        | Fact::StepSkipped { .. }
        | Fact::StepDelayed { .. }
        | Fact::EscalationFinished
        | Fact::UnresolvedTooLong { .. }
        | Fact::PolicyReplaced { .. }
        | Fact::AcknowledgementCounted { .. }
        | Fact::EscalationExhausted { .. }
        | Fact::PersonPaged { .. }
        | Fact::PersonUnreachable { .. }
        | Fact::ContactTried { .. }
        | Fact::ContactFailed { .. }
        | Fact::AcknowledgementLapsed
        | Fact::SnoozeEnded
        | Fact::IncidentReopened
        | Fact::EscalatedByHand { .. }
        | Fact::PageDeclined { .. }
        | Fact::NoteAdded { .. }
        | Fact::IncidentAbsorbed { .. } => false,
    }
}

/// When every page of the incident was taken back.
fn moments_of_quiet(incident: StoredIncident<'_>) -> Vec<Timestamp> {
    let (mut status, mut moments) = (None, Vec::new());
    for (entry, state) in incident.history() {
        if entry.facts.iter().any(|fact| takes_back(status.as_ref(), fact)) {
            moments.push(entry.at);
        }
        status = Some(state.status);
    }
    moments
}

/// I-05. The entries are given by number, bytes and stored hash.
pub fn chain_holds<'a>(chain: Chain, entries: impl IntoIterator<Item = (u64, &'a str, Hash)>) -> Vec<Violation> {
    let subject = match chain {
        Chain::Audit => "the audit log".to_owned(),
        Chain::Incident(incident) => incident.to_string(),
    };
    let broken = first_break(entries).map(|number| format!("entry {number} does not follow from the one before it"));
    broken.map(|detail| CHAIN_HOLDS.violated(subject, detail)).into_iter().collect()
}

/// I-06. `settled` says that everything had the time to be processed: then an event that was not is lost.
pub fn no_event_lost(events: &[AcceptedEvent], settled: bool) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let mut violations = Vec::new();
    for event in events {
        let detail = match event.says {
            _ if !seen.insert(&event.id) => "it is stored twice".to_owned(),
            None if settled => "it was accepted, and never processed".to_owned(),
            None => continue,
            Some(says) if says == event.outcomes => continue,
            Some(says) => format!("it says {says} things, and has {} outcomes", event.outcomes),
        };
        violations.push(NO_EVENT_LOST.violated(&event.id, detail));
    }
    violations
}

/// I-07.
pub fn firing_is_counted(incident: StoredIncident<'_>) -> Vec<Violation> {
    let (counted, firing) = (incident.state.firing, incident.firing_alerts);
    let detail = || format!("it counts {counted} firing alerts, and {firing} of its alerts fire");
    (counted != firing).then(|| FIRING_IS_COUNTED.violated(incident.id, detail())).into_iter().collect()
}

/// I-08, of decisions: after each entry, the next one comes no later than the state after it was due, which is at once
/// where a policy that has just begun to count says that somebody was to be told before. `outages` are the spans in
/// which we did not run.
pub fn decisions_are_on_time(incident: StoredIncident<'_>, now: Timestamp, outages: &[Outage]) -> Vec<Violation> {
    let history = incident.history();
    let next_entries = history.iter().skip(1).map(|(entry, _)| entry.at).chain([now]);
    let late = history.iter().zip(next_entries).filter_map(|((entry, state), next)| {
        let due = state.next_due()?.max(entry.at);
        let detail = format!("it was due at {due}, and nothing was decided until {next}");
        (next > latest(due, outages)).then(|| NOBODY_WAITS.violated(incident.id, detail))
    });
    late.collect()
}

/// I-08, of deliveries to one contact method: each page gets through in time, unless it was given up, taken back or
/// bundled. A held one has until `flush_at` of the contact method's line. `outages` are the spans in which its channel
/// did not work, or we did not run.
pub fn pages_are_on_time(
    deliveries: &[StoredDelivery],
    flush_at: Option<Timestamp>,
    now: Timestamp,
    outages: &[Outage],
) -> Vec<Violation> {
    let pages = deliveries.iter().filter(|delivery| delivery.page.is_some());
    let late = pages.filter_map(|delivery| {
        let wanted_at = match delivery.state.status {
            DeliveryStatus::Held => flush_at.unwrap_or(delivery.decided_at),
            DeliveryStatus::Queued | DeliveryStatus::Sending | DeliveryStatus::Accepted | DeliveryStatus::Delivered => {
                delivery.decided_at
            }
            DeliveryStatus::Stopping | DeliveryStatus::Bundled | DeliveryStatus::Withdrawn | DeliveryStatus::Failed => {
                return None;
            }
        };
        let until = delivery.succeeded_at.unwrap_or(now);
        let detail = format!("it was wanted at {wanted_at}, and did not get through until {until}");
        (until > latest(wanted_at, outages)).then(|| NOBODY_WAITS.violated(delivery.id, detail))
    });
    late.collect()
}

/// The latest moment at which what was due may come, given when it was not to be expected in time.
pub fn latest(due: Timestamp, outages: &[Outage]) -> Timestamp {
    let mut outages = outages.to_vec();
    outages.sort_by_key(|outage| outage.from);
    let tolerated = |at: Timestamp| at.checked_add(TOLERANCE).unwrap_or(Timestamp::MAX);
    outages.iter().fold(tolerated(due), |latest, outage| {
        let matters = outage.from <= latest && outage.until >= due;
        if matters { latest.max(tolerated(outage.until)) } else { latest }
    })
}

/// I-09, of the incident's deliveries.
pub fn failure_is_seen(incident: StoredIncident<'_>, deliveries: &[StoredDelivery]) -> Vec<Violation> {
    let told = |page: (u32, usize)| {
        incident.facts().any(
            |(_, _, fact)| matches!(fact, Fact::ContactFailed { page: number, rung, .. } if (*number, *rung) == page),
        )
    };
    let mut violations = Vec::new();
    for delivery in deliveries {
        let mut found = |detail: String| violations.push(FAILURE_IS_SEEN.violated(delivery.id, detail));
        if delivery.state.attempts > limits::DELIVERY_ATTEMPTS {
            found(format!("{} attempts, and {} are allowed", delivery.state.attempts, limits::DELIVERY_ATTEMPTS));
        }
        if delivery.state.status != DeliveryStatus::Failed {
            continue;
        }
        if delivery.detail.as_deref().is_none_or(str::is_empty) {
            found("it failed, and the ledger does not say why".to_owned());
        }
        let under_way = |number: u32| incident.state.pages.iter().any(|page: &Page| page.number == number);
        if let Some(page) = delivery.page.filter(|page| under_way(page.0) && !told(*page)) {
            found(format!("it failed, and page {} of its incident goes on as if rung {} had not", page.0, page.1));
        }
    }
    violations
}

/// I-10, of one contact method: how many deliveries are held for it, its line, and when its timer is set for.
pub fn held_is_flushed(contact: ContactMethodId, held: usize, line: &Line, timer: Option<Timestamp>) -> Vec<Violation> {
    let detail = match (line.flush_at, timer) {
        _ if held == 0 => return Vec::new(),
        (None, _) => format!("{held} messages are held, and no bundle is planned"),
        (Some(at), None) => format!("{held} messages are held until {at}, and no timer is set"),
        (Some(at), Some(timer)) if timer > at => format!("the bundle is planned for {at}, and its timer for {timer}"),
        (Some(_), Some(_)) => return Vec::new(),
    };
    vec![HELD_IS_FLUSHED.violated(contact, detail)]
}

/// I-11, of the incident's deliveries. Those that were decided before `kept_since` may have been deleted.
pub fn tried_is_sent_once(
    incident: StoredIncident<'_>,
    deliveries: &[StoredDelivery],
    kept_since: Timestamp,
) -> Vec<Violation> {
    let tried: Vec<Tried> = incident.facts().filter_map(|(at, _, fact)| Tried::of(at, fact)).collect();
    let sent = deliveries.iter().filter_map(|delivery| Some((delivery.page?, delivery.id, delivery.contact)));
    each_try_is_sent_once(incident.id, &tried, sent, kept_since)
}

/// The same, where the journal was read already: what it tried, and the pages of the ledger with their contact methods.
pub fn each_try_is_sent_once(
    incident: IncidentId,
    tried: &[Tried],
    sent: impl IntoIterator<Item = ((u32, usize), DeliveryId, ContactMethodId)>,
    kept_since: Timestamp,
) -> Vec<Violation> {
    let mut rungs: BTreeMap<_, (Vec<Tried>, Vec<_>)> = BTreeMap::new();
    for one in tried {
        rungs.entry(one.page).or_default().0.push(*one);
    }
    for (page, id, contact) in sent {
        rungs.entry(page).or_default().1.push((id, contact));
    }
    let wrong = rungs.iter().filter_map(|((page, rung), (tried, sent))| {
        let what = format!("page {page}, rung {rung}");
        let detail = match (tried.as_slice(), sent.as_slice()) {
            ([one], [(_, contact)]) if one.contact == *contact => return None,
            ([one], []) if one.at < kept_since => return None,
            ([one], []) => format!("{what} was tried at {}, and no delivery was made", one.at),
            ([one], [(id, contact)]) => format!("{what} tried {}, and {id} goes to {contact}", one.contact),
            ([], [(id, _), ..]) => format!("nothing tried {what}, and {id} is its delivery"),
            ([_], [.., (id, _)]) => format!("{what} was tried once, and has {} deliveries, also {id}", sent.len()),
            ([_, _, ..], _) => format!("{what} was tried {} times", tried.len()),
            ([], []) => return None,
        };
        Some(TRIED_IS_SENT_ONCE.violated(incident, detail))
    });
    wrong.collect()
}
