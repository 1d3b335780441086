//! Companies in short form.
//!
//! ```text
//! person ana "Ana Ruiz" admin | phone, mail +2m | mail      rules for what wakes people, then for what can wait
//! schedule primary "Primary" Europe/Berlin | weekly 2026-10-19T09:00 ana ben
//! policy checkout "Checkout primary" repeats 1 lapse 30m | @primary 5m | ben cy 10m      see `company/policy.rs`
//! service checkout "Checkout" policy checkout group service 5m
//! integration checkout generic checkout                      slug, source, service
//! ```
//!
//! The parts of a line stand between bars. A person has one `phone` and one `mail` address; `phone?` is one that they
//! never verified. To say a line again is to change what it describes.

mod policy;

use std::collections::BTreeMap;

use allclear_core::directory::{
    Change, ContactMethod, Grouping, Integration, Kind, MailServer, Object, Organisation, Role, Rung, Service, User,
};
use allclear_core::id::{ContactMethodId, IntegrationId, OverrideId, PolicyId, ScheduleId, ServiceId, UserId};
use allclear_core::schedule::{Layer, Override, Schedule, Turn};
use allclear_core::severity::UrgencyRule;
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;
use jiff::Timestamp;
use uuid::Uuid;

use crate::outside::Provider;

/// When everybody verified their contact methods.
pub(crate) const LONG_AGO: Timestamp = Timestamp::constant(1_700_000_000, 0);

/// The id of the thing of that number.
pub(crate) fn numbered(number: u64) -> Uuid {
    Uuid::from_u128(0x018b_cfe5_6800_7000_8000_0000_0000_0000 + u128::from(number))
}

/// The organisation of every company in the fake world.
pub(crate) fn organisation(time_zone: Zone) -> Organisation {
    let mail = MailServer {
        host: "mail.example.com".to_owned(),
        port: 587,
        security: allclear_core::directory::MailSecurity::Starttls,
        username: None,
        sender: "Allclear <pager@example.com>".to_owned(),
    };
    Organisation {
        name: "Example".to_owned(),
        time_zone,
        address: Some("https://pager.example.com".to_owned()),
        mail: Some(mail),
        ..Organisation::default()
    }
}

/// The address of a person at a provider.
pub(crate) fn address(provider: Provider, person: &str) -> String {
    match provider {
        Provider::Mail => format!("{person}@example.com"),
        Provider::Phones => format!("https://phones.example.com/{person}"),
    }
}

/// Somebody's contact method.
pub(crate) fn contact(id: u64, provider: Provider, person: &str, verified: bool) -> ContactMethod {
    let name = match provider {
        Provider::Mail => "mail",
        Provider::Phones => "phone",
    };
    ContactMethod {
        id: ContactMethodId::new(numbered(id)),
        name: name.to_owned(),
        channel: provider.channel().to_owned(),
        address: address(provider, person),
        verified_at: verified.then_some(LONG_AGO),
    }
}

/// What was said of a company so far: which short name is which thing.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    ids: BTreeMap<String, u64>,
}

type Parsed<T> = Result<T, String>;

impl Cast {
    fn number(&mut self, name: &str) -> u64 {
        let next = self.ids.len() as u64 + 1;
        *self.ids.entry(name.to_owned()).or_insert(next)
    }

    fn id(&mut self, kind: Kind, slug: &str) -> Uuid {
        numbered(self.number(&format!("{} {slug}", kind.word())))
    }

    /// The person of that short name.
    pub(crate) fn user(&mut self, slug: &str) -> UserId {
        UserId::new(self.id(Kind::User, slug))
    }

    /// The service of that short name.
    pub(crate) fn service(&mut self, slug: &str) -> ServiceId {
        ServiceId::new(self.id(Kind::Service, slug))
    }

    /// The policy of that short name.
    pub(crate) fn policy(&mut self, slug: &str) -> PolicyId {
        PolicyId::new(self.id(Kind::Policy, slug))
    }

    fn contact(&mut self, provider: Provider, person: &str, verified: bool) -> ContactMethod {
        contact(self.number(&format!("contact {} {person}", provider.name())), provider, person, verified)
    }

