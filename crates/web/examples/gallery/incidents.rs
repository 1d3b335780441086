//! Now, the incidents, and the page for 3 am.

use allclear_core::severity::Severity;
use allclear_web::pages::*;

use crate::house::*;
use crate::{Drawn, page};

const TITLES: &[&str] = &[
    "Checkout returns 5xx for 34 % of requests in eu-central-1",
    "Error budget of payments-api burns 14× too fast (5m/1h windows), customers see failed card authorisations at the last step of the checkout",
    "Sign-in latency p99 above 4 s",
    "Search index is 47 minutes behind",
    "Consumer lag on warehouse.events.v3 grows by 120,000 messages a minute",
    "TLS certificate of api.acme.example expires in 3 days",
    "Disk of db-primary-2 is 91 % full",
    "Nightly billing export did not finish",
    "Image resizer: out-of-memory kills on 6 of 9 pods",
    "Heartbeat of backup-postgres is missing",
];

pub(crate) fn row(number: usize, state: State) -> IncidentRow {
    let who = if state == State::Triggered {
        vec![person(number)]
    } else if state == State::Resolved && number.is_multiple_of(3) {
        vec![]
    } else {
        vec![person(number), person(number + 3)]
    };
    IncidentRow {
        reference: format!("INC-{}", 182 - number),
        title: TITLES[number % TITLES.len()].into(),
        severity: severity(number / 2 + number % 3),
        state,
        service: (!number.is_multiple_of(9)).then(|| service(number)),
        opened: at(-(number as i64 * 97 + 12) * if number > 20 { 60 } else { 9 }),
        who,
        alerts: [1, 214, 3, 1, 38, 1][number % 6],
    }
}

fn storm() -> Vec<IncidentGroup> {
    let group = |label: &str, range: std::ops::Range<usize>, state| {
        let mut rows: Vec<_> = range.map(|number| row(number, state)).collect();
        rows.sort_by_key(|row| row.severity.rank());
        IncidentGroup { label: label.into(), rows }
    };
    vec![
        group("Triggered", 0..17, State::Triggered),
        group("Acknowledged", 17..33, State::Acknowledged),
        group("Snoozed", 33..40, State::Snoozed),
    ]
}

fn states(counts: bool) -> Vec<Tab> {
    let tab = |label: &str, count, current| Tab {
        href: format!("/incidents?state={}", label.to_lowercase()),
        label: label.into(),
        count: if counts { count } else { None },
        current,
    };
    vec![
        tab("Open", Some(40), true),
        tab("Triggered", Some(17), false),
        tab("Acknowledged", Some(16), false),
        tab("Snoozed", Some(7), false),
        tab("Resolved", None, false),
        tab("All", None, false),
    ]
}

fn filters() -> IncidentFilters {
    let mut services = vec!["Every service"];
    services.extend(SERVICES);
    IncidentFilters {
        state: "open".into(),
        query: String::new(),
        whose: choices(&["Everybody's", "My teams'", "Mine"], 0),
        services: choices(&services, 0),
        severities: choices(&["Every severity", "SEV1", "SEV2", "SEV3", "SEV4"], 0),
        is_set: false,
    }
}

fn incidents() -> IncidentsPage {
    let mut shell = shell("Incidents", Section::Incidents, "/incidents");
    shell.triggered = 17;
    shell.yours = Some(Yours { reference: "INC-181".into(), title: TITLES[1].into(), others: 2 });
    shell.flashes = vec![Flash {
        text: "INC-176 and INC-177 are resolved.".into(),
        is_bad: false,
        undo: Some(Undo { action: "/incidents/bulk".into(), label: "Re-open".into(), fields: vec![] }),
    }];
    IncidentsPage {
        shell,
        states: states(true),
        filters: filters(),
        groups: storm(),
        pager: Pager {
            shown: "40 of about 240".into(),
            newer: None,
            older: Some("/incidents?before=INC-140".into()),
            looked: 40,
        },
        quiet_since: None,
    }
}

