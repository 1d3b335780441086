//! Every route, with every kind of caller.

use allclear_core::access::{Caller, Permission, Scope};
use allclear_core::directory::Role;
use allclear_core::limits;
use allclear_web::{Access, Face};
use jiff::SignedDuration;
use serde_json::Value;

use super::house::House;

/// All API routes with their permissions; parameters are filled with what does not exist.
fn routes(house: &House) -> Vec<(String, Permission)> {
    let table = allclear_web::table(&house.app);
    let routes = table.iter().filter(|entry| entry.face == Face::Api).map(|entry| {
        let Access::May(permission) = entry.access else { panic!("{entry:?} is open to everybody") };
        let parts = entry.path.split('/').map(|part| if part.starts_with('{') { "none" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        (format!("{} {path}", entry.method.as_str()), permission)
    });
    routes.collect()
}

#[tokio::test]
async fn strangers_are_told_how_to_come_in() {
    let house = House::new().await;
    for (line, _) in routes(&house) {
        // Wrong ones are throttled.
        house.wait(SignedDuration::from_mins(1)).await;
        for token in ["", "alc_wrong", "anything"] {
            let reply = house.call(token, &line, &[], &Value::Null).await;
            assert_eq!(reply.header("www-authenticate"), "Bearer", "{line}");
            assert_eq!(reply.header("content-type"), "application/problem+json", "{line}");
            assert!(reply.with(401)["detail"].as_str().unwrap().contains("Authorization: Bearer"), "{line}");
        }
    }
}

async fn walk(house: &House, token: &str, caller: Caller) {
    for (line, permission) in routes(house) {
        let reply = house.call(token, &line, &[], &Value::Null).await;
        let (status, at) = (reply.status.as_u16(), format!("{line} as {caller:?}: {}", reply.json));
        if caller.may(permission) {
            assert!(![401, 403, 500].contains(&status), "{at}");
        } else {
            assert_eq!(status, 403, "{at}");
            assert!(reply.json["detail"].as_str().unwrap().contains(permission.words()), "{at}");
        }
    }
}

#[tokio::test]
async fn programs_may_what_the_scope_of_their_token_says() {
    let house = House::new().await;
    for scope in Scope::ALL {
        let token = house.token(scope, None).await;
        walk(&house, &token, Caller::Program(scope)).await;
    }
}

#[tokio::test]
async fn people_may_what_both_they_and_their_token_may() {
    let house = House::new().await;
    for (login, role) in [("vi", Role::Viewer), ("ben", Role::Responder), ("cy", Role::Manager), ("ana", Role::Admin)] {
        assert_eq!(house.user(login).role, role);
        for scope in Scope::ALL {
            let token = house.token(scope, Some(house.user(login).id)).await;
            walk(&house, &token, Caller::PersonByToken(role, scope)).await;
        }
    }
}

#[tokio::test]
async fn who_has_left_comes_in_no_more() {
    let house = House::new().await;
    let token = house.token_of("ben").await;
    house.call(&token, "GET /me", &[], &Value::Null).await.with(200);
    house.ask("DELETE /users/ben", Value::Null).await.with(204);
    house.call(&token, "GET /me", &[], &Value::Null).await.with(401);
}

#[tokio::test]
async fn wrong_tokens_are_throttled_and_right_ones_are_not() {
    let house = House::new().await;
    let ask = async |token: &str| house.call(token, "GET /limits", &[], &Value::Null).await;
    // beyond: WRONG_TOKENS_PER_MINUTE
    for number in 0..limits::WRONG_TOKENS_PER_MINUTE {
        ask(&format!("alc_{number}")).await.with(401);
    }
    let reply = ask("alc_wrong").await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.with(429);
    ask("").await.with(401);
    house.get("/limits").await;
    house.wait(SignedDuration::from_secs(1)).await;
    ask("alc_wrong").await.with(401);
}

#[tokio::test]
async fn a_person_has_one_allowance_for_all_their_tokens() {
    let house = House::new().await;
    let (one, other) = (house.token_of("ben").await, house.token_of("ben").await);
    for _ in 0..limits::API_PER_MINUTE {
        house.call(&one, "GET /limits", &[], &Value::Null).await.with(200);
    }
    house.call(&other, "GET /limits", &[], &Value::Null).await.with(429);
    house.get("/limits").await;
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let house = House::new().await;
    let token = house.token(Scope::Read, None).await;
    // beyond: API_PER_MINUTE
    for _ in 0..limits::API_PER_MINUTE {
        house.call(&token, "GET /limits", &[], &Value::Null).await.with(200);
    }
    let reply = house.call(&token, "GET /limits", &[], &Value::Null).await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.with(429);
    house.get("/limits").await;
}
