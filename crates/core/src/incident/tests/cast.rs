//! The people and things of a story, one to a line.
//!
//! ```text
//! person Ana: mail, phone 5m; low: mail 10m   their contact methods and rules; nothing after the colon for none
//! admin Dora: mail                            a person who is an admin
//! gone Gus: mail                              a person who has left
//! schedule Platform: Ana until 04:00, Ben     who is on call one after the other; `nobody` for a gap
//! policy Primary: Platform 5m, Ben+Cy 10m, repeats 1, lapses 30m
//! service Checkout: Primary, stays open, low  the policy and the settings
//! team Storage
//! ```
//!
//! After a `|` people and schedules have their teams, people what they know:
//! `person Ana: mail | Storage, knows postgres`. Targets are also `next Platform`, `previous Platform`,
//! `everyone Platform` and `for Storage knowing postgres`. A step goes on after semicolons:
//! `Ana+Ben 5m; acks 2; turns; until resolved; hours; only sev1 sev2; only low; only inside; only 22:00-06:00; only
//! label team=db`. A policy has `office 09:00-17:00` every day, and `late 1h Dora`.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::directory::{
    Change, ContactMethod, Directory, Grouping, Inside, Kind, LateStep, Object, Policy, Role, Rung, Service, Step,
    Target, Team, User,
};
use crate::id::{ContactMethodId, OverrideId, PolicyId, ScheduleId, ServiceId, TeamId, UserId};
use crate::schedule::{Override, Restriction, Schedule};
use crate::severity::{Urgency, UrgencyRule};
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
    let (rest, belongs) = rest.split_once('|').unwrap_or((rest, ""));
    let author = Author { directory, name, rest: rest.trim(), belongs: belongs.trim() };
    let object = match kind {
        "person" => author.person(Role::Responder, false).into(),
        "admin" => author.person(Role::Admin, false).into(),
        "gone" => author.person(Role::Responder, true).into(),
        "team" => author.team().into(),
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
    /// What stands after the bar.
    belongs: &'a str,
}

impl Author<'_> {
    fn parts(&self) -> Vec<&str> {
        self.rest.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    fn identity(&self, kind: Kind) -> Uuid {
        let known = find(self.directory, kind, self.name).map(Object::uuid);
        known.unwrap_or_else(|| Uuid::from_u128(1 + self.directory.objects().count() as u128))
    }

    fn teams(&self) -> Vec<TeamId> {
        let parts = self.belongs.split(',').map(str::trim);
        parts.filter_map(|part| find(self.directory, Kind::Team, part)).map(|team| TeamId::new(team.uuid())).collect()
    }

    fn team(&self) -> Team {
        let id = TeamId::new(self.identity(Kind::Team));
        Team { id, slug: slug(self.name), name: self.name.into(), description: String::new() }
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
            teams: self.teams(),
            skills: self
                .belongs
                .split(',')
                .filter_map(|part| part.trim().strip_prefix("knows "))
                .map(str::to_owned)
                .collect(),
            contacts,
            high_urgency: bare(high),
            low_urgency: bare(low),
            time_off: Vec::new(),
            silent_handovers: false,
            holidays: None,
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
            team: self.teams().first().copied(),
            time_zone: Zone::utc(),
            layers: Vec::new(),
            overrides,
            silent_handovers: false,
        }
    }

    fn policy(&self) -> Policy {
        let id = PolicyId::new(self.identity(Kind::Policy));
        let mut policy = Policy::new(id, slug(self.name), self.name.into(), Vec::new());
        for part in self.parts() {
            if let Some((wait, targets)) = part.strip_prefix("late ").and_then(|late| late.split_once(' ')) {
                let targets = targets.split('+').map(|name| self.target(name)).collect();
                policy.unresolved.push(LateStep { after: wait.parse().unwrap(), targets });
                continue;
            }
            if let Some(hours) = part.strip_prefix("office ") {
                policy.working_hours.push(daily(hours));
                continue;
            }
            let (first, flags) = part.split_once(';').unwrap_or((part, ""));
            match first.rsplit_once(' ') {
                Some(("repeats", number)) => policy.repeats = number.parse().unwrap(),
                Some(("lapses", wait)) => policy.acknowledgement_timeout = Some(wait.parse().unwrap()),
                Some((targets, wait)) => {
                    let targets = targets.split('+').map(|name| self.target(name)).collect();
                    let mut step = Step::paging(targets, wait.parse().unwrap());
                    flags
                        .split(';')
                        .map(str::trim)
                        .filter(|flag| !flag.is_empty())
                        .for_each(|flag| set(&mut step, flag));
                    policy.steps.push(step);
                }
                None => panic!("targets and a wait: {part}"),
            }
        }
        policy
    }

    fn target(&self, name: &str) -> Target {
        let schedule = |name: &str| {
            let found = find(self.directory, Kind::Schedule, name).unwrap_or_else(|| panic!("a schedule: {name}"));
            ScheduleId::new(found.uuid())
        };
        if let Some(team) = name.strip_prefix("for ") {
            let (team, skill) = team.split_once(" knowing ").map_or((team, None), |(team, skill)| (team, Some(skill)));
            let team = find(self.directory, Kind::Team, team).unwrap_or_else(|| panic!("a team: {name}")).uuid();
            return Target::Team { team: TeamId::new(team), skill: skill.map(str::to_owned) };
        }
        match name.split_once(' ') {
            Some(("next", name)) => Target::NextOnCall(schedule(name)),
            Some(("previous", name)) => Target::PreviousOnCall(schedule(name)),
            Some(("everyone", name)) => Target::EveryoneOf(schedule(name)),
            Some(_) | None if find(self.directory, Kind::Schedule, name).is_some() => Target::Schedule(schedule(name)),
            Some(_) | None => Target::User(person(self.directory, name)),
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

fn daily(hours: &str) -> Restriction {
    let (from, until) = hours.split_once('-').expect("from-until");
    Restriction::Daily { from: from.parse().unwrap(), until: until.parse().unwrap() }
}

fn set(step: &mut Step, flag: &str) {
    let conditions = &mut step.only_if;
    match flag.split_once(' ') {
        None if flag == "turns" => step.round_robin = true,
        None if flag == "hours" => step.waits_for_hours = true,
        Some(("until", "resolved")) => step.until_resolved = true,
        Some(("acks", number)) => step.acknowledgements = number.parse().unwrap(),
        Some(("only", "inside")) => conditions.working_hours = Some(Inside::Inside),
        Some(("only", "outside")) => conditions.working_hours = Some(Inside::Outside),
        Some(("only", "high")) => conditions.urgency = Some(Urgency::High),
        Some(("only", "low")) => conditions.urgency = Some(Urgency::Low),
        Some(("only", what)) => match what.strip_prefix("label ").and_then(|label| label.split_once('=')) {
            Some((label, value)) => drop(conditions.labels.insert(label.to_owned(), value.to_owned())),
            None if what.contains(':') => conditions.hours.push(daily(what)),
            None => conditions.severities = what.split(' ').map(|severity| severity.parse().unwrap()).collect(),
        },
        Some(_) | None => panic!("how a step goes on: {flag}"),
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
