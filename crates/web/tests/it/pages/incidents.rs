//! Incidents: the list, one, and everything that can be done to them.

use super::house::House;

/// A town with one open incident.
async fn with_one() -> House {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    house
}

#[tokio::test]
async fn an_incident_tells_its_story() {
    let house = with_one().await;
    let mut browser = house.signed_in("rob").await;
    let seen = browser.get("/incidents/INC-1").await;
    seen.is(200).says(&[
        "Disk is full",
        "SEV1 critical",
        "triggered",
        "/services/checkout",
        "/teams/payments",
        "/policies/payments",
        "https://runbooks.acme.test/checkout",
        "Mel Manager",
        "work mail",
        "taken by the other side",
        "Ada Lovelace is paged (step 2 of 2 of Payments)",
        "cluster=<b>db-1</b>",
        "Monday 23 November",
    ]);
    browser.get("/incidents/inc-1").await.is(200);
    browser.get("/incidents/INC-2").await.is(404);
    browser.get("/incidents/nonsense").await.is(404);
}

/// An action, its fields, and what the page says then.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[tokio::test]
async fn every_action_does_what_it_says() {
    let house = with_one().await;
    house.alert("db-2", "Replica lags").await;
    let mut browser = house.signed_in("rob").await;
    let table: [Row<'_>; 14] = [
        ("acknowledge", &[], "INC-1 is yours"),
        ("acknowledge", &[], "acknowledged this incident already"),
        ("notes", &[("note", "Looking at it")], "Noted"),
        ("severity", &[("severity", "sev3")], "another severity"),
        ("title", &[("title", "Disk of db-1 is full")], "another title"),
        ("snooze", &[("for", "1h")], "snoozed until 13:00 CET"),
        ("escalate", &[("step", "2")], "INC-1 is escalated"),
        ("escalate", &[("step", "7")], "no such step"),
        ("request", &[("people", "vic"), ("people", "mel")], "More people are paged"),
        ("reassign", &[("to", "user:ada")], "INC-1 is reassigned"),
        ("reassign", &[("to", "policy:payments")], "INC-1 is reassigned"),
        ("resolve", &[], "INC-1 is resolved"),
        ("reopen", &[], "INC-1 is open again"),
        ("merge", &[("into", "INC-2")], "INC-1 is a part of INC-2 now"),
    ];
    for (action, fields, says) in table {
        let seen = browser.submit(&format!("/incidents/INC-1/{action}"), fields).await;
        seen.is(200).says(&[says]);
        let again = browser.get("/incidents/INC-1").await;
        again.never_says(&[&format!("<span>{says}")]);
    }
    let seen = browser.get("/incidents/INC-1").await;
    seen.says(&["Looking at it", "Disk of db-1 is full", "Merged into", "/incidents/INC-2", "SEV3"]);
    house.work().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_action_is_said_and_what_was_typed_is_kept() {
    let house = with_one().await;
    let mut browser = house.signed_in("rob").await;
    let before = house.entries().await;
    let long = "x".repeat(10_001);
    for (action, fields) in [
        ("notes", [("note", "  ")]),
        ("notes", [("note", long.as_str())]),
        ("title", [("title", "")]),
        ("severity", [("severity", "sev9")]),
        ("snooze", [("for", "soon")]),
        ("escalate", [("step", "up")]),
        ("reassign", [("to", "user:nobody")]),
        ("reassign", [("to", "")]),
        ("request", [("people", "nobody")]),
        ("merge", [("into", "INC-1")]),
    ] {
        let seen = browser.post(&format!("/incidents/INC-1/{action}"), &fields).await;
        seen.is(422);
        if fields[0].1.len() > 10_000 {
            seen.says(&["What you typed is below", &long]);
        }
    }
    browser.post("/incidents/INC-1/explode", &[]).await.is(404);
    browser.post("/incidents/INC-9/resolve", &[]).await.is(404);
    browser.post("/incidents/INC-1/merge", &[("into", "INC-9")]).await.is(404);
    assert_eq!(house.entries().await, before);
}

#[tokio::test]
async fn a_resolve_is_taken_back_by_its_undo() {
    let house = with_one().await;
    let mut browser = house.signed_in("rob").await;
    let seen = browser.submit("/incidents/INC-1/resolve", &[]).await;
    seen.says(&["action=\"/incidents/INC-1/reopen\"", "Re-open"]);
    browser.submit("/incidents/INC-1/reopen", &[]).await.says(&["open again"]);
}

#[tokio::test]
async fn one_goes_back_to_where_one_came_from() {
    let house = with_one().await;
    let mut browser = house.signed_in("rob").await;
    browser.headers.push(("referer", "http://allclear.test/incidents?state=open&q=disk".to_owned()));
    browser.post("/incidents/INC-1/acknowledge", &[]).await.leads_to("/incidents?state=open&q=disk");
    browser.headers.pop();
    browser.headers.push(("referer", "http://evil.test/".to_owned()));
    browser.post("/incidents/INC-1/resolve", &[]).await.leads_to("/incidents/INC-1");
}

#[tokio::test]
async fn several_at_once() {
    let house = with_one().await;
    house.alert("db-2", "Replica lags").await;
    let mut browser = house.signed_in("rob").await;
    let both = [("incident", "INC-1"), ("incident", "INC-2")];
    let fields = [&[("action", "acknowledge")], &both[..]].concat();
    browser.submit("/incidents/bulk", &fields).await.says(&["2 incidents are acknowledged"]);
    let fields = [&[("action", "resolve")], &both[..]].concat();
    let seen = browser.submit("/incidents/bulk", &fields).await;
    seen.says(&["2 incidents are resolved", "value=\"INC-2\"", "Re-open"]);
    let fields = [&[("action", "reopen")], &both[..1]].concat();
    browser.submit("/incidents/bulk", &fields).await.says(&["INC-1 is open again"]);
    browser.submit("/incidents/bulk", &[("action", "resolve")]).await.says(&["No incident is selected"]);
    browser.post("/incidents/bulk", &[("action", "delete"), both[0]]).await.is(422);
    browser.post("/incidents/bulk", &[("action", "resolve"), ("incident", "INC-9")]).await.is(404);
}

#[tokio::test]
async fn the_list_is_filtered_by_its_address() {
    let house = with_one().await;
    house.alert("db-2", "Replica lags").await;
    house.alert("db-3", "Backup is late").await;
    let mut browser = house.signed_in("rob").await;
    browser.post("/incidents/INC-1/acknowledge", &[]).await;
    browser.post("/incidents/INC-2/resolve", &[]).await;
    for (query, shows) in [
        ("", &["INC-1", "INC-3"][..]),
        ("?state=triggered", &["INC-3"]),
        ("?state=acknowledged", &["INC-1"]),
        ("?state=snoozed", &[]),
        ("?state=resolved", &["INC-2"]),
        ("?state=all", &["INC-1", "INC-2", "INC-3"]),
        ("?q=backup", &["INC-3"]),
        ("?state=all&q=inc-2", &["INC-2"]),
        ("?q=nothing+of+the+kind", &[]),
        ("?whose=mine", &["INC-1"]),
        ("?whose=teams", &["INC-1", "INC-3"]),
        ("?service=checkout", &["INC-1", "INC-3"]),
        ("?severity=sev4", &[]),
        ("?severity=sev1&state=all", &["INC-1", "INC-2", "INC-3"]),
        ("?before=INC-3", &["INC-1"]),
        ("?before=INC-0", &[]),
        ("?state=nonsense&severity=9&before=x&service=none", &["INC-1", "INC-3"]),
    ] {
        let seen = browser.get(&format!("/incidents{query}")).await;
        seen.is(200);
        for reference in ["INC-1", "INC-2", "INC-3"] {
            let row = format!("id=\"row-{reference}\"");
            assert_eq!(seen.text.contains(&row), shows.contains(&reference), "{query}: {reference}");
        }
    }
}

#[tokio::test]
async fn a_timeline_from_before_its_beginning_is_empty() {
    let house = with_one().await;
    let mut browser = house.signed_in("vic").await;
    browser.get("/incidents/INC-1?before=2").await.is(200).says(&["class=\"moment"]);
    for before in ["0", "1"] {
        browser.get(&format!("/incidents/INC-1?before={before}")).await.is(200).never_says(&["class=\"moment"]);
    }
}

#[tokio::test]
async fn a_long_list_goes_on_by_a_cursor() {
    let house = House::town().await;
    for number in 0..120 {
        house.alert(&format!("db-{number}"), &format!("Disk {number} is full")).await;
    }
    let mut browser = house.signed_in("rob").await;
    let mut path = "/incidents?state=open".to_owned();
    let mut rows = Vec::new();
    for _ in 0..3 {
        let seen = browser.get(&path).await;
        rows.extend(seen.text.split("id=\"row-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
        let older = seen.text.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
        path = older.split('"').next().unwrap().replace("&amp;", "&").replace("&#38;", "&");
    }
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 120);
}

#[tokio::test]
async fn a_person_declares_an_incident() {
    let house = House::town().await;
    let mut browser = house.signed_in("rob").await;
    browser.get("/incidents/new").await.is(200).says(&["Checkout", "SEV1 critical"]);
    let seen = browser.post("/incidents", &[("title", " "), ("note", "typed for long"), ("severity", "sev1")]).await;
    seen.is(422).says(&["What is wrong is empty", "Choose the service", "typed for long"]);
    let fields =
        [("title", "Customers cannot pay"), ("service", "checkout"), ("severity", "sev1"), ("note", "Since 11:50")];
    browser.submit("/incidents", &fields).await.is(200).says(&[
        "INC-1 is declared",
        "Customers cannot pay",
        "Since 11:50",
    ]);
    house.work().await;
    assert_eq!(house.letters().pop().unwrap().to, "mel@acme.test");
}

#[tokio::test]
async fn the_first_page_tells_whats_mine() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    mel.get("/").await.says(&["You are on call", "Primary", "Nothing is waiting for you", "All quiet"]);
    let mut rob = house.signed_in("rob").await;
    rob.get("/").await.says(&["You are not on call", "Next on", "Send me a test page"]);
    house.alert("db-1", "Disk is full").await;
    mel.get("/").await.says(&["You are paged", "INC-1 Disk is full", "Acknowledge INC-1", "What happens next"]);
    rob.get("/").await.never_says(&["You are paged"]).says(&["On fire anywhere", "INC-1"]);
    mel.submit("/incidents/INC-1/acknowledge", &[]).await;
    mel.get("/").await.never_says(&["You are paged"]).says(&["INC-1", "lapses"]);
    mel.submit("/incidents/INC-1/resolve", &[]).await;
    mel.get("/").await.says(&["All quiet since <time", "12:00 CET</time>", "reached your work mail"]);
}

#[tokio::test]
async fn nothing_is_offered_that_would_be_refused() {
    let house = with_one().await;
    let mut vic = house.signed_in("vic").await;
    vic.get("/incidents").await.is(200).never_says(&["href=\"/incidents/new\"", "href=\"/settings\""]);
    vic.get("/services").await.is(200).never_says(&["href=\"/inbox\""]);
    vic.get("/settings/limits").await.is(200).never_says(&["/settings/audit", "/settings/tokens", "/settings/mail"]);
    vic.get("/schedules/primary").await.is(200).never_says(&["Take over for a while", "Remove<"]);
    vic.get("/people/rob").await.is(200).never_says(&["Send a test page"]);
    assert_eq!(vic.get("/search.json?q=inbox").await.text, "[]");
    let mut rob = house.signed_in("rob").await;
    rob.get("/search.json?q=inbox").await.is(200).says(&["/inbox"]);
    rob.get("/schedules/primary").await.is(200).says(&["Take over for a while"]);
    rob.get("/people/ada").await.is(200).never_says(&["Send a test page"]);
    let mut mel = house.signed_in("mel").await;
    mel.get("/teams/payments").await.is(200).says(&["Change it"]).never_says(&["Take out"]);
    house.signed_in("ada").await.get("/teams/payments").await.is(200).says(&["Take out"]);
}

#[tokio::test]
async fn the_palette_finds_things() {
    let house = with_one().await;
    let mut browser = house.signed_in("vic").await;
    let seen = browser.get("/search.json?q=disk+full").await;
    assert_eq!(seen.text, r#"[{"kind":"Incident","label":"INC-1 Disk is full","href":"/incidents/INC-1"}]"#);
    browser.get("/search.json?q=check").await.says(&["/services/checkout", "/integrations/checkout-events"]);
    assert_eq!(browser.get("/search.json?q=").await.text, "[]");
}