fn now_full() -> NowPage {
    let mut shell = shell("Now", Section::Now, "/");
    shell.yours = Some(Yours { reference: "INC-181".into(), title: TITLES[1].into(), others: 0 });
    let schedule = Anchor::new("/schedules/payments-primary", "Payments primary");
    let mut upcoming = upcoming(&[
        (222, "Ben Okafor is paged (step 2 of 3) unless somebody acknowledges."),
        (47 * MINUTE, "Your snooze ends and it pages you again."),
        (2 * HOUR, "Your acknowledgement lapses and it pages again."),
        (5 * HOUR + 47 * MINUTE, "You hand Payments primary over to Chiara Rossi."),
    ]);
    for (item, reference) in upcoming.iter_mut().zip(["INC-181", "INC-177", "INC-179"]) {
        item.incident = Some(Anchor::new(format!("/incidents/{reference}"), reference));
    }
    NowPage {
        shell,
        duties: vec![
            Duty {
                schedule,
                starts: at(-5 * DAY),
                ends: Some(at(5 * HOUR + 47 * MINUTE)),
                beside: vec![person(1), person(5)],
                shadows: vec![person(7)],
            },
            Duty {
                schedule: Anchor::new("/schedules/platform", "Platform, follow the sun"),
                starts: at(-HOUR),
                ends: None,
                beside: vec![],
                shadows: vec![],
            },
        ],
        conflicts: vec![OwnConflict {
            schedule: Anchor::new("/schedules/payments-primary", "Payments primary"),
            starts: at(20 * HOUR),
            ends: at(68 * HOUR),
            why: "have time off (skiing)".into(),
        }],
        covers: vec![crate::cover::cover_row()],
        next_duty: None,
        mine: vec![row(1, State::Triggered), row(3, State::Acknowledged), row(5, State::Snoozed)],
        upcoming,
        fires: [0, 4, 6, 8, 10, 12].into_iter().map(|n| row(n, State::Acknowledged)).collect(),
        open: 40,
        quiet_since: None,
        last_reached: None,
        unreachable: None,
    }
}

fn now_quiet() -> NowPage {
    NowPage {
        shell: quiet("Now", Section::Now, "/"),
        duties: vec![Duty {
            schedule: Anchor::new("/schedules/payments-primary", "Payments primary"),
            starts: at(-5 * DAY),
            ends: Some(at(5 * HOUR + 47 * MINUTE)),
            beside: vec![],
            shadows: vec![],
        }],
        conflicts: vec![],
        covers: vec![],
        next_duty: None,
        mine: vec![],
        upcoming: upcoming(&[(5 * HOUR + 47 * MINUTE, "You hand Payments primary over to Chiara Rossi.")]),
        fires: vec![],
        open: 0,
        quiet_since: Some(at(-3 * HOUR)),
        last_reached: Some((at(-3 * DAY), "work mail".into())),
        unreachable: None,
    }
}

fn now_first_day() -> NowPage {
    NowPage {
        duties: vec![],
        upcoming: vec![],
        quiet_since: None,
        last_reached: None,
        unreachable: Some("You have no verified contact method.".into()),
        ..now_quiet()
    }
}

fn moment(seconds: i64, icon: &'static str, weight: Weight, who: Option<Person>, sentence: &str) -> Moment {
    Moment {
        at: at(seconds),
        icon,
        weight,
        who,
        sentence: sentence.into(),
        why: None,
        said: None,
        link: None,
        folded: Vec::new(),
    }
}

pub(crate) fn timeline() -> Vec<Day> {
    use Weight::{Loud, Minor, Plain};
    let note = Moment {
        said: Some("Card authorisations time out against the acquirer; their status page is green.\nFailing over to the second acquirer now, https://runbooks.acme.example/payments/failover step 4.".into()),
        ..moment(-70, "note", Plain, Some(person(1)), "wrote:")
    };
    let paged = Moment {
        why: Some("Step 1 of “Payments” pages whoever is on call on Payments primary.".into()),
        ..moment(-11 * MINUTE, "page", Loud, Some(person(0)), "was paged by work mail and ops webhook.")
    };
    let grouped = Moment {
        why: Some("Same values of cluster and alertname as the alert before, within 15m.".into()),
        link: Some(Anchor::new("/alerts/alr_1", "the alert")),
        ..moment(
            -8 * MINUTE,
            "alert",
            Minor,
            None,
            "212 more alerts joined, last “payments-api-7c9f8d6b5-x2k4q is not ready”:",
        )
    };
    let failed = Moment {
        why: Some(
            "The server answered 503 twice; the next attempt is in 40s. The next contact method was tried at once."
                .into(),
        ),
        link: Some(Anchor::new("/deliveries/dlv_1", "the delivery")),
        ..moment(-10 * MINUTE, "warn", Loud, None, "The message to Ben Okafor's ops webhook has not been accepted:")
    };
    vec![
        Day {
            label: at(0).day(),
            moments: vec![
                note,
                moment(-3 * MINUTE, "up", Loud, None, "Nobody acknowledged within 5m: escalated to step 2."),
                grouped,
                failed,
                paged,
                moment(-12 * MINUTE, "incident", Loud, None, "Opened as SEV1 by an alert from Prometheus (payments)."),
            ],
        },
        Day {
            label: at(-DAY).day(),
            moments: vec![moment(-DAY, "check", Plain, Some(person(2)), "resolved it the last time, after 22m.")],
        },
    ]
}

