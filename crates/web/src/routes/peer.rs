//! From where somebody comes, for limits: the address of the connection, or what a proxy on the same machine says.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The address of the other end of the connection: the server puts it among the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

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
/// a proxy stands; and of its entries only the last one of the last line, which that proxy wrote: some add to the line
/// that they were sent, others send a line of their own.
pub(crate) fn address(peer: Option<IpAddr>, headers: &HeaderMap) -> String {
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|list| list.rsplit(',').next()).and_then(|last| last.trim().parse::<IpAddr>().ok());
    match (peer.map(|peer| peer.to_canonical()), last) {
        (Some(peer), Some(last)) if peer.is_loopback() => subscriber(last),
        (Some(peer), _) => subscriber(peer),
        (None, _) => "somewhere".to_owned(),
    }
}

/// Whoever has an address: by IPv6, a whole network of 64 bits belongs to one subscriber (RFC 6177 §2).
fn subscriber(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
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
        assert_eq!(came("::ffff:127.0.0.1", "203.0.113.7"), "203.0.113.7", "a socket for both families");
        assert_eq!(came("2001:db8:1:2:3::4", ""), came("2001:db8:1:2:ffff::9", ""), "one subscriber");
        assert_ne!(came("2001:db8:1:2::4", ""), came("2001:db8:1:3::4", ""));
        let mut lines = HeaderMap::new();
        lines.append("x-forwarded-for", "9.9.9.9".parse().unwrap());
        lines.append("x-forwarded-for", "203.0.113.7".parse().unwrap());
        assert_eq!(address("127.0.0.1".parse().ok(), &lines), "203.0.113.7", "the line that the proxy wrote");
    }
}
