//! Services, integrations, the inbox.

use allclear_core::severity::Severity;
use allclear_web::pages::*;

use crate::doors::snippets;
use crate::house::*;
use crate::incidents::row as incident;
use crate::{Drawn, page};

fn row(number: usize) -> ServiceRow {
    ServiceRow {
        service: service(number),
        worst: [Some(Severity::Sev1), Some(Severity::Sev3), None, None][number % 4],
        open: [12, 1, 0, 0][number % 4],
        policy: (number != 5).then(|| Anchor::new("/policies/payments", "Payments")),
        integrations: number as u32 % 3,
        last_event: (!number.is_multiple_of(3)).then(|| at(-(number as i64) * 400)),
    }
}

fn integration_row(number: usize) -> IntegrationRow {
    IntegrationRow {
        integration: Anchor::new(
            "/integrations/prometheus",
            ["Prometheus, eu-central-1-prod-blue", "Grafana", "Backups"][number % 3],
        ),
        source: ["Alertmanager", "Grafana", "Generic JSON"][number % 3].into(),
        service: service(number),
        last_event: (number != 2).then(|| at(-(number as i64) * 90 - 9)),
        accepted: [48_213, 12, 0][number % 3],
        at_least: number.is_multiple_of(3),
        rejected: [3, 0, 0][number % 3],
        disabled: number == 2,
    }
}

fn one() -> ServicePage {
    ServicePage {
        shell: shell("Payments API", Section::Services, "/services/payments-api"),
        name: "Payments API".into(),
        slug: "payments-api".into(),
        description: "Authorises and captures card payments. If it is down, nobody can buy; the shop queues orders for ten minutes, then refuses them.".into(),
        team: Some(Anchor::new("/teams/payments", "Payments")),
        policy: Some(Anchor::new("/policies/payments", "Payments")),
        paged_now: "Ada Lovelace at once, Ben Okafor after 5m, Grace Hopper after 15m.".into(),
        runbook: Some("https://runbooks.acme.example/payments".into()),
        urgency: "SEV1 and SEV2 wake people, the rest waits for the morning".into(),
        grouping: "Alerts with the same cluster and alertname, within 15m".into(),
        closing: "When the last alert has cleared".into(),
        open: vec![incident(1, State::Triggered), incident(3, State::Acknowledged)],
        recent: (20..25).map(|number| incident(number, State::Resolved)).collect(),
        integrations: (0..3).map(integration_row).collect(),
        sources: choices(&["Alertmanager", "Prometheus", "PagerDuty-compatible", "Generic JSON"], 0),
        may_edit: true,
    }
}

fn edit() -> ServiceEditPage {
    ServiceEditPage {
        shell: shell("Edit Payments API", Section::Services, "/services/payments-api/edit"),
        action: "/services/payments-api".into(),
        back: "/services/payments-api".into(),
        version: "12".into(),
        is_new: false,
        name: "Payments API".into(),
        description: one().description,
        teams: choices(&["No team", "Payments"], 1),
        policies: choices(&["None: page the admins", "Payments"], 1),
        urgencies: choices(&["By severity: SEV1 and SEV2 are high", "Always high", "Always low"], 0),
        groupings: choices(&["Each alert is an incident", "All alerts of the service", "By labels"], 2),
        grouping_labels: "cluster, alertname".into(),
        grouping_window: "15m".into(),
        stays_open: false,
        runbook: "https://runbooks.acme.example/payments".into(),
        problems: vec![],
    }
}

fn message(number: i64, outcome: InboxOutcome, summary: &str, warnings: &[&str]) -> InboxRow {
    InboxRow {
        id: number.to_string(),
        received: at(-number * 7 - 3),
        integration: Anchor::new("/integrations/prometheus", "Prometheus"),
        outcome,
        summary: summary.into(),
        events: vec![InboxEvent {
            action: "trigger".into(),
            summary: "PaymentsErrorBudgetBurn: 14.4× over 1h".into(),
            became: "opened".into(),
            link: Some(Anchor::new("/incidents/INC-181", "INC-181")),
        }],
        warnings: warnings.iter().map(|warning| (*warning).into()).collect(),
        peer: "Alertmanager".into(),
        body: "{\n  \"status\": \"firing\",\n  \"groupKey\": \"{}:{alertname=\\\"PaymentsErrorBudgetBurn\\\"}\",\n  \"alerts\": [\n    { \"status\": \"firing\", \"labels\": { \"alertname\": \"PaymentsErrorBudgetBurn\", \"severity\": \"critical\" } }\n  ]\n}".into(),
        size: "1.2 kB".into(),
    }
}

