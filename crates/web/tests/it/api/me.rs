//! One's own profile, contact methods, rules and password.

use allclear_core::access::Scope;
use allclear_core::limits;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

/// The six digits in a mail.
pub(super) fn code(mail: &str) -> String {
    let words = mail.split(|c: char| !c.is_ascii_digit());
    words.into_iter().find(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

#[tokio::test]
async fn everybody_learns_who_they_are() {
    let house = House::new().await;
    let ben = house.token(Scope::Read, Some(house.user("ben").id)).await;
    let me = house.call(&ben, "GET /me", &[], &Value::Null).await.with(200);
    assert_eq!(
        (&me["user"]["slug"], &me["user"]["role"], &me["token"]["scope"]),
        (&json!("ben"), &json!("responder"), &json!("read"))
    );
    assert_eq!(me["permissions"], json!(["view incidents and the directory"]));
    let program = house.get("/me").await;
    assert_eq!(program.get("user"), None);
    assert_eq!(program["time_zone"], house.engine.directory().organisation.time_zone.name());
    assert!(!program["permissions"].as_array().unwrap().contains(&json!("change your own profile")));
}

#[tokio::test]
async fn a_profile_is_changed_by_its_owner() {
    let house = House::new().await;
    let vi = house.token_of("vi").await;
    let change = async |body: Value| house.call(&vi, "PATCH /me", &[], &body).await;
    let profile = change(json!({"name": "Violet Nguyen", "time_zone": "Asia/Tokyo"})).await.with(200);
    assert_eq!((&profile["name"], &profile["time_zone"]), (&json!("Violet Nguyen"), &json!("Asia/Tokyo")));
    let profile = change(json!({"time_zone": null})).await.with(200);
    assert_eq!((&profile["name"], &profile["time_zone"]), (&json!("Violet Nguyen"), &Value::Null));
    change(json!({"role": "admin"})).await.refuses("role");
    change(json!({"time_zone": "Mars/Base"})).await.refuses("time_zone");
    change(json!({"name": " "})).await.refuses("name");
}

#[tokio::test]
async fn what_somebody_else_changed_in_between_is_not_overwritten() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    for (path, change, other) in [
        ("/me", ("PATCH", json!({"name": "Benjamin"})), ("PATCH", json!({"name": "Benny"}))),
        (
            "/me/rules",
            ("PUT", json!({"high": ["email"]})),
            ("PUT", json!({"high": ["email", {"after": "5m", "contact": "email"}]})),
        ),
    ] {
        let read = house.call(&ben, &format!("GET {path}"), &[], &Value::Null).await;
        let old = read.header("etag").to_owned();
        assert!(old.len() > 10, "{path}: {old}");
        let put = async |(method, body): &(&str, Value), etag: &str| {
            house.call(&ben, &format!("{method} {path}"), &[("if-match", etag)], body).await
        };
        let changed = put(&other, &old).await;
        let new = changed.header("etag").to_owned();
        changed.with(200);
        put(&change, &old).await.with(412);
        assert_eq!(house.call(&ben, &format!("GET {path}"), &[], &Value::Null).await.header("etag"), new);
        put(&change, &new).await.with(200);
        put(&other, "*").await.with(200);
    }
    assert_eq!(house.ask("GET /me", Value::Null).await.header("etag"), "", "a program has no record");
}

#[tokio::test]
async fn a_contact_method_counts_once_its_code_came_back() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let call = async |line: &str, body: Value| house.call(&ben, line, &[], &body).await;
    let new = json!({"name": "private", "channel": "email", "address": "ben@home.example"});
    let contact = call("POST /me/contacts", new.clone()).await.with(201);
    assert_eq!(contact["verified_at"], Value::Null);
    call("POST /me/contacts", new).await.refuses("name");
    let id = contact["id"].as_str().unwrap();
    call(&format!("POST /me/contacts/{id}/tests"), Value::Null).await.with(409);
    house.work().await;
    let (to, mail) = house.mails().pop().unwrap();
    assert_eq!(to, "ben@home.example");
    let sent = code(&mail);
    let verify = async |code: &str| call(&format!("PUT /me/contacts/{id}/verification"), json!({"code": code})).await;
    let wrong = if sent == "000000" { "000001" } else { "000000" };
    assert!(verify(wrong).await.refuses("code").contains("4 tries are left"));
    let verified = verify(&format!(" {} {}", &sent[..3], &sent[3..])).await.with(200);
    assert_eq!(verified["verified_at"], "2026-11-23T11:00:00Z");
    verify(&sent).await.with(409);
    let test = call(&format!("POST /me/contacts/{id}/tests"), Value::Null).await.with(202);
    house.work().await;
    assert_eq!(house.mails().pop().unwrap().0, "ben@home.example");
    let delivery = house.get(&format!("/deliveries/{}", test["delivery"].as_str().unwrap())).await;
    assert_eq!((&delivery["purpose"], &delivery["status"]), (&json!("test"), &json!("accepted")));
    let cy = house.token_of("cy").await;
    house.call(&cy, &format!("DELETE /me/contacts/{id}"), &[], &Value::Null).await.with(404);
}

