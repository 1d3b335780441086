//! Schedules, policies, services, integrations, teams: looked at, made, changed, removed.

use jiff::SignedDuration;

use super::house::House;
use super::town::KEY;

/// The value of a hidden or shown field of a form.
pub(super) fn value<'t>(text: &'t str, field: &str) -> &'t str {
    let at = text.split(&format!("name=\"{field}\"")).nth(1).and_then(|rest| rest.split("value=\"").nth(1));
    at.and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

#[tokio::test]
async fn who_is_on_call_is_told_by_team() {
    let house = House::town().await;
    let mut browser = house.signed_in("vic").await;
    browser.get("/on-call").await.is(200).says(&["Payments", "Primary", "Mel Manager", "20:00 CET", "Gap from"]);
    let seen = browser.get("/on-call?at=2026-11-24T21:00").await;
    seen.is(200).says(&["As it will be, or was, at", "By one schedule, nobody is on call then."]);
    browser.get("/on-call?at=noon").await.is(422).says(&["`noon` is not a moment"]);
    // Addresses are for whoever manages people, and for oneself.
    house.signed_in("ada").await.get("/on-call").await.says(&["e-mail mel@acme.test at once"]);
    house.signed_in("mel").await.get("/on-call").await.says(&["e-mail mel@acme.test at once"]);
    let seen = house.signed_in("vic").await.get("/on-call").await;
    seen.says(&["paged for the team", "e-mail at once"]).never_says(&["mel@acme.test"]);
    browser.get("/schedules").await.is(200).says(&["Primary", "/policies/payments"]).never_says(&["Plan a schedule"]);
}

#[tokio::test]
async fn a_schedule_is_drawn_with_its_gaps_and_overrides() {
    let house = House::town().await;
    let mut browser = house.signed_in("rob").await;
    let seen = browser.get("/schedules/primary").await;
    seen.is(200).says(&[
        "Mel Manager</a> until",
        "weekly",
        "Overrides",
        "Layer “weekly”",
        "Nobody",
        "class=\"shift mine\"",
        "class=\"shift cover\"",
        "Sat 28 Nov 2026, 09:00:00 CET",
        "Europe/Berlin",
    ]);
    browser.get("/schedules/nothing").await.is(404);
}

#[tokio::test]
async fn a_schedule_is_planned_with_a_preview_first() {
    let house = House::town().await;
    let mut browser = house.signed_in("mel").await;
    let seen = browser.get("/schedules/new").await;
    seen.is(200).says(&["Plan a schedule", "2026-11-23T09:00"]);
    let fields = [
        ("name", "Nights"),
        ("team", "payments"),
        ("time_zone", "Europe/Berlin"),
        ("layer.0.name", "Nights"),
        ("layer.0.start", "2026-11-23T20:00"),
        ("layer.0.end", ""),
        ("layer.0.turn", "1"),
        ("layer.0.unit", "days"),
        ("layer.0.participant.0", "rob"),
        ("layer.0.participant.1", "ada"),
        ("layer.0.participant.2", ""),
        ("layer.0.restriction.0.from_day", ""),
        ("layer.0.restriction.0.from", "20:00"),
        ("layer.0.restriction.0.until_day", ""),
        ("layer.0.restriction.0.until", "08:00"),
    ];
    let before = house.entries().await;
    let preview = [&fields[..], &[("action", "preview")]].concat();
    let seen = browser.post("/schedules", &preview).await;
    seen.is(200).says(&[
        "If you save this",
        "Rob Responder</a> is on call for more:</span> <strong>168 h",
        "value=\"Nights\"",
    ]);
    let more = [&fields[..], &[("action", "add-layer")]].concat();
    browser.post("/schedules", &more).await.is(200).says(&["Layer 2", "layer.1.start", "value=\"Nights\""]);
    let fewer = [&fields[..], &[("action", "remove-layer.0")]].concat();
    browser.post("/schedules", &fewer).await.is(200).never_says(&["layer.0.start"]);
    assert_eq!(house.entries().await, before);

    let save = [&fields[..], &[("action", "save")]].concat();
    browser.submit("/schedules", &save).await.is(200).says(&["Nights is saved", "Rob Responder"]);
    let seen = browser.get("/schedules/nights/edit").await;
    seen.says(&["value=\"20:00\"", "value=\"08:00\"", "value=\"2026-11-23T20:00\""]);
    let version = value(&seen.text, "version").to_owned();
    let wrong = [&save[1..], &[("name", ""), ("layer.0.turn", "0"), ("version", version.as_str())]].concat();
    browser.post("/schedules/nights", &wrong).await.is(422).says(&["The name is empty"]);
    let mut again = save.clone();
    again[6] = ("layer.0.turn", "0");
    again.push(("version", &version));
    browser.post("/schedules/nights", &again).await.is(422).says(&["0 is not a length of a turn"]);
    again[6] = ("layer.0.turn", "2");
    browser.post("/schedules/nights", &again).await.leads_to("/schedules/nights");
    let seen = browser.post("/schedules/nights", &again).await;
    seen.is(409).says(&["Somebody else has changed this", "layer.0.name: Nights"]);
}

