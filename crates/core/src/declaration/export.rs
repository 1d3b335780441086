//! From the things in the directory to the documents that describe them.

use super::document::{
    ContactDocument, Document, GroupingDocument, HolidaysDocument, IntegrationDocument, LayerDocument, MailDocument,
    OrganisationDocument, OverrideDocument, RulesDocument, RungDocument, ScheduleDocument, ServiceDocument,
    TeamDocument, TimeOffDocument, UserDocument,
};
use super::hours::Hours;
use super::policy::describe_policy;
use super::rotation::{CrewDocument, TurnDocument};
use super::text::{Moment, Text};
use crate::directory::{Directory, Integration, Kind, Object, Organisation, Rung, Service, Team, TimeOff, User};
use crate::schedule::{Crew, Layer, Override, Schedule};

/// The documents that describe the whole directory: the organisation first, then each kind after the ones that it
/// refers to, by slug. Keys and passwords are not in them. Planning them against the same directory changes nothing.
pub fn export(directory: &Directory) -> Vec<Document> {
    let mut documents = vec![Document::Organisation(organisation(&directory.organisation))];
    for kind in Kind::ALL {
        let mut objects: Vec<&Object> = directory.of_kind(kind).collect();
        objects.sort_by_key(|object| object.slug());
        documents.extend(objects.into_iter().map(|object| describe(directory, object)));
    }
    documents
}

/// The document that describes one thing of the directory.
pub fn describe(directory: &Directory, object: &Object) -> Document {
    let slugs = Slugs(directory);
    match object {
        Object::Team(inner) => Document::Team(team(inner)),
        Object::User(inner) => Document::User(slugs.describe_user(inner)),
        Object::Schedule(inner) => Document::Schedule(slugs.describe_schedule(inner)),
        Object::Policy(inner) => Document::Policy(describe_policy(directory, inner)),
        Object::Service(inner) => Document::Service(slugs.describe_service(inner)),
        Object::Integration(inner) => Document::Integration(slugs.describe_integration(inner)),
    }
}

pub(super) fn organisation(organisation: &Organisation) -> OrganisationDocument {
    OrganisationDocument {
        name: Some(organisation.name.clone()).filter(|name| !name.is_empty()),
        time_zone: Some(organisation.time_zone.clone()),
        address: organisation.address.clone(),
        mail: organisation.mail.as_ref().map(|mail| MailDocument {
            host: mail.host.clone(),
            port: Some(mail.port),
            security: mail.security,
            username: mail.username.clone(),
            sender: mail.sender.clone(),
        }),
        keep: Some(organisation.keep).filter(|keep| !keep.is_default()),
    }
}

fn team(team: &Team) -> TeamDocument {
    TeamDocument { slug: team.slug.clone(), name: Some(team.name.clone()), description: team.description.clone() }
}

fn describe_time_off(off: &TimeOff) -> TimeOffDocument {
    let until = Some(Text(off.until)).filter(|_| off.until != off.from);
    TimeOffDocument { from: Text(off.from), until, note: off.note.clone() }
}

/// Turns identities into slugs. The directory has checked them all.
struct Slugs<'a>(&'a Directory);

