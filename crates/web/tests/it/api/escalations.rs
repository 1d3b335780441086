//! Escalations by the API: what would happen, why somebody was paged, and changed policies on running incidents.

use allclear_core::limits;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

fn question() -> Value {
    json!({"service": "checkout", "severity": "sev1", "at": "2026-11-17T03:00:00Z"})
}

#[tokio::test]
async fn what_would_happen_is_told_and_nothing_of_it_happens() {
    let house = House::new().await;
    let known = house.ask("POST /simulations", question()).await.with(200);
    assert_eq!((&known["end"], &known["known"]["person"]), (&json!("known"), &json!("ben")));
    assert_eq!(known["known"]["after"], "0s");
    let mut asleep = question();
    asleep["assumptions"] = json!(["first responder sleeps through"]);
    let later = house.ask("POST /simulations", asleep.clone()).await.with(200);
    assert_eq!((&later["known"]["person"], &later["known"]["after"]), (&json!("ana"), &json!("5m")));
    let tried = later["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "tried");
    let fates: Vec<_> = tried.map(|line| (line["person"].clone(), line["fate"].clone())).collect();
    assert_eq!(fates, [(json!("ben"), json!("slept_through")), (json!("ana"), json!("known"))]);
    asleep["assumptions"] = json!(["email down"]);
    let nobody = house.ask("POST /simulations", asleep).await.with(200);
    assert_eq!((&nobody["end"], &nobody["known"]), (&json!("exhausted"), &Value::Null));
    assert_eq!(house.get("/incidents").await["items"], json!([]));
    assert_eq!(house.mails(), []);
}

#[tokio::test]
async fn a_wrong_question_is_refused_by_the_name_of_its_field() {
    let house = House::new().await;
    let asked = async |field: &str, value: Value| {
        let mut wrong = question();
        wrong[field] = value;
        house.ask("POST /simulations", wrong).await
    };
    asked("service", json!("nothing")).await.refuses("service");
    let refused = asked("assumptions", json!(["email down", "zoe sleeps through"])).await.refuses("assumptions[2]");
    assert!(refused.contains("zoe"), "{refused}");
    // beyond: ASSUMPTIONS
    let many = vec!["email down"; limits::ASSUMPTIONS + 1];
    assert!(asked("assumptions", json!(many)).await.refuses("assumptions").contains("at most 20"));
    let labels: serde_json::Map<_, _> = (0..=limits::LABELS).map(|number| (number.to_string(), json!("x"))).collect();
    asked("labels", labels.into()).await.refuses("labels");
    asked("severity", json!("sev9")).await.with(422);
}

#[tokio::test]
async fn everybody_can_be_told_why_they_were_paged_or_why_not() {
    let house = House::new().await;
    let incident = house.incident("Disk full").await;
    house.work().await;
    let why = async |person: &str| house.get(&format!("/incidents/{incident}/explanations/{person}")).await;
    let cy = why("cy").await;
    assert_eq!((&cy["paged"], &cy["user"]["slug"]), (&json!(true), &json!("cy")));
    let deciders: Vec<_> = cy["reasons"].as_array().unwrap().iter().filter_map(|one| one.get("decided_by")).collect();
    assert!(deciders.iter().any(|decider| decider["slug"] == "primary"), "{cy}");
    let ana = why("ana").await;
    assert_eq!(ana["paged"], false);
    house.wait(SignedDuration::from_mins(5)).await;
    assert_eq!(why("ana").await["paged"], true, "her step is the second");
    house.ask(&format!("GET /incidents/{incident}/explanations/zoe"), Value::Null).await.with(404);
    house.ask("GET /incidents/INC-99/explanations/ana", Value::Null).await.with(404);
}

#[tokio::test]
async fn a_changed_policy_reaches_running_incidents_only_when_somebody_says_so() {
    let house = House::new().await;
    let incident = house.incident("Disk full").await;
    house.work().await;
    let outdated = async || {
        let items = house.get("/policies/default/outdated-incidents").await["items"].clone();
        items.as_array().unwrap().iter().map(|one| one["reference"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(outdated().await, Vec::<Value>::new());
    let changed = json!({"name": "Default", "team": "platform", "steps": [
        {"targets": [{"schedule": "primary"}], "wait": "5m"}, {"targets": [{"user": "cy"}], "wait": "10m"}]});
    house.ask("PUT /policies/default", changed).await;
    assert_eq!(outdated().await, [json!(incident)]);
    let applied = house.ask("POST /policies/default/applications", Value::Null).await.with(200);
    assert_eq!(applied["items"][0]["reference"], incident);
    assert_eq!(outdated().await, Vec::<Value>::new());
    house.mails();
    house.wait(SignedDuration::from_mins(5)).await;
    let told: Vec<_> = house.mails().into_iter().map(|(to, _)| to).collect();
    assert_eq!(told, ["cy@example.com"]);
    let again = house.ask("POST /policies/default/applications", Value::Null).await.with(200);
    assert_eq!(again["items"], json!([]));
    house.ask("POST /policies/nothing/applications", Value::Null).await.with(404);
}
