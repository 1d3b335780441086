//! What replies mean, for all channels alike. A channel adds only what is particular to it.

use allclear_core::delivery::Outcome;
use allclear_core::wait::Wait;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::text::{excerpt, line};
use crate::wire::{Failure, WireReply};

/// Says what a reply, received at this moment, means. `success` is called with what they said when they took it.
pub(crate) fn classify(now: Timestamp, reply: &WireReply, success: impl FnOnce(String) -> Outcome) -> Outcome {
    match reply {
        WireReply::Http { status: 200..=299, body, .. } => success(excerpt(body)),
        WireReply::Http { status, headers, body } => refused_by_http(now, *status, headers, &excerpt(body)),
        WireReply::Mail { code: 200..=299, text } => success(excerpt(text.as_bytes())),
        WireReply::Mail { code, text } => refused_by_mail(*code, &excerpt(text.as_bytes())),
        WireReply::Failed { kind, text, maybe_delivered } => failed(*kind, &excerpt(text.as_bytes()), *maybe_delivered),
    }
}

fn with_detail(what: String, detail: &str) -> String {
    if detail.is_empty() { what } else { format!("{what}: {detail}") }
}

/// Status codes as in RFC 9110 §15, and as the Standard Webhooks specification asks of senders.
fn refused_by_http(now: Timestamp, status: u16, headers: &[(String, String)], said: &str) -> Outcome {
    let remedy = match status {
        // Request Timeout, Conflict (another attempt is still being worked on), Misdirected Request, Too Early (RFC
        // 8470), Too Many Requests (RFC 6585), trouble on their side, and what is no final status at all.
        408 | 409 | 421 | 425 | 429 | 500.. | ..200 => {
            let reason = with_detail(format!("it answered {status}"), said);
            return Outcome::Retry { after: retry_after(now, headers), reason };
        }
        300..=399 => "redirects are not followed; save the address that it leads to",
        401 | 403 => "it does not let us in; check its access rules and our secret",
        404 | 410 => "there is nothing at this address; check the address",
        413 => "it takes no messages of this size",
        200..=299 | 400..=499 => "it does not take this message",
    };
    Outcome::Refused { reason: with_detail(format!("it answered {status}: {remedy}"), said) }
}

/// Reply codes as in RFC 5321 §4.2.1: the first digit decides. A 5yz is final for this address, even where an
/// administrator can mend it; other contact methods must not wait for that.
fn refused_by_mail(code: u16, said: &str) -> Outcome {
    if !(500..=599).contains(&code) {
        let reason = with_detail(format!("the mail server answered {code}"), said);
        return Outcome::Retry { after: None, reason };
    }
    let remedy = match code {
        // RFC 4954 §6: about who we are, not about the recipient.
        530 | 534 | 535 | 538 => {
            "the mail server does not accept our login; check user name and password of the mail server"
        }
        550 | 551 | 553 => "the mail server does not take mail for this address; check the address",
        552 => "the mailbox is full, or the message too large for it",
        _ => "the mail server does not take this message",
    };
    Outcome::Refused { reason: with_detail(format!("{code}: {remedy}"), said) }
}

fn failed(kind: Failure, detail: &str, maybe_delivered: bool) -> Outcome {
    let what = match kind {
        Failure::Refused => "the connection was refused",
        Failure::Timeout => "there was no answer in time",
        Failure::Dns => "the host name has no address",
        Failure::Tls => "no protected connection came about; its certificate may be wrong",
        Failure::Closed => "the connection broke",
        Failure::NotSetUp => "it cannot be sent as things are set up",
        Failure::Address => {
            let what = "nothing can be sent to this address; check the address";
            return Outcome::Refused { reason: with_detail(what.to_owned(), detail) };
        }
        Failure::Blocked => {
            let what = "the address leads into a network that requests may not go to; \
                        use another address, or have an administrator allow that network";
            return Outcome::Refused { reason: with_detail(what.to_owned(), detail) };
        }
    };
    let mut reason = with_detail(what.to_owned(), detail);
    if maybe_delivered {
        reason.push_str(" (it may have arrived all the same)");
    }
    Outcome::Retry { after: None, reason: line(&reason, 400) }
}

