//! Live updates: tells open pages what has changed, as server-sent events (WHATWG HTML §9.2). Pages then ask for
//! themselves again, so a message that is lost costs nothing.
//!
//! One task looks up what each change is about, once for all who listen.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use allclear_core::directory::Directory;
use allclear_core::id::{IncidentId, ScheduleId, UserId};
use allclear_engine::{Changed, Engine};
use allclear_store::incidents::{self, IncidentRecord};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::app::App;
use crate::auth::Visitor;

/// How often something is sent, so that neither proxies nor pages take the stream for dead; pages take silence of more
/// than twice as long for a broken connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how long the browser connects anew: whoever has left meanwhile is not let in again.
const LIFETIME: Duration = Duration::from_secs(600);
/// How often it is looked whether somebody else is on call now.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How many messages somebody may lag behind.
const KEPT: usize = 256;
/// With more incidents than this in one change, pages are told that everything may have changed.
const NAMED: usize = 50;
/// A page that began longer ago is no news.
const FRESH: SignedDuration = SignedDuration::from_secs(30);
/// What a page shows that is told to bring all of itself up to date.
const EVERYTHING: &str = "*";

/// What has changed, for whoever has a page open.
#[derive(Debug)]
pub(crate) struct News {
    messages: broadcast::Sender<Arc<Message>>,
    /// Whether it is over: each stream then ends.
    over: watch::Sender<bool>,
}

impl Default for News {
    fn default() -> Self {
        Self { messages: broadcast::channel(KEPT).0, over: watch::Sender::new(false) }
    }
}

/// The open streams of live updates. They do not end by themselves, so a server that stops ends them.
#[derive(Debug)]
pub struct Streams(watch::Sender<bool>);

impl Streams {
    pub(crate) fn of(news: &News) -> Self {
        Self(news.over.clone())
    }

    /// Ends them.
    pub fn end(self) {
        self.0.send_replace(true);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    /// What has changed: `incidents incident:INC-142`.
    topics: String,
    /// Whoever was paged by it, and what their browser is told.
    pages: Vec<(UserId, String)>,
}

impl Message {
    fn about(topics: impl Into<String>) -> Self {
        Self { topics: topics.into(), pages: Vec::new() }
    }
}

/// Tells what changes, for ever.
pub(crate) async fn spread(app: App) {
    let engine = app.engine();
    let mut changes = engine.changes();
    let mut known = Known::of(engine);
    loop {
        let message = tokio::select! {
            change = changes.recv() => match change {
                Ok(changed) => known.tell(engine, &changed).await,
                Err(RecvError::Lagged(_)) => Some(Message::about(EVERYTHING)),
                Err(RecvError::Closed) => return,
            },
            () = engine.clock().sleep(LOOK_EVERY) => known.look(engine).then(|| Message::about("on-call")),
        };
        if let Some(message) = message {
            // Nobody listening is fine.
            drop(app.0.news.messages.send(Arc::new(message)));
        }
    }
}

/// What was told before, so that nothing is told as news twice.
struct Known {
    /// The last page of each incident.
    pages: HashMap<IncidentId, u32>,
    version: i64,
    on_call: Vec<(ScheduleId, Vec<UserId>)>,
}

fn on_call(directory: &Directory, at: Timestamp) -> Vec<(ScheduleId, Vec<UserId>)> {
    directory.schedules().map(|schedule| (schedule.id, schedule.on_call(at))).collect()
}

impl Known {
    fn of(engine: &Engine) -> Self {
        let directory = engine.directory();
        Self { pages: HashMap::new(), version: directory.version, on_call: on_call(&directory, engine.now()) }
    }

    /// Whether somebody else is on call, or the plans have changed.
    fn look(&mut self, engine: &Engine) -> bool {
        let directory = engine.directory();
        let now = on_call(&directory, engine.now());
        let changed = self.version != directory.version || self.on_call != now;
        (self.version, self.on_call) = (directory.version, now);
        changed
    }

    async fn tell(&mut self, engine: &Engine, changed: &Changed) -> Option<Message> {
        if changed.everything {
            return Some(Message::about(EVERYTHING));
        }
        let mut topics: Vec<String> = Vec::new();
        if changed.requests {
            topics.extend(["inbox".to_owned(), "alerts".to_owned()]);
        }
        if changed.incidents.is_empty() {
            return (!topics.is_empty()).then(|| Message::about(topics.join(" ")));
        }
        if changed.incidents.len() > NAMED {
            return Some(Message::about(EVERYTHING));
        }
        let read = engine.database().read(changed.incidents.clone(), |ids, tx| {
            Box::pin(async move {
                let mut found = Vec::with_capacity(ids.len());
                for id in ids {
                    found.extend(incidents::find(tx, *id).await?);
                }
                Ok(found)
            })
        });
        let Ok(found) = read.await else { return Some(Message::about(EVERYTHING)) };
        topics.extend(["incidents".to_owned(), "deliveries".to_owned()]);
        topics.extend(found.iter().map(|record| format!("incident:{}", record.reference())));
        let pages = found.iter().flat_map(|record| self.new_pages(engine.now(), record)).collect();
        Some(Message { topics: topics.join(" "), pages })
    }

    /// The pages of an incident that began since it was looked at last.
    fn new_pages(&mut self, now: Timestamp, record: &IncidentRecord) -> Vec<(UserId, String)> {
        if self.pages.len() > 10_000 {
            self.pages.clear();
        }
        let last = self.pages.insert(record.id, record.incident.pages_made).unwrap_or(0);
        let is_new =
            |page: &&allclear_core::incident::Page| page.number > last && now.duration_since(page.started_at) < FRESH;
        let told = serde_json::json!({ "reference": record.reference(), "title": record.incident.title }).to_string();
        record.incident.pages.iter().filter(is_new).map(|page| (page.user, told.clone())).collect()
    }
}

/// The stream.
pub(crate) async fn stream(
    State(app): State<App>,
    visitor: Visitor,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let first = Event::default().retry(Duration::from_secs(3)).comment("ready");
    let user = visitor.user.map(|user| user.id);
    let listener = Listener { news: app.0.news.messages.subscribe(), user, waiting: vec![first] };
    let mut over = app.0.news.over.subscribe();
    let lifetime = app.engine().clock().sleep(LIFETIME);
    let end = Box::pin(async move {
        tokio::select! {
            () = lifetime => {}
            _ = over.wait_for(|over| *over) => {}
        }
    });
    let messages = futures_util::StreamExt::take_until(stream::unfold(listener, Listener::next), end);
    let beat = Event::default().event("beat").data("");
    Sse::new(messages).keep_alive(KeepAlive::new().interval(HEARTBEAT).event(beat))
}

/// One browser that listens.
struct Listener {
    news: broadcast::Receiver<Arc<Message>>,
    user: Option<UserId>,
    /// Events to be sent, the last one first.
    waiting: Vec<Event>,
}

impl Listener {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if let Some(event) = self.waiting.pop() {
                return Some((Ok(event), self));
            }
            match self.news.recv().await {
                Ok(message) => self.take(&message),
                Err(RecvError::Lagged(_)) => self.take(&Message::about(EVERYTHING)),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn take(&mut self, message: &Message) {
        let mine = message.pages.iter().filter(|(user, _)| Some(*user) == self.user);
        self.waiting.extend(mine.map(|(_, told)| Event::default().event("page").data(told)));
        self.waiting.push(Event::default().event("hint").data(&message.topics));
    }
}
