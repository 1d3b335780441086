//! The set-up, from an empty database to a page that was acknowledged.

use allclear_channels::{Failure, WireReply};
use jiff::SignedDuration;

use super::browser::Browser;
use super::house::{House, TOKEN};

const ADMIN: [(&str, &str); 7] = [
    ("organisation", "Acme"),
    ("time_zone", "Europe/Berlin"),
    ("address", "https://allclear.acme.test/"),
    ("name", "Ada Lovelace"),
    ("login", "Ada"),
    ("email", "ada@acme.test"),
    ("password", "correct horse battery staple"),
];

const MAIL: [(&str, &str); 6] = [
    ("host", "mail.acme.test"),
    ("port", "587"),
    ("security", "starttls"),
    ("username", "pager"),
    ("sender", "Allclear <pager@acme.test>"),
    ("test_to", "ada@acme.test"),
];

fn with<'a>(fields: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let changed = |name: &str| more.iter().any(|(other, _)| *other == name);
    fields.iter().filter(|(name, _)| !changed(name)).chain(more).copied().collect()
}

/// The address of a one-tap link in a mail, without the host.
pub(crate) fn tap_link(text: &str) -> String {
    let at = text.find("/k/").unwrap_or_else(|| panic!("no link in {text}"));
    text[at..].split_whitespace().next().unwrap().to_owned()
}

async fn admin(house: &House) -> Browser {
    let mut browser = house.browser();
    let seen = browser.get(&format!("/setup/{TOKEN}")).await;
    seen.is(200).says(&["minlength=\"12\"", "12 characters or more"]).never_says(&["Set-up key"]);
    browser.post("/setup", &ADMIN).await.leads_to("/setup/mail");
    browser.get("/setup/mail").await.is(200);
    browser
}

#[tokio::test]
async fn from_nothing_to_a_page_that_was_acknowledged() {
    let house = House::empty().await;
    let mut browser = house.browser();
    browser.get("/").await.leads_to("/login?next=/");
    browser.get("/login").await.leads_to("/setup");
    let mut browser = admin(&house).await;
    assert_eq!(house.engine.directory().organisation.address.as_deref(), Some("https://allclear.acme.test"));

    browser.get("/setup/mail").await.is(200).says(&["value=\"587\"", "ada@acme.test"]);
    let test = with(&MAIL, &[("password", "secret"), ("action", "test")]);
    let seen = browser.post("/setup/mail", &test).await;
    seen.is(200).says(&["The server took a mail to ada@acme.test", "250 2.0.0 Ok: queued"]).never_says(&["secret\""]);
    assert_eq!(house.letters()[0].to, "ada@acme.test");
    let save = with(&MAIL, &[("action", "save")]);
    browser.post("/setup/mail", &save).await.leads_to("/setup/service");
    assert!(house.user("ada").contacts[0].verified_at.is_some(), "the test mail was there when she went on");
    assert_eq!(house.engine.secret("mail.password").await.unwrap().as_deref(), Some("secret"));

    browser.get("/setup/service").await.is(200);
    browser.post("/setup/service", &[("name", "Checkout")]).await.leads_to("/setup/first-page");
    let seen = browser.get("/setup/first-page").await;
    let key = house.engine.directory().integrations().next().unwrap().key_digest.clone();
    seen.is(200).says(&["https://allclear.acme.test/in/", "Page me now"]).never_says(&[&key, "{url}", "{key}"]);

    let seen = browser.post("/setup/first-page", &[]).await;
    let follow = seen.location().to_owned();
    browser.get(&follow).await.is(200).says(&["Event accepted", "Waiting for the event"]);
    house.work().await;
    let letter = house.letters().pop().expect("she is paged");
    assert_eq!((letter.to.as_str(), letter.server.as_str()), ("ada@acme.test", "mail.acme.test"));
    browser.get(&follow).await.says(&["Incident INC-1 opened", "Handed over: mail", "Waiting for your tap"]);

    house.wait(SignedDuration::from_secs(41)).await;
    let link = tap_link(&letter.text);
    let mut phone = house.browser();
    phone.get(&link).await.is(200).says(&["Acknowledge", "Checkout"]);
    phone.post_plain(&link, &[("action", "acknowledge")]).await.is(303);
    browser.get(&follow).await.says(&["Acknowledged", "It works"]);
    browser.post("/setup/done", &[]).await.leads_to("/setup/done");
    browser.get("/setup/done").await.is(200).says(&["Acme can be paged", "41s"]);
    browser.get("/").await.is(200).says(&["Ada Lovelace"]);
}

