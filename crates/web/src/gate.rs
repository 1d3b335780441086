//! The gate: every route says who may take it, and nothing is reached past it.
//!
//! Pages and the API are only ever mounted through a [`Gate`], which wraps each route in the check of its permission
//! and keeps a table of all of them; a test walks the table with every role.

use std::borrow::Cow;

use allclear_core::access::Permission;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::handler::Handler;
use axum::http::header::{AUTHORIZATION, LOCATION, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodRouter};
use jiff::Timestamp;

use crate::address::host;
use crate::app::App;
use crate::auth::{Door, Visitor, visitor_by_session, visitor_by_token};
use crate::problem::Problem;
use crate::routes::{Peer, address, problem_page};

/// Who may take a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, because the route itself checks what it must.
    Public,
    /// Whoever holds the secret link that the route opens. No cookie counts there, so a form that another site sends
    /// gains nothing; and browsers that are told to send no referrer say `Origin: null` (Fetch §3.2).
    ByLink,
    /// Whoever knows the key of an integration, in the address or in the body: the route itself looks.
    ByKey,
    /// Whoever is signed in and has the permission.
    May(Permission),
}

/// For whom a route is made: it decides how strangers are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// People in browsers: strangers are led to the sign-in.
    Page,
    /// Programs: strangers get a problem.
    Api,
    /// Monitoring tools: answers have their vendor's shape.
    Source,
}

/// One route.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path.
    pub path: Cow<'static, str>,
    /// Its method.
    pub method: Method,
    /// Who may take it.
    pub access: Access,
    /// For whom it is made.
    pub face: Face,
}

/// Routes with their permissions.
pub(crate) struct Gate {
    app: App,
    router: Router<App>,
    table: Vec<Entry>,
}

#[derive(Clone)]
struct Rule {
    app: App,
    access: Access,
    face: Face,
}

impl Gate {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone(), router: Router::new(), table: Vec::new() }
    }

    /// Mounts a page.
    pub(crate) fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.mount(Entry { path: path.into(), method: Method::GET, access, face: Face::Page }, routing::get(handler))
    }

    /// Mounts what takes the form of a page.
    pub(crate) fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.mount(Entry { path: path.into(), method: Method::POST, access, face: Face::Page }, routing::post(handler))
    }

    /// Mounts one operation of the API.
    pub(crate) fn api(self, method: Method, path: String, access: Access, handler: MethodRouter<App>) -> Self {
        self.mount(Entry { path: path.into(), method, access, face: Face::Api }, handler)
    }

    /// Mounts what monitoring tools use. Nobody is looked for behind such a request, so nothing stands in its way.
    pub(crate) fn source(
        mut self,
        method: Method,
        path: impl Into<Cow<'static, str>>,
        handler: MethodRouter<App>,
    ) -> Self {
        let entry = Entry { path: path.into(), method, access: Access::ByKey, face: Face::Source };
        self.router = self.router.route(&entry.path, handler);
        self.table.push(entry);
        self
    }

    /// The time at which it is put up.
    pub(crate) fn now(&self) -> Timestamp {
        self.app.engine().now()
    }

    fn mount(mut self, entry: Entry, methods: MethodRouter<App>) -> Self {
        let rule = Rule { app: self.app.clone(), access: entry.access, face: entry.face };
        let methods = methods.layer(middleware::from_fn_with_state(rule, check));
        self.router = self.router.route(&entry.path, methods);
        self.table.push(entry);
        self
    }

    /// The routes, and the table of them.
    pub(crate) fn open(self) -> (Router<App>, Vec<Entry>) {
        (self.router, self.table)
    }
}

async fn check(State(rule): State<Rule>, request: Request, next: Next) -> Response {
    match rule.face {
        Face::Api | Face::Source => pass(&rule, request, next).await,
        Face::Page => {
            let path = request.uri().path().to_owned();
            problem_page(&path, pass(&rule, request, next).await)
        }
    }
}

