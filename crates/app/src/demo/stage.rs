//! The stage: the app in the middle, the phones beside it, the buttons above.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use allclear_core::directory::{Directory, Kind};
use allclear_core::id::UserId;
use allclear_engine::{Engine, integration_key_name};
use allclear_store::incidents;
use allclear_web::App;
use allclear_world::phones::{Message, Phones};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::Stream;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::history;
use super::trouble::{self, Trouble, trouble};

/// Whose service breaks first; the visitor plays whoever is on call for it.
const FIRST: &str = "checkout";
/// How many phones lie on the table from the beginning.
const PHONES: usize = 4;
/// How many alerts of a storm come in one webhook.
const TOGETHER: usize = 20;
const STORM_ALERTS: usize = 3_000;
const STORM_LASTS: Duration = Duration::from_secs(12);
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// What the routes share: cheap to clone.
#[derive(Clone)]
pub(super) struct Stage(Arc<Inner>);

struct Inner {
    app: App,
    engine: Engine,
    phones: Phones,
    address: String,
    client: reqwest::Client,
    /// The keys of the integrations, by their slugs.
    keys: BTreeMap<String, String>,
    firing: Mutex<BTreeSet<Trouble>>,
    alerts: AtomicU64,
}

impl Stage {
    pub(super) async fn new(app: App, engine: Engine, phones: Phones, address: String) -> anyhow::Result<Self> {
        let mut keys = BTreeMap::new();
        for integration in engine.directory().integrations() {
            let name = integration_key_name(integration.id);
            keys.extend(engine.secret(&name).await?.map(|key| (integration.slug.clone(), key)));
        }
        let client = reqwest::Client::builder().no_proxy().build()?;
        let (firing, alerts) = (Mutex::new(history::still_firing()), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { app, engine, phones, address, client, keys, firing, alerts })))
    }

    /// Whoever is on call for what breaks first.
    fn visitor(&self) -> Option<UserId> {
        let directory = self.0.engine.directory();
        let service = directory.services().find(|service| service.slug == FIRST)?;
        history::on_call(&directory, service.id, self.0.engine.now())
    }

    /// Tells of these troubles as their monitoring would, over HTTP.
    async fn tell(&self, troubles: &[Trouble], fires: bool) -> anyhow::Result<()> {
        let now = self.0.engine.now();
        for batch in troubles.chunk_by(|one, next| one.integration == next.integration) {
            let key = self.0.keys.get(batch[0].integration).map_or("", String::as_str);
            let url = format!("{}/in/{key}/alertmanager", self.0.address);
            let body = trouble::told(batch, fires, now);
            self.0.client.post(url).body(body).send().await?.error_for_status()?;
            self.0.alerts.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        let mut firing = self.0.firing.lock().unwrap_or_else(PoisonError::into_inner);
        for trouble in troubles {
            if fires {
                firing.insert(trouble.clone());
            } else {
                firing.remove(trouble);
            }
        }
        Ok(())
    }

    async fn break_checkout(&self) -> anyhow::Result<()> {
        let key = self.0.keys.get("checkout-deploys").map_or("", String::as_str);
        let body = trouble::deploy(key, "checkout 4.18.0: new payment form", self.0.engine.now());
        let url = format!("{}/v2/change/enqueue", self.0.address);
        self.0.client.post(url).body(body).send().await?.error_for_status()?;
        let errors =
            trouble("checkout-prometheus", "CheckoutErrors", "critical", "Checkout answers 500 to 41% of orders")
                .with("cluster", "eu-1");
        self.tell(&[errors], true).await
    }

    /// A switch in a data centre dies: everything behind it complains, over and over.
    async fn storm(&self) -> anyhow::Result<()> {
        const SAYS: &[(&str, &str, &str, &str, &str)] = &[
            ("checkout-prometheus", "CheckoutErrors", "critical", "Checkout answers 500", "cluster"),
            ("database-prometheus", "InstanceDown", "critical", "Database does not answer", "cluster"),
            ("auth-prometheus", "SignInErrors", "error", "Signing in fails", "zone"),
            ("search-prometheus", "SearchSlow", "warning", "Search takes 6s", "index"),
        ];
        let rounds = STORM_ALERTS / TOGETHER;
        for round in 0..rounds {
            let (integration, alertname, severity, says, group) = SAYS[round % SAYS.len()];
            let about = |number: usize| {
                let host = (round * TOGETHER + number) % 240;
                trouble(integration, alertname, severity, &format!("{says} on host-{host:03}"))
                    .with("instance", format!("host-{host:03}"))
                    .with(group, format!("eu-{}", host % 2 + 1))
            };
            let troubles: Vec<Trouble> = (0..TOGETHER).map(about).collect();
            self.tell(&troubles, true).await?;
            self.0.engine.clock().sleep(STORM_LASTS / rounds as u32).await;
        }
        Ok(())
    }

    async fn mend(&self) -> anyhow::Result<()> {
        let firing: Vec<Trouble> =
            self.0.firing.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        for troubles in firing.chunks(TOGETHER) {
            self.tell(troubles, false).await?;
        }
        Ok(())
    }
}

