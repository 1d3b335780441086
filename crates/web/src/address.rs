//! Addresses: those that people type in, and the one under which they reached us.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

/// Under which host and port a request was sent: by HTTP/2 it says so in `:authority` and need not have a `Host`
/// (RFC 9113 §8.3.1), and where it has both, the address counts (RFC 9112 §3.2.2).
pub(crate) fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    let named = uri.authority().map(axum::http::uri::Authority::as_str);
    named.or_else(|| headers.get(HOST)?.to_str().ok())
}

/// The address of an installation: `https://allclear.example.com`, without a slash at the end.
pub(crate) fn web_address(address: &str) -> Result<String, String> {
    let address = address.trim_end_matches('/');
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain =
        |rest: &&str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>?#@\\".contains(&b));
    match rest.filter(plain) {
        Some(_) => Ok(address.to_owned()),
        None => Err(format!("`{address}` is not a web address; write it like https://allclear.example.com")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_host_is_known_by_either_version_of_http() {
        let mut headers = HeaderMap::new();
        let one = |uri: &'static str| Uri::from_static(uri);
        assert_eq!(host(&one("/incidents"), &headers), None);
        assert_eq!(host(&one("https://a.example:8443/incidents"), &headers), Some("a.example:8443"));
        headers.insert(HOST, HeaderValue::from_static("b.example"));
        assert_eq!(host(&one("/incidents"), &headers), Some("b.example"));
        assert_eq!(host(&one("https://a.example/incidents"), &headers), Some("a.example"));
    }

    #[test]
    fn only_web_addresses_without_anything_behind_them() {
        for good in ["https://allclear.example.com", "http://127.0.0.1:8080", "https://a.example/pager"] {
            assert_eq!(web_address(&format!("{good}/")).as_deref(), Ok(good));
        }
        for bad in ["", "a.example", "javascript:alert(1)", "https://", "https://a@b", "https://a/?x", "https://a b"] {
            assert!(web_address(bad).unwrap_err().contains("write it like"), "{bad}");
        }
    }
}