/// The wait that `Retry-After` asks for, in seconds or until a date (RFC 9110 §10.2.3). A date is taken relative to the
/// answer's own `Date`, where there is one, so that a wrong clock on either side does no harm.
fn retry_after(now: Timestamp, headers: &[(String, String)]) -> Option<Wait> {
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim())
    };
    let value = header("retry-after")?;
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a very long wait.
        return Some(Wait::seconds(value.parse().unwrap_or(u32::MAX)));
    }
    let until = http_date(value)?;
    let their_now = header("date").and_then(http_date).unwrap_or(now);
    let seconds = until.duration_since(their_now).as_secs();
    Some(Wait::seconds(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)))
}

/// A date of RFC 9110 §5.6.7: the preferred form, and the two old ones that a recipient must understand.
fn http_date(text: &str) -> Option<Timestamp> {
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| DateTime::strptime(form, text).ok())
        .and_then(|date| date.to_zoned(TimeZone::UTC).ok())
        .map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_asked(retry_after_value: &str, date: Option<&str>) -> Option<Wait> {
        let now = "2026-04-18T01:12:00Z".parse().unwrap();
        let mut headers = vec![("Retry-After".to_owned(), retry_after_value.to_owned())];
        headers.extend(date.map(|date| ("Date".to_owned(), date.to_owned())));
        let reply = WireReply::Http { status: 429, headers, body: Vec::new() };
        match classify(now, &reply, |_| Outcome::Delivered) {
            Outcome::Retry { after, .. } => after,
            other @ (Outcome::Delivered | Outcome::Accepted { .. } | Outcome::Refused { .. }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn retry_after_in_all_its_forms() {
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sat, 18 Apr 2026 01:14:00 GMT", Some(120)),
            ("Saturday, 18-Apr-26 01:14:00 GMT", Some(120)),
            ("Sat Apr 18 01:14:00 2026", Some(120)),
            ("Sat, 18 Apr 2026 01:00:00 GMT", Some(0)),
            ("99999999999999999999", Some(Wait::LONGEST.as_seconds())),
            ("Thu, 31 Dec 9998 23:59:59 GMT", Some(Wait::LONGEST.as_seconds())),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait_asked(value, None).map(Wait::as_seconds), seconds, "{value:?}");
        }
    }

    #[test]
    fn a_date_is_relative_to_their_clock() {
        // Their clock is an hour behind ours.
        let asked = wait_asked("Sat, 18 Apr 2026 00:13:00 GMT", Some("Sat, 18 Apr 2026 00:12:00 GMT"));
        assert_eq!(asked, Some(Wait::minutes(1)));
    }

    #[test]
    fn reasons_say_what_to_do() {
        let now = Timestamp::UNIX_EPOCH;
        let mail = |code, text: &str| WireReply::Mail { code, text: text.into() };
        let http = |status, body: &str| WireReply::Http { status, headers: Vec::new(), body: body.into() };
        let timeout = WireReply::Failed { kind: Failure::Timeout, text: "10s".into(), maybe_delivered: true };
        for (reply, reason) in [
            (
                mail(535, "5.7.8 no"),
                "535: the mail server does not accept our login; check user name and password of the mail server: 5.7.8 no",
            ),
            (
                mail(550, "5.1.1 who?"),
                "550: the mail server does not take mail for this address; check the address: 5.1.1 who?",
            ),
            (mail(451, "4.7.1 greylisted"), "the mail server answered 451: 4.7.1 greylisted"),
            (http(302, ""), "it answered 302: redirects are not followed; save the address that it leads to"),
            (http(503, "<html>…"), "it answered 503"),
            (http(400, "{\"error\":\"bad\"}"), "it answered 400: it does not take this message: {\"error\":\"bad\"}"),
            (timeout, "there was no answer in time: 10s (it may have arrived all the same)"),
        ] {
            match classify(now, &reply, |_| Outcome::Delivered) {
                Outcome::Retry { reason: given, .. } | Outcome::Refused { reason: given } => assert_eq!(given, reason),
                other @ (Outcome::Delivered | Outcome::Accepted { .. }) => panic!("{other:?}"),
            }
        }
    }
}