fn paged() -> Vec<Paged> {
    let delivery = |contact: &str, state: &str, failed, seconds| PagedDelivery {
        href: "/deliveries/dlv_1".into(),
        contact: contact.into(),
        state: state.into(),
        failed,
        at: at(seconds),
    };
    vec![
        Paged {
            person: person(5),
            why: "step 2, Payments secondary".into(),
            deliveries: vec![delivery("work mail", "handed to the mail server", false, -160)],
        },
        Paged {
            person: person(0),
            why: "step 1, Payments primary".into(),
            deliveries: vec![
                delivery("ops webhook", "refused, 503", true, -600),
                delivery("work mail", "opened", false, -640),
            ],
        },
    ]
}

fn grouped_alerts() -> Vec<GroupedAlert> {
    let alert = |summary: &str, severity, state, count, seconds| GroupedAlert {
        href: "/alerts/alr_1".into(),
        summary: summary.into(),
        severity,
        state,
        count,
        last_seen: at(seconds),
    };
    vec![
        alert("PaymentsErrorBudgetBurn: 14.4× over 1h", Severity::Sev1, State::Firing, 48, -9),
        alert("payments-api-7c9f8d6b5-x2k4q is not ready", Severity::Sev3, State::Firing, 12, -40),
        alert("Acquirer timeout rate above 20 %", Severity::Sev2, State::Resolved, 3, -340),
    ]
}

fn actions() -> IncidentActions {
    IncidentActions {
        acknowledge: true,
        resolve: true,
        escalate: Some("The next step pages whoever is on call on Payments secondary.".into()),
        steps: choices(&["Next step: Payments secondary", "Step 3: Grace Hopper"], 0),
        snooze: choices(&["15 minutes", "1 hour", "4 hours", "Until 09:00"], 0),
        reassign: choices(&["Ben Okafor", "Chiara Rossi", "Policy: Platform"], 0),
        merge: choices(&["INC-182 Checkout returns 5xx for 34 %", "INC-178 Consumer lag"], 0),
        reopen: false,
        severities: choices(&["SEV1 critical", "SEV2 high", "SEV3 medium", "SEV4 low"], 0),
        note: true,
    }
}

fn incident() -> IncidentPage {
    IncidentPage {
        shell: shell("INC-181", Section::Incidents, "/incidents/INC-181"),
        reference: "INC-181".into(),
        title: TITLES[1].into(),
        outdated: true,
        severity: Severity::Sev1,
        urgency: ("high".into(), "SEV1 of a service that pages by severity".into()),
        state: State::Triggered,
        snoozed_until: None,
        service: Some(service(1)),
        team: Some(Anchor::new("/teams/payments", "Payments")),
        policy: Some(Anchor::new("/policies/payments", "Payments")),
        runbook: Some("https://runbooks.acme.example/payments".into()),
        opened: at(-12 * MINUTE),
        resolved: None,
        holders: vec![],
        merged_into: None,
        paged: paged(),
        upcoming: upcoming(&[
            (222, "Grace Hopper is paged (step 3 of 3) unless somebody acknowledges."),
            (13 * MINUTE, "The ladder starts again from step 1 (1 of 2 repeats)."),
        ]),
        nothing_next: String::new(),
        alerts: grouped_alerts(),
        alert_count: 214,
        labels: labels(),
        links: vec![
            Anchor::new("https://grafana.acme.example/d/payments", "Dashboard: payments overview"),
            Anchor::new("https://prometheus.acme.example/graph", "The rule that fired"),
        ],
        days: timeline(),
        older: Some("/incidents/INC-181?before=1".into()),
        actions: actions(),
    }
}