async fn pass(rule: &Rule, request: Request, next: Next) -> Response {
    let visitor = match visit(rule, request.headers()).await {
        Ok(visitor) => visitor,
        Err(problem) => return problem.into_response(),
    };
    let guarded = rule.face == Face::Page && rule.access != Access::ByLink && !request.method().is_safe();
    if guarded && is_from_elsewhere(request.uri(), request.headers()) {
        let detail = "This form was sent from another site, so it was not taken. Open the page here and try again.";
        return Problem::new(StatusCode::FORBIDDEN, detail).into_response();
    }
    if let Err(seconds) = admit(rule, visitor.as_ref(), &request) {
        return Problem::too_many(seconds).into_response();
    }
    match (rule.access, &visitor) {
        (Access::Public | Access::ByLink | Access::ByKey, _) => {}
        (Access::May(_), None) => return stranger(rule.face, &request),
        (Access::May(permission), Some(visitor)) if !visitor.may(permission) => {
            return Problem::forbidden(permission.words()).into_response();
        }
        (Access::May(_), Some(_)) => {}
    }
    let (mut parts, body) = request.into_parts();
    let named = RawPathParams::from_request_parts(&mut parts, &()).await;
    if let Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) = named {
        return Problem::new(StatusCode::NOT_FOUND, "There is nothing here: the address is not UTF-8.").into_response();
    }
    if let Some(visitor) = visitor {
        parts.extensions.insert(visitor);
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn visit(rule: &Rule, headers: &HeaderMap) -> Result<Option<Visitor>, Problem> {
    let engine = rule.app.engine();
    if rule.access == Access::ByLink {
        return Ok(None);
    }
    Ok(match rule.face {
        Face::Page => visitor_by_session(engine, headers, rule.app.0.secure).await?,
        Face::Api => visitor_by_token(engine, headers).await?,
        Face::Source => None,
    })
}

/// Limits how often programs ask, whether they may or not, how often wrong tokens are tried, and how often links are
/// opened.
fn admit(rule: &Rule, visitor: Option<&Visitor>, request: &Request) -> Result<(), u64> {
    let (limits, now) = (&rule.app.0, rule.app.engine().now());
    if rule.access == Access::ByLink {
        return limits.link_limit.admit(now, came_from(request));
    }
    if rule.face == Face::Api && visitor.is_none() && request.headers().contains_key(AUTHORIZATION) {
        return limits.wrong_token_limit.admit(now, came_from(request));
    }
    match (rule.face, visitor.and_then(caller_key)) {
        (Face::Api, Some(caller)) => limits.api_limit.admit(now, caller),
        (Face::Api | Face::Page | Face::Source, _) => Ok(()),
    }
}

/// The address from which a request came.
fn came_from(request: &Request) -> String {
    let peer = request.extensions().get::<Peer>().map(|Peer(address)| *address);
    address(peer, request.headers())
}

/// Whose requests are counted together: a person's, by whichever of their tokens, or those of a program's token.
fn caller_key(visitor: &Visitor) -> Option<String> {
    match (&visitor.door, &visitor.user) {
        (Door::Token { .. }, Some(user)) => Some(user.id.to_string()),
        (Door::Token { id }, None) => Some(id.to_string()),
        (Door::Session { .. }, _) => None,
    }
}

fn stranger(face: Face, request: &Request) -> Response {
    match face {
        Face::Api | Face::Source => {
            let detail =
                "Send `Authorization: Bearer <token>`; tokens are made in the settings, or by `allclear token`.";
            let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
            response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Bearer"));
            response
        }
        Face::Page => {
            let wanted = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let next = if request.method() == Method::GET { wanted } else { "/" };
            let location = format!("/login?next={}", encode(next));
            let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/login"));
            let mut response = StatusCode::SEE_OTHER.into_response();
            response.headers_mut().insert(LOCATION, location);
            response
        }
    }
}

/// Percent-encodes what is not plain in a query (RFC 3986 §2.3).
pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Whether a browser says that another site made it send this (Fetch Metadata, W3C; `Origin`, RFC 6454). What is no
/// browser says neither, and has no cookies that anybody could misuse.
fn is_from_elsewhere(uri: &Uri, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return false };
    let host = host(uri, headers).unwrap_or_default();
    origin.split_once("://").is_none_or(|(_, authority)| !authority.eq_ignore_ascii_case(host))
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    /// Only routes that everybody may take can miss the visitor; asking for one there is a mistake in the program.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let missing = || Problem::new(StatusCode::UNAUTHORIZED, "Sign in first.");
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_site_sends_is_known() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
        };
        let path = Uri::from_static("/incidents");
        let elsewhere = |pairs: &[(&'static str, &'static str)]| is_from_elsewhere(&path, &headers(pairs));
        assert!(!elsewhere(&[]));
        assert!(!elsewhere(&[("sec-fetch-site", "same-origin")]) && !elsewhere(&[("sec-fetch-site", "none")]));
        assert!(elsewhere(&[("sec-fetch-site", "cross-site")]) && elsewhere(&[("sec-fetch-site", "same-site")]));
        assert!(!elsewhere(&[("origin", "https://a.example"), ("host", "a.example")]));
        assert!(elsewhere(&[("origin", "https://b.example"), ("host", "a.example")]));
        assert!(elsewhere(&[("origin", "null"), ("host", "a.example")]));
        let whole = Uri::from_static("https://a.example/incidents");
        assert!(!is_from_elsewhere(&whole, &headers(&[("origin", "https://a.example")])), "HTTP/2 has no Host");
        assert!(is_from_elsewhere(&whole, &headers(&[("origin", "https://b.example")])));
    }
}
