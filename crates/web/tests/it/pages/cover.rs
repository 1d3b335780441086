//! Cover and handoff notes on the pages.

use super::house::House;

/// Rob is on call by the town's schedule for all weeks to come.
const TUESDAY: [(&str, &str); 3] =
    [("schedule", "primary"), ("from", "2026-12-01T00:00"), ("until", "2026-12-02T00:00")];

async fn house() -> (House, String) {
    let house = House::town().await;
    let at = "2026-12-01T12:00:00Z".parse().unwrap();
    let directory = house.engine.directory();
    let schedule = directory.schedules().find(|schedule| schedule.slug == "primary").unwrap();
    let on_call = schedule.on_call(at)[0];
    let login = directory.user(on_call).unwrap().slug.clone();
    (house, login)
}

fn somebody_else(login: &str) -> &'static str {
    ["mel", "rob", "ada"].into_iter().find(|other| *other != login).unwrap()
}

#[tokio::test]
async fn asked_on_the_page_and_taken_on_the_first_page_of_another() {
    let (house, asker) = house().await;
    let other = somebody_else(&asker);
    let mut browser = house.signed_in(&asker).await;
    browser.get("/cover").await.is(200).says(&["Nobody asks for cover", "Ask for cover"]);
    let form = [&TUESDAY[..], &[("people", other), ("note", "My sister marries.")]].concat();
    browser.submit("/cover", &form).await.is(200).says(&["1 person is asked", "My sister marries.", "Withdraw"]);
    browser.post("/cover", &form).await.is(422).says(&["is asked for already"]);
    let page = browser.get("/cover").await;
    page.never_says(&["Take it"]);

    let mut browser = house.signed_in(other).await;
    let now = browser.get("/").await;
    now.is(200).says(&["asks for cover", "My sister marries.", "Take it", "Decline"]);
    let id = now.text.split("/cover/cov_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    browser.get("/schedules/primary").await.is(200).says(&["asks for cover", "Handoff notes"]);
    browser.post(&format!("/cover/cov_{id}/accept"), &[("from", "x"), ("until", "y")]).await.is(422);
    browser.submit(&format!("/cover/cov_{id}/decline"), &[]).await.is(200).says(&["You declined"]);
    let taken = browser.submit(&format!("/cover/cov_{id}/accept"), &[]).await;
    taken.is(200).says(&["Nothing is asked any more"]);
}

#[tokio::test]
async fn a_part_is_taken_and_the_rest_withdrawn() {
    let (house, asker) = house().await;
    let other = somebody_else(&asker);
    let mut browser = house.signed_in(&asker).await;
    browser.submit("/cover", &[&TUESDAY[..], &[("people", other)]].concat()).await.is(200);
    let mut theirs = house.signed_in(other).await;
    let page = theirs.get("/cover").await;
    let id = page.text.split("/cover/cov_").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let part = [("from", "2026-12-01T08:00"), ("until", "2026-12-01T12:00")];
    theirs.submit(&format!("/cover/cov_{id}/accept"), &part).await.is(200).says(&["It is yours now", "took a part"]);
    theirs.post(&format!("/cover/cov_{id}/withdraw"), &[]).await.is(if other == "rob" { 403 } else { 303 });
    browser.post(&format!("/cover/cov_{id}/withdraw"), &[]).await.is(303);
    let directory = house.engine.directory();
    let schedule = directory.schedules().find(|schedule| schedule.slug == "primary").unwrap();
    let on_call = |at: &str| directory.user(schedule.on_call(at.parse().unwrap())[0]).unwrap().slug.clone();
    assert_eq!((on_call("2026-12-01T10:00:00Z").as_str(), on_call("2026-12-01T12:00:00Z")), (other, asker));
}

#[tokio::test]
async fn the_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let (house, asker) = house().await;
    let mut browser = house.signed_in(&asker).await;
    for (form, says) in [
        (vec![("schedule", "primary"), ("from", "soon"), ("until", "2026-12-02T00:00")], "`soon` is not a date"),
        (
            vec![("schedule", "nowhere"), ("from", "2026-12-01T00:00"), ("until", "2026-12-02T00:00")],
            "Choose a schedule",
        ),
        ([&TUESDAY[..], &[("people", "nobody")]].concat(), "Choose whom to ask"),
        ([&TUESDAY[..], &[("return_from", "2026-12-09T00:00")]].concat(), "proposed to one person"),
        ([&TUESDAY[..], &[("people", asker.as_str())]].concat(), "asks themselves"),
    ] {
        browser.post("/cover", &form).await.is(422).says(&[says]);
    }
    let mut viewer = house.signed_in("vic").await;
    viewer.get("/cover").await.is(200).never_says(&["id=\"ask\""]);
}

#[tokio::test]
async fn notes_are_left_and_messages_turned_off_on_the_page_of_the_schedule() {
    let (house, _) = house().await;
    let mut mel = house.signed_in("mel").await;
    let page = "/schedules/primary";
    mel.submit(&format!("{page}/handoff-notes"), &[("text", "The queue is <slow>.")]).await.is(200);
    mel.get(page).await.says(&["The queue is &#60;slow&#62;.", "Mel Manager", "Whoever comes on call is told"]);
    mel.post(&format!("{page}/handoff-notes"), &[("text", " ")]).await.is(422);
    mel.submit(&format!("{page}/handovers"), &[("told", "no")]).await.is(200).says(&["Nobody is told"]);
    let silent = |house: &House| house.engine.directory().schedules().next().unwrap().silent_handovers;
    assert!(silent(&house));
    mel.submit(&format!("{page}/handovers"), &[("told", "yes")]).await.is(200);
    assert!(!silent(&house));
    let mut rob = house.signed_in("rob").await;
    rob.post(&format!("{page}/handovers"), &[("told", "no")]).await.is(403);
    let form = [("name", "Rob"), ("email", "rob@acme.test"), ("handovers", "no")];
    rob.submit("/people/rob", &form).await;
    assert!(house.user("rob").silent_handovers);
}
