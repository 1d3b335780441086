//! Every sentence there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use insta::assert_snapshot;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::alert::{Outcome, Unaffected};
use crate::audit::AuditFact;
use crate::correlate::Reason;
use crate::cover;
use crate::delivery::Step;
use crate::directory::{Directory, Inside, Kind, Object, Skipped, Standing};
use crate::fact::{Exhaustion, Fact, GoesOn, PageReason, Start, Unreachable};
use crate::id::{
    AlertId, ContactMethodId, CoverId, DeliveryId, HandoffNoteId, IncidentId, IntegrationId, PolicyId, ServiceId,
    TokenId, UserId,
};
use crate::incident::tests::cast::{self, moment, person, policy};
use crate::readiness::Period;
use crate::severity::{Severity, Urgency};
use crate::wait::Wait;
use crate::zone::Zone;

const CAST: &str = "
    person Ana Ruiz: mail
    person Ben Okafor: phone
    schedule Platform: Ana Ruiz
    policy Primary: Platform 5m, Ben Okafor 10m, repeats 2
    policy Database: Ben Okafor 5m
    service Checkout: Primary
";

/// The names of all variants of an enum whose JSON form is tagged by that field, as its own refusal of others lists
/// them.
pub(crate) fn variants<T: DeserializeOwned + Debug>(tag: &str) -> BTreeSet<String> {
    let refusal = serde_json::from_value::<T>(json!({ tag: "?" })).unwrap_err().to_string();
    let (_, expected) = refusal.split_once("expected ").expect("it lists the variants");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Fails unless each variant is among the examples.
fn assert_all<T: Serialize + DeserializeOwned + Debug>(tag: &str, examples: &[T]) {
    let name = |example: &T| serde_json::to_value(example).unwrap()[tag].as_str().unwrap().to_owned();
    assert_eq!(examples.iter().map(name).collect::<BTreeSet<_>>(), variants::<T>(tag));
}

struct Fixture {
    directory: Directory,
    zone: Zone,
    incidents: BTreeMap<IncidentId, String>,
    tokens: BTreeMap<TokenId, String>,
    pages: BTreeMap<u32, UserId>,
}

impl Fixture {
    fn new() -> Self {
        let directory = cast::directory(CAST);
        let pages = BTreeMap::from([(1, person(&directory, "Ana Ruiz"))]);
        Self {
            directory,
            zone: "Europe/Berlin".parse().unwrap(),
            incidents: BTreeMap::from([(IncidentId::new(Uuid::from_u128(7)), "INC-7".to_owned())]),
            tokens: BTreeMap::from([(TokenId::new(Uuid::from_u128(7)), "deploy-bot".to_owned())]),
            pages,
        }
    }

    fn names(&self) -> Names<'_> {
        let names = Names::new(&self.directory, &self.zone);
        names.with_incidents(&self.incidents).with_tokens(&self.tokens).with_pages(&self.pages)
    }

    fn ana(&self) -> UserId {
        person(&self.directory, "Ana Ruiz")
    }

    fn ben(&self) -> UserId {
        person(&self.directory, "Ben Okafor")
    }

    fn by_ana(&self, via: Via) -> Actor {
        Actor::User { user: self.ana(), via }
    }

    fn facts(&self, facts: &[Fact], actor: Actor) -> String {
        let sentences = facts.iter().map(|one| fact(&self.names(), moment("03:12"), actor, one));
        sentences.collect::<Vec<_>>().join("\n")
    }
}

const NOBODY: UserId = UserId::new(Uuid::from_u128(999));
const SOURCE: Actor = Actor::Integration { integration: IntegrationId::new(Uuid::from_u128(999)) };

