//! Deliveries: every message to a person, and each attempt to hand it over.

use std::collections::BTreeMap;

use allclear_core::cover::Word;
use allclear_core::delivery::{Outcome, Status};
use allclear_core::directory::Kind;
use allclear_core::id::{DeliveryId, IncidentId, UserId};
use allclear_core::incident::Update;
use allclear_core::sentence;
use allclear_engine::ways_to_reach;
use allclear_store::deliveries::{self, Attempt as StoredAttempt, DeliveryRecord, Filter, Purpose};
use allclear_store::{Result as Stored, Tx, incidents};
use axum::extract::Path;

use super::flash::Flash;
use super::form::{Form, Query};
use super::reader::Reader;
use super::reply::{CameFromPage, Reply};
use super::view;
use crate::pages::{Attempt, Choice, DeliveriesPage, DeliveryPage, DeliveryRow, DeliveryState, Pager, Section, Tab};
use crate::problem::Problem;

/// How many rows a page has.
const ROWS: usize = 50;
/// How many deliveries are read at once, and how often.
const BATCH: i64 = 200;
const BATCHES: usize = 10;

const STATES: [(&str, &str); 3] = [("", "All"), ("under-way", "Under way"), ("failed", "Failed")];

/// What the address asks for.
#[derive(Debug, Clone)]
struct Wanted {
    state: &'static str,
    person: Option<(UserId, String)>,
    channel: String,
    before: Option<DeliveryId>,
}

impl Wanted {
    fn of(reader: &Reader, query: &Query) -> Self {
        let state = STATES.iter().find(|(word, _)| *word == query.text("state"));
        let person = reader.directory.users().find(|user| user.slug == query.text("person"));
        Self {
            state: state.map_or("", |(word, _)| word),
            person: person.map(|user| (user.id, user.slug.clone())),
            channel: query.text("channel").to_owned(),
            before: query.parsed("before"),
        }
    }

    fn filter(&self) -> Filter {
        match &self.person {
            Some((user, _)) => Filter::User(*user),
            None if self.state == "failed" => Filter::Failed,
            None => Filter::All,
        }
    }

    fn takes(&self, record: &DeliveryRecord) -> bool {
        let state = match self.state {
            "failed" => record.delivery.status == Status::Failed,
            "under-way" => is_under_way(record.delivery.status),
            _ => true,
        };
        state && (self.channel.is_empty() || record.channel == self.channel)
    }

    fn address(&self, state: &str, before: &str) -> String {
        let person = self.person.as_ref().map_or("", |(_, slug)| slug);
        let fields = [("state", state), ("person", person), ("channel", &self.channel), ("before", before)];
        view::address("/deliveries", &fields)
    }
}

const fn is_under_way(status: Status) -> bool {
    match status {
        Status::Held | Status::Queued | Status::Sending | Status::Stopping => true,
        Status::Accepted | Status::Delivered | Status::Bundled | Status::Withdrawn | Status::Failed => false,
    }
}

/// How far it has got. What was taken back never left the queue; its answer says so.
const fn state(status: Status) -> DeliveryState {
    match status {
        Status::Held | Status::Queued | Status::Sending | Status::Stopping | Status::Withdrawn => DeliveryState::Queued,
        Status::Accepted | Status::Bundled => DeliveryState::Accepted,
        Status::Delivered => DeliveryState::Delivered,
        Status::Failed => DeliveryState::Failed,
    }
}

struct Found {
    rows: Vec<DeliveryRecord>,
    references: BTreeMap<IncidentId, String>,
    older: Option<DeliveryId>,
    looked: u64,
}

async fn read(tx: &mut Tx<'_>, wanted: &Wanted) -> Stored<Found> {
    let (mut rows, mut before, mut older, mut looked) = (Vec::new(), wanted.before, None, 0);
    for _ in 0..BATCHES {
        let batch = deliveries::list(tx, wanted.filter(), before, BATCH).await?;
        let is_last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
        before = batch.last().map(|record| record.id);
        looked += batch.len() as u64;
        rows.extend(batch.into_iter().filter(|record| wanted.takes(record)));
        if rows.len() > ROWS {
            rows.truncate(ROWS);
            older = rows.last().map(|record| record.id);
            break;
        }
        older = before.filter(|_| !is_last);
        if is_last {
            break;
        }
    }
    let references = references(tx, &rows).await?;
    Ok(Found { rows, references, older, looked })
}

