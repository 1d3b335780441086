//! A whole house for a test: a real engine in memory, a clock that the test sets, a carrier that keeps what it gets,
//! and programs with tokens.

use std::sync::Arc;

use allclear_channels::{Wire, WireReply};
use allclear_core::access::Scope;
use allclear_core::actor::Actor;
use allclear_core::declaration::{Document, Located, Location, Options as Planning};
use allclear_core::directory::User;
use allclear_core::id::{TokenId, UserId};
use allclear_engine::{Engine, NotChanged};
use allclear_store::tokens::{self, Token};
use allclear_web::{App, Options};
use axum::Router;
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::schema::check_answer;
use crate::outside::{Outside, TOKEN, work};

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
    /// The body as it came.
    pub(crate) text: String,
}

impl Reply {
    /// The answer, which must have this status.
    #[track_caller]
    pub(crate) fn with(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self.json
    }

    /// The problem, which must have this status and name this field.
    #[track_caller]
    pub(crate) fn refuses(self, field: &str) -> String {
        assert_eq!(self.status.as_u16(), 422, "{}", self.json);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        let error = errors.iter().find(|error| error["field"] == field);
        error.unwrap_or_else(|| panic!("nothing about {field}: {}", self.json))["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The house.
pub(crate) struct House {
    pub(crate) engine: Engine,
    pub(crate) app: App,
    router: Router,
    outside: Arc<Outside>,
    /// What the API promises.
    document: Value,
    /// A program that may do everything.
    pub(crate) admin: String,
}

impl House {
    /// A house with people, a schedule, a policy, two services and an integration; see [`town`].
    pub(crate) async fn new() -> Self {
        let (outside, engine, app) = Outside::open(false).await;
        let router = allclear_web::router(app.clone());
        let mut house = Self { engine, app, router, outside, document: Value::Null, admin: String::new() };
        house.document = house.call("", "GET /api/openapi.json", &[], &Value::Null).await.json;
        house.apply(town()).await;
        house.admin = house.token(Scope::Admin, None).await;
        house
    }

    /// Lets nothing be taken in any more, as if the disk were full. Gives what [`House::swap`] takes to mend it.
    pub(crate) fn without_intake(&mut self) -> Router {
        let (intake, writing) = self.engine.intake();
        drop(writing);
        let options = Options { set_up_token: TOKEN.to_owned(), secure: false, framed: false };
        self.swap(allclear_web::router(App::new(self.engine.clone(), intake, options)))
    }

    /// Goes on with other routes over the same engine.
    pub(crate) fn swap(&mut self, router: Router) -> Router {
        std::mem::replace(&mut self.router, router)
    }

    /// Makes the configuration as these documents say.
    pub(crate) async fn apply(&self, documents: Value) {
        let read = |(number, value): (usize, &Value)| Located {
            at: Location { file: "town".to_owned(), document: number + 1, line: None },
            content: serde_json::from_value::<Document>(value.clone())
                .unwrap_or_else(|error| panic!("{error}: {value}")),
        };
        let documents: Vec<_> = documents.as_array().unwrap().iter().enumerate().map(read).collect();
        let plan = |directory: &allclear_core::directory::Directory| {
            let plan = self.engine.plan_on(directory, &documents, Planning::default());
            Ok::<_, NotChanged>(self.engine.draft(plan.unwrap_or_else(|problems| panic!("{problems:?}"))))
        };
        self.engine.change(Actor::System, plan).await.unwrap();
    }

    /// A new token of that scope: a program's, or somebody's own.
    pub(crate) async fn token(&self, scope: Scope, user: Option<UserId>) -> String {
        let now = self.engine.now();
        let secret = format!("alc_{}", self.engine.maker().text(40));
        let token = Token {
            id: TokenId::new(self.engine.maker().id(now)),
            name: format!("test {}", scope.word()),
            scope: scope.word().to_owned(),
            user,
            created_at: now,
            used_at: None,
            revoked_at: None,
        };
        let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let create = self.engine.database().write((token, digest), |(token, digest), tx| {
            Box::pin(async move { tokens::create(tx, token, digest).await })
        });
        create.await.unwrap();
        secret
    }

    /// A token of that person, which may do all that they may.
    pub(crate) async fn token_of(&self, login: &str) -> String {
        self.token(Scope::Admin, Some(self.user(login).id)).await
    }

    /// The person of that login.
    pub(crate) fn user(&self, login: &str) -> Arc<User> {
        let directory = self.engine.directory();
        directory.users().find(|user| user.slug == login).unwrap_or_else(|| panic!("there is no {login}")).clone()
    }

    /// What the API promises.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Reply { status: parts.status, headers: parts.headers, json, text }
    }

    /// Sends a request with a token and headers, and a body unless it is `null`. The answer must be as the document
    /// says.
    pub(crate) async fn call(&self, token: &str, line: &str, headers: &[(&str, &str)], body: &Value) -> Reply {
        let (method, path) = line.split_once(' ').unwrap();
        let path = if path.starts_with("/api") { path.to_owned() } else { format!("/api/v1{path}") };
        let mut request = Request::builder().method(method).uri(&path);
        if !token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let reply = self.send(request.body(body).unwrap()).await;
        check_answer(&self.document, method, &path, reply.status.as_u16(), &reply.json);
        reply
    }

    /// The same as a program that may do everything: `GET /incidents`.
    pub(crate) async fn ask(&self, line: &str, body: Value) -> Reply {
        self.call(&self.admin, line, &[], &body).await
    }

    /// Reads something, which must be there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.ask(&format!("GET {path}"), Value::Null).await.with(200)
    }

    /// Declares an incident, and gives its reference.
    pub(crate) async fn incident(&self, title: &str) -> String {
        let body = json!({"service": "checkout", "title": title, "severity": "sev1"});
        let incident = self.ask("POST /incidents", body).await.with(201);
        incident["reference"].as_str().unwrap().to_owned()
    }

    /// Sends an event by the integration of the town, and has it processed. Gives its id.
    pub(crate) async fn event(&self, body: Value) -> String {
        let accepted = self.ask("POST /events?integration=checkout-hook", body).await.with(202);
        self.work().await;
        accepted["id"].as_str().unwrap().to_owned()
    }

    /// Lets time pass, and does whatever becomes due.
    pub(crate) async fn wait(&self, length: SignedDuration) {
        self.outside.pass(length);
        self.work().await;
    }

    /// Does whatever there is to do: events, timers, messages.
    pub(crate) async fn work(&self) {
        work(&self.engine).await;
    }

    /// What the outside answers from now on.
    pub(crate) fn outside_says(&self, reply: WireReply) {
        self.outside.says(reply);
    }

    /// The texts of the mails that were sent since this was asked last, each with its recipient.
    pub(crate) fn mails(&self) -> Vec<(String, String)> {
        let mail = |(wire, _)| match wire {
            Wire::Mail(mail) => Some((mail.to.address.clone(), format!("{}\n{}", mail.subject, mail.text))),
            Wire::Http(_) => None,
        };
        self.outside.carried().into_iter().filter_map(mail).collect()
    }
}

/// Ana is an admin, Cy a manager, Ben a responder, and Vi looks on.
fn town() -> Value {
    let person = |slug: &str, name: &str, role: &str| {
        json!({"kind": "user", "slug": slug, "name": name, "role": role, "email": format!("{slug}@example.com"),
               "teams": ["platform"],
               "contacts": [{"channel": "email", "address": format!("{slug}@example.com"), "verified": true}]})
    };
    json!([
        {"kind": "organisation", "name": "Acme", "time_zone": "Europe/Berlin", "address": "https://pager.example.com",
         "mail": {"host": "mail.example.com", "sender": "Allclear <pager@example.com>"}},
        {"kind": "team", "slug": "platform", "name": "Platform"},
        person("ana", "Ana Ruiz", "admin"),
        person("ben", "Ben Okafor", "responder"),
        person("cy", "Cy Young", "manager"),
        person("vi", "Vi Nguyen", "viewer"),
        {"kind": "schedule", "slug": "primary", "name": "Platform primary", "team": "platform",
         "time_zone": "Europe/Berlin",
         "layers": [{"name": "weekly", "start": "2026-11-16 09:00", "turn": "weekly", "participants": ["ben", "cy"]}]},
        {"kind": "policy", "slug": "default", "name": "Default", "team": "platform", "steps": [
            {"targets": [{"schedule": "primary"}], "wait": "5m"},
            {"targets": [{"user": "ana"}], "wait": "10m"}]},
        {"kind": "service", "slug": "checkout", "name": "Checkout", "team": "platform", "policy": "default"},
        {"kind": "service", "slug": "search", "name": "Search", "policy": "default"},
        {"kind": "integration", "slug": "checkout-hook", "name": "Checkout hook", "service": "checkout",
         "source": "generic"},
    ])
}
