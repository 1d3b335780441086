//! Incidents: every act, twice, and when it is too late.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn an_incident_is_declared_and_read_by_all_its_names() {
    let house = House::new().await;
    let body =
        json!({"service": "checkout", "title": " Cards fail ", "severity": "sev1", "description": "Since 11:00"});
    let reply = house.ask("POST /incidents", body).await;
    assert_eq!(reply.header("location"), "/api/v1/incidents/INC-1");
    assert_eq!(reply.header("cache-control"), "no-store");
    let incident = reply.with(201);
    assert_eq!(
        (&incident["title"], &incident["status"], &incident["urgency"]),
        (&json!("Cards fail"), &json!("triggered"), &json!("high"))
    );
    assert_eq!(incident["service"], json!({"slug": "checkout", "name": "Checkout"}));
    assert_eq!(incident["being_paged"][0]["slug"], "cy", "it is Cy's week");
    assert_eq!((&incident["escalation"]["step"], &incident["escalation"]["steps"]), (&json!(1), &json!(2)));
    for name in ["INC-1", "inc-1", "1", incident["id"].as_str().unwrap()] {
        assert_eq!(house.get(&format!("/incidents/{name}")).await["id"], incident["id"], "{name}");
    }
    for name in ["INC-2", "0", "-1", "+1", "INC-", "inc_wrong", "nothing", "%00", "INC-99999999999999999999"] {
        let problem = house.ask(&format!("GET /incidents/{name}"), Value::Null).await.with(404);
        assert!(problem["detail"].as_str().unwrap().starts_with("There is no incident `"), "{problem}");
    }
}

#[tokio::test]
async fn a_declaration_is_checked_field_by_field() {
    let house = House::new().await;
    let good = json!({"service": "checkout", "title": "t", "severity": "sev2"});
    let refused = async |change: Value, field: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body.as_object_mut().unwrap().retain(|_, value| *value != json!("(left out)"));
        house.ask("POST /incidents", body).await.refuses(field)
    };
    assert!(refused(json!({"service": "chekout"}), "service").await.contains("no service `chekout`"));
    assert!(refused(json!({"title": "  "}), "title").await.contains("empty"));
    assert!(refused(json!({"title": "x".repeat(1_025)}), "title").await.contains("at most 1024"));
    assert!(refused(json!({"severity": "bad"}), "severity").await.contains("sev1"));
    assert!(refused(json!({"colour": "red"}), "colour").await.contains("unknown field `colour`"));
    assert!(refused(json!({"title": "(left out)"}), "title").await.contains("missing"));
    assert!(refused(json!({"title": 7}), "title").await.contains("expected a string"));
    assert_eq!(house.get("/incidents").await["items"], json!([]), "nothing was changed");
}

