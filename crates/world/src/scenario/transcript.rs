//! The transcript: everything that people can see, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use allclear_channels::Wire;
use allclear_core::alert::Outcome;
use allclear_core::delivery::Status;
use allclear_core::directory::Directory;
use allclear_core::id::{DeliveryId, IncidentId, IntegrationId};
use allclear_core::sentence::{self, Names};
use allclear_core::zone::Zone;
use allclear_engine::EventAddress;
use allclear_store::Database;
use allclear_store::deliveries::{DeliveryRecord, Purpose};
use allclear_store::incidents::StoredEntry;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::outside::{Arrival, Provider};
use crate::read;

/// What was told of an incident so far.
#[derive(Debug, Default)]
struct Told {
    entries: Vec<StoredEntry>,
    reference: String,
}

/// A transcript under way.
#[derive(Debug)]
pub(super) struct Transcript {
    zone: Zone,
    text: String,
    day: Option<Date>,
    incidents: BTreeMap<IncidentId, Told>,
    references: BTreeMap<IncidentId, String>,
    deliveries: BTreeMap<DeliveryId, (Status, u32)>,
    keys: BTreeSet<String>,
    /// The one-tap link of the latest page that each address received.
    links: BTreeMap<String, String>,
}

impl Transcript {
    pub(super) fn new(zone: Zone) -> Self {
        Self {
            zone,
            text: String::new(),
            day: None,
            incidents: BTreeMap::new(),
            references: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            keys: BTreeSet::new(),
            links: BTreeMap::new(),
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn write(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn time(&mut self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        if self.day.replace(local.date()) != Some(local.date()) {
            let day = local.strftime("%a %-d %b %Y, %Z").to_string();
            self.write(&format!("-- {day}"));
        }
        local.strftime("%H:%M:%S").to_string()
    }

    /// A line of the script.
    pub(super) fn command(&mut self, at: Timestamp, command: &str) {
        let time = self.time(at);
        self.write("");
        self.write(&format!("{time}  > {command}"));
    }

    pub(super) fn line(&mut self, at: Timestamp, subject: &str, text: &str) {
        let time = self.time(at);
        for (place, part) in text.lines().enumerate() {
            let (time, subject) = if place == 0 { (time.as_str(), subject) } else { ("", "") };
            self.write(&format!("{time:8}  {subject:14} {part}"));
        }
    }

    /// The one-tap token that this address received last.
    pub(super) fn token(&self, address: &str) -> Option<&str> {
        self.links.get(address).and_then(|link| link.rsplit('/').next())
    }

    /// Tells what has happened to these incidents and their messages.
    pub(super) fn incidents(&mut self, now: Timestamp, database: &Database, directory: &Directory, ids: &[IncidentId]) {
        for id in ids {
            self.timeline(now, database, directory, *id);
        }
        for id in ids {
            for (record, _) in read::deliveries(database, *id) {
                self.ledger(now, database, directory, &record);
            }
        }
    }

    fn timeline(&mut self, now: Timestamp, database: &Database, directory: &Directory, id: IncidentId) {
        let told = self.incidents.entry(id).or_default();
        let after = told.entries.len() as u64;
        let Some(stored) = read::incident(database, id, after) else { return };
        told.reference = stored.record.reference();
        told.entries.extend(stored.news);
        self.references.insert(id, stored.record.reference());
        let entries = read::entries(&told.entries);
        let pages = sentence::pages_of(entries.iter().flat_map(|entry| &entry.facts));
        let names = Names::new(directory, &self.zone).with_incidents(&self.references).with_pages(&pages);
        let mut lines = Vec::new();
        for entry in entries.iter().skip(usize::try_from(after).unwrap_or(0)) {
            lines.extend(entry.facts.iter().map(|fact| sentence::fact(&names, entry.at, entry.actor, fact)));
        }
        let reference = stored.record.reference();
        for line in lines {
            self.line(now, &reference, &line);
        }
    }

    /// Tells what has happened to a delivery.
    pub(super) fn delivery(&mut self, now: Timestamp, database: &Database, directory: &Directory, id: DeliveryId) {
        if let Some(record) = read::delivery(database, id) {
            self.ledger(now, database, directory, &record);
        }
    }

    /// What the ledger says of a delivery, unless that goes without saying.
    fn ledger(&mut self, now: Timestamp, database: &Database, directory: &Directory, record: &DeliveryRecord) {
        let state = (record.delivery.status, record.delivery.attempts);
        if self.deliveries.insert(record.id, state) == Some(state) {
            return;
        }
        let detail = record.detail.clone().unwrap_or_default();
        let says = match record.delivery.status {
            Status::Held => "is held back for a bundle".to_owned(),
            Status::Queued if record.delivery.attempts > 0 => {
                let at = record.delivery.due_at.unwrap_or(now);
                format!(
                    "did not get through and is tried again at {}: {detail}",
                    self.zone.local(at).strftime("%H:%M:%S")
                )
            }
            Status::Sending => {
                let attempts = read::attempts(database, record.id);
                if !attempts.last().is_some_and(|attempt| attempt.maybe_repeated) {
                    return;
                }
                format!("is sent again and may arrive twice, as attempt {}", record.delivery.attempts)
            }
            Status::Stopping => "is on its way, and not wanted any more".to_owned(),
            Status::Bundled => "goes out in a bundle".to_owned(),
            Status::Withdrawn if detail.is_empty() => "is taken back".to_owned(),
            Status::Withdrawn => format!("is not sent: {detail}"),
            Status::Failed => format!("is given up: {detail}"),
            Status::Queued | Status::Accepted | Status::Delivered => return,
        };
        let whom = directory.user(record.user).and_then(|user| Some((user, user.contact(record.contact)?)));
        let whom =
            whom.map_or_else(|| "nobody".to_owned(), |(user, contact)| format!("{}'s {}", user.slug, contact.name));
        let reference = record.incident.and_then(|id| self.references.get(&id)).map_or("", String::as_str);
        let what = match record.purpose {
            Purpose::Page { .. } => format!("the page about {reference} to"),
            Purpose::Bundle { .. } => "the bundle to".to_owned(),
            Purpose::Inform { .. } => format!("the update about {reference} to"),
            Purpose::Verify { .. } => "the code to".to_owned(),
            Purpose::Test => "the test to".to_owned(),
            Purpose::Cover { .. } => "the word on cover to".to_owned(),
            Purpose::Handover { .. } => "the handover to".to_owned(),
        };
        self.line(now, "ledger", &format!("{what} {whom} {says}"));
    }

    /// Tells what became of a request, where no timeline does; false while it waits.
    pub(super) fn outcome(
        &mut self,
        now: Timestamp,
        database: &Database,
        address: EventAddress,
        integration: IntegrationId,
    ) -> bool {
        let Some(became) = read::outcome(database, address.segment, integration) else { return false };
        for one in became.iter().filter(|one| one.position == address.position) {
            for warning in &one.warnings {
                self.line(now, "intake", &format!("warning: {warning}"));
            }
            if let Some(reason) = &one.quarantined {
                self.line(now, "intake", &format!("the request is in quarantine: {reason}"));
            }
            for event in &one.events {
                match event.outcome {
                    Outcome::Fired | Outcome::Cleared { .. } => {}
                    Outcome::Repeated { .. } | Outcome::Acknowledged | Outcome::Nothing { .. } => {
                        self.line(now, "intake", &sentence::outcome(&event.outcome));
                    }
                }
            }
        }
        true
    }

    /// Tells what people received.
    pub(super) fn arrived(&mut self, directory: &Directory, arrivals: Vec<Arrival>) {
        for arrival in arrivals {
            let owner =
                directory.users().find(|user| user.contacts.iter().any(|contact| contact.address == arrival.address));
            let owner = owner.map_or("somebody", |user| &user.slug);
            let place = match arrival.provider {
                Provider::Mail => format!("{owner}'s mail"),
                Provider::Phones => format!("{owner}'s phone"),
            };
            let (mut text, link) = match &arrival.wire {
                Wire::Mail(mail) => letter(&mail.subject, &mail.text),
                Wire::Http(request) => call(&request.body),
            };
            if let Some(link) = link {
                self.links.insert(arrival.address.clone(), link);
            }
            if arrival.attempt > 1 {
                write!(text, " (attempt {})", arrival.attempt).expect("a text takes any text");
            }
            if !self.keys.insert(arrival.key) {
                text.push_str(" (the same key as before)");
            }
            self.line(arrival.at, &place, &text);
        }
    }
}

/// What a mail says, and its link for one tap.
fn letter(subject: &str, text: &str) -> (String, Option<String>) {
    let fact = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let mut says = subject.to_owned();
    for (name, lead) in [("Why you", ""), ("Next", "next: ")] {
        if let Some(value) = fact(name) {
            write!(says, "\n  {lead}{value}").expect("a text takes any text");
        }
    }
    let link = text.lines().flat_map(str::split_whitespace).find(|word| word.contains("/k/"));
    (says, link.map(str::to_owned))
}

/// What a web request says, and its link for one tap.
fn call(body: &[u8]) -> (String, Option<String>) {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let data = &body["data"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let incident = |value: &Value| {
        let severity = text(&value["severity"]).to_uppercase();
        format!("[{severity}] {}: {} ({})", text(&value["service"]), text(&value["title"]), text(&value["reference"]))
    };
    let mut says = match body["type"].as_str().unwrap_or_default() {
        "page" => format!("{}\n  {}", incident(&data["incident"]), text(&data["why"])),
        "notice" => format!("{}\n  {}", incident(&data["incident"]), text(&data["sentence"])),
        "bundle" => {
            let top = data["top"].as_array().into_iter().flatten();
            let top: Vec<String> = top.map(|one| format!("\n  {}", incident(one))).collect();
            format!("{} more incidents{}", data["total"], top.concat())
        }
        other => other.to_owned(),
    };
    if let Some(next) = data["next"].as_str() {
        write!(says, "\n  next: {next}").expect("a text takes any text");
    }
    (says, data["acknowledge_link"].as_str().map(str::to_owned))
}