    /// Reads a line that describes something.
    pub(crate) fn read(&mut self, line: &str) -> Parsed<Change> {
        let parts: Vec<Vec<String>> = line.split('|').map(words).collect();
        let (head, parts) = parts.split_first().ok_or("there is nothing on the line")?;
        let mut head = Words::new(head);
        let object: Object = match head.next("what it is")?.as_str() {
            "person" => self.person(head, parts)?.into(),
            "schedule" => self.schedule(head, parts)?.into(),
            "policy" => self.escalation(head, parts)?.into(),
            "service" => self.owned(head)?.into(),
            "integration" => self.integration(head)?.into(),
            other => return Err(format!("`{other}` is nothing that a company has")),
        };
        Ok(Change::Put(object))
    }

    fn person(&mut self, mut head: Words<'_>, parts: &[Vec<String>]) -> Parsed<User> {
        let slug = head.next("a short name")?;
        let name = head.next("a name")?;
        let (mut role, mut suspended) = (Role::Responder, false);
        while let Some(word) = head.more() {
            match word.as_str() {
                "suspended" => suspended = true,
                word => {
                    let known = Role::ALL.into_iter().find(|role| role.word() == word);
                    role = known.ok_or_else(|| format!("`{word}` is not a role"))?;
                }
            }
        }
        let mut contacts = Vec::new();
        let mut rules = [Vec::new(), Vec::new()];
        for (rules, part) in rules.iter_mut().zip(parts) {
            for rule in part.split(|word| word == ",").filter(|rule| !rule.is_empty()) {
                let mut rule = Words::new(rule);
                let way = rule.next("phone or mail")?;
                let (way, verified) = way.strip_suffix('?').map_or((way.as_str(), true), |way| (way, false));
                let provider = match way {
                    "phone" => Provider::Phones,
                    "mail" => Provider::Mail,
                    other => return Err(format!("`{other}` is neither `phone` nor `mail`")),
                };
                let after = match rule.more() {
                    Some(wait) => wait.trim_start_matches('+').parse()?,
                    None => Wait::NONE,
                };
                let contact = self.contact(provider, &slug, verified);
                rules.push(Rung { after, contact: contact.id });
                if contacts.iter().all(|known: &ContactMethod| known.id != contact.id) {
                    contacts.push(contact);
                }
            }
        }
        let [high_urgency, low_urgency] = rules;
        Ok(User {
            id: self.user(&slug),
            slug: slug.clone(),
            name,
            email: address(Provider::Mail, &slug),
            role,
            time_zone: None,
            teams: Vec::new(),
            skills: Vec::new(),
            contacts,
            high_urgency,
            low_urgency,
            time_off: Vec::new(),
            silent_handovers: false,
            holidays: None,
            suspended,
        })
    }

    fn schedule(&mut self, mut head: Words<'_>, parts: &[Vec<String>]) -> Parsed<Schedule> {
        let slug = head.next("a short name")?;
        let name = head.next("a name")?;
        let time_zone: Zone = head.next("a time zone")?.parse()?;
        let (mut layers, mut overrides) = (Vec::new(), Vec::new());
        for part in parts {
            let mut words = Words::new(part);
            let first = words.next("daily, weekly, monthly, shadow or instead")?;
            let turn = match first.as_str() {
                "daily" => Turn::Days(1),
                "weekly" | "shadow" => Turn::Weeks(1),
                "monthly" => Turn::Months(1),
                "instead" => {
                    let user = words.next("a person")?;
                    let id = OverrideId::new(numbered(self.number(&format!("override {slug} {}", overrides.len()))));
                    let (starts, ends) = (moment(&words.next("a start")?)?, moment(&words.next("an end")?)?);
                    overrides.push(Override { id, user: self.user(&user), replaces: None, starts, ends });
                    continue;
                }
                other => {
                    return Err(format!("`{other}` is none of `daily`, `weekly`, `monthly`, `shadow` and `instead`"));
                }
            };
            let start = words.next("a start")?;
            let start = start.parse().map_err(|error| format!("`{start}`: {error}"))?;
            let mut participants = Vec::new();
            while let Some(person) = words.more() {
                participants.push(person.split('+').map(|one| self.user(one)).collect());
            }
            let (time_zone, end, restrictions) = (None, None, Vec::new());
            let name = first.clone();
            layers.push(Layer {
                name,
                time_zone,
                start,
                end,
                turn,
                participants,
                restrictions,
                holidays: None,
                shadow: first == "shadow",
            });
        }
        let id = ScheduleId::new(self.id(Kind::Schedule, &slug));
        Ok(Schedule { id, slug, name, team: None, time_zone, layers, overrides, silent_handovers: false })
    }

