//! The people and things of a story, one to a line.
//!
//! ```text
//! person Ana: mail, phone 5m; low: mail 10m   their contact methods and rules; nothing after the colon for none
//! admin Dora: mail                            a person who is an admin
//! gone Gus: mail                              a person who has left
//! schedule Platform: Ana until 04:00, Ben     who is on call one after the other; `nobody` for a gap
//! policy Primary: Platform 5m, Ben+Cy 10m, repeats 1, lapses 30m
//! service Checkout: Primary, stays open, low  the policy and the settings
//! ```

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::directory::{
    Change, ContactMethod, Directory, Grouping, Kind, Object, Policy, Role, Rung, Service, Step, Target, User,
};
use crate::id::{ContactMethodId, OverrideId, PolicyId, ScheduleId, ServiceId, UserId};
use crate::schedule::{Override, Schedule};
use crate::severity::UrgencyRule;
use crate::wait::Wait;
use crate::zone::Zone;

/// A moment of the day of the stories, 23 November 2026 in UTC: `03:12`, `03:12:05`; `tomorrow 08:00` for the next.
pub(crate) fn moment(text: &str) -> Timestamp {
    let (days, time) = match text.strip_prefix("tomorrow ") {
        Some(time) => (1, time),
        None => (0, text),
    };
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let today: Timestamp = format!("2026-11-23T{time}{seconds}Z").parse().unwrap_or_else(|_| panic!("a time: {text}"));
    today + SignedDuration::from_hours(24 * days)
}

/// The directory of these lines.
pub(crate) fn directory(lines: &str) -> Directory {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(Directory::default(), |directory, line| with(&directory, line))
}

/// The directory with one more line, which may put a thing in the place of one of that name.
pub(crate) fn with(directory: &Directory, line: &str) -> Directory {
    let (head, rest) = line.split_once(':').unwrap_or((line, ""));
    let (kind, name) = head.split_once(' ').unwrap_or_else(|| panic!("a kind and a name: {line}"));
    let author = Author { directory, name, rest: rest.trim() };
    let object = match kind {
        "person" => author.person(Role::Responder, false).into(),
        "admin" => author.person(Role::Admin, false).into(),
        "gone" => author.person(Role::Responder, true).into(),
        "schedule" => author.schedule().into(),
        "policy" => author.policy().into(),
        "service" => author.service().into(),
        _ => panic!("a kind of line: {line}"),
    };
    let changed = directory.changed(&[Change::Put(object)]);
    changed.unwrap_or_else(|problems| panic!("{line}: {problems:?}"))
}

/// The thing of that kind and name.
pub(crate) fn find<'a>(directory: &'a Directory, kind: Kind, name: &str) -> Option<&'a Object> {
    directory.by_slug(kind, &slug(name))
}

/// The person of that name.
pub(crate) fn person(directory: &Directory, name: &str) -> UserId {
    let user = find(directory, Kind::User, name).unwrap_or_else(|| panic!("a person: {name}"));
    UserId::new(user.uuid())
}

/// The policy of that name.
pub(crate) fn policy(directory: &Directory, name: &str) -> PolicyId {
    let policy = find(directory, Kind::Policy, name).unwrap_or_else(|| panic!("a policy: {name}"));
    PolicyId::new(policy.uuid())
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

struct Author<'a> {
    directory: &'a Directory,
    name: &'a str,
    rest: &'a str,
}

