//! People: what they change about themselves, and admins about others.

use allclear_core::delivery::Status;
use allclear_core::limits;
use jiff::SignedDuration;

use super::house::House;
use super::town::PASSWORD;

/// The six digits in a mail.
fn code(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_digit());
    words.into_iter().find(|word| word.len() == 6).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

#[tokio::test]
async fn a_contact_method_counts_once_its_code_was_typed_in() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let add = [("channel", "email"), ("contact-name", "home mail"), ("address", "rob@home.test")];
    rob.post("/people/rob/contacts", &[add[0], add[1], ("address", "nowhere")]).await.is(422).says(&["nowhere"]);
    rob.submit("/people/rob/contacts", &add).await.says(&["a code is on its way", "home mail", "not verified"]);
    house.work().await;
    let letter = house.letters().pop().unwrap();
    assert_eq!(letter.to, "rob@home.test");
    let right = code(&letter.text);
    let id = house.user("rob").contacts[1].id.to_string();
    let path = format!("/people/rob/contacts/{id}");
    let mut ada = house.signed_in("ada").await;
    ada.post(&format!("{path}/verify"), &[("code", &right)]).await.is(403);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    rob.submit(&format!("{path}/verify"), &[("code", wrong)]).await.says(&["That is not the code. 4 more tries."]);
    rob.submit(&format!("{path}/verify"), &[("code", &format!(" {right} "))]).await.says(&["home mail is verified"]);
    assert!(house.user("rob").contacts[1].verified_at.is_some());
    rob.submit(&format!("{path}/verify"), &[("code", &right)]).await.says(&["no code to compare"]);

    rob.submit(&format!("{path}/test"), &[]).await.says(&["A test message is on its way to home mail"]);
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "rob@home.test");
    rob.get("/people/rob").await.says(&["The last one reached home mail"]);
    rob.submit(&format!("{path}/remove"), &[]).await.says(&["home mail is removed"]);
    rob.post(&format!("{path}/remove"), &[]).await.is(404);
}

#[tokio::test]
async fn codes_can_be_guessed_five_times_and_grow_old() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let add = [("channel", "email"), ("contact-name", "home mail"), ("address", "rob@home.test")];
    rob.submit("/people/rob/contacts", &add).await;
    house.work().await;
    let right = code(&house.letters().pop().unwrap().text);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let path = format!("/people/rob/contacts/{}", house.user("rob").contacts[1].id);
    for _ in 0..5 {
        rob.post(&format!("{path}/verify"), &[("code", wrong)]).await.is(303);
    }
    rob.submit(&format!("{path}/verify"), &[("code", &right)]).await.says(&["no code to compare"]);
    assert!(house.user("rob").contacts[1].verified_at.is_none());
    rob.submit(&format!("{path}/code"), &[]).await.says(&["A code is on its way"]);
    house.work().await;
    let right = code(&house.letters().pop().unwrap().text);
    house.wait(SignedDuration::from_mins(15)).await;
    rob.submit(&format!("{path}/verify"), &[("code", &right)]).await.says(&["no code to compare"]);
}

#[tokio::test]
async fn codes_go_to_addresses_so_many_times_a_minute_and_no_more() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    for _ in 0..limits::SIGN_IN_PER_MINUTE {
        let add = [("channel", "email"), ("contact-name", "theirs"), ("address", "somebody@else.test")];
        rob.post("/people/rob/contacts", &add).await.is(303);
        let id = house.user("rob").contacts[1].id;
        rob.post(&format!("/people/rob/contacts/{id}/remove"), &[]).await.is(303);
    }
    let add = [("channel", "email"), ("contact-name", "theirs"), ("address", "somebody@else.test")];
    rob.post("/people/rob/contacts", &add).await.is(429);
    assert_eq!(house.user("rob").contacts.len(), 1, "nothing was added");
    house.work().await;
    assert!(house.letters().len() <= limits::SIGN_IN_PER_MINUTE as usize);
}