/// The routes of the stage.
pub(super) fn routes(stage: Stage) -> Router {
    Router::new()
        .route("/demo", get(page))
        .route("/demo/stage.css", get(async || file("text/css; charset=utf-8", include_str!("stage.css"))))
        .route("/demo/stage.js", get(async || file("text/javascript; charset=utf-8", include_str!("stage.js"))))
        .route("/demo/stream", get(stream))
        .route("/demo/as/{login}", get(sign_in))
        .route("/demo/act/{what}", post(act))
        .with_state(stage)
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, media_type)], text).into_response()
}

async fn page(State(stage): State<Stage>, headers: HeaderMap) -> Result<Response, Refused> {
    let html = include_str!("stage.html").replace("{app.css}", &allclear_web::pages::assets::url("app.css"));
    let html = html.replace("{favicon}", &allclear_web::pages::assets::url("favicon.svg"));
    let policy = "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'";
    let page = ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)], html);
    // Somebody whom the visitor has chosen to be stays so when the page is opened again.
    let is_known = allclear_web::is_signed_in(&stage.0.app, &headers).await?;
    match stage.visitor().filter(|_| !is_known) {
        Some(visitor) => {
            let cookie = allclear_web::sign_in(&stage.0.app, visitor, "the demo").await?;
            Ok(([(SET_COOKIE, cookie)], page).into_response())
        }
        None => Ok(page.into_response()),
    }
}

