//! What holds whatever happens, in whatever order, by whatever clock.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use super::cast::moment;
use crate::actor::{Actor, Via};
use crate::alert::Clearing;
use crate::correlate::Reason;
use crate::directory::{
    Conditions, ContactMethod, Directory, Grouping, LateStep, Object, Organisation, Policy, Role, Rung, Service, Step,
    Target, User,
};
use crate::fact::{Fact, PageReason};
use crate::id::{AlertId, ContactMethodId, IncidentId, PolicyId, ServiceId, UserId};
use crate::incident::{Answer, Assignment, Decision, Effect, Incident, Input, Opening, Status, open, replay, step};
use crate::invariant::{self, StoredIncident, Tried};
use crate::journal::Entry;
use crate::schedule::Restriction;
use crate::severity::{Severity, Urgency, UrgencyRule};
use crate::upcoming::{LONGEST, upcoming};
use crate::wait::Wait;

const PEOPLE: u128 = 4;
const SERVICE: ServiceId = ServiceId::new(Uuid::from_u128(1));

/// A person as drawn: the waits of their rungs, each with a contact method of its own.
#[derive(Debug, Clone)]
struct Person {
    rungs: Vec<u32>,
    admin: bool,
    suspended: bool,
}

/// Everything that an incident asks the directory about.
#[derive(Debug, Clone)]
struct World {
    people: Vec<Person>,
    steps: Vec<DrawnStep>,
    /// After how many minutes whom to tell, by number.
    late: Vec<(u32, Vec<u128>)>,
    repeats: u32,
    lapses: Option<u32>,
    has_policy: bool,
    stays_open: bool,
}

/// A step as drawn.
#[derive(Debug, Clone)]
struct DrawnStep {
    /// Whom it pages, by number.
    people: Vec<u128>,
    minutes: u32,
    severities: Vec<Severity>,
    waits_for_hours: bool,
    round_robin: bool,
    acknowledgements: u32,
    until_resolved: bool,
}

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number % PEOPLE))
}

impl World {
    fn directory(&self) -> Directory {
        let policy = PolicyId::new(Uuid::from_u128(1));
        let people = (0..).zip(&self.people).map(|(number, person)| Object::from(person.user(number)));
        let service = Service {
            id: SERVICE,
            slug: "checkout".into(),
            name: "Checkout".into(),
            description: String::new(),
            team: None,
            policy: self.has_policy.then_some(policy),
            urgency: UrgencyRule::BySeverity,
            grouping: Grouping::Alert,
            stays_open: self.stays_open,
            runbook: None,
        };
        let targets = |people: &[u128]| people.iter().map(|number| Target::User(user(*number))).collect();
        let steps = self.steps.iter().map(|drawn| Step {
            only_if: Conditions { severities: drawn.severities.clone(), ..Conditions::default() },
            waits_for_hours: drawn.waits_for_hours,
            round_robin: drawn.round_robin,
            acknowledgements: drawn.acknowledgements,
            until_resolved: drawn.until_resolved,
            ..Step::paging(targets(&drawn.people), Wait::minutes(drawn.minutes))
        });
        let late = |(minutes, people): &(u32, Vec<u128>)| LateStep {
            after: Wait::minutes(*minutes),
            targets: targets(people),
        };
        // An hour in three, so that much of what happens happens outside of them.
        let hour = |hour: i8| Restriction::Daily {
            from: jiff::civil::time(hour, 0, 0, 0),
            until: jiff::civil::time(hour + 1, 0, 0, 0),
        };
        let policy = Policy {
            repeats: self.repeats,
            acknowledgement_timeout: self.lapses.map(Wait::minutes),
            working_hours: (0..24).step_by(3).map(hour).collect(),
            unresolved: self.late.iter().map(late).collect(),
            ..Policy::new(policy, "primary".into(), "Primary".into(), steps.collect())
        };
        Directory::restore(1, Organisation::default(), people.chain([policy.into(), service.into()]))
    }
}

