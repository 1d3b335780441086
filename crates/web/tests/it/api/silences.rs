//! Silences.

use allclear_core::access::Scope;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

fn silence(matchers: &[&str]) -> Value {
    json!({"service": "checkout", "matchers": matchers, "comment": "moving the disks", "ends_at": "2026-11-23T13:00:00Z"})
}

#[tokio::test]
async fn a_silence_is_made_listed_and_ended() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let wanted = silence(&["severity=warning", "instance=~db-.+", "env!=\"production\""]);
    let made = house.call(&ben, "POST /silences", &[], &wanted).await.with(201);
    assert_eq!(made["matchers"], json!([r#"severity="warning""#, r#"instance=~"db-.+""#, r#"env!="production""#]));
    assert_eq!((&made["state"], &made["created_by"]), (&json!("active"), &json!("Ben Okafor")));
    assert_eq!((&made["service"]["slug"], &made["starts_at"]), (&json!("checkout"), &json!("2026-11-23T11:00:00Z")));
    let mut later = silence(&["a=b"]);
    later["starts_at"] = json!("2026-11-23T12:00:00Z");
    let pending = house.ask("POST /silences", later).await.with(201);
    assert_eq!((&pending["state"], &pending["created_by"]), (&json!("pending"), &json!("the API token “test admin”")));
    let ids = async |query: &str| {
        let page = house.get(&format!("/silences{query}")).await;
        page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    let [first, second] = [made["id"].clone(), pending["id"].clone()];
    assert_eq!(ids("").await, [second.clone(), first.clone()], "newest first");
    assert_eq!(ids("?state=active").await, std::slice::from_ref(&first));
    assert_eq!(ids("?state=pending").await, std::slice::from_ref(&second));
    assert_eq!(ids("?service=checkout&state=pending").await, std::slice::from_ref(&second));
    assert_eq!(
        ids(&format!("?service=checkout&cursor={}", second.as_str().unwrap())).await,
        std::slice::from_ref(&first)
    );
    assert_eq!(ids("?state=expired").await, [] as [Value; 0]);
    assert_eq!(ids("?service=search").await, [] as [Value; 0]);
    let page = house.get("/silences?limit=1").await;
    assert_eq!(ids(&format!("?limit=1&cursor={}", page["next"].as_str().unwrap())).await, std::slice::from_ref(&first));
    let path = format!("/silences/{}", first.as_str().unwrap());
    for _ in 0..2 {
        house.ask(&format!("DELETE {path}"), Value::Null).await.with(204);
    }
    assert_eq!(house.get(&path).await["state"], "expired");
    assert_eq!(ids("?state=expired").await, [first]);
    assert_eq!(ids("?state=active").await, [] as [Value; 0]);
    let audit = house.get("/audit").await["items"].to_string();
    assert!(
        audit.contains("Ben Okafor silenced severity") && audit.contains("ended the silence of severity"),
        "{audit}"
    );
    assert_eq!(audit.matches("ended the silence").count(), 1);
    house.wait(SignedDuration::from_hours(24 * 6)).await;
    assert_eq!(ids("").await, [] as [Value; 0], "what is over is shown for five days");
}

#[tokio::test]
async fn what_cannot_be_a_silence_is_refused_with_the_field() {
    let house = House::new().await;
    let refused = async |change: Value, field: &str| {
        let mut wanted = silence(&["severity=warning"]);
        for (name, value) in change.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        house.ask("POST /silences", wanted).await.refuses(field)
    };
    refused(json!({"service": "none"}), "service").await;
    refused(json!({"matchers": []}), "matchers").await;
    refused(json!({"matchers": ["a=b", "nonsense"]}), "matchers[2]").await;
    refused(json!({"matchers": ["a=~("]}), "matchers[1]").await;
    refused(json!({"matchers": ["a=~.*"]}), "matchers").await;
    refused(json!({"matchers": [format!("a={}", "x".repeat(5_000))]}), "matchers").await;
    refused(json!({"matchers": vec!["a=b"; 101]}), "matchers").await;
    refused(json!({"comment": " "}), "comment").await;
    refused(json!({"ends_at": "2026-11-23T10:00:00Z"}), "ends_at").await;
    refused(json!({"ends_at": "tomorrow"}), "ends_at").await;
    refused(json!({"starts_at": "2026-11-24T10:00:00Z"}), "ends_at").await;
    house.ask("GET /silences?state=over", Value::Null).await.refuses("state");
    house.ask("GET /silences?service=none", Value::Null).await.refuses("service");
    house.ask("GET /silences/sil_none", Value::Null).await.with(404);
    house.ask("DELETE /silences/sil_01jd8xq0e3f4sbz2k9v7m6n5pw", Value::Null).await.with(404);
    let reader = house.token(Scope::Read, None).await;
    house.call(&reader, "POST /silences", &[], &silence(&["a=b"])).await.with(403);
    assert_eq!(house.get("/silences").await["items"], json!([]));
}
