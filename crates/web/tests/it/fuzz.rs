//! Every route, against what nobody should send: no answer is our own failure, none is late, and whatever was taken in
//! becomes an event that can be seen.

use std::panic::AssertUnwindSafe;

use allclear_engine::EventAddress;
use allclear_web::{Entry, Face};
use allclear_world::fuzz::{Case, Cases};
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, Request};
use futures_util::FutureExt as _;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::api::house::{House, Reply};
use crate::pages::{browser::Browser, house::House as Home};

/// After how many cases a new house is built, so that a case is not the heir of too many before it.
const TENANCY: u64 = 250;
/// The most of an answer that refuses something, however long what it refuses was.
const REFUSAL_BYTES: usize = 256 * 1024;

/// What parts of addresses and bodies may be called: of each kind something that is there.
const NAMES: [&str; 16] = [
    "checkout",
    "default",
    "primary",
    "platform",
    "ben",
    "vi",
    "checkout-hook",
    "INC-1",
    "1",
    "sev1",
    "email",
    "generic",
    "2026-11-23T12:00:00Z",
    "5m",
    "resolved",
    "true",
];

/// A text as a part of an address.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let part = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    // More of it than anybody can send is no address at all.
    text.bytes().take(4_000).map(part).collect()
}

fn word(case: &mut Case) -> String {
    if case.percent(60) { (*case.pick(&NAMES).unwrap()).to_owned() } else { case.odd_text() }
}

/// The path of a route with something in the place of each parameter, and odd parameters behind it.
fn address(case: &mut Case, path: &str, queries: &[String], key: &str) -> String {
    let mut address = String::new();
    for part in path.split_inclusive('/') {
        let (name, slash) = part.strip_suffix('/').map_or((part, ""), |name| (name, "/"));
        match name {
            "{key}" if case.percent(90) => address.push_str(key),
            name if name.starts_with('{') => address.push_str(&encoded(&word(case))),
            name => address.push_str(name),
        }
        address.push_str(slash);
    }
    for number in 0..case.below(4) {
        let name = case.pick(queries).cloned().unwrap_or_default();
        address.push(if number == 0 { '?' } else { '&' });
        address.push_str(&format!("{}={}", encoded(&name), encoded(&word(case))));
    }
    address
}

/// A value that a schema may allow.
fn example(case: &mut Case, document: &Value, schema: &Value, name: &str, depth: usize) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        return example(case, document, document.pointer(&target[1..]).unwrap_or(&Value::Null), name, depth);
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        if let Some(one) = schema[part].as_array().and_then(|all| case.pick(all)).cloned() {
            return example(case, document, &one, name, depth);
        }
    }
    if let Some(known) = schema["enum"].as_array().and_then(|all| case.pick(all)) {
        return known.clone();
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    match kinds.first().and_then(Value::as_str).unwrap_or_default() {
        "object" if depth < 6 => {
            let mut fields = Map::new();
            for (name, part) in schema["properties"].as_object().into_iter().flatten() {
                if case.percent(80) {
                    fields.insert(name.clone(), example(case, document, part, name, depth + 1));
                }
            }
            Value::Object(fields)
        }
        "array" if depth < 6 => {
            let count = case.below(3);
            (0..count).map(|_| example(case, document, &schema["items"], name, depth + 1)).collect()
        }
        "integer" | "number" => json!(case.below(200)),
        "boolean" => json!(case.percent(50)),
        _ => json!(match name {
            "service" => "checkout".to_owned(),
            "severity" => "sev2".to_owned(),
            "until" | "from" => "2026-11-24T12:00:00Z".to_owned(),
            "wait" | "after" => "5m".to_owned(),
            _ => word(case),
        }),
    }
}

/// The operations of the document: method, path, schema of the body, names of the parameters.
fn operations(document: &Value) -> Vec<(Method, String, Value, Vec<String>)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_ascii_uppercase().parse::<Method>() else { continue };
            let content = operation["requestBody"]["content"].as_object();
            let schema = content.and_then(|content| content.values().next()).map(|body| body["schema"].clone());
            let queries = operation["parameters"].as_array().into_iter().flatten();
            let queries = queries.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
            all.push((method, path.clone(), schema.unwrap_or(Value::Null), queries.collect()));
        }
    }
    all
}

