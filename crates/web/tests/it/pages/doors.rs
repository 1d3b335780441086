//! Sign-in and sign-out.

use allclear_core::audit::AuditFact;
use allclear_core::limits;
use allclear_store::audit;
use jiff::SignedDuration;

use super::house::House;
use super::town::PASSWORD;

impl House {
    /// What the audit log tells, oldest first.
    async fn audit(&self) -> Vec<AuditFact> {
        let read = self.engine.database().read((), |(), tx| {
            Box::pin(async move {
                let entries = audit::chain(tx, 0, 1_000).await?;
                let facts = entries.iter().map(|stored| Ok(stored.entry()?.facts));
                facts.collect::<allclear_store::Result<Vec<_>>>()
            })
        });
        read.await.unwrap().into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn strangers_are_led_to_the_sign_in_and_back() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/incidents?state=all").await.leads_to("/login?next=/incidents%3Fstate%3Dall");
    browser
        .get("/login?next=/incidents%3Fstate%3Dall")
        .await
        .is(200)
        .says(&["Sign in to Acme", "/incidents?state=all"]);
    let fields = [("login", "ADA"), ("password", PASSWORD), ("next", "/incidents?state=all")];
    browser.post("/login", &fields).await.leads_to("/incidents?state=all");
    browser.get("/incidents?state=all").await.is(200).says(&["Ada Lovelace"]);
    browser.get("/login").await.leads_to("/");
    assert!(matches!(house.audit().await.last(), Some(AuditFact::SignedIn { .. })));
}

#[tokio::test]
async fn a_mail_address_is_a_login_too() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    browser.post("/login", &[("login", "Ada@Acme.test"), ("password", PASSWORD)]).await.leads_to("/");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let house = House::town().await;
    let mut browser = house.browser();
    for elsewhere in ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)"] {
        browser.forget();
        browser.get(&format!("/login?next={elsewhere}")).await.never_says(&["evil", "alert"]);
        let fields = [("login", "ada"), ("password", PASSWORD), ("next", elsewhere)];
        browser.post("/login", &fields).await.leads_to("/");
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_are_refused_alike() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    let mut answers = Vec::new();
    for login in ["ada", "nobody"] {
        let seen = browser.post("/login", &[("login", login), ("password", "wrong horse battery staple")]).await;
        seen.is(422).says(&["do not belong together", &format!("value=\"{login}\"")]);
        answers.push(seen.text.replace(&format!("value=\"{login}\""), "…"));
    }
    assert_eq!(answers[0], answers[1]);
    let refused = house.audit().await.into_iter().rev().take(2);
    for (fact, login) in refused.zip(["nobody", "ada"]) {
        assert_eq!(fact, AuditFact::SignInRefused { login: login.to_owned() });
    }
    browser.get("/").await.is(303);
}

#[tokio::test]
async fn whoever_tries_too_often_waits() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    let wrong = [("login", "ada"), ("password", "wrong horse battery staple")];
    // beyond: SIGN_IN_PER_MINUTE
    for _ in 0..limits::SIGN_IN_PER_MINUTE {
        browser.post("/login", &wrong).await.is(422);
    }
    let entries = house.entries().await;
    let right = [("login", "ada"), ("password", PASSWORD)];
    let seen = browser.post("/login", &right).await;
    seen.is(429).says(&["Too many attempts"]);
    assert_eq!(seen.header("retry-after"), "6");
    browser.post("/login", &right).await.is(429);
    assert_eq!(house.entries().await.0, entries.0 + 1, "one line in a minute says so, not one for each");
    house.wait(SignedDuration::from_secs(6)).await;
    browser.post("/login", &right).await.leads_to("/");
}

#[tokio::test]
async fn whoever_has_left_does_not_come_in() {
    let house = House::town().await;
    let mut inside = house.signed_in("rob").await;
    let mut gone = allclear_core::directory::User::clone(&house.user("rob"));
    gone.suspended = true;
    house.put(vec![gone.into()]).await;
    inside.get("/").await.is(303);
    let mut browser = house.browser();
    browser.get("/login").await;
    browser.post("/login", &[("login", "rob"), ("password", PASSWORD)]).await.is(422);
}

#[tokio::test]
async fn a_session_ends_by_signing_out() {
    let house = House::town().await;
    let mut browser = house.signed_in("ada").await;
    let mut copy = browser.clone();
    browser.post("/logout", &[]).await.leads_to("/login");
    browser.get("/").await.is(303);
    copy.get("/").await.is(303);
    assert!(matches!(house.audit().await.last(), Some(AuditFact::SignedOut { .. })));
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    // beyond: SESSION_DAYS
    let house = House::town().await;
    let mut browser = house.signed_in("ada").await;
    house.wait(SignedDuration::from_hours(24 * i64::from(limits::SESSION_DAYS) - 1)).await;
    browser.get("/").await.is(200);
    house.wait(SignedDuration::from_hours(1)).await;
    browser.get("/").await.is(303);
}

#[tokio::test]
async fn behind_https_cookies_are_tied_to_the_host() {
    let house = House::behind_https().await;
    house.settle("").await;
    let mut browser = house.browser();
    let seen = browser.get("/login").await;
    assert_eq!(seen.header("strict-transport-security"), "max-age=31536000");
    assert!(seen.header("set-cookie").starts_with("__Host-allclear-guest="), "{}", seen.header("set-cookie"));
    let seen = browser.post("/login", &[("login", "ada"), ("password", PASSWORD)]).await;
    let cookie = seen.header("set-cookie");
    assert!(cookie.starts_with("__Host-allclear=") && cookie.contains("Secure") && cookie.contains("HttpOnly"));
    assert!(!cookie.contains("Max-Age"), "not remembered, as it was not asked for");
    browser.get("/").await.is(200);
}

#[tokio::test]
async fn the_theme_is_kept() {
    let house = House::town().await;
    let mut browser = house.signed_in("vic").await;
    browser.post("/preferences/theme", &[("theme", "dark"), ("back", "/incidents")]).await.leads_to("/incidents");
    browser.get("/incidents").await.says(&["data-theme=\"dark\""]);
    browser.post("/preferences/theme", &[("theme", "dark"), ("back", "//evil.test")]).await.leads_to("/");
    browser.post("/preferences/theme", &[("theme", "pink")]).await.is(422);
}