impl Slugs<'_> {
    fn slug(&self, kind: Kind, uuid: uuid::Uuid) -> String {
        self.0.object(kind, uuid).map(|object| object.slug().to_owned()).unwrap_or_default()
    }

    fn describe_user(&self, user: &User) -> UserDocument {
        let rungs = |rungs: &[Rung]| {
            let contact = |rung: &Rung| user.contact(rung.contact).map(|contact| contact.name.clone());
            let rung = |rung: &Rung| Some(RungDocument { after: rung.after, contact: contact(rung)? });
            rungs.iter().filter_map(rung).collect()
        };
        let contacts = user.contacts.iter().map(|contact| ContactDocument {
            name: Some(contact.name.clone()),
            channel: contact.channel.clone(),
            address: contact.address.clone(),
            verified: contact.verified_at.map(|_| true),
        });
        let rules = RulesDocument { high: rungs(&user.high_urgency), low: rungs(&user.low_urgency) };
        UserDocument {
            slug: user.slug.clone(),
            name: Some(user.name.clone()),
            email: user.email.clone(),
            role: Some(user.role),
            time_zone: user.time_zone.clone(),
            teams: user.teams.iter().map(|team| self.slug(Kind::Team, team.uuid())).collect(),
            skills: user.skills.clone(),
            contacts: Some(contacts.collect::<Vec<_>>()).filter(|contacts| !contacts.is_empty()),
            rules: Some(rules).filter(|rules| *rules != RulesDocument::default()),
            time_off: Some(user.time_off.iter().map(describe_time_off).collect::<Vec<_>>())
                .filter(|all| !all.is_empty()),
            handover_messages: Some(false).filter(|_| user.silent_handovers),
            holidays: user.holidays.clone().map(Text),
            suspended: Some(true).filter(|_| user.suspended),
        }
    }

    fn describe_schedule(&self, schedule: &Schedule) -> ScheduleDocument {
        let cover = |cover: &Override| OverrideDocument {
            user: self.slug(Kind::User, cover.user.uuid()),
            replaces: cover.replaces.map(|user| self.slug(Kind::User, user.uuid())),
            starts: Text(Moment::of(cover.starts, &schedule.time_zone)),
            ends: Text(Moment::of(cover.ends, &schedule.time_zone)),
        };
        let overrides: Vec<_> = schedule.overrides.iter().map(cover).collect();
        ScheduleDocument {
            slug: schedule.slug.clone(),
            name: Some(schedule.name.clone()),
            team: schedule.team.map(|team| self.slug(Kind::Team, team.uuid())),
            time_zone: schedule.time_zone.clone(),
            layers: schedule.layers.iter().map(|layer| self.describe_layer(layer)).collect(),
            overrides: Some(overrides).filter(|overrides| !overrides.is_empty()),
            handover_messages: Some(false).filter(|_| schedule.silent_handovers),
        }
    }

    fn describe_layer(&self, layer: &Layer) -> LayerDocument {
        LayerDocument {
            name: Some(layer.name.clone()),
            time_zone: layer.time_zone.clone(),
            start: Text(layer.start),
            end: layer.end.map(Text),
            turn: TurnDocument(layer.turn.clone()),
            participants: layer.participants.iter().map(|crew| self.describe_crew(crew)).collect(),
            restrictions: Hours::of(&layer.restrictions),
            holidays: layer.holidays.as_ref().map(|days| HolidaysDocument {
                of: Text(days.of.clone()),
                when: days.when,
                also: days.also.iter().copied().map(Text).collect(),
            }),
            shadow: layer.shadow,
        }
    }

    fn describe_crew(&self, crew: &Crew) -> CrewDocument {
        CrewDocument(crew.people().iter().map(|user| self.slug(Kind::User, user.uuid())).collect())
    }

    fn describe_service(&self, service: &Service) -> ServiceDocument {
        ServiceDocument {
            slug: service.slug.clone(),
            name: Some(service.name.clone()),
            description: service.description.clone(),
            team: service.team.map(|team| self.slug(Kind::Team, team.uuid())),
            policy: service.policy.map(|policy| self.slug(Kind::Policy, policy.uuid())),
            urgency: service.urgency,
            grouping: GroupingDocument(service.grouping.clone()),
            stays_open: service.stays_open,
            runbook: service.runbook.clone(),
        }
    }

    fn describe_integration(&self, integration: &Integration) -> IntegrationDocument {
        IntegrationDocument {
            slug: integration.slug.clone(),
            name: Some(integration.name.clone()),
            service: self.slug(Kind::Service, integration.service.uuid()),
            source: integration.source.clone(),
            key: None,
            disabled: Some(true).filter(|_| integration.disabled),
        }
    }
}
