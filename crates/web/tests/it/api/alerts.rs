//! Alerts.

use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn an_alert_is_listed_with_its_incident_and_its_events() {
    let house = House::new().await;
    let body = json!({"summary": "Disk full", "dedup_key": "srv01/disk", "severity": "critical",
        "labels": {"host": "srv01"}, "links": [{"href": "https://wiki.example.com", "text": "Runbook"}]});
    let first = house.event(body.clone()).await;
    let second = house.event(body).await;
    let page = house.get("/alerts?state=firing").await;
    let alert = &page["items"][0];
    assert_eq!(
        (&alert["summary"], &alert["severity"], &alert["count"]),
        (&json!("Disk full"), &json!("sev1"), &json!(2))
    );
    assert_eq!((&alert["labels"]["host"], &alert["links"][0]["text"]), (&json!("srv01"), &json!("Runbook")));
    let id = alert["id"].as_str().unwrap();
    let whole = house.get(&format!("/alerts/{id}")).await;
    let events: Vec<&Value> = whole["events"].as_array().unwrap().iter().map(|event| &event["id"]).collect();
    assert_eq!(events, [&json!(second), &json!(first)]);
    assert_eq!(whole["events"][0]["received_at"], "2026-11-23T11:00:00Z");

    let of_incident = house.get("/incidents/1/alerts").await;
    assert_eq!(of_incident["items"][0]["id"], alert["id"]);
    house.ask("PUT /incidents/1/resolution", Value::Null).await.with(200);
    assert_eq!(house.get("/alerts?state=firing").await["items"], json!([]));
    assert_eq!(house.get(&format!("/alerts/{id}")).await["cleared"], "by_person");
    for wrong in ["alr_x", "nothing", "inc_01jd8xq0e3f4sbz2k9v7m6n5pw", "alr_01jd8xq0e3f4sbz2k9v7m6n5pw"] {
        house.ask(&format!("GET /alerts/{wrong}"), Value::Null).await.with(404);
    }
}

#[tokio::test]
async fn alerts_come_a_page_at_a_time() {
    let house = House::new().await;
    for number in 0..5 {
        house.event(json!({"summary": format!("Number {number}")})).await;
    }
    let mut cursor = String::new();
    let mut seen = Vec::new();
    loop {
        let page = house.get(&format!("/alerts?limit=2{cursor}")).await;
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["summary"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["Number 4", "Number 3", "Number 2", "Number 1", "Number 0"]);
}
