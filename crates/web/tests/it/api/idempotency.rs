//! Requests that are sent twice are carried out once.

use allclear_core::limits;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

const BODY: fn() -> Value = || json!({"service": "checkout", "title": "Cards fail", "severity": "sev1"});

#[tokio::test]
async fn the_same_request_is_carried_out_once() {
    let house = House::new().await;
    let send =
        async |key: &str| house.call(&house.admin, "POST /incidents", &[("idempotency-key", key)], &BODY()).await;
    let first = send("one").await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = send("one").await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.status, first.status);
    assert_eq!(again.json, first.json);
    send("two").await.with(201);
    assert_eq!(house.get("/incidents").await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let house = House::new().await;
    let key = [("idempotency-key", "one")];
    house.call(&house.admin, "POST /incidents", &key, &BODY()).await.with(201);
    let other = json!({"service": "checkout", "title": "Other", "severity": "sev1"});
    let reply = house.call(&house.admin, "POST /incidents", &key, &other).await;
    assert!(reply.refuses("Idempotency-Key").contains("another request"));
    house.call(&house.admin, "POST /incidents/1/notes", &key, &BODY()).await.with(422);
    // beyond: IDEMPOTENCY_KEY_CHARACTERS
    let long = "k".repeat(limits::IDEMPOTENCY_KEY_CHARACTERS + 1);
    let reply = house.call(&house.admin, "POST /incidents", &[("idempotency-key", &long)], &BODY()).await;
    assert!(reply.refuses("Idempotency-Key").contains("255"));
    let ben = house.token_of("ben").await;
    let bens = house.call(&ben, "POST /incidents", &key, &BODY()).await.with(201);
    assert_eq!(bens["reference"], "INC-2");
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again() {
    let house = House::new().await;
    let key = [("idempotency-key", "one")];
    let replay = "POST /incidents/1/notes";
    let note = json!({"text": "hello"});
    house.call(&house.admin, replay, &key, &note).await.with(404);
    house.incident("Cards fail").await;
    house.call(&house.admin, replay, &key, &note).await.with(200);
    for wrong in ["", &"x".repeat(256)] {
        house.call(&house.admin, replay, &[("idempotency-key", wrong)], &note).await.refuses("Idempotency-Key");
    }
}

#[tokio::test]
async fn what_failed_may_have_been_done_and_is_not_done_again_at_once() {
    let mut house = House::new().await;
    let id = house.event(json!({"summary": "Disk full"})).await;
    let works = house.without_intake();
    let replay = format!("POST /events/{id}/replays");
    let send = async |house: &House| house.call(&house.admin, &replay, &[("idempotency-key", "one")], &json!({})).await;
    send(&house).await.with(503);
    drop(house.swap(works));
    send(&house).await.with(409);
    house.wait(SignedDuration::from_secs(59)).await;
    send(&house).await.with(409);
    house.wait(SignedDuration::from_secs(1)).await;
    send(&house).await.with(202);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let house = House::new().await;
    let key = [("idempotency-key", "one")];
    house.call(&house.admin, "POST /incidents", &key, &BODY()).await.with(201);
    house.wait(SignedDuration::from_hours(24)).await;
    house.call(&house.admin, "POST /incidents", &key, &BODY()).await.with(201);
    assert_eq!(house.get("/incidents").await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_secret_that_is_shown_again_is_not_kept_in_the_clear() {
    let house = House::new().await;
    let key = [("idempotency-key", "one")];
    let body = json!({"name": "Terraform", "scope": "read"});
    let first = house.call(&house.admin, "POST /tokens", &key, &body).await.with(201);
    let again = house.call(&house.admin, "POST /tokens", &key, &body).await.with(201);
    assert_eq!(first["secret"], again["secret"]);
    assert_eq!(house.get("/tokens").await["items"].as_array().unwrap().len(), 2);
}
