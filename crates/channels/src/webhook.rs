//! **webhook**: a `POST` of JSON to an address of the recipient's choice.
//!
//! Signed as the [Standard
//! Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! specification 1.0.0 says, so that its ready-made libraries verify it: `webhook-id` (the delivery; the same on
//! every attempt, so a receiver can drop what it has seen), `webhook-timestamp` (Unix seconds of the attempt; a
//! receiver drops what is too old) and `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over
//! `id.timestamp.body`; several, with spaces between them, while a secret is being changed). `allclear-attempt`
//! counts attempts from 1. The body is the same on every attempt. Any 2xx within ten seconds is an arrival.
//!
//! | field | what it is |
//! |---|---|
//! | `version` | 1. Fields may be added within a version; none changes its meaning or goes away |
//! | `id` | the delivery, as in `webhook-id` |
//! | `type` | `page`, `bundle`, `notice`, `verification`, `duty` or `test` |
//! | `timestamp` | when it was decided to send it (RFC 3339, UTC, as all times here) |
//! | `organisation` | the organisation's name |
//! | `recipient` | `id` and `name` of the person it is for |
//! | `data` | as follows, by type; none for `test` |
//!
//! An *incident* has `id`, `reference` (`INC-142`), `title`, `severity` (`sev1` to `sev4`), `urgency` (`high`, `low`),
//! `service`, `state`, `opened_at` and `link`.
//!
//! - `page`: `incident`; `why` this person is paged; what happens `next`; `acknowledge_link`, the page with the one
//!   button that acknowledges without a login; `runbook`; `labels`; `links` (`href`, `text`); how many of these were
//!   `omitted`.
//! - `bundle`: `total`, the worst `severity` and `urgency`, `services` (`service`, `incidents`) and how many
//!   `more_services`, the `top` incidents, `why`, and the `link` to all of them.
//! - `notice`: `incident`; `event` (`acknowledged`, `resolved`, `reassigned`); the `sentence` for people; `at`; `next`.
//! - `duty`: `event` (`cover_asked`, `cover_taken`, `cover_confirmed`, `cover_declined`, `cover_expired`, `cover_moot`,
//!   `handover_on`, `handover_off`, `handover_shadow`); the `schedule`; the `heading` and what it `says`; the `notes`
//!   (`by`, `at`, `text`) and open `incidents` of a handover, and how many `more_incidents`; `answer_link`, the page on
//!   which its reader answers or writes without a login; and the `link` to the page about it.
//! - `verification`: the `code` to type in, until when it is good (`expires_at`), and the `link` to where.

use allclear_core::delivery::Outcome;
use allclear_core::id::{DeliveryId, UserId};
use allclear_core::wait::Wait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use crate::clean::Limits;
use crate::message::{Body, Message};
use crate::reply::classify;
use crate::settings::{Secret, Settings};
use crate::text::{line, without_paths};
use crate::wire::{HttpRequest, Method, Wire, WireReply};
use crate::{Abilities, Channel};

/// The channel.
pub(crate) const CHANNEL: Channel = Channel {
    name: "webhook",
    title: "Webhook",
    hint: "The web address that is to be called, with https (or http within your own network).",
    example: "https://automation.example.com/allclear",
    abilities: Abilities { acknowledges: true, bundles: true, threads: false, receipts: false },
    limits: Limits { title: 1_024, sentence: 1_024, labels: 50, label: 500, links: 20, link: 2_048, rows: 20 },
    check_address,
    request,
    outcome,
};

/// The specification recommends 15 to 30 seconds for events in general. A page cannot wait that long for its next
/// chance, and a repeated one is told by its id.
const TIMEOUT: Wait = Wait::seconds(10);

/// Beyond it many servers refuse a request line (RFC 9110 §4.1 asks them for at least 8000 octets; not all comply).
const ADDRESS_BYTES: usize = 2_048;

/// The bytes of a signing secret that the specification allows.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

#[derive(Serialize)]
struct Envelope<'a> {
    version: u8,
    id: DeliveryId,
    timestamp: Timestamp,
    organisation: &'a str,
    recipient: Person<'a>,
    #[serde(flatten)]
    body: &'a Body,
}

#[derive(Serialize)]
struct Person<'a> {
    id: UserId,
    name: &'a str,
}

fn request(message: &Message, settings: &Settings) -> Result<Wire, String> {
    let url = check_address(&message.to.address)?;
    let message = message.within(&CHANNEL.limits);
    let envelope = Envelope {
        version: 1,
        id: message.delivery,
        timestamp: message.decided_at,
        organisation: &message.organisation,
        recipient: Person { id: message.to.user, name: &message.to.name },
        body: &message.body,
    };
    let body = serde_json::to_vec(&envelope).expect("a message has only keys that are texts");
    let id = message.delivery.to_string();
    let timestamp = message.sent_at.as_second();
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", "Allclear".to_owned()),
        ("webhook-signature", signatures(&settings.webhook_secrets, &id, timestamp, &body)?),
        ("webhook-id", id),
        ("webhook-timestamp", timestamp.to_string()),
        ("allclear-attempt", message.attempt.to_string()),
    ];
    Ok(Wire::Http(HttpRequest { method: Method::Post, url, headers, body, timeout: TIMEOUT }))
}

fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> Result<String, String> {
    if secrets.is_empty() {
        return Err("webhook_secrets: this endpoint has no signing secret; make one for it".to_owned());
    }
    let signatures: Result<Vec<_>, _> = secrets.iter().map(|secret| signature(secret, id, timestamp, body)).collect();
    Ok(signatures?.join(" "))
}