impl Person {
    fn user(&self, number: u128) -> User {
        let contact = |rung: usize| ContactMethodId::new(Uuid::from_u128(number * 100 + rung as u128));
        let method = |rung: usize| ContactMethod {
            id: contact(rung),
            name: format!("contact {rung}"),
            channel: "mail".into(),
            address: "x".into(),
            verified_at: Some(Timestamp::UNIX_EPOCH),
        };
        let rung = |(rung, minutes): (usize, &u32)| Rung { after: Wait::minutes(*minutes), contact: contact(rung) };
        User {
            id: user(number),
            slug: format!("user{number}"),
            name: format!("User {number}"),
            email: String::new(),
            role: if self.admin { Role::Admin } else { Role::Responder },
            time_zone: None,
            teams: Vec::new(),
            skills: Vec::new(),
            contacts: (0..self.rungs.len()).map(method).collect(),
            high_urgency: self.rungs.iter().enumerate().map(rung).collect(),
            low_urgency: Vec::new(),
            time_off: Vec::new(),
            silent_handovers: false,
            holidays: None,
            suspended: self.suspended,
        }
    }
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happening {
    /// Time passes; backwards, too.
    Time(i64),
    /// The timer is run at its time.
    Timer,
    /// Somebody, or something, acts.
    Act(Actor, Input),
    /// Something becomes of one of the pages under way.
    Page(Index, Reaction),
    /// The directory is changed.
    Change(World),
}

/// What becomes of a page.
#[derive(Debug, Clone)]
enum Reaction {
    Fails(usize),
    Declined,
    Acknowledged,
}

prop_compose! {
    fn person()(rungs in prop::collection::vec(0u32..5, 0..4), admin in prop::bool::weighted(0.3),
        suspended in prop::bool::weighted(0.15)) -> Person {
        Person { rungs, admin, suspended }
    }
}

prop_compose! {
    fn drawn_step()(people in prop::collection::vec(0..PEOPLE, 0..3), minutes in 0u32..12,
        severities in prop::sample::subsequence(Severity::ALL.to_vec(), 0..=1),
        waits_for_hours in prop::bool::weighted(0.15), round_robin in prop::bool::weighted(0.2),
        acknowledgements in prop_oneof![3 => Just(1u32), 1 => 1u32..4], until_resolved in prop::bool::weighted(0.2))
        -> DrawnStep {
        DrawnStep { people, minutes, severities, waits_for_hours, round_robin, acknowledgements, until_resolved }
    }
}

prop_compose! {
    // A wait of no time is refused when a policy is saved; what is stored all the same must not make us run in circles.
    fn world()(people in prop::collection::vec(person(), PEOPLE as usize),
        steps in prop::collection::vec(drawn_step(), 0..4),
        late in prop::collection::vec((1u32..120, prop::collection::vec(0..PEOPLE, 0..3)), 0..3),
        repeats in 0u32..3, lapses in prop::option::of(1u32..40), has_policy in prop::bool::weighted(0.85),
        stays_open in prop::bool::weighted(0.2)) -> World {
        World { people, steps, late, repeats, lapses, has_policy, stays_open }
    }
}

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(Severity::ALL.to_vec())
}

fn people() -> impl Strategy<Value = Vec<UserId>> {
    prop::collection::vec((0..PEOPLE + 1).prop_map(|number| UserId::new(Uuid::from_u128(number))), 0..3)
}

