//! A house with people in it: everything that pages can show, made by hand.

use allclear_core::actor::Actor;
use allclear_core::directory::{Change, MailServer};
use allclear_core::directory::{
    ContactMethod, Grouping, Integration, Object, Organisation, Policy, Role, Rung, Service, Step, Target, Team, User,
};
use allclear_core::id::{ContactMethodId, IntegrationId, OverrideId, PolicyId, ScheduleId, ServiceId, TeamId, UserId};
use allclear_core::schedule::{Layer, Override, Restriction, Schedule, Turn};
use allclear_core::severity::UrgencyRule;
use allclear_core::wait::Wait;
use allclear_store::passwords;
use uuid::Uuid;

use super::browser::Browser;
use super::house::House;

/// The password that all people in tests have.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The hash of it, made with parameters that cost next to nothing.
fn hash() -> &'static str {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Algorithm, Argon2, Params, Version};

    static HASH: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HASH.get_or_init(|| {
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        cheap.hash_password(PASSWORD.as_bytes()).unwrap().to_string()
    })
}

/// The key of the integration.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A name that breaks out of every place in a page where it is not escaped.
pub(crate) const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>";

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + number)
}

/// People by login, each with one verified mail address.
const PEOPLE: [(&str, &str, Role); 4] = [
    ("ada", "Ada Lovelace", Role::Admin),
    ("mel", "Mel Manager", Role::Manager),
    ("rob", "Rob Responder", Role::Responder),
    ("vic", "Vic Viewer", Role::Viewer),
];

pub(crate) fn person(number: usize) -> User {
    let (login, name, role) = PEOPLE[number];
    let contact = ContactMethodId::new(id(200 + number as u128));
    User {
        id: UserId::new(id(100 + number as u128)),
        slug: login.to_owned(),
        name: name.to_owned(),
        email: format!("{login}@acme.test"),
        role,
        time_zone: None,
        teams: vec![TeamId::new(id(1))],
        skills: Vec::new(),
        contacts: vec![ContactMethod {
            id: contact,
            name: "work mail".to_owned(),
            channel: "email".to_owned(),
            address: format!("{login}@acme.test"),
            verified_at: Some("2026-11-01T00:00:00Z".parse().unwrap()),
        }],
        high_urgency: vec![Rung { after: Wait::NONE, contact }],
        low_urgency: Vec::new(),
        time_off: Vec::new(),
        silent_handovers: false,
        holidays: None,
        suspended: false,
    }
}

fn schedule(suffix: &str, team: TeamId) -> Schedule {
    Schedule {
        id: ScheduleId::new(id(2)),
        slug: "primary".into(),
        name: format!("Primary{suffix}"),
        team: Some(team),
        time_zone: "Europe/Berlin".parse().unwrap(),
        layers: vec![Layer {
            name: format!("weekly{suffix}"),
            time_zone: None,
            start: "2026-11-02T09:00:00".parse().unwrap(),
            end: None,
            turn: Turn::Weeks(1),
            participants: vec![person(2).id.into(), person(1).id.into()],
            restrictions: vec![Restriction::Daily { from: "08:00".parse().unwrap(), until: "20:00".parse().unwrap() }],
            holidays: None,
            shadow: false,
        }],
        overrides: vec![Override {
            id: OverrideId::new(id(3)),
            user: person(0).id,
            replaces: None,
            starts: "2026-11-28T08:00:00Z".parse().unwrap(),
            ends: "2026-11-29T08:00:00Z".parse().unwrap(),
        }],
        silent_handovers: false,
    }
}

/// The things of a small firm; all their names end with this.
pub(crate) fn things(suffix: &str) -> Vec<Object> {
    let name = |text: &str| format!("{text}{suffix}");
    let team =
        Team { id: TeamId::new(id(1)), slug: "payments".into(), name: name("Payments"), description: name("They") };
    let schedule = schedule(suffix, team.id);
    let steps = vec![
        Step::paging(vec![Target::Schedule(schedule.id)], Wait::minutes(5)),
        Step::paging(vec![Target::User(person(0).id)], Wait::minutes(10)),
    ];
    let policy = Policy {
        team: Some(team.id),
        repeats: 1,
        acknowledgement_timeout: Some(Wait::hours(2)),
        ..Policy::new(PolicyId::new(id(4)), "payments".into(), name("Payments"), steps)
    };
    let service = Service {
        id: ServiceId::new(id(5)),
        slug: "checkout".into(),
        name: name("Checkout"),
        description: name("Takes money"),
        team: Some(team.id),
        policy: Some(policy.id),
        urgency: UrgencyRule::BySeverity,
        grouping: Grouping::Labels { labels: vec!["cluster".into()], window: Wait::minutes(15) },
        stays_open: false,
        runbook: Some(
            if suffix.is_empty() { "https://runbooks.acme.test/checkout" } else { "javascript:alert(4)" }.into(),
        ),
    };
    let integration = integration(service.id, name("Checkout events"));
    vec![team.into(), schedule.into(), policy.into(), service.into(), integration.into()]
}