fn signature(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> Result<String, String> {
    let key = secret.expose().strip_prefix("whsec_").and_then(|text| BASE64.decode(text).ok());
    let key = key.filter(|key| SECRET_BYTES.contains(&key.len())).ok_or(
        "webhook_secrets: one is not a signing secret (`whsec_` and the base64 of 24 to 64 bytes); make a new one",
    )?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| format!("webhook_secrets: {error}"))?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Ok(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

fn outcome(now: Timestamp, reply: &WireReply) -> Outcome {
    // The endpoint is the device: what it took has arrived.
    classify(now, reply, |_| Outcome::Delivered)
}

/// RFC 3986, as far as a request needs it. Whether the host may be asked at all is decided when it is, on the address
/// that it resolves to then.
fn check_address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let refuse = |why: &str| {
        let shown = line(&without_paths(text), 80);
        Err(format!("address: `{shown}` {why}; write it like `{}`", CHANNEL.example))
    };
    let Some((scheme, rest)) = text.split_once("://") else { return refuse("is not a web address") };
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "http" {
        return refuse("begins with neither https nor http");
    }
    if text.len() > ADDRESS_BYTES {
        return refuse(&format!("is longer than {ADDRESS_BYTES} bytes"));
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '"' | '<' | '>' | '`')) {
        return refuse("has characters that do not belong in an address; encode them with %");
    }
    if text.contains('#') {
        return refuse("has a fragment (`#`), which is never sent; leave it out");
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return refuse("has a user name or password in it, which would show in logs; put a token in the path instead");
    }
    match check_host(authority) {
        Ok(()) => {
            let slash = if path.starts_with('/') { "" } else { "/" };
            Ok(format!("{scheme}://{}{slash}{path}", authority.to_ascii_lowercase()))
        }
        Err(why) => refuse(why),
    }
}

fn check_host(authority: &str) -> Result<(), &'static str> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if let Some(port) = port
        && !(port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0))
    {
        return Err("has a port that is not a number from 1 to 65535");
    }
    if let Some(literal) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let parsed: Result<std::net::Ipv6Addr, _> = literal.parse();
        return parsed.map(|_| ()).map_err(|_| "has a host that is not an IPv6 address");
    }
    // As a URL is read, a host that ends in a number is an address (WHATWG URL §3.5).
    let end = host.rsplit('.').next().unwrap_or(host);
    let is_number = !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || end.to_ascii_lowercase().starts_with("0x") {
        let parsed: Result<std::net::Ipv4Addr, _> = host.parse();
        return parsed.map(|_| ()).map_err(|_| "has a host that is not an IPv4 address");
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            && !label.starts_with('-')
    };
    if host.len() <= 253 && host.split('.').all(label) { Ok(()) } else { Err("has no proper host name") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_signature() {
        let secret = Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = signature(&secret, "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signed.unwrap(), "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_changing_secret_signs_twice() {
        let secrets = ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_bXkgc2VjcmV0IGlzIDI0IGJ5dGVzLi4u"];
        let secrets = secrets.map(Secret::new);
        let signed = signatures(&secrets, "id", 1, b"{}").unwrap();
        assert_eq!(signed.split(' ').count(), 2);
        for bad in ["", "whsec_", "whsec_c2hvcnQ=", "bXkgc2VjcmV0IGlzIDI0IGJ5dGVzLi4u", "whsec_!"] {
            let refusal = signatures(&[Secret::new(bad)], "id", 1, b"{}").unwrap_err();
            assert!(refusal.contains("make a new one"), "{refusal}");
        }
    }

    #[test]
    fn addresses() {
        for (given, kept) in [
            ("https://hooks.example.com/a?b=C", "https://hooks.example.com/a?b=C"),
            (" HTTPS://Hooks.Example.COM ", "https://hooks.example.com/"),
            ("http://10.0.0.1:8080/x", "http://10.0.0.1:8080/x"),
            ("http://[2001:DB8::1]:80/x", "http://[2001:db8::1]:80/x"),
            ("https://bücher.example/ä", "https://bücher.example/ä"),
            ("https://my_host?x", "https://my_host/?x"),
        ] {
            assert_eq!(check_address(given).as_deref(), Ok(kept));
            assert_eq!(check_address(kept).as_deref(), Ok(kept));
        }
        for (given, why) in [
            ("", "not a web address"),
            ("hooks.example.com", "not a web address"),
            ("ftp://example.com/x", "neither https nor http"),
            ("javascript://example.com/%0aalert(1)", "neither https nor http"),
            ("https://user:hunter2@example.com/", "user name or password"),
            ("https://example.com/#top", "fragment"),
            ("https:///x", "host name"),
            ("https://example..com/", "host name"),
            ("https://exa%6dple.com/", "host name"),
            ("https://[::1/", "host name"),
            ("https://[fe80::1%25eth0]/", "not an IPv6 address"),
            ("https://10.0.0.256/", "not an IPv4 address"),
            ("https://0x7f.1/", "not an IPv4 address"),
            ("https://hooks.0x7f/", "not an IPv4 address"),
            ("https://example.com:0/", "port"),
            ("https://example.com:+80/", "port"),
            ("https://example.com:/", "port"),
            ("https://example.com/\r\nHost: evil", "do not belong"),
            ("https://example.com\\@evil.example/", "do not belong"),
        ] {
            let refusal = check_address(given).unwrap_err();
            assert!(refusal.contains(why) && refusal.contains("write it like"), "{given:?}: {refusal}");
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
    }
}
