//! An engine with a small company, a clock that is set by hand, and an outside that answers as it is told to.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allclear_channels::{Wire, WireReply};
use allclear_core::actor::{Actor, Via};
use allclear_core::delivery::Outcome;
use allclear_core::directory::{
    Change, ContactMethod, Grouping, Integration, MailSecurity, MailServer, Organisation, Policy, Role, Service, Step,
    Target, User,
};
use allclear_core::id::{ContactMethodId, IncidentId, IntegrationId, PolicyId, ServiceId, UserId};
use allclear_core::severity::{Severity, UrgencyRule};
use allclear_core::wait::Wait;
use allclear_engine::host::{Carrier, Clock, MailRoute, Random};
use allclear_engine::{Declaration, Engine, Host, MasterKey};
use allclear_store::Database;
use allclear_store::deliveries::{self, DeliveryRecord};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) const POLICY: PolicyId = PolicyId::new(Uuid::from_u128(1));
pub(crate) const SERVICE: ServiceId = ServiceId::new(Uuid::from_u128(2));
pub(crate) const INTEGRATION: IntegrationId = IntegrationId::new(Uuid::from_u128(3));

pub(crate) fn person(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(0x100 + number))
}

pub(crate) fn contact(number: u128) -> ContactMethodId {
    ContactMethodId::new(Uuid::from_u128(0x200 + number))
}

pub(crate) fn by(number: u128) -> Actor {
    Actor::User { user: person(number), via: Via::Web }
}

/// A clock that stands still until it is moved; waiting takes real time.
pub(crate) struct TestClock {
    microseconds: AtomicI64,
    broken: AtomicBool,
}

impl TestClock {
    /// Moves it on.
    pub(crate) fn pass(&self, length: SignedDuration) {
        self.microseconds.fetch_add(i64::try_from(length.as_micros()).unwrap(), Ordering::Relaxed);
    }

    /// Whoever waits from now on breaks down.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.microseconds.load(Ordering::Relaxed)).unwrap()
    }

    fn sleep(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        assert!(!self.broken.load(Ordering::Relaxed), "broken on purpose");
        Box::pin(pause(length))
    }
}

/// Waits for so long.
pub(crate) async fn pause(length: Duration) {
    drop(tokio::time::timeout(length, std::future::pending::<()>()).await);
}

struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            *byte = (number >> 56) as u8;
        }
    }
}

/// How an address answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    Yes,
    Later,
    Never,
}

/// The outside: it keeps what arrives.
#[derive(Default)]
pub(crate) struct Outside {
    answers: Mutex<HashMap<String, Answers>>,
    arrived: Mutex<Vec<(String, String)>>,
}

impl Outside {
    pub(crate) fn set(&self, number: u128, answers: Answers) {
        self.answers.lock().unwrap().insert(address(number), answers);
    }

    /// To whom something came, and its text.
    pub(crate) fn arrived(&self) -> Vec<(String, String)> {
        self.arrived.lock().unwrap().clone()
    }

    pub(crate) fn has_reached(&self, number: u128) -> bool {
        self.arrived.lock().unwrap().iter().any(|(to, _)| *to == address(number))
    }
}

pub(crate) fn address(number: u128) -> String {
    format!("person{number}@example.com")
}

impl Carrier for Outside {
    fn carry(&self, wire: Wire, _: Option<MailRoute>) -> Pin<Box<dyn Future<Output = WireReply> + Send + '_>> {
        let Wire::Mail(mail) = wire else { panic!("these people have mail alone") };
        let answers = self.answers.lock().unwrap().get(&mail.to.address).copied().unwrap_or(Answers::Yes);
        self.arrived.lock().unwrap().push((mail.to.address.clone(), mail.text.clone()));
        let reply = |code, text: &str| WireReply::Mail { code, text: text.to_owned() };
        match answers {
            Answers::Yes => Box::pin(std::future::ready(reply(250, "2.0.0 queued"))),
            Answers::Later => Box::pin(std::future::ready(reply(451, "4.7.1 try again later"))),
            Answers::Never => Box::pin(std::future::pending()),
        }
    }
}

/// An engine, and what it lives in.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) home: Home,
}

/// Where the database is.
pub(crate) enum Home {
    File(tempfile::TempDir),
    Server(String),
}

