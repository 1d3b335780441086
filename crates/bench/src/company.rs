//! A company to be paged: so many services, each with an integration, a policy and one person with one contact method.

use allclear_core::directory::{
    Change, ContactMethod, Grouping, Integration, MailSecurity, MailServer, Organisation, Policy, Role, Service, Step,
    Target, User,
};
use allclear_core::id::{ContactMethodId, IntegrationId, PolicyId, ServiceId, SessionId, TokenId, UserId};
use allclear_core::severity::UrgencyRule;
use allclear_core::wait::Wait;
use allclear_store::sessions::{self, Session};
use allclear_store::tokens::{self, Token};
use allclear_store::{Database, directory};
use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::sink::Sinks;

/// The cookie of a browser that is signed in.
pub(crate) const SESSION: &str = "benchbenchbenchbenchbenchbenchbenchbenchbenchbenchbe";
/// A token of the API.
pub(crate) const TOKEN: &str = "alc_benchbenchbenchbenchbenchbenchbenchbench";

/// How people are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// By mail.
    Mail,
    /// By webhook.
    Webhook,
}

/// What the company is like.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    /// How many services, and people.
    pub(crate) services: usize,
    /// Which alerts become one incident.
    pub(crate) grouping: Grouping,
    /// How its people are reached.
    pub(crate) channel: Channel,
}

/// The company as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Founded {
    /// The keys of the integrations.
    pub(crate) keys: Vec<String>,
    /// The services, in the same order.
    pub(crate) services: Vec<ServiceId>,
    /// The integrations, in the same order.
    pub(crate) integrations: Vec<IntegrationId>,
}

impl Company {
    /// Stores the company in an empty database, and a signed-in browser and a token of its first person.
    pub(crate) async fn found(&self, database: &Database, sinks: &Sinks) -> Result<Founded> {
        let mut founded = Founded { keys: Vec::new(), services: Vec::new(), integrations: Vec::new() };
        let mut changes = vec![Change::Organisation(organisation(sinks))];
        let mut first = None;
        for number in 0..self.services {
            let user = self.person(number, sinks);
            first.get_or_insert(user.id);
            let policy = policy(number, user.id);
            let service = self.service(number, policy.id);
            let key = format!("{number:032x}");
            let integration = integration(number, service.id, &key);
            founded.keys.push(key);
            founded.services.push(service.id);
            founded.integrations.push(integration.id);
            changes.extend([
                Change::Put(user.into()),
                Change::Put(policy.into()),
                Change::Put(service.into()),
                Change::Put(integration.into()),
            ]);
        }
        let current = database.read((), |(), tx| Box::pin(directory::load(tx))).await?;
        let next = current.changed(&changes).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let now = clock::now();
        let saved = database
            .write((next, changes), move |(next, changes), tx| Box::pin(directory::save(tx, now, next, changes)))
            .await?;
        ensure!(saved, "somebody else has changed the configuration");
        let first = first.context("a company has somebody")?;
        database.write(first, |first, tx| Box::pin(let_in(tx, *first))).await?;
        Ok(founded)
    }

    fn person(&self, number: usize, sinks: &Sinks) -> User {
        let (channel, address) = match self.channel {
            Channel::Mail => ("email", format!("person{number}@example.com")),
            Channel::Webhook => ("webhook", format!("http://{}/{number}", sinks.webhook)),
        };
        let contact = ContactMethod {
            id: ContactMethodId::new(clock::id()),
            name: channel.to_owned(),
            channel: channel.to_owned(),
            address,
            verified_at: Some(clock::now()),
        };
        User {
            id: UserId::new(clock::id()),
            slug: format!("person{number}"),
            name: format!("Person {number}"),
            email: format!("person{number}@example.com"),
            role: if number == 0 { Role::Admin } else { Role::Responder },
            time_zone: None,
            teams: Vec::new(),
            skills: Vec::new(),
            contacts: vec![contact],
            high_urgency: Vec::new(),
            low_urgency: Vec::new(),
            time_off: Vec::new(),
            silent_handovers: false,
            holidays: None,
            suspended: false,
        }
    }

    fn service(&self, number: usize, policy: PolicyId) -> Service {
        Service {
            id: ServiceId::new(clock::id()),
            slug: format!("service{number}"),
            name: format!("Service {number}"),
            description: String::new(),
            team: None,
            policy: Some(policy),
            urgency: UrgencyRule::High,
            grouping: self.grouping.clone(),
            stays_open: false,
            runbook: None,
        }
    }
}

async fn let_in(tx: &mut allclear_store::Tx<'_>, user: UserId) -> allclear_store::Result<()> {
    let now = clock::now();
    let session = Session {
        id: SessionId::new(clock::id()),
        user,
        created_at: now,
        seen_at: now,
        expires_at: now.checked_add(SignedDuration::from_hours(24)).unwrap_or(jiff::Timestamp::MAX),
        agent: String::new(),
    };
    sessions::create(tx, &session, &digest(SESSION)).await?;
    let token = Token {
        id: TokenId::new(clock::id()),
        name: "bench".to_owned(),
        scope: "admin".to_owned(),
        user: Some(user),
        created_at: now,
        used_at: Some(now),
        revoked_at: None,
    };
    tokens::create(tx, &token, &digest(TOKEN)).await
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn organisation(sinks: &Sinks) -> Organisation {
    let mail = MailServer {
        host: sinks.mail.ip().to_string(),
        port: sinks.mail.port(),
        security: MailSecurity::None,
        username: None,
        sender: "Allclear <pager@example.com>".to_owned(),
    };
    Organisation {
        name: "Example".to_owned(),
        address: Some("http://localhost".to_owned()),
        mail: Some(mail),
        ..Organisation::default()
    }
}

fn policy(number: usize, user: UserId) -> Policy {
    let steps = vec![Step::paging(vec![Target::User(user)], Wait::minutes(30))];
    Policy::new(PolicyId::new(clock::id()), format!("policy{number}"), format!("Policy {number}"), steps)
}

fn integration(number: usize, service: ServiceId, key: &str) -> Integration {
    Integration {
        id: IntegrationId::new(clock::id()),
        slug: format!("integration{number}"),
        name: format!("Integration {number}"),
        service,
        source: "pagerduty".to_owned(),
        key_digest: allclear_core::declaration::key_digest(key),
        disabled: false,
    }
}
