//! Planning, applying, exporting and checking the configuration.

use allclear_core::access::Scope;
use allclear_core::limits;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn what_is_exported_changes_nothing_when_it_is_applied() {
    let house = House::new().await;
    let exported = house.get("/configuration").await;
    let documents = &exported["documents"];
    assert_eq!(documents.as_array().unwrap().len(), 11);
    let plan = house.ask("POST /configuration/plan", json!({"documents": documents, "prune": true})).await.with(200);
    assert!(plan["changes"].as_array().unwrap().iter().all(|change| change["action"] == "unchanged"), "{plan}");
    let applied = house.ask("POST /configuration/apply", json!({"documents": documents})).await.with(200);
    assert_eq!(applied["version"], exported["version"]);
}

#[tokio::test]
async fn the_mail_server_is_exported_to_those_who_set_it() {
    let house = House::new().await;
    let exported = house.get("/configuration").await.to_string();
    assert!(exported.contains("mail.example.com"), "{exported}");
    let before = house.engine.directory().organisation.mail.clone();
    let vi = house.token_of("vi").await;
    for token in [vi, house.token(Scope::Read, None).await, house.token(Scope::Manage, None).await] {
        let exported = house.call(&token, "GET /configuration", &[], &Value::Null).await.with(200);
        assert!(!exported.to_string().contains("mail.example.com"), "{exported}");
        assert!(!exported.to_string().contains("pager@example.com"), "{exported}");
        let organisation = json!({"documents": [exported["documents"][0]], "prune": false});
        assert_eq!(organisation["documents"][0]["kind"], "organisation");
        house.ask("POST /configuration/apply", organisation).await.with(200);
        assert_eq!(house.engine.directory().organisation.mail, before, "what is left out stays");
    }
}

#[tokio::test]
async fn a_plan_is_made_and_carried_out() {
    let house = House::new().await;
    let documents = json!([
        {"kind": "service", "slug": "checkout", "team": "platform", "policy": "default", "name": "Checkout"},
        {"kind": "service", "slug": "payments", "policy": "default"},
        {"slug": "payments-hook", "service": "payments", "source": "alertmanager", "kind": "integration"},
    ]);
    let plan = house.ask("POST /configuration/plan", json!({"documents": documents})).await.with(200);
    let actions: Vec<(&Value, &Value)> =
        plan["changes"].as_array().unwrap().iter().map(|change| (&change["action"], &change["slug"])).collect();
    assert_eq!(
        actions,
        [
            (&json!("unchanged"), &json!("checkout")),
            (&json!("create"), &json!("payments")),
            (&json!("create"), &json!("payments-hook")),
        ]
    );
    house.ask("GET /services/payments", Value::Null).await.with(404);

    let version = &plan["version"];
    let apply = json!({"documents": documents, "version": version});
    let applied = house.ask("POST /configuration/apply", apply.clone()).await.with(200);
    assert_eq!(applied["version"].as_i64(), version.as_i64().map(|version| version + 1));
    let key = house.get("/integrations/payments-hook/key").await;
    assert!(key["url"].as_str().unwrap().ends_with("/alertmanager"), "{key}");
    let problem = house.ask("POST /configuration/apply", apply).await.with(409);
    assert!(problem["detail"].as_str().unwrap().contains("Plan again"), "{problem}");

    let prune = json!({"documents": [{"kind": "integration", "slug": "payments-hook", "service": "payments",
        "source": "alertmanager"}], "prune": true});
    let pruned = house.ask("POST /configuration/apply", prune).await.with(200);
    assert!(pruned["changes"].as_array().unwrap().iter().any(|change| change["action"] == "remove"));
    house.ask("GET /integrations/checkout-hook", Value::Null).await.with(404);
}

#[tokio::test]
async fn mistakes_of_all_documents_are_told_at_once() {
    let house = House::new().await;
    let unreadable = json!({"documents": [{"kind": "team"}, {"kind": "tean", "slug": "x"}, {"slug": "x"},
        {"kind": "service", "slug": "x", "urgency": "loud"}]});
    let problem = house.ask("POST /configuration/plan", unreadable).await.with(422);
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields.len(), 4, "{problem}");
    assert!((1..).zip(&fields).all(|(number, field)| field.starts_with(&format!("documents[{number}]"))), "{fields:?}");

    let wrong = json!({"documents": [
        {"kind": "service", "slug": "a", "policy": "nothing"},
        {"kind": "policy", "slug": "p", "steps": []},
        {"kind": "team", "slug": "platform"}, {"kind": "team", "slug": "platform"}]});
    house.ask("POST /configuration/apply", wrong.clone()).await.refuses("documents[4].slug");
    let mut once = wrong;
    once["documents"].as_array_mut().unwrap().pop();
    let reply = house.ask("POST /configuration/apply", once).await;
    assert!(reply.clone().refuses("documents[1].policy").contains("`nothing`"));
    reply.refuses("documents[2].steps");
    assert_eq!(house.engine.directory().version, 1, "nothing was changed");
    house.ask("POST /configuration/plan", json!({})).await.refuses("documents");
}

#[tokio::test]
async fn each_thing_needs_its_own_permission() {
    let house = House::new().await;
    let manager = house.token(Scope::Manage, None).await;
    let apply = async |documents: Value| {
        house.call(&manager, "POST /configuration/apply", &[], &json!({"documents": documents})).await
    };
    apply(json!([{"kind": "team", "slug": "storage"}])).await.with(200);
    let problem = apply(json!([{"kind": "team", "slug": "other"}, {"kind": "user", "slug": "eve", "role": "admin"}]))
        .await
        .with(403);
    assert!(problem["detail"].as_str().unwrap().contains("manage people"), "{problem}");
    let problem = apply(json!([{"kind": "organisation", "name": "Mine"}])).await.with(403);
    assert!(problem["detail"].as_str().unwrap().contains("settings"), "{problem}");
    let plan = json!({"documents": [{"kind": "user", "slug": "ben"}]});
    house.call(&manager, "POST /configuration/plan", &[], &plan).await.with(403);
    house.ask("GET /teams/other", Value::Null).await.with(404);
    // What stays as it is needs nothing.
    apply(json!([{"kind": "organisation", "name": "Acme"}])).await.with(200);
}

#[tokio::test]
async fn the_check_finds_who_cannot_be_reached() {
    let house = House::new().await;
    let fine = house.get("/configuration/check").await;
    assert_eq!((&fine["days"], fine["findings"].as_array().map(Vec::len)), (&json!(28), Some(0)), "{fine}");
    house.ask("PUT /users/cy", json!({"role": "manager", "contacts": []})).await.with(200);
    let found = house.get("/configuration/check?days=7").await;
    assert_eq!(
        (&found["findings"][0]["level"], &found["findings"][0]["kind"]),
        (&json!("error"), &json!("user")),
        "{found}"
    );
    assert!(found["findings"].as_array().unwrap().iter().all(|one| !one["remedy"].as_str().unwrap().is_empty()));
    house.ask("GET /configuration/check?days=0", Value::Null).await.refuses("days");
    // beyond: DAYS_AHEAD
    house.ask(&format!("GET /configuration/check?days={}", limits::DAYS_AHEAD + 1), Value::Null).await.refuses("days");
}
