//! Who is on call, and who covers for whom.

use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn whoever_is_on_call_is_told_until_when() {
    let house = House::new().await;
    let on_call = house.get("/on-call").await;
    let primary = &on_call["items"][0];
    assert_eq!((&primary["schedule"]["slug"], &primary["people"][0]["slug"]), (&json!("primary"), &json!("cy")));
    assert_eq!(primary["until"], "2026-11-30T08:00:00Z");
    assert_eq!(primary["next"][0]["slug"], "ben");
    assert_eq!(house.get("/on-call?team=platform").await, on_call);
    house.ask("GET /on-call?team=nothing", Value::Null).await.refuses("team");
    let later = house.get("/on-call?at=2026-11-30T08:00:00Z").await;
    assert_eq!((&later["at"], &later["items"][0]["people"]), (&primary["until"], &primary["next"]));
    house.ask("GET /on-call?at=noon", Value::Null).await.refuses("at");
    assert_eq!(house.get("/on-call?schedule=primary").await, on_call);
    house.ask("GET /on-call?schedule=nothing", Value::Null).await.refuses("schedule");
    // Nobody is on call before the first turn of all: a gap that is under way.
    let before = house.get("/on-call?at=2026-11-10T00:00:00Z").await;
    let gap = json!({"starts": "2026-11-10T00:00:00Z", "ends": "2026-11-16T08:00:00Z"});
    assert_eq!((&before["items"][0]["gap"], &before["items"][0]["people"]), (&gap, &json!([])));
    assert_eq!(primary["gap"], Value::Null);
}

#[tokio::test]
async fn how_somebody_is_reached_is_told_and_where_only_to_those_who_may_know() {
    let house = House::new().await;
    let ways = async |token: &str| {
        let seen = house.call(token, "GET /on-call", &[], &Value::Null).await.with(200);
        seen["items"][0]["reach"][0].clone()
    };
    let seen = ways(&house.admin).await;
    assert_eq!((&seen["user"]["slug"], &seen["ways"][0]["channel"]), (&json!("cy"), &json!("email")), "{seen}");
    assert!(seen["ways"][0]["address"].is_string(), "an admin may know: {seen}");
    let seen = ways(&house.token_of("ben").await).await;
    assert_eq!((&seen["user"]["slug"], &seen["ways"][0]["address"]), (&json!("cy"), &Value::Null), "{seen}");
}

#[tokio::test]
async fn shifts_are_listed_with_their_reasons_and_gaps() {
    let house = House::new().await;
    let range = "?from=2026-11-10T00:00:00Z&until=2026-12-08T00:00:00Z";
    let shifts = house.get(&format!("/schedules/primary/shifts{range}")).await;
    assert_eq!(shifts["gaps"], json!([{"starts": "2026-11-10T00:00:00Z", "ends": "2026-11-16T08:00:00Z"}]));
    let people: Vec<&Value> =
        shifts["shifts"].as_array().unwrap().iter().map(|one| &one["people"][0]["user"]["slug"]).collect();
    assert_eq!(people, ["ben", "cy", "ben", "cy"]);
    assert_eq!(shifts["shifts"][0]["people"][0]["layer"], "weekly");
    let usual = house.get("/schedules/primary/shifts").await;
    assert_eq!((&usual["from"], &usual["until"]), (&json!("2026-11-23T11:00:00Z"), &json!("2026-12-07T11:00:00Z")));
    for (query, field) in [
        ("?from=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z", "until"),
        ("?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until"),
        ("?from=yesterday", "from"),
    ] {
        house.ask(&format!("GET /schedules/primary/shifts{query}"), Value::Null).await.refuses(field);
    }
    house.ask("GET /schedules/nothing/shifts", Value::Null).await.with(404);
}

#[tokio::test]
async fn an_override_is_planned_for_the_schedule_that_was_read() {
    let house = House::new().await;
    let path = "/schedules/primary/overrides";
    let old = house.ask(&format!("GET {path}"), Value::Null).await.header("etag").to_owned();
    assert_eq!(house.ask("GET /schedules/primary", Value::Null).await.header("etag"), old);
    let body = json!({"user": "ana", "starts": "2026-12-24 18:00", "ends": "2026-12-25 09:00"});
    let post = async |etag: &str| house.call(&house.admin, &format!("POST {path}"), &[("if-match", etag)], &body).await;
    let added = post(&old).await;
    let new = added.header("etag").to_owned();
    let id = added.with(201)["id"].as_str().unwrap().to_owned();
    post(&old).await.with(412);
    let delete = format!("DELETE {path}/{id}");
    house.call(&house.admin, &delete, &[("if-match", &old)], &Value::Null).await.with(412);
    house.call(&house.admin, &delete, &[("if-match", &new)], &Value::Null).await.with(204);
    assert_eq!(house.ask(&format!("GET {path}"), Value::Null).await.header("etag"), old);
}

#[tokio::test]
async fn an_override_decides_until_it_is_removed() {
    let house = House::new().await;
    let path = "/schedules/primary/overrides";
    let body = json!({"user": "ana", "starts": "2026-11-23 11:30", "ends": "2026-11-23T20:00:00Z"});
    let cover = house.ask(&format!("POST {path}"), body).await.with(201);
    assert_eq!((&cover["starts"], &cover["user"]["name"]), (&json!("2026-11-23T10:30:00Z"), &json!("Ana Ruiz")));
    let on_call = house.get("/on-call").await;
    assert_eq!(on_call["items"][0]["people"][0]["slug"], "ana");
    assert_eq!(on_call["items"][0]["until"], "2026-11-23T20:00:00Z");
    let shifts = house.get("/schedules/primary/shifts").await;
    assert_eq!(shifts["shifts"][0]["people"][0]["override"], cover["id"]);
    let second = json!({"user": "ben", "starts": "2026-12-24 18:00", "ends": "2026-12-25 09:00"});
    house.ask(&format!("POST {path}"), second).await.with(201);
    let page = house.get(&format!("{path}?limit=1")).await;
    assert_eq!(page["items"][0]["user"]["slug"], "ben");
    let next = page["next"].as_str().unwrap();
    assert_eq!(house.get(&format!("{path}?limit=1&cursor={next}")).await["items"], json!([cover]));

    let last = page["items"][0]["id"].as_str().unwrap();
    house.ask(&format!("DELETE {path}/{last}"), Value::Null).await.with(204);
    let message = house.ask(&format!("GET {path}?limit=1&cursor={next}"), Value::Null).await.refuses("cursor");
    assert!(message.contains("begin the list again"), "{message}");

    let wrong = async |body: Value, field: &str| house.ask(&format!("POST {path}"), body).await.refuses(field);
    wrong(json!({"user": "nobody", "starts": "2026-12-24 18:00", "ends": "2026-12-25 09:00"}), "user").await;
    wrong(json!({"user": "ana", "starts": "2026-12-26 18:00", "ends": "2026-12-25 09:00"}), "ends").await;
    assert!(
        wrong(json!({"user": "ana", "starts": "noon", "ends": "2026-12-25 09:00"}), "starts")
            .await
            .contains("write it like")
    );

    let one = format!("{path}/{}", cover["id"].as_str().unwrap());
    house.ask(&format!("DELETE {one}"), Value::Null).await.with(204);
    house.ask(&format!("DELETE {one}"), Value::Null).await.with(404);
    assert_eq!(house.get("/on-call").await["items"][0]["people"][0]["slug"], "cy");
}