async fn references(tx: &mut Tx<'_>, rows: &[DeliveryRecord]) -> Stored<BTreeMap<IncidentId, String>> {
    let mut references = BTreeMap::new();
    for incident in rows.iter().filter_map(|record| record.incident) {
        if !references.contains_key(&incident)
            && let Some(record) = incidents::find(tx, incident).await?
        {
            references.insert(incident, record.reference());
        }
    }
    Ok(references)
}

/// The list.
pub(super) async fn list(reader: Reader, query: Query) -> Reply {
    let wanted = Wanted::of(&reader, &query);
    let found = reader.engine().database().read(wanted.clone(), |wanted, tx| Box::pin(read(tx, wanted))).await?;
    let tab = |(state, label): (&str, &str)| Tab {
        href: wanted.address(state, ""),
        label: label.to_owned(),
        count: None,
        current: state == wanted.state,
    };
    let mut channels = vec![Choice::new("", "Every channel", wanted.channel.is_empty())];
    channels.extend(ways_to_reach().map(|reach| Choice::new(reach.name, reach.title, reach.name == wanted.channel)));
    let person = wanted.person.as_ref().map_or("", |(_, slug)| slug);
    let page = DeliveriesPage {
        shell: reader.shell("Deliveries", Section::OnCall).await?,
        states: STATES.into_iter().map(tab).collect(),
        state: wanted.state.to_owned(),
        people: view::choices_or("Everybody", &reader.directory, Kind::User, person),
        channels,
        rows: found.rows.iter().map(|record| row(&reader, record, &found.references)).collect(),
        pager: Pager {
            shown: format!("{} messages", found.rows.len()),
            newer: wanted.before.map(|_| wanted.address(wanted.state, "")),
            older: found.older.map(|id| wanted.address(wanted.state, &id.to_string())),
            looked: found.looked,
        },
    };
    reader.show(&page)
}

fn row(reader: &Reader, record: &DeliveryRecord, references: &BTreeMap<IncidentId, String>) -> DeliveryRow {
    let reference = record.incident.and_then(|incident| references.get(&incident));
    let status = record.delivery.status;
    let answer = match &record.detail {
        Some(detail) => detail.clone(),
        None => view::delivery_words(status).to_owned(),
    };
    DeliveryRow {
        href: format!("/deliveries/{}", record.id),
        id: record.id.to_string(),
        at: reader.when(record.created_at),
        person: reader.person(record.user),
        channel: record.channel.clone(),
        contact: view::contact_name(&reader.directory, record),
        incident: reference.map(|reference| view::incident_anchor(reference)),
        kind: kind(&record.purpose),
        state: state(status),
        attempts: record.delivery.attempts,
        answer,
    }
}

fn kind(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Page { .. } => "page".to_owned(),
        Purpose::Bundle { pages } => format!("{pages} pages bundled"),
        Purpose::Inform { update: Update::Acknowledged } => "“somebody has it”".to_owned(),
        Purpose::Inform { update: Update::Resolved } => "“it is over”".to_owned(),
        Purpose::Verify { .. } => "verification code".to_owned(),
        Purpose::Test => "test page".to_owned(),
        Purpose::Cover { .. } => "about cover".to_owned(),
        Purpose::Handover { .. } => "handover".to_owned(),
    }
}

