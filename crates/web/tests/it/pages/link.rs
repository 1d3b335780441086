//! The page that a page's link opens.

use jiff::SignedDuration;

use super::house::House;
use super::setup::tap_link;

/// A town in which Mel, who is on call, has just been paged: her link, and that of nobody else.
async fn paged() -> (House, String) {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let letters = house.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].to, "mel@acme.test");
    (house, tap_link(&letters[0].text))
}

#[tokio::test]
async fn looking_never_acts() {
    let (house, link) = paged().await;
    let before = house.entries().await;
    let mut phone = house.browser();
    for _ in 0..3 {
        phone.get(&link).await.is(200).says(&["Disk is full", "Checkout", "INC-1", "Acknowledge", "What happens next"]);
    }
    let head = phone.send(axum::http::Method::HEAD, &link, None).await;
    assert_eq!((head.status.as_u16(), house.entries().await), (200, before));
}

#[tokio::test]
async fn a_tap_acknowledges_in_the_name_of_whoever_was_paged() {
    let (house, link) = paged().await;
    let mut phone = house.browser();
    // What a phone on a plain connection sends from a page without referrers.
    phone.headers = vec![("origin", "null".to_owned())];
    phone.post_plain(&link, &[("action", "acknowledge")]).await.leads_to(&format!("{link}?did=acknowledge"));
    phone.get(&link).await.says(&["You acknowledged it at 12:00 CET.", "It is over: resolve"]);
    let mut admin = house.signed_in("ada").await;
    admin.get("/incidents/INC-1").await.says(&["Mel Manager", "(from the link of a page)"]);
    phone
        .post_plain(&link, &[("action", "acknowledge")])
        .await
        .leads_to(&format!("{link}?refused=already_acknowledged"));
    phone
        .get(&format!("{link}?refused=already_acknowledged"))
        .await
        .is(200)
        .says(&["acknowledged this incident already"]);
    phone.post_plain(&link, &[("action", "resolve")]).await.is(303);
    phone.get(&link).await.says(&["You resolved it at"]).never_says(&["name=\"action\""]);
}

#[tokio::test]
async fn not_me_pages_the_next_one() {
    let (house, link) = paged().await;
    let mut phone = house.browser();
    phone.post_plain(&link, &[("action", "pass")]).await.leads_to(&format!("{link}?did=pass"));
    phone.get(&format!("{link}?did=pass")).await.says(&["You are not being paged for it any more", "after all"]);
    house.work().await;
    let letters = house.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["ada@acme.test"]);
}

#[tokio::test]
async fn escalating_pages_more_people() {
    let (house, link) = paged().await;
    let mut phone = house.browser();
    phone.post_plain(&link, &[("action", "escalate")]).await.leads_to(&format!("{link}?did=escalate"));
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "ada@acme.test");
}

#[tokio::test]
async fn somebody_elses_acknowledgement_is_told() {
    let (house, link) = paged().await;
    house.signed_in("ada").await.post("/incidents/INC-1/acknowledge", &[]).await.is(303);
    let mut phone = house.browser();
    phone.get(&link).await.is(200).says(&["Ada Lovelace acknowledged it"]).never_says(&["name=\"action\""]);
}

#[tokio::test]
async fn a_link_that_is_old_or_forged_does_nothing() {
    let (house, link) = paged().await;
    let before = house.entries().await;
    let mut phone = house.browser();
    let forged = format!("{}A", &link[..link.len() - 1]);
    for forged in [forged.as_str(), "/k/x", "/k/%20"] {
        phone.get(forged).await.is(404).says(&["no longer works"]);
        phone.post_plain(forged, &[("action", "resolve")]).await.is(404);
    }
    phone.post_plain(&link, &[("action", "explode")]).await.is(422);
    assert_eq!(house.entries().await, before);
    house.wait(SignedDuration::from_hours(24 * 7)).await;
    let before = house.entries().await;
    phone.get(&link).await.is(410).says(&["no longer works", "/incidents/INC-1"]);
    phone.post_plain(&link, &[("action", "resolve")]).await.is(410);
    assert_eq!(house.entries().await, before);
}

#[tokio::test]
async fn it_is_small() {
    let (house, link) = paged().await;
    assert!(house.browser().get(&link).await.text.len() < 15_000);
}

#[tokio::test]
async fn a_chosen_step_or_person_gets_it_from_the_link() {
    let (house, link) = paged().await;
    let mut phone = house.browser();
    phone.get(&link).await.says(&["Somebody in particular", "Step 2: Ada Lovelace", "value=\"ada\"", "Hand over"]);
    for (fields, says) in [
        (&[("action", "step"), ("step", "second")][..], "`second` is not a step"),
        (&[("action", "hand-over"), ("to", "nobody")], "`nobody` is nobody to give it to"),
        (&[("action", "page")], "is nobody to give it to"),
    ] {
        phone.post_plain(&link, fields).await.is(422).says(&[says]);
    }
    phone
        .post_plain(&link, &[("action", "step"), ("step", "9")])
        .await
        .leads_to(&format!("{link}?refused=no_such_step"));
    phone.post_plain(&link, &[("action", "step"), ("step", "2")]).await.leads_to(&format!("{link}?did=step"));
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "ada@acme.test");
    phone.post_plain(&link, &[("action", "page"), ("to", "rob")]).await.leads_to(&format!("{link}?did=page"));
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "rob@acme.test");
}

#[tokio::test]
async fn whoever_is_paged_hands_over_from_the_link() {
    let (house, link) = paged().await;
    let mut phone = house.browser();
    phone.post_plain(&link, &[("action", "hand-over"), ("to", "rob")]).await.leads_to(&format!("{link}?did=hand-over"));
    phone.get(&format!("{link}?did=hand-over")).await.says(&["You handed it over: they are being paged.", "after all"]);
    house.work().await;
    let letters = house.letters();
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), ["rob@acme.test"]);
    house.signed_in("ada").await.get("/incidents/INC-1").await.says(&["Rob Responder", "(from the link of a page)"]);
}