/// Shows the app as somebody else sees it.
async fn sign_in(State(stage): State<Stage>, Path(login): Path<String>) -> Result<Response, Refused> {
    let directory = stage.0.engine.directory();
    let person = history::named(&directory, Kind::User, &login)?;
    let cookie = allclear_web::sign_in(&stage.0.app, UserId::new(person.uuid()), "the demo").await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// A button was pressed. The header keeps other sites' pages from pressing it: they cannot send one of their own.
async fn act(State(stage): State<Stage>, Path(what): Path<String>, headers: HeaderMap) -> Result<StatusCode, Refused> {
    if !headers.contains_key("allclear-demo") {
        return Ok(StatusCode::FORBIDDEN);
    }
    match what.as_str() {
        "break" => stage.break_checkout().await?,
        "storm" => {
            tokio::spawn(async move {
                if let Err(error) = stage.storm().await {
                    tracing::warn!(%error, "the storm has died down");
                }
            });
        }
        "mend" => stage.mend().await?,
        "cut" => stage.0.phones.cut(!stage.0.phones.are_cut()),
        _ => return Ok(StatusCode::NOT_FOUND),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What a page of the stage is told, in this order and then for ever.
enum Next {
    Cast,
    Messages,
    Listen,
}

async fn stream(State(stage): State<Stage>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (kept, news) = stage.0.phones.since(0);
    let begin = (stage, Next::Cast, kept, news);
    let events = futures_util::stream::unfold(begin, |(stage, next, kept, mut news)| async move {
        match next {
            Next::Cast => Some((cast(&stage), (stage, Next::Messages, kept, news))),
            Next::Messages => Some((event("messages", &json!(kept)), (stage, Next::Listen, Vec::new(), news))),
            Next::Listen => {
                let event = listen(&stage, &mut news).await?;
                Some((event, (stage, Next::Listen, kept, news)))
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// The next message, or how things stand when none has come for a moment.
async fn listen(stage: &Stage, news: &mut broadcast::Receiver<Message>) -> Option<Result<Event, Infallible>> {
    tokio::select! {
        message = news.recv() => match message {
            Ok(message) => Some(event("messages", &json!([message]))),
            // The page asks again for all of it.
            Err(RecvError::Lagged(_) | RecvError::Closed) => None,
        },
        () = stage.0.engine.clock().sleep(COUNT_EVERY) => Some(counts(stage).await),
    }
}

fn event(name: &str, content: &serde_json::Value) -> Result<Event, Infallible> {
    Ok(Event::default().event(name).data(content.to_string()))
}

async fn counts(stage: &Stage) -> Result<Event, Infallible> {
    let open = stage.0.engine.database().read((), |(), tx| Box::pin(incidents::open_counts(tx))).await;
    let open: i64 = open.unwrap_or_default().iter().map(|(_, count)| count).sum();
    event(
        "counts",
        &json!({
            "alerts": stage.0.alerts.load(Ordering::Relaxed),
            "incidents": open,
            "messages": stage.0.phones.count(),
            "cut": stage.0.phones.are_cut(),
        }),
    )
}

/// Who is there, whom the visitor plays, and whose phones lie on the table.
fn cast(stage: &Stage) -> Result<Event, Infallible> {
    let directory = stage.0.engine.directory();
    let people: BTreeMap<&str, serde_json::Value> = directory
        .users()
        .map(|user| {
            (
                user.slug.as_str(),
                json!({ "name": user.name, "role": user.role, "on": duties(stage, &directory, user.id) }),
            )
        })
        .collect();
    let login = |user: UserId| directory.user(user).map(|user| user.slug.clone());
    let visitor = stage.visitor().and_then(login);
    let zone = directory.organisation.time_zone.to_string();
    event("cast", &json!({ "people": people, "you": visitor, "table": table(stage, &directory), "zone": zone }))
}

/// For which schedules somebody is on call now.
fn duties(stage: &Stage, directory: &Directory, user: UserId) -> Vec<String> {
    let now = stage.0.engine.now();
    let mine = directory.schedules().filter(|schedule| schedule.on_call(now).contains(&user));
    mine.map(|schedule| schedule.name.clone()).collect()
}

/// The people whom troubles reach first: those on call, step by step, the visitor's service before all others.
fn table(stage: &Stage, directory: &Directory) -> Vec<String> {
    let now = stage.0.engine.now();
    let mut services: Vec<_> = directory.services().collect();
    services.sort_by_key(|service| service.slug != FIRST);
    let mut logins: Vec<String> = Vec::new();
    for step in 0..2 {
        for policy in services.iter().filter_map(|service| directory.policy(service.policy?)) {
            for target in policy.steps.get(step).into_iter().flat_map(|step| &step.targets) {
                let people = directory.targeted(target, now);
                for user in people.into_iter().filter_map(|one| directory.user(one.user)) {
                    if !logins.contains(&user.slug) {
                        logins.push(user.slug.clone());
                    }
                }
            }
        }
    }
    logins.truncate(PHONES);
    logins
}

/// Something of the stage does not work.
struct Refused(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, format!("{:#}\n", self.0)).into_response()
    }
}