fn incident_resolved() -> IncidentPage {
    let mut days = timeline();
    days.truncate(1);
    days[0].moments.insert(0, moment(-5, "check", Weight::Loud, Some(person(0)), "resolved it."));
    IncidentPage {
        shell: quiet("INC-12", Section::Incidents, "/incidents/INC-12"),
        reference: "INC-12".into(),
        title: "Printer on floor 3 is on fire".into(),
        outdated: false,
        severity: Severity::Sev4,
        urgency: ("low".into(), "SEV4".into()),
        state: State::Resolved,
        service: None,
        team: None,
        policy: None,
        runbook: None,
        resolved: Some(at(-5)),
        paged: vec![],
        upcoming: vec![],
        nothing_next: "It is over. A new event of the same alert within 15m opens it again.".into(),
        alerts: vec![],
        alert_count: 0,
        labels: vec![],
        links: vec![],
        days,
        older: None,
        actions: IncidentActions { reopen: true, note: true, ..IncidentActions::default() },
        ..incident()
    }
}

fn link(step: LinkStep, told: &str) -> LinkPage {
    LinkPage {
        clock: clock(),
        token: "k9v7m6n5pw".into(),
        step,
        reference: "INC-181".into(),
        severity: Severity::Sev1,
        title: "Error budget of payments-api burns 14× too fast: card authorisations fail in eu-central-1.".into(),
        service: "Payments API".into(),
        opened: at(-2 * MINUTE),
        told: told.into(),
        steps: choices(&["Step 1: Payments primary", "Step 2: Grace Hopper"], 1),
        people: choices(&["Ben Okafor", "Grace Hopper"], 0),
        upcoming: match step {
            LinkStep::Ask => upcoming(&[(222, "Ben Okafor is paged unless somebody acknowledges.")]),
            LinkStep::Acknowledged => upcoming(&[(2 * HOUR, "Your acknowledgement lapses and it pages you again.")]),
            LinkStep::PassedOn | LinkStep::Escalated | LinkStep::HandedOver => {
                upcoming(&[(280, "Grace Hopper is paged unless Ben answers.")])
            }
            LinkStep::Settled | LinkStep::Expired => vec![],
        },
        runbook: (step != LinkStep::Ask).then(|| "https://runbooks.acme.example/payments".into()),
        moments: if step == LinkStep::Ask { vec![] } else { moments() },
    }
}

fn moments() -> Vec<LinkMoment> {
    [(-10, "You acknowledged."), (-70, "You were paged by work mail."), (-120, "Opened by an alert from Prometheus.")]
        .map(|(seconds, sentence)| LinkMoment { at: at(seconds), sentence: sentence.into() })
        .to_vec()
}

pub(crate) fn pages() -> Vec<Drawn> {
    let empty = |is_set| IncidentsPage {
        shell: quiet("Incidents", Section::Incidents, "/incidents"),
        states: states(false),
        filters: IncidentFilters { is_set, ..filters() },
        groups: vec![],
        pager: Pager::default(),
        quiet_since: is_set.then(|| at(-HOUR)),
    };
    let new = IncidentNewPage {
        shell: shell("Declare an incident", Section::Incidents, "/incidents/new"),
        title: String::new(),
        note: "Three customers called within ten minutes.".into(),
        services: choices(SERVICES, 1),
        severities: choices(&["SEV1 critical", "SEV2 high", "SEV3 medium", "SEV4 low"], 1),
        problems: vec![FieldProblem {
            field: "title".into(),
            message: "What is wrong is empty; give it a value.".into(),
        }],
    };
    vec![
        page("now", now_full()),
        page("now-quiet", now_quiet()),
        page("now-first-day", now_first_day()),
        page("incidents", incidents()),
        page("incidents-empty", empty(false)),
        page("incidents-no-match", empty(true)),
        page("incident-new", new),
        page("incident", incident()),
        page("incident-resolved", incident_resolved()),
        page("k-ask", link(LinkStep::Ask, "")),
        page("k-acknowledged", link(LinkStep::Acknowledged, "You have it. Nobody else is paged.")),
        page("k-passed", link(LinkStep::PassedOn, "Ben Okafor is being paged instead of you.")),
        page("k-settled", link(LinkStep::Settled, "Ben Okafor acknowledged 40s before you. You can sleep.")),
        page("k-expired", link(LinkStep::Expired, "Links in pages work for 24 hours; this one is from 12 October.")),
    ]
}
