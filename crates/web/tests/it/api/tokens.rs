//! Tokens.

use allclear_core::access::Scope;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn a_token_is_shown_once_used_and_revoked() {
    let house = House::new().await;
    let made = house.ask("POST /tokens", json!({"name": "Terraform", "scope": "manage"})).await.with(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("alc_") && secret.len() > 40, "{secret}");
    house.call(&secret, "GET /teams", &[], &Value::Null).await.with(200);
    let list = house.get("/tokens").await;
    assert_eq!(
        (&list["items"][0]["name"], &list["items"][0]["used_at"]),
        (&json!("Terraform"), &json!("2026-11-23T11:00:00Z"))
    );
    assert!(!list.to_string().contains(&secret));
    let id = made["id"].as_str().unwrap();
    house.ask(&format!("DELETE /tokens/{id}"), Value::Null).await.with(204);
    house.ask(&format!("DELETE /tokens/{id}"), Value::Null).await.with(204);
    house.call(&secret, "GET /teams", &[], &Value::Null).await.with(401);
    let audit = house.get("/audit").await;
    let sentences: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["facts"][0]["sentence"].as_str().unwrap())
        .collect();
    assert_eq!(
        sentences[..2],
        [
            "The API token “test admin” revoked the API token “Terraform”.",
            "The API token “test admin” made the API token “Terraform” with the scope manage.",
        ]
    );
    house.ask("DELETE /tokens/tok_x", Value::Null).await.with(404);
}

#[tokio::test]
async fn a_token_needs_a_name_and_a_scope() {
    let house = House::new().await;
    house.ask("POST /tokens", json!({"name": "", "scope": "read"})).await.refuses("name");
    assert!(
        house.ask("POST /tokens", json!({"name": "x", "scope": "root"})).await.refuses("scope").contains("incidents")
    );
    house.ask("POST /tokens", json!({"name": "x", "scope": "read", "user": "ana"})).await.refuses("user");
}

#[tokio::test]
async fn people_make_tokens_that_can_do_no_more_than_they_and_the_one_they_use() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let made =
        house.call(&ben, "POST /me/tokens", &[], &json!({"name": "laptop", "scope": "incidents"})).await.with(201);
    assert_eq!(made["user"]["slug"], "ben");
    let secret = made["secret"].as_str().unwrap();
    house.incident("Cards fail").await;
    let incident = house.call(secret, "PUT /incidents/1/acknowledgement", &[], &Value::Null).await.with(200);
    assert_eq!(incident["status_by"]["slug"], "ben");
    house.call(secret, "POST /me/tokens", &[], &json!({"name": "more", "scope": "admin"})).await.with(403);

    let managing = house.token(Scope::Manage, Some(house.user("ana").id)).await;
    let more = house.call(&managing, "POST /me/tokens", &[], &json!({"name": "more", "scope": "admin"})).await;
    assert!(more.refuses("scope").contains("allows more"));

    let own = house.call(&ben, "GET /me/tokens", &[], &Value::Null).await.with(200);
    assert_eq!(own["items"].as_array().unwrap().len(), 2);
    let ana = house.token_of("ana").await;
    let path = format!("DELETE /me/tokens/{}", made["id"].as_str().unwrap());
    house.call(&ana, &path, &[], &Value::Null).await.with(404);
    house.call(&ben, &path, &[], &Value::Null).await.with(204);
    house.call(secret, "GET /incidents", &[], &Value::Null).await.with(401);
}
