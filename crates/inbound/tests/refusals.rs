//! Every refusal of every source, and their precedence: a table of bodies and errors. All errors of a body come at
//! once, in the order of the checks; a body that cannot be read has one.

use allclear_inbound::{Reason, Refusal, by_name};

/// `source`, why, and rows of a body and its errors, one a line.
fn check(source: &str, reason: Reason, rows: &[(&str, &[&str])]) {
    let source = by_name(source).unwrap();
    for (body, errors) in rows {
        let refusal = (source.accept)(body.as_bytes()).expect_err(body);
        assert_eq!((refusal.status, refusal.reason), (400, reason), "{source:?} {body}");
        assert_eq!(refusal.errors, *errors, "{source:?} {body}");
    }
}

const KEY: &str = "'routing_key' cannot be blank (send the key of the integration)";
const ACTION: &str = "'event_action' is missing or blank (send trigger, acknowledge or resolve)";
const DEDUP: &str = "'dedup_key' is missing or blank (send the key that the trigger had)";
const PAYLOAD: &str = "'payload' is missing or blank (send summary, source, severity)";
const SUMMARY: &str = "'payload.summary' is missing or blank (say what is wrong, in one line)";
const SOURCE: &str = "'payload.source' is missing or blank (name the host or service that is affected)";
const SEVERITY: &str = "'payload.severity' is missing or blank (send critical, error, warning or info)";

#[test]
fn pagerduty_bodies_that_cannot_be_read() {
    for source in ["pagerduty", "pagerduty-change", "pagerduty-v1"] {
        check(
            source,
            Reason::Unreadable,
            &[
                ("", &["JSON parse error: EOF while parsing a value at line 1 column 0"]),
                ("{", &["JSON parse error: EOF while parsing an object at line 1 column 1"]),
                ("{\n  \"a\": 1,\n}", &["JSON parse error: trailing comma at line 3 column 1"]),
                ("{\"a\": tru}", &["JSON parse error: expected ident at line 1 column 10"]),
                ("{} {}", &["JSON parse error: trailing characters at line 1 column 4"]),
                ("null", &["the body is null; send one JSON object"]),
                ("[{}]", &["the body is an array; send one JSON object"]),
                ("\"x\"", &["the body is a string; send one JSON object"]),
                ("7", &["the body is a number; send one JSON object"]),
                ("true", &["the body is a boolean; send one JSON object"]),
            ],
        );
    }
    let refusal = (by_name("pagerduty").unwrap().accept)(b"{\"a\":\n \"\xFF\"}").unwrap_err();
    assert_eq!(refusal.errors, ["JSON parse error: the body is not UTF-8 at line 2 column 3"]);
}

#[test]
fn pagerduty_bodies_with_a_field_twice() {
    let body = r#"{"routing_key":"a","routing_key":"b"}"#;
    check(
        "pagerduty",
        Reason::Unreadable,
        &[(body, &["JSON parse error: duplicate field `routing_key` at line 1 column 32"])],
    );
}

