//! Sends HTTP requests.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use allclear_channels::{Failure, HttpRequest, Method, WireReply};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Networks;

/// How long it may take to be connected: well within what a request may take in all, so that a host that never
/// answers is known not to have got anything.
const CONNECT: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const ANSWER_BYTES: usize = 16 * 1024;

pub(super) struct Http {
    client: reqwest::Client,
    allowed: Networks,
}

/// Resolves names, and leaves out the addresses that requests may not go to.
struct GuardedResolver {
    allowed: Networks,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} leads into a network that requests may not go to")]
struct Blocked(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let reachable: Vec<SocketAddr> =
                found.iter().copied().filter(|address| allowed.allow(address.ip())).collect();
            if reachable.is_empty() && !found.is_empty() {
                return Err(Blocked(name.as_str().to_owned()).into());
            }
            let addresses: Addrs = Box::new(reachable.into_iter());
            Ok(addresses)
        })
    }
}

impl Http {
    pub(super) fn new(allowed: Networks) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Allclear/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(Arc::new(GuardedResolver { allowed: allowed.clone() }))
            .connect_timeout(CONNECT)
            .no_proxy()
            .build()?;
        Ok(Self { client, allowed })
    }

    pub(super) async fn send(&self, request: HttpRequest) -> WireReply {
        if let Some(blocked) = self.literal_address(&request.url).filter(|address| !self.allowed.allow(*address)) {
            return failed(Failure::Blocked, blocked.to_string(), false);
        }
        let method = match request.method {
            Method::Post => reqwest::Method::POST,
        };
        let timeout = Duration::from_secs(request.timeout.as_seconds().into());
        let mut building = self.client.request(method, &request.url).timeout(timeout).body(request.body);
        for (name, value) in &request.headers {
            building = building.header(*name, value);
        }
        match building.send().await {
            Ok(answer) => read(answer).await,
            Err(error) => classify(&error),
        }
    }

    /// The address in a URL that has no name in it: those are never resolved.
    fn literal_address(&self, url: &str) -> Option<IpAddr> {
        let url = reqwest::Url::parse(url).ok()?;
        url.host_str()?.trim_matches(['[', ']']).parse().ok()
    }
}

async fn read(mut answer: reqwest::Response) -> WireReply {
    let status = answer.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let mut body = Vec::new();
    // The status has told the result; a body that breaks off does not change it.
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES - body.len())]);
        if body.len() >= ANSWER_BYTES {
            break;
        }
    }
    WireReply::Http { status, headers, body }
}

fn failed(kind: Failure, text: String, maybe_delivered: bool) -> WireReply {
    WireReply::Failed { kind, text, maybe_delivered }
}

fn classify(error: &reqwest::Error) -> WireReply {
    let causes = causes(error);
    let said = causes.last().cloned().unwrap_or_default();
    let mentions = |words: &[&str]| causes.iter().any(|cause| words.iter().any(|word| cause.contains(word)));
    if mentions(&["requests may not go to"]) {
        failed(Failure::Blocked, said, false)
    } else if error.is_builder() {
        failed(Failure::Address, said, false)
    } else if error.is_connect() {
        let kind = if error.is_timeout() {
            Failure::Timeout
        } else if mentions(&["dns error", "failed to lookup"]) {
            Failure::Dns
        } else if is_tls(error) {
            Failure::Tls
        } else {
            Failure::Refused
        };
        failed(kind, said, false)
    } else if error.is_timeout() {
        failed(Failure::Timeout, "the answer took too long".to_owned(), true)
    } else {
        failed(Failure::Closed, said, true)
    }
}

/// Whether the connection could not be protected.
fn is_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // An I/O error leaves out what it wraps when it is asked for its cause.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || wrapped.is_some_and(|wrapped| is_tls(wrapped)) || error.source().is_some_and(is_tls)
}

/// What the error and its causes say, without the address, whose path may be a secret.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut next = std::error::Error::source(error);
    let mut causes = Vec::new();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use allclear_core::wait::Wait;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A web server that gives this answer, and hangs up; and how often somebody connected.
    async fn server(answer: &'static str) -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await.unwrap();
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        (port, connections)
    }

    async fn post(allowed: &[&str], url: String) -> WireReply {
        rustls::crypto::ring::default_provider().install_default().ok();
        let allowed = Networks::new(allowed.iter().map(|network| network.parse().unwrap()).collect());
        let (headers, timeout) = (Vec::new(), Wait::seconds(10));
        let request = HttpRequest { method: Method::Post, url, headers, body: b"{}".to_vec(), timeout };
        Http::new(allowed).unwrap().send(request).await
    }

    fn failure(reply: WireReply) -> (Failure, bool) {
        match reply {
            WireReply::Failed { kind, maybe_delivered, .. } => (kind, maybe_delivered),
            other @ (WireReply::Http { .. } | WireReply::Mail { .. }) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_into_a_network_of_the_house_unless_it_is_allowed() {
        let (port, connections) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        let here = |host: &str| format!("http://{host}:{port}/hook");
        // As a literal, in one of its other forms, and behind a name.
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "localhost"] {
            assert_eq!(failure(post(&["10.0.0.0/8"], here(host)).await), (Failure::Blocked, false), "{host}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 0);
        for host in ["127.0.0.1", "localhost"] {
            let reply = post(&["127.0.0.0/8"], here(host)).await;
            assert!(matches!(reply, WireReply::Http { status: 204, .. }), "{host}: {reply:?}");
        }
        assert_eq!(connections.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_redirect_leads_nowhere() {
        let (inner, reached) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
        let location = format!("HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:{inner}/\r\nContent-Length: 0\r\n\r\n");
        let (outer, _) = server(location.leak()).await;
        let reply = post(&["127.0.0.0/8"], format!("http://127.0.0.1:{outer}/")).await;
        assert!(matches!(reply, WireReply::Http { status: 307, .. }), "{reply:?}");
        assert_eq!(reached.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn each_failure_is_told_as_what_it_is() {
        let (silent, _) = server("").await;
        let (text, _) = server("220 mail.example.org ESMTP\r\n").await;
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        for (url, told) in [
            (format!("http://127.0.0.1:{closed}/"), (Failure::Refused, false)),
            ("http://nowhere.invalid/".to_owned(), (Failure::Dns, false)),
            ("https://10.0.0.256/".to_owned(), (Failure::Address, false)),
            (format!("https://127.0.0.1:{text}/"), (Failure::Tls, false)),
            (format!("http://127.0.0.1:{silent}/"), (Failure::Closed, true)),
            (format!("http://127.0.0.1:{text}/"), (Failure::Closed, true)),
        ] {
            let reply = post(&["127.0.0.0/8"], url.clone()).await;
            assert_eq!(failure(reply), told, "{url}");
        }
    }

    #[tokio::test]
    async fn the_beginning_of_a_long_answer_is_enough() {
        let long = format!("HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n{}", "x".repeat(100_000));
        let (port, _) = server(long.leak()).await;
        let reply = post(&["127.0.0.0/8"], format!("http://127.0.0.1:{port}/")).await;
        let WireReply::Http { status, body, .. } = reply else { panic!("{reply:?}") };
        assert_eq!((status, body.len()), (500, ANSWER_BYTES));
    }
}
