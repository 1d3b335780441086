//! A company, made up.

use allclear_core::directory::{
    Change, Conditions, ContactMethod, Grouping, Inside, Integration, LateStep, Object, Policy, Role, Rung, Service,
    Step, Target, User,
};
use allclear_core::id::{IntegrationId, OverrideId, PolicyId, ScheduleId, ServiceId, UserId};
use allclear_core::schedule::{Crew, Layer, Override, Restriction, Schedule, Turn};
use allclear_core::severity::{Severity, Urgency, UrgencyRule};
use allclear_core::wait::Wait;
use allclear_core::zone::Zone;
use jiff::{Timestamp, civil};

use crate::chance::Chance;
use crate::company::{address, contact, numbered, organisation};
use crate::outside::Provider;

/// Makes the things of a company up, one after the other.
#[derive(Debug)]
pub(super) struct Inventor {
    pub(super) chance: Chance,
    number: u64,
}

const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

impl Inventor {
    pub(super) fn new(chance: Chance) -> Self {
        Self { chance, number: 0 }
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// The whole company, each thing after the ones that it names.
    pub(super) fn company(&mut self, start: Timestamp) -> Vec<Change> {
        let zone = self.zone();
        let mut objects: Vec<Object> = Vec::new();
        let people: Vec<User> = (0..self.chance.between(2, 7)).map(|place| self.person(place == 0)).collect();
        let users: Vec<UserId> = people.iter().map(|person| person.id).collect();
        let schedules: Vec<Schedule> =
            (0..self.chance.between(0, 2)).map(|_| self.schedule(start, &zone, &users)).collect();
        let rotas: Vec<ScheduleId> = schedules.iter().map(|schedule| schedule.id).collect();
        let policies: Vec<Policy> = (0..self.chance.between(1, 4)).map(|_| self.policy(&users, &rotas)).collect();
        let ladders: Vec<PolicyId> = policies.iter().map(|policy| policy.id).collect();
        let services: Vec<Service> = (0..self.chance.between(1, 5)).map(|_| self.service(&ladders)).collect();
        let owned: Vec<ServiceId> = services.iter().map(|service| service.id).collect();
        objects.extend(people.into_iter().map(Object::from));
        objects.extend(schedules.into_iter().map(Object::from));
        objects.extend(policies.into_iter().map(Object::from));
        objects.extend(services.into_iter().map(Object::from));
        for service in &owned {
            objects.push(self.integration(*service).into());
        }
        for _ in 0..self.chance.between(0, 3) {
            let service = *self.chance.pick(&owned).expect("there is a service");
            objects.push(self.integration(service).into());
        }
        let organisation = Change::Organisation(organisation(zone));
        std::iter::once(organisation).chain(objects.into_iter().map(Change::Put)).collect()
    }

    fn zone(&mut self) -> Zone {
        self.chance.pick(&ZONES).and_then(|zone| zone.parse().ok()).unwrap_or_default()
    }

    fn person(&mut self, admin: bool) -> User {
        let id = self.next();
        let slug = format!("person{id}");
        let mut contacts = Vec::new();
        for provider in Provider::ALL {
            if self.chance.percent(75) {
                let verified = self.chance.percent(90);
                contacts.push(contact(self.next(), provider, &slug, verified));
            }
        }
        let high_urgency = self.rules(&contacts);
        let low_urgency = self.rules(&contacts);
        User {
            id: UserId::new(numbered(id)),
            name: format!("Person {id}"),
            email: address(Provider::Mail, &slug),
            slug,
            role: if admin || self.chance.percent(15) { Role::Admin } else { Role::Responder },
            time_zone: None,
            teams: Vec::new(),
            skills: Vec::new(),
            contacts,
            high_urgency,
            low_urgency,
            time_off: Vec::new(),
            silent_handovers: false,
            holidays: None,
            suspended: false,
        }
    }

    /// Notification rules; none now and then.
    pub(super) fn rules(&mut self, contacts: &[ContactMethod]) -> Vec<Rung> {
        let mut rules = Vec::new();
        for _ in 0..self.chance.between(0, 4) {
            if let Some(contact) = self.chance.pick(contacts) {
                let contact = contact.id;
                let minutes = [0, 0, 1, 2, 5, 15];
                let after = Wait::minutes(*self.chance.pick(&minutes).unwrap_or(&0));
                rules.push(Rung { after, contact });
            }
        }
        rules
    }

    fn schedule(&mut self, start: Timestamp, zone: &Zone, users: &[UserId]) -> Schedule {
        let id = self.next();
        let begins = zone.local(start).datetime().date().to_datetime(jiff::civil::time(9, 0, 0, 0));
        let mut layers = Vec::new();
        for _ in 0..self.chance.between(1, 2) {
            let turns = [Turn::Hours(8), Turn::Hours(12), Turn::Days(1), Turn::Weeks(1), Turn::Months(1)];
            let participants: Vec<Crew> = (0..self.chance.between(1, 3)).map(|_| self.crew(users)).collect();
            layers.push(Layer {
                name: "rotation".to_owned(),
                participants,
                time_zone: None,
                start: begins,
                end: None,
                turn: self.chance.pick(&turns).cloned().unwrap_or(Turn::Days(1)),
                restrictions: Vec::new(),
                holidays: None,
                shadow: self.chance.percent(15),
            });
        }
        let overrides = (0..self.chance.between(0, 3)).map(|_| self.cover(start, users)).collect();
        Schedule {
            id: ScheduleId::new(numbered(id)),
            slug: format!("schedule{id}"),
            name: format!("Schedule {id}"),
            team: None,
            time_zone: zone.clone(),
            layers,
            overrides,
            silent_handovers: false,
        }
    }

    /// Somebody, or two together now and then.
    fn crew(&mut self, users: &[UserId]) -> Crew {
        let mut people: Vec<UserId> = self.chance.pick(users).copied().into_iter().collect();
        let second = self.chance.pick(users).copied();
        if self.chance.percent(20) {
            people.extend(second.filter(|second| !people.contains(second)));
        }
        people.into_iter().collect()
    }

    /// Somebody covers for a while within the next day or so.
    pub(super) fn cover(&mut self, start: Timestamp, users: &[UserId]) -> Override {
        let starts = Wait::minutes(self.chance.between(0, 1_440) as u32).after(start);
        let user = *self.chance.pick(users).expect("there is somebody");
        Override {
            id: OverrideId::new(numbered(self.next())),
            user,
            replaces: self.chance.pick(users).copied().filter(|replaced| *replaced != user && self.chance.percent(40)),
            starts,
            ends: Wait::minutes(self.chance.between(1, 1_440) as u32).after(starts),
        }
    }

    pub(super) fn steps(&mut self, users: &[UserId], schedules: &[ScheduleId]) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..self.chance.between(1, 4) {
            let mut targets = Vec::new();
            for _ in 0..self.chance.between(1, 3) {
                targets.push(self.target(users, schedules));
            }
            let minutes = [1, 2, 5, 10, 30];
            let plain = Step::paging(targets, Wait::minutes(*self.chance.pick(&minutes).unwrap_or(&5)));
            let round_robin = self.chance.percent(15);
            steps.push(Step {
                only_if: self.conditions(),
                waits_for_hours: self.chance.percent(8),
                round_robin,
                acknowledgements: if round_robin || self.chance.percent(85) { 1 } else { 2 },
                until_resolved: self.chance.percent(12),
                ..plain
            });
        }
        steps
    }

