//! The names of things, for sentences.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::listed;
use crate::directory::{Directory, Target};
use crate::id::{ContactMethodId, IncidentId, IntegrationId, PolicyId, ScheduleId, ServiceId, TokenId, UserId};
use crate::readiness::Period;
use crate::zone::Zone;

/// What a sentence needs to know beside the fact: the names of things, and the zone in which its reader reads times.
/// What has no name (any more) is called so, and never makes a sentence fail.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    directory: &'a Directory,
    zone: &'a Zone,
    incidents: Option<&'a BTreeMap<IncidentId, String>>,
    tokens: Option<&'a BTreeMap<TokenId, String>>,
    pages: Option<&'a BTreeMap<u32, UserId>>,
}

impl<'a> Names<'a> {
    /// The names of this directory, and times in this zone.
    pub const fn new(directory: &'a Directory, zone: &'a Zone) -> Self {
        Self { directory, zone, incidents: None, tokens: None, pages: None }
    }

    /// Also what people call incidents (`INC-142`), for facts that name another one.
    #[must_use]
    pub const fn with_incidents(self, incidents: &'a BTreeMap<IncidentId, String>) -> Self {
        Self { incidents: Some(incidents), ..self }
    }

    /// Also the names of API tokens.
    #[must_use]
    pub const fn with_tokens(self, tokens: &'a BTreeMap<TokenId, String>) -> Self {
        Self { tokens: Some(tokens), ..self }
    }

    /// Also whom each page of the incident went to, as [`super::pages_of`] finds out.
    #[must_use]
    pub const fn with_pages(self, pages: &'a BTreeMap<u32, UserId>) -> Self {
        Self { pages: Some(pages), ..self }
    }

    /// A person.
    pub fn person(&self, id: UserId) -> &'a str {
        self.directory.user(id).map_or("somebody who is no longer here", |user| &user.name)
    }

    /// People: `Ana Ruiz, Ben Okafor and Cy Young`; `nobody` for none.
    pub fn people(&self, ids: &[UserId]) -> String {
        let people: Vec<&str> = ids.iter().map(|id| self.person(*id)).collect();
        listed(&people)
    }

    /// A service.
    pub fn service(&self, id: ServiceId) -> &'a str {
        self.directory.service(id).map_or("a service that is no longer here", |service| &service.name)
    }

    /// An escalation policy: `the escalation policy Primary`.
    pub fn policy(&self, id: PolicyId) -> String {
        match self.directory.policy(id) {
            Some(policy) => format!("the escalation policy {}", policy.name),
            None => "an escalation policy that is no longer here".to_owned(),
        }
    }

    /// A schedule.
    pub fn schedule(&self, id: ScheduleId) -> &'a str {
        self.directory.schedule(id).map_or("a schedule that is no longer here", |schedule| &schedule.name)
    }

    /// From one moment until another, as somebody says it at a third: `Mon 09:00 CET to Tue 09:00 CET`.
    pub fn period(&self, period: Period, said_at: Timestamp) -> String {
        format!("{} to {}", self.time(period.starts, said_at), self.time(period.ends, said_at))
    }

    /// Some of them.
    pub fn periods(&self, periods: &[Period], said_at: Timestamp) -> String {
        let shown: Vec<String> = periods.iter().map(|period| self.period(*period, said_at)).collect();
        listed(&shown)
    }

    /// Whom a step pages: `Ana Ruiz`, `Platform`, `next on call by Platform`, `team Storage with the skill postgres`.
    pub fn target(&self, target: &Target) -> String {
        let schedule = |id: ScheduleId| self.schedule(id);
        match target {
            Target::User(user) => self.person(*user).to_owned(),
            Target::Schedule(id) => schedule(*id).to_owned(),
            Target::NextOnCall(id) => format!("next on call by {}", schedule(*id)),
            Target::PreviousOnCall(id) => format!("on call before by {}", schedule(*id)),
            Target::EveryoneOf(id) => format!("everybody in {}", schedule(*id)),
            Target::Team { team, skill } => {
                let team = self.directory.team(*team).map_or("that is no longer here", |team| &team.name);
                let skill = skill.as_ref().map(|skill| format!(" with the skill {skill}")).unwrap_or_default();
                format!("team {team}{skill}")
            }
        }
    }

    /// A source of events.
    pub fn integration(&self, id: IntegrationId) -> &'a str {
        self.directory.integration(id).map_or("an integration that is no longer here", |integration| &integration.name)
    }

    /// A contact method with its owner: `“work mail” (email) of Ana Ruiz`.
    pub fn contact(&self, id: ContactMethodId) -> String {
        let owned = self.directory.users().find_map(|user| Some((user, user.contact(id)?)));
        match owned {
            Some((user, contact)) => format!("“{}” ({}) of {}", contact.name, contact.channel, user.name),
            None => "a contact method that is no longer here".to_owned(),
        }
    }

    /// An incident.
    pub fn incident(&self, id: IncidentId) -> &'a str {
        self.incidents.and_then(|incidents| incidents.get(&id)).map_or("another incident", String::as_str)
    }

    /// A program, by its token.
    pub fn token(&self, id: TokenId) -> String {
        let name = self.tokens.and_then(|tokens| tokens.get(&id));
        name.map_or_else(|| "a program with an API token".to_owned(), |name| format!("the API token “{name}”"))
    }

    /// The page of that number: `the page to Ana Ruiz`.
    pub fn page(&self, number: u32) -> String {
        match self.pages.and_then(|pages| pages.get(&number)) {
            Some(user) => format!("the page to {}", self.person(*user)),
            None => format!("page {number}"),
        }
    }

    /// A moment, as somebody says it at another moment: `09:05 CET` on the same day, `Mon 09:05 CET` within six days,
    /// `12 Oct 2026 09:05 CEST` otherwise.
    pub fn time(&self, at: Timestamp, said_at: Timestamp) -> String {
        let (then, today) = (self.zone.local(at), self.zone.local(said_at));
        let format = if then.date() == today.date() {
            "%H:%M %Z"
        } else if at.duration_since(said_at).unsigned_abs().as_secs() < 6 * 86_400 {
            "%a %H:%M %Z"
        } else {
            "%-d %b %Y %H:%M %Z"
        };
        then.strftime(format).to_string()
    }
}
