//! What was kept: alerts, the inbox, the audit log, and the settings.

use allclear_core::audit::AuditFact;
use allclear_store::audit;

use super::house::House;

#[tokio::test]
async fn alerts_say_why_they_are_where_they_are() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    house.alert("db-1", "Disk is full").await;
    house.event(serde_json::json!({"dedup_key": "db-2", "summary": "Replica lags", "severity": "warning"})).await;
    let mut browser = house.signed_in("vic").await;
    let seen = browser.get("/alerts").await;
    seen.is(200).says(&["Disk is full", "2 ×", "It is the first of its group.", "lacks the label “cluster”", "INC-2"]);
    for (query, shows) in [
        ("?q=disk", [true, false]),
        ("?q=cluster%3Ddb-1", [true, false]),
        ("?state=resolved", [false, false]),
        ("?incident=INC-2", [false, true]),
        ("?service=checkout", [true, true]),
    ] {
        let seen = browser.get(&format!("/alerts{query}")).await;
        let rows = ["Disk is full", "Replica lags"].map(|title| seen.text.contains(&format!("title=\"{title}\"")));
        assert_eq!(rows, shows, "{query}");
    }
    let id = seen.text.split("href=\"/alerts/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    browser.get(&format!("/alerts/{id}")).await.is(200).says(&["Replica lags", "A new alert fired", "INC-2"]);
    browser.get("/alerts/alr_nothing").await.is(404);
}

#[tokio::test]
async fn the_inbox_has_everything_and_takes_it_in_once_more() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    house.alert("db-2", "Replica lags").await;
    let mut mel = house.signed_in("mel").await;
    let seen = mel.get("/inbox").await;
    seen.is(200).says(&["trigger: Disk is full", "trigger: Replica lags", "A new alert fired", "INC-2", "processed"]);
    mel.get("/inbox?q=replica").await.never_says(&["Disk is full"]).says(&["Replica lags"]);
    mel.get("/inbox?state=quarantined").await.never_says(&["Disk is full"]);
    mel.get("/inbox?integration=checkout-events").await.says(&["Disk is full"]);
    let id = seen.text.split("/inbox/evt_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    mel.submit(&format!("/inbox/evt_{id}/replay"), &[]).await.says(&["was taken in once more", "waiting"]);
    mel.get("/inbox?state=waiting").await.says(&["Messages wait to be processed", "Replica lags"]);
    house.work().await;
    mel.get("/inbox").await.says(&["The alert was firing already."]);
    let read = house
        .engine
        .database()
        .read((), |(), tx| Box::pin(async move { Ok(audit::latest(tx, None, 1).await?[0].entry()?.facts) }));
    assert_eq!(read.await.unwrap(), [AuditFact::EventReplayed { event: format!("evt_{id}") }]);
    mel.post("/inbox/evt_0000000000000/replay", &[]).await.is(404);
    mel.post("/inbox/nonsense/replay", &[]).await.is(404);
    house.signed_in("vic").await.get("/inbox").await.is(403);
    house.signed_in("rob").await.get("/inbox").await.is(200).never_says(&["Replay"]);
}

#[tokio::test]
async fn what_nothing_can_read_is_kept_in_quarantine() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    let mut source = house.browser();
    let path = format!("/in/{}", super::town::KEY);
    source.send(axum::http::Method::POST, &path, Some("summary=Disk+is+full".to_owned())).await;
    ada.post("/integrations/checkout-events/remove", &[]).await.is(303);
    house.work().await;
    ada.get("/inbox?state=quarantined").await.is(200).says(&["quarantined", "the integration was removed"]);
}

#[tokio::test]
async fn the_audit_log_tells_what_was_done() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    ada.submit("/settings", &[("organisation", "Acme Ltd"), ("address", "https://a.test"), ("time_zone", "UTC")])
        .await
        .is(200)
        .says(&["The settings are saved", "Acme Ltd"]);
    let seen = ada.get("/settings/audit").await;
    seen.is(200).says(&["Ada Lovelace changed the settings", "Ada Lovelace signed in", "unbroken", "web"]);
    ada.get("/settings/audit?q=settings").await.never_says(&["signed in"]).says(&["changed the settings"]);
    ada.get("/settings/audit?before=2").await.is(200).never_says(&["signed in"]);
}

#[tokio::test]
async fn settings_that_are_wrong_are_not_saved() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    ada.get("/settings").await.is(200).says(&["SQLite", "https://allclear.test"]);
    let right = [("organisation", "Acme Ltd"), ("address", "https://a.test"), ("time_zone", "UTC")];
    for (at, wrong, says) in
        [(0, "", "is empty"), (1, "a.test", "is not a web address"), (2, "Mars", "is not a time zone")]
    {
        let mut fields = right;
        fields[at].1 = wrong;
        ada.post("/settings", &fields).await.is(422).says(&[says]);
    }
    assert_eq!(house.engine.directory().organisation.name, "Acme");
    ada.get("/settings/limits").await.is(200).says(&["600,000 requests", "413 Content Too Large"]);
}