#[tokio::test]
async fn a_layer_that_cannot_be_read_is_shown_again_and_never_left_out() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let layer = |number: usize, name: &'static str, start: &'static str| {
        let field = |rest: &str| format!("layer.{number}.{rest}");
        vec![
            (field("name"), name),
            (field("start"), start),
            (field("turn"), "2"),
            (field("unit"), "days"),
            (field("participant.0"), "rob"),
            (field("restriction.0.from"), "late"),
            (field("restriction.0.until"), "08:00"),
        ]
    };
    let with = |action: &'static str| {
        let mut fields = layer(0, "Days", "2026-11-23T09:00");
        fields.truncate(5);
        fields.extend(layer(1, "Nights", "tonight"));
        fields.extend([("name", "Both"), ("time_zone", "UTC"), ("action", action)].map(|(a, b)| (a.to_owned(), b)));
        fields
    };
    for (action, status) in [("save", 422), ("preview", 422), ("add-layer", 200)] {
        let fields = with(action);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let seen = mel.post("/schedules", &fields).await;
        seen.is(status).says(&["value=\"Nights\"", "value=\"tonight\"", "value=\"late\"", "value=\"Days\""]);
        assert_eq!(value(&seen.text, "layer.1.turn"), "2", "{action}");
        let says_why = seen.text.contains("`tonight` is not a date and a time");
        assert_eq!(says_why, status == 422, "{action}");
    }
    let fields = with("remove-layer.0");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let seen = mel.post("/schedules", &fields).await;
    seen.is(200).never_says(&["value=\"Days\"", "layer.1.name"]);
    assert_eq!((value(&seen.text, "layer.0.name"), value(&seen.text, "layer.0.start")), ("Nights", "tonight"));
    let mut gone = with("save");
    gone.truncate(5);
    gone[4].1 = "nobody-of-that-name";
    gone.extend([("name", "Both"), ("time_zone", "UTC"), ("action", "save")].map(|(a, b)| (a.to_owned(), b)));
    let fields: Vec<(&str, &str)> = gone.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    mel.post("/schedules", &fields).await.is(422).says(&["Nobody has the login `nobody-of-that-name`"]);
}

