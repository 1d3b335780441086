//! Forms: what was typed, once it is certain that one of our own pages sent it.

use std::str::FromStr;

use allclear_core::id::SessionId;
use axum::extract::{FromRequest, RawForm, Request};
use axum::http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

use super::cookies::GUEST;
use crate::app::App;
use crate::auth::Visitor;
use crate::pages::FieldProblem;
use crate::problem::Problem;

/// What the signature of a guest's forms is for.
const GUEST_PURPOSE: &str = "guest form";

/// A form of one of our pages: its fields in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// What was typed into a field, without white space around it; empty when the form has no such field.
    pub(super) fn text(&self, field: &str) -> &str {
        self.raw(field).trim()
    }

    /// What was typed into a field, exactly: for passwords.
    pub(super) fn raw(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    /// All values of a field that may come several times, without those that are empty.
    pub(super) fn all<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a str> {
        let of_field = self.0.iter().filter(move |(name, _)| name == field);
        of_field.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether a box is ticked.
    pub(super) fn is_ticked(&self, field: &str) -> bool {
        !self.text(field).is_empty()
    }

    /// How many numbered groups there are: one more than the greatest `n` of `{list}.{n}.…`, up to `most`.
    pub(super) fn count(&self, list: &str, most: usize) -> usize {
        let numbers = self.0.iter().filter_map(|(name, _)| {
            let rest = name.strip_prefix(list)?.strip_prefix('.')?;
            rest.split('.').next()?.parse::<usize>().ok()
        });
        numbers.filter(|number| *number < most).max().map_or(0, |greatest| greatest + 1)
    }

    /// What was typed, for people to copy: without secrets.
    fn kept(&self) -> String {
        let secret =
            |name: &str| matches!(name, "csrf" | "password" | "old" | "new" | "key" | "code" | "version" | "next");
        let shown = self.0.iter().filter(|(name, value)| !secret(name) && !value.is_empty());
        shown.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
    }

    /// The form, if one of our own pages sent it.
    fn checked(self, expected: Option<String>) -> Result<Self, Problem> {
        let is_ours = |expected: String| bool::from(expected.as_bytes().ct_eq(self.raw("csrf").as_bytes()));
        if expected.is_some_and(is_ours) {
            return Ok(self);
        }
        let detail = "This form belongs to a session that has ended, so it was not taken. Open the page again.";
        Err(self.keep(Problem::new(StatusCode::FORBIDDEN, detail)))
    }

    /// The same problem, with what was typed.
    pub(super) fn keep(&self, problem: Problem) -> Problem {
        Problem { typed: self.kept(), ..problem }
    }
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let expected = csrf(app, request.headers(), request.extensions().get::<Visitor>());
        LinkForm::from_request(request, app).await?.0.checked(expected)
    }
}

/// A form of a page for somebody who may or may not be signed in, which is all the same to it.
#[derive(Debug, Clone)]
pub(super) struct GuestForm(pub(super) Form);

impl FromRequest<App> for GuestForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let expected = csrf(app, request.headers(), None);
        LinkForm::from_request(request, app).await?.0.checked(expected).map(Self)
    }
}

/// The form of a page that is reached by a secret link: whoever has the link may send it.
#[derive(Debug, Clone)]
pub(super) struct LinkForm(pub(super) Form);

impl FromRequest<App> for LinkForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let refused = |error: axum::extract::rejection::RawFormRejection| {
            Problem::new(error.status(), format!("The form cannot be read: {error}"))
        };
        let RawForm(bytes) = RawForm::from_request(request, app).await.map_err(refused)?;
        Ok(Self(Form(read(&bytes))))
    }
}

/// Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1).
fn read(bytes: &[u8]) -> Vec<(String, String)> {
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let split = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = split.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
        (decode(name), decode(value))
    });
    pairs.collect()
}

