//! What every channel promises, checked for each in [`ALL`]. A new channel is held to it by being in the list.

use std::collections::HashSet;

use allclear_core::event::Link;
use allclear_core::severity::Severity;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::message::{Body, Message};
use crate::samples::{self, MARK};
use crate::settings::{Secret, Settings};
use crate::wire::{Failure, Wire, WireReply};
use crate::{ALL, Channel, Outcome, by_name};

/// Gmail cuts a mail off at 102 kB.
const HTML_BYTES: usize = 100_000;
/// What a webhook's receiver has to be ready for.
const BODY_BYTES: usize = 256 * 1024;

fn wire(channel: &Channel, message: &Message) -> Wire {
    (channel.request)(message, &samples::settings()).unwrap()
}

/// By what a receiver tells a repeated message.
fn idempotency_key(wire: &Wire) -> String {
    match wire {
        Wire::Mail(mail) => mail.message_id.clone(),
        Wire::Http(request) => request.headers.iter().find(|(name, _)| *name == "webhook-id").unwrap().1.clone(),
    }
}

/// All that could end a header early.
fn header_texts(wire: &Wire) -> Vec<String> {
    match wire {
        Wire::Mail(mail) => {
            let boxes = [Some(&mail.from), Some(&mail.to), mail.reply_to.as_ref()].into_iter().flatten();
            let mut texts: Vec<_> = boxes.flat_map(|of| [of.name.clone(), of.address.clone()]).collect();
            texts.extend([mail.subject.clone(), mail.message_id.clone()]);
            texts.extend(mail.in_reply_to.iter().chain(&mail.references).cloned());
            texts.extend(mail.headers.iter().map(|(_, value)| value.clone()));
            texts
        }
        Wire::Http(request) => {
            assert!(request.headers.iter().all(|(_, value)| value.bytes().all(|byte| (b' '..=b'~').contains(&byte))));
            request.headers.iter().map(|(_, value)| value.clone()).chain([request.url.clone()]).collect()
        }
    }
}

/// What stays the same whatever the texts are: the elements and attributes of HTML, the keys of JSON.
fn skeleton(wire: &Wire) -> Vec<String> {
    match wire {
        Wire::Mail(mail) => tags(&mail.html),
        Wire::Http(request) => keys(&serde_json::from_slice(&request.body).unwrap()),
    }
}