#[tokio::test]
async fn a_code_cannot_be_guessed_and_runs_out() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let call = async |line: &str, body: Value| house.call(&ben, line, &[], &body).await;
    let new = json!({"name": "private", "channel": "email", "address": "ben@home.example"});
    let contact = call("POST /me/contacts", new).await.with(201);
    let id = contact["id"].as_str().unwrap();
    house.work().await;
    let first = code(&house.mails().pop().unwrap().1);
    let verify = async |code: &str| call(&format!("PUT /me/contacts/{id}/verification"), json!({"code": code})).await;
    // beyond: CODE_ATTEMPTS, CODE_MINUTES
    for _ in 0..limits::CODE_ATTEMPTS {
        verify("nothing").await.refuses("code");
    }
    verify(&first).await.with(409);
    call(&format!("POST /me/contacts/{id}/codes"), Value::Null).await.with(202);
    house.work().await;
    let second = code(&house.mails().pop().unwrap().1);
    house.wait(SignedDuration::from_mins(limits::CODE_MINUTES.into())).await;
    verify(&second).await.with(409);
}

#[tokio::test]
async fn codes_cannot_be_used_to_pester_somebody() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let id = house.user("ben").contacts[0].id;
    let send = async || house.call(&ben, &format!("POST /me/contacts/{id}/codes"), &[], &Value::Null).await;
    for _ in 0..allclear_core::limits::SIGN_IN_PER_MINUTE {
        send().await.with(202);
    }
    assert!(!send().await.header("retry-after").is_empty());
}

#[tokio::test]
async fn addresses_are_checked_and_webhooks_get_a_secret() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let add = async |body: Value| house.call(&ben, "POST /me/contacts", &[], &body).await;
    assert!(add(json!({"channel": "pigeon", "address": "x"})).await.refuses("channel").contains("email"));
    add(json!({"channel": "email", "address": "not an address"})).await.refuses("address");
    let secretive = add(json!({"channel": "webhook", "address": "https://u:hunter2@example.com/"})).await;
    assert!(!secretive.refuses("address").contains("hunter2"));
    let hook = add(json!({"channel": "webhook", "address": "https://hooks.example.com/x"})).await.with(201);
    assert!(hook["signing_secret"].as_str().unwrap().starts_with("whsec_"));
    let all = house.call(&ben, "GET /me/contacts", &[], &Value::Null).await.with(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn rules_name_contact_methods_and_go_with_them() {
    let house = House::new().await;
    let ben = house.token_of("ben").await;
    let call = async |line: &str, body: Value| house.call(&ben, line, &[], &body).await;
    assert_eq!(call("GET /me/rules", Value::Null).await.with(200), json!({}));
    let rules = json!({"high": ["email", {"after": "5m", "contact": "email"}]});
    let put = call("PUT /me/rules", rules).await.with(200);
    assert_eq!(put["high"][1], json!({"after": "5m", "contact": "email"}));
    assert!(call("PUT /me/rules", json!({"low": ["emial"]})).await.refuses("rules.low[1].contact").contains("`email`"));
    let id = house.user("ben").contacts[0].id;
    call(&format!("DELETE /me/contacts/{id}"), Value::Null).await.with(204);
    assert_eq!(call("GET /me/rules", Value::Null).await.with(200), json!({}));
    assert_eq!(house.user("ben").contacts, []);
}

#[tokio::test]
async fn passwords_are_long_and_changed_by_those_who_know_them() {
    let house = House::new().await;
    let set = async |login: &str, password: &str| {
        house.ask(&format!("PUT /users/{login}/password"), json!({"password": password})).await
    };
    assert!(set("ben", "short").await.refuses("password").contains("at least 12"));
    assert!(set("ben", "passwordpassword").await.refuses("password").contains("others try first"));
    set("ben", "aaaaaaaaaaaaaaaaaa").await.refuses("password");
    // beyond: PASSWORD_CHARACTERS
    let long: String = ('a'..='z').cycle().take(limits::PASSWORD_CHARACTERS + 1).collect();
    assert!(set("ben", &long).await.refuses("password").contains("1000"));
    set("nobody", "correct horse battery").await.with(404);
    set("ben", "correct horse battery").await.with(204);
    let ben = house.token_of("ben").await;
    let change = async |current: &str, password: &str| {
        let body = json!({"current": current, "password": password});
        house.call(&ben, "PUT /me/password", &[], &body).await
    };
    change("wrong horse battery", "another horse battery").await.refuses("current");
    change("correct horse battery", "another horse battery").await.with(204);
    change("correct horse battery", "correct horse battery").await.refuses("current");
    let audit = house.get("/audit").await;
    assert_eq!(audit["items"][0]["facts"][0]["sentence"], "Ben Okafor changed their password (by the API).");
}