fn integration(service: ServiceId, name: String) -> Integration {
    Integration {
        id: IntegrationId::new(id(6)),
        slug: "checkout-events".into(),
        name,
        service,
        source: "generic".into(),
        key_digest: digest(KEY),
        disabled: false,
    }
}

fn digest(key: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl House {
    /// A small firm with four people, one of each role, and a mail server.
    pub(crate) async fn town() -> Self {
        Self::town_called("").await
    }

    pub(crate) async fn town_called(suffix: &str) -> Self {
        let house = Self::empty().await;
        house.settle(suffix).await;
        house
    }

    /// Lets people move in.
    pub(crate) async fn settle(&self, suffix: &str) {
        let organisation = Organisation {
            name: format!("Acme{suffix}"),
            time_zone: "Europe/Berlin".parse().unwrap(),
            address: Some("https://allclear.test".into()),
            mail: Some(MailServer {
                host: "mail.acme.test".into(),
                port: 587,
                security: Default::default(),
                username: None,
                sender: "Allclear <pager@acme.test>".into(),
            }),
            keep: Default::default(),
        };
        let team = things(suffix).into_iter().next().unwrap();
        let people = (0..4).map(|number| {
            let plain = person(number);
            Object::from(User { name: format!("{}{suffix}", plain.name), ..plain })
        });
        let changes: Vec<Change> = std::iter::once(team)
            .chain(people)
            .chain(things(suffix).into_iter().skip(1))
            .map(Change::Put)
            .chain([Change::Organisation(organisation)])
            .collect();
        self.engine.configure(Actor::System, |_| Ok(changes.clone())).await.unwrap();
        let key = format!("integration.{}", IntegrationId::new(id(6)));
        self.engine.keep_secret(&key, KEY).await.unwrap();
        for number in 0..4 {
            self.settle_password(number).await;
        }
    }

    /// Gives somebody the password that all people in tests have.
    pub(crate) async fn settle_password(&self, number: usize) {
        let (user, now) = (person(number).id, self.engine.now());
        let written = self.engine.database().write((), move |(), tx| Box::pin(passwords::put(tx, now, user, hash())));
        written.await.unwrap();
    }

    /// A town in which a good deal has happened; all texts end with this.
    pub(crate) async fn full(suffix: &str) -> Self {
        let house = Self::town_called(suffix).await;
        let text = |text: &str| format!("{text}{suffix}");
        for key in ["db-1", "db-2", "db-3", "db-4"] {
            house
                .event(serde_json::json!({
                    "action": "trigger", "dedup_key": text(key), "summary": text("Disk is full"), "severity": "critical",
                    "source": text("srv"), "labels": {"cluster": key, (text("label")): text("value")},
                    "links": [{"href": "https://wiki.acme.test/disk", "text": text("Wiki")}, {"href": "javascript:alert(3)"}],
                    "details": {(text("free")): text("1%")},
                }))
                .await;
        }
        let silence = serde_json::json!({
            "matchers": [{"name": text("label"), "value": text("value"), "isRegex": false}], "createdBy": text("zoe"),
            "comment": text("planned"), "startsAt": "2026-11-23T11:00:00Z", "endsAt": "2026-11-24T12:30:00Z",
        });
        let path = format!("/in/{KEY}/alertmanager/api/v2/silences");
        house.browser().send(axum::http::Method::POST, &path, Some(silence.to_string())).await.is(200);
        house.event(serde_json::json!({"action": "resolve", "dedup_key": text("db-4"), "summary": "over"})).await;
        house.event(serde_json::json!("only a text, which nobody understands")).await;
        let mut rob = house.signed_in("rob").await;
        for (path, fields) in [
            ("/incidents/INC-1/acknowledge", vec![]),
            ("/incidents/INC-1/notes", vec![("note", text("Looking at it"))]),
            ("/incidents/INC-1/title", vec![("title", text("Disk of db-1"))]),
            ("/incidents/INC-2/snooze", vec![("for", "1h".to_owned())]),
            ("/incidents/INC-3/merge", vec![("into", "INC-1".to_owned())]),
        ] {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            rob.post(path, &fields).await.is(303);
        }
        house.work().await;
        house
    }

    /// A browser in which that person is signed in.
    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(login).await;
        browser
    }

    /// An event comes in by the intake, and is processed.
    pub(crate) async fn event(&self, body: serde_json::Value) {
        let mut source = self.browser();
        source.headers.clear();
        let sent = source.send(axum::http::Method::POST, &format!("/in/{KEY}"), Some(body.to_string())).await;
        assert!(sent.status.is_success(), "{} {}", sent.status, sent.text);
        self.work().await;
    }

    /// The alert that most tests begin with; it becomes INC-1 in an empty house.
    pub(crate) async fn alert(&self, key: &str, summary: &str) {
        self.event(serde_json::json!({
            "action": "trigger", "dedup_key": key, "summary": summary, "severity": "critical",
            "labels": {"cluster": key},
        }))
        .await;
    }
}
