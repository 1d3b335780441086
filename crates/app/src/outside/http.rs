//! Sends HTTP requests.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use allclear_channels::{Failure, HttpRequest, Method, WireReply};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Networks;

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
            .connect_timeout(Duration::from_secs(10))
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
    } else if error.is_connect() {
        let kind = if error.is_timeout() {
            Failure::Timeout
        } else if mentions(&["dns error", "failed to lookup"]) {
            Failure::Dns
        } else if mentions(&["certificate", "tls", "handshake"]) {
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