#[tokio::test]
async fn it_opens_only_with_the_token_and_only_once() {
    let house = House::empty().await;
    let mut browser = house.browser();
    browser.get("/setup/guessed").await.is(404);
    browser.get("/setup").await.is(200).says(&["Set-up key"]);
    browser.post("/setup", &ADMIN).await.is(422).says(&["not the key", "value=\"Ada Lovelace\""]);
    browser.post("/setup", &with(&ADMIN, &[("key", TOKEN)])).await.leads_to("/setup/mail");
    let mut late = house.browser();
    late.get(&format!("/setup/{TOKEN}")).await.leads_to("/");
    late.get("/setup").await.leads_to("/");
    late.get("/login").await.is(200);
    late.post("/setup", &with(&ADMIN, &[("key", TOKEN)])).await.leads_to("/");
    assert_eq!(house.engine.directory().users().count(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_field_and_all_else_is_kept() {
    let house = House::empty().await;
    let mut browser = house.browser();
    browser.get(&format!("/setup/{TOKEN}")).await.is(200);
    for (field, value, message) in [
        ("password", "short", "The password: it has 5 characters; use at least 12"),
        ("email", "nowhere", "nowhere"),
        ("time_zone", "Berlin", "is not a time zone"),
        ("address", "allclear.acme.test", "is not a web address"),
        ("organisation", "", "The organisation&#39;s name is empty"),
        ("login", "a b", "characters that do not belong"),
    ] {
        let seen = browser.post("/setup", &with(&ADMIN, &[(field, value)])).await;
        seen.is(422).says(&[message, "What you typed is still here"]);
        if field != "name" {
            seen.says(&["value=\"Ada Lovelace\""]);
        }
        seen.never_says(&["correct horse"]);
    }
    assert_eq!(house.engine.directory().users().count(), 0);
}

#[tokio::test]
async fn a_mail_server_that_refuses_is_quoted() {
    let house = House::empty().await;
    let mut browser = admin(&house).await;
    let test = with(&MAIL, &[("password", "secret"), ("action", "test")]);
    house.mail_server_says(WireReply::Mail { code: 535, text: "5.7.8 authentication failed".into() });
    let seen = browser.post("/setup/mail", &test).await;
    seen.is(200).says(&["mail.acme.test:587 answered 535 5.7.8", "app password", "kept; type to change it"]);
    let kind = Failure::Refused;
    house.mail_server_says(WireReply::Failed { kind, text: "connection refused".into(), maybe_delivered: false });
    browser.post("/setup/mail", &test).await.is(200).says(&["connection refused", "Nobody listens there"]);
    browser.post("/setup/mail", &with(&test, &[("port", "0")])).await.is(422).says(&["is not a port"]);
    browser.post("/setup/mail", &with(&test, &[("sender", "nobody")])).await.is(200).says(&["Correct the sender"]);
}

#[tokio::test]
async fn without_a_test_mail_a_code_is_sent() {
    let house = House::empty().await;
    let mut browser = admin(&house).await;
    browser.post("/setup/mail", &with(&MAIL, &[("action", "save")])).await.leads_to("/setup/service");
    assert!(house.user("ada").contacts[0].verified_at.is_none());
    house.work().await;
    let letter = house.letters().pop().unwrap();
    assert!(letter.text.contains("/people/ada"), "{}", letter.text);
    browser.post("/setup/service", &[("name", "Checkout")]).await.leads_to("/setup/first-page");
    let seen = browser.post("/setup/first-page", &[]).await;
    let follow = seen.location().to_owned();
    house.work().await;
    browser.get(&follow).await.is(200).says(&["your contact method is not verified", "/people/ada"]);
}
