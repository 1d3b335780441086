//! `/inbox`: everything that came in, and what became of it.

use allclear_core::access::Permission;
use allclear_core::audit::AuditFact;
use allclear_core::directory::Kind;
use allclear_core::id::IntegrationId;
use allclear_engine::{EventAddress, Request, StoredEvent};
use allclear_store::inbox;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::StatusCode;

use super::flash::Flash;
use super::form::{Form, Query};
use super::messages;
use super::reader::Reader;
use super::reply::{CameFromPage, Reply};
use super::view;
use crate::pages::{InboxOutcome, InboxPage, Pager, Section, Tab, thousands};
use crate::problem::Problem;

/// How many rows a page has.
const ROWS: usize = 50;
/// How often some segments are read: a page of rare hits is cut there and goes on from there.
const BATCHES: usize = 25;

/// What the address asks for.
#[derive(Debug, Clone)]
struct Wanted {
    outcome: Option<InboxOutcome>,
    query: String,
    integration: Option<(IntegrationId, String)>,
    before: Option<EventAddress>,
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

    fn takes(&self, message: &StoredEvent) -> bool {
        let text = String::from_utf8_lossy(&message.body).to_lowercase();
        let words = self.query.to_lowercase().split_whitespace().all(|word| text.contains(word));
        let integration = self.integration.as_ref().is_none_or(|(integration, _)| *integration == message.integration);
        words && integration && self.outcome.is_none_or(|outcome| outcome == messages::outcome(message))
    }

    fn address(&self, state: &str, before: &str) -> String {
        let integration = self.integration.as_ref().map_or("", |(_, slug)| slug);
        let fields = [("state", state), ("q", &self.query), ("integration", integration), ("before", before)];
        view::address("/inbox", &fields)
    }
}

/// What was found.
struct Found {
    messages: Vec<StoredEvent>,
    /// The message from before which the list goes on.
    older: Option<EventAddress>,
    looked: u64,
}

/// The messages that are wanted. A segment may have hundreds, so the list is cut within one where the page is full.
async fn find(reader: &Reader, wanted: &Wanted) -> Result<Found, Problem> {
    let mut found = Found { messages: Vec::new(), older: None, looked: 0 };
    // The segment of the message before may have more of them, further to its front.
    let mut segment = wanted.before.map(|before| before.segment.saturating_add(1));
    for _ in 0..BATCHES {
        let (batch, next) = reader.engine().inbox(segment).await?;
        for message in batch {
            if wanted.before.is_some_and(|before| message.address >= before) {
                continue;
            }
            found.looked += 1;
            let address = message.address;
            if wanted.takes(&message) {
                if found.messages.len() == ROWS {
                    return Ok(found);
                }
                found.messages.push(message);
            }
            found.older = Some(address);
        }
        segment = next;
        if segment.is_none() {
            return Ok(Found { older: None, ..found });
        }
    }
    Ok(found)
}

/// The page.
pub(super) async fn list(reader: Reader, query: Query) -> Reply {
    let wanted = Wanted::of(&reader, &query);
    let Found { messages, older, looked } = find(&reader, &wanted).await?;
    let references = messages::references(&reader, &messages).await?;
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
        lag: lag(&reader).await?,
        rows: messages.iter().map(|message| messages::row(&reader, message, &references)).collect(),
        pager: Pager {
            shown: format!("{} messages", thousands(&(messages.len() as u64))),
            newer: wanted.before.map(|_| wanted.address(wanted.state(), "")),
            older: older.map(|address| wanted.address(wanted.state(), &address.to_string())),
            looked,
        },
        may_replay: reader.may(Permission::ReplayEvents),
    };
    reader.show(&page)
}

async fn lag(reader: &Reader) -> Result<String, Problem> {
    let read = reader.engine().database().read((), |(), tx| Box::pin(inbox::oldest_waiting(tx)));
    let waits = read.await?.map(|since| reader.when(since).age());
    Ok(waits.map(|age| format!("Messages wait to be processed, the oldest for {age}.")).unwrap_or_default())
}

/// Takes a message in once more, as if it had just come.
pub(super) async fn replay(reader: Reader, Path(id): Path<String>, page: CameFromPage, form: Form) -> Reply {
    let missing = || Problem::not_found("message");
    let address: EventAddress = id.parse().map_err(|()| missing())?;
    let engine = reader.engine();
    let message = engine.event(address).await?.ok_or_else(missing)?;
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
    Ok(reader.go_saying(page.or("/inbox"), &Flash::good(format!("{id} was taken in once more, as {stored}."))))
}
