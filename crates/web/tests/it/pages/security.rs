//! What a stranger, a colleague with fewer permissions, or a stolen cookie may try.

use axum::http::Method;
use jiff::SignedDuration;

use super::browser::Seen;
use super::house::{House, TOKEN};
use super::setup::tap_link;
use super::town::{KEY, PASSWORD};

#[tokio::test]
async fn a_session_that_was_there_before_the_sign_in_is_not_taken_up() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    browser.plant("allclear", "chosenbysomebodyelse");
    let fields = [("login", "ada"), ("password", PASSWORD)];
    browser.post("/login", &fields).await.leads_to("/");
    assert!(!browser.cookie().contains("chosenbysomebodyelse"));
    let mut other = house.browser();
    other.plant("allclear", "chosenbysomebodyelse");
    other.get("/").await.is(303);
}

#[tokio::test]
async fn a_guest_who_calls_themselves_a_session_gets_nothing_of_it() {
    let house = House::town().await;
    let ada = house.signed_in("ada").await;
    let (now, user) = (house.engine.now(), super::town::person(0).id);
    let read =
        house.engine.database().read((), move |(), tx| Box::pin(allclear_store::sessions::of_user(tx, now, user)));
    let id = read.await.unwrap()[0].id;
    let mut guest = house.browser();
    guest.plant("allclear-guest", &id.to_string());
    guest.get("/login").await.is(200);
    assert_ne!(guest.csrf, ada.csrf, "the token of a guest's form is of no use in a session");
}

#[tokio::test]
async fn another_password_ends_all_other_sessions() {
    let house = House::town().await;
    let (mut here, mut elsewhere) = (house.signed_in("rob").await, house.signed_in("rob").await);
    let fresh = "another horse battery staple";
    let typed = [("old", "wrong horse battery staple"), ("new", fresh)];
    here.post("/people/rob/password", &typed).await.is(422).never_says(&[fresh, "wrong horse"]);
    elsewhere.get("/").await.is(200);
    here.post("/people/rob/password", &[("old", PASSWORD), ("new", fresh)]).await.is(303);
    here.get("/").await.is(200);
    elsewhere.get("/").await.is(303);
    let mut stale = house.signed_in("ada").await;
    let form = [("csrf", "stale"), ("old", PASSWORD), ("new", fresh)];
    stale.post_plain("/people/ada/password", &form).await.is(403).never_says(&[PASSWORD, fresh]);
}

#[tokio::test]
async fn attempts_count_for_the_account_however_it_is_called() {
    let house = House::town().await;
    let mut browser = house.browser();
    browser.get("/login").await;
    for number in 0..10 {
        let login = ["ada", "ADA", "ada@acme.test", "Ada@Acme.Test"][number % 4];
        let wrong = [("login", login), ("password", "wrong horse battery staple")];
        browser.come_from(&format!("203.0.113.{number}"));
        browser.post("/login", &wrong).await.is(422);
    }
    browser.come_from("198.51.100.1");
    let right = [("login", "ada@acme.test"), ("password", PASSWORD)];
    browser.post("/login", &right).await.is(429);
    house.wait(SignedDuration::from_secs(6)).await;
    browser.post("/login", &right).await.leads_to("/");
    // By address: whoever tries many accounts waits as well.
    browser.forget();
    browser.get("/login").await;
    for number in 0..9 {
        browser.post("/login", &[("login", &format!("nobody{number}")), ("password", "x")]).await.is(422);
    }
    browser.post("/login", &[("login", "mel"), ("password", PASSWORD)]).await.is(429);
}

#[tokio::test]
async fn a_mail_address_of_two_people_is_no_login() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let fields = [("name", "Rob Responder"), ("email", "ada@acme.test")];
    rob.post("/people/rob", &fields).await.is(303);
    let mut browser = house.browser();
    browser.get("/login").await;
    let by_mail = [("login", "ada@acme.test"), ("password", PASSWORD)];
    browser.post("/login", &by_mail).await.is(422);
    browser.post("/login", &[("login", "ada"), ("password", PASSWORD)]).await.leads_to("/");
    browser.get("/").await.says(&["Ada Lovelace"]);
}

#[tokio::test]
async fn nobody_changes_the_record_of_somebody_else() {
    let house = House::town().await;
    let before = house.user("ada");
    let contact = before.contacts[0].id;
    for login in ["vic", "rob", "mel"] {
        let mut browser = house.signed_in(login).await;
        for (path, fields) in [
            ("/people/ada".to_owned(), vec![("name", "Eve"), ("email", "eve@evil.test")]),
            ("/people/ada/password".to_owned(), vec![("old", PASSWORD), ("new", "another horse battery staple")]),
            ("/people/ada/suspend".to_owned(), vec![]),
            ("/people/ada/restore".to_owned(), vec![]),
            ("/people/ada/invite".to_owned(), vec![]),
            ("/people/ada/test-page".to_owned(), vec![]),
            ("/people/ada/contacts".to_owned(), vec![("channel", "email"), ("address", "eve@evil.test")]),
            (format!("/people/ada/contacts/{contact}/code"), vec![]),
            (format!("/people/ada/contacts/{contact}/verify"), vec![("code", "000000")]),
            (format!("/people/ada/contacts/{contact}/test"), vec![]),
            (format!("/people/ada/contacts/{contact}/remove"), vec![]),
            ("/people/ada/rules/high".to_owned(), vec![]),
            ("/teams/payments/people".to_owned(), vec![("person", "ada")]),
            ("/teams/payments/people/ada/remove".to_owned(), vec![]),
            (format!("/people/{login}"), vec![("name", "Eve"), ("role", "admin")]),
        ] {
            browser.post(&path, &fields).await.is(403);
        }
    }
    assert_eq!(house.user("ada"), before);
    assert!(house.letters().is_empty(), "nothing was sent either");
}

