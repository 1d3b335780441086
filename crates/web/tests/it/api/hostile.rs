//! What nobody should send.

use allclear_core::limits;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::house::{House, Reply};

async fn post(house: &House, path: &str, kind: &str, body: impl Into<Body>) -> Reply {
    let request = Request::builder().method("POST").uri(format!("/api/v1{path}"));
    let request = request.header(AUTHORIZATION, format!("Bearer {}", house.admin)).header(CONTENT_TYPE, kind);
    house.send(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn bodies_that_are_no_json_are_problems() {
    let house = House::new().await;
    let json = "application/json";
    for body in [
        "",
        "{",
        "nonsense",
        "{\"service\": \"checkout\", \"title\": \"a\", \"severity\": \"sev1\"} x",
        "\u{feff}{}",
        "{\"title\": \"\u{1}\"}",
    ] {
        let reply = post(&house, "/incidents", json, body.to_owned()).await;
        assert_eq!(reply.header("content-type"), "application/problem+json", "{body:?}");
        let problem = reply.with(400);
        assert!(problem["detail"].as_str().unwrap().starts_with("The body is not JSON: "), "{problem}");
    }
    post(&house, "/incidents", json, vec![0xff, 0xfe]).await.with(400);
    post(&house, "/incidents", json, "[".repeat(100_000)).await.with(400);
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/xml"]
    {
        post(&house, "/incidents", kind, "{}").await.with(415);
    }
    post(&house, "/incidents", "application/json; charset=utf-8", "{}").await.with(422);
    post(&house, "/incidents", "application/merge-patch+json", "{}").await.with(422);
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused() {
    let house = House::new().await;
    // beyond: BODY_BYTES, EVENT_BYTES, DOCUMENTS
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(allclear_core::limits::BODY_BYTES));
    let problem = post(&house, "/incidents", "application/json", large.clone()).await.with(413);
    assert!(problem["detail"].as_str().unwrap().contains("larger than"), "{problem}");
    let event = format!("{{\"summary\": \"{}\"}}", "x".repeat(allclear_core::limits::EVENT_BYTES));
    post(&house, "/events?integration=checkout-hook", "application/json", event).await.with(413);
    let documents = json!({"documents": vec![json!({}); 5_001]}).to_string();
    post(&house, "/configuration/plan", "application/json", documents).await.refuses("documents");
}

/// The sender may try again, so it is no mistake of theirs: neither a size nor a form.
#[tokio::test]
async fn bodies_that_break_off_are_told() {
    let house = House::new().await;
    let broken = || {
        let parts = [Ok("{\"summary\": "), Err(std::io::Error::other("the connection was reset"))];
        Body::from_stream(futures_util::stream::iter(parts))
    };
    let problem = post(&house, "/incidents", "application/json", broken()).await.with(408);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("the connection was reset") && detail.contains("send it again"), "{detail}");
    let request = Request::builder().method("POST").uri("/v2/enqueue").body(broken()).unwrap();
    let reply = house.send(request).await;
    assert_eq!(reply.status.as_u16(), 408);
    assert!(reply.json.to_string().contains("the connection was reset"), "{}", reply.json);
}

#[tokio::test]
async fn strange_names_lead_nowhere() {
    let house = House::new().await;
    let long = "x".repeat(5_000);
    for name in ["..", "%2e%2e", "%00", "'%20OR%201=1--", "%F0%9F%92%A9", "a%2Fb", &long] {
        for path in ["/incidents/", "/alerts/", "/events/", "/deliveries/", "/teams/", "/users/", "/integrations/"] {
            let reply = house.ask(&format!("GET {path}{name}"), Value::Null).await;
            let status = reply.status.as_u16();
            assert!(status == 404, "{path}{name}: {status} {}", reply.json);
            assert!(reply.json.to_string().len() < 1_000, "what is long is not said back");
        }
    }
    let problem = house.ask("GET /teams/%FF", Value::Null).await.with(404);
    assert!(problem["detail"].as_str().unwrap().contains("UTF-8"), "{problem}");
}

#[tokio::test]
async fn texts_of_others_come_back_as_they_are() {
    let house = House::new().await;
    let title = "<script>alert(1)</script> \u{202e}\u{0000} 💥 '; DROP TABLE incidents;--";
    let body = json!({"service": "checkout", "title": title, "severity": "sev1"});
    let reply = house.ask("POST /incidents", body).await;
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let incident = reply.with(201);
    assert_eq!(
        house.get(&format!("/incidents/{}", incident["reference"].as_str().unwrap())).await["title"],
        incident["title"]
    );
}

#[tokio::test]
async fn a_person_is_not_made_an_admin_by_those_who_are_none() {
    let house = House::new().await;
    let cy = house.token_of("cy").await;
    house.call(&cy, "PUT /users/cy", &[], &json!({"role": "admin"})).await.with(403);
    let apply = json!({"documents": [{"kind": "user", "slug": "cy", "role": "admin"}]});
    house.call(&cy, "POST /configuration/apply", &[], &apply).await.with(403);
    assert_eq!(house.user("cy").role, allclear_core::directory::Role::Manager);
}

#[tokio::test]
async fn texts_and_lists_that_are_too_long_are_refused() {
    // beyond: NOTE_CHARACTERS, LIST_PAGE
    let house = House::new().await;
    let reference = house.incident("Disk full").await;
    let note = json!({"text": "x".repeat(limits::NOTE_CHARACTERS + 1)});
    house.ask(&format!("POST /incidents/{reference}/notes"), note).await.refuses("text");
    house.ask(&format!("GET /incidents?limit={}", limits::LIST_PAGE + 1), Value::Null).await.refuses("limit");
}
