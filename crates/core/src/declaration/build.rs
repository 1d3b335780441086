//! From a document to the thing that it describes.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::document::{
    ContactDocument, Document, IntegrationDocument, Key, LayerDocument, MailDocument, OrganisationDocument,
    OverrideDocument, RungDocument, ScheduleDocument, ServiceDocument, TeamDocument, TimeOffDocument, UserDocument,
};
use super::names::{Names, nearest};
use super::plan::{KeyNeeded, key_digest};
use super::rotation::CrewDocument;
use super::text::Text;
use super::{Location, Problem, Subject};
use crate::directory::{
    ContactMethod, Directory, Integration, Kind, MailSecurity, MailServer, Object, Organisation, Role, Rung, Service,
    Team, TimeOff, User,
};
use crate::id::{
    ContactMethodId, IntegrationId, OverrideId, PolicyId, ScheduleId, ServiceId, TeamId, TimeOffId, UserId,
};
use crate::schedule::{Crew, Holidays, Layer, Override, Schedule};
use crate::zone::Zone;

/// The fewest characters of a key: it is a password.
const KEY_CHARACTERS: usize = 16;

/// Builds the things that documents describe, and collects what is wrong with them.
pub(super) struct Builder<'a> {
    pub(super) current: &'a Directory,
    pub(super) names: &'a Names,
    pub(super) now: Timestamp,
    pub(super) ids: &'a mut dyn FnMut() -> Uuid,
    pub(super) problems: Vec<Problem>,
    pub(super) keys: Vec<KeyNeeded>,
    /// The document at hand.
    pub(super) at: Option<Location>,
    pub(super) subject: Subject,
}

/// What a document describes.
pub(super) enum Described {
    Organisation(Organisation),
    Object(Object),
}