fn tags(html: &str) -> Vec<String> {
    let inside = html.split('<').skip(1).map(|part| part.split_once('>').expect("every `<` begins a tag").0);
    inside.map(|tag| tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")).collect()
}

fn keys(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::Object(fields) => {
            let within = |(name, value): (&String, _)| [vec![name.clone()], keys(value)].concat();
            // The names of labels come from outside.
            fields
                .iter()
                .flat_map(|field| if field.0 == "labels" { vec![field.0.clone()] } else { within(field) })
                .collect()
        }
        serde_json::Value::Array(items) => items.iter().flat_map(keys).collect(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => Vec::new(),
    }
}

/// Everything that a reader sees, as one text.
fn shown(wire: &Wire) -> String {
    match wire {
        Wire::Mail(mail) => [mail.subject.as_str(), &mail.text, &mail.html].join("\n"),
        Wire::Http(request) => String::from_utf8(request.body.clone()).unwrap(),
    }
}

#[test]
fn descriptors_are_sound() {
    let names: HashSet<_> = ALL.iter().map(|channel| channel.name).collect();
    assert_eq!(names.len(), ALL.len(), "two channels have one name");
    for channel in ALL {
        assert!(channel.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", channel.name);
        assert_eq!(by_name(channel.name).map(|found| found.name), Some(channel.name));
        assert_eq!((channel.check_address)(channel.example).as_deref(), Ok(channel.example));
        assert!(!channel.title.is_empty() && channel.hint.ends_with('.'), "{}", channel.name);
    }
    assert!(by_name("carrier_pigeon").is_none());
}

#[test]
fn bad_addresses_are_refused_with_a_remedy() {
    let long = format!("https://example.com/{}@example.com", "x".repeat(10_000));
    for channel in ALL {
        for bad in ["", " ", "\r\n", "nonsense", "a b", &format!("{}\r\nBcc: eve", channel.example), &long] {
            let refusal = (channel.check_address)(bad).unwrap_err();
            assert!(refusal.contains("write it like"), "{}: {refusal}", channel.name);
            assert!(refusal.len() < 500 && !refusal.contains(char::is_control), "{}: {refusal}", channel.name);
            let mut message = samples::message(channel, Body::Test);
            bad.clone_into(&mut message.to.address);
            assert!((channel.request)(&message, &samples::settings()).is_err(), "{}: {bad:?}", channel.name);
        }
    }
}

#[test]
fn a_missing_set_up_is_named_with_its_remedy() {
    for channel in ALL {
        let refusal = (channel.request)(&samples::message(channel, Body::Test), &Settings::default()).unwrap_err();
        assert!(refusal.contains(':') && refusal.contains(';'), "field, what is wrong, remedy: {refusal}");
    }
}

#[test]
fn the_same_message_is_the_same_request() {
    samples::each(|channel, _, message| assert_eq!(wire(channel, &message), wire(channel, &message)));
}

#[test]
fn attempts_share_the_idempotency_key_and_the_content() {
    samples::each(|channel, name, first| {
        let mut second = first.clone();
        second.attempt += 1;
        second.sent_at = first.sent_at + SignedDuration::from_mins(3);
        let (first, second) = (wire(channel, &first), wire(channel, &second));
        assert_eq!(idempotency_key(&first), idempotency_key(&second));
        assert_ne!(header_texts(&first), header_texts(&second), "the attempts can be told apart");
        if name != "test" {
            assert_eq!(shown(&first), shown(&second), "{}: {name}", channel.name);
        }
    });
}

#[test]
fn deliveries_differ_in_their_idempotency_key() {
    samples::each(|channel, _, first| {
        let mut second = first.clone();
        second.delivery = allclear_core::id::DeliveryId::new(uuid::Uuid::from_u128(1));
        assert_ne!(idempotency_key(&wire(channel, &first)), idempotency_key(&wire(channel, &second)));
    });
}

#[test]
fn a_page_can_be_acknowledged_from_where_it_arrives() {
    for channel in ALL.iter().filter(|channel| channel.abilities.acknowledges) {
        for page in [samples::page(), samples::bare_page()] {
            let link = page.acknowledge_link.expose().to_owned();
            let wire = wire(channel, &samples::message(channel, Body::Page(Box::new(page))));
            assert!(shown(&wire).contains(&link), "{}", channel.name);
            if let Wire::Mail(mail) = &wire {
                assert!(mail.text.contains(&link) && mail.html.contains(&format!("href=\"{link}\"")));
            }
        }
    }
}

#[test]
fn messages_about_one_incident_thread() {
    for channel in ALL.iter().filter(|channel| channel.abilities.threads) {
        let mut roots = HashSet::new();
        for (name, body) in samples::bodies() {
            let Wire::Mail(mail) = wire(channel, &samples::message(channel, body)) else { continue };
            match name {
                "page" | "acknowledged" | "resolved" | "reassigned" => {
                    assert_eq!(
                        mail.subject.trim_start_matches("Re: "),
                        "[SEV1] checkout: High error rate: 41% of payments fail (INC-142)"
                    );
                    assert_eq!(mail.in_reply_to.as_slice(), mail.references);
                    roots.extend(mail.in_reply_to);
                }
                "bare_page" => assert!(!roots.contains(&mail.in_reply_to.unwrap()), "another incident"),
                _ => assert_eq!(mail.in_reply_to, None, "{name}"),
            }
        }
        assert_eq!(roots.len(), 1);
    }
}

#[test]
fn secrets_do_not_show() {
    let settings = samples::settings();
    assert!(!format!("{settings:?}").contains(MARK));
    samples::each(|channel, name, mut message| {
        if message.to.address.starts_with("https://") {
            message.to.address.push_str("/hush");
        }
        assert!(!format!("{message:?}").contains(MARK), "{}: {name}: {message:?}", channel.name);
        let wire = (channel.request)(&message, &settings).unwrap();
        assert!(!format!("{wire:?}").contains(MARK), "{}: {name}: {wire:?}", channel.name);
        message.to.address = format!("https://ada:{MARK}@example.com/");
        let refusal = (channel.request)(&message, &settings).unwrap_err();
        assert!(!refusal.contains(MARK), "{refusal}");
    });
    for channel in ALL {
        let mut settings = samples::settings();
        settings.webhook_secrets.push(Secret::new("whsec_hush"));
        if let Err(refusal) = (channel.request)(&samples::message(channel, Body::Test), &settings) {
            assert!(!refusal.contains(MARK), "{refusal}");
        }
        let said = format!("error sending request for url (https://ada:{MARK}@example.com/{MARK}?key={MARK})");
        for reply in [
            WireReply::Failed { kind: Failure::Closed, text: said.clone(), maybe_delivered: true },
            WireReply::Http { status: 400, headers: Vec::new(), body: said.clone().into_bytes() },
            WireReply::Mail { code: 550, text: said },
        ] {
            let outcome = (channel.outcome)(Timestamp::UNIX_EPOCH, &reply);
            assert!(!format!("{outcome:?} {reply:?}").contains(MARK), "{}: {outcome:?}", channel.name);
        }
    }
}

/// Each line: what came back, and what it means. `ok` is success in the channel's own terms.
const REPLIES: &str = "
    http 200 ok
    http 202 ok
    http 204 ok
    http 301 refused
    http 304 refused
    http 400 refused
    http 401 refused
    http 403 refused
    http 404 refused
    http 405 refused
    http 408 retry
    http 409 retry
    http 410 refused
    http 413 refused
    http 421 retry
    http 422 refused
    http 425 retry
    http 429 retry
    http 500 retry
    http 501 retry
    http 502 retry
    http 503 retry
    http 504 retry
    http 599 retry
    http 100 retry
    http 0   retry
    http 999 retry
    mail 250 ok
    mail 251 ok
    mail 354 retry
    mail 421 retry
    mail 450 retry
    mail 451 retry
    mail 452 retry
    mail 454 retry
    mail 500 refused
    mail 530 refused
    mail 535 refused
    mail 550 refused
    mail 552 refused
    mail 554 refused
    mail 0   retry
    failed refused retry
    failed timeout retry
    failed dns     retry
    failed tls     retry
    failed closed  retry
    failed blocked refused
    failed address refused
    failed set-up  retry
";

fn reply(kind: &str, what: &str) -> WireReply {
    let failure = match what {
        "refused" => Failure::Refused,
        "timeout" => Failure::Timeout,
        "dns" => Failure::Dns,
        "tls" => Failure::Tls,
        "closed" => Failure::Closed,
        "address" => Failure::Address,
        "set-up" => Failure::NotSetUp,
        _ => Failure::Blocked,
    };
    match kind {
        "http" => WireReply::Http { status: what.parse().unwrap(), headers: Vec::new(), body: b"said".to_vec() },
        "mail" => WireReply::Mail { code: what.parse().unwrap(), text: "said".into() },
        _ => WireReply::Failed { kind: failure, text: "said".into(), maybe_delivered: false },
    }
}

#[test]
fn replies_mean_the_same_everywhere() {
    for channel in ALL {
        for row in REPLIES.lines().filter(|row| !row.trim().is_empty()) {
            let cells: Vec<_> = row.split_whitespace().collect();
            let class = match (channel.outcome)(Timestamp::UNIX_EPOCH, &reply(cells[0], cells[1])) {
                Outcome::Delivered | Outcome::Accepted { .. } => "ok",
                Outcome::Retry { after: None, reason } => {
                    assert!(reason.contains("said"), "{reason}");
                    "retry"
                }
                Outcome::Retry { after: Some(wait), .. } => panic!("nobody asked for {wait}"),
                Outcome::Refused { reason } => {
                    assert!(reason.contains("said"), "{reason}");
                    "refused"
                }
            };
            assert_eq!(class, cells[2], "{}: {row}", channel.name);
        }
    }
}

#[test]
fn a_wish_to_wait_is_passed_on() {
    let headers = vec![("retry-after".to_owned(), "Thu, 01 Jan 1970 00:01:30 GMT".to_owned())];
    for channel in ALL {
        let reply = WireReply::Http { status: 429, headers: headers.clone(), body: Vec::new() };
        match (channel.outcome)(Timestamp::UNIX_EPOCH, &reply) {
            Outcome::Retry { after, .. } => assert_eq!(after.unwrap().as_seconds(), 90),
            other @ (Outcome::Delivered | Outcome::Accepted { .. } | Outcome::Refused { .. }) => panic!("{other:?}"),
        }
    }
}

#[test]
fn too_much_is_cut() {
    let worst = "\"&<".repeat(4_000);
    samples::each(|channel, name, message| {
        let mut message = samples::filled_with(message, &worst);
        match &mut message.body {
            Body::Page(page) => {
                page.labels = (0..500).map(|n| (format!("{n}{worst}"), worst.clone())).collect();
                let href = format!("https://example.com/?{}", "&".repeat(channel.limits.link - 21));
                page.links = vec![Link { href, text: worst.clone() }; 300];
                page.links.push(Link { href: format!("https://example.com/{worst}"), text: String::new() });
                page.runbook = Some(worst.clone());
                page.omitted = 0;
            }
            Body::Bundle(bundle) => {
                bundle.top = vec![bundle.top[0].clone(); 100];
                bundle.services = vec![bundle.services[0].clone(); 100];
            }
            Body::Duty(duty) => {
                duty.says = vec![worst.clone(); 100];
                duty.incidents = vec![samples::page().incident; 100];
            }
            Body::Notice(_) | Body::Verification(_) | Body::Test => {}
        }
        match wire(channel, &message) {
            Wire::Mail(mail) => {
                assert!(mail.html.len() <= HTML_BYTES, "{name}: {} bytes", mail.html.len());
                assert!(mail.subject.chars().count() <= 144, "{name}: {}", mail.subject);
                assert!(mail.to.name.chars().count() <= 120);
            }
            Wire::Http(request) => assert!(request.body.len() <= BODY_BYTES, "{name}: {}", request.body.len()),
        }
        if let Body::Page(page) = message.within(&channel.limits).body {
            assert_eq!((page.labels.len(), page.links.len()), (channel.limits.labels, channel.limits.links));
            assert_eq!(page.omitted as usize, 801 - page.labels.len() - page.links.len());
        }
    });
}

#[test]
fn links_that_are_none_lead_nowhere() {
    for channel in ALL {
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "https://x.example/\" onclick=\"alert(1)", "https://x\r\ny"]
        {
            let mut page = samples::page();
            page.links = vec![Link { href: bad.into(), text: "click".into() }];
            page.incident.link = bad.into();
            page.acknowledge_link = Secret::new(bad);
            page.runbook = Some(bad.into());
            let wire = wire(channel, &samples::message(channel, Body::Page(Box::new(page))));
            assert!(!shown(&wire).contains("href"), "{}: {bad}", channel.name);
        }
    }
}

const HOSTILE: &[&str] = &[
    "x\r\nBcc: eve@example.com\r\n\r\n<h1>mine</h1>",
    "<script>alert(1)</script>",
    "</td></table></body></html><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)\" x='",
    "<!-- <style>*{display:none}</style>",
    "&#60;b&#62; &lt;i&gt; {{ letter }} {% if %}",
    "\u{202E}lanosrep\u{202C}\u{2066}x\u{2069}\u{200B}\u{FEFF}",
    "null\u{0}bell\u{7}escape\u{1b}[2Jnext\u{85}line\u{2028}para\u{2029}",
    "=?utf-8?q?Re=0D=0ABcc=3A_eve?=",
    "\u{E0041}\u{E0042}tags",
];

fn cannot_break_out(channel: &Channel, benign: &Message, text: &str) {
    let wire = wire(channel, &samples::filled_with(benign.clone(), text));
    for header in header_texts(&wire) {
        assert!(!header.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{header:?}");
        assert!(!header.contains(['\u{202E}', '\u{2066}', '\u{200B}']), "{header:?}");
    }
    let ordinary = samples::filled_with(benign.clone(), "x");
    assert_eq!(skeleton(&wire), skeleton(&(channel.request)(&ordinary, &samples::settings()).unwrap()), "{text:?}");
    if let Wire::Mail(mail) = wire {
        let lines = |text: &str| text.lines().count();
        assert!(!mail.text.contains(|c: char| c.is_control() && c != '\n'), "{:?}", mail.text);
        let Wire::Mail(ordinary) = (channel.request)(&ordinary, &samples::settings()).unwrap() else { unreachable!() };
        assert_eq!(lines(&mail.text), lines(&ordinary.text), "a text from outside began a line of its own");
    }
}

#[test]
fn hostile_texts_stay_where_they_belong() {
    samples::each(|channel, _, message| {
        for text in HOSTILE {
            cannot_break_out(channel, &message, text);
        }
        cannot_break_out(channel, &message, &"10 kB of title ".repeat(700));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_text_stays_where_it_belongs(text in "x\\PC{0,20}[<>&\"'\\r\\n\\x00-\\x1f]{0,10}.{0,50}") {
        samples::each(|channel, _, message| cannot_break_out(channel, &message, &text));
    }

    #[test]
    fn any_address_is_kept_or_refused(text in "\\PC{0,30}|[a-z@.:/?#\\[\\]%\\\\ ]{0,30}|https?://\\PC{0,20}|\\PC{1,10}@\\PC{1,20}") {
        for channel in ALL {
            if let Ok(kept) = (channel.check_address)(&text) {
                prop_assert_eq!((channel.check_address)(&kept), Ok(kept.clone()), "what is kept passes again unchanged");
                prop_assert!(!kept.contains(|c: char| c.is_whitespace() || c.is_control()), "{:?}", kept);
            }
        }
    }
}

#[test]
fn severities_are_words_and_shapes() {
    for channel in ALL {
        for severity in Severity::ALL {
            let mut page = samples::page();
            page.incident.severity = severity;
            match wire(channel, &samples::message(channel, Body::Page(Box::new(page)))) {
                Wire::Mail(mail) => {
                    assert!(mail.text.contains(&format!("{} {}", severity.name(), severity.word())));
                    assert!(mail.html.contains(&format!("class=\"sev{}\"", severity.rank())));
                }
                Wire::Http(request) => {
                    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
                    assert_eq!(body["data"]["incident"]["severity"], severity.name().to_lowercase());
                }
            }
        }
    }
}

#[test]
fn a_message_is_stored_and_read_back() {
    samples::each(|_, _, message| {
        let stored = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message);
    });
}