fn input() -> impl Strategy<Value = Input> {
    let alert = AlertId::new(Uuid::nil());
    let incident = IncidentId::new(Uuid::from_u128(2));
    let joined = move |severity| Input::AlertJoined { alert, summary: "s".into(), severity, why: Reason::ByHand };
    let snooze = |minutes: i64| Input::Snooze { until: moment("03:00") + SignedDuration::from_mins(minutes) };
    let absorb = move |(severity, firing, more)| Input::Absorb { incident, severity, firing, alerts: firing + more };
    prop_oneof![
        3 => severity().prop_map(joined),
        2 => severity().prop_map(|severity| Input::AlertWorsened { severity }),
        3 => Just(Input::AlertCleared { alert, summary: "s".into(), how: Clearing::BySource }),
        5 => Just(Input::Acknowledge),
        1 => Just(Input::Resolve),
        3 => Just(Input::Reopen),
        2 => (-100i64..600).prop_map(snooze),
        2 => people().prop_map(|people| Input::Reassign(Assignment::People(people))),
        1 => (1u128..3).prop_map(|id| Input::Reassign(Assignment::Policy(PolicyId::new(Uuid::from_u128(id))))),
        3 => prop::option::of(0usize..5).prop_map(|step| Input::Escalate { step }),
        2 => Just(Input::ReplacePolicy),
        4 => people().prop_map(|people| Input::Request { people }),
        1 => (0..PEOPLE).prop_map(|number| Input::Decline { user: user(number) }),
        1 => Just(Input::Note { text: "n".into() }),
        3 => severity().prop_map(Input::SetSeverity),
        1 => Just(Input::SetTitle("t".into())),
        1 => Just(Input::MergeInto(incident)),
        1 => (severity(), 0u32..3, 0u32..3).prop_map(absorb),
        3 => Just(Input::Due),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    let person = (0..PEOPLE).prop_map(|number| Actor::User { user: user(number), via: Via::Web });
    let actor = prop_oneof![4 => person, 1 => Just(Actor::System)];
    let fails = (0usize..4).prop_map(Reaction::Fails);
    let reaction = prop_oneof![5 => fails, 3 => Just(Reaction::Declined), 2 => Just(Reaction::Acknowledged)];
    prop_oneof![
        4 => (0i64..1_000).prop_map(Happening::Time),
        1 => (-5_000i64..100_000).prop_map(Happening::Time),
        6 => Just(Happening::Timer),
        10 => (actor, input()).prop_map(|(actor, input)| Happening::Act(actor, input)),
        8 => (any::<Index>(), reaction).prop_map(|(page, reaction)| Happening::Page(page, reaction)),
        1 => world().prop_map(Happening::Change),
    ]
}

/// An incident that lives through what happens, checked at each step.
struct Life {
    directory: Directory,
    now: Timestamp,
    incident: Incident,
    entries: Vec<Entry<Fact>>,
}

impl Life {
    fn begin(world: &World, severity: Severity) -> Self {
        let (now, directory) = (moment("03:00"), world.directory());
        let alert = Some((AlertId::new(Uuid::nil()), Reason::EachAlone));
        let opening = Opening { alert, turn: 1, ..Opening::declared(SERVICE, "t".into(), severity) };
        let opened = open(now, &directory, Actor::System, opening);
        let mut life = Self { directory, now, incident: opened.next.clone(), entries: Vec::new() };
        life.check(None, Actor::System, opened);
        life
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Time(seconds) => self.now += SignedDuration::from_secs(seconds),
            Happening::Timer => {
                self.now = self.incident.next_due().map_or(self.now, |due| due.max(self.now));
                self.run_timers();
            }
            Happening::Act(actor, input) => self.give(actor, input),
            Happening::Page(index, reaction) if !self.incident.pages.is_empty() => self.react(index, reaction),
            Happening::Page(..) => {}
            Happening::Change(world) => self.directory = world.directory(),
        }
    }

    fn react(&mut self, index: Index, reaction: Reaction) {
        let page = index.get(&self.incident.pages);
        let (page, user) = (page.number, page.user);
        let input = match reaction {
            Reaction::Fails(rung) => Input::ContactFailed { page, rung, channel: "mail".into(), reason: "r".into() },
            Reaction::Declined => Input::Decline { user },
            Reaction::Acknowledged => Input::Acknowledge,
        };
        self.give(Actor::User { user, via: Via::Link }, input);
    }

    /// Runs what is due now until nothing is, which must come to an end.
    fn run_timers(&mut self) {
        for _ in 0..100 {
            if self.incident.next_due().is_none_or(|due| due > self.now) {
                return;
            }
            self.give(Actor::System, Input::Due);
        }
        panic!("it is due for ever: {:?}", self.incident);
    }

    fn give(&mut self, actor: Actor, input: Input) {
        let decision = step(self.now, &self.directory, &self.incident, actor, input.clone());
        self.check(Some(input), actor, decision);
    }

    fn check(&mut self, input: Option<Input>, actor: Actor, decision: Decision) {
        let told = decision.answer == Answer::Done;
        assert_eq!(told, !decision.facts.is_empty(), "facts are the answer to {input:?}: {decision:?}");
        assert!(told || decision.effects.is_empty(), "effects come with facts: {decision:?}");
        assert!(told || decision.next == self.incident, "nothing changes without facts: {decision:?}");
        self.check_pages(&decision);
        if let Some(input) = input.filter(|_| told) {
            self.check_quiet(&input, &decision);
            self.check_rest(&input, &decision);
        }
        if told {
            self.entries.push(Entry { at: self.now, actor, facts: decision.facts });
        }
        self.incident = decision.next;
        self.check_state();
    }

    /// Every contact method that is tried is one page, and nobody is paged who has left, nor while somebody is on it,
    /// unless they were asked for.
    fn check_pages(&self, decision: &Decision) {
        let tried = decision.facts.iter().filter_map(|fact| Tried::of(self.now, fact));
        let tried = tried.map(|tried| (tried.page, tried.contact));
        let sent = decision.effects.iter().filter_map(|effect| match effect {
            Effect::Page { page, rung, contact, .. } => Some(((*page, *rung), *contact)),
            Effect::WithdrawPages
            | Effect::WithdrawPagesOf { .. }
            | Effect::Inform { .. }
            | Effect::ClearAlerts
            | Effect::MoveAlerts { .. } => None,
        });
        assert!(tried.eq(sent), "{decision:?}");
        for effect in &decision.effects {
            let Effect::Page { user, why, .. } = effect else { continue };
            let person = self.directory.user(*user).unwrap();
            assert!(!person.suspended, "{person:?} has left: {decision:?}");
            let wanted = match decision.next.status {
                Status::Triggered => true,
                Status::Acknowledged { .. } => match why {
                    PageReason::Request { .. } | PageReason::Unresolved { .. } => true,
                    PageReason::Step { .. } => {
                        decision.next.run.as_ref().is_some_and(|run| run.policy.counts_acknowledgements())
                    }
                    PageReason::LastResort => false,
                },
                Status::Snoozed { .. } => matches!(why, PageReason::Request { .. }),
                Status::Resolved { .. } | Status::Merged { .. } => false,
            };
            assert!(wanted, "{why:?} in {:?}", decision.next.status);
        }
    }

    /// What makes an incident quiet takes back every page.
    fn check_quiet(&self, input: &Input, decision: &Decision) {
        let joins = matches!(self.incident.status, Status::Acknowledged { .. });
        let quiet = match input {
            Input::Acknowledge => {
                let counted = |fact: &Fact| matches!(fact, Fact::AcknowledgementCounted { .. });
                !joins && !decision.facts.iter().any(counted)
            }
            Input::Resolve | Input::Snooze { .. } | Input::MergeInto(_) => true,
            Input::AlertJoined { .. }
            | Input::AlertWorsened { .. }
            | Input::AlertCleared { .. }
            | Input::Reopen
            | Input::Reassign(_)
            | Input::Escalate { .. }
            | Input::ReplacePolicy
            | Input::Request { .. }
            | Input::Decline { .. }
            | Input::Note { .. }
            | Input::SetSeverity(_)
            | Input::SetTitle(_)
            | Input::Absorb { .. }
            | Input::ContactFailed { .. }
            | Input::Due => !decision.next.status.is_open() && self.incident.status.is_open(),
        };
        if quiet {
            assert!(decision.effects.contains(&Effect::WithdrawPages), "{input:?}: {decision:?}");
            assert_eq!(decision.next.pages, [], "{input:?}");
        }
    }

    /// Somebody being on it, or wanting it left alone, ends only by what may end it.
    fn check_rest(&self, input: &Input, decision: &Decision) {
        let rests = matches!(self.incident.status, Status::Acknowledged { .. } | Status::Snoozed { .. });
        let may_wake = match input {
            Input::AlertJoined { .. } | Input::AlertWorsened { .. } | Input::Absorb { .. } | Input::SetSeverity(_) => {
                decision.facts.iter().any(|fact| matches!(fact, Fact::SeverityChanged { urgency: Urgency::High, .. }))
            }
            Input::Reassign(_) | Input::Escalate { .. } => true,
            Input::Due => self.incident.next_due().is_some_and(|due| due <= self.now),
            Input::AlertCleared { .. }
            | Input::Acknowledge
            | Input::Resolve
            | Input::Reopen
            | Input::Snooze { .. }
            | Input::ReplacePolicy
            | Input::Request { .. }
            | Input::Decline { .. }
            | Input::Note { .. }
            | Input::SetTitle(_)
            | Input::MergeInto(_)
            | Input::ContactFailed { .. } => false,
        };
        assert!(!rests || may_wake || decision.next.status != Status::Triggered, "{input:?}: {decision:?}");
    }

    fn check_state(&self) {
        let incident = &self.incident;
        let firing_alerts = incident.firing;
        let id = IncidentId::new(Uuid::nil());
        let timer = incident.next_due();
        let stored = StoredIncident { id, state: incident, entries: &self.entries, timer, firing_alerts };
        assert_eq!(invariant::incident_holds(stored), []);
        let paged: BTreeSet<UserId> = incident.pages.iter().map(|page| page.user).collect();
        assert_eq!(paged.len(), incident.pages.len(), "one page to a person: {incident:?}");
        assert!(paged.is_subset(&incident.paged) && incident.firing <= incident.alerts, "{incident:?}");
        for page in &incident.pages {
            assert!(page.tried <= page.rungs.len() && page.failed.iter().all(|rung| *rung < page.tried), "{page:?}");
        }
        let coming = upcoming(incident, &self.directory, self.now);
        assert!(coming.len() <= LONGEST && coming.is_sorted_by_key(|coming| coming.at), "{coming:?}");
        assert!(coming.iter().all(|coming| coming.at >= self.now), "{coming:?}");
    }

    /// Left alone, an incident comes to an end of its own: everything was tried, and whoever could be the last resort
    /// knows.
    fn leave_alone(mut self) {
        let known = self.entries.len();
        for _ in 0..1_000 {
            let Some(due) = self.incident.next_due() else { break };
            self.now = due.max(self.now);
            self.give(Actor::System, Input::Due);
        }
        assert_eq!(self.incident.next_due(), None, "it goes on for ever");
        assert!(self.incident.status != Status::Triggered || self.incident.exhausted, "{:?}", self.incident);
        let exhausted = |fact: &Fact| matches!(fact, Fact::EscalationExhausted { .. });
        if self.entries[known..].iter().flat_map(|entry| &entry.facts).any(exhausted) {
            for admin in self.directory.admins() {
                let reachable = !self.directory.user(admin).unwrap().contacts.is_empty();
                assert!(!reachable || self.incident.page_of(admin).is_some(), "{admin} was not paged");
            }
        }
        self.survives_the_store();
    }

    fn survives_the_store(&self) {
        let incident = serde_json::to_string(&self.incident).unwrap();
        assert_eq!(serde_json::from_str::<Incident>(&incident).unwrap(), self.incident);
        let json: Vec<String> = self.entries.iter().map(Entry::to_json).collect();
        let entries: Vec<Entry<Fact>> = json.iter().map(|entry| serde_json::from_str(entry).unwrap()).collect();
        let facts = entries.iter().flat_map(|entry| entry.facts.iter().map(|fact| (entry.at, entry.actor, fact)));
        assert_eq!(replay(facts).as_ref(), Some(&self.incident));
    }
}

proptest! {
    #[test]
    fn whatever_happens(
        world in world(), severity in severity(), happenings in prop::collection::vec(happening(), 0..40),
    ) {
        let mut life = Life::begin(&world, severity);
        for happening in happenings {
            life.happen(happening);
        }
        life.leave_alone();
    }
}