#[tokio::test]
async fn rules_say_what_is_tried_when() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let id = house.user("rob").contacts[0].id.to_string();
    let fields =
        [("rung.0.after", "0m"), ("rung.0.contact", id.as_str()), ("rung.1.after", "5m"), ("rung.1.contact", &id)];
    rob.submit("/people/rob/rules/high", &fields).await.says(&["The rules are saved", "after 5m"]);
    assert_eq!(house.user("rob").high_urgency.len(), 2);
    let wrong = [("rung.0.after", "soon"), ("rung.0.contact", id.as_str())];
    rob.post("/people/rob/rules/low", &wrong).await.is(422).says(&["is not a length of time"]);
    rob.submit("/people/rob/rules/high", &[("rung.0.after", ""), ("rung.0.contact", "")]).await.says(&["No rules"]);
    rob.post("/people/rob/rules/middle", &fields).await.is(404);
    rob.post("/people/ada/rules/high", &fields).await.is(403);
}

#[tokio::test]
async fn one_changes_oneself_and_admins_everybody() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let fields = [("name", "Robert"), ("email", "robert@acme.test"), ("time_zone", "America/New_York")];
    rob.submit("/people/rob", &fields).await.says(&["Saved.", "Robert", "America/New_York, where it is 06:00"]);
    rob.get("/incidents").await.says(&["Robert"]);
    for (field, wrong, says) in
        [(0, "", "The name is empty"), (1, "robert", "robert"), (2, "Mars", "is not a time zone")]
    {
        let mut fields = fields;
        fields[field].1 = wrong;
        rob.post("/people/rob", &fields).await.is(422).says(&[says]);
    }
    let raise = [&fields[..], &[("role", "admin")]].concat();
    rob.post("/people/rob", &raise).await.is(403).says(&["change this role"]);
    rob.post("/people/ada", &fields).await.is(403);
    rob.post("/people/ada/suspend", &[]).await.is(403);
    let mut ada = house.signed_in("ada").await;
    ada.submit("/people/rob", &raise).await.says(&["Saved."]);
    assert_eq!(house.user("rob").role, allclear_core::directory::Role::Admin);
    let own = [("name", "Ada"), ("email", ""), ("time_zone", ""), ("role", "viewer")];
    ada.post("/people/ada", &own).await.is(403);
    ada.post("/people/ada/suspend", &[]).await.is(403);
    ada.submit("/people/rob/suspend", &[]).await.says(&["Robert has left", "Bring back"]);
    rob.get("/").await.is(303);
    ada.submit("/people/rob/restore", &[]).await.says(&["Robert is back"]);
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let house = House::town().await;
    let mut here = house.signed_in("rob").await;
    let mut there = house.signed_in("rob").await;
    let new = "an even longer sentence";
    here.post("/people/rob/password", &[("old", "wrong"), ("new", new)])
        .await
        .is(422)
        .says(&["present password is another"]);
    here.get("/people/rob").await.says(&["minlength=\"12\""]);
    here.post("/people/rob/password", &[("old", PASSWORD), ("new", "short")]).await.is(422).says(&["use at least 12"]);
    here.post("/people/ada/password", &[("old", PASSWORD), ("new", new)]).await.is(403);
    here.submit("/people/rob/password", &[("old", PASSWORD), ("new", new)]).await.says(&["another password"]);
    here.get("/").await.is(200);
    there.get("/").await.is(303);
    house.signed_in("ada").await.get("/settings/audit").await.says(&["Rob Responder changed"]);
    let mut again = house.browser();
    again.get("/login").await;
    again.post("/login", &[("login", "rob"), ("password", PASSWORD)]).await.is(422);
    again.post("/login", &[("login", "rob"), ("password", new)]).await.leads_to("/");
}

