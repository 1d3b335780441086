//! Cover by the API: asking, answering, what is refused, and what people are told.

use allclear_core::access::Scope;
use allclear_core::limits;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

/// It is Monday noon, and Cy's week began at nine. Ben's is the next.
async fn house() -> House {
    let house = House::new().await;
    house.work().await;
    house.mails();
    house
}

fn tuesday() -> Value {
    json!({"schedule": "primary", "from": "2026-12-01 00:00", "until": "2026-12-02 00:00"})
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

async fn on_call(house: &House, at: &str) -> Vec<String> {
    let on_call = house.get(&format!("/on-call?at={at}")).await;
    let people = on_call["items"][0]["people"].as_array().unwrap();
    people.iter().map(|person| person["slug"].as_str().unwrap().to_owned()).collect()
}

/// The address behind the host in a mail, of a link that begins like this.
fn link(mails: &[(String, String)], to: &str, begins: &str) -> String {
    let (_, text) = mails.iter().find(|(address, _)| address.starts_with(to)).unwrap_or_else(|| panic!("{mails:?}"));
    let begin = format!("https://pager.example.com{begins}");
    let at = text.find(&begin).unwrap_or_else(|| panic!("{text}"));
    text[at + "https://pager.example.com".len()..].split_whitespace().next().unwrap().to_owned()
}

async fn open(house: &House, path: &str) -> (u16, String) {
    let reply = house.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
    (reply.status.as_u16(), reply.text)
}

async fn tap(house: &House, path: &str, form: &str) -> (u16, String) {
    let request = Request::builder().method("POST").uri(path);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let reply = house.send(request.body(Body::from(form.to_owned())).unwrap()).await;
    (reply.status.as_u16(), reply.text)
}

#[tokio::test]
async fn somebody_asks_and_whoever_taps_first_is_on_call() {
    let house = house().await;
    let ben = house.token_of("ben").await;
    let asked = with(tuesday(), "note", json!("My sister marries."));
    let asked = with(asked, "of", json!("team"));
    let cover = house.call(&ben, "POST /cover", &[], &asked).await.with(201);
    assert_eq!((&cover["status"], &cover["user"]["slug"]), (&json!("asked"), &json!("ben")));
    assert_eq!(cover["open"][0]["starts"], "2026-11-30T23:00:00Z");
    let people: Vec<&str> =
        cover["asked"].as_array().unwrap().iter().map(|one| one["user"]["slug"].as_str().unwrap()).collect();
    assert_eq!(people, ["ana", "cy", "vi"]);
    house.work().await;
    let mails = house.mails();
    assert_eq!(mails.len(), 3, "{mails:?}");
    let (ana, cy) = (link(&mails, "ana", "/c/"), link(&mails, "cy", "/c/"));
    let (status, text) = open(&house, &ana).await;
    assert_eq!(status, 200);
    assert!(text.contains("My sister marries.") && text.contains("I take it") && text.len() < 15_000, "{text}");
    assert_eq!(on_call(&house, "2026-12-01T12:00:00Z").await, ["ben"], "looking changes nothing");

    let (status, text) = tap(&house, &ana, "action=accept").await;
    assert!(status == 200 && text.contains("It is yours now"), "{status} {text}");
    assert_eq!(on_call(&house, "2026-12-01T12:00:00Z").await, ["ana"]);
    assert_eq!(on_call(&house, "2026-12-02T12:00:00Z").await, ["ben"]);
    let (status, text) = tap(&house, &cy, "action=accept").await;
    assert!(status == 200 && text.contains("Ana Ruiz was faster"), "{status} {text}");
    let (_, again) = open(&house, &cy).await;
    assert!(again.contains("Ana Ruiz took it.") && !again.contains("I take it"), "{again}");
    house.work().await;
    let told = house.mails();
    let told: Vec<&str> = told.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(told, ["ben@example.com", "ana@example.com"], "both are told, and nobody else");
    let stored = house.get(&format!("/cover/{}", cover["id"].as_str().unwrap())).await;
    assert_eq!((&stored["status"], &stored["covered"][0]["user"]["slug"]), (&json!("accepted"), &json!("ana")));
    let audit = house.get("/audit").await.to_string();
    assert!(audit.contains("agreed: Ana Ruiz covers for Ben Okafor on Platform primary"), "{audit}");
}

#[tokio::test]
async fn a_part_is_taken_and_the_rest_expires_when_it_begins() {
    let house = house().await;
    let asked = with(tuesday(), "user", json!("ben"));
    let asked = with(asked, "people", json!(["ana", "cy"]));
    let cover = house.ask("POST /cover", asked).await.with(201);
    let path = format!("/cover/{}", cover["id"].as_str().unwrap());
    let part = json!({"user": "ana", "from": "2026-12-01 08:00", "until": "2026-12-01 12:00"});
    let taken = house.ask(&format!("PUT {path}/acceptance"), part).await.with(200);
    assert_eq!((&taken["status"], taken["open"].as_array().unwrap().len()), (&json!("asked"), 2));
    assert_eq!(on_call(&house, "2026-12-01T08:00:00Z").await, ["ana"]);
    let elsewhere = json!({"user": "cy", "from": "2026-12-05 08:00", "until": "2026-12-05 12:00"});
    house.ask(&format!("PUT {path}/acceptance"), elsewhere).await.refuses("from");
    let turned = json!({"user": "cy", "from": "2026-12-01 18:00", "until": "2026-12-01 12:00"});
    house.ask(&format!("PUT {path}/acceptance"), turned).await.refuses("until");
    house.wait(SignedDuration::from_hours(24 * 8)).await;
    let stored = house.get(&path).await;
    assert_eq!((&stored["status"], stored["lapsed"].as_array().unwrap().len()), (&json!("expired"), 2));
    let mails = house.mails();
    assert!(
        mails.iter().any(|(to, text)| to.starts_with("ben") && text.contains("Nobody covers for you")),
        "{mails:?}"
    );
    house.ask(&format!("PUT {path}/acceptance"), json!({"user": "cy"})).await.with(409);
}

#[tokio::test]
async fn a_swap_puts_each_in_the_place_of_the_other() {
    let house = house().await;
    let swap = json!({"with": "cy", "from": "2026-12-08 00:00", "until": "2026-12-09 00:00"});
    let ben = house.token_of("ben").await;
    let cover = house.call(&ben, "POST /cover", &[], &with(tuesday(), "swap", swap)).await.with(201);
    let cy = house.token_of("cy").await;
    let path = format!("PUT /cover/{}/acceptance", cover["id"].as_str().unwrap());
    house.call(&cy, &path, &[], &json!({})).await.with(200);
    assert_eq!(on_call(&house, "2026-12-01T12:00:00Z").await, ["cy"]);
    assert_eq!(on_call(&house, "2026-12-08T12:00:00Z").await, ["ben"]);
    let gaps = house.get("/schedules/primary/shifts?from=2026-11-24T00:00:00Z&until=2026-12-20T00:00:00Z").await;
    assert_eq!(gaps["gaps"], json!([]), "nobody loses a minute");
}

#[tokio::test]
async fn people_answer_for_themselves_and_managers_for_anybody() {
    let house = house().await;
    let (ben, cy) = (house.token_of("ben").await, house.token_of("cy").await);
    let for_cy = with(tuesday(), "user", json!("cy"));
    house.call(&ben, "POST /cover", &[], &for_cy).await.with(403);
    house.ask("POST /cover", tuesday()).await.refuses("user");
    let asked = with(with(tuesday(), "user", json!("ben")), "people", json!(["ana"]));
    let cover = house.call(&cy, "POST /cover", &[], &asked).await.with(201);
    let path = format!("/cover/{}", cover["id"].as_str().unwrap());
    house.call(&ben, &format!("PUT {path}/acceptance"), &[], &json!({"user": "ana"})).await.with(403);
    house.call(&ben, &format!("PUT {path}/declination"), &[], &json!({})).await.with(409);
    house.call(&cy, &format!("PUT {path}/declination"), &[], &json!({"user": "ana"})).await.with(200);
    let declined = house.get(&path).await;
    assert_eq!(declined["status"], "declined");
    house.call(&ben, &format!("DELETE {path}"), &[], &Value::Null).await.with(409);
    let vi = house.token_of("vi").await;
    house.call(&vi, "POST /cover", &[], &tuesday()).await.with(403);
    let read = house.token(Scope::Read, None).await;
    assert_eq!(house.call(&read, "GET /cover", &[], &Value::Null).await.with(200)["items"][0]["id"], cover["id"]);
    house.call(&read, "POST /cover", &[], &asked).await.with(403);
}

#[tokio::test]
async fn what_is_withdrawn_or_moot_is_over_and_says_why() {
    let house = house().await;
    let asked = with(with(tuesday(), "user", json!("ben")), "people", json!(["ana"]));
    let cover = house.ask("POST /cover", asked.clone()).await.with(201);
    house.ask("POST /cover", asked.clone()).await.refuses("from");
    let path = format!("/cover/{}", cover["id"].as_str().unwrap());
    assert_eq!(house.ask(&format!("DELETE {path}"), Value::Null).await.with(200)["status"], "withdrawn");
    house.work().await;
    assert_eq!(house.mails().len(), 0, "what is not asked any more is not sent either");
    assert_eq!(house.get("/cover?open=true").await["items"], json!([]));

    let cover = house.ask("POST /cover", asked).await.with(201);
    let by_cy = json!({"user": "cy", "starts": "2026-11-30 00:00", "ends": "2026-12-05 00:00"});
    house.ask("POST /schedules/primary/overrides", by_cy).await.with(201);
    let moot = house.get(&format!("/cover/{}", cover["id"].as_str().unwrap())).await;
    assert_eq!((&moot["status"], &moot["open"]), (&json!("moot"), &cover["open"]));
    assert!(moot["sentence"].as_str().unwrap().contains("not on call then any more"), "{moot}");
}

#[tokio::test]
async fn wrong_requests_name_the_field() {
    let house = house().await;
    let asked = with(tuesday(), "user", json!("ben"));
    for (field, value, names) in [
        ("schedule", json!("primray"), "schedule"),
        ("user", json!("zoe"), "user"),
        ("from", json!("2026-11-01 00:00"), "from"),
        ("from", json!("soon"), "from"),
        ("until", json!("2027-12-01 00:00"), "until"),
        ("people", json!(["zoe"]), "people[1]"),
        ("people", json!(["ben"]), "people"),
        ("of", json!("everybody"), "of"),
        ("swap", json!({"with": "ana", "from": "2026-12-08 00:00", "until": "2026-12-09 00:00"}), "return_from"),
        ("note", json!("x".repeat(limits::COVER_NOTE_CHARACTERS + 1)), "note"),
        ("what", json!(1), "what"),
    ] {
        let reply = house.ask("POST /cover", with(asked.clone(), field, value.clone())).await;
        assert_eq!(reply.status.as_u16(), 422, "{field} {value}: {}", reply.json);
        assert!(reply.json.to_string().contains(names), "{field} {value}: {}", reply.json);
    }
    house.ask("GET /cover/cov_x", Value::Null).await.with(404);
    house.ask("GET /cover?schedule=primray", Value::Null).await.refuses("schedule");
    let (status, text) = open(&house, "/c/forged").await;
    assert!(status == 404 && text.contains("no longer works"), "{status}");
    assert_eq!(tap(&house, "/c/forged", "action=accept").await.0, 404);
}

#[tokio::test]
async fn a_handover_tells_both_and_carries_the_notes_on() {
    let house = house().await;
    let note = json!({"text": "The queue is slow; watch it."});
    let kept = house.ask("POST /schedules/primary/handoff-notes", note).await.with(201);
    house.incident("Payments fail").await;
    house.work().await;
    house.mails();
    house.wait(SignedDuration::from_hours(24 * 7)).await;
    let mails: Vec<(String, String)> =
        house.mails().into_iter().filter(|(_, text)| text.contains("call for Platform primary")).collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    let (_, on) = mails.iter().find(|(to, _)| to.starts_with("ben")).unwrap();
    assert!(on.contains("You are on call for Platform primary"), "{on}");
    for said in ["The queue is slow; watch it.", "Payments fail", "On call before you: Cy Young."] {
        assert!(on.contains(said), "{said}: {on}");
    }
    let (_, off) = mails.iter().find(|(to, _)| to.starts_with("cy")).unwrap();
    assert!(off.contains("You are off call") && off.contains("Leave a note"), "{off}");
    let link = link(&mails, "cy", "/h/");
    let (status, text) = open(&house, &link).await;
    assert!(status == 200 && text.contains("The queue is slow") && text.len() < 15_000, "{status} {text}");
    assert_eq!(tap(&house, &link, "text=").await.0, 422);
    // beyond: HANDOFF_NOTE_CHARACTERS
    let long = "x".repeat(limits::HANDOFF_NOTE_CHARACTERS + 1);
    assert_eq!(tap(&house, &link, &format!("text={long}")).await.0, 422);
    house.ask("POST /schedules/primary/handoff-notes", json!({"text": long})).await.refuses("text");
    for _ in 0..2 {
        assert_eq!(tap(&house, &link, "text=It+recovered.").await.0, 200, "sent twice, kept once");
    }
    let notes = house.get("/schedules/primary/handoff-notes").await;
    let texts: Vec<&str> = notes["items"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["It recovered.", "The queue is slow; watch it."]);
    assert_eq!((&notes["items"][0]["author"]["slug"], &notes["items"][1]["id"]), (&json!("cy"), &kept["id"]));
    house.work().await;
    assert!(house.mails().iter().all(|(_, text)| !text.contains("call for Platform")), "told once");
    assert_eq!(open(&house, "/h/forged").await.0, 404);
    house.wait(SignedDuration::from_hours(24 * 8)).await;
    assert_eq!(open(&house, &link).await.0, 410, "after a week it does nothing any more");
    assert_eq!(tap(&house, &link, "text=Late").await.0, 410);
}
