//! What is done to incidents.

use allclear_core::severity::Severity;
use allclear_core::wait::Wait;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Incident, severity};
use crate::Usage;
use crate::client::{self, Client};
use crate::output::{self, Done, End, clean, status};
use crate::remote::moment;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Acknowledge incidents: somebody is on it, and paging stops.
    #[command(after_help = "Example: allclear incident ack INC-142 INC-143")]
    Ack(References),
    /// Resolve incidents. Their alerts are over, too, until their sources fire them anew.
    #[command(after_help = "Example: allclear incident resolve INC-142")]
    Resolve(References),
    /// Open incidents again: the escalation starts anew.
    #[command(after_help = "Example: allclear incident reopen INC-142")]
    Reopen(References),
    /// Write something into the timeline.
    #[command(after_help = "Example: allclear incident note INC-142 'The card provider confirms an outage'")]
    Note {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        /// The text.
        text: String,
    },
    /// Leave an incident alone for a while; then it pages again.
    #[command(after_help = "Example: allclear incident snooze INC-142 --for 2h")]
    Snooze {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        #[command(flatten)]
        until: Until,
    },
    /// Give an incident to other people, or to an escalation policy. They are paged at once.
    #[command(after_help = "Example: allclear incident reassign INC-142 --to ana,ben")]
    Reassign {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        #[command(flatten)]
        to: Assignee,
    },
    /// Take a step of the escalation policy now.
    #[command(after_help = "Example: allclear incident escalate INC-142")]
    Escalate {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        /// This step, from 1; the next one where left out.
        #[arg(long)]
        step: Option<usize>,
    },
    /// Page people as well as those whom the escalation pages.
    #[command(after_help = "Example: allclear incident page INC-142 ana ben")]
    Page {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        /// Whom, by their slugs.
        #[arg(required = true, value_name = "SLUG")]
        people: Vec<String>,
    },
    /// Say that a page is not for you: the next one is paged.
    #[command(after_help = "Example: allclear incident decline INC-142")]
    Decline {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
        /// Whose page, by their slug. [default: yours]
        #[arg(long, value_name = "SLUG")]
        person: Option<String>,
    },
    /// Let an incident follow its policy as it is now, after the policy was changed.
    #[command(after_help = "Example: allclear incident apply-policy INC-142")]
    ApplyPolicy {
        /// `INC-142`, `142` or `inc_…`.
        incident: String,
    },
    /// Make an incident a part of another one.
    #[command(after_help = "Example: allclear incident merge INC-143 --into INC-142")]
    Merge {
        /// `INC-143`, `143` or `inc_…`.
        incident: String,
        /// The one that goes on.
        #[arg(long)]
        into: String,
    },
    /// Declare an incident: it pages as one that an alert opened would.
    #[command(after_help = "Example: allclear incident declare 'Customers cannot pay' --service checkout -s sev1")]
    Declare(Declaration),
}