/// Sends it; a panic of the program, or an answer that takes too long, is told with the case.
async fn send(case: &Case, house: &House, request: Request<Body>) -> Reply {
    let told = format!("{} {}", request.method(), request.uri());
    let sent = AssertUnwindSafe(house.send(request)).catch_unwind().await;
    case.end(sent.as_ref().err().map(|payload| &**payload));
    let reply = sent.expect("the case has told it otherwise");
    let status = reply.status.as_u16();
    let bytes = reply.json.to_string().len();
    assert!(status < 500 || status == 503, "case {}: {told} is answered {status}: {}", case.number, reply.json);
    assert!(status < 400 || bytes <= REFUSAL_BYTES, "case {}: {told} is refused with {bytes} bytes", case.number);
    reply
}

async fn operate(
    case: &mut Case,
    house: &House,
    (method, path, schema, queries): &(Method, String, Value, Vec<String>),
) {
    let address = address(case, path, queries, "no-key");
    let document = house.document();
    let value = example(case, document, schema, "", 0);
    case.body = if schema.is_null() { Vec::new() } else { case.mutated(&value) };
    let kinds = ["application/json", "application/merge-patch+json", "text/plain", "application/json; charset=x"];
    let kind = if case.percent(90) { kinds[0] } else { *case.pick(&kinds).unwrap() };
    let token = if case.percent(98) { house.admin.clone() } else { encoded(&case.odd_text()) };
    let mut request = Request::builder().method(method.clone()).uri(&address).header(CONTENT_TYPE, kind);
    request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    for name in ["if-match", "idempotency-key", "accept", "cookie"] {
        if case.percent(5) {
            request = request.header(name, encoded(&case.odd_text()));
        }
    }
    let Ok(request) = request.body(Body::from(case.body.clone())) else { return };
    let reply = send(case, house, request).await;
    let kind = reply.header("content-type").to_owned();
    let refused = reply.status.as_u16() >= 400;
    assert!(!refused || kind == "application/problem+json", "case {}: {method} {address}: {kind}", case.number);
}

#[tokio::test]
async fn the_api_answers_anything() {
    let mut house = House::new().await;
    let operations = operations(house.document());
    for mut case in Cases::of(&[Vec::new()], 600) {
        if case.number % TENANCY == 0 {
            house = House::new().await;
            house.incident("Disk full").await;
        }
        let operation = case.pick(&operations).unwrap().clone();
        operate(&mut case, &house, &operation).await;
        if case.number % 25 == 0 {
            house.wait(SignedDuration::from_secs(40)).await;
        }
    }
}

/// The bodies of the sources, and of silences, with a key that is right.
fn corpus(key: &str) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> =
        allclear_inbound::ALL.iter().map(|source| source.sample.replace("{key}", key).into_bytes()).collect();
    let silence = json!({"matchers": [{"name": "a", "value": "b.*", "isRegex": true, "isEqual": true}],
                         "startsAt": "2026-11-23T11:00:00Z", "endsAt": "2026-11-23T12:00:00Z", "createdBy": "me",
                         "comment": "x"});
    bodies.push(silence.to_string().into_bytes());
    let payload = json!({"summary": "Disk full", "source": "db-7", "severity": "critical"});
    for (name, action) in [("routing_key", "event_action"), ("service_key", "event_type")] {
        let body = json!({name: key, action: "trigger", "description": "Disk full", "payload": payload});
        bodies.push(body.to_string().into_bytes());
    }
    bodies
}

const KEY: &str = "checkout0000prometheus0000000001";