fn decode(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = after;
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            (b'+', _, _) => out.push(b' '),
            (other, _, _) => out.push(*other),
        }
    }
    let text = String::from_utf8_lossy(&out);
    // Browsers end lines by CR LF (WHATWG HTML §4.10.21.3); and nothing that we show has a use for NUL.
    text.replace("\r\n", "\n").replace('\0', "")
}

/// The fields of an address's query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Form);

impl Query {
    /// The value of a field; empty when there is none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.0.text(field)
    }

    /// The value of a field as an identity, a number, …
    pub(super) fn parsed<T: FromStr>(&self, field: &str) -> Option<T> {
        self.text(field).parse().ok()
    }
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Form(read(parts.uri.query().unwrap_or_default().as_bytes()))))
    }
}

/// What a form must carry: it belongs to the session, or, where nobody is signed in, to the browser. None where the
/// browser has shown nothing that a form could belong to.
pub(super) fn csrf(app: &App, headers: &HeaderMap, visitor: Option<&Visitor>) -> Option<String> {
    match visitor {
        Some(visitor) => Some(visitor.csrf().to_owned()),
        None => {
            let guest: SessionId = GUEST.read(headers, app.0.secure)?.parse().ok()?;
            Some(guest_token(app, guest))
        }
    }
}

/// What the forms of a guest carry. A guest's browser says itself who it is, so this must be of no use in the name of a
/// session.
fn guest_token(app: &App, guest: SessionId) -> String {
    app.engine().key().sign_text(GUEST_PURPOSE, &guest.to_string())
}

/// What a page for somebody who is not signed in puts into its form, and the cookie that must go with it.
pub(super) fn guest_csrf(app: &App, headers: &HeaderMap, visitor: Option<&Visitor>) -> (String, Option<String>) {
    match csrf(app, headers, visitor) {
        Some(csrf) => (csrf, None),
        None => {
            let engine = app.engine();
            let guest = SessionId::new(engine.maker().id(engine.now()));
            (guest_token(app, guest), Some(GUEST.set(&guest.to_string(), app.0.secure)))
        }
    }
}

/// What is wrong with fields, gathered.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<FieldProblem>);

impl Problems {
    /// A field is wrong.
    pub(super) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldProblem { field: field.into(), message: message.into() });
    }

    /// The value that was read from a field; what is wrong with it is noted.
    pub(super) fn take<T>(&mut self, field: &str, read: Result<T, impl Into<String>>) -> Option<T> {
        read.map_err(|message| self.add(field, message)).ok()
    }

    /// The text of a field that must not be empty and has so many characters at the most.
    pub(super) fn needed<'f>(&mut self, form: &'f Form, field: &str, called: &str, most: usize) -> &'f str {
        let text = form.text(field);
        if text.is_empty() {
            self.add(field, format!("{called} is empty; type one."));
        }
        self.at_most(form, field, called, most)
    }

    /// The text of a field that has so many characters at the most.
    pub(super) fn at_most<'f>(&mut self, form: &'f Form, field: &str, called: &str, most: usize) -> &'f str {
        let text = form.text(field);
        let count = text.chars().count();
        if count > most {
            self.add(field, format!("{called} has {count} characters; shorten it to {most}."));
        }
        text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<FieldProblem> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Form {
        Form(read(text.as_bytes()))
    }

    #[test]
    fn fields_are_read_as_browsers_write_them() {
        let form = form(
            "title=a+b%26c%3D%C3%A9&note=x%0D%0Ay&empty=&bare&step.0.wait=5m&step.2.wait=1h&to=1&to=&to=2&bad=%zz%",
        );
        assert_eq!(form.text("title"), "a b&c=é");
        assert_eq!(form.text("note"), "x\ny");
        assert_eq!((form.text("empty"), form.text("bare"), form.text("missing")), ("", "", ""));
        assert_eq!(form.text("bad"), "%zz%");
        assert_eq!(form.all("to").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn what_is_given_back_has_no_secrets() {
        let kept = form("csrf=x&login=ada&password=secret&old=secret&new=secret&key=secret&note=hello").kept();
        assert_eq!(kept, "login: ada\nnote: hello");
    }
}