fn messages() -> Vec<InboxRow> {
    let mut rows = vec![
        message(1, InboxOutcome::Waiting, "not looked at yet", &[]),
        message(
            2,
            InboxOutcome::Processed,
            "2 events: 1 opened INC-181, 1 repeated",
            &["summary: 1,318 characters given, the first 1,024 kept"],
        ),
        message(
            3,
            InboxOutcome::Quarantined,
            "no parser understood it: expected `alerts` to be a list at line 1 column 214",
            &[],
        ),
    ];
    rows.extend(
        (4..16)
            .map(|number| message(number, InboxOutcome::Processed, "1 event: repeated PaymentsErrorBudgetBurn", &[])),
    );
    rows
}

fn integration() -> IntegrationPage {
    IntegrationPage {
        shell: shell("Prometheus", Section::Services, "/integrations/prometheus"),
        name: "Prometheus, eu-central-1-prod-blue".into(),
        slug: "prometheus".into(),
        source: "Alertmanager".into(),
        service: service(1),
        key: Some("ak_7f3q9z2m8x4c6v1b5n0k".into()),
        url: "https://allclear.acme.example/v2/enqueue".into(),
        snippets: snippets(),
        last_event: Some(at(-9)),
        accepted: 48_213,
        at_least: true,
        rejected: 3,
        quarantined: 1,
        last_refusal: Some((at(-HOUR), "413: 640,112 bytes; at most 524,288 are taken.".into())),
        rows: messages(),
        disabled: false,
        may_edit: true,
    }
}

fn inbox(rows: Vec<InboxRow>, lag: &str) -> InboxPage {
    let tab = |label: &str, count, current| Tab { href: "/inbox".into(), label: label.into(), count, current };
    InboxPage {
        shell: shell("Inbox", Section::Services, "/inbox"),
        states: vec![tab("All", None, true), tab("Waiting", Some(1), false), tab("Quarantined", Some(1), false)],
        query: String::new(),
        integrations: choices(&["Every integration", "Prometheus"], 0),
        state: "all".into(),
        lag: lag.into(),
        pager: Pager {
            shown: "15 of about 48,000".into(),
            newer: None,
            older: (!rows.is_empty()).then(|| "/inbox?before=1".into()),
            looked: 15,
        },
        rows,
        may_replay: true,
    }
}

pub(crate) fn pages() -> Vec<Drawn> {
    let team =
        |name: &str, range: std::ops::Range<usize>| ServiceTeam { name: name.into(), rows: range.map(row).collect() };
    let services =
        |teams| ServicesPage { shell: shell("Services", Section::Services, "/services"), teams, may_edit: true };
    let integrations =
        |rows| IntegrationsPage { shell: shell("Integrations", Section::Services, "/integrations"), rows };
    let empty = ServicePage {
        open: vec![],
        recent: vec![],
        integrations: vec![],
        team: None,
        policy: None,
        runbook: None,
        description: String::new(),
        ..one()
    };
    let waiting = IntegrationPage {
        rows: vec![],
        last_event: None,
        accepted: 0,
        at_least: false,
        rejected: 0,
        quarantined: 0,
        last_refusal: None,
        disabled: true,
        ..integration()
    };
    vec![
        page("services", services(vec![team("Payments", 0..3), team("Platform", 3..7), team("No team", 7..8)])),
        page("services-empty", services(vec![])),
        page("service", one()),
        page("service-empty", empty),
        page("service-edit", edit()),
        page("integrations", integrations((0..3).map(integration_row).collect())),
        page("integrations-empty", integrations(vec![])),
        page("integration", integration()),
        page("integration-waiting", waiting),
        page("inbox", inbox(messages(), "1,240 messages wait, the oldest for 3s. They are safe on disk.")),
        page("inbox-empty", inbox(vec![], "")),
    ]
}
