//! Lists, a page at a time.
//!
//! A page says where the next one begins, as `next` in the body and as a link (RFC 8288). Cursors name the last row of
//! the page, so rows that come or go in between neither repeat nor hide others.

use std::str::FromStr;

use allclear_core::limits;
use axum::Json;
use axum::http::header::{ETAG, LINK};
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::gate::encode;
use crate::problem::Problem;

const USUAL: usize = 50;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    items: Vec<T>,
    /// Where the next page begins: send it as `cursor`. Nothing on the last page.
    next: Option<String>,
}

/// Which page is asked for.
#[derive(Debug)]
pub(crate) struct Paging<C> {
    uri: Uri,
    /// The row before the page.
    pub(crate) after: Option<C>,
    limit: usize,
}

impl<C: FromStr> Paging<C> {
    /// Reads what the query says.
    pub(crate) fn new(uri: Uri, cursor: Option<String>, limit: Option<usize>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(USUAL);
        if !(1..=limits::LIST_PAGE).contains(&limit) {
            let message = format!("{limit} is not a size of a page; use 1 to {}", limits::LIST_PAGE);
            return Err(Problem::field("limit", message));
        }
        let read = |cursor: String| {
            let shown: String = cursor.chars().take(60).collect();
            let message = format!("`{shown}` is not a cursor of this list; use the `next` of a page before");
            cursor.parse().map_err(|_| Problem::field("cursor", message))
        };
        Ok(Self { uri, after: cursor.map(read).transpose()?, limit })
    }
}

impl<C> Paging<C> {
    /// How many rows to fetch: one more than the page has, to see whether there is a next one.
    pub(crate) fn rows(&self) -> i64 {
        self.limit as i64 + 1
    }

    /// The same, for what is counted in memory.
    pub(crate) const fn count(&self) -> usize {
        self.limit + 1
    }

    /// Makes the page of what was fetched. `cursor` names a row.
    pub(crate) fn page<R, T>(
        self,
        mut rows: Vec<R>,
        cursor: impl Fn(&R) -> String,
        view: impl FnMut(R) -> T,
    ) -> Listed<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = if more { rows.last().map(cursor) } else { None };
        let link = next.as_deref().map(|next| link(&self.uri, next));
        Listed { page: Page { items: rows.into_iter().map(view).collect(), next }, link, version: None }
    }
}

/// A page as an answer.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    page: Page<T>,
    link: Option<String>,
    version: Option<String>,
}

impl<T> Listed<T> {
    /// The same with the version of what the rows belong to.
    pub(crate) fn of_version(self, version: String) -> Self {
        Self { version: Some(version), ..self }
    }
}

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.page).into_response();
        if let Some(link) = self.link.and_then(|link| HeaderValue::from_str(&link).ok()) {
            response.headers_mut().insert(LINK, link);
        }
        if let Some(version) = self.version.and_then(|version| HeaderValue::from_str(&version).ok()) {
            response.headers_mut().insert(ETAG, version);
        }
        response
    }
}

/// The same address with another cursor.
fn link(uri: &Uri, next: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let cursor = format!("cursor={}", encode(next));
    let query: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(uri: &str, cursor: Option<&str>, limit: Option<usize>) -> Result<Paging<u32>, Problem> {
        Paging::new(uri.parse().unwrap(), cursor.map(str::to_owned), limit)
    }

    #[test]
    fn a_page_links_to_the_next_one_and_the_last_to_none() {
        let listed = paging("/x?state=open&cursor=9&limit=2", Some("9"), Some(2)).unwrap();
        assert_eq!((listed.after, listed.rows()), (Some(9), 3));
        let listed = listed.page(vec![8, 7, 6], u32::to_string, |row| row);
        assert_eq!((listed.page.items, listed.page.next.as_deref()), (vec![8, 7], Some("7")));
        assert_eq!(listed.link.as_deref(), Some("</x?state=open&limit=2&cursor=7>; rel=\"next\""));
        let last = paging("/x", None, Some(2)).unwrap().page(vec![8, 7], u32::to_string, |row| row);
        assert_eq!((last.page.next, last.link), (None, None));
    }

    #[test]
    fn mistakes_name_the_field_and_the_remedy() {
        for (cursor, limit, field) in
            [(Some("x"), None, "cursor"), (None, Some(0), "limit"), (None, Some(201), "limit")]
        {
            let problem = paging("/x", cursor, limit).unwrap_err();
            assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field));
        }
    }
}
