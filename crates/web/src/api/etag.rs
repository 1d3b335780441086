//! Versions of things, so that nobody overwrites what they have not seen (RFC 9110 §8.8.3, §13.1).

use allclear_core::hex;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// The version of a thing: a digest of its document.
pub(crate) fn etag<T: Serialize>(document: &T) -> String {
    let json = serde_json::to_vec(document).unwrap_or_default();
    format!("\"{}\"", hex(&Sha256::digest(&json)[..12]))
}

/// What a request says about the version that it was made for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Precondition {
    wanted: Option<String>,
    unwanted: Option<String>,
}

impl Precondition {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let of = |name: HeaderName| {
            let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
            (!values.is_empty()).then(|| values.join(", "))
        };
        Self { wanted: of(IF_MATCH), unwanted: of(IF_NONE_MATCH) }
    }

    /// Checks it against the version as it is; none when there is no such thing.
    pub(crate) fn check(&self, current: Option<&str>) -> Result<(), Problem> {
        let holds = |list: &str| matches(list, current);
        if self.wanted.as_deref().is_some_and(|wanted| !holds(wanted)) {
            let detail = match current {
                Some(current) => format!("Somebody has changed it since: its ETag is {current} now. Read it again."),
                None => "It does not exist, so no `If-Match` can hold. Leave the header out to create it.".to_owned(),
            };
            return Err(Problem::precondition_failed(detail));
        }
        if self.unwanted.as_deref().is_some_and(holds) {
            return Err(Problem::precondition_failed(
                "It exists already. Choose another slug, or change what is there.",
            ));
        }
        Ok(())
    }

    /// Whether whoever reads has this version already.
    pub(crate) fn is_known(&self, current: &str) -> bool {
        self.unwanted.as_deref().is_some_and(|unwanted| matches(unwanted, Some(current)))
    }
}

fn matches(list: &str, current: Option<&str>) -> bool {
    let Some(current) = current else { return false };
    list.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == current)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn checked(name: HeaderName, value: &'static str, current: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Precondition::of(&headers).check(current).is_ok()
    }

    #[test]
    fn only_the_version_that_was_meant_is_changed() {
        assert!(checked(IF_MATCH, "\"a\"", Some("\"a\"")) && checked(IF_MATCH, "\"b\", W/\"a\"", Some("\"a\"")));
        assert!(!checked(IF_MATCH, "\"b\"", Some("\"a\"")) && !checked(IF_MATCH, "\"a\"", None));
        assert!(checked(IF_MATCH, "*", Some("\"a\"")) && !checked(IF_MATCH, "*", None));
        assert!(checked(IF_NONE_MATCH, "*", None) && !checked(IF_NONE_MATCH, "*", Some("\"a\"")));
        assert!(Precondition::default().check(None).is_ok());
    }
}