    fn owned(&mut self, mut head: Words<'_>) -> Parsed<Service> {
        let slug = head.next("a short name")?;
        let mut service = Service {
            id: self.service(&slug),
            slug,
            name: head.next("a name")?,
            description: String::new(),
            team: None,
            policy: None,
            urgency: UrgencyRule::BySeverity,
            grouping: Grouping::Alert,
            stays_open: false,
            runbook: None,
        };
        while let Some(word) = head.more() {
            match word.as_str() {
                "policy" => service.policy = Some(self.policy(&head.next("a policy")?)),
                "group" => {
                    let by = head.next("`service` or labels")?;
                    let window = head.next("a window")?.parse()?;
                    service.grouping = match by.as_str() {
                        "service" => Grouping::Service { window },
                        labels => Grouping::Labels { labels: labels.split('+').map(str::to_owned).collect(), window },
                    };
                }
                "urgency" => {
                    service.urgency = match head.next("an urgency")?.as_str() {
                        "high" => UrgencyRule::High,
                        "low" => UrgencyRule::Low,
                        other => return Err(format!("`{other}` is neither `high` nor `low`")),
                    };
                }
                "stays-open" => service.stays_open = true,
                "runbook" => service.runbook = Some(head.next("an address")?),
                other => return Err(format!("`{other}` is nothing that a service has")),
            }
        }
        Ok(service)
    }

    fn integration(&mut self, mut head: Words<'_>) -> Parsed<Integration> {
        let slug = head.next("a short name")?;
        let source = head.next("a source")?;
        allclear_inbound::by_name(&source).ok_or_else(|| format!("`{source}` is not a source"))?;
        let service = self.service(&head.next("a service")?);
        let id = IntegrationId::new(self.id(Kind::Integration, &slug));
        Ok(Integration {
            id,
            name: slug.clone(),
            key_digest: format!("digest of {slug}"),
            slug,
            service,
            source,
            disabled: false,
        })
    }
}

/// A moment: `2026-11-23T03:12:00Z`.
fn moment(text: &str) -> Parsed<Timestamp> {
    text.parse().map_err(|error| format!("`{text}` is not a moment: {error}"))
}

/// The words of a line; what stands in quotes is one word, and a comma is one, too.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.replace(',', " , ").split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Words to be taken one after the other.
pub(crate) struct Words<'a> {
    rest: std::slice::Iter<'a, String>,
}

impl<'a> Words<'a> {
    pub(crate) fn new(words: &'a [String]) -> Self {
        Self { rest: words.iter() }
    }

    /// The next one, which must be there.
    pub(crate) fn next(&mut self, what: &str) -> Parsed<String> {
        self.more().ok_or_else(|| format!("{what} is missing"))
    }

    /// The next one, if there is one.
    pub(crate) fn more(&mut self) -> Option<String> {
        self.rest.next().cloned()
    }

    /// The ones that are left.
    pub(crate) fn rest(&self) -> &'a [String] {
        self.rest.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let mut cast = Cast::default();
        let lines = [
            "person ana \"Ana Ruiz\" admin | phone, mail +2m | mail?",
            "schedule primary \"Primary\" Europe/Berlin | weekly 2026-10-19T09:00 ana ben",
            "policy checkout \"Checkout primary\" repeats 1 lapse 30m | @primary 5m | ana 10m",
            "service checkout \"Checkout\" policy checkout group cluster+job 5m stays-open",
            "integration checkout generic checkout",
        ];
        let read: Vec<Change> = lines.iter().map(|line| cast.read(line).unwrap()).collect();
        assert_eq!(read[0], cast.read(lines[0]).unwrap(), "the same line is the same thing");
        let Change::Put(Object::User(ana)) = &read[0] else { panic!() };
        assert_eq!((ana.contacts.len(), ana.high_urgency.len(), ana.low_urgency.len()), (2, 2, 1));
        assert_eq!(ana.high_urgency[1].after, Wait::minutes(2));
        for wrong in ["", "cat tom", "person ana", "policy p \"P\" | ana soon", "integration x morse checkout"] {
            assert!(cast.read(wrong).is_err(), "{wrong}");
        }
    }
}
