//! `/settings/audit`

use allclear_core::actor::{Actor, Via};
use allclear_core::audit::AuditFact;
use allclear_core::journal::{self, Entry};
use allclear_core::sentence;
use allclear_store::audit::{self, StoredAudit};
use allclear_store::{Result as Stored, Tx};

use super::super::form::Query;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::pages::{Anchor, AuditRow, Pager, Section, SettingsAuditPage, thousands};

/// How many rows a page has, give or take an entry.
const ROWS: usize = 50;
/// How many entries are read at once, and how often.
const BATCH: i64 = 200;
const BATCHES: usize = 10;
/// How many of the latest entries are checked against each other for each page.
const CHECKED: i64 = 1_000;

/// The page.
pub(in crate::routes) async fn audit(reader: Reader, query: Query) -> Reply {
    let words: Vec<String> = query.text("q").to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut before = query.parsed::<u64>("before");
    let paged = before.is_some();
    let (mut rows, mut older) = (Vec::new(), None);
    for _ in 0..BATCHES {
        let read = reader
            .engine()
            .database()
            .read(before, |before, tx| Box::pin(async move { audit::latest(tx, *before, BATCH).await }));
        let batch = read.await?;
        let is_last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
        for stored in &batch {
            before = Some(stored.number);
            let told = told(&reader, &stored.entry()?);
            rows.extend(told.into_iter().filter(|row| matches(row, &words)));
            if rows.len() >= ROWS {
                break;
            }
        }
        older = before.filter(|number| *number > 1);
        if rows.len() >= ROWS || is_last {
            break;
        }
    }
    let (chain, is_unbroken) = reader.engine().database().read((), |(), tx| Box::pin(check(tx))).await?;
    let address = |before: &str| view::address("/settings/audit", &[("q", query.text("q")), ("before", before)]);
    let page = SettingsAuditPage {
        shell: reader.shell("Settings", Section::Settings).await?,
        query: query.text("q").to_owned(),
        pager: Pager {
            shown: format!("{} entries", rows.len()),
            newer: paged.then(|| address("")),
            older: older.map(|number| address(&number.to_string())),
        },
        rows,
        chain,
        is_unbroken,
    };
    reader.show(&page)
}

fn matches(row: &AuditRow, words: &[String]) -> bool {
    let text = format!("{} {} {}", row.actor, row.sentence, row.via).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn told(reader: &Reader, entry: &Entry<AuditFact>) -> Vec<AuditRow> {
    let names = reader.names();
    let actor = match entry.actor {
        Actor::User { user, .. } => names.person(user).to_owned(),
        Actor::Token { token } => names.token(token),
        Actor::Integration { integration } => names.integration(integration).to_owned(),
        Actor::System => "Allclear".to_owned(),
    };
    let via = match entry.actor {
        Actor::User { via: Via::Web, .. } => "web",
        Actor::User { via: Via::Link, .. } => "link",
        Actor::User { via: Via::Api, .. } | Actor::Token { .. } => "API",
        Actor::User { via: Via::Console, .. } => "console",
        Actor::Integration { .. } | Actor::System => "",
    };
    let row = |fact: &AuditFact| AuditRow {
        at: reader.when(entry.at),
        actor: actor.clone(),
        sentence: sentence::audit(&names, entry.actor, fact),
        subject: subject(reader, fact),
        via: via.to_owned(),
    };
    entry.facts.iter().rev().map(row).collect()
}

/// What it is about, as long as that is there.
fn subject(reader: &Reader, fact: &AuditFact) -> Option<Anchor> {
    if let AuditFact::ObjectPut { kind, id, .. } = fact {
        return reader.directory.object(*kind, *id).map(view::object_anchor);
    }
    None
}

/// Whether the latest entries follow from each other.
async fn check(tx: &mut Tx<'_>) -> Stored<(String, bool)> {
    let latest: Vec<StoredAudit> = audit::latest(tx, None, CHECKED + 1).await?;
    let Some(last) = latest.first() else { return Ok(("The log is empty.".to_owned(), true)) };
    let whole = latest.last().is_some_and(|first| first.number == 1);
    let mut previous = if whole { Some(journal::GENESIS) } else { None };
    for stored in latest.iter().rev() {
        let holds =
            previous.is_none_or(|previous| journal::hash(&previous, stored.number, &stored.body) == stored.hash);
        if !holds {
            let number = thousands(&stored.number);
            return Ok((
                format!("Entry {number} does not follow from the one before it: somebody has changed the log."),
                false,
            ));
        }
        previous = Some(stored.hash);
    }
    let count = thousands(&last.number);
    let checked =
        if whole { "all of them".to_owned() } else { format!("the latest {}", thousands(&(CHECKED.unsigned_abs()))) };
    Ok((format!("{count} entries, unbroken; {checked} checked just now."), true))
}
