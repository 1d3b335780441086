//! The settings.

use allclear_channels::WireReply;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn settings_are_changed_a_field_at_a_time() {
    let house = House::new().await;
    let before = house.ask("GET /settings", Value::Null).await;
    let etag = before.header("etag").to_owned();
    assert_eq!((&before.json["mail"]["port"], &before.json["mail_password_set"]), (&json!(587), &json!(false)));
    let changed =
        house.call(&house.admin, "PATCH /settings", &[("if-match", &etag)], &json!({"name": "Acme Ltd"})).await;
    assert_ne!(changed.header("etag"), etag);
    let changed = changed.with(200);
    assert_eq!((&changed["name"], &changed["time_zone"]), (&json!("Acme Ltd"), &json!("Europe/Berlin")));
    house.call(&house.admin, "PATCH /settings", &[("if-match", &etag)], &json!({"name": "x"})).await.with(412);
    house.ask("PATCH /settings", json!({"time_zone": "Mars/Base"})).await.refuses("time_zone");
    house.ask("PATCH /settings", json!({"mail": {"host": "h"}})).await.refuses("mail.sender");
}

#[tokio::test]
async fn the_mail_password_goes_in_and_never_comes_out() {
    let house = House::new().await;
    let changed = house.ask("PATCH /settings", json!({"mail_password": "hunter2hunter2"})).await.with(200);
    assert_eq!(changed["mail_password_set"], true);
    for path in ["/settings", "/configuration", "/audit"] {
        assert!(!house.get(path).await.to_string().contains("hunter2"), "{path}");
    }
    let audit = house.get("/audit").await;
    assert!(
        audit["items"][0]["facts"][0]["sentence"].as_str().unwrap().ends_with("changed the settings: mail password.")
    );
    house.ask("PATCH /settings", json!({"name": "Acme"})).await.with(200);
    assert_eq!(house.get("/settings").await["mail_password_set"], true, "what is left out stays");
    let gone = house.ask("PATCH /settings", json!({"mail_password": null})).await.with(200);
    assert_eq!(gone["mail_password_set"], false);
}

#[tokio::test]
async fn a_test_mail_says_how_it_went() {
    let house = House::new().await;
    let send = async |to: &str| house.ask("POST /settings/test-mails", json!({"to": to})).await;
    let taken = send("ana@example.com").await.with(200);
    assert_eq!((&taken["accepted"], house.mails().len()), (&json!(true), 1));
    house.outside_says(WireReply::Mail { code: 535, text: "authentication failed".to_owned() });
    let refused = send("ana@example.com").await.with(200);
    assert_eq!(refused["accepted"], false);
    assert!(
        refused["answer"].as_str().unwrap().contains("535") && refused["remedy"].as_str().unwrap().contains("password")
    );
    send("nobody").await.refuses("to");
}

#[tokio::test]
async fn all_limits_are_published() {
    let house = House::new().await;
    let limits = house.get("/limits").await;
    assert_eq!(limits["items"].as_array().unwrap().len(), allclear_core::limits::ALL.len());
}

#[tokio::test]
async fn for_how_long_history_is_kept() {
    let house = House::new().await;
    let usual = house.get("/settings").await["keep"].clone();
    assert_eq!((&usual["events"], usual.as_object().unwrap().len()), (&json!("14d"), 8));
    let change = json!({"keep": {"events": "36h", "audit": "1825d"}});
    let set = house.ask("PATCH /settings", change).await.with(200)["keep"].clone();
    assert_eq!((&set["events"], &set["audit"], &set["tokens"]), (&json!("1d12h"), &json!("1825d"), &json!("180d")));
    let set = house.ask("PATCH /settings", json!({"keep": {"events": null}})).await.with(200)["keep"].clone();
    assert_eq!((&set["events"], &set["audit"]), (&json!("14d"), &json!("1825d")), "null is as usual, the rest stays");
    for kind in usual.as_object().unwrap().keys() {
        let refuse = async |value: Value| {
            house.ask("PATCH /settings", json!({"keep": {kind: value}})).await.refuses(&format!("keep.{kind}"))
        };
        assert!(refuse(json!("23h59m")).await.contains("use `1d` to `3660d`"));
        assert!(refuse(json!("4000d")).await.contains("is longer than 3660d"));
        assert!(refuse(json!("two weeks")).await.contains("write it like"));
        refuse(json!(14)).await;
    }
    house.ask("PATCH /settings", json!({"keep": {"event": "7d"}})).await.refuses("keep.event");
    assert_eq!(house.get("/settings").await["keep"], set, "what is refused changes nothing");
    let apply = json!({"documents": [{"kind": "organisation", "keep": {"audit": "1h"}}]});
    house.ask("POST /configuration/apply", apply).await.refuses("documents[1].keep.audit");
}

#[tokio::test]
async fn a_name_says_something_and_an_address_leads_here() {
    let house = House::new().await;
    house.ask("PATCH /settings", json!({"name": " "})).await.refuses("name");
    house.ask("PATCH /settings", json!({"address": "javascript:alert(1)"})).await.refuses("address");
    let set = house.ask("PATCH /settings", json!({"address": "https://a.example/"})).await.with(200);
    assert_eq!(set["address"], "https://a.example");
}