#[test]
fn pagerduty() {
    let long = format!(r#"{{"routing_key":"k","event_action":"resolve","dedup_key":"{}"}}"#, "é".repeat(256));
    check(
        "pagerduty",
        Reason::Invalid,
        &[
            ("{}", &[KEY, ACTION, PAYLOAD]),
            (r#"{"routing_key":" ","event_action":"","payload":null}"#, &[KEY, ACTION, PAYLOAD]),
            (
                r#"{"routing_key":1,"event_action":2,"dedup_key":3,"payload":4}"#,
                &[
                    "'routing_key' is invalid (must be a string; it is a number)",
                    "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve'; it is a number)",
                    "'dedup_key' is invalid (must be a string; it is a number)",
                    "'payload' is invalid (must be an object; it is a number)",
                ],
            ),
            (
                r#"{"routing_key":"k","event_action":"Trigger","payload":{}}"#,
                &[
                    "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve'; it is `Trigger`)",
                    SUMMARY,
                    SOURCE,
                    SEVERITY,
                ],
            ),
            (r#"{"routing_key":"k","event_action":"trigger","payload":{}}"#, &[SUMMARY, SOURCE, SEVERITY]),
            (
                r#"{"routing_key":"k","event_action":"trigger","payload":{"summary":["s"],"source":{},"severity":true}}"#,
                &[
                    "'payload.summary' is invalid (must be a string; it is an array)",
                    "'payload.source' is invalid (must be a string; it is an object)",
                    "'payload.severity' is invalid (must be a string; it is a boolean)",
                ],
            ),
            (
                r#"{"routing_key":"k","event_action":"trigger","payload":{"summary":"s","source":"h","severity":"none"}}"#,
                &[
                    "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info'; it is `none`)",
                ],
            ),
            (r#"{"routing_key":"k","event_action":"acknowledge"}"#, &[DEDUP]),
            (r#"{"event_action":"resolve","dedup_key":" ","payload":{}}"#, &[KEY, DEDUP]),
            (&long, &["Length of 'dedup_key' is incorrect (should be at most 255 characters; it has 256)"]),
        ],
    );
}

#[test]
fn pagerduty_change() {
    let summary = "'payload.summary' is missing or blank (say what was changed, in one line)";
    check(
        "pagerduty-change",
        Reason::Invalid,
        &[
            ("{}", &[KEY, "'payload' is missing or blank (send summary)"]),
            (r#"{"payload":"x"}"#, &[KEY, "'payload' is invalid (must be an object; it is a string)"]),
            (r#"{"routing_key":"k","payload":{"source":"ci"}}"#, &[summary]),
            (
                r#"{"routing_key":"k","payload":{"summary":5}}"#,
                &["'payload.summary' is invalid (must be a string; it is a number)"],
            ),
        ],
    );
}

#[test]
fn pagerduty_v1() {
    let key = "Service key is missing or blank (send the key of the integration)";
    let kind = "event_type is invalid (must be one of: trigger acknowledge resolve)";
    let incident = "Incident key is missing or blank (send the key that the trigger had)";
    let description = "Description is missing or blank (say what is wrong, in one line)";
    let long = format!(r#"{{"service_key":"k","event_type":"resolve","incident_key":"{}"}}"#, "k".repeat(300));
    check(
        "pagerduty-v1",
        Reason::Invalid,
        &[
            ("{}", &[key, kind, description]),
            (r#"{"service_key":"k","event_type":"trigger"}"#, &[description]),
            (r#"{"service_key":"k","event_type":"resolve"}"#, &[incident]),
            (
                r#"{"service_key":"k","event_type":"acknowledge","incident_key":7}"#,
                &["Incident key is a number (send a string)"],
            ),
            (
                r#"{"service_key":{},"event_type":"trigger","incident_key":7,"description":" "}"#,
                &["Service key is an object (send a string)", "Incident key is a number (send a string)", description],
            ),
            (&long, &["Incident key is too long (at most 255 characters; it has 300)"]),
        ],
    );
}

#[test]
fn alertmanager_api_bodies_that_cannot_be_read() {
    check(
        "alertmanager-api",
        Reason::Unreadable,
        &[
            ("", &["JSON parse error: EOF while parsing a value at line 1 column 0"]),
            ("[{\"labels\":{\"a\":\"b\"}", &["JSON parse error: EOF while parsing an object at line 1 column 20"]),
            ("{}", &["JSON parse error: invalid type: object, expected an array at line 1 column 0"]),
            (
                "[null]",
                &["JSON parse error: invalid type: null, expected an alert: an object with labels at line 1 column 5"],
            ),
            (
                "[{\"labels\":{\"a\":1}}]",
                &["JSON parse error: the value of `a` is a number, a string is expected at line 1 column 18"],
            ),
            (
                "[{\"labels\":[]}]",
                &["JSON parse error: invalid type: array, expected an object of strings at line 1 column 13"],
            ),
        ],
    );
}

#[test]
fn alertmanager_api() {
    let labels = "alerts[0]: at least one label pair required";
    check(
        "alertmanager-api",
        Reason::Invalid,
        &[
            ("[{}]", &[labels]),
            (r#"[{"labels":null}]"#, &[labels]),
            (r#"[{"labels":{"a":"","b":null}}]"#, &[labels]),
            (r#"[{"labels":{"":"x"}}]"#, &["alerts[0]: invalid label set: invalid name \"\""]),
            (
                r#"[{"labels":{"a":"b"},"annotations":{"":"x"}}]"#,
                &["alerts[0]: invalid annotations: invalid name \"\""],
            ),
            // The order of the times is checked first, as in Alertmanager.
            (
                r#"[{"startsAt":"2026-11-05T12:00:00Z","endsAt":"2026-11-05T12:00:00.000+01:00"}]"#,
                &["alerts[0]: start time must be before end time"],
            ),
            (
                r#"[{"labels":{"a":"b"},"startsAt":"soon"},{"labels":{"a":"b"},"endsAt":7}]"#,
                &[
                    "alerts[0]: startsAt `soon` is not a time; send a time such as 2026-11-05T12:00:00Z",
                    "alerts[1]: endsAt is a number; send a time such as 2026-11-05T12:00:00Z",
                ],
            ),
        ],
    );
}

#[test]
fn the_forgiving_sources_refuse_an_empty_body_alone() {
    for source in ["alertmanager", "generic"] {
        let empty = "the body is empty; send JSON, a form or text";
        check(source, Reason::Unreadable, &[("", &[empty]), (" \r\n\t", &[empty]), ("\u{FEFF}\n", &[empty])]);
        assert!((by_name(source).unwrap().accept)(b"{").is_ok());
    }
}

#[test]
fn what_only_decorates_is_never_a_reason() {
    let source = by_name("pagerduty").unwrap();
    for decoration in [
        r#""links":5"#,
        r#""images":{}"#,
        r#""client":[]"#,
        r#""client_url":"x""#,
        r#""dedup_key":null"#,
        r#""dedup_key":" ""#,
        r#""unknown":[[[]]]"#,
    ] {
        let body = format!(
            r#"{{{decoration},"routing_key":"k","event_action":"trigger","payload":{{"summary":"s","source":"h","severity":"info","timestamp":5,"component":1e999,"group":null,"class":[],"custom_details":"x"}}}}"#
        );
        assert!((source.accept)(body.as_bytes()).is_ok(), "{body}");
    }
}

#[test]
fn an_unknown_key_in_the_vendors_shape() {
    let unknown = Refusal::intake(404, "Invalid routing key (no integration has it)");
    for (source, status) in [("pagerduty", 400), ("pagerduty-change", 400), ("pagerduty-v1", 400), ("generic", 404)] {
        let answer = (by_name(source).unwrap().refused)(&unknown);
        assert_eq!(answer.status, status, "{source}");
        assert!(answer.body.contains("Invalid routing key"), "{source}");
    }
}