#[tokio::test]
async fn a_new_person_comes_in_by_a_link_that_works_once() {
    let house = House::town().await;
    let mut ada = house.signed_in("ada").await;
    ada.get("/people/new").await.is(200).says(&["Add a person", "Send it to them yourself"]).never_says(&["mailed"]);
    let fields =
        [("name", "Sue"), ("login", "Sue"), ("email", "sue@acme.test"), ("role", "responder"), ("team", "payments")];
    ada.post("/people", &[fields[0], ("login", "ada"), fields[2], fields[3]]).await.is(422).says(&["is taken by"]);
    let seen = ada.submit("/people", &fields).await;
    seen.is(200).says(&["Sue is there", "https://allclear.test/welcome/"]);
    let link = seen.text.split("https://allclear.test").nth(1).unwrap().split(['<', ' ']).next().unwrap().to_owned();
    let mut sue = house.browser();
    sue.get(&link).await.is(200).says(&["Welcome to Acme, Sue", "<strong>sue</strong>"]);
    sue.post(&link, &[("password", "short")]).await.is(422).says(&["use at least 12"]);
    sue.post(&link, &[("password", "a sentence for the night")]).await.leads_to("/people/sue");
    sue.get("/people/sue").await.is(200).says(&["Cannot be paged", "Send a code"]);
    sue.get(&link).await.is(404).says(&["used already"]);
    house.browser().get("/welcome/forged").await.is(404);

    // beyond: INVITATION_HOURS
    let seen = ada.submit("/people/sue/invite", &[]).await;
    let link = seen.text.split("https://allclear.test").nth(1).unwrap().split(['<', ' ']).next().unwrap().to_owned();
    house.wait(SignedDuration::from_hours(limits::INVITATION_HOURS.into())).await;
    house.browser().get(&link).await.is(404);
}

#[tokio::test]
async fn a_test_page_goes_to_every_verified_contact_method() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    rob.submit("/people/rob/test-page", &[]).await.says(&["A test page is on its way to work mail"]);
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "rob@acme.test");
    rob.get("/").await.says(&["reached your work mail"]);
    rob.post("/people/ada/test-page", &[]).await.is(403);
    for _ in 0..9 {
        rob.post("/people/rob/test-page", &[]).await.is(303);
    }
    rob.post("/people/rob/test-page", &[]).await.is(429);
}

#[tokio::test]
async fn addresses_are_shown_to_their_owners_and_to_admins() {
    let house = House::town().await;
    let address = "E-mail: rob@acme.test";
    house.signed_in("rob").await.get("/people/rob").await.says(&[address]);
    house.signed_in("ada").await.get("/people/rob").await.says(&[address]);
    house.signed_in("vic").await.get("/people/rob").await.never_says(&[address]);
    house.signed_in("vic").await.get("/people").await.is(200).says(&["Rob Responder", "E-mail", "responder"]);
}

#[tokio::test]
async fn a_dead_letter_is_shown_and_sent_again() {
    let house = House::town().await;
    house.mail_server_says(allclear_channels::WireReply::Mail { code: 550, text: "no such mailbox".into() });
    house.alert("db-1", "Disk is full").await;
    let mut rob = house.signed_in("rob").await;
    let seen = rob.get("/deliveries?state=failed").await;
    seen.is(200).says(&["Mel Manager", "failed", "no such mailbox", "INC-1"]);
    rob.get("/deliveries?person=rob").await.is(200).says(&["No message was sent"]);
    rob.get("/deliveries?channel=webhook").await.is(200).says(&["No message was sent"]);
    let path = seen.text.split("href=\"/deliveries/dlv_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/deliveries/dlv_{path}");
    rob.get(&path).await.is(200).says(&["refused", "is paged: ", "shown to its owner"]);
    house.mail_server_says(allclear_channels::WireReply::Mail { code: 250, text: "2.0.0 Ok".into() });
    rob.post(&format!("{path}/retry"), &[]).await.is(303);
    house.work().await;
    let read = house.engine.database().read((), |(), tx| {
        Box::pin(async move { allclear_store::deliveries::list(tx, Default::default(), None, 10).await })
    });
    assert!(read.await.unwrap().iter().any(|one| one.delivery.status == Status::Accepted));
    rob.submit(&format!("{path}/retry"), &[]).await.says(&["nothing to send again"]);
}
