//! The things of the configuration.

use allclear_core::access::Scope;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn a_thing_is_put_read_and_put_back_unchanged() {
    let house = House::new().await;
    for kind in ["teams", "users", "schedules", "policies", "services", "integrations"] {
        let page = house.get(&format!("/{kind}")).await;
        for document in page["items"].as_array().unwrap() {
            let path = format!("/{kind}/{}", document["slug"].as_str().unwrap());
            let before = house.ask(&format!("GET {path}"), Value::Null).await;
            assert_eq!(&before.json, document);
            let after = house.ask(&format!("PUT {path}"), document.clone()).await;
            assert_eq!((after.status.as_u16(), &after.json), (200, document), "{path}");
            assert_eq!(after.header("etag"), before.header("etag"), "{path}");
        }
    }
    assert_eq!(house.engine.directory().version, 1, "nothing has changed");
}

#[tokio::test]
async fn a_new_thing_is_created_once() {
    let house = House::new().await;
    let body = json!({"name": "Payments", "team": "platform", "grouping": {"by": "service", "window": "10m"}});
    let only_new = [("if-none-match", "*")];
    let created = house.call(&house.admin, "PUT /services/payments", &only_new, &body).await.with(201);
    assert_eq!((&created["kind"], &created["slug"]), (&json!("service"), &json!("payments")));
    let problem = house.call(&house.admin, "PUT /services/payments", &only_new, &body).await.with(412);
    assert!(problem["detail"].as_str().unwrap().contains("exists already"));
    assert!(house.ask("PUT /services/Payments%20x", json!({})).await.refuses("slug").contains("a-z"));
}

#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen() {
    let house = House::new().await;
    let read = house.ask("GET /policies/default", Value::Null).await;
    let etag = read.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 20, "{etag}");
    let known = house.call(&house.admin, "GET /policies/default", &[("if-none-match", &etag)], &Value::Null).await;
    assert_eq!((known.status.as_u16(), known.header("etag")), (304, etag.as_str()));

    let mut mine = read.json.clone();
    mine["repeats"] = json!(2);
    let changed = house.call(&house.admin, "PUT /policies/default", &[("if-match", &etag)], &mine).await;
    assert_eq!(changed.status.as_u16(), 200);
    assert_ne!(changed.header("etag"), etag);
    let problem = house.call(&house.admin, "PUT /policies/default", &[("if-match", &etag)], &read.json).await.with(412);
    assert!(problem["detail"].as_str().unwrap().contains("Read it again"), "{problem}");
    house.call(&house.admin, "DELETE /policies/default", &[("if-match", &etag)], &Value::Null).await.with(412);
    assert_eq!(house.get("/policies/default").await["repeats"], 2);
    mine["slug"] = json!("new");
    house.call(&house.admin, "PUT /policies/new", &[("if-match", &etag)], &mine).await.with(412);
}

#[tokio::test]
async fn mistakes_name_the_field_the_value_and_the_remedy() {
    let house = House::new().await;
    let put = async |path: &str, body: Value| house.ask(&format!("PUT {path}"), body).await;
    assert!(
        put("/services/checkout", json!({"policy": "defualt"}))
            .await
            .refuses("policy")
            .contains("did you mean `default`?")
    );
    assert!(put("/services/checkout", json!({"polcy": "default"})).await.refuses("polcy").contains("unknown field"));
    assert!(put("/services/checkout", json!({"kind": "team"})).await.refuses("kind").contains("`service`"));
    assert!(put("/services/checkout", json!({"slug": "other"})).await.refuses("slug").contains("`checkout`"));
    let policy = json!({"steps": [{"targets": [{"user": "ana"}], "wait": "5m"}, {"targets": [{"user": "nobody"}], "wait": "5m"}]});
    assert!(put("/policies/default", policy).await.refuses("steps[2].targets[1]").contains("no user `nobody`"));
    let policy = json!({"steps": [{"targets": [{"user": "ana"}], "wait": "soon"}]});
    assert!(put("/policies/default", policy).await.refuses("steps[1].wait").contains("write it like"));
    let contacts = json!({"contacts": [{"channel": "pigeon", "address": "x"}]});
    assert!(put("/users/ben", contacts).await.refuses("contacts[1]").contains("`pigeon`"));
    let hook = json!({"service": "checkout", "source": "nagois"});
    assert!(put("/integrations/checkout-hook", hook).await.refuses("source").contains("generic"));
    let reply = put("/services/checkout", json!([])).await;
    assert!(reply.refuses("body").contains("JSON object"));
}