/// Facts whose sentence depends on who did it.
fn deeds(fixture: &Fixture) -> Vec<Fact> {
    let (ana, ben) = (fixture.ana(), fixture.ben());
    let seven = IncidentId::new(Uuid::from_u128(7));
    let service = fixture.directory.services().next().unwrap().id;
    let (high, low) = (Urgency::High, Urgency::Low);
    let primary = Arc::clone(fixture.directory.policy(policy(&fixture.directory, "Primary")).unwrap());
    let opened = |service| Fact::IncidentOpened {
        service,
        title: "High error rate".into(),
        severity: Severity::Sev1,
        urgency: high,
        group: None,
        labels: BTreeMap::new(),
        turn: 0,
    };
    vec![
        opened(service),
        opened(ServiceId::new(Uuid::from_u128(999))),
        Fact::SeverityChanged { from: Severity::Sev3, to: Severity::Sev1, urgency: high },
        Fact::SeverityChanged { from: Severity::Sev1, to: Severity::Sev4, urgency: low },
        Fact::TitleChanged { title: "Checkout fails".into() },
        Fact::IncidentAcknowledged { until: None },
        Fact::IncidentAcknowledged { until: Some(moment("04:12")) },
        Fact::AcknowledgementCounted { count: 1, needed: 3 },
        Fact::PolicyReplaced { policy: Arc::clone(&primary), step: 2, next_at: Some(moment("04:12")) },
        Fact::PolicyReplaced { policy: primary, step: 2, next_at: None },
        Fact::IncidentSnoozed { until: moment("tomorrow 07:00") },
        Fact::IncidentSnoozed { until: moment("tomorrow 07:00") + jiff::SignedDuration::from_hours(24 * 9) },
        Fact::IncidentResolved,
        Fact::IncidentReopened,
        Fact::IncidentReassigned { people: vec![ana, ben, NOBODY], policy: None },
        Fact::IncidentReassigned { people: vec![], policy: Some(policy(&fixture.directory, "Database")) },
        Fact::IncidentReassigned { people: vec![], policy: Some(PolicyId::new(Uuid::from_u128(999))) },
        Fact::EscalatedByHand { step: 2 },
        Fact::PageDeclined { user: ana },
        Fact::PageDeclined { user: ben },
        Fact::NoteAdded { text: "Rolled back to 1.4.".into() },
        Fact::IncidentMerged { into: seven },
        Fact::IncidentMerged { into: IncidentId::new(Uuid::from_u128(999)) },
    ]
}

/// Facts whose sentence does not.
fn events(fixture: &Fixture) -> Vec<Fact> {
    let (ana, ben) = (fixture.ana(), fixture.ben());
    let policies = ["Primary", "Database"].map(|name| policy(&fixture.directory, name));
    let [long, short] = policies.map(|id| Arc::clone(fixture.directory.policy(id).unwrap()));
    let starts =
        [Start::Opened, Start::Reopened, Start::Worsened, Start::Reassigned, Start::Lapsed, Start::AnotherAlert];
    let started = starts.into_iter().zip([&long, &short, &long, &long, &short]);
    let exhaustions = [Exhaustion::NobodyAnswered, Exhaustion::NobodyToPage, Exhaustion::NoPolicy];
    let unreachable = [Unreachable::NoContactMethod, Unreachable::Gone, Unreachable::TooMany];
    let (alert, summary) = (AlertId::new(Uuid::nil()), String::from("Disk full"));
    let cleared = |how| Fact::AlertCleared { alert, summary: summary.clone(), how };
    let paged = |(page, why)| Fact::PersonPaged { page, user: ana, why, rungs: vec![] };
    let failed =
        |page, reason: &str| Fact::ContactFailed { page, rung: 0, channel: "email".into(), reason: reason.into() };
    let contact = fixture.directory.user(ana).unwrap().contacts[0].id;
    let absorbed =
        |firing, alerts| Fact::IncidentAbsorbed { incident: IncidentId::new(Uuid::from_u128(7)), firing, alerts };
    let mut facts = vec![Fact::AlertJoined {
        alert,
        summary: summary.clone(),
        severity: Severity::Sev2,
        why: Reason::FirstOfGroup,
    }];
    facts.extend([Clearing::BySource, Clearing::Expired, Clearing::ByPerson].map(cleared));
    facts.extend(started.map(|(why, policy)| Fact::EscalationStarted { policy: Arc::clone(policy), why }));
    facts.extend(steps(ana, ben));
    facts.extend(exhaustions.map(|why| Fact::EscalationExhausted { why }));
    facts.extend((1..).zip(page_reasons(fixture)).map(paged));
    facts.extend(unreachable.map(|why| Fact::PersonUnreachable { user: ben, why }));
    facts.push(Fact::PersonUnreachable { user: NOBODY, why: Unreachable::Gone });
    facts.push(Fact::ContactTried { page: 1, rung: 0, contact });
    facts.push(Fact::ContactTried { page: 1, rung: 0, contact: ContactMethodId::new(Uuid::from_u128(999)) });
    facts.extend([failed(1, "mailbox full"), failed(9, "no such mailbox.")]);
    facts.extend([Fact::AcknowledgementLapsed, Fact::SnoozeEnded, absorbed(1, 3), absorbed(0, 1)]);
    facts
}