#[tokio::test]
async fn lists_are_filtered_and_come_a_page_at_a_time() {
    let house = House::new().await;
    for number in 1..=5 {
        house.incident(&format!("Number {number}")).await;
    }
    house.ask("POST /incidents", json!({"service": "search", "title": "Other", "severity": "sev3"})).await.with(201);
    house.ask("PUT /incidents/2/resolution", Value::Null).await.with(200);
    house.ask("PUT /incidents/3/acknowledgement", Value::Null).await.with(200);
    let list = async |query: &str| -> Vec<String> {
        let page = house.get(&format!("/incidents{query}")).await;
        page["items"].as_array().unwrap().iter().map(|one| one["reference"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("").await, ["INC-6", "INC-5", "INC-4", "INC-3", "INC-2", "INC-1"]);
    assert_eq!(list("?state=open&service=checkout").await, ["INC-5", "INC-4", "INC-3", "INC-1"]);
    assert_eq!(list("?severity=sev3").await, ["INC-6"]);
    assert_eq!(list("?status=acknowledged").await, ["INC-3"]);
    assert_eq!(list("?status=resolved&state=open").await, Vec::<String>::new());

    let first = house.ask("GET /incidents?state=open&limit=2", Value::Null).await;
    assert_eq!(first.header("link"), "</api/v1/incidents?state=open&limit=2&cursor=5>; rel=\"next\"");
    assert_eq!(first.with(200)["next"], "5");
    assert_eq!(list("?state=open&limit=2&cursor=5").await, ["INC-4", "INC-3"]);
    let last = house.ask("GET /incidents?state=open&limit=2&cursor=3", Value::Null).await;
    assert_eq!((last.header("link"), &last.json["next"]), ("", &Value::Null));

    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=x", "limit"),
        ("?cursor=x", "cursor"),
        ("?state=x", "state"),
        ("?sevrity=sev1", "sevrity"),
        ("?service=x", "service"),
        ("?status=x", "status"),
        ("?severity=x", "severity"),
    ] {
        house.ask(&format!("GET /incidents{query}"), Value::Null).await.refuses(field);
    }
}

#[tokio::test]
async fn what_is_so_already_is_answered_the_same() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    let ben = house.token_of("ben").await;
    let act = async |line: &str| house.call(&ben, line, &[], &Value::Null).await;
    let first = act("PUT /incidents/1/acknowledgement").await.with(200);
    assert_eq!((&first["status"], &first["status_by"]["slug"]), (&json!("acknowledged"), &json!("ben")));
    assert_eq!(first["status_by"]["via"], "api");
    assert_eq!(act("PUT /incidents/1/acknowledgement").await.with(200), first);
    let resolved = act("PUT /incidents/1/resolution").await.with(200);
    assert_eq!(resolved["status"], "resolved");
    assert_eq!(act("PUT /incidents/1/resolution").await.with(200), resolved);
    let problem = act("PUT /incidents/1/acknowledgement").await.with(409);
    assert_eq!(problem["detail"], "This incident is resolved already. Re-open it to go on.");
    let open = act("DELETE /incidents/1/resolution").await.with(200);
    assert_eq!(open["status"], "triggered");
    assert_eq!(act("DELETE /incidents/1/resolution").await.with(200), open);
}

#[tokio::test]
async fn an_incident_is_changed_snoozed_given_away_and_escalated() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    let changed =
        house.ask("PATCH /incidents/1", json!({"title": "All cards fail", "severity": "sev2"})).await.with(200);
    assert_eq!((&changed["title"], &changed["severity"]), (&json!("All cards fail"), &json!("sev2")));
    assert_eq!(house.ask("PATCH /incidents/1", json!({"title": "All cards fail"})).await.with(200), changed);
    house.ask("PATCH /incidents/1", json!({"title": ""})).await.refuses("title");

    let snoozed = house.ask("PUT /incidents/1/snooze", json!({"for": "2h"})).await.with(200);
    assert_eq!((&snoozed["status"], &snoozed["status_until"]), (&json!("snoozed"), &json!("2026-11-23T13:00:00Z")));
    house.ask("PUT /incidents/1/snooze", json!({})).await.refuses("until");
    house.ask("PUT /incidents/1/snooze", json!({"for": "2h", "until": "2026-12-01T00:00:00Z"})).await.refuses("until");
    assert!(
        house
            .ask("PUT /incidents/1/snooze", json!({"until": "2020-01-01T00:00:00Z"}))
            .await
            .refuses("until")
            .contains("future")
    );
    assert!(
        house.ask("PUT /incidents/1/snooze", json!({"for": "soon"})).await.refuses("for").contains("write it like")
    );

    let given = house.ask("PUT /incidents/1/assignment", json!({"people": ["ana"]})).await.with(200);
    assert_eq!(given["assigned"][0]["slug"], "ana");
    house.ask("PUT /incidents/1/assignment", json!({"policy": "default"})).await.with(200);
    house.ask("PUT /incidents/1/assignment", json!({"people": []})).await.refuses("people");
    house.ask("PUT /incidents/1/assignment", json!({"people": ["ana", "nobody"]})).await.refuses("people[2]");
    house.ask("PUT /incidents/1/assignment", json!({"policy": "default", "people": ["ana"]})).await.refuses("people");

    let escalated = house.ask("POST /incidents/1/escalations", json!({"step": 2})).await.with(200);
    assert_eq!(escalated["escalation"]["step"], 2);
    house.ask("POST /incidents/1/escalations", json!({"step": 9})).await.refuses("step");

    let asked = house.ask("POST /incidents/1/responders", json!({"people": ["ben"]})).await.with(200);
    assert!(asked["being_paged"].as_array().unwrap().iter().any(|person| person["slug"] == "ben"));
    house.ask("DELETE /incidents/1/responders/ben", Value::Null).await.with(200);
    let problem = house.ask("DELETE /incidents/1/responders/ben", Value::Null).await.with(409);
    assert_eq!(problem["detail"], "That person is not being paged for this incident.");
    house.ask("DELETE /incidents/1/responders/nobody", Value::Null).await.with(404);
}