impl Builder<'_> {
    /// The thing that the document describes. It may lack what could not be found; then there are problems. Nothing at
    /// all where even that would make no sense.
    pub(super) fn build(&mut self, at: &Location, document: &Document) -> Option<Described> {
        self.at = Some(at.clone());
        self.subject = document.subject();
        let object: Object = match document {
            Document::Organisation(organisation) => {
                return Some(Described::Organisation(self.organisation(organisation)));
            }
            Document::Team(team) => self.team(team).into(),
            Document::User(user) => self.user(user).into(),
            Document::Schedule(schedule) => self.schedule(schedule).into(),
            Document::Policy(policy) => self.policy(policy).into(),
            Document::Service(service) => self.service(service).into(),
            Document::Integration(integration) => self.integration(integration)?.into(),
        };
        Some(Described::Object(object))
    }

    fn problem(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let (at, subject) = (self.at.clone(), self.subject.clone());
        self.problems.push(Problem { at, subject, field: field.into(), message: message.into() });
    }

    pub(super) fn find(&mut self, kind: Kind, slug: &str, field: &str) -> Option<Uuid> {
        self.names.find(kind, slug).map_err(|message| self.problem(field, message)).ok()
    }

    pub(super) fn team_of(&mut self, slug: Option<&String>) -> Option<TeamId> {
        self.find(Kind::Team, slug?, "team").map(TeamId::new)
    }

    /// The identity that was given to the document's name before.
    pub(super) fn identity(&self, kind: Kind, slug: &str) -> Uuid {
        self.names.find(kind, slug).expect("every described thing has a name")
    }

    fn organisation(&self, document: &OrganisationDocument) -> Organisation {
        let now = &self.current.organisation;
        let given_or = |given: &Option<String>, existing: &Option<String>| given.clone().or_else(|| existing.clone());
        Organisation {
            name: document.name.clone().unwrap_or_else(|| now.name.clone()),
            time_zone: document.time_zone.clone().unwrap_or_else(|| now.time_zone.clone()),
            address: given_or(&document.address, &now.address),
            mail: document.mail.as_ref().map(mail).or_else(|| now.mail.clone()),
            keep: document.keep.unwrap_or(now.keep),
        }
    }

    fn team(&self, document: &TeamDocument) -> Team {
        Team {
            id: TeamId::new(self.identity(Kind::Team, &document.slug)),
            name: name(&document.name, &document.slug),
            slug: document.slug.clone(),
            description: document.description.clone(),
        }
    }

    fn user(&mut self, document: &UserDocument) -> User {
        let id = UserId::new(self.identity(Kind::User, &document.slug));
        let existing = self.current.user(id).cloned();
        let existing = existing.as_deref();
        let contacts = match &document.contacts {
            Some(contacts) => self.contacts(contacts, existing.map_or(&[][..], |user| &user.contacts)),
            None => existing.map(|user| user.contacts.clone()).unwrap_or_default(),
        };
        let time_off = match &document.time_off {
            Some(time_off) => self.time_off(time_off, existing.map_or(&[][..], |user| &user.time_off)),
            None => existing.map(|user| user.time_off.clone()).unwrap_or_default(),
        };
        let (high_urgency, low_urgency) = match &document.rules {
            Some(rules) => {
                (self.rungs("rules.high", &rules.high, &contacts), self.rungs("rules.low", &rules.low, &contacts))
            }
            None => existing
                .map(|user| (kept(&user.high_urgency, &contacts), kept(&user.low_urgency, &contacts)))
                .unwrap_or_default(),
        };
        let in_team = |(index, slug): (usize, &String)| {
            self.find(Kind::Team, slug, &format!("teams[{}]", index + 1)).map(TeamId::new)
        };
        User {
            id,
            slug: document.slug.clone(),
            name: name(&document.name, &document.slug),
            email: document.email.clone(),
            role: document.role.or(existing.map(|user| user.role)).unwrap_or(Role::Responder),
            time_zone: document.time_zone.clone(),
            teams: document.teams.iter().enumerate().filter_map(in_team).collect(),
            skills: document.skills.clone(),
            contacts,
            high_urgency,
            low_urgency,
            time_off,
            silent_handovers: silent(document.handover_messages, existing.is_some_and(|user| user.silent_handovers)),
            holidays: document.holidays.clone().map(|Text(region)| region),
            suspended: document.suspended.unwrap_or_else(|| existing.is_some_and(|user| user.suspended)),
        }
    }

    /// Days off keep their identity as long as they say the same.
    fn time_off(&mut self, documents: &[TimeOffDocument], existing: &[TimeOff]) -> Vec<TimeOff> {
        let mut known: Vec<&TimeOff> = existing.iter().collect();
        let mut time_off = Vec::new();
        for TimeOffDocument { from: Text(from), until, note } in documents {
            let until = until.map_or(*from, |Text(until)| until);
            let same = known.iter().position(|off| (off.from, off.until, &off.note) == (*from, until, note));
            let id = match same {
                Some(place) => known.remove(place).id,
                None => TimeOffId::new((self.ids)()),
            };
            time_off.push(TimeOff { id, from: *from, until, note: note.clone() });
        }
        time_off
    }

    /// Contact methods keep their identity by their name, and stay verified as long as they lead to the same place.
    fn contacts(&mut self, documents: &[ContactDocument], existing: &[ContactMethod]) -> Vec<ContactMethod> {
        let mut contacts: Vec<ContactMethod> = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            let called = document.called();
            if contacts.iter().any(|other| other.name == called) {
                self.problem(
                    format!("contacts[{}].name", index + 1),
                    format!("two contact methods are called `{called}`; give one of them another `name`"),
                );
                continue;
            }
            let before = existing.iter().find(|contact| contact.name == called);
            let same =
                before.filter(|contact| contact.channel == document.channel && contact.address == document.address);
            let verified_at = same.and_then(|contact| contact.verified_at);
            contacts.push(ContactMethod {
                id: before.map_or_else(|| ContactMethodId::new((self.ids)()), |contact| contact.id),
                name: called.to_owned(),
                channel: document.channel.clone(),
                address: document.address.clone(),
                verified_at: match document.verified {
                    None => verified_at,
                    Some(true) => verified_at.or(Some(self.now)),
                    Some(false) => None,
                },
            });
        }
        contacts
    }

    fn rungs(&mut self, field: &str, documents: &[RungDocument], contacts: &[ContactMethod]) -> Vec<Rung> {
        let mut rungs = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            if let Some(contact) = contacts.iter().find(|contact| contact.name == document.contact) {
                rungs.push(Rung { after: document.after, contact: contact.id });
                continue;
            }
            let known = contacts.iter().map(|contact| contact.name.as_str());
            let remedy = match nearest(&document.contact, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name one of this person's `contacts`".to_owned(),
            };
            self.problem(
                format!("{field}[{}].contact", index + 1),
                format!("there is no contact method `{}`; {remedy}", document.contact),
            );
        }
        rungs
    }

    fn schedule(&mut self, document: &ScheduleDocument) -> Schedule {
        let id = ScheduleId::new(self.identity(Kind::Schedule, &document.slug));
        let known = self.current.schedule(id);
        let was_silent = known.is_some_and(|schedule| schedule.silent_handovers);
        let existing = known.map(|schedule| schedule.overrides.clone()).unwrap_or_default();
        let layers = document.layers.iter().enumerate();
        Schedule {
            id,
            slug: document.slug.clone(),
            name: name(&document.name, &document.slug),
            team: self.team_of(document.team.as_ref()),
            time_zone: document.time_zone.clone(),
            layers: layers.map(|(index, layer)| self.layer(index + 1, layer)).collect(),
            overrides: match &document.overrides {
                Some(overrides) => self.overrides(overrides, &document.time_zone, &existing),
                None => existing,
            },
            silent_handovers: silent(document.handover_messages, was_silent),
        }
    }

    fn layer(&mut self, number: usize, document: &LayerDocument) -> Layer {
        let crew = |(index, CrewDocument(slugs)): (usize, &CrewDocument)| {
            let field = format!("layers[{number}].participants[{}]", index + 1);
            let people = slugs.iter().filter_map(|slug| self.find(Kind::User, slug, &field).map(UserId::new));
            people.collect::<Crew>()
        };
        Layer {
            name: document.name.clone().unwrap_or_else(|| format!("layer {number}")),
            time_zone: document.time_zone.clone(),
            participants: document.participants.iter().enumerate().map(crew).collect(),
            start: document.start.0,
            end: document.end.map(|end| end.0),
            turn: document.turn.0.clone(),
            restrictions: document.restrictions.iter().flat_map(super::Hours::restrictions).collect(),
            holidays: document.holidays.as_ref().map(|days| Holidays {
                of: days.of.0.clone(),
                when: days.when,
                also: days.also.iter().map(|Text(date)| *date).collect(),
            }),
            shadow: document.shadow,
        }
    }

    fn overrides(&mut self, documents: &[OverrideDocument], zone: &Zone, existing: &[Override]) -> Vec<Override> {
        let key = |cover: &Override| (cover.user, cover.replaces, cover.starts, cover.ends);
        let mut known: HashMap<_, Vec<OverrideId>> = HashMap::new();
        for cover in existing.iter().rev() {
            known.entry(key(cover)).or_default().push(cover.id);
        }
        let mut overrides = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            let field = |name| format!("overrides[{}].{name}", index + 1);
            let user = self.find(Kind::User, &document.user, &field("user"));
            let replaces = document.replaces.as_ref().map(|slug| self.find(Kind::User, slug, &field("replaces")));
            let replaces = replaces.map(|found| found.map(UserId::new));
            let [starts, ends] = [("starts", document.starts), ("ends", document.ends)].map(|(name, moment)| {
                let found = moment.0.in_zone(zone);
                if found.is_none() {
                    self.problem(field(name), "it lies outside of the calendar; use a year from 1 to 9999");
                }
                found
            });
            if let (Some(user), Some(starts), Some(ends)) = (user.map(UserId::new), starts, ends)
                && replaces != Some(None)
            {
                let replaces = replaces.flatten();
                let same = known.get_mut(&(user, replaces, starts, ends)).and_then(Vec::pop);
                let id = same.unwrap_or_else(|| OverrideId::new((self.ids)()));
                overrides.push(Override { id, user, replaces, starts, ends });
            }
        }
        overrides
    }

    fn service(&mut self, document: &ServiceDocument) -> Service {
        let policy = document.policy.as_ref();
        Service {
            id: ServiceId::new(self.identity(Kind::Service, &document.slug)),
            slug: document.slug.clone(),
            name: name(&document.name, &document.slug),
            description: document.description.clone(),
            team: self.team_of(document.team.as_ref()),
            policy: policy.and_then(|slug| self.find(Kind::Policy, slug, "policy")).map(PolicyId::new),
            urgency: document.urgency,
            grouping: document.grouping.0.clone(),
            stays_open: document.stays_open,
            runbook: document.runbook.clone(),
        }
    }

    fn integration(&mut self, document: &IntegrationDocument) -> Option<Integration> {
        let id = IntegrationId::new(self.identity(Kind::Integration, &document.slug));
        let existing = self.current.integration(id).map(Arc::clone);
        let service = ServiceId::new(self.find(Kind::Service, &document.service, "service")?);
        Some(Integration {
            id,
            slug: document.slug.clone(),
            name: name(&document.name, &document.slug),
            service,
            source: document.source.clone(),
            key_digest: self.key(id, document, existing.as_deref()),
            disabled: document.disabled.unwrap_or_else(|| existing.is_some_and(|existing| existing.disabled)),
        })
    }

    fn key(&mut self, id: IntegrationId, document: &IntegrationDocument, existing: Option<&Integration>) -> String {
        let slug = document.slug.clone();
        match (&document.key, existing) {
            (Some(Key(key)), _) => {
                if key.chars().count() < KEY_CHARACTERS || key.contains(|c: char| c.is_whitespace() || c.is_control()) {
                    self.problem(
                        "key",
                        format!(
                            "a key is a password: use at least {KEY_CHARACTERS} characters and no spaces, or leave it \
                             out to have one made"
                        ),
                    );
                }
                let digest = key_digest(key);
                if existing.is_none_or(|existing| existing.key_digest != digest) {
                    self.keys.push(KeyNeeded { integration: id, slug, given: Some(Key(key.clone())) });
                }
                digest
            }
            (None, Some(existing)) => existing.key_digest.clone(),
            (None, None) => {
                self.keys.push(KeyNeeded { integration: id, slug, given: None });
                // No key has this digest, and no two integrations share it.
                format!("to be made for {id}")
            }
        }
    }
}

pub(super) fn name(given: &Option<String>, slug: &str) -> String {
    given.as_deref().unwrap_or(slug).to_owned()
}

/// The rules whose contact methods are still there.
fn kept(rungs: &[Rung], contacts: &[ContactMethod]) -> Vec<Rung> {
    let known = |rung: &&Rung| contacts.iter().any(|contact| contact.id == rung.contact);
    rungs.iter().filter(known).copied().collect()
}

fn mail(document: &MailDocument) -> MailServer {
    let usual = match document.security {
        MailSecurity::Starttls => 587,
        MailSecurity::Tls => 465,
        MailSecurity::None => 25,
    };
    MailServer {
        host: document.host.clone(),
        port: document.port.unwrap_or(usual),
        security: document.security,
        username: document.username.clone(),
        sender: document.sender.clone(),
    }
}

/// Whether handovers are told to nobody: as the document says, or as it was.
fn silent(told: Option<bool>, was: bool) -> bool {
    told.map_or(was, |told| !told)
}