#[tokio::test]
async fn the_intake_answers_anything_and_shows_what_it_took() {
    let mut house = House::new().await;
    let entries: Vec<Entry> = allclear_web::table(&house.app);
    let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.face == Face::Source).collect();
    let queries = ["filter", "active", "silenced", "inhibited", "unprocessed", "receiver", "x"].map(str::to_owned);
    let corpus = corpus(KEY);
    for mut case in Cases::of(&corpus, 600) {
        if case.number % TENANCY == 0 {
            house = House::new().await;
            let prometheus = json!({"kind": "integration", "slug": "prometheus", "name": "Prometheus",
                                    "service": "checkout", "source": "alertmanager-api", "key": KEY});
            house.apply(json!([prometheus])).await;
        }
        let entry = case.pick(&entries).unwrap().clone();
        let mut address = address(&mut case, &entry.path, &queries, KEY);
        if case.percent(if entry.path.contains("/api/v2/") { 60 } else { 20 }) {
            let operator = *case.pick(&["=", "!=", "=~", "!~", "=~\"", ""]).unwrap();
            let filter = format!("alertname{operator}{}", case.odd_text());
            address = format!("{}?filter={}", entry.path.replace("{key}", KEY).replace("{id}", "x"), encoded(&filter));
        }
        let mut request = Request::builder().method(entry.method.clone()).uri(&address);
        let encoding = *case.pick(&["", "", "", "identity", "gzip", "br"]).unwrap();
        if !encoding.is_empty() {
            request = request.header("content-encoding", encoding);
        }
        let Ok(request) = request.body(Body::from(case.body.clone())) else { continue };
        let reply = send(&case, &house, request).await;
        if let Some(id) = reply.json["event_id"].as_str().filter(|_| reply.status.is_success()) {
            can_be_seen(&case, &house, id).await;
        }
        if case.number % 25 == 0 {
            house.wait(SignedDuration::from_secs(40)).await;
        }
    }
}

/// What was accepted was processed, and is not in quarantine.
async fn can_be_seen(case: &Case, house: &House, id: &str) {
    while house.engine.process(0).await.unwrap().requests > 0 {}
    let address: EventAddress = id.parse().unwrap();
    let event = house.engine.event(address).await.unwrap().unwrap();
    let became = event.became.unwrap_or_else(|| panic!("case {}: nothing became of it", case.number));
    assert_eq!(became.quarantined, None, "case {}", case.number);
    let none = [&b"[]"[..], br#""alerts":[]"#].iter().any(|empty| {
        let squeezed: Vec<u8> = event.body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        squeezed.windows(empty.len()).any(|window| window == *empty)
    });
    assert!(!became.events.is_empty() || none, "case {}: nothing is to be seen of it", case.number);
}

/// The names of all fields of a page's forms.
fn fields(page: &str) -> Vec<String> {
    let parts = page.split(" name=\"").skip(1);
    parts.filter_map(|part| part.split('"').next()).filter(|name| *name != "csrf").map(str::to_owned).collect()
}

#[tokio::test]
async fn pages_and_their_forms_answer_anything() {
    let mut home = Home::town().await;
    let mut ada = home.signed_in("ada").await;
    let entries: Vec<Entry> = allclear_web::table(&home.app);
    let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.face == Face::Page).collect();
    let mut names = vec!["q".to_owned(), "view".to_owned(), "before".to_owned()];
    for mut case in Cases::of(&[Vec::new()], 400) {
        if case.number % TENANCY == 0 {
            home = Home::town().await;
            ada = home.signed_in("ada").await;
        }
        let entry = case.pick(&entries).unwrap().clone();
        if entry.path.contains("logout") || entry.path.contains("live") {
            continue;
        }
        let address = address(&mut case, &entry.path, &names, "key");
        let text = visit(&mut case, &mut ada, &entry, &address, &names).await;
        for name in fields(&text) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if case.number % 25 == 0 {
            home.wait(SignedDuration::from_secs(40)).await;
            ada = home.signed_in("ada").await;
        }
    }
}

/// Looks at a page, or sends a form with odd fields; says what came back.
async fn visit(case: &mut Case, browser: &mut Browser, entry: &Entry, address: &str, names: &[String]) -> String {
    let mut form = Vec::new();
    if entry.method != Method::GET {
        form.push(format!("csrf={}", encoded(&browser.csrf)));
        for _ in 0..case.below(12) {
            let name = case.pick(names).cloned().unwrap_or_default();
            form.push(format!("{}={}", encoded(&name), encoded(&word(case))));
        }
    }
    case.body = form.join("&").into_bytes();
    let body = (entry.method != Method::GET).then(|| form.join("&"));
    let sent = AssertUnwindSafe(browser.send(entry.method.clone(), address, body)).catch_unwind().await;
    case.end(sent.as_ref().err().map(|payload| &**payload));
    let seen = sent.expect("the case has told it otherwise");
    let status = seen.status.as_u16();
    assert!(status < 500, "case {}: {} {address} is answered {status}: {}", case.number, entry.method, seen.text);
    assert!(!seen.text.contains("<script>alert(1)"), "case {}: {} {address} shows a script", case.number, entry.method);
    seen.text
}