#[tokio::test]
async fn the_mail_server_is_tried_before_it_is_saved() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    ada.get("/settings/mail").await.is(200).says(&["mail.acme.test"]);
    let fields = [
        ("host", "mx.acme.test"),
        ("port", "465"),
        ("security", "tls"),
        ("username", "pager"),
        ("sender", "Allclear <pager@acme.test>"),
        ("test_to", "ada@acme.test"),
    ];
    let test = [&fields[..], &[("password", "new secret"), ("action", "test")]].concat();
    ada.post("/settings/mail", &test).await.is(200).says(&["The server took a mail"]);
    assert_eq!(house.letters().pop().unwrap().server, "mx.acme.test");
    assert_eq!(house.engine.directory().organisation.mail.as_ref().unwrap().host, "mail.acme.test");
    assert_eq!(house.engine.secret("mail.password").await.unwrap(), None);
    let save = [&fields[..], &[("action", "save")]].concat();
    ada.submit("/settings/mail", &save).await.says(&["Mail leaves through mx.acme.test", "kept; type to change it"]);
    assert_eq!(house.engine.secret("mail.password").await.unwrap().as_deref(), Some("new secret"));
}

#[tokio::test]
async fn a_new_password_for_the_mail_server_is_noted_and_an_old_one_is_not() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    let fields = [
        ("host", "mail.acme.test"),
        ("port", "587"),
        ("security", "starttls"),
        ("username", "pager"),
        ("sender", "Allclear <pager@acme.test>"),
        ("action", "save"),
    ];
    ada.post("/settings/mail", &[&fields[..], &[("password", "one secret")]].concat()).await.is(303);
    let noted = async || {
        let read =
            house.engine.database().read((), |(), tx| Box::pin(async move { audit::latest(tx, None, 99).await }));
        read.await.unwrap().iter().filter(|entry| entry.body.contains("mail_password")).count()
    };
    assert_eq!(noted().await, 1);
    ada.post("/settings/mail", &fields).await.is(303);
    assert_eq!(noted().await, 1, "it is the same");
    ada.post("/settings/mail", &[&fields[..], &[("password", "another secret")]].concat()).await.is(303);
    assert_eq!(noted().await, 2);
    ada.get("/settings/audit").await.says(&["mail password"]).never_says(&["one secret", "another secret"]);
}

#[tokio::test]
async fn programs_are_named_in_the_audit_log_and_on_timelines() {
    use allclear_core::access::Scope;
    use allclear_core::actor::Actor;
    use allclear_core::incident::Input;
    use allclear_web::{NewToken, new_token};

    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let wanted = NewToken { name: "Terraform, eu".to_owned(), scope: Scope::Admin, user: None };
    let (token, _) = new_token(&house.engine, Actor::System, wanted).await.unwrap();
    let by = Actor::Token { token: token.id };
    house.engine.note(by, AuditFact::EventReplayed { event: "evt_1".to_owned() }).await.unwrap();
    let read = house
        .engine
        .database()
        .read((), |(), tx| Box::pin(async move { Ok(allclear_store::incidents::by_number(tx, 1).await?.unwrap().id) }));
    let incident = read.await.unwrap();
    house.engine.act(incident, by, Input::Acknowledge).await.unwrap();
    let mut ada = house.signed_in("ada").await;
    ada.get("/settings/audit?q=terraform").await.is(200).says(&["Terraform, eu"]).never_says(&["Nothing matches"]);
    ada.get("/incidents/INC-1").await.is(200).says(&["Terraform, eu"]);
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    ada.post("/settings/tokens", &[("name", ""), ("role", "king")]).await.is(422).says(&["is empty"]);
    let seen = ada.post("/settings/tokens", &[("name", "Terraform"), ("role", "manage"), ("lifetime", "")]).await;
    seen.is(200).says(&["Copy it now", "alc_", "Terraform"]);
    assert!(!seen.header("set-cookie").contains("flash"));
    let seen = ada.get("/settings/tokens").await;
    seen.never_says(&["alc_"]).says(&["Terraform", "manage", "never used"]);
    let id = seen.text.split("/settings/tokens/tok_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    ada.submit(&format!("/settings/tokens/tok_{id}/revoke"), &[]).await.says(&["Terraform is revoked"]);
    ada.post(&format!("/settings/tokens/tok_{id}/revoke"), &[]).await.is(404);
    ada.get("/settings/audit").await.says(&["made the API token “Terraform”", "revoked the API token"]);
}