#[tokio::test]
async fn the_zone_of_a_layer_goes_where_the_layer_goes() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let common = [("name", "Sun"), ("time_zone", "Europe/Berlin")];
    let west = [
        ("layer.0.name", "West"),
        ("layer.0.time_zone", "America/New_York"),
        ("layer.0.start", "2026-11-23T09:00"),
        ("layer.0.turn", "1"),
        ("layer.0.unit", "days"),
        ("layer.0.participant.0", "rob"),
    ];
    let here = [
        ("layer.1.name", "Here"),
        ("layer.1.time_zone", ""),
        ("layer.1.start", "2026-11-23T09:00"),
        ("layer.1.turn", "1"),
        ("layer.1.unit", "days"),
        ("layer.1.participant.0", "ada"),
    ];
    let both = [&common[..], &west[..], &here[..]].concat();
    mel.post("/schedules", &both).await.leads_to("/schedules/sun");
    let zones = || {
        let directory = house.engine.directory();
        let schedule = directory.schedules().find(|schedule| schedule.slug == "sun").unwrap();
        let zone = |layer: &allclear_core::schedule::Layer| layer.time_zone.as_ref().map(ToString::to_string);
        schedule.layers.iter().map(zone).collect::<Vec<_>>()
    };
    assert_eq!(zones(), [Some("America/New_York".to_owned()), None]);
    let seen = mel.get("/schedules/sun/edit").await;
    assert_eq!(value(&seen.text, "layer.0.time_zone"), "America/New_York");
    let version = [("version", value(&seen.text, "version"))];
    let remove = [&both[..], &version, &[("action", "remove-layer.0")]].concat();
    let seen = mel.post("/schedules/sun", &remove).await;
    assert_eq!((value(&seen.text, "layer.0.name"), value(&seen.text, "layer.0.time_zone")), ("Here", ""));
    let renamed: Vec<(String, &str)> =
        here.iter().map(|(name, value)| (name.replace("layer.1", "layer.0"), *value)).collect();
    let mut left: Vec<(&str, &str)> = [&common[..], &version].concat();
    left.extend(renamed.iter().map(|(name, value)| (name.as_str(), *value)));
    mel.post("/schedules/sun", &left).await.leads_to("/schedules/sun");
    assert_eq!(zones(), [None]);
    let wrong = [&both[..3], &[("layer.0.time_zone", "Mars/Base")], &both[4..]].concat();
    mel.post("/schedules", &wrong).await.is(422).says(&["is not a time zone", "value=\"Mars/Base\""]);
}

#[tokio::test]
async fn whoever_is_on_a_schedule_takes_over_for_a_while() {
    let house = House::town().await;
    let take = [("user", "rob"), ("starts", "2026-11-24T10:00"), ("ends", "2026-11-24T12:00")];
    let mut rob = house.signed_in("rob").await;
    let seen = rob.submit("/schedules/primary/overrides", &take).await;
    seen.is(200).says(&["Rob Responder takes over from Tue 10:00 CET", "Undo"]);
    let schedule = house.engine.directory().schedules().next().unwrap().clone();
    assert_eq!(schedule.on_call("2026-11-24T09:30:00Z".parse().unwrap()), [house.user("rob").id]);
    let id = schedule.overrides.last().unwrap().id;
    rob.submit(&format!("/schedules/primary/overrides/{id}/remove"), &[]).await.says(&["The override is removed"]);
    for (fields, says) in [
        ([("user", ""), take[1], take[2]], "Choose who takes over"),
        ([take[0], ("starts", "tomorrow"), take[2]], "is not a date and a time"),
        ([take[0], ("starts", "2026-11-24T12:00"), ("ends", "2026-11-24T10:00")], "ends before it starts"),
        ([take[0], ("starts", "2026-11-20T10:00"), ("ends", "2026-11-20T12:00")], "is over already"),
    ] {
        rob.post("/schedules/primary/overrides", &fields).await.is(422).says(&[says]);
    }
    let mut vic = house.signed_in("vic").await;
    vic.post("/schedules/primary/overrides", &take).await.is(403);
}

