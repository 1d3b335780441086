//! Crews, months, rules and shadows by the API; new orders of turns, time off, conflicts and the load.

use allclear_core::id::DeliveryId;
use allclear_core::limits;
use allclear_store::deliveries::{self, DeliveryRecord, Filter};
use serde_json::{Value, json};

use super::house::House;

fn weekly(participants: Value) -> Value {
    json!({"name": "Primary", "time_zone": "Europe/Berlin", "layers": [
        {"name": "weekly", "start": "2026-11-16 09:00", "turn": "weekly", "participants": participants}]})
}

#[tokio::test]
async fn two_are_on_call_together_and_one_of_them_is_replaced() {
    let house = House::new().await;
    house.ask("PUT /schedules/primary", weekly(json!([["ben", "cy"], "ana"]))).await;
    let now = "?at=2026-11-17T12:00:00Z";
    let people = async || {
        let on_call = house.get(&format!("/on-call{now}")).await;
        let people = on_call["items"][0]["people"].as_array().unwrap().clone();
        people.iter().map(|one| one["slug"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(people().await, ["ben", "cy"]);
    let path = "/schedules/primary/overrides";
    let cover = json!({"user": "ana", "replaces": "cy", "starts": "2026-11-17 00:00", "ends": "2026-11-18 00:00"});
    let added = house.ask(&format!("POST {path}"), cover).await.with(201);
    assert_eq!(added["replaces"]["slug"], "cy");
    assert_eq!(people().await, ["ben", "ana"]);
    let shifts = house.get("/schedules/primary/shifts?from=2026-11-17T00:00:00Z&until=2026-11-17T12:00:00Z").await;
    let duties = &shifts["shifts"][0]["people"];
    assert_eq!((&duties[0]["layer"], &duties[1]["override"]), (&json!("weekly"), &added["id"]));
    let wrong = json!({"user": "ana", "replaces": "ana", "starts": "2026-11-17 00:00", "ends": "2026-11-18 00:00"});
    house.ask(&format!("POST {path}"), wrong).await.refuses("replaces");
    let wrong = json!({"user": "ana", "replaces": "zoe", "starts": "2026-11-17 00:00", "ends": "2026-11-18 00:00"});
    house.ask(&format!("POST {path}"), wrong).await.refuses("replaces");
}

#[tokio::test]
async fn a_rule_and_a_shadow_are_kept_as_they_were_written() {
    let house = House::new().await;
    let layers = json!([
        {"name": "monthly", "start": "2026-10-31 09:00", "turn": "monthly", "participants": ["ben", "cy"]},
        {"name": "weekends", "start": "2026-11-01 09:00", "participants": ["ana"],
         "turn": {"rule": "FREQ=WEEKLY;BYDAY=SA", "lasts": "2d", "except": ["2026-12-26 09:00"]}},
        {"name": "learning", "start": "2026-11-01 09:00", "turn": "FREQ=WEEKLY;BYDAY=MO", "participants": ["ana"],
         "shadow": true},
    ]);
    let wanted = json!({"name": "Primary", "time_zone": "Europe/Berlin", "layers": layers});
    house.ask("PUT /schedules/primary", wanted).await;
    let stored = house.get("/schedules/primary").await;
    assert_eq!(stored["layers"], layers);
    let on_call = house.get("/on-call?at=2026-11-24T12:00:00Z").await;
    assert_eq!(on_call["items"][0]["people"][0]["slug"], "ben");
    assert_eq!(on_call["items"][0]["shadows"][0]["slug"], "ana");
    assert_eq!(on_call["items"][0]["until"], "2026-11-28T08:00:00Z");
    for (turn, says) in [
        (json!("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "never begins a shift"),
        (json!("FREQ=SOMETIMES"), "is not known"),
        (json!({"rule": "FREQ=DAILY", "forever": true}), "unknown field"),
        (json!("3m"), "is not the length of a turn"),
    ] {
        let layer = json!({"name": "x", "start": "2026-11-01 09:00", "turn": turn, "participants": ["ana"]});
        let wrong = json!({"name": "Primary", "time_zone": "UTC", "layers": [layer]});
        let answer = house.ask("PUT /schedules/primary", wrong).await;
        assert_eq!(answer.status.as_u16(), 422, "{turn}: {}", answer.json);
        assert!(answer.json.to_string().contains(says), "{turn}: {}", answer.json);
    }
}

#[tokio::test]
async fn a_new_order_begins_after_the_present_turn() {
    let house = House::new().await;
    house.ask("PUT /schedules/primary", weekly(json!(["ben", "cy", "ana"]))).await;
    let path = "/schedules/primary/layers/1/participants";
    let on_call = house.get("/on-call").await;
    assert_eq!(on_call["items"][0]["people"][0]["slug"], "cy");
    let changed = house.ask(&format!("PUT {path}"), json!({"participants": ["ana", "cy", "ben"]})).await;
    let changed = changed.with(200);
    assert_eq!(changed["participants"].as_array().unwrap().len(), 3);
    let on_call = house.get("/on-call").await;
    assert_eq!(on_call["items"][0]["people"][0]["slug"], "cy", "nobody is taken off call");
    assert_eq!(on_call["items"][0]["next"][0]["slug"], "ben");
    house.ask(&format!("PUT {path}"), json!({"participants": ["ana", ["zoe"]]})).await.refuses("participants[2][1]");
    house.ask(&format!("PUT {path}"), json!({"participants": [[]]})).await.refuses("participants[1]");
    house.ask("PUT /schedules/primary/layers/2/participants", json!({"participants": []})).await.with(404);
    let (line, nobody) = (format!("PUT {path}"), json!({"participants": []}));
    house.call(&house.admin, &line, &[("if-match", "\"x\"")], &nobody).await.with(412);
}

#[tokio::test]
async fn time_off_is_a_conflict_with_whoever_could_stand_in() {
    let house = House::new().await;
    let off = json!({"from": "2026-11-25", "until": "2026-11-26", "note": "dentist"});
    let added = house.ask("POST /users/cy/time-off", off).await.with(201);
    let listed = house.get("/users/cy/time-off").await;
    assert_eq!(listed["items"], json!([added]));
    let conflicts = house.get("/schedules/primary/conflicts").await;
    let conflict = &conflicts["items"][0];
    assert_eq!((&conflict["user"]["slug"], &conflict["why"]), (&json!("cy"), &json!("time_off")));
    assert_eq!((&conflict["note"], &conflict["starts"]), (&json!("dentist"), &json!("2026-11-24T23:00:00Z")));
    let id = added["id"].as_str().unwrap();
    for (body, field) in [
        (json!({"from": "2026-11-25", "until": "2026-11-24"}), "until"),
        (json!({"from": "tomorrow"}), "from"),
        (json!({"until": "2026-11-24"}), "from"),
    ] {
        house.ask("POST /users/cy/time-off", body).await.refuses(field);
    }
    house.ask("POST /users/zoe/time-off", json!({"from": "2026-11-25"})).await.with(404);
    house.ask(&format!("DELETE /users/cy/time-off/{id}"), Value::Null).await.with(204);
    house.ask(&format!("DELETE /users/cy/time-off/{id}"), Value::Null).await.with(404);
    assert_eq!(house.get("/schedules/primary/conflicts").await["items"], json!([]));
}

#[tokio::test]
async fn the_load_of_a_period_is_reported_and_paid() {
    let house = House::new().await;
    let range = "from=2026-11-16T08:00:00Z&until=2026-11-30T08:00:00Z";
    let load = house.get(&format!("/on-call/load?{range}&hour=500&night=200&page=100")).await;
    let items = load["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    for one in items {
        assert_eq!((&one["seconds"], &one["night_seconds"]), (&json!(168 * 3600), &json!(56 * 3600)), "{one}");
        assert_eq!(one["pay"], 500 * (168 + 56), "nights are paid twice");
    }
    assert_eq!((&load["evenness"], load.get("suggestion")), (&json!(100), None));
    let csv = house.ask(&format!("GET /on-call/load.csv?{range}"), Value::Null).await.text;
    assert!(csv.starts_with("login,name,hours"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
    // beyond: LOAD_DAYS
    let longer = "from=2025-01-01T00:00:00Z&until=2026-11-01T00:00:00Z";
    house.ask(&format!("GET /on-call/load?{longer}"), Value::Null).await.refuses("until");
    house.ask("GET /on-call/load?team=nobody", Value::Null).await.refuses("team");
}

#[tokio::test]
async fn a_change_is_previewed_and_not_made() {
    let house = House::new().await;
    house.ask("PUT /schedules/primary", weekly(json!(["ben", "ana"]))).await;
    let path = "POST /schedules/primary/preview";
    let range = "?from=2026-11-16T08:00:00Z&until=2026-11-30T08:00:00Z";
    let seen = house.ask(&format!("{path}{range}"), weekly(json!(["ben", "cy"]))).await.with(200);
    let week = json!([{"starts": "2026-11-23T08:00:00Z", "ends": "2026-11-30T08:00:00Z"}]);
    let changed: Vec<(&str, &Value, &Value)> = seen["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["user"]["slug"].as_str().unwrap(), &one["gains"], &one["loses"]))
        .collect();
    let none = json!([]);
    for (who, gains, loses) in [("ana", &none, &week), ("cy", &week, &none)] {
        assert!(changed.contains(&(who, gains, loses)), "{who}: {seen}");
    }
    assert_eq!((changed.len(), &seen["gaps_opened"]), (2, &none));
    let seen = house.ask(&format!("{path}{range}"), weekly(json!([]))).await.with(200);
    let both = json!([{"starts": "2026-11-16T08:00:00Z", "ends": "2026-11-30T08:00:00Z"}]);
    assert_eq!(seen["gaps_opened"], both);
    let stored = house.get("/schedules/primary").await;
    assert_eq!(stored["layers"][0]["participants"], json!(["ben", "ana"]), "nothing was saved");
    house.ask(path, weekly(json!(["nobody"]))).await.refuses("layers[1].participants[1]");
    let wrong = "?from=2026-11-16T08:00:00Z&until=2027-11-30T08:00:00Z";
    house.ask(&format!("{path}{wrong}"), weekly(json!(["ben"]))).await.refuses("until");
    house.ask("POST /schedules/other/preview", weekly(json!(["ben"]))).await.with(404);
}

#[tokio::test]
async fn a_load_with_too_many_messages_to_one_person_is_refused() {
    let house = House::new().await;
    house.incident("Disk full").await;
    house.work().await;
    let (now, maker) = (house.engine.now(), house.engine.maker());
    // beyond: LOAD_DELIVERIES
    let ids: Vec<_> = (0..limits::LOAD_DELIVERIES).map(|_| DeliveryId::new(maker.id(now))).collect();
    let written = house.engine.database().write(ids, |ids, tx| {
        Box::pin(async move {
            let first = deliveries::list(tx, Filter::All, None, 1).await?.remove(0);
            let copies: Vec<_> = ids.iter().map(|id| DeliveryRecord { id: *id, ..first.clone() }).collect();
            for some in copies.chunks(500) {
                deliveries::put(tx, &some.iter().collect::<Vec<_>>()).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    let refused = house.ask("GET /on-call/load", Value::Null).await.refuses("from");
    assert!(refused.contains("Cy Young"), "{refused}");
}
