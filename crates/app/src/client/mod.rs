//! Talking to a running server through its API.

mod file;
mod problem;

use allclear_core::zone::Zone;
use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) use self::file::ClientFile;
pub(crate) use self::problem::{FieldError, Refused, Unreachable};
use crate::output::Display;

/// Where the server is when nobody says anything else: where `allclear serve` listens.
const USUAL_SERVER: &str = "http://127.0.0.1:8080";
const HEADING: &str = "Server";
/// How long an answer may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
/// How many rows are asked for at a time.
const PAGE: usize = 200;

/// Which server, and who asks.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Connection {
    /// The server. [default: the one of `allclear login`, or http://127.0.0.1:8080]
    #[arg(long, global = true, env = "ALLCLEAR_URL", value_name = "URL", help_heading = HEADING)]
    pub(crate) server: Option<String>,
    /// An API token. Better in the environment, or kept by `allclear login`: others see the flags of a command.
    #[arg(
        long,
        global = true,
        env = "ALLCLEAR_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true,
        help_heading = HEADING
    )]
    pub(crate) token: Option<String>,
    /// Show times in this zone, such as `Europe/Berlin`. [default: yours, or else the organisation's]
    #[arg(long, global = true, value_name = "ZONE", env = "ALLCLEAR_ZONE", help_heading = "Output")]
    pub(crate) zone: Option<Zone>,
    #[command(flatten)]
    pub(crate) display: Display,
}

/// A server, and the token for it.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    server: Url,
    token: Option<String>,
    zone: Option<Zone>,
    display: Display,
}

/// A list, as many of its rows as were asked for.
#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

impl Client {
    /// The client for what was said by flags and the environment, and else by the file of `allclear login`.
    pub(crate) fn new(connection: Connection) -> anyhow::Result<Self> {
        let known = ClientFile::read()?;
        Self::with(connection, known)
    }

    fn with(connection: Connection, known: ClientFile) -> anyhow::Result<Self> {
        let Connection { server, token, zone, display } = connection;
        let address = server.or_else(|| known.server.clone()).unwrap_or_else(|| USUAL_SERVER.to_owned());
        let server = parse(&address)?;
        // A kept token is for its own server alone: nobody else is to see it.
        let same = known.server.as_deref().and_then(|kept| parse(kept).ok()).is_some_and(|kept| kept == server);
        let token = token.or(known.token.filter(|_| same));
        let http = reqwest::Client::builder()
            .user_agent(concat!("Allclear/", env!("CARGO_PKG_VERSION")))
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { http, server, token, zone, display })
    }

    /// The server's address.
    pub(crate) fn server(&self) -> &Url {
        &self.server
    }

    /// Whether to print JSON.
    pub(crate) const fn json(&self) -> bool {
        self.display.json
    }

    /// The address of a path of the server, each part of it encoded: `["api", "v1", "incidents"]`.
    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.server.clone();
        url.path_segments_mut().expect("an http address has a path").pop_if_empty().extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// Sends a request to a path of the API, such as `["incidents", "INC-1", "notes"]`, and reads the answer: null
    /// where there is none.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let path = [&["api", "v1"], path].concat();
        self.send(method, &path, query, body).await
    }

    /// The same for a path from the root, for what is not part of the API.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, self.address(path, query));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let failed = |error: reqwest::Error| Unreachable::new(&self.server, &error);
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status().as_u16();
        let body = answer.text().await.map_err(failed)?;
        if (200..300).contains(&status) {
            if body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_str(&body)
                .with_context(|| format!("{} answered, but not as Allclear does; check --server", self.server));
        }
        Err(Refused::read(&self.server, status, &body, self.token.is_some()).into())
    }

    /// GETs a path.
    pub(crate) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Value> {
        self.ask(Method::GET, path, query, None).await
    }

    /// GETs a path, and reads the answer.
    pub(crate) async fn read<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<T> {
        read(self.get(path, query).await?)
    }

    /// Up to `limit` rows of a list, over as many pages as it takes: `{"items": […], "next": …}`, where `next` says
    /// that there are more.
    pub(crate) async fn list(&self, path: &[&str], query: &[(&str, &str)], limit: usize) -> anyhow::Result<Value> {
        let mut items = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let size = PAGE.min(limit - items.len()).to_string();
            let mut query = query.to_vec();
            query.push(("limit", &size));
            if let Some(cursor) = &next {
                query.push(("cursor", cursor));
            }
            let page: Page = self.read(path, &query).await?;
            items.extend(page.items);
            next = page.next;
            if next.is_none() || items.len() >= limit {
                return Ok(json!({"items": items, "next": next}));
            }
        }
    }

    /// The zone to show times in.
    pub(crate) async fn zone(&self) -> anyhow::Result<Zone> {
        #[derive(Deserialize)]
        struct Me {
            time_zone: Zone,
        }
        match &self.zone {
            Some(zone) => Ok(zone.clone()),
            None => Ok(self.read::<Me>(&["me"], &[]).await?.time_zone),
        }
    }
}

/// Reads what the server has answered.
pub(crate) fn read<T: DeserializeOwned>(answer: Value) -> anyhow::Result<T> {
    serde_json::from_value(answer).context("the server answered in a form that this version does not know; use its own")
}

/// The machine's time, for ages.
#[expect(clippy::disallowed_methods, reason = "the edge: ages are told as of now")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

fn parse(address: &str) -> anyhow::Result<Url> {
    let refusal =
        || format!("`{address}` is not the address of a server; write it like `https://allclear.example.com`");
    let url = Url::parse(address).with_context(refusal)?;
    anyhow::ensure!(["http", "https"].contains(&url.scheme()) && url.has_host(), refusal());
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(server: Option<&str>, token: Option<&str>) -> Client {
        let known = ClientFile { server: Some("https://a.example/".into()), token: Some("kept".into()) };
        let connection =
            Connection { server: server.map(str::to_owned), token: token.map(str::to_owned), ..Connection::default() };
        rustls::crypto::ring::default_provider().install_default().ok();
        Client::with(connection, known).unwrap()
    }

    #[test]
    fn a_kept_token_goes_to_its_own_server_alone() {
        assert_eq!(client(None, None).token.as_deref(), Some("kept"));
        assert_eq!(client(Some("https://a.example"), None).token.as_deref(), Some("kept"));
        assert_eq!(client(Some("https://b.example"), None).token, None);
        assert_eq!(client(Some("http://a.example"), None).token, None);
        assert_eq!(client(Some("https://b.example"), Some("given")).token.as_deref(), Some("given"));
    }

    #[test]
    fn addresses_are_encoded_and_keep_the_path_of_the_server() {
        let client = client(Some("https://b.example/pager/"), None);
        let url = client.address(&["api", "v1", "incidents", "../x y"], &[("service", "a&b")]);
        assert_eq!(url.as_str(), "https://b.example/pager/api/v1/incidents/..%2Fx%20y?service=a%26b");
        assert!(parse("allclear.example").is_err() && parse("ftp://a.example").is_err());
    }
}
