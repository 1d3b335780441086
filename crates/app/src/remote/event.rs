//! `allclear event`: sends events, as monitoring tools do.

use std::time::Duration;

use allclear_core::severity::Severity;
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::severity;
use crate::client::{self, Client, Connection};
use crate::output::{self, Done, End, clean};
use crate::{Usage, wait};

/// How long `--wait` waits.
const PATIENCE: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// The arguments of `allclear event`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send an event: that something is wrong, that somebody is on it, or that it is over.
    #[command(
        after_help = "Example: backup.sh || allclear event send 'Backup failed' --integration cron -d backup/db1"
    )]
    Send(Box<NewEvent>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    Trigger,
    Acknowledge,
    Resolve,
}

/// An event to be sent.
#[derive(Debug, Args)]
struct NewEvent {
    /// One line that says what is wrong.
    #[arg(required_if_eq("action", "trigger"))]
    summary: Option<String>,
    /// The integration by which it comes in, by its slug; wants an API token with scope `events` or more.
    #[arg(long, short, value_name = "SLUG")]
    integration: Option<String>,
    /// The key of the integration by which it comes in, where --integration is not given; wants no token.
    #[arg(long, short, env = "ALLCLEAR_KEY", hide_env_values = true)]
    key: Option<String>,
    /// What it says.
    #[arg(long, short, value_enum, default_value = "trigger")]
    action: Action,
    /// Names the condition: events with the same key are about the same thing. [default: made from source and summary]
    #[arg(long, short, value_name = "KEY")]
    dedup_key: Option<String>,
    /// How bad it is: sev1 to sev4, or critical, error, warning, info.
    #[arg(long, short, value_parser = severity)]
    severity: Option<Severity>,
    /// What is affected: a host, a job, a URL.
    #[arg(long)]
    source: Option<String>,
    /// A label, by which incidents can be grouped; may be given many times.
    #[arg(long = "label", short, value_name = "NAME=VALUE", value_parser = pair)]
    labels: Vec<(String, String)>,
    /// A detail for people; may be given many times.
    #[arg(long = "detail", value_name = "NAME=VALUE", value_parser = pair)]
    details: Vec<(String, String)>,
    /// A link, with or without a text before it: `Runbook=https://wiki.example.com/disk`; may be given many times.
    #[arg(long = "link", value_name = "[TEXT=]URL")]
    links: Vec<String>,
    /// Wait until it is processed, and say what became of it; wants a token that may see events.
    #[arg(long, requires = "integration")]
    wait: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let refusal = || format!("`{text}` has no `=`; write it like `region=eu`");
    let (name, value) = text.split_once('=').ok_or_else(refusal)?;
    Ok((name.to_owned(), value.to_owned()))
}

impl NewEvent {
    /// The event as the API and the generic webhook read it.
    fn body(&self) -> Result<Value, Usage> {
        if self.summary.is_none() && self.dedup_key.is_none() {
            return Err(Usage("name the condition by its --dedup-key, or by its summary".to_owned()));
        }
        let action = match self.action {
            Action::Trigger => "trigger",
            Action::Acknowledge => "acknowledge",
            Action::Resolve => "resolve",
        };
        let texts = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
        };
        let mut body = json!({"action": action});
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body[name] = value;
            }
        };
        put("summary", self.summary.as_deref().map(Value::from));
        put("dedup_key", self.dedup_key.as_deref().map(Value::from));
        put("severity", self.severity.map(|severity| json!(severity)));
        put("source", self.source.as_deref().map(Value::from));
        put("labels", (!self.labels.is_empty()).then(|| texts(&self.labels).into()));
        put("details", (!self.details.is_empty()).then(|| texts(&self.details).into()));
        put("links", (!self.links.is_empty()).then(|| self.links.iter().map(|text| link(text)).collect()));
        Ok(body)
    }
}

fn link(text: &str) -> Value {
    match text.split_once('=') {
        Some((name, href)) if !name.contains("://") => json!({"href": href, "text": name}),
        Some(_) | None => json!({"href": text}),
    }
}

/// What was answered, by either way in.
#[derive(Debug, Deserialize)]
struct Stored {
    #[serde(alias = "event_id")]
    id: String,
}

/// An event that was stored, and what became of it.
#[derive(Debug, Deserialize)]
struct Event {
    status: String,
    became: Vec<Became>,
    #[serde(default)]
    quarantined: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Became {
    sentence: String,
    #[serde(default)]
    incident: Option<String>,
}

/// Runs `allclear event`.
pub(crate) async fn run(arguments: Arguments) -> Done {
    let Command::Send(event) = arguments.command;
    let body = event.body()?;
    let client = Client::new(arguments.connection)?;
    let stored: Stored = match (&event.integration, &event.key) {
        (Some(slug), _) => {
            let query = [("integration", slug.as_str())];
            client::read(client.ask(Method::POST, &["events"], &query, Some(&body)).await?)?
        }
        (None, Some(key)) => client::read(client.send(Method::POST, &["in", key], &[], Some(&body)).await?)?,
        (None, None) => return Err(Usage("say by which --integration or --key it comes in".to_owned()).into()),
    };
    if event.wait {
        return told(&client, &stored.id).await;
    }
    if client.json() {
        output::json(&json!({"id": stored.id}))?;
    } else {
        output::line(&format!("{} is stored.", stored.id))?;
    }
    Ok(End::Fine)
}

/// Waits until the event is processed, and says what became of it.
async fn told(client: &Client, id: &str) -> Done {
    for _ in 0..PATIENCE {
        let answer = client.get(&["events", id], &[]).await?;
        let event: Event = client::read(answer.clone())?;
        if event.status == "waiting" {
            wait(PAUSE).await;
            continue;
        }
        let end = if event.quarantined.is_some() { End::Failed } else { End::Fine };
        if client.json() {
            output::json(&answer)?;
            return Ok(end);
        }
        if let Some(reason) = event.quarantined {
            output::line(&format!("{id} could not be processed, and is kept: {}", clean(&reason)))?;
        }
        for Became { sentence, incident } in event.became {
            let reference = match incident {
                Some(incident) => format!(" ({})", reference(client, &incident).await?),
                None => String::new(),
            };
            output::line(&format!("{id}: {}{reference}", clean(&sentence)))?;
        }
        return Ok(end);
    }
    anyhow::bail!("{id} is stored, and still waits to be processed. `allclear doctor` may say why.")
}

async fn reference(client: &Client, incident: &str) -> anyhow::Result<String> {
    #[derive(Deserialize)]
    struct Incident {
        reference: String,
    }
    Ok(client.read::<Incident>(&["incidents", incident], &[]).await?.reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_may_have_a_text() {
        assert_eq!(link("https://a.example/?a=b"), json!({"href": "https://a.example/?a=b"}));
        assert_eq!(
            link("Runbook=https://a.example/?a=b"),
            json!({"href": "https://a.example/?a=b", "text": "Runbook"})
        );
    }

    #[test]
    fn a_pair_wants_its_sign() {
        assert_eq!(pair("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert!(pair("a").unwrap_err().contains("region=eu"));
    }
}
