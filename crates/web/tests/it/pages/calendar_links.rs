//! Secret links to calendars: made and shown once, read by programs, revoked.

use super::house::House;

/// The address that the answer to the form shows, without its host.
fn address(text: &str) -> String {
    let start = text.find("/calendars/cal_").unwrap_or_else(|| panic!("no link in {text}"));
    let rest = &text[start..];
    rest[..rest.find(".ics").unwrap() + 4].to_owned()
}

#[tokio::test]
async fn a_link_is_shown_once_read_without_a_login_and_revoked() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let made = rob.post("/schedules/primary/calendar-links", &[]).await;
    made.is(200).says(&["Copy it now: it is not shown again."]);
    let path = address(&made.text);
    assert!(!rob.get("/schedules/primary").await.text.contains(&path), "it is not shown again");

    let mut program = house.browser();
    let seen = program.get(&path).await;
    seen.is(200);
    assert_eq!(seen.header("content-type"), "text/calendar; charset=utf-8");
    assert!(seen.text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "{}", seen.text);
    assert!(seen.text.contains("SUMMARY:Rob Responder: "), "{}", seen.text);
    let etag = seen.header("etag").to_owned();
    program.headers = vec![("if-none-match", etag)];
    program.get(&path).await.is(304);
    program.headers = vec![("if-none-match", "\"another\"".to_owned())];
    program.get(&path).await.is(200);
    program.headers = Vec::new();

    let page = rob.get("/schedules/primary").await;
    page.says(&["Made by Rob Responder", "In your calendar"]);
    let start = page.text.find("/schedules/primary/calendar-links/cal_").unwrap();
    let revoke = &page.text[start..][..page.text[start..].find('"').unwrap()];
    rob.submit(revoke, &[]).await.is(200).says(&["The link is revoked"]);
    program.get(&path).await.is(404).says(&["There is no such calendar"]);
    rob.post(revoke, &[]).await.is(404);
    program.get("/calendars/cal_nonsense.ics").await.is(404);
    program.get("/calendars/nonsense").await.is(404);
}

#[tokio::test]
async fn ones_own_calendar_is_ones_own() {
    let house = House::town().await;
    let (mut rob, mut mel, mut vic) =
        (house.signed_in("rob").await, house.signed_in("mel").await, house.signed_in("vic").await);
    mel.post("/people/rob/calendar-links", &[]).await.is(403);
    // Vic looks, and takes no turns.
    vic.post("/schedules/primary/calendar-links", &[]).await.is(403);
    mel.post("/schedules/nothing/calendar-links", &[]).await.is(404);
    let path = address(&rob.post("/people/rob/calendar-links", &[]).await.text);
    let seen = house.browser().get(&path).await;
    seen.is(200);
    assert!(seen.text.contains("SUMMARY:On call: ") && !seen.text.contains("Mel Manager"), "{}", seen.text);
    assert!(!mel.get("/people/rob").await.text.contains("In your calendar"));

    // Whoever has left shows nothing any more, nor do the links that they made.
    let schedule = address(&rob.post("/schedules/primary/calendar-links", &[]).await.text);
    house.browser().get(&schedule).await.is(200);
    let mut ada = house.signed_in("ada").await;
    ada.submit("/people/rob/suspend", &[]).await.is(200);
    house.browser().get(&path).await.is(404);
    house.browser().get(&schedule).await.is(404);
}