/// What an escalation does by itself.
fn steps(ana: UserId, ben: UserId) -> Vec<Fact> {
    let taken =
        |(round, step, people, goes_on)| Fact::StepTaken { round, step, people, next_at: moment("03:17"), goes_on };
    let mut facts = Vec::from(
        [
            (1, 1, vec![ana], GoesOn::default()),
            (2, 1, vec![ana, ben], GoesOn::default()),
            (1, 2, vec![ben], GoesOn::UnlessResolved),
            (1, 2, vec![ben], GoesOn::NoFurther),
        ]
        .map(taken),
    );
    facts.extend([1, 2].map(|round| Fact::StepEmpty { round, step: 2 }));
    let skipped = [
        Skipped::Severity { severity: Severity::Sev3 },
        Skipped::Urgency { urgency: Urgency::Low },
        Skipped::Hours,
        Skipped::WorkingHours { only: Inside::Inside },
        Skipped::WorkingHours { only: Inside::Outside },
        Skipped::Label { label: "team".into(), value: "db".into() },
    ];
    facts.extend(skipped.map(|why| Fact::StepSkipped { round: 1, step: 2, why }));
    facts.push(Fact::StepDelayed { round: 2, step: 1, until: moment("tomorrow 09:00") });
    facts.push(Fact::EscalationFinished);
    facts.extend([vec![ana, ben], vec![]].map(|people| Fact::UnresolvedTooLong { after: Wait::hours(1), people }));
    facts
}

fn page_reasons(fixture: &Fixture) -> Vec<PageReason> {
    let step = |step, round, schedule: Option<&str>| PageReason::Step {
        policy: "Primary".into(),
        step,
        steps: 2,
        round,
        schedule: schedule.map(str::to_owned),
        standing: None,
        in_turn: false,
    };
    let standing = |schedule: Option<&str>, standing, in_turn| PageReason::Step {
        policy: "Primary".into(),
        step: 1,
        steps: 2,
        round: 1,
        schedule: schedule.map(str::to_owned),
        standing,
        in_turn,
    };
    let team = |skill: Option<&str>| Some(Standing::Team { team: "Storage".into(), skill: skill.map(str::to_owned) });
    let unresolved = |schedule: Option<&str>, standing| PageReason::Unresolved {
        policy: "Primary".into(),
        after: Wait::hours(1),
        schedule: schedule.map(str::to_owned),
        standing,
    };
    let request = |by| PageReason::Request { by };
    vec![
        step(1, 1, Some("Platform")),
        step(2, 3, None),
        standing(Some("Platform"), Some(Standing::Next), false),
        standing(Some("Platform"), Some(Standing::Previous), false),
        standing(Some("Platform"), Some(Standing::Everyone), true),
        standing(Some("Platform"), team(Some("postgres")), false),
        standing(None, team(None), false),
        standing(None, None, true),
        unresolved(None, None),
        unresolved(Some("Platform"), Some(Standing::Next)),
        PageReason::LastResort,
        request(Some(fixture.ben())),
        request(Some(NOBODY)),
        request(None),
    ]
}

#[test]
fn every_fact() {
    let fixture = Fixture::new();
    let (deeds, events) = (deeds(&fixture), events(&fixture));
    assert_all("fact", &[deeds.clone(), events.clone()].concat());
    assert_snapshot!("by_a_person", fixture.facts(&deeds, fixture.by_ana(Via::Web)));
    assert_snapshot!("by_a_source", fixture.facts(&deeds, SOURCE));
    assert_snapshot!("by_itself", fixture.facts(&events, Actor::System));
}

