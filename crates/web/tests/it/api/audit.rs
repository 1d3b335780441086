//! The audit log.

use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn the_log_is_told_in_words_and_checked() {
    let house = House::new().await;
    for number in 0..3 {
        house.ask(&format!("PUT /teams/team-{number}"), json!({"name": format!("Team {number}")})).await.with(201);
    }
    let page = house.get("/audit?limit=2").await;
    assert_eq!(page["items"][0]["facts"][0]["sentence"], "The API token “test admin” added the team “Team 2”.");
    assert_eq!(page["items"][0]["by"]["kind"], "token");
    let next = page["next"].as_str().unwrap();
    let rest = house.get(&format!("/audit?limit=2&cursor={next}")).await;
    assert_eq!((&rest["items"][0]["number"], &rest["items"][1]["by"]["kind"]), (&json!(2), &json!("system")));
    let verified = house.get("/audit/verification").await;
    assert_eq!(verified, json!({"holds": true, "entries": 4}));
}

#[tokio::test]
async fn nothing_is_written_by_looking() {
    let house = House::new().await;
    let before = house.get("/audit/verification").await;
    for path in ["/incidents", "/alerts", "/configuration", "/settings", "/tokens", "/on-call", "/deliveries", "/me"] {
        house.get(path).await;
        house.ask(&format!("HEAD {path}"), Value::Null).await.with(200);
    }
    assert_eq!(house.get("/audit/verification").await, before);
}