#[tokio::test]
async fn incidents_are_merged_once() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    house.incident("Cards fail, too").await;
    house.incident("Another thing").await;
    house.ask("PUT /incidents/1/merge", json!({"into": "INC-1"})).await.refuses("into");
    house.ask("PUT /incidents/1/merge", json!({"into": "INC-9"})).await.refuses("into");
    let into = house.ask("PUT /incidents/2/merge", json!({"into": "INC-1"})).await.with(200);
    assert_eq!(into["reference"], "INC-1");
    let merged = house.get("/incidents/2").await;
    assert_eq!((&merged["status"], &merged["merged_into"]), (&json!("merged"), &into["id"]));
    house.ask("PUT /incidents/2/merge", json!({"into": "1"})).await.with(200);
    house.ask("PUT /incidents/2/merge", json!({"into": "3"})).await.with(409);
    house.ask("PUT /incidents/2/acknowledgement", Value::Null).await.with(409);
    let timeline = house.get("/incidents/1/timeline").await;
    let sentences = sentences(&timeline);
    assert!(sentences.iter().any(|text| text.starts_with("INC-2 became a part of it")), "{sentences:?}");
}

fn sentences(page: &Value) -> Vec<String> {
    let entries = page["items"].as_array().unwrap().iter();
    let facts = entries.flat_map(|entry| entry["facts"].as_array().unwrap());
    facts.map(|fact| fact["sentence"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_timeline_tells_everything_in_order() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    house.ask("POST /incidents/1/notes", json!({"text": "It is <b>the bank</b>."})).await.with(200);
    house.ask("POST /incidents/1/notes", json!({"text": " "})).await.refuses("text");
    let ben = house.token_of("ben").await;
    house.call(&ben, "PUT /incidents/1/acknowledgement", &[], &Value::Null).await.with(200);
    let timeline = house.get("/incidents/1/timeline").await;
    insta::assert_snapshot!(sentences(&timeline).join("\n"), @r#"
    The API token “test admin” declared it: “Cards fail” on Checkout, SEV1, high urgency.
    The escalation by Default (2 steps) started, because it was opened.
    Step 1 of the escalation was taken, for Cy Young. It goes on at 12:05 CET unless somebody acknowledges.
    Cy Young was paged: step 1 of 2 of Default, on call by Platform primary.
    “email” (email) of Cy Young was tried.
    The API token “test admin” noted: It is <b>the bank</b>.
    Ben Okafor acknowledged it (by the API).
    "#);
    let first = &timeline["items"][0];
    assert_eq!((&first["number"], &first["by"]["kind"]), (&json!(1), &json!("token")));
    assert_eq!(first["facts"][0]["data"]["fact"], "incident_opened");

    let page = house.get("/incidents/1/timeline?limit=1").await;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["next"]), (1, &json!("1")));
    let rest = house.get("/incidents/1/timeline?limit=200&cursor=1").await;
    assert_eq!(rest["items"].as_array().unwrap().len() + 1, timeline["items"].as_array().unwrap().len());
}

#[tokio::test]
async fn what_happens_next_is_told_and_then_happens() {
    let house = House::new().await;
    house.incident("Cards fail").await;
    let upcoming = house.get("/incidents/1/upcoming").await;
    assert_eq!(upcoming["items"][0]["what"], "step");
    assert_eq!(upcoming["items"][0]["at"], "2026-11-23T11:05:00Z");
    assert_eq!(upcoming["items"][0]["people"][0]["slug"], "ana");
    house.wait(SignedDuration::from_mins(5)).await;
    let incident = house.get("/incidents/1").await;
    assert_eq!(incident["escalation"]["step"], 2);
    let deliveries = house.get("/incidents/1/deliveries").await;
    let users: Vec<&Value> = deliveries["items"].as_array().unwrap().iter().map(|one| &one["user"]["slug"]).collect();
    assert_eq!(users, ["ana", "cy"]);
    house.ask("PUT /incidents/1/resolution", Value::Null).await.with(200);
    assert_eq!(house.get("/incidents/1/upcoming").await["items"], json!([]));
}