    fn target(&mut self, users: &[UserId], schedules: &[ScheduleId]) -> Target {
        match self.chance.pick(schedules).copied() {
            Some(schedule) if self.chance.percent(35) => Target::Schedule(schedule),
            Some(schedule) if self.chance.percent(25) => {
                let kinds = [Target::NextOnCall, Target::PreviousOnCall, Target::EveryoneOf];
                self.chance.pick(&kinds).copied().unwrap_or(Target::Schedule)(schedule)
            }
            Some(_) | None => Target::User(*self.chance.pick(users).expect("there is somebody")),
        }
    }

    fn conditions(&mut self) -> Conditions {
        let mut conditions = Conditions::default();
        if self.chance.percent(10) {
            conditions.severities = vec![Severity::Sev1, Severity::Sev2];
        }
        if self.chance.percent(6) {
            conditions.urgency = Some(Urgency::High);
        }
        if self.chance.percent(8) {
            conditions.working_hours = Some(if self.chance.percent(50) { Inside::Inside } else { Inside::Outside });
        }
        if self.chance.percent(6) {
            conditions.labels = [("cluster".to_owned(), "eu".to_owned())].into();
        }
        conditions
    }

    fn policy(&mut self, users: &[UserId], schedules: &[ScheduleId]) -> Policy {
        let id = self.next();
        let lapse = [5, 15, 60];
        let steps = self.steps(users, schedules);
        let late = [20, 60, 240];
        let from = civil::time(self.chance.below(24) as i8, 0, 0, 0);
        let until = civil::time(self.chance.below(24) as i8, 30, 0, 0);
        let unresolved = (0..self.chance.below(3)).map(|number| LateStep {
            after: Wait::minutes(late[number % late.len()]),
            targets: vec![self.target(users, schedules)],
        });
        let unresolved = unresolved.collect();
        Policy {
            repeats: self.chance.between(0, 2) as u32,
            acknowledgement_timeout: match self.chance.percent(40) {
                true => self.chance.pick(&lapse).copied().map(Wait::minutes),
                false => None,
            },
            working_hours: vec![Restriction::Daily { from, until }],
            unresolved,
            ..Policy::new(PolicyId::new(numbered(id)), format!("policy{id}"), format!("Policy {id}"), steps)
        }
    }

    pub(super) fn grouping(&mut self) -> Grouping {
        let minutes = [1, 5, 30, 240];
        let window = Wait::minutes(*self.chance.pick(&minutes).unwrap_or(&5));
        match self.chance.below(3) {
            0 => Grouping::Alert,
            1 => Grouping::Service { window },
            _ => Grouping::Labels { labels: vec!["cluster".to_owned()], window },
        }
    }

    fn service(&mut self, policies: &[PolicyId]) -> Service {
        let id = self.next();
        let urgencies = [UrgencyRule::BySeverity, UrgencyRule::BySeverity, UrgencyRule::High, UrgencyRule::Low];
        Service {
            id: ServiceId::new(numbered(id)),
            slug: format!("service{id}"),
            name: format!("Service {id}"),
            description: String::new(),
            team: None,
            policy: self.chance.pick(policies).copied().filter(|_| self.chance.percent(90)),
            urgency: *self.chance.pick(&urgencies).unwrap_or(&UrgencyRule::BySeverity),
            grouping: self.grouping(),
            stays_open: self.chance.percent(20),
            runbook: None,
        }
    }

    pub(super) fn integration(&mut self, service: ServiceId) -> Integration {
        let id = self.next();
        let source = self.chance.pick(allclear_inbound::ALL).map_or("generic", |source| source.name);
        Integration {
            id: IntegrationId::new(numbered(id)),
            slug: format!("integration{id}"),
            name: format!("Integration {id}"),
            service,
            source: source.to_owned(),
            key_digest: format!("digest {id}"),
            disabled: false,
        }
    }
}