#[tokio::test]
async fn a_policy_is_a_ladder_in_time() {
    let house = House::town().await;
    let mut browser = house.signed_in("mel").await;
    browser.get("/policies").await.is(200).says(&["Primary → 5m → Ada Lovelace"]);
    browser.get("/policies/payments").await.is(200).says(&[
        "at once",
        "Mel Manager</a> (you): e-mail at once",
        "+15m",
        "Change step 1",
        "Starts again from step 1, once",
        "It lapses after 2h",
        "/services/checkout",
    ]);
    let seen = browser.get("/policies/payments/edit").await;
    let version = value(&seen.text, "version").to_owned();
    seen.is(200).says(&["schedule:primary", "user:ada", "value=\"2h\""]);
    let fields = [
        ("version", version.as_str()),
        ("name", "Payments"),
        ("team", "payments"),
        ("step.0.target", "schedule:primary"),
        ("step.0.wait", "5m"),
        ("step.1.target", "user:ada"),
        ("step.1.wait", "10m"),
        ("repeats", "2"),
        ("acknowledgement_timeout", ""),
    ];
    let with = |more: &[(&'static str, &'static str)]| {
        let changed = |name: &str| more.iter().any(|(other, _)| *other == name);
        let kept = fields.iter().filter(|(name, _)| !changed(name)).map(|(name, value)| (*name, (*value).to_owned()));
        kept.chain(more.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect::<Vec<_>>()
    };
    for (more, status, says) in [
        (&[("action", "add-step")][..], 200, "step.2.wait"),
        (&[("action", "remove-step.1")], 200, "step.0.wait"),
        (&[("action", "up-step.1")], 200, "step.1.wait"),
        (&[("action", "down-step.0")], 200, "It is not saved yet"),
        (&[("action", "preview"), ("step.0.wait", "7m")], 200, "+7m <small>then waits 10m"),
        (&[("late.0.after", "1h"), ("late.0.target", "user:rob"), ("action", "preview")], 200, "id=\"late-0\""),
        (
            &[("late.0.after", "1h"), ("late.0.target", "user:rob"), ("action", "remove-late.0")],
            200,
            "Nobody else is told",
        ),
        (&[("step.0.wait", "soon")], 422, "is not a length of time"),
        (&[("step.0.wait", "5s")], 422, "leaves nobody the time to answer"),
        (&[("repeats", "many")], 422, "is not a number"),
        (&[("repeats", "10")], 422, "is more than 9 repeats"),
        (&[("step.1.target", "")], 422, "it pages nobody"),
        (&[("name", "")], 422, "The name is empty"),
    ] {
        let fields = with(more);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post("/policies/payments", &fields).await.is(status).says(&[says]);
    }
    let stored = house.engine.directory().policies().next().unwrap().clone();
    assert_eq!((stored.repeats, stored.steps.len()), (1, 2), "none of these saved anything");
    house.signed_in("vic").await.get("/policies/payments").await.is(200).never_says(&["Change step", "<select"]);
    browser.submit("/policies/payments", &fields).await.says(&["Payments is saved", "It never lapses", "2 times"]);
    browser.get("/policies/new").await.is(200).says(&["New escalation policy", "value=\"5m\""]);
    let fields = [("name", "Nights!"), ("step.0.target", "user:rob"), ("step.0.wait", "5m"), ("repeats", "0")];
    browser.post("/policies", &fields).await.leads_to("/policies/nights");
}

#[tokio::test]
async fn a_service_is_made_changed_and_removed() {
    let house = House::town().await;
    house.alert("db-1", "Disk is full").await;
    let mut browser = house.signed_in("mel").await;
    browser.get("/services").await.is(200).says(&["Checkout", "SEV1", "1 open", "/policies/payments"]);
    browser.get("/services/checkout").await.is(200).says(&[
        "Takes money",
        "Mel Manager at once, Ada Lovelace after 5m.",
        "INC-1",
        "Checkout events",
        "Alerts with the same cluster, within 15m",
    ]);
    let fields = [
        ("name", "Search"),
        ("description", "Finds things"),
        ("team", "payments"),
        ("policy", ""),
        ("urgency", "high"),
        ("grouping", "service"),
        ("window", "30m"),
        ("stays_open", "yes"),
        ("runbook", "https://runbooks.acme.test/search"),
    ];
    browser.submit("/services", &fields).await.says(&[
        "Search is saved",
        "Everything wakes people",
        "All alerts of the service, within 30m",
        "When a person resolves them",
        "The admins, all at once: Ada Lovelace.",
    ]);
    for (at, wrong, says) in [
        (0, ("name", ""), "The name is empty"),
        (6, ("window", "soon"), "is not a length of time"),
        (6, ("window", "10s"), "is out of range"),
        (8, ("runbook", "javascript:alert(1)"), "is not a web address"),
        (4, ("urgency", "loud"), "Choose what wakes people"),
        (5, ("grouping", "labels"), "There is no label"),
    ] {
        let mut fields = fields;
        fields[at] = wrong;
        browser.post("/services/search", &fields).await.is(422).says(&[says, "Finds things"]);
    }
    let seen = browser.get("/services/checkout/edit").await;
    let version = value(&seen.text, "version").to_owned();
    seen.says(&["value=\"cluster\"", "value=\"15m\""]);
    let edit = [&fields[..], &[("version", version.as_str())]].concat();
    browser.post("/services/checkout", &edit).await.leads_to("/services/checkout");
    browser.post("/services/checkout", &edit).await.is(409);
    browser.submit("/services/checkout/remove", &[]).await.says(&["Search is removed"]);
    browser.get("/services/checkout").await.is(404);
    browser.get("/integrations/checkout-events").await.is(404);
    browser.get("/incidents/INC-1").await.is(200);
}

#[tokio::test]
async fn an_integration_is_connected_tried_and_switched_off() {
    let house = House::town().await;
    let mut browser = house.signed_in("mel").await;
    let add = [("name", "Prometheus, eu"), ("source", "alertmanager-api")];
    let seen = browser.submit("/services/checkout/integrations", &add).await;
    seen.is(200).says(&["Prometheus, eu is there", "prometheus.yml", "Waiting for the first event"]);
    seen.says(&["pages people as a real one would"]).never_says(&["pages nobody"]);
    browser.post("/services/checkout/integrations", &[("name", "x"), ("source", "nothing")]).await.is(422);
    browser.get("/integrations").await.is(200).says(&["Prometheus, eu", "Checkout events"]);

    let page = "/integrations/checkout-events";
    browser.get(page).await.is(200).says(&[KEY, "https://allclear.test/in/"]);
    house
        .signed_in("rob")
        .await
        .get(page)
        .await
        .is(200)
        .never_says(&[KEY])
        .says(&["hidden; managers and admins see it"]);
    browser.submit(&format!("{page}/sample"), &[]).await.says(&["A sample event is on its way"]);
    house.work().await;
    browser.get(page).await.says(&["INC-1", "A new alert fired"]);
    assert_eq!(house.letters().len(), 1, "it pages as a real one would");

    browser.submit(&format!("{page}/name"), &[("name", "Events")]).await.says(&["another name", "<h1>Events</h1>"]);
    browser.post(&format!("{page}/name"), &[("name", " ")]).await.is(422);
    browser.submit(&format!("{page}/disable"), &[]).await.says(&["It is off", "Switch on"]);
    let mut source = house.browser();
    let send = |key: &str| (format!("/in/{key}"), Some("summary=x&key=y".to_owned()));
    let (path, body) = send(KEY);
    tokio::spawn(allclear_web::background(house.app.clone()));
    tokio::task::yield_now().await;
    let seen = source.send(axum::http::Method::POST, &path, body).await;
    seen.is(403).says(&["this integration is switched off"]);
    source.get(&format!("/in/{KEY}/alertmanager/api/v2/silences")).await.is(403);
    house.wait(SignedDuration::from_secs(2)).await;
    let mut counted = browser.get(page).await;
    while !counted.text.contains("Last refusal") {
        tokio::task::yield_now().await;
        counted = browser.get(page).await;
    }
    counted.says(&["<dt>Refused</dt><dd>2</dd>", "403: this integration is switched off"]);
    browser.submit(&format!("{page}/enable"), &[]).await.says(&["takes events again"]);
    let (path, body) = send(KEY);
    assert!(source.send(axum::http::Method::POST, &path, body).await.status.is_success());
    browser.submit(&format!("{page}/key"), &[]).await.says(&["It has a new key"]).never_says(&[KEY]);
    let (path, body) = send(KEY);
    assert!(!source.send(axum::http::Method::POST, &path, body).await.status.is_success());
    browser.submit(&format!("{page}/remove"), &[]).await.says(&["is removed"]).never_says(&["checkout-events"]);
}

#[tokio::test]
async fn teams_have_people() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    mel.get("/teams").await.is(200).says(&["Payments", "New team"]);
    mel.post("/teams", &[("name", "")]).await.is(422).says(&["The name is empty"]);
    mel.submit("/teams", &[("name", "Search"), ("description", "Finds things")]).await.says(&["Search is saved"]);
    mel.post("/teams/search/people", &[("person", "rob")]).await.is(403);
    let mut ada = house.signed_in("ada").await;
    ada.submit("/teams/search/people", &[("person", "rob")]).await.says(&["Rob Responder is in the team now"]);
    ada.submit("/teams/search/people/rob/remove", &[]).await.says(&["is not in the team any more"]);
    ada.get("/teams/payments").await.is(200).says(&["/services/checkout", "/schedules/primary", "/policies/payments"]);
}
