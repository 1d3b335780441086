//! The timeline of an incident: its journal, as moments.

use std::collections::BTreeMap;

use allclear_core::actor::Actor;
use allclear_core::fact::Fact;
use allclear_core::id::{IncidentId, TokenId, UserId};
use allclear_core::journal::Entry;
use allclear_core::sentence;

use super::super::reader::Reader;
use super::super::view;
use crate::pages::{Anchor, Day, Moment, Weight};

/// What the facts name beside people and things of the directory.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// What people call other incidents.
    pub(super) incidents: BTreeMap<IncidentId, String>,
    /// Whom each page went to.
    pub(super) pages: BTreeMap<u32, UserId>,
    /// What the tokens are called by which programs acted.
    pub(super) tokens: BTreeMap<TokenId, String>,
}

/// The other incidents that facts name.
pub(super) fn other_incidents(entries: &[Entry<Fact>]) -> Vec<IncidentId> {
    entries.iter().flat_map(|entry| &entry.facts).filter_map(other_incident).collect()
}

fn other_incident(fact: &Fact) -> Option<IncidentId> {
    if let Fact::IncidentMerged { into: other } | Fact::IncidentAbsorbed { incident: other, .. } = fact {
        Some(*other)
    } else {
        None
    }
}

/// How many entries of a kind in a row stand for themselves; more are told by one sentence.
const IN_A_ROW: usize = 3;

/// The days, newest first.
pub(super) fn days(reader: &Reader, entries: &[Entry<Fact>], named: &Named) -> Vec<Day> {
    let told: Vec<(String, &Fact, Moment)> = entries
        .iter()
        .rev()
        .flat_map(|entry| entry.facts.iter().rev().map(move |fact| (entry, fact)))
        .map(|(entry, fact)| (reader.when(entry.at).day(), fact, moment(reader, entry, fact, named)))
        .collect();
    let mut days: Vec<Day> = Vec::new();
    for row in told.chunk_by(|(day, one, _), (next_day, next, _)| day == next_day && is_of_a_kind(one, next)) {
        let mut moments: Vec<Moment> = row.iter().map(|(_, _, moment)| moment.clone()).collect();
        let (day, fact, newest) = &row[0];
        if let Some(sentence) = sentence::in_a_row(fact, row.len()).filter(|_| row.len() > IN_A_ROW) {
            moments = vec![Moment { sentence, link: None, folded: moments, ..newest.clone() }];
        }
        match days.last_mut() {
            Some(known) if known.label == *day => known.moments.extend(moments),
            _ => days.push(Day { label: day.clone(), moments }),
        }
    }
    days
}

/// Whether one sentence may tell of both.
fn is_of_a_kind(one: &Fact, other: &Fact) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other) && sentence::in_a_row(one, 2).is_some()
}

fn moment(reader: &Reader, entry: &Entry<Fact>, fact: &Fact, named: &Named) -> Moment {
    let names = reader.names().with_incidents(&named.incidents).with_pages(&named.pages).with_tokens(&named.tokens);
    let whole = sentence::fact(&names, entry.at, entry.actor, fact);
    let said = if let Fact::NoteAdded { text } = fact { Some(text.clone()) } else { None };
    let whole = said.as_ref().and_then(|text| whole.strip_suffix(text.as_str())).unwrap_or(&whole);
    // The person who did it stands in front, as a link.
    let user = match entry.actor {
        Actor::User { user, .. } => Some(user),
        Actor::Token { .. } | Actor::Integration { .. } | Actor::System => None,
    };
    let split = user.and_then(|user| Some((user, whole.strip_prefix(names.person(user))?.trim_start().to_owned())));
    let (who, sentence) = match split {
        Some((user, rest)) => (Some(reader.person(user)), rest),
        None => (None, whole.to_owned()),
    };
    let (icon, weight) = look(fact);
    let at = reader.when(entry.at);
    Moment {
        at,
        icon,
        weight,
        who,
        sentence: sentence.trim_end().to_owned(),
        why: None,
        said,
        link: link(fact, named),
        folded: Vec::new(),
    }
}

fn link(fact: &Fact, named: &Named) -> Option<Anchor> {
    if let Fact::AlertJoined { alert, .. } | Fact::AlertCleared { alert, .. } = fact {
        return Some(Anchor::new(format!("/alerts/{alert}"), "the alert"));
    }
    named.incidents.get(&other_incident(fact)?).map(|reference| view::incident_anchor(reference))
}

/// The icon, and how loud it is.
fn look(fact: &Fact) -> (&'static str, Weight) {
    use Weight::{Loud, Minor, Plain};
    match fact {
        Fact::IncidentOpened { .. } => ("incident", Loud),
        Fact::AlertJoined { .. } => ("alert", Minor),
        Fact::AlertCleared { .. } => ("check", Minor),
        Fact::SeverityChanged { .. } => ("up", Plain),
        Fact::TitleChanged { .. } => ("note", Minor),
        Fact::EscalationStarted { .. } | Fact::StepTaken { .. } => ("up", Plain),
        Fact::StepSkipped { .. } | Fact::StepDelayed { .. } | Fact::EscalationFinished => ("up", Minor),
        Fact::UnresolvedTooLong { .. } => ("clock", Loud),
        Fact::PolicyReplaced { .. } => ("up", Loud),
        Fact::AcknowledgementCounted { .. } => ("acknowledged", Plain),
        Fact::StepEmpty { .. } | Fact::PersonUnreachable { .. } | Fact::ContactFailed { .. } => ("warn", Loud),
        Fact::EscalationExhausted { .. } => ("warn", Loud),
        Fact::PersonPaged { .. } => ("page", Loud),
        Fact::ContactTried { .. } => ("mail", Minor),
        Fact::IncidentAcknowledged { .. } => ("acknowledged", Loud),
        Fact::AcknowledgementLapsed | Fact::SnoozeEnded => ("clock", Loud),
        Fact::IncidentSnoozed { .. } => ("paused", Loud),
        Fact::IncidentResolved => ("resolved", Loud),
        Fact::IncidentReopened => ("triggered", Loud),
        Fact::IncidentReassigned { .. } | Fact::PageDeclined { .. } => ("person", Plain),
        Fact::EscalatedByHand { .. } => ("up", Loud),
        Fact::NoteAdded { .. } => ("note", Plain),
        Fact::IncidentMerged { .. } | Fact::IncidentAbsorbed { .. } => ("merge", Loud),
    }
}