impl Author<'_> {
    fn parts(&self) -> Vec<&str> {
        self.rest.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn identity(&self, kind: Kind) -> Uuid {
        let known = find(self.directory, kind, self.name).map(Object::uuid);
        known.unwrap_or_else(|| Uuid::from_u128(1 + self.directory.objects().count() as u128))
    }

    fn person(&self, role: Role, suspended: bool) -> User {
        let id = self.identity(Kind::User);
        let (high, low) = self.rest.split_once("; low:").unwrap_or((self.rest, ""));
        let (high, low) = (rungs(id, high), rungs(id, low));
        let mut contacts: Vec<ContactMethod> = Vec::new();
        for (name, rung) in high.iter().chain(&low) {
            if contacts.iter().all(|known| known.id != rung.contact) {
                let (name, channel) = (name.clone(), name.clone());
                let verified_at = Some(Timestamp::UNIX_EPOCH);
                contacts.push(ContactMethod { id: rung.contact, name, channel, address: "x".into(), verified_at });
            }
        }
        let bare = |rungs: Vec<(String, Rung)>| rungs.into_iter().map(|(_, rung)| rung).collect();
        User {
            id: UserId::new(id),
            slug: slug(self.name),
            name: self.name.into(),
            email: String::new(),
            role,
            time_zone: None,
            teams: Vec::new(),
            contacts,
            high_urgency: bare(high),
            low_urgency: bare(low),
            time_off: Vec::new(),
            suspended,
        }
    }

    fn schedule(&self) -> Schedule {
        let mut starts = Timestamp::MIN;
        let mut overrides = Vec::new();
        for (number, shift) in (1..).zip(self.parts()) {
            let (name, ends) = shift.split_once(" until ").unwrap_or((shift, ""));
            let ends = if ends.is_empty() { Timestamp::MAX } else { moment(ends) };
            if name != "nobody" {
                let id = OverrideId::new(Uuid::from_u128(number));
                overrides.push(Override { id, user: person(self.directory, name), replaces: None, starts, ends });
            }
            starts = ends;
        }
        Schedule {
            id: ScheduleId::new(self.identity(Kind::Schedule)),
            slug: slug(self.name),
            name: self.name.into(),
            team: None,
            time_zone: Zone::utc(),
            layers: Vec::new(),
            overrides,
        }
    }

    fn policy(&self) -> Policy {
        let (mut steps, mut repeats, mut acknowledgement_timeout) = (Vec::new(), 0, None);
        for part in self.parts() {
            match part.rsplit_once(' ') {
                Some(("repeats", number)) => repeats = number.parse().unwrap(),
                Some(("lapses", wait)) => acknowledgement_timeout = Some(wait.parse().unwrap()),
                Some((targets, wait)) => {
                    let targets = targets.split('+').map(|name| self.target(name)).collect();
                    steps.push(Step { targets, wait: wait.parse().unwrap() });
                }
                None => panic!("targets and a wait: {part}"),
            }
        }
        Policy {
            id: PolicyId::new(self.identity(Kind::Policy)),
            slug: slug(self.name),
            name: self.name.into(),
            team: None,
            steps,
            repeats,
            acknowledgement_timeout,
        }
    }

    fn target(&self, name: &str) -> Target {
        match find(self.directory, Kind::Schedule, name) {
            Some(schedule) => Target::Schedule(ScheduleId::new(schedule.uuid())),
            None => Target::User(person(self.directory, name)),
        }
    }

    fn service(&self) -> Service {
        let parts = self.parts();
        let urgency = if parts.contains(&"low") { UrgencyRule::Low } else { UrgencyRule::BySeverity };
        let named = parts.iter().find_map(|part| find(self.directory, Kind::Policy, part));
        Service {
            id: ServiceId::new(self.identity(Kind::Service)),
            slug: slug(self.name),
            name: self.name.into(),
            description: String::new(),
            team: None,
            policy: named.map(|policy| PolicyId::new(policy.uuid())),
            urgency,
            grouping: Grouping::Service { window: Wait::minutes(5) },
            stays_open: parts.contains(&"stays open"),
            runbook: None,
        }
    }
}

/// Each with the name of its contact method, which is the name of its channel, too.
fn rungs(user: Uuid, text: &str) -> Vec<(String, Rung)> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let rung = |part: &str| {
        let (name, wait) = part.split_once(' ').unwrap_or((part, "0s"));
        let letters = name.bytes().fold(0, |sum: u128, letter| sum * 256 + u128::from(letter));
        let contact = ContactMethodId::new(Uuid::from_u128((user.as_u128() << 96) | letters));
        (name.to_owned(), Rung { after: wait.parse().unwrap(), contact })
    };
    parts.map(rung).collect()
}
