//! The company Acme, on a bad night.

use allclear_core::access::Caller;
use allclear_core::directory::Role;
use allclear_core::severity::Severity;
use allclear_web::pages::*;
use jiff::{SignedDuration, Timestamp};

/// Ten past four in Berlin, on a Monday in November.
const NOW: &str = "2026-11-23T03:12:33Z";

pub(crate) fn clock() -> Clock {
    let now: Timestamp = NOW.parse().expect("a valid time");
    Clock { now, zone: "Europe/Berlin".parse().expect("a known zone") }
}

/// The moment that lies so many seconds after now.
pub(crate) fn at(seconds: i64) -> When {
    let clock = clock();
    clock.when(clock.now + SignedDuration::from_secs(seconds))
}

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

const NAMES: &[&str] = &[
    "Ada Lovelace",
    "Ben Okafor",
    "Chiara Rossi",
    "Dmitri Volkov",
    "Elif Yılmaz",
    "Maximiliane von Hohenlohe-Langenburg",
    "Grace Hopper",
    "Hiro Tanaka",
];

/// One of eight people; the first is the reader.
pub(crate) fn person(number: usize) -> Person {
    let name = NAMES[number % NAMES.len()];
    let slug = name.split(' ').next().unwrap_or_default().to_lowercase();
    Person { slug, name: name.into(), is_reader: number.is_multiple_of(NAMES.len()) }
}

pub(crate) const SERVICES: &[&str] = &[
    "Checkout",
    "Payments API",
    "Identity & sign-in",
    "Search",
    "Warehouse event pipeline (Kafka, eu-central-1)",
    "Mobile gateway",
    "Billing exports",
    "Image resizer",
];

pub(crate) fn service(number: usize) -> Anchor {
    Anchor::new(format!("/services/service-{number}"), SERVICES[number % SERVICES.len()])
}

pub(crate) fn severity(number: usize) -> Severity {
    Severity::ALL[number % 4]
}

pub(crate) fn choices(labels: &[&str], selected: usize) -> Vec<Choice> {
    let value = |label: &str| label.to_lowercase().replace(' ', "-");
    labels.iter().enumerate().map(|(n, label)| Choice::new(value(label), *label, n == selected)).collect()
}

pub(crate) fn labels() -> Vec<Label> {
    [
        ("alertname", "PaymentsErrorBudgetBurn"),
        ("cluster", "eu-central-1-prod-blue"),
        ("namespace", "payments"),
        ("pod", "payments-api-7c9f8d6b5-x2k4q"),
        ("severity", "critical"),
        ("team", "payments"),
        ("slo", "availability-99.95"),
        ("window", "5m/1h"),
        ("runbook_url", "https://runbooks.acme.example/payments/error-budget-burn#first-five-minutes"),
    ]
    .map(|(name, value)| Label { name: name.into(), value: value.into() })
    .to_vec()
}

pub(crate) fn upcoming(what: &[(i64, &str)]) -> Vec<Upcoming> {
    what.iter().map(|(seconds, what)| Upcoming { at: at(*seconds), what: (*what).into(), incident: None }).collect()
}

pub(crate) fn shell(title: &str, section: Section, path: &str) -> Shell {
    Shell {
        title: title.into(),
        section,
        organisation: "Acme".into(),
        reader: person(0),
        caller: Caller::Person(Role::Admin),
        csrf: "csrf".into(),
        path: path.into(),
        theme: Theme::System,
        clock: clock(),
        triggered: 7,
        yours: None,
        flashes: Vec::new(),
    }
}

/// The frame of a house where nothing has happened yet.
pub(crate) fn quiet(title: &str, section: Section, path: &str) -> Shell {
    Shell { triggered: 0, ..shell(title, section, path) }
}
