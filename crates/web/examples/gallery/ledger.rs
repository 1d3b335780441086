//! Alerts and deliveries.

use allclear_core::severity::Severity;
use allclear_web::pages::*;

use crate::house::*;
use crate::incidents::timeline;
use crate::{Drawn, page};

const SUMMARIES: &[&str] = &[
    "PaymentsErrorBudgetBurn: 14.4× over 1h",
    "payments-api-7c9f8d6b5-x2k4q is not ready for 15 minutes in namespace payments on eu-central-1-prod-blue",
    "Acquirer timeout rate above 20 %",
    "Watchdog",
    "NodeFilesystemAlmostOutOfSpace /var/lib/postgresql on db-primary-2",
];

fn alert_row(number: usize) -> AlertRow {
    let silent = number % 5 == 3;
    AlertRow {
        href: "/alerts/alr_1".into(),
        id: format!("alr-{number}"),
        summary: SUMMARIES[number % SUMMARIES.len()].into(),
        severity: severity(number),
        state: State::Firing,
        service: Some(service(number)),
        incident: (!silent).then(|| Anchor::new("/incidents/INC-181", "INC-181")),
        why: match (silent, number % 3) {
            (true, _) => "silenced by Ben Okafor until 09:00: planned failover",
            (false, 0) => "opened it: no open incident of Payments API had these labels",
            (false, _) => "same cluster and alertname, within 15m",
        }
        .into(),
        count: 1 + number as u64 * 417,
        last_seen: at(-(number as i64) * 31 - 4),
    }
}

fn alerts(rows: Vec<AlertRow>) -> AlertsPage {
    let tab = |label: &str, count, current| Tab { href: "/alerts".into(), label: label.into(), count, current };
    AlertsPage {
        shell: shell("Alerts", Section::Alerts, "/alerts"),
        states: vec![
            tab("Firing", (!rows.is_empty()).then_some(214), true),
            tab("Resolved", None, false),
            tab("All", None, false),
        ],
        state: "firing".into(),
        query: String::new(),
        services: choices(&["Every service", "Checkout"], 0),
        is_filtered: false,
        pager: Pager {
            shown: "30 of about 220".into(),
            newer: None,
            older: (!rows.is_empty()).then(|| "/alerts?before=1".into()),
            looked: 30,
        },
        rows,
    }
}

fn alert() -> AlertPage {
    AlertPage {
        shell: shell("Alert", Section::Alerts, "/alerts/alr_1"),
        summary: SUMMARIES[1].into(),
        severity: Severity::Sev2,
        state: State::Firing,
        service: Some(service(1)),
        integration: Some(Anchor::new("/integrations/prometheus", "Prometheus, eu-central-1-prod-blue")),
        incident: Some(Anchor::new("/incidents/INC-181", "INC-181")),
        why: vec![
            "Payments API groups alerts with the same cluster and alertname.".into(),
            "INC-181 was open and took in its last alert 4m before this one; the window is 15m.".into(),
        ],
        source: "payments-api-7c9f8d6b5-x2k4q".into(),
        dedup_key: "9c1f0b6e2a7d4c55/payments/KubePodNotReady/eu-central-1-prod-blue".into(),
        count: 48,
        first_seen: at(-12 * MINUTE),
        last_seen: at(-9),
        expires: Some(at(4 * MINUTE)),
        labels: labels(),
        links: vec![Anchor::new("https://prometheus.acme.example/graph", "The rule that fired")],
        details: "{\n  \"num_firing\": 48,\n  \"value\": 14.4\n}".into(),
        days: timeline().into_iter().take(1).collect(),
    }
}

fn delivery_row(number: usize, state: DeliveryState, answer: &str) -> DeliveryRow {
    DeliveryRow {
        href: "/deliveries/dlv_1".into(),
        id: format!("dlv-{number}"),
        at: at(-(number as i64) * 47 - 8),
        person: person(number),
        channel: if number.is_multiple_of(3) { "webhook" } else { "email" }.into(),
        contact: if number.is_multiple_of(3) { "ops webhook" } else { "work mail" }.into(),
        incident: (number != 4).then(|| Anchor::new("/incidents/INC-181", "INC-181")),
        kind: ["page", "page", "3 pages bundled", "page", "test page"][number % 5].into(),
        state,
        attempts: 1 + number as u32 % 3,
        answer: answer.into(),
    }
}

fn delivery_rows() -> Vec<DeliveryRow> {
    use DeliveryState::{Accepted, Acknowledged, Failed, Queued, Seen};
    vec![
        delivery_row(0, Queued, ""),
        delivery_row(1, Accepted, "250 2.0.0 Ok: queued as 4B1C2D"),
        delivery_row(2, Seen, "the link was opened"),
        delivery_row(
            3,
            Failed,
            "503 Service Unavailable: upstream connect error or disconnect/reset before headers, 8 attempts",
        ),
        delivery_row(4, Acknowledged, "the test page was answered after 12s"),
        delivery_row(5, Accepted, "250 2.0.0 Ok: queued as 4B1C2E"),
    ]
}

fn delivery() -> DeliveryPage {
    let attempt = |seconds, outcome: &str, failed, answer: &str| Attempt {
        at: at(seconds),
        outcome: outcome.into(),
        failed,
        answer: answer.into(),
        took: "340 ms".into(),
    };
    DeliveryPage {
        shell: shell("Delivery", Section::OnCall, "/deliveries/dlv_1"),
        row: delivery_row(3, DeliveryState::Queued, ""),
        why: vec![
            "Step 1 of “Payments” pages whoever is on call on Payments primary: Dmitri Volkov.".into(),
            "Their rules for high urgency try ops webhook at once and work mail after 5m.".into(),
        ],
        address: "https://hooks.acme.example/…".into(),
        attempts: vec![
            attempt(-10, "will be tried again", true, "503 Service Unavailable: upstream connect error or disconnect/reset before headers"),
            attempt(-70, "will be tried again", true, "connection timed out after 10s"),
        ],
        next_attempt: Some(at(40)),
        reached: vec![(DeliveryState::Queued, at(-80))],
        text: "SEV1 INC-181 Payments API: error budget burns 14× too fast.\nAcknowledge: https://allclear.acme.example/k/…".into(),
    }
}

fn deliveries(rows: Vec<DeliveryRow>) -> DeliveriesPage {
    let tab = |label: &str, count, current| Tab { href: "/deliveries".into(), label: label.into(), count, current };
    DeliveriesPage {
        shell: shell("Deliveries", Section::OnCall, "/deliveries"),
        states: vec![tab("All", None, true), tab("Under way", Some(2), false), tab("Failed", Some(1), false)],
        state: "all".into(),
        people: choices(&["Everybody", "Ada Lovelace"], 0),
        channels: choices(&["Every channel", "E-mail", "Webhook"], 0),
        rows,
        pager: Pager::default(),
    }
}

pub(crate) fn pages() -> Vec<Drawn> {
    let silent = AlertPage {
        incident: None,
        why: vec!["Silenced by Ben Okafor until 09:00 CET: planned failover of db-primary-2.".into()],
        labels: vec![],
        links: vec![],
        details: String::new(),
        expires: None,
        days: vec![],
        ..alert()
    };
    vec![
        page("alerts", alerts((0..30).map(alert_row).collect())),
        page("alerts-empty", alerts(vec![])),
        page("alert", alert()),
        page("alert-silent", silent),
        page("deliveries", deliveries(delivery_rows())),
        page("deliveries-empty", deliveries(vec![])),
        page("delivery", delivery()),
    ]
}
