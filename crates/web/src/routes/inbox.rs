//! `/inbox`: everything that came in, and what became of it.

use std::collections::BTreeMap;

use allclear_core::access::Permission;
use allclear_core::audit::AuditFact;
use allclear_core::directory::Kind;
use allclear_core::id::{IncidentId, IntegrationId};
use allclear_engine::{EventAddress, Request};
use allclear_store::inbox;
use allclear_store::{Result as Stored, Tx};
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};

use super::flash::Flash;
use super::form::{Form, Query};
use super::messages::{self, Message};
use super::reader::Reader;
use super::reply::{Reply, came_from};
use super::view;
use crate::pages::{InboxOutcome, InboxPage, Pager, Section, Tab, thousands};
use crate::problem::Problem;

/// How many rows a page has, give or take a segment.
const ROWS: usize = 50;
/// How many segments are read at once, and how often.
const BATCH: i64 = 16;
const BATCHES: usize = 8;

/// What the address asks for.
#[derive(Debug, Clone)]
struct Wanted {
    outcome: Option<InboxOutcome>,
    query: String,
    integration: Option<(IntegrationId, String)>,
    before: Option<i64>,
}

impl Wanted {
    fn of(reader: &Reader, query: &Query) -> Self {
        let outcomes = [InboxOutcome::Waiting, InboxOutcome::Quarantined];
        let integration = reader.directory.integrations().find(|one| one.slug == query.text("integration"));
        Self {
            outcome: outcomes.into_iter().find(|outcome| outcome.word() == query.text("state")),
            query: query.text("q").to_owned(),
            integration: integration.map(|one| (one.id, one.slug.clone())),
            before: query.parsed("before"),
        }
    }

    fn state(&self) -> &'static str {
        self.outcome.map_or("", InboxOutcome::word)
    }

    fn takes(&self, message: &Message) -> bool {
        let text = String::from_utf8_lossy(&message.body).to_lowercase();
        let words = self.query.to_lowercase().split_whitespace().all(|word| text.contains(word));
        words && self.outcome.is_none_or(|outcome| outcome == message.outcome())
    }

    fn address(&self, state: &str, before: &str) -> String {
        let integration = self.integration.as_ref().map_or("", |(_, slug)| slug);
        let fields = [("state", state), ("q", &self.query), ("integration", integration), ("before", before)];
        view::address("/inbox", &fields)
    }
}

/// What was found.
struct Found {
    messages: Vec<Message>,
    references: BTreeMap<IncidentId, String>,
    /// Where the list goes on.
    older: Option<i64>,
    oldest_waiting: Option<jiff::Timestamp>,
}

async fn read(tx: &mut Tx<'_>, wanted: &Wanted) -> Stored<Found> {
    let mut before = wanted.before.unwrap_or(i64::MAX);
    let only = wanted.integration.as_ref().map(|(integration, _)| *integration);
    let mut found = Vec::new();
    let mut older = None;
    'batches: for _ in 0..BATCHES {
        // Also for one integration: its own list has only what was processed.
        let batch = inbox::recent(tx, before, BATCH).await?;
        let is_last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
        for segment in batch {
            before = segment.number;
            let of_segment = messages::of_segment(tx, &segment, only).await?;
            found.extend(of_segment.into_iter().filter(|message| wanted.takes(message)));
            if found.len() >= ROWS {
                older = Some(before);
                break 'batches;
            }
        }
        older = (!is_last).then_some(before);
        if is_last {
            break;
        }
    }
    let references = messages::references(tx, &found).await?;
    Ok(Found { messages: found, references, older, oldest_waiting: inbox::oldest_waiting(tx).await? })
}

/// The page.
pub(super) async fn list(reader: Reader, query: Query) -> Reply {
    let wanted = Wanted::of(&reader, &query);
    let found = reader.engine().database().read(wanted.clone(), |wanted, tx| Box::pin(read(tx, wanted))).await?;
    let chosen = wanted.integration.as_ref().map_or("", |(_, slug)| slug);
    let tab = |label: &str, state: &str| Tab {
        href: wanted.address(state, ""),
        label: label.to_owned(),
        count: None,
        current: state == wanted.state(),
    };
    let page = InboxPage {
        shell: reader.shell("Inbox", Section::Services).await?,
        states: vec![tab("All", ""), tab("Waiting", "waiting"), tab("Quarantined", "quarantined")],
        query: wanted.query.clone(),
        integrations: view::choices_or("Every integration", &reader.directory, Kind::Integration, chosen),
        state: wanted.state().to_owned(),
        lag: lag(&reader, &found),
        rows: found.messages.iter().map(|message| messages::row(&reader, message, &found.references)).collect(),
        pager: Pager {
            shown: format!("{} messages", thousands(&(found.messages.len() as u64))),
            newer: wanted.before.map(|_| wanted.address(wanted.state(), "")),
            older: found.older.map(|number| wanted.address(wanted.state(), &number.to_string())),
        },
        may_replay: reader.may(Permission::ReplayEvents),
    };
    reader.show(&page)
}

fn lag(reader: &Reader, found: &Found) -> String {
    let waits = found.oldest_waiting.map(|since| reader.when(since).age());
    waits.map(|age| format!("Messages wait to be processed, the oldest for {age}.")).unwrap_or_default()
}

/// Takes a message in once more, as if it had just come.
pub(super) async fn replay(reader: Reader, Path(id): Path<String>, headers: HeaderMap, form: Form) -> Reply {
    let missing = || Problem::not_found("message");
    let address: EventAddress = id.parse().map_err(|()| missing())?;
    let engine = reader.engine();
    let found = engine.database().read(address, |address, tx| Box::pin(messages::find(tx, *address))).await?;
    let message = found.ok_or_else(missing)?;
    let Some(source) = allclear_inbound::by_name(&message.source) else {
        let detail = format!("There is no source `{}` in this version, so nothing can read it.", message.source);
        return Err(form.keep(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)));
    };
    let request = Request {
        integration: message.integration,
        source: source.name,
        dedup_key: message.dedup_key,
        body: Bytes::from(message.body),
    };
    let stored = reader.app.0.intake.store(request).await;
    let stored = stored.map_err(|error| Problem::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    engine.note(reader.actor(), AuditFact::EventReplayed { event: id.clone() }).await?;
    let back = came_from(&headers).unwrap_or("/inbox");
    Ok(reader.go_saying(back, &Flash::good(format!("{id} was taken in once more, as {stored}."))))
}
