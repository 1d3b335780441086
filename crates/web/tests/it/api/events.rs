//! Events: sent, read back as they came, replayed.

use allclear_core::access::Scope;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn an_event_is_stored_before_it_is_answered_and_shown_as_it_came() {
    let house = House::new().await;
    let token = house.token(Scope::Events, None).await;
    let body = json!({"action": "trigger", "summary": "Disk full", "dedup_key": "d", "severity": "sev2"});
    let accepted = house.call(&token, "POST /events?integration=checkout-hook", &[], &body).await.with(202);
    let id = accepted["id"].as_str().unwrap();
    let waiting = house.get(&format!("/events/{id}")).await;
    assert_eq!((&waiting["status"], &waiting["became"]), (&json!("waiting"), &json!([])));
    house.work().await;
    let event = house.get(&format!("/events/{id}")).await;
    assert_eq!(
        (&event["status"], &event["encoding"], &event["source"]),
        (&json!("processed"), &json!("text"), &json!("generic"))
    );
    assert_eq!(event["body"].as_str().unwrap(), body.to_string());
    assert_eq!(event["became"][0]["sentence"], "A new alert fired.");
    assert!(event["became"][0]["incident"].as_str().unwrap().starts_with("inc_"));
    house.call(&token, &format!("GET /events/{id}"), &[], &Value::Null).await.with(403);
}

#[tokio::test]
async fn an_event_is_checked_before_it_is_stored() {
    let house = House::new().await;
    let send = async |body: Value| house.ask("POST /events?integration=checkout-hook", body).await;
    assert!(send(json!({"dedup_key": "k"})).await.refuses("summary").contains("one line"));
    send(json!({"action": "resolve"})).await.refuses("dedup_key");
    assert!(send(json!({"summary": "s", "action": "explode"})).await.refuses("action").contains("trigger"));
    assert!(send(json!({"sumary": "s"})).await.refuses("sumary").contains("unknown field"));
    send(json!({"summary": "s", "links": [{"href": 1}]})).await.refuses("links[1].href");
    house.ask("POST /events?integration=nothing", json!({"summary": "s"})).await.refuses("integration");
    house.ask("POST /events", json!({"summary": "s"})).await.refuses("integration");
    let hook = json!({"service": "checkout", "source": "generic", "disabled": true});
    house.ask("PUT /integrations/checkout-hook", hook).await.with(200);
    send(json!({"summary": "s"})).await.with(409);
}

#[tokio::test]
async fn a_replayed_event_is_a_new_one_about_the_same_alert() {
    let house = House::new().await;
    let id = house.event(json!({"summary": "Disk full", "dedup_key": "d"})).await;
    let replayed = house.ask(&format!("POST /events/{id}/replays"), Value::Null).await.with(202);
    assert_ne!(replayed["id"], json!(id));
    house.work().await;
    let new = house.get(&format!("/events/{}", replayed["id"].as_str().unwrap())).await;
    assert_eq!(new["became"][0]["sentence"], "The alert was firing already.");
    let audit = house.get("/audit").await;
    assert!(audit["items"][0]["facts"][0]["sentence"].as_str().unwrap().contains(&id));
    house.ask("POST /events/evt_nothing/replays", Value::Null).await.with(404);
}

#[tokio::test]
async fn events_of_an_integration_come_newest_first_across_segments() {
    let house = House::new().await;
    let mut sent = Vec::new();
    for number in 0..7 {
        sent.push(house.event(json!({"summary": format!("Number {number}")})).await);
    }
    sent.reverse();
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("/events?integration=checkout-hook&limit=3{cursor}")).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, sent);
    house.ask("GET /events", Value::Null).await.refuses("integration");
    house.ask("GET /events?integration=checkout-hook&cursor=7", Value::Null).await.refuses("cursor");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_shown_in_base_64() {
    let house = House::new().await;
    let key = house.get("/integrations/checkout-hook/key").await;
    let path = key["url"].as_str().unwrap().strip_prefix("https://pager.example.com").unwrap().to_owned();
    let request = Request::builder().method("POST").uri(path).body(Body::from(vec![0xff, 0xfe, b'x'])).unwrap();
    let accepted = house.send(request).await.with(202);
    house.work().await;
    let event = house.get(&format!("/events/{}", accepted["event_id"].as_str().unwrap())).await;
    assert_eq!((&event["encoding"], &event["body"]), (&json!("base64"), &json!("//54")));
}