#[tokio::test]
async fn a_link_that_does_nothing_any_more_tells_nothing_either() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let link = tap_link(&house.letters()[0].text);
    let mut phone = house.browser();
    phone.get(&link).await.is(200).says(&["Disk is full"]);
    house.wait(SignedDuration::from_hours(24 * 7 + 1)).await;
    for seen in [phone.get(&link).await, phone.post_plain(&link, &[("action", "resolve")]).await] {
        seen.is(410).says(&["INC-1", "no longer works"]).never_says(&["Disk is full", "Checkout"]);
    }
    // One purpose: it is no invitation, no session and no token.
    let token = link.rsplit('/').next().unwrap().to_owned();
    phone.get(&format!("/welcome/{token}")).await.is(404);
    phone.plant("allclear", &token);
    phone.get("/").await.is(303);
}

#[tokio::test]
async fn links_are_opened_only_so_often_from_one_address() {
    let house = House::town().await;
    let mut phone = house.browser();
    // beyond: LINKS_PER_MINUTE
    for _ in 0..allclear_core::limits::LINKS_PER_MINUTE {
        phone.get("/k/nonsense").await.is(404);
    }
    let seen = phone.get("/k/nonsense").await;
    seen.is(429).says(&["Too many requests"]);
    assert_eq!(seen.header("retry-after"), "1");
    phone.come_from("203.0.113.9");
    phone.get("/k/nonsense").await.is(404);
}

#[tokio::test]
async fn what_opens_one_door_opens_no_other() {
    let house = House::town().await;
    let token = allclear_web::new_token(
        &house.engine,
        allclear_core::actor::Actor::System,
        allclear_web::NewToken { name: "x".into(), scope: allclear_core::access::Scope::Admin, user: None },
    );
    let (_, secret) = token.await.unwrap();
    let mut ada = house.signed_in("ada").await;
    let mut program = house.browser();
    for scheme in ["Bearer", "bearer"] {
        program.headers = vec![("authorization", format!("{scheme} {secret}"))];
        program.get("/api/v1/me").await.is(200);
    }
    for entry in allclear_web::table(&house.app) {
        let path = entry.path.replace(['{', '}'], "");
        let allclear_web::Access::May(_) = entry.access else { continue };
        let ask = async |browser: &mut super::browser::Browser| -> Seen {
            browser.send(entry.method.clone(), &path, Some(String::new())).await
        };
        match entry.face {
            allclear_web::Face::Api => drop(ask(&mut ada).await.is(401)),
            allclear_web::Face::Page => drop(ask(&mut program).await.is(303)),
            allclear_web::Face::Source => {}
        }
    }
}

#[tokio::test]
async fn errors_carry_the_headers_too_and_tell_no_secrets() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    for (method, path) in [
        (Method::GET, "/api/v1/nothing"),
        (Method::GET, "/api/v1/me"),
        (Method::DELETE, "/api/v1/me"),
        (Method::PUT, "/incidents"),
        (Method::GET, "/k/nonsense"),
        (Method::GET, "/welcome/nonsense"),
        (Method::GET, "/setup/nonsense"),
        (Method::GET, "/in/nonsense/alertmanager/api/v2/alerts"),
        (Method::POST, "/in/nonsense"),
        (Method::GET, "/readyz"),
        (Method::GET, "/metrics"),
        (Method::GET, "/assets/x/nothing.js"),
        // With secrets that are right, and something else that is wrong.
        (Method::POST, &format!("/in/{KEY}")),
        (Method::GET, &format!("/in/{KEY}/alertmanager/api/v2/silence/nonsense")),
        (Method::GET, &format!("/setup/{TOKEN}")),
        (Method::PUT, &format!("/setup/{TOKEN}")),
    ] {
        let seen = ada.send(method.clone(), path, None).await;
        super::safety::is_guarded(&seen, path);
        assert!(
            !seen.status.is_success() || path == "/readyz" || path == "/metrics",
            "{method} {path}: {}",
            seen.status
        );
        let session = ada.cookie().split('=').nth(1).unwrap().to_owned();
        seen.never_says(&[KEY, TOKEN, PASSWORD, &session, "alc_", "argon2", "SELECT ", ".rs:"]);
    }
    let large = "x".repeat(2 * 1024 * 1024);
    super::safety::is_guarded(&ada.post("/incidents", &[("title", &large)]).await, "a form that is too large");
}
