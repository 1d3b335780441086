//! Messages for the tests: one of each kind, as they would really be, and the worst that could come in their place.

use std::collections::BTreeMap;

use allclear_core::event::Link;
use allclear_core::id::{DeliveryId, IncidentId, UserId};
use allclear_core::severity::{Severity, Urgency};
use jiff::Timestamp;
use uuid::Uuid;

use crate::message::{
    Body, BundleText, DutyEvent, DutyNote, DutyText, IncidentText, Message, NoticeEvent, NoticeText, PageText,
    Recipient, ServiceCount, VerificationText,
};
use crate::settings::{MailSender, Secret, Settings};
use crate::{ALL, Channel};

/// Stands in every secret of the samples, and nowhere else.
pub(crate) const MARK: &str = "hush";

pub(crate) fn settings() -> Settings {
    Settings {
        mail: Some(MailSender {
            sender: "Allclear <pager@acme.example>".into(),
            reply_to: Some("pager+replies@acme.example".into()),
        }),
        // The base64 of 27 bytes in which the mark can be found.
        webhook_secrets: vec![Secret::new("whsec_hushhushhushhushhushhushhushhushhush")],
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn message(channel: &Channel, body: Body) -> Message {
    Message {
        delivery: DeliveryId::new(Uuid::from_u128(0x0196_45d2_7c1a_7b2c_8d3e_4f50_6172_8394)),
        attempt: 1,
        decided_at: at("2026-04-18T01:12:31Z"),
        sent_at: at("2026-04-18T01:12:32.5Z"),
        to: Recipient {
            user: UserId::new(Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0ada)),
            name: "Ada Lovelace".into(),
            address: channel.example.into(),
            zone: "Europe/Berlin".parse().unwrap(),
        },
        organisation: "Acme".into(),
        body,
    }
}

fn incident(number: u32, severity: Severity, service: &str, title: &str) -> IncidentText {
    IncidentText {
        id: IncidentId::new(Uuid::from_u128(0x0196_45d2_0000_7000_8000_0000_0000_0000 + u128::from(number))),
        reference: format!("INC-{number}"),
        title: title.into(),
        severity,
        urgency: if severity >= Severity::Sev2 { Urgency::High } else { Urgency::Low },
        service: service.into(),
        state: "triggered".into(),
        opened_at: at("2026-04-18T01:12:00Z"),
        link: format!("https://pager.acme.example/incidents/INC-{number}"),
    }
}

pub(crate) fn page() -> PageText {
    let labels = [
        ("alertname", "HighErrorRate"),
        ("cluster", "eu-central-1"),
        ("job", "checkout-api"),
        ("namespace", "shop"),
        ("route", "POST /v2/carts/{id}/payments"),
    ];
    PageText {
        incident: incident(142, Severity::Sev1, "checkout", "High error rate: 41% of payments fail"),
        why: "You are on call for Platform primary, step 1 of 3".into(),
        next: Some("In 5m Ben Okafor is paged".into()),
        acknowledge_link: Secret::new("https://pager.acme.example/k/hush7Vq2mYkP4sXeJ9rT"),
        runbook: Some("https://wiki.acme.example/runbooks/checkout-errors".into()),
        labels: labels.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        links: vec![
            Link {
                href: "https://grafana.acme.example/d/checkout?from=now-1h&to=now".into(),
                text: "Checkout dashboard".into(),
            },
            Link {
                href: "https://prometheus.acme.example/graph?g0.expr=rate(http_errors[5m])".into(),
                text: String::new(),
            },
        ],
        omitted: 0,
    }
}

/// A page with no more than what every page has, and of the least loud kind.
pub(crate) fn bare_page() -> PageText {
    PageText {
        incident: incident(7, Severity::Sev4, "backups", "Nightly backup took longer than usual"),
        why: "Backups pages you".into(),
        next: None,
        acknowledge_link: Secret::new("https://pager.acme.example/k/hush7Vq2mYkP4sXeJ9rT"),
        runbook: None,
        labels: BTreeMap::new(),
        links: Vec::new(),
        omitted: 12,
    }
}

fn bundle() -> BundleText {
    let count = |service: &str, incidents| ServiceCount { service: service.into(), incidents };
    BundleText {
        total: 37,
        severity: Severity::Sev1,
        urgency: Urgency::High,
        services: vec![count("checkout", 30), count("payments", 5), count("search", 2)],
        more_services: 0,
        top: vec![
            incident(151, Severity::Sev1, "checkout", "Database primary unreachable"),
            incident(152, Severity::Sev2, "payments", "Queue age above 10m"),
            incident(153, Severity::Sev3, "search", "Replica lag above 30s"),
            incident(154, Severity::Sev4, "search", "Index older than a day"),
        ],
        why: "More than 5 pages in a minute; you are on call for Platform primary".into(),
        link: "https://pager.acme.example/incidents?mine".into(),
    }
}

fn notice(event: NoticeEvent, state: &str, sentence: &str, next: Option<&str>) -> Body {
    Body::Notice(NoticeText {
        incident: IncidentText { state: state.into(), ..page().incident },
        event,
        sentence: sentence.into(),
        at: at("2026-04-18T01:19:05Z"),
        next: next.map(str::to_owned),
    })
}

fn cover_asked() -> DutyText {
    DutyText {
        event: DutyEvent::CoverAsked,
        schedule: "Platform primary".into(),
        heading: "Ben Okafor asks you to cover on Platform primary".into(),
        says: vec![
            "It is about Fri 09:00 CEST to Sat 09:00 CEST.".into(),
            "2 others were asked, too; the first to say yes has it.".into(),
            "Ben Okafor says: “My sister marries.”".into(),
        ],
        notes: Vec::new(),
        incidents: Vec::new(),
        more_incidents: 0,
        answer_link: Some(Secret::new("https://pager.acme.example/c/hush7Vq2mYkP4sXeJ9rT")),
        link: "https://pager.acme.example/cover".into(),
    }
}

fn handover() -> DutyText {
    DutyText {
        event: DutyEvent::HandoverOn,
        heading: "You are on call for Platform primary".into(),
        says: vec!["You have been on call since 09:00 CEST, until Sat 09:00 CEST.".into()],
        notes: vec![DutyNote {
            by: "Ben Okafor".into(),
            at: at("2026-04-18T01:00:00Z"),
            text: "The queue of payments is slow; watch it.".into(),
        }],
        incidents: vec![page().incident],
        more_incidents: 2,
        answer_link: Some(Secret::new("https://pager.acme.example/h/hush7Vq2mYkP4sXeJ9rT")),
        link: "https://pager.acme.example/schedules/platform-primary".into(),
        ..cover_asked()
    }
}

/// One of each kind, by name.
pub(crate) fn bodies() -> Vec<(&'static str, Body)> {
    let acknowledged = notice(
        NoticeEvent::Acknowledged,
        "acknowledged",
        "Ben Okafor acknowledged it from his phone",
        Some("In 30m it pages again unless it is resolved"),
    );
    let verification = VerificationText {
        code: Secret::new("hush-482913"),
        expires_at: at("2026-04-18T01:42:00Z"),
        link: "https://pager.acme.example/me/contacts".into(),
    };
    vec![
        ("page", Body::Page(Box::new(page()))),
        ("bare_page", Body::Page(Box::new(bare_page()))),
        ("bundle", Body::Bundle(bundle())),
        ("acknowledged", acknowledged),
        ("resolved", notice(NoticeEvent::Resolved, "resolved", "Prometheus says that it is over", None)),
        ("reassigned", notice(NoticeEvent::Reassigned, "triggered", "Carla Diaz took it from you", None)),
        ("verification", Body::Verification(verification)),
        ("test", Body::Test),
        ("cover_asked", Body::Duty(Box::new(cover_asked()))),
        ("handover", Body::Duty(Box::new(handover()))),
    ]
}

/// Every channel with every kind of message.
pub(crate) fn each(mut check: impl FnMut(&'static Channel, &'static str, Message)) {
    for channel in ALL {
        for (name, body) in bodies() {
            check(channel, name, message(channel, body));
        }
    }
}

/// The same message with `text` in every place that outsiders can fill.
pub(crate) fn filled_with(mut message: Message, text: &str) -> Message {
    let fill = |place: &mut String| text.clone_into(place);
    let fill_incident = |incident: &mut IncidentText| {
        for place in [&mut incident.title, &mut incident.service, &mut incident.reference, &mut incident.state] {
            fill(place);
        }
    };
    fill(&mut message.organisation);
    fill(&mut message.to.name);
    match &mut message.body {
        Body::Page(page) => {
            fill_incident(&mut page.incident);
            fill(&mut page.why);
            page.next.iter_mut().for_each(fill);
            page.labels = page.labels.keys().map(|name| (format!("{name}{text}"), text.to_owned())).collect();
            page.links.iter_mut().for_each(|link| fill(&mut link.text));
        }
        Body::Bundle(bundle) => {
            bundle.services.iter_mut().for_each(|count| fill(&mut count.service));
            bundle.top.iter_mut().for_each(fill_incident);
            fill(&mut bundle.why);
        }
        Body::Notice(notice) => {
            fill_incident(&mut notice.incident);
            fill(&mut notice.sentence);
            notice.next.iter_mut().for_each(fill);
        }
        Body::Duty(duty) => {
            duty.incidents.iter_mut().for_each(fill_incident);
            duty.says.iter_mut().for_each(fill);
            duty.notes.iter_mut().for_each(|note| [&mut note.by, &mut note.text].into_iter().for_each(fill));
            fill(&mut duty.schedule);
            fill(&mut duty.heading);
        }
        Body::Verification(_) | Body::Test => {}
    }
    message
}
