//! Changing the directory: all or nothing, and never into one that contradicts itself.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::{Directory, Grouping, Kind, Object, Organisation, Retention, Rung, User};
use crate::holiday::Region;
use crate::limits;
use crate::schedule::{Crew, Layer, Schedule, Turn};
use crate::wait::Wait;

/// One change of the directory.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds a thing, or puts it in the place of the one with the same identity.
    Put(Object),
    /// Takes a thing out.
    Remove(Kind, Uuid),
    /// Changes the settings.
    Organisation(Organisation),
}

/// Why a change is refused: which field, what it held, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `service checkout: policy`.
    pub field: String,
    /// What is wrong with which value, and the remedy.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field, self.message)
    }
}

pub(super) struct Problems<'a> {
    subject: String,
    found: &'a mut Vec<Problem>,
}

impl Problems<'_> {
    pub(super) fn add(&mut self, field: &str, message: String) {
        self.found.push(Problem { field: format!("{}: {field}", self.subject), message });
    }

    pub(super) fn check(&mut self, holds: bool, field: &str, message: impl FnOnce() -> String) {
        if !holds {
            self.add(field, message());
        }
    }

    fn region(&mut self, field: &str, region: &Region) {
        if let Err(message) = region.code().parse::<Region>() {
            self.add(field, message);
        }
    }

    pub(super) fn at_most(&mut self, field: &str, count: usize, limit: usize) {
        self.check(count <= limit, field, || format!("there are {count}; at most {limit} are possible"));
    }

    pub(super) fn text(&mut self, field: &str, value: &str, limit: usize) {
        self.check(!value.trim().is_empty(), field, || "it is empty; give it a value".into());
        self.check(value.chars().count() <= limit, field, || {
            format!("it is longer than {limit} characters; shorten it")
        });
    }
}

impl Directory {
    /// The directory after these changes, or everything that is wrong with them.
    pub fn changed(&self, changes: &[Change]) -> Result<Self, Vec<Problem>> {
        let mut next = self.clone();
        let mut problems = Vec::new();
        for change in changes {
            match change {
                Change::Put(object) => {
                    next.insert(object.clone());
                }
                Change::Remove(kind, uuid) => next.remove((*kind, *uuid)),
                Change::Organisation(organisation) => {
                    check_organisation(organisation, &mut problems);
                    next.organisation = Arc::new(organisation.clone());
                }
            }
        }
        for object in next.objects.values() {
            // A thing that stayed as it was can only have gone wrong by what it refers to, so all of them are checked.
            next.check(object, &mut problems);
        }
        if problems.is_empty() {
            next.version = self.version + 1;
            Ok(next)
        } else {
            Err(problems)
        }
    }

    fn check(&self, object: &Object, found: &mut Vec<Problem>) {
        let slug = object.slug();
        // It stands in front of each problem, and there may be thousands.
        let named: String = slug.chars().take(limits::SLUG_CHARACTERS).collect();
        let mut problems = Problems { subject: format!("{} {named}", object.kind().word()), found };
        problems.text("slug", slug, limits::SLUG_CHARACTERS);
        problems.check(is_plain(slug), "slug", || {
            format!("`{slug}` has characters that do not belong in an address; use a-z, 0-9, `-`, `_` and `.`")
        });
        let owner = self.by_slug(object.kind(), slug);
        problems.check(owner.is_some_and(|owner| owner.uuid() == object.uuid()), "slug", || {
            let other = owner.map_or("something else", Object::name);
            format!("`{slug}` is taken by `{other}`; choose another one")
        });
        problems.text("name", object.name(), limits::NAME_CHARACTERS);
        match object {
            Object::Team(_) => {}
            Object::User(user) => self.check_user(user, &mut problems),
            Object::Schedule(schedule) => self.check_schedule(schedule, &mut problems),
            Object::Policy(policy) => self.check_policy(policy, &mut problems),
            Object::Service(service) => {
                self.refers(Kind::Team, service.team.map(|id| id.uuid()), "team", &mut problems);
                self.refers(Kind::Policy, service.policy.map(|id| id.uuid()), "policy", &mut problems);
                match &service.grouping {
                    Grouping::Alert => {}
                    Grouping::Service { window } => check_window(*window, &mut problems),
                    Grouping::Labels { labels, window } => {
                        check_window(*window, &mut problems);
                        problems
                            .check(!labels.is_empty(), "grouping.labels", || "there is none; name at least one".into());
                    }
                }
            }
            Object::Integration(integration) => {
                self.refers(Kind::Service, Some(integration.service.uuid()), "service", &mut problems);
                let other = self.integration_by_key_digest(&integration.key_digest);
                problems.check(other.is_some_and(|other| other.id == integration.id), "key", || {
                    "another integration has the same key; each needs its own".into()
                });
            }
        }
    }