/// Some incidents.
#[derive(Debug, Args)]
pub(super) struct References {
    /// `INC-142`, `142` or `inc_…`; many are possible.
    #[arg(required = true, value_name = "INCIDENT")]
    incidents: Vec<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Until {
    /// For so long: `30m`, `2h`, `1d`.
    #[arg(long = "for", value_name = "LENGTH")]
    length: Option<Wait>,
    /// Until then: `2026-12-24 18:00`, or `2026-12-24T17:00:00Z`.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Assignee {
    /// These people, by their slugs.
    #[arg(long, value_name = "SLUG", value_delimiter = ',')]
    to: Vec<String>,
    /// This escalation policy, by its slug.
    #[arg(long, value_name = "SLUG")]
    policy: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Declaration {
    /// Its title.
    title: String,
    /// The service it is about, by its slug.
    #[arg(long, value_name = "SLUG")]
    service: String,
    /// How bad it is: sev1 to sev4.
    #[arg(long, short, value_parser = severity)]
    severity: Severity,
    /// What is known so far; becomes the first note.
    #[arg(long)]
    description: Option<String>,
}

pub(super) async fn run(client: &Client, command: Command) -> Done {
    let one = async |method: Method, path: &[&str], body: Value| {
        let path = [&["incidents"], path].concat();
        tell(client, &client.ask(method, &path, &[], Some(&body)).await?)
    };
    match command {
        Command::Ack(References { incidents }) => many(client, Method::PUT, &incidents, "acknowledgement").await,
        Command::Resolve(References { incidents }) => many(client, Method::PUT, &incidents, "resolution").await,
        Command::Reopen(References { incidents }) => many(client, Method::DELETE, &incidents, "resolution").await,
        Command::Note { incident, text } => one(Method::POST, &[&incident, "notes"], json!({"text": text})).await,
        Command::Snooze { incident, until: Until { length, until } } => {
            let body = match (length, until) {
                (Some(length), _) => json!({"for": length}),
                (None, Some(until)) => json!({"until": moment(&until, &client.zone().await?)?}),
                (None, None) => json!({}),
            };
            one(Method::PUT, &[&incident, "snooze"], body).await
        }
        Command::Reassign { incident, to: Assignee { to, policy } } => {
            let body = policy.map_or_else(|| json!({"people": to}), |policy| json!({"policy": policy}));
            one(Method::PUT, &[&incident, "assignment"], body).await
        }
        Command::Escalate { incident, step } => {
            let body = step.map_or_else(|| json!({}), |step| json!({"step": step}));
            one(Method::POST, &[&incident, "escalations"], body).await
        }
        Command::Page { incident, people } => {
            one(Method::POST, &[&incident, "responders"], json!({"people": people})).await
        }
        Command::Decline { incident, person } => {
            let person = match person {
                Some(person) => person,
                None => own_slug(client).await?,
            };
            tell(
                client,
                &client.ask(Method::DELETE, &["incidents", &incident, "responders", &person], &[], None).await?,
            )
        }
        Command::ApplyPolicy { incident } => {
            tell(client, &client.ask(Method::PUT, &["incidents", &incident, "policy"], &[], None).await?)
        }
        Command::Merge { incident, into } => one(Method::PUT, &[&incident, "merge"], json!({"into": into})).await,
        Command::Declare(Declaration { title, service, severity, description }) => {
            let mut body = json!({"title": title, "service": service, "severity": severity});
            if let Some(description) = description {
                body["description"] = description.into();
            }
            one(Method::POST, &[], body).await
        }
    }
}

/// The short name of whoever asks.
async fn own_slug(client: &Client) -> anyhow::Result<String> {
    let me = client.get(&["me"], &[]).await?;
    let slug = me["user"]["slug"].as_str().or(me["slug"].as_str());
    slug.map(str::to_owned)
        .ok_or_else(|| Usage("this token belongs to nobody; say whose page with --person".into()).into())
}

/// Does the same to each incident. What goes wrong with one does not keep the others from it.
async fn many(client: &Client, method: Method, references: &[String], noun: &str) -> Done {
    let mut done = Vec::new();
    let mut end = End::Fine;
    for reference in references {
        match client.ask(method.clone(), &["incidents", reference, noun], &[], None).await {
            Ok(incident) if client.json() => done.push(incident),
            Ok(incident) => drop(tell(client, &incident)?),
            // With one incident alone, its problem is the command's.
            Err(error) if references.len() == 1 => return Err(error),
            Err(error) => {
                end = End::Failed;
                eprintln!("allclear: {}: {error:#}", clean(reference));
            }
        }
    }
    if client.json() {
        output::json(&Map::from_iter([("items".to_owned(), Value::from(done))]))?;
    }
    Ok(end)
}

fn tell(client: &Client, incident: &Value) -> Done {
    if client.json() {
        output::json(incident)?;
        return Ok(End::Fine);
    }
    let incident: Incident = client::read(incident.clone())?;
    output::line(&format!("{} {}  {}", incident.reference, status(&incident.status), clean(&incident.title)))?;
    Ok(End::Fine)
}
