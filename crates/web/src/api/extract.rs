//! What handlers are given: the body, the query, and whoever asks.

use std::fmt::Display;
use std::sync::Arc;

use allclear_core::actor::Actor;
use allclear_core::directory::{Directory, User};
use allclear_core::limits;
use allclear_core::sentence::Names;
use allclear_core::zone::Zone;
use allclear_engine::Engine;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use serde_path_to_error::Segment;

use crate::app::App;
use crate::auth::Visitor;
use crate::body::{Unread, read_whole};
use crate::problem::Problem;

/// A JSON body. What is wrong with it is said with the field.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        must_be_json(request.headers())?;
        let bytes = read(request.into_body(), limits::BODY_BYTES).await?;
        from_json(&bytes).map(Self)
    }
}

/// Refuses what does not say that it is JSON.
pub(crate) fn must_be_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) {
        return Ok(());
    }
    let given = given.chars().take(60).collect::<String>();
    let detail = format!("The body's Content-Type is `{given}`; send JSON with `Content-Type: application/json`.");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
}

/// The whole body, if it is within the limit.
pub(crate) async fn read(body: axum::body::Body, limit: usize) -> Result<Bytes, Problem> {
    read_whole(body, limit).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let detail = format!("The body is larger than {limit} bytes; send less.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        }
        Unread::Broken(said) => {
            let detail = format!("The body did not arrive as a whole: {said}. Nothing was changed; send it again.");
            Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
        }
    })
}

/// Reads a JSON object, and names the field that is wrong. It is read as JSON first: whoever sends another type than a
/// field has is told so, and not that it is no JSON.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("The body is not JSON: {error}. Nothing was changed.");
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    if !value.is_object() {
        return Err(Problem::field("body", "it is not a JSON object; send one with the fields that are described"));
    }
    from_value(value, "")
}

/// Reads a JSON value that was read before, and names the field that is wrong, seen from `root`.
pub(crate) fn from_value<T: DeserializeOwned>(value: serde_json::Value, root: &str) -> Result<T, Problem> {
    let serde_json::Value::Object(mut fields) = value else {
        return serde_path_to_error::deserialize(value).map_err(|error| misread(root, &error));
    };
    // What says of which kind it is comes first, so that mistakes in the rest are found at their place.
    let kind = fields.remove("kind").map(|kind| ("kind".to_owned(), kind));
    let fields = MapDeserializer::new(kind.into_iter().chain(fields));
    serde_path_to_error::deserialize(fields).map_err(|error| misread(root, &error))
}

fn misread(root: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    wrong(root, error.path(), &error.inner().to_string())
}

/// What serde finds wrong at a path below `root`.
fn wrong(root: &str, at: &serde_path_to_error::Path, message: &str) -> Problem {
    let path = path(root, at);
    let absent = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    match absent {
        Some(field) if path.is_empty() => Problem::field(field, MISSING),
        Some(field) => Problem::field(format!("{path}.{field}"), MISSING),
        None if path.is_empty() => Problem::field("body", message),
        None => Problem::field(path, message),
    }
}

const MISSING: &str = "it is missing; give it a value";

/// A path as people write it, list places counted from 1: `steps[2].wait`.
fn path(root: &str, path: &serde_path_to_error::Path) -> String {
    let mut text = root.to_owned();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => text += &format!("[{}]", index + 1),
            Segment::Map { key } | Segment::Enum { variant: key } => {
                if !text.is_empty() {
                    text.push('.');
                }
                text += key;
            }
            Segment::Unknown => {}
        }
    }
    text
}

/// The query. Unknown names are refused, so that a misspelt filter does not show everything.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        query.map(|query| Self(query.0)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let absent = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
            match (absent, text.split_once(": ")) {
                (Some(field), _) => Problem::field(field, MISSING),
                (None, Some((field, message))) if !field.contains(' ') => Problem::field(field, message),
                (None, _) => Problem::field("query", text),
            }
        })
    }
}

/// Whoever asks, and what is needed to answer them.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// The web part.
    pub(crate) app: App,
    /// Who it is.
    pub(crate) visitor: Visitor,
    /// The configuration as it is now.
    pub(crate) directory: Arc<Directory>,
    /// The zone in which they read times.
    pub(crate) zone: Zone,
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let directory = app.engine().directory();
        let zone = visitor.user.as_ref().and_then(|user| user.time_zone.clone());
        let zone = zone.unwrap_or_else(|| directory.organisation.time_zone.clone());
        Ok(Self { app: app.clone(), visitor, directory, zone })
    }
}

impl Asker {
    pub(crate) fn engine(&self) -> &Engine {
        self.app.engine()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.engine().now()
    }

    pub(crate) fn actor(&self) -> Actor {
        self.visitor.actor()
    }

    /// The names of things, for sentences.
    pub(crate) fn names(&self) -> Names<'_> {
        Names::new(&self.directory, &self.zone)
    }

    /// The person who asks; a program is told that it is none.
    pub(crate) fn person(&self) -> Result<&Arc<User>, Problem> {
        self.visitor.user.as_ref().ok_or_else(|| {
            let detail = "This token belongs to no person. Make one of your own in your profile.";
            Problem::new(StatusCode::FORBIDDEN, detail)
        })
    }
}

/// There is no such thing: `There is no team \`storage\`.`
pub(crate) fn missing(what: &str, name: impl Display) -> Problem {
    let name: String = name.to_string().chars().take(100).collect();
    Problem::new(StatusCode::NOT_FOUND, format!("There is no {what} `{name}`."))
}

/// A text that must say something and is not too long.
pub(crate) fn text(field: &str, value: &str, limit: usize) -> Result<String, Problem> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Problem::field(field, "it is empty; give it a value"));
    }
    let length = value.chars().count();
    if length > limit {
        return Err(Problem::field(field, format!("it has {length} characters; at most {limit} are possible")));
    }
    Ok(value.to_owned())
}
