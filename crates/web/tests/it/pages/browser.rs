//! A browser: keeps cookies, fills in forms, and says where it comes from.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt as _;

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The part of it that is about anything, for whoever reads a failure.
    fn main(&self) -> &str {
        let main = self.text.split_once("<main").map_or(self.text.as_str(), |(_, main)| main);
        main.split_once("</main>").map_or(main, |(main, _)| main)
    }

    /// Fails unless the page says all of this.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.text.contains(text), "the page ({}) does not say `{text}`:\n{}", self.status, self.main());
        }
        self
    }

    /// Fails if the page says any of this.
    #[track_caller]
    pub(crate) fn never_says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(!self.text.contains(text), "the page says `{text}`:\n{}", self.main());
        }
        self
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}\n{}", self.location(), self.main());
        self
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, location: &str) -> &Self {
        self.is(303);
        assert_eq!(self.location(), location);
        self
    }

    /// The value of the hidden field that forms carry.
    pub(crate) fn csrf(&self) -> String {
        let at = self.text.split("name=\"csrf\" value=\"").nth(1);
        at.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }
}

/// A browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    /// The csrf token of the page that was looked at last.
    pub(crate) csrf: String,
    /// Further headers, sent with everything.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        let headers = vec![("sec-fetch-site", "same-origin".to_owned())];
        Self { router, cookies: BTreeMap::new(), csrf: String::new(), headers }
    }

    /// What it sends as `Cookie`.
    pub(crate) fn cookie(&self) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Option<String>) -> Seen {
        let mut request = Request::builder().method(method).uri(path).header(HOST, "allclear.test");
        request = request.header(COOKIE, self.cookie());
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                Body::from(body)
            }
            None => Body::empty(),
        };
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let seen = Seen { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() };
        if !seen.csrf().is_empty() {
            self.csrf = seen.csrf();
        }
        seen
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None).await
    }

    /// Sends a form with the csrf token of the page that was looked at last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_plain(path, &all).await
    }

    /// Sends a form exactly as given.
    pub(crate) async fn post_plain(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.send(Method::POST, path, Some(pairs.join("&"))).await
    }

    /// Sends a form and goes where the answer leads.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let answer = self.post(path, fields).await;
        answer.is(303);
        let location = answer.location().to_owned();
        self.get(&location).await
    }

    /// Signs in with the password that all people in tests have.
    pub(crate) async fn sign_in(&mut self, login: &str) {
        self.get("/login").await.is(200);
        let fields = [("login", login), ("password", super::town::PASSWORD), ("remember", "yes")];
        self.post("/login", &fields).await.leads_to("/");
        self.get("/").await.is(200);
    }

    /// Puts a cookie there, as somebody might who has a neighbouring site.
    pub(crate) fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Comes from another address, through a proxy on the server's machine.
    pub(crate) fn come_from(&mut self, address: &str) {
        self.headers.retain(|(name, _)| *name != "x-forwarded-for");
        self.headers.push(("x-forwarded-for", address.to_owned()));
        let proxy = allclear_web::Peer(std::net::Ipv4Addr::LOCALHOST.into());
        self.router = self.router.clone().layer(axum::Extension(proxy));
    }

    /// Forgets all cookies.
    pub(crate) fn forget(&mut self) {
        self.cookies.clear();
    }
}

fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