    pub(super) fn refers(&self, kind: Kind, uuid: Option<Uuid>, field: &str, problems: &mut Problems<'_>) {
        if let Some(uuid) = uuid
            && self.object(kind, uuid).is_none()
        {
            problems.add(
                field,
                format!("there is no such {0}; name an existing {0}, or keep the one it uses", kind.word()),
            );
        }
    }

    fn check_user(&self, user: &User, problems: &mut Problems<'_>) {
        for team in &user.teams {
            self.refers(Kind::Team, Some(team.uuid()), "teams", problems);
        }
        problems.at_most("skills", user.skills.len(), limits::SKILLS);
        for skill in &user.skills {
            problems.text("skills", skill, limits::SLUG_CHARACTERS);
            problems.check(is_plain(skill), "skills", || {
                let shown: String = skill.chars().take(limits::SLUG_CHARACTERS).collect();
                format!("`{shown}` is not a short name; use a-z, 0-9, `-`, `_` and `.`")
            });
        }
        problems.at_most("time_off", user.time_off.len(), limits::TIME_OFF);
        for off in &user.time_off {
            problems.check(off.from <= off.until, "time_off", || {
                format!("its last day ({}) is before its first ({}); swap the two", off.until, off.from)
            });
            problems.check(off.note.chars().count() <= limits::NAME_CHARACTERS, "time_off.note", || {
                format!("it is longer than {} characters; shorten it", limits::NAME_CHARACTERS)
            });
        }
        if let Some(region) = &user.holidays {
            problems.region("holidays", region);
        }
        problems.at_most("contacts", user.contacts.len(), limits::CONTACT_METHODS);
        for contact in &user.contacts {
            problems.text("contacts.address", &contact.address, limits::LINK_CHARACTERS);
            problems.text("contacts.name", &contact.name, limits::NAME_CHARACTERS);
        }
        let names: HashSet<&str> = user.contacts.iter().map(|contact| contact.name.as_str()).collect();
        problems.check(names.len() == user.contacts.len(), "contacts.name", || {
            "two contact methods have the same name; rules name them, so give each its own".into()
        });
        let known: HashSet<_> = user.contacts.iter().map(|contact| contact.id).collect();
        problems.check(known.len() == user.contacts.len(), "contacts", || "two have the same identity".into());
        for (field, rungs) in [("high_urgency", &user.high_urgency), ("low_urgency", &user.low_urgency)] {
            problems.at_most(field, rungs.len(), limits::RUNGS);
            problems.check(rungs.iter().all(|Rung { contact, .. }| known.contains(contact)), field, || {
                "a rule names a contact method that this person does not have; remove the rule or add the contact method"
                    .into()
            });
        }
    }