/// One delivery.
pub(super) async fn one(reader: Reader, Path(id): Path<String>) -> Reply {
    let missing = || Problem::not_found("delivery");
    let id: DeliveryId = id.parse().map_err(|_| missing())?;
    let read = reader.engine().database().read(id, |id, tx| {
        Box::pin(async move {
            let Some(record) = deliveries::find(tx, *id).await? else { return Ok(None) };
            let references = references(tx, std::slice::from_ref(&record)).await?;
            Ok(Some((deliveries::attempts(tx, *id).await?, references, record)))
        })
    });
    let (attempts, references, record) = read.await?.ok_or_else(missing)?;
    let mut reached = vec![(DeliveryState::Queued, reader.when(record.created_at))];
    if !is_under_way(record.delivery.status) && record.delivery.status != Status::Withdrawn {
        reached.push((state(record.delivery.status), reader.when(record.changed_at)));
    }
    let page = DeliveryPage {
        shell: reader.shell("Delivery", Section::OnCall).await?,
        row: row(&reader, &record, &references),
        why: why(&reader, &record),
        address: address(&reader, &record),
        next_attempt: record.delivery.due_at.filter(|_| !attempts.is_empty()).map(|at| reader.when(at)),
        attempts: attempts.iter().rev().map(|one| attempt(&reader, one)).collect(),
        reached,
        text: "A message is composed at the moment at which it is sent, and not kept.".to_owned(),
    };
    reader.show(&page)
}

fn why(reader: &Reader, record: &DeliveryRecord) -> Vec<String> {
    let names = reader.names();
    let person = names.person(record.user);
    match &record.purpose {
        Purpose::Page { why, rung, .. } => vec![
            format!("{person} is paged: {}.", sentence::why_paged(&names, why)),
            format!("It is try {} by their notification rules as they were then.", rung + 1),
        ],
        Purpose::Bundle { pages } => {
            vec![format!("{pages} pages to this contact method came in one minute, more than are sent one by one.")]
        }
        Purpose::Inform { .. } => vec![format!("{person} had been paged, and is told how it went on.")],
        Purpose::Verify { .. } => vec!["Its owner is to prove that it is theirs.".to_owned()],
        Purpose::Test => vec!["Somebody wanted to see that it works.".to_owned()],
        Purpose::Cover { word: Word::Asked, .. } => vec![format!("{person} was asked to cover for somebody.")],
        Purpose::Cover { .. } => vec![format!("{person} is told what became of a request for cover.")],
        Purpose::Handover { schedule, handover, .. } => {
            let at = names.time(handover.at, record.created_at);
            vec![format!("{} changed hands at {at}, and {person} has a part in it.", names.schedule(*schedule))]
        }
    }
}

/// Where it went: its owner and admins see all of it, others who it was for.
fn address(reader: &Reader, record: &DeliveryRecord) -> String {
    let contact = reader.directory.user(record.user).and_then(|user| user.contact(record.contact));
    let sees = record.user == reader.user.id || reader.user.role == allclear_core::directory::Role::Admin;
    match contact {
        Some(contact) if sees => contact.address.clone(),
        Some(_) => "shown to its owner and to admins".to_owned(),
        None => "removed since".to_owned(),
    }
}

fn attempt(reader: &Reader, one: &StoredAttempt) -> Attempt {
    let (outcome, failed, answer) = match &one.outcome {
        None => ("under way, or its sender died", false, String::new()),
        Some(Outcome::Delivered) => ("arrived", false, String::new()),
        Some(Outcome::Accepted { handle }) => ("accepted", false, handle.clone().unwrap_or_default()),
        Some(Outcome::Retry { reason, .. }) => ("not taken", true, reason.clone()),
        Some(Outcome::Refused { reason }) => ("refused", true, reason.clone()),
    };
    let outcome = if one.maybe_repeated { format!("{outcome}; maybe a repetition") } else { outcome.to_owned() };
    let took = one.ended_at.map(|ended| format!("{} ms", ended.duration_since(one.began_at).as_millis()));
    Attempt { at: reader.when(one.began_at), outcome, failed, answer, took: took.unwrap_or_default() }
}

/// Sends a dead letter again.
pub(super) async fn retry(reader: Reader, Path(id): Path<String>, page: CameFromPage, _: Form) -> Reply {
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found("delivery"))?;
    let retried = reader.engine().retry(reader.actor(), id).await?;
    let flash = if retried {
        Flash::good("It is sent again.")
    } else {
        Flash::bad("It was not given up, so there is nothing to send again.")
    };
    Ok(reader.go_saying(page.or("/deliveries?state=failed"), &flash))
}