#[tokio::test]
async fn what_is_in_use_stays() {
    let house = House::new().await;
    let problem = house.ask("DELETE /policies/default", Value::Null).await.with(409);
    let fields: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["service checkout: policy", "service search: policy"]);
    house.ask("DELETE /integrations/checkout-hook", Value::Null).await.with(204);
    house.ask("GET /integrations/checkout-hook/key", Value::Null).await.with(404);
    house.ask("DELETE /services/checkout", Value::Null).await.with(204);
    house.ask("DELETE /services/search", Value::Null).await.with(204);
    house.ask("DELETE /policies/default", Value::Null).await.with(204);
    house.ask("DELETE /policies/default", Value::Null).await.with(404);
}

#[tokio::test]
async fn people_are_suspended_and_the_last_admin_stays() {
    let house = House::new().await;
    house.ask("DELETE /users/vi", Value::Null).await.with(204);
    assert_eq!(house.get("/users/vi").await["suspended"], true);
    let problem = house.ask("DELETE /users/ana", Value::Null).await.with(409);
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("no admin would be left"));
    let demoted = house.ask("PUT /users/ana", json!({"role": "viewer"})).await;
    assert!(demoted.refuses("organisation: admins").contains("no admin"));
}

#[tokio::test]
async fn how_people_are_reached_is_not_for_everybody() {
    let house = House::new().await;
    assert_eq!(house.get("/users/ben").await["contacts"][0]["address"], "ben@example.com");
    let reader = house.token(Scope::Read, None).await;
    let seen = house.call(&reader, "GET /users/ben", &[], &Value::Null).await.with(200);
    assert_eq!((seen.get("contacts"), seen.get("rules"), &seen["name"]), (None, None, &json!("Ben Okafor")));
    let list = house.call(&reader, "GET /users", &[], &Value::Null).await.with(200);
    assert!(list["items"].as_array().unwrap().iter().all(|user| user.get("contacts").is_none()));
    let ben = house.token_of("ben").await;
    let own = house.call(&ben, "GET /users/ben", &[], &Value::Null).await.with(200);
    assert_eq!(own["contacts"][0]["address"], "ben@example.com");
    // What was read without it is put back without losing it.
    house.ask("PUT /users/ben", seen).await.with(200);
    assert_eq!(house.get("/users/ben").await["contacts"][0]["verified"], true);
}

#[tokio::test]
async fn lists_go_by_slug() {
    let house = House::new().await;
    let first = house.get("/users?limit=2").await;
    let slugs = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|user| user["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((slugs(&first), &first["next"]), (vec!["ana".to_owned(), "ben".to_owned()], &json!("ben")));
    assert_eq!(slugs(&house.get("/users?limit=2&cursor=ben").await), ["cy", "vi"]);
}

#[tokio::test]
async fn a_key_is_shown_and_changed() {
    let house = House::new().await;
    let old = house.get("/integrations/checkout-hook/key").await;
    let key = old["key"].as_str().unwrap();
    assert_eq!(old["url"], format!("https://pager.example.com/in/{key}"));
    let new = house.ask("POST /integrations/checkout-hook/key", Value::Null).await.with(200);
    assert_ne!(new["key"], old["key"]);
    assert_eq!(house.get("/integrations/checkout-hook/key").await, new);
    let post = async |key: &Value| {
        let line = format!("POST /in/{}", key.as_str().unwrap());
        let request = axum::http::Request::builder().method("POST").uri(line.strip_prefix("POST ").unwrap());
        house.send(request.body(axum::body::Body::from("Disk full")).unwrap()).await.status.as_u16()
    };
    assert_eq!((post(&old["key"]).await, post(&new["key"]).await), (404, 202));
    let given = json!({"service": "checkout", "source": "generic", "key": "0123456789abcdef0123"});
    let put = house.ask("PUT /integrations/moved", given).await.with(201);
    assert_eq!(put.get("key"), None, "a key is not a part of the document that is shown");
    assert_eq!(house.get("/integrations/moved/key").await["key"], "0123456789abcdef0123");
    house.ask("GET /integrations/nothing/key", Value::Null).await.with(404);
    let audit = house.get("/audit").await.to_string();
    assert!(!audit.contains(new["key"].as_str().unwrap()) && !audit.contains("0123456789abcdef0123"));
}
