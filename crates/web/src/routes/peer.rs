//! From where somebody comes, for limits: the address of the connection, or what a proxy on the same machine says.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The address of the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address from which a request came; the same for all where the server did not say.
#[derive(Debug, Clone)]
pub(super) struct CameFrom(pub(super) String);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for CameFrom {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
        Ok(Self(address(peer, &parts.headers)))
    }
}

/// Anybody can write `X-Forwarded-For`, so it counts only where the connection comes from this machine, which is where
/// a proxy stands; and of its entries only the last one, which that proxy wrote.
fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    let forwarded = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse::<IpAddr>().ok());
    match (peer, last) {
        (Some(peer), Some(last)) if peer.is_loopback() => last.to_string(),
        (Some(peer), _) => peer.to_string(),
        (None, _) => "somewhere".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let came = |peer: &str, forwarded: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            address(peer.parse().ok(), &headers)
        };
        assert_eq!(came("127.0.0.1", "9.9.9.9, 203.0.113.7"), "203.0.113.7");
        assert_eq!(came("198.51.100.4", "203.0.113.7"), "198.51.100.4");
        assert_eq!(came("127.0.0.1", "nonsense"), "127.0.0.1");
        assert_eq!(came("", "203.0.113.7"), "somewhere");
    }
}
