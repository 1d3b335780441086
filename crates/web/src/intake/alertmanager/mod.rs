//! Alertmanager's v2 API, so that Prometheus, `amtool` and every tool that knows an Alertmanager works unchanged
//! (`api/v2/openapi.yaml` of prometheus/alertmanager; compared with Alertmanager 0.25).
//!
//! | there | here |
//! |---|---|
//! | an alert | an alert of the integration's service that fires, whoever raised it |
//! | a receiver | that service: its policy says who is paged |
//! | a group | an incident |
//! | a silence | kept for the service and shown; pages go out as if it were not there, so no alert is ever `suppressed` |
//!
//! The key in the address is all that is asked for: it opens its own service and nothing else.

mod alerts;
mod answer;
mod silence;
mod silences;
mod status;

use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Integration, Service};
use allclear_core::limits;
use allclear_inbound::Refusal;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{delete, get, post};
use jiff::Timestamp;

use self::answer::{Answered, Refused};
use super::{integration, read_body, receive, refuse, source, switched_off};
use crate::app::App;
use crate::gate::Gate;
use crate::silences::matcher::{self, Matcher};

/// How Alertmanager's API is called among the sources.
const SOURCE: &str = "alertmanager-api";

/// Mounts the API below an integration's address.
pub(super) fn mount(gate: Gate) -> Gate {
    let path = |rest: &str| format!("/in/{{key}}/alertmanager/api/v2/{rest}");
    let started = gate.now();
    gate.source(Method::POST, path("alerts"), post(post_alerts))
        .source(Method::GET, path("alerts"), get(alerts::list))
        .source(Method::GET, path("alerts/groups"), get(alerts::groups))
        .source(Method::GET, path("receivers"), get(status::receivers))
        .source(Method::GET, path("status"), get(async move |asked: Asked| status::status(&asked, started)))
        .source(Method::GET, path("silences"), get(silences::list))
        .source(Method::POST, path("silences"), post(silences::put))
        .source(Method::GET, path("silence/{id}"), get(silences::one))
        .source(Method::DELETE, path("silence/{id}"), delete(silences::expire))
}

async fn post_alerts(State(app): State<App>, Path(key): Path<String>, headers: HeaderMap, body: Body) -> Response {
    receive(&app, source(SOURCE), Some(&key), &headers, body).await
}

/// Who asks, and what for.
struct Asked {
    app: App,
    integration: Arc<Integration>,
    service: Arc<Service>,
    query: Vec<(String, String)>,
}

impl Asked {
    fn now(&self) -> Timestamp {
        self.app.engine().now()
    }

    fn actor(&self) -> Actor {
        Actor::Integration { integration: self.integration.id }
    }

    /// A parameter that is on unless it says otherwise. Alertmanager takes anything but these words for "off".
    fn flag(&self, name: &str) -> bool {
        const ON: &[&str] = &["true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"];
        self.text(name).is_none_or(|said| ON.contains(&said.to_ascii_lowercase().as_str()))
    }

    /// A parameter, unless it is missing or empty; of several, the last counts.
    fn text(&self, name: &str) -> Option<&str> {
        self.all(name).last().filter(|value| !value.is_empty())
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The matchers of a parameter that may come several times.
    fn matchers(&self, name: &str) -> Result<Vec<Matcher>, String> {
        let given: Vec<&str> = self.all(name).collect();
        if given.len() > limits::MATCHERS {
            let (given, most) = (given.len(), limits::MATCHERS);
            return Err(format!("{name} is given {given} times; at most {most} are possible"));
        }
        given.into_iter().map(str::parse).collect()
    }

    /// The matchers of `filter`.
    fn filter(&self) -> Answered<Vec<Matcher>> {
        self.matchers("filter").map_err(answer::wrong)
    }

    /// Whether the one receiver is among those that are asked for. It has no labels.
    fn receiver_fits(&self) -> Answered<bool> {
        let wrong = |name, error| answer::wrong(format!("failed to parse {name} param: {error}"));
        let expression = self.text("receiver").map(matcher::whole).transpose();
        let expression = expression.map_err(|error| wrong("receiver", error))?;
        let matchers = self.matchers("receiver_matchers").map_err(|error| wrong("receiver_matchers", error))?;
        let named = expression.is_none_or(|expression| expression.is_match(&self.service.slug));
        Ok(named && matchers.iter().all(|matcher| matcher.holds("")))
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Answered<Self> {
        let refused = |integration: Option<&Integration>, refusal: &Refusal, wait| {
            Err(Refused::from(refuse(app, source(SOURCE), integration, refusal, wait)))
        };
        let given = Path::<Vec<(String, String)>>::from_request_parts(parts, app).await.ok();
        let key = given.and_then(|Path(given)| given.into_iter().find(|(name, _)| name == "key"));
        let integration = key.and_then(|(_, key)| integration(app, &key));
        let directory = app.engine().directory();
        let known = integration.and_then(|integration| {
            let service = Arc::clone(directory.service(integration.service)?);
            Some((integration, service))
        });
        let Some((integration, service)) = known else {
            let refusal = Refusal::intake(404, "there is no integration with this key; copy the key from its page");
            return refused(None, &refusal, None);
        };
        if integration.disabled {
            return refused(Some(&integration), &switched_off(), None);
        }
        if let Err(seconds) = app.0.api_limit.admit(app.engine().now(), integration.id.to_string()) {
            let refusal = Refusal::intake(429, format!("too many questions; ask again in {seconds} s"));
            return refused(Some(&integration), &refusal, Some(seconds));
        }
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        let query = query.map_err(|error| answer::wrong(format!("the query cannot be read: {error}")))?.0;
        Ok(Self { app: app.clone(), integration, service, query })
    }
}
