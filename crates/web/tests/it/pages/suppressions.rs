//! Suppressions and readiness.

use allclear_core::directory::User;
use axum::http::Method;
use serde_json::json;

use super::house::House;
use super::town::KEY;

#[tokio::test]
async fn a_silence_is_made_by_form_and_ended() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    rob.get("/suppressions").await.is(200).says(&["No such silence", "Silences hold nothing back yet"]);
    rob.get("/suppressions/new").await.is(200).says(&["Make a silence", "value=\"2h\""]);
    let fields = [
        ("service", "checkout"),
        ("matchers", "severity=warning\r\nenv!=production"),
        ("length", "2h"),
        ("comment", "moving the disks"),
    ];
    let seen = rob.submit("/suppressions", &fields).await;
    seen.is(200).says(&[
        "severity=&#34;warning&#34;",
        "env!=&#34;production&#34;",
        "Rob Responder",
        "moving the disks",
    ]);
    seen.says(&["active", "It holds no page back yet", "14:00 CET"]);
    let end = seen.text.split("action=\"/suppressions/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut vic = house.signed_in("vic").await;
    vic.get("/suppressions").await.is(200).says(&["moving the disks"]).never_says(&["/end\"", "/suppressions/new"]);
    vic.post(&format!("/suppressions/{end}"), &[]).await.is(403);
    vic.get("/suppressions/new").await.is(403);
    rob.submit(&format!("/suppressions/{end}"), &[]).await.says(&["The silence has ended", "No such silence"]);
    rob.get("/suppressions?state=expired").await.says(&["moving the disks", "ended"]).never_says(&["/end\""]);
    let mut ada = house.signed_in("ada").await;
    ada.get("/settings/audit").await.says(&["Rob Responder silenced severity", "Rob Responder ended the silence"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_silence_is_said_beside_the_field() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let right = [
        ("service", "checkout"),
        ("matchers", "a=b"),
        ("length", "2h"),
        ("starts", "2026-11-24T09:00"),
        ("comment", "typed"),
    ];
    for (at, wrong, says) in [
        (0, "none", "Choose the service"),
        (1, "", "There is no matcher"),
        (1, "nonsense", "bad matcher format: nonsense"),
        (1, "a=~(", "invalid regular expression"),
        (1, "a=~.*", "must not match the empty string"),
        (2, "0s", "It ends as it begins"),
        (2, "long", "is not a length of time"),
        (3, "2026-11-20T09:00", "It is over already"),
        (3, "soon", "is not a date and a time"),
        (4, "", "The reason is empty"),
    ] {
        let mut fields = right;
        fields[at].1 = wrong;
        rob.post("/suppressions", &fields).await.is(422).says(&[says, "Not saved"]);
    }
    rob.submit("/suppressions", &right).await.says(&["pending", "Tue 09:00"]);
}

#[tokio::test]
async fn silences_of_other_tools_are_shown_with_who_and_until_when() {
    let house = House::town().await;
    let mut tool = house.browser();
    let silence = json!({
        "matchers": [{"name": "cluster", "value": "db-1", "isRegex": false}], "createdBy": "amtool by zoe",
        "comment": "planned", "startsAt": "2026-11-23T11:00:00Z", "endsAt": "2026-11-23T12:30:00Z",
    });
    let path = format!("/in/{KEY}/alertmanager/api/v2/silences");
    tool.send(Method::POST, &path, Some(silence.to_string())).await.is(200);
    let mut vic = house.signed_in("vic").await;
    vic.get("/suppressions").await.is(200).says(&[
        "cluster=&#34;db-1&#34;",
        "amtool by zoe",
        "planned",
        "ends",
        "13:30 CET",
        "href=\"/services/checkout\"",
    ]);
    vic.get("/alerts").await.says(&["href=\"/suppressions\""]);
}

#[tokio::test]
async fn readiness_says_who_cannot_be_reached_and_what_to_do() {
    let house = House::town().await;
    let mut vic = house.signed_in("vic").await;
    vic.get("/on-call").await.says(&["href=\"/readiness\""]);
    vic.get("/people").await.never_says(&["cannot be reached. <a"]);
    let before = vic.get("/readiness").await;
    before.is(200).says(&["in the next 28 days"]).never_says(&["Rob Responder has no verified"]);
    house
        .put(vec![User { contacts: Vec::new(), high_urgency: Vec::new(), ..User::clone(&house.user("rob")) }.into()])
        .await;
    let seen = vic.get("/readiness?days=7").await;
    seen.is(200).says(&["in the next 7 days", "A page can end with nobody", "href=\"/people/rob\"", "contact method"]);
    vic.get("/readiness?days=5000").await.is(200).says(&["in the next 28 days"]);
    vic.get("/people").await.says(&["1 person cannot be reached. <a href=\"/readiness\">"]);
}

#[tokio::test]
async fn history_is_kept_for_as_long_as_the_settings_say() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    let seen = ada.get("/settings").await;
    seen.is(200).says(&["name=\"keep.events\" type=\"text\" value=\"14d\"", "Usually 730d"]);
    let version = seen.text.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let base = [("organisation", "Acme"), ("address", "https://allclear.test"), ("time_zone", "Europe/Berlin")];
    for (field, value, says) in [
        ("keep.events", "1h", "is too short: everything is kept for a day; use `1d` to `3660d`"),
        ("keep.audit", "20000d", "Audit log: `20000d` is longer than 3660d"),
        ("keep.tokens", "a while", "Revoked tokens: `a while` is not a length of time"),
    ] {
        let fields = [&base[..], &[(field, value)]].concat();
        let seen = ada.post("/settings", &fields).await;
        seen.is(422).says(&[says, &format!("id=\"{field}-wrong\""), &format!("value=\"{value}\"")]);
    }
    let fields = [&base[..], &[("version", version.as_str()), ("keep.events", "36h")]].concat();
    ada.submit("/settings", &fields).await.says(&["The settings are saved", "value=\"1d12h\""]);
    let keep = house.engine.directory().organisation.keep;
    assert_eq!((keep.events.to_string(), keep.audit.to_string()), ("1d12h".to_owned(), "730d".to_owned()));
    ada.post("/settings", &fields).await.is(409).says(&["Somebody else has changed this"]);
}
