//! Replies: a page, another address, a problem.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::cookies::FLASH;
use super::flash::Flash;
use crate::address::host;
use crate::app::App;
use crate::pages::{Anchor, ProblemPage};
use crate::problem::Problem;

/// What a handler of a page returns.
pub(super) type Reply = Result<Response, Problem>;

/// A page.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Reply {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be drawn");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The page cannot be drawn. Nothing was changed by it.")
    })?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((status, headers, text).into_response())
}

/// Go on there, by GET.
pub(super) fn go(location: &str) -> Response {
    let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}

/// Go on there, where this is said once.
pub(super) fn go_saying(app: &App, location: &str, flash: &Flash) -> Response {
    with_cookie(go(location), &FLASH.set(&flash.seal(app.engine()), app.0.secure))
}

/// Sets a cookie along with the reply.
pub(super) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// An address of ours, fit to be gone to; anything else leads to the first page. A browser takes `//host` and `/\host`
/// for another site.
pub(super) fn local(address: &str) -> &str {
    let other_site = address.starts_with("//") || address.contains('\\');
    let plain = address.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    if address.starts_with('/') && !other_site && plain { address } else { "/" }
}

/// The page of ours from which a form was sent, if the browser says so.
#[derive(Debug)]
pub(super) struct CameFromPage(Option<String>);

impl CameFromPage {
    /// Its address, or another one where it is not known.
    pub(super) fn or<'a>(&'a self, otherwise: &'a str) -> &'a str {
        self.0.as_deref().unwrap_or(otherwise)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CameFromPage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(came_from(&parts.uri, &parts.headers).map(str::to_owned)))
    }
}

fn came_from<'r>(uri: &Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let referer = headers.get(REFERER)?.to_str().ok()?;
    let (_, rest) = referer.split_once("://")?;
    let path = rest.strip_prefix(host(uri, headers)?)?;
    (path.starts_with('/') && local(path) == path).then_some(path)
}

/// Shows a problem as a page, where it is people who met it: everywhere but at addresses for scripts.
pub(crate) fn problem_page(path: &str, mut response: Response) -> Response {
    if path.ends_with(".json") {
        return response;
    }
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let Ok(mut page) = html(problem.status(), &drawn(&problem)) else { return response };
    for (name, value) in response.headers() {
        if *name == axum::http::header::RETRY_AFTER {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

fn drawn(problem: &Problem) -> ProblemPage {
    let title = match problem.status {
        401 => "Sign in first.",
        403 => "This is not allowed.",
        404 => "There is nothing at this address.",
        405 => "This address does not take that.",
        409 => "Somebody else was faster.",
        413 => "That is too large.",
        422 => "Something is wrong with what was sent.",
        429 => "Too many requests.",
        503 => "Not now.",
        _ => problem.title.as_str(),
    };
    let mut detail = problem.detail.clone();
    for error in &problem.errors {
        detail += &format!(" {}: {}", error.field, error.message);
    }
    let kept = if problem.typed.is_empty() { "" } else { "Nothing was changed. What you typed is below." };
    ProblemPage {
        status: problem.status,
        title: title.to_owned(),
        detail,
        kept: kept.to_owned(),
        typed: problem.typed.clone(),
        remedies: vec![Anchor::new("/", "Go to Now"), Anchor::new("/incidents", "See the incidents")],
    }
}

/// For addresses that nothing is at: a page for browsers, a problem for everything else.
pub(crate) async fn nothing_here(headers: HeaderMap, uri: Uri) -> Response {
    for_either(&headers, &uri, Problem::not_found("page or resource"))
}

/// For pages that are asked for in a way that means nothing, likewise.
pub(crate) async fn not_allowed(method: Method, headers: HeaderMap, uri: Uri) -> Response {
    let detail = format!("{method} means nothing at this address; open it from one of the pages.");
    for_either(&headers, &uri, Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
}

fn for_either(headers: &HeaderMap, uri: &Uri, problem: Problem) -> Response {
    let problem = problem.into_response();
    let accepts = headers.get(axum::http::header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("text/html")) { problem_page(uri.path(), problem) } else { problem }
}

#[cfg(test)]
mod tests {
    use axum::http::header::HOST;

    use super::*;

    #[test]
    fn only_our_own_addresses_are_gone_to() {
        for (address, to) in [
            ("/incidents/INC-1?x=1", "/incidents/INC-1?x=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            assert_eq!(local(address), to, "{address}");
        }
    }

    #[test]
    fn a_referrer_of_another_host_is_none_of_ours() {
        let came = |referer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("a.example:8080"));
            headers.insert(REFERER, HeaderValue::from_static(referer));
            let path = Uri::from_static("/incidents/bulk");
            let known = came_from(&path, &headers).map(str::to_owned);
            headers.remove(HOST);
            let whole = Uri::from_static("https://a.example:8080/incidents/bulk");
            assert_eq!(came_from(&whole, &headers).map(str::to_owned), known, "the same by HTTP/2");
            known
        };
        assert_eq!(came("https://a.example:8080/incidents?state=all").as_deref(), Some("/incidents?state=all"));
        assert_eq!(came("https://b.example/incidents"), None);
        assert_eq!(came("https://a.example:8080.evil/x"), None);
        assert_eq!(came("https://a.example:8080//evil.example"), None);
    }
}