#[test]
fn every_actor() {
    let fixture = Fixture::new();
    let token = |number| Actor::Token { token: TokenId::new(Uuid::from_u128(number)) };
    let mut actors = [Via::Web, Via::Link, Via::Api, Via::Console].map(|via| fixture.by_ana(via)).to_vec();
    actors.extend([Actor::User { user: NOBODY, via: Via::Link }, token(7), token(999), SOURCE, Actor::System]);
    let shown =
        |one: &Actor| format!("{}: {}", actor(&fixture.names(), *one), fixture.facts(&[Fact::IncidentReopened], *one));
    assert_all("kind", &actors);
    assert_snapshot!(actors.iter().map(shown).collect::<Vec<_>>().join("\n"), @"
    Ana Ruiz: Ana Ruiz opened it again.
    Ana Ruiz (from the link of a page): Ana Ruiz opened it again (from the link of a page).
    Ana Ruiz (by the API): Ana Ruiz opened it again (by the API).
    Ana Ruiz (at the console): Ana Ruiz opened it again (at the console).
    somebody who is no longer here (from the link of a page): Somebody who is no longer here opened it again (from the link of a page).
    the API token “deploy-bot”: The API token “deploy-bot” opened it again.
    a program with an API token: A program with an API token opened it again.
    an integration that is no longer here: An integration that is no longer here opened it again.
    Allclear: Allclear opened it again.
    ");
}

#[test]
fn every_reason_of_a_page() {
    let fixture = Fixture::new();
    let reasons = page_reasons(&fixture);
    assert_all("reason", &reasons);
    let shown = reasons.iter().map(|reason| why_you(&fixture.names(), reason));
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    You are on call by Platform: step 1 of 2 of Primary.
    You are paged by step 2 of 2 of Primary, round 3.
    You are paged by step 1 of 2 of Primary, next on call by Platform.
    You are paged by step 1 of 2 of Primary, on call before by Platform.
    You are paged by step 1 of 2 of Primary, one of everybody in Platform. It is your turn.
    You are paged by step 1 of 2 of Primary, on call by Platform, for the team Storage with the skill postgres.
    You are paged by step 1 of 2 of Primary, for the team Storage.
    You are paged by step 1 of 2 of Primary. It is your turn.
    It has been unresolved for 1h, and Primary wants you told then.
    It has been unresolved for 1h, and Primary wants you told then.
    Nobody else was left to page, and you are an admin.
    Ben Okafor asked for you.
    Somebody who is no longer here asked for you.
    A program asked for you.
    ");
}

#[test]
fn every_reason_of_a_placement() {
    let window = Wait::minutes(5);
    let labels = vec![("cluster".to_owned(), "eu".to_owned()), ("job".to_owned(), "api".to_owned())];
    let reasons = [
        Reason::EachAlone,
        Reason::FirstOfGroup,
        Reason::SameService { window },
        Reason::SameLabels { labels, window },
        Reason::LacksLabel { label: "job".into() },
        Reason::WindowPassed { window },
        Reason::ByHand,
    ];
    assert_all("reason", &reasons);
    assert_snapshot!(reasons.iter().map(placement).collect::<Vec<_>>().join("\n"), @"
    Each alert of this service is an incident of its own.
    It is the first of its group.
    The incident's latest alert, of the same service, was no more than 5m old.
    The incident's latest alert, also with cluster=eu and job=api, was no more than 5m old.
    It lacks the label “job”, by which this service groups, so it stands alone.
    The latest alert of its group was more than 5m old, so it began a new incident.
    A person put it there.
    ");
}

#[test]
fn every_outcome_of_an_event() {
    let nothing = [Unaffected::NotFiring, Unaffected::NotDue, Unaffected::ChangeEvent];
    let mut outcomes = vec![
        Outcome::Fired,
        Outcome::Repeated { worsened: None },
        Outcome::Repeated { worsened: Some(Severity::Sev1) },
        Outcome::Acknowledged,
    ];
    outcomes.extend([Clearing::BySource, Clearing::Expired, Clearing::ByPerson].map(|how| Outcome::Cleared { how }));
    outcomes.extend(nothing.map(|because| Outcome::Nothing { because }));
    assert_all("did", &outcomes);
    assert_snapshot!(outcomes.iter().map(outcome).collect::<Vec<_>>().join("\n"), @"
    A new alert fired.
    The alert was firing already.
    The alert was firing already, and rose to SEV1.
    The alert was acknowledged at its source.
    The alert cleared: its source said so.
    The alert cleared: its source fell silent for longer than it had announced.
    The alert cleared: a person resolved its incident.
    Nothing was to be done: no alert with this key was firing.
    Nothing was to be done: the source had spoken again in time.
    The change was noted. Changes never page.
    ");
}

#[test]
fn every_step_of_a_delivery() {
    let fixture = Fixture::new();
    let steps = [
        Step::Attempt { number: 1, maybe_repeated: false },
        Step::Attempt { number: 2, maybe_repeated: true },
        Step::Succeeded,
        Step::WillRetry { at: moment("03:13") },
        Step::GivenUp { reason: "no such mailbox".into() },
        Step::Withdrawn,
        Step::Stopping,
        Step::Bundled,
        Step::Requeued,
        Step::Nothing,
    ];
    assert_all("did", &steps);
    let shown = steps.iter().map(|step| delivery(&fixture.names(), moment("03:12"), step));
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    Attempt 1 began.
    Attempt 2 began. The one before never reported back, so the message may arrive twice.
    It got through.
    It did not get through, and is tried again at 04:13 CET.
    It was given up: no such mailbox.
    It was taken back before it left, because nobody needed it any more.
    It was on its way when nobody needed it any more. It is not tried again.
    It went out in a bundle with others.
    It was queued again by hand.
    Nothing changed: the news came too late, or twice.
    ");
}

/// Everything that can happen to a request for cover.
fn cover_facts(fixture: &Fixture) -> Vec<AuditFact> {
    let (asker, user) = (fixture.ana(), fixture.ben());
    let periods = vec![Period { starts: moment("09:00"), ends: moment("23:30") }];
    let theirs = vec![Period { starts: moment("tomorrow 09:00"), ends: moment("tomorrow 23:30") }];
    let (people, none) = (vec![user], Vec::new());
    let all = [
        cover::Fact::Asked { people: people.clone(), periods: periods.clone(), in_return: none.clone() },
        cover::Fact::Asked { people, periods: periods.clone(), in_return: theirs.clone() },
        cover::Fact::Accepted { user, periods: periods.clone(), in_return: none },
        cover::Fact::Accepted { user, periods: periods.clone(), in_return: theirs },
        cover::Fact::Declined { user },
        cover::Fact::DeclinedByAll,
        cover::Fact::Withdrawn,
        cover::Fact::Narrowed { periods: periods.clone() },
        cover::Fact::Expired { periods },
        cover::Fact::Moot { why: cover::Moot::NotOnCall },
    ];
    assert_all("happened", &all);
    let schedule = fixture.directory.schedules().next().unwrap().id;
    let cover = CoverId::new(Uuid::from_u128(7));
    all.into_iter().map(|what| AuditFact::Cover { cover, schedule, asker, what }).collect()
}

#[test]
fn every_fact_of_the_audit_log() {
    let fixture = Fixture::new();
    let (ana, ben) = (fixture.ana(), fixture.ben());
    let service: Object = Object::Service(Arc::clone(fixture.directory.services().next().unwrap()));
    let after = serde_json::to_value(&service).unwrap();
    let mut before = after.clone();
    before["urgency"] = json!("high");
    before["runbook"] = json!("https://wiki.example/checkout");
    let (kind, id, name) = (Kind::Service, service.uuid(), String::from("Checkout"));
    let put = |before: &Value| AuditFact::ObjectPut {
        kind,
        id,
        name: name.clone(),
        before: before.clone(),
        after: after.clone(),
    };
    let facts = [
        put(&Value::Null),
        put(&before),
        put(&after),
        AuditFact::ObjectRemoved { kind, id, name: name.clone(), before },
        AuditFact::SettingsChanged {
            before: json!({"time_zone": "UTC"}),
            after: json!({"time_zone": "Europe/Berlin"}),
        },
        AuditFact::SignedIn { user: ben },
        AuditFact::SignedOut { user: ben },
        AuditFact::SignInRefused { login: "root".into() },
        AuditFact::PasswordChanged { user: ana },
        AuditFact::PasswordChanged { user: ben },
        AuditFact::TokenCreated { name: "ci".into(), scope: "events".into() },
        AuditFact::TokenRevoked { name: "ci".into() },
        AuditFact::CalendarLinkMade { kind: Kind::Schedule, id: Uuid::nil(), name: "Primary".into() },
        AuditFact::CalendarLinkRevoked { kind: Kind::User, id: Uuid::nil(), name: "Ben Okafor".into() },
        AuditFact::DeliveryRetried { delivery: DeliveryId::new(Uuid::from_u128(7)) },
        AuditFact::EventReplayed { event: "evt_7".into() },
        AuditFact::SilencePut {
            service: fixture.directory.services().next().unwrap().id,
            matchers: "env=\"test\"".into(),
            until: moment("tomorrow 09:00"),
        },
        AuditFact::SilenceEnded {
            service: fixture.directory.services().next().unwrap().id,
            matchers: "env=\"test\"".into(),
        },
        AuditFact::HandoffNoteAdded {
            schedule: fixture.directory.schedules().next().unwrap().id,
            note: HandoffNoteId::new(Uuid::from_u128(7)),
        },
    ];
    let facts: Vec<AuditFact> = facts.into_iter().chain(cover_facts(&fixture)).collect();
    assert_all("fact", &facts);
    let shown = facts.iter().map(|fact| audit(&fixture.names(), fixture.by_ana(Via::Console), fact));
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
    Ana Ruiz added the service “Checkout” (at the console).
    Ana Ruiz changed the service “Checkout”: runbook and urgency (at the console).
    Ana Ruiz changed the service “Checkout” (at the console).
    Ana Ruiz removed the service “Checkout” (at the console).
    Ana Ruiz changed the settings: time zone (at the console).
    Ben Okafor signed in.
    Ben Okafor signed out.
    Somebody tried to sign in as “root” and was refused.
    Ana Ruiz changed their password (at the console).
    Ana Ruiz changed the password of Ben Okafor (at the console).
    Ana Ruiz made the API token “ci” with the scope events (at the console).
    Ana Ruiz revoked the API token “ci” (at the console).
    Ana Ruiz made a secret link to the calendar of the schedule “Primary” (at the console).
    Ana Ruiz revoked a secret link to the calendar of the user “Ben Okafor” (at the console).
    Ana Ruiz sent the delivery dlv_00000000000000000000000007 again (at the console).
    Ana Ruiz put the event evt_7 through the intake again (at the console).
    Ana Ruiz silenced env="test" of Checkout until 24 Nov 2026 10:00 CET (at the console).
    Ana Ruiz ended the silence of env="test" of Checkout (at the console).
    Ana Ruiz wrote a handoff note for Platform (at the console).
    Ana Ruiz asked Ben Okafor to cover for Ana Ruiz on Platform, 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET (at the console).
    Ana Ruiz proposed a swap on Platform: Ben Okafor for Ana Ruiz, 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET; in return 24 Nov 2026 10:00 CET to 25 Nov 2026 00:30 CET (at the console).
    Ana Ruiz agreed: Ben Okafor covers for Ana Ruiz on Platform, 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET (at the console).
    Ana Ruiz agreed: Ben Okafor covers for Ana Ruiz on Platform, 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET; in return Ana Ruiz covers for Ben Okafor, 24 Nov 2026 10:00 CET to 25 Nov 2026 00:30 CET (at the console).
    Ana Ruiz declined Ana Ruiz’s request for cover on Platform for Ben Okafor (at the console).
    Ana Ruiz’s request for cover on Platform was declined by everybody who was asked.
    Ana Ruiz withdrew Ana Ruiz’s request for cover on Platform (at the console).
    Ana Ruiz’s request for cover on Platform is now about 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET only.
    Nobody took over before it began: Ana Ruiz’s request for cover on Platform, 23 Nov 2026 10:00 CET to 24 Nov 2026 00:30 CET.
    Ana Ruiz’s request for cover on Platform ended: they are not on call then any more.
    "#);
}

#[test]
fn times_are_those_of_the_reader() {
    let fixture = Fixture::new();
    let shown = ["09:00", "23:30", "tomorrow 09:00"].map(|at| fixture.names().time(moment(at), moment("03:12")));
    assert_eq!(shown, ["10:00 CET", "Tue 00:30 CET", "Tue 10:00 CET"]);
    let summer = "2026-10-12T07:00:00Z".parse().unwrap();
    assert_eq!(fixture.names().time(summer, moment("03:12")), "12 Oct 2026 09:00 CEST");
}
