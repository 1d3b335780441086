//! `/settings/audit`

use std::collections::BTreeMap;

use allclear_core::actor::{Actor, Via};
use allclear_core::audit::AuditFact;
use allclear_core::id::TokenId;
use allclear_core::journal::{self, Entry};
use allclear_core::sentence;
use allclear_store::audit::{self, StoredAudit};
use allclear_store::{Result as Stored, Tx};

use super::super::form::Query;
use super::super::reader::Reader;
use super::super::reply::Reply;
use super::super::view;
use crate::auth::token_names;
use crate::pages::{Anchor, AuditRow, Pager, Section, SettingsAuditPage, thousands};
use crate::problem::Problem;

/// How many rows a page has, give or take an entry.
const ROWS: usize = 50;
/// How many entries are read at once, and how often.
const BATCH: i64 = 200;
const BATCHES: usize = 10;
/// How many of the latest entries are checked against each other for each page.
const CHECKED: i64 = 1_000;

/// What was found.
struct Found {
    rows: Vec<AuditRow>,
    /// The entry from before which the list goes on.
    before: Option<u64>,
    looked: u64,
}

/// Looks for the entries that have all the words.
async fn find(reader: &Reader, mut before: Option<u64>, words: &[String]) -> Result<Found, Problem> {
    let mut found = Found { rows: Vec::new(), before, looked: 0 };
    for _ in 0..BATCHES {
        let read = reader.engine().database().read(before, |before, tx| Box::pin(batch(tx, *before)));
        let (entries, tokens) = read.await?;
        let is_last = i64::try_from(entries.len()).unwrap_or(BATCH) < BATCH;
        for (number, entry) in &entries {
            before = Some(*number);
            found.before = before;
            found.looked += 1;
            found.rows.extend(told(reader, &tokens, entry).into_iter().filter(|row| matches(row, words)));
            if found.rows.len() >= ROWS {
                return Ok(found);
            }
        }
        if is_last {
            break;
        }
    }
    Ok(found)
}

type TokenNames = BTreeMap<TokenId, String>;

/// Some entries with their numbers, the latest first, and what the tokens are called by which programs acted.
async fn batch(tx: &mut Tx<'_>, before: Option<u64>) -> Stored<(Vec<(u64, Entry<AuditFact>)>, TokenNames)> {
    let stored = audit::latest(tx, before, BATCH).await?;
    let entries = stored.iter().map(|one| Ok((one.number, one.entry()?))).collect::<Stored<Vec<_>>>()?;
    let tokens = token_names(tx, entries.iter().map(|(_, entry)| entry.actor)).await?;
    Ok((entries, tokens))
}

/// The page.
pub(in crate::routes) async fn audit(reader: Reader, query: Query) -> Reply {
    let words: Vec<String> = query.text("q").to_lowercase().split_whitespace().map(str::to_owned).collect();
    let before = query.parsed::<u64>("before");
    let found = find(&reader, before, &words).await?;
    let chain = reader.engine().database().read((), |(), tx| Box::pin(check(tx))).await?;
    let address = |before: &str| view::address("/settings/audit", &[("q", query.text("q")), ("before", before)]);
    let page = SettingsAuditPage {
        shell: reader.shell("Settings", Section::Settings).await?,
        query: query.text("q").to_owned(),
        pager: Pager {
            shown: format!("{} entries", found.rows.len()),
            newer: before.map(|_| address("")),
            older: found.before.filter(|number| *number > chain.first).map(|number| address(&number.to_string())),
            looked: found.looked,
        },
        rows: found.rows,
        chain: chain.told,
        is_unbroken: chain.holds,
    };
    reader.show(&page)
}

fn matches(row: &AuditRow, words: &[String]) -> bool {
    let text = format!("{} {} {}", row.actor, row.sentence, row.via).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn told(reader: &Reader, tokens: &TokenNames, entry: &Entry<AuditFact>) -> Vec<AuditRow> {
    let names = reader.names().with_tokens(tokens);
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

/// What is known of the chain.
struct Chain {
    /// The first entry that is still there.
    first: u64,
    /// Whether the latest entries follow from each other.
    holds: bool,
    /// The same for people.
    told: String,
}

/// Checks the latest entries against each other. What is older was deleted after its time.
async fn check(tx: &mut Tx<'_>) -> Stored<Chain> {
    let latest: Vec<StoredAudit> = audit::latest(tx, None, CHECKED + 1).await?;
    let first = audit::start(tx).await?.map_or(1, |start| start.number + 1);
    let Some(last) = latest.first() else {
        return Ok(Chain { first, holds: true, told: "The log is empty.".to_owned() });
    };
    let whole = latest.last().is_some_and(|oldest| oldest.number == first);
    let mut previous = (whole && first == 1).then_some(journal::GENESIS);
    for stored in latest.iter().rev() {
        let holds =
            previous.is_none_or(|previous| journal::hash(&previous, stored.number, &stored.body) == stored.hash);
        if !holds {
            let number = thousands(&stored.number);
            let told = format!("Entry {number} does not follow from the one before it: somebody has changed the log.");
            return Ok(Chain { first, holds, told });
        }
        previous = Some(stored.hash);
    }
    let count = thousands(&(last.number + 1).saturating_sub(first));
    let checked =
        if whole { "all of them".to_owned() } else { format!("the latest {}", thousands(&(CHECKED.unsigned_abs()))) };
    Ok(Chain { first, holds: true, told: format!("{count} entries, unbroken; {checked} checked just now.") })
}