/// Runs a test on every database that there is.
pub(crate) async fn everywhere(test: impl AsyncFn(Place)) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::sqlite(folder.path().join("allclear.db")).unwrap();
    test(Place::over(database, Home::File(folder)).await).await;
    let Some(server) = std::env::var("ALLCLEAR_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else { return };
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("allclear_engine_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let administrator = connect(&server).await;
    administrator.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let url = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let database = Database::postgres(&url).await.unwrap();
    test(Place::over(database, Home::Server(url)).await).await;
    administrator.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}

pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Place {
    async fn over(database: Database, home: Home) -> Self {
        let clock =
            Arc::new(TestClock { microseconds: AtomicI64::new(1_790_000_000_000_000), broken: AtomicBool::new(false) });
        let outside = Arc::new(Outside::default());
        let engine = node(&clock, &outside, database).await;
        engine.configure(Actor::System, |_| Ok(company())).await.unwrap();
        Self { engine, clock, outside, home }
    }

    pub(crate) async fn declare(&self, severity: Severity) -> IncidentId {
        let declaration =
            Declaration { service: SERVICE, title: "The shop is down".to_owned(), severity, description: None };
        self.engine.declare(Actor::System, declaration).await.unwrap()
    }

    /// Sends what is due, once, and writes down what came of it.
    pub(crate) async fn send(&self) {
        for claimed in self.engine.claim().await.unwrap() {
            let outcome: Outcome = self.engine.hand_over(&claimed).await;
            self.engine.settle(claimed, outcome).await.unwrap();
        }
    }

    pub(crate) async fn deliveries(&self, incident: IncidentId) -> Vec<DeliveryRecord> {
        let read = self.engine.database().read(incident, |incident, tx| {
            Box::pin(async move { deliveries::of_incident(tx, *incident, 1_000).await })
        });
        read.await.unwrap()
    }
}

/// Where the chance of the next node begins: each has its own.
static NODES: AtomicU64 = AtomicU64::new(1);

/// Another node over the same database.
pub(crate) async fn node(clock: &Arc<TestClock>, outside: &Arc<Outside>, database: Database) -> Engine {
    let host = Host {
        clock: Arc::<TestClock>::clone(clock),
        random: Arc::new(Counting(AtomicU64::new(NODES.fetch_add(1 << 32, Ordering::Relaxed)))),
        carrier: Arc::<Outside>::clone(outside),
        key: MasterKey::new([7; 32]),
    };
    Engine::new(database, host).await.unwrap()
}

/// Four people; the first two are paged by the first step, the third by the second, the fourth by nobody.
fn company() -> Vec<Change> {
    let mail = MailServer {
        host: "mail.example.com".to_owned(),
        port: 587,
        security: MailSecurity::Starttls,
        username: None,
        sender: "Allclear <pager@example.com>".to_owned(),
    };
    let organisation = Organisation {
        name: "Example".to_owned(),
        address: Some("https://pager.example.com".to_owned()),
        mail: Some(mail),
        ..Organisation::default()
    };
    let targets = |people: &[u128]| people.iter().map(|number| Target::User(person(*number))).collect();
    let step = |people: &[u128]| Step::paging(targets(people), Wait::minutes(30));
    let steps = vec![step(&[1, 2]), step(&[3])];
    let policy = Policy::new(POLICY, "shop".to_owned(), "Shop".to_owned(), steps);
    let service = Service {
        id: SERVICE,
        slug: "shop".to_owned(),
        name: "Shop".to_owned(),
        description: String::new(),
        team: None,
        policy: Some(POLICY),
        urgency: UrgencyRule::BySeverity,
        grouping: Grouping::Alert,
        stays_open: false,
        runbook: None,
    };
    let integration = Integration {
        id: INTEGRATION,
        slug: "shop".to_owned(),
        name: "Shop".to_owned(),
        service: SERVICE,
        source: "pagerduty".to_owned(),
        key_digest: "00".to_owned(),
        disabled: false,
    };
    let mut changes = vec![Change::Organisation(organisation)];
    changes.extend((1..=4).map(|number| Change::Put(somebody(number).into())));
    changes.extend([Change::Put(policy.into()), Change::Put(service.into()), Change::Put(integration.into())]);
    changes
}

fn somebody(number: u128) -> User {
    let contact = ContactMethod {
        id: contact(number),
        name: "mail".to_owned(),
        channel: "email".to_owned(),
        address: address(number),
        verified_at: Some(Timestamp::constant(1_700_000_000, 0)),
    };
    User {
        id: person(number),
        slug: format!("person{number}"),
        name: format!("Person {number}"),
        email: String::new(),
        role: Role::Admin,
        time_zone: None,
        teams: Vec::new(),
        skills: Vec::new(),
        contacts: vec![contact],
        high_urgency: Vec::new(),
        low_urgency: Vec::new(),
        time_off: Vec::new(),
        silent_handovers: false,
        holidays: None,
        suspended: false,
    }
}