    fn check_schedule(&self, schedule: &Schedule, problems: &mut Problems<'_>) {
        self.refers(Kind::Team, schedule.team.map(|id| id.uuid()), "team", problems);
        problems.at_most("layers", schedule.layers.len(), limits::LAYERS);
        problems.at_most("overrides", schedule.overrides.len(), limits::OVERRIDES);
        for (number, layer) in schedule.layers.iter().enumerate() {
            self.check_layer(&format!("layers[{}]", number + 1), layer, problems);
        }
        for cover in &schedule.overrides {
            self.refers(Kind::User, Some(cover.user.uuid()), "overrides.user", problems);
            self.refers(Kind::User, cover.replaces.map(|user| user.uuid()), "overrides.replaces", problems);
            problems.check(cover.replaces != Some(cover.user), "overrides.replaces", || {
                "they would replace themselves; name somebody else, or leave it out for everybody".into()
            });
            problems.check(cover.starts < cover.ends, "overrides", || {
                format!("it ends ({}) before it starts ({}); swap the two", cover.ends, cover.starts)
            });
        }
    }

    fn check_crew(&self, field: &str, crew: &Crew, problems: &mut Problems<'_>) {
        for user in crew.people() {
            self.refers(Kind::User, Some(user.uuid()), field, problems);
        }
        problems.at_most(field, crew.people().len(), limits::CREW);
        problems.check(!crew.people().is_empty(), field, || {
            "nobody takes this turn; name somebody, or leave the turn out".into()
        });
        let each: HashSet<_> = crew.people().iter().collect();
        problems.check(each.len() == crew.people().len(), field, || {
            "somebody is named twice for one turn; name each once".into()
        });
    }

    fn check_layer(&self, field: &str, layer: &Layer, problems: &mut Problems<'_>) {
        problems.text(&format!("{field}.name"), &layer.name, limits::NAME_CHARACTERS);
        let people: usize = layer.participants.iter().map(|crew| crew.people().len().max(1)).sum();
        problems.at_most(&format!("{field}.participants"), people, limits::LAYER_PARTICIPANTS);
        problems.at_most(&format!("{field}.restrictions"), layer.restrictions.len(), limits::RESTRICTIONS);
        if let Some(holidays) = &layer.holidays {
            problems.region(&format!("{field}.holidays.of"), &holidays.of);
            problems.at_most(&format!("{field}.holidays.also"), holidays.also.len(), limits::COMPANY_DAYS);
        }
        for (number, crew) in (1..).zip(&layer.participants) {
            self.check_crew(&format!("{field}.participants[{number}]"), crew, problems);
        }
        match &layer.turn {
            Turn::Hours(length) | Turn::Days(length) | Turn::Weeks(length) | Turn::Months(length) => {
                problems.check((1..=limits::TURN_LENGTH).contains(length), &format!("{field}.turn"), || {
                    format!("{length} is not a length of a turn; use 1 to {}", limits::TURN_LENGTH)
                });
            }
            Turn::Recurring(recurrence) => {
                if let Err(message) = recurrence.check(layer.start) {
                    problems.add(&format!("{field}.turn"), message);
                }
            }
        }
        problems.check(layer.end.is_none_or(|end| layer.start < end), &format!("{field}.end"), || {
            "it is not after the start; leave it out, or make it later".into()
        });
    }
}

/// Whether a short name has only characters that belong in an address.
pub(super) fn is_plain(slug: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    slug.chars().all(plain) && !slug.starts_with(['-', '.'])
}

fn check_organisation(organisation: &Organisation, found: &mut Vec<Problem>) {
    let mut problems = Problems { subject: "organisation".to_owned(), found };
    let (least, longest) = (Retention::LEAST, Wait::LONGEST);
    for (name, kept) in organisation.keep.settings() {
        problems.check(kept >= least, &format!("keep.{name}"), || {
            format!("`{kept}` is too short: everything is kept for a day; use `{least}` to `{longest}`")
        });
    }
}

fn check_window(window: Wait, problems: &mut Problems<'_>) {
    problems.check(
        window >= Wait::minutes(1) && window <= Wait::hours(limits::GROUPING_HOURS),
        "grouping.window",
        || format!("`{window}` is out of range; use 1m to {}h", limits::GROUPING_HOURS),
    );
}
