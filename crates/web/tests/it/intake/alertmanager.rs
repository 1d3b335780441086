//! Alertmanager's API v2, question by question.

use allclear_core::limits;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::api::house::{House, Reply};

const KEY: &str = "checkout0000prometheus0000000001";
const OTHER: &str = "search000000prometheus0000000002";

/// A house with a Prometheus at each of two services.
async fn house() -> House {
    let house = House::new().await;
    let integration = |slug: &str, service: &str, key: &str| {
        json!({"kind": "integration", "slug": slug, "name": slug, "service": service, "source": "alertmanager-api",
               "key": key})
    };
    let both = [integration("checkout-prometheus", "checkout", KEY), integration("search-prometheus", "search", OTHER)];
    house.apply(json!(both)).await;
    house
}

/// Sends `GET alerts?active=false` below the address of the key.
async fn call(house: &House, key: &str, line: &str, body: &Value) -> Reply {
    let (method, path) = line.split_once(' ').unwrap();
    let uri = format!("/in/{key}/alertmanager/api/v2/{path}");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(&uri).header(CONTENT_TYPE, "application/json").body(body);
    house.send(request.unwrap()).await
}

async fn get(house: &House, path: &str) -> Value {
    call(house, KEY, &format!("GET {path}"), &Value::Null).await.with(200)
}

async fn post(house: &House, key: &str, alerts: Value) {
    call(house, key, "POST alerts", &alerts).await.with(200);
    house.work().await;
}

/// The names of the alerts that an answer has.
fn names(alerts: &Value) -> Vec<String> {
    let mut names: Vec<String> = alerts.as_array().unwrap_or_else(|| panic!("{alerts}")).iter().map(name).collect();
    names.sort();
    names
}

fn name(alert: &Value) -> String {
    alert["labels"]["alertname"].as_str().unwrap().to_owned()
}

async fn with_alerts() -> House {
    let house = house().await;
    post(
        &house,
        KEY,
        json!([
            {"labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db-1"},
             "annotations": {"summary": "Disk of db-1 is full", "runbook_url": "https://wiki.example.com/disk"},
             "startsAt": "2026-11-23T10:55:00Z", "endsAt": "2026-11-23T11:04:00Z",
             "generatorURL": "http://prometheus.example.com/graph"},
            {"labels": {"alertname": "Slow", "severity": "warning", "instance": "web-1"}},
            {"labels": {"alertname": "Gone", "instance": "web-2"}, "endsAt": "2026-11-23T10:59:00Z"},
        ]),
    )
    .await;
    post(&house, OTHER, json!([{"labels": {"alertname": "IndexStale"}}])).await;
    house
}

#[tokio::test]
async fn an_alert_is_shown_as_it_was_posted() {
    let house = with_alerts().await;
    let alerts = get(&house, "alerts?filter=alertname%3D%22DiskFull%22").await;
    assert_eq!(
        alerts,
        json!([{
            "fingerprint": "9556f853bb27ef8b",
            "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "db-1"},
            "annotations": {"summary": "Disk of db-1 is full", "runbook_url": "https://wiki.example.com/disk"},
            "startsAt": "2026-11-23T10:55:00Z",
            "endsAt": "2026-11-23T11:04:00Z",
            "updatedAt": "2026-11-23T11:00:00Z",
            "generatorURL": "http://prometheus.example.com/graph",
            "receivers": [{"name": "checkout"}],
            "status": {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []},
        }])
    );
    assert_eq!(names(&get(&house, "alerts").await), ["DiskFull", "Slow"]);
    house.wait(SignedDuration::from_mins(6)).await;
    assert_eq!(get(&house, "alerts").await, json!([]), "they are over at their endsAt");
}

#[tokio::test]
async fn what_came_from_another_tool_has_a_name_and_a_summary() {
    let house = house().await;
    house.event(json!({"summary": "Disk full", "dedup_key": "a", "labels": {"host": "a"}})).await;
    house.event(json!({"summary": "Disk full", "dedup_key": "b", "labels": {"host": "a"}})).await;
    let alerts = get(&house, "alerts").await;
    for alert in alerts.as_array().unwrap() {
        assert_eq!(alert["labels"], json!({"alertname": "Disk full", "host": "a"}));
        assert_eq!(alert["annotations"], json!({"summary": "Disk full"}));
        assert_eq!(alert["endsAt"], "0001-01-01T00:00:00Z");
    }
    assert_ne!(alerts[0]["fingerprint"], alerts[1]["fingerprint"]);
}

#[tokio::test]
async fn alerts_are_filtered() {
    let house = with_alerts().await;
    for (query, expected) in [
        ("", &["DiskFull", "Slow"][..]),
        ("filter=severity%3Dcritical", &["DiskFull"]),
        ("filter=severity!%3Dcritical", &["Slow"]),
        ("filter=instance%3D~%22(db|web)-.%22", &["DiskFull", "Slow"]),
        ("filter=instance%3D~web", &[]),
        ("filter=instance!~web.*", &["DiskFull"]),
        ("filter=severity%3D~.%2B&filter=instance%3Ddb-1", &["DiskFull"]),
        ("filter=team%3D", &["DiskFull", "Slow"]),
        ("filter=alertname%3DIndexStale", &[]),
        ("active=false", &[]),
        ("active=true&silenced=false&inhibited=false&unprocessed=false", &["DiskFull", "Slow"]),
        ("active=1&receiver=", &["DiskFull", "Slow"]),
        ("receiver=check.*", &["DiskFull", "Slow"]),
        ("receiver=check", &[]),
        ("receiver_matchers=owner%3Dme", &[]),
        ("receiver_matchers=owner!%3Dme", &["DiskFull", "Slow"]),
    ] {
        assert_eq!(names(&get(&house, &format!("alerts?{query}")).await), expected, "{query}");
        let groups = get(&house, &format!("alerts/groups?{query}")).await;
        let grouped: Vec<Value> =
            groups.as_array().unwrap().iter().flat_map(|group| group["alerts"].as_array().unwrap().clone()).collect();
        assert_eq!(names(&json!(grouped)), expected, "groups, {query}");
    }
}

#[tokio::test]
async fn a_question_that_is_no_question_is_answered_with_a_string() {
    let house = house().await;
    for (path, said) in [
        ("alerts?filter=nonsense", "bad matcher format: nonsense"),
        ("alerts?filter=a%3D%22b", "matcher value contains unescaped double quote: \"b"),
        ("alerts?filter=a%3D~(", "invalid regular expression \"(\": unclosed group"),
        ("alerts?receiver=(", "failed to parse receiver param: invalid regular expression \"(\": unclosed group"),
        ("alerts?receiver_matchers=x", "failed to parse receiver_matchers param: bad matcher format: x"),
        ("alerts/groups?filter=nonsense", "bad matcher format: nonsense"),
        ("receivers?receiver_matchers=x", "failed to parse receiver_matchers param: bad matcher format: x"),
        ("silences?filter=nonsense", "bad matcher format: nonsense"),
    ] {
        let reply = call(&house, KEY, &format!("GET {path}"), &Value::Null).await;
        assert_eq!((reply.status.as_u16(), &reply.json), (400, &json!(said)), "{path}");
    }
}

#[tokio::test]
async fn groups_are_incidents() {
    let house = with_alerts().await;
    let groups = get(&house, "alerts/groups").await;
    let group = &groups[0];
    assert_eq!(group["labels"], json!({"incident": "INC-1"}));
    assert_eq!((&group["receiver"], &group["routeLabels"]), (&json!({"name": "checkout"}), &json!({})));
    assert_eq!(house.get("/incidents/INC-1").await["service"]["slug"], "checkout");
}

#[tokio::test]
async fn an_alertmanager_says_what_it_is() {
    let house = house().await;
    house.wait(SignedDuration::from_mins(1)).await;
    let status = get(&house, "status").await;
    assert_eq!(status["cluster"], json!({"status": "disabled", "peers": []}));
    assert_eq!(status["uptime"], "2026-11-23T11:00:00Z");
    assert_eq!(status["versionInfo"]["version"], env!("CARGO_PKG_VERSION"));
    let original = status["config"]["original"].as_str().unwrap();
    assert!(original.contains("do not hold back pages") && original.contains("- name: checkout\n"), "{original}");
    assert_eq!(get(&house, "receivers").await, json!([{"name": "checkout", "labels": {}}]));
    assert_eq!(get(&house, "receivers?receiver_matchers=a%3Db").await, json!([]));
}

/// A silence from now on; the changes replace fields, and `null` takes them away.
fn silence(changes: Value) -> Value {
    let mut silence = json!({
        "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": false, "isEqual": true}],
        "startsAt": "2026-11-23T11:00:00.000Z", "endsAt": "2026-11-23T12:00:00Z",
        "createdBy": "ana", "comment": "being mended",
    });
    let fields = silence.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    silence
}

async fn silenced(house: &House, changes: Value) -> String {
    let answer = call(house, KEY, "POST silences", &silence(changes)).await.with(200);
    answer["silenceID"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_life_of_a_silence() {
    let house = with_alerts().await;
    let id = silenced(&house, json!({"annotations": {"ticket": "OPS-1"}})).await;
    let shown = get(&house, &format!("silence/{id}")).await;
    assert_eq!(
        shown,
        json!({
            "id": id, "status": {"state": "active"},
            "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": false, "isEqual": true}],
            "startsAt": "2026-11-23T11:00:00Z", "endsAt": "2026-11-23T12:00:00Z", "updatedAt": "2026-11-23T11:00:00Z",
            "createdBy": "ana", "comment": "being mended", "annotations": {"ticket": "OPS-1"},
        })
    );
    assert_eq!(get(&house, "silences").await, json!([shown]));
    let alert = &get(&house, "alerts?filter=alertname%3DDiskFull&silenced=false").await[0];
    assert_eq!((&alert["status"]["state"], &alert["status"]["silencedBy"]), (&json!("active"), &json!([])));

    house.wait(SignedDuration::from_mins(1)).await;
    let longer = json!({"id": id, "endsAt": "2026-11-23T13:00:00Z", "comment": "takes longer"});
    assert_eq!(silenced(&house, longer).await, id, "a later end changes nothing that was");
    let changed = get(&house, &format!("silence/{id}")).await;
    assert_eq!(
        (&changed["endsAt"], &changed["comment"], &changed["updatedAt"], &changed["annotations"]),
        (&json!("2026-11-23T13:00:00Z"), &json!("takes longer"), &json!("2026-11-23T11:01:00Z"), &json!({}))
    );

    let wider = json!({"id": id, "matchers": [{"name": "alertname", "value": ".+", "isRegex": true}]});
    let second = silenced(&house, wider).await;
    assert_ne!(second, id, "other matchers make another silence");
    assert_eq!(get(&house, &format!("silence/{id}")).await["status"]["state"], "expired");
    let begun = get(&house, &format!("silence/{second}")).await;
    assert_eq!((&begun["startsAt"], &begun["matchers"][0]["isEqual"]), (&json!("2026-11-23T11:01:00Z"), &json!(true)));

    for time in ["the first", "the second"] {
        let reply = call(&house, KEY, &format!("DELETE silence/{second}"), &Value::Null).await;
        assert_eq!(reply.status.as_u16(), 200, "{time} time");
    }
    assert_eq!(get(&house, "silences?expired=false").await, json!([]));
    house.wait(SignedDuration::from_hours(5 * 24 + 3)).await;
    assert_eq!(get(&house, "silences").await, json!([]), "what is over for five days is forgotten");
}

#[tokio::test]
async fn silences_are_listed_by_what_is_next() {
    let house = house().await;
    let at = |hour: u32| format!("2026-11-23T{hour}:00:00Z");
    let late = silenced(&house, json!({"endsAt": at(15)})).await;
    let soon = silenced(&house, json!({"endsAt": at(14)})).await;
    let tomorrow = silenced(&house, json!({"startsAt": at(20), "endsAt": at(21)})).await;
    let tonight = silenced(&house, json!({"startsAt": at(18), "endsAt": at(22)})).await;
    let first = silenced(&house, json!({"endsAt": at(12)})).await;
    let second = silenced(&house, json!({"endsAt": at(13), "createdBy": "ben"})).await;
    house.wait(SignedDuration::from_mins(125)).await;
    for (query, expected) in [
        ("", vec![&soon, &late, &tonight, &tomorrow, &second, &first]),
        ("active=false&pending=false", vec![&second, &first]),
        ("expired=false&pending=false", vec![&soon, &late]),
        ("expired=false&active=false", vec![&tonight, &tomorrow]),
        ("expired=false&active=false&filter=alertname%3DDiskFull", vec![&tonight, &tomorrow]),
        ("filter=alertname%3D~DiskFull", vec![]),
        ("filter=alertname%3DDiskFull&filter=team%3Da", vec![]),
    ] {
        let shown = get(&house, &format!("silences?{query}")).await;
        let ids: Vec<&str> = shown.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    call(&house, KEY, &format!("DELETE silence/{tonight}"), &Value::Null).await;
    let ended = get(&house, &format!("silence/{tonight}")).await;
    assert_eq!(
        (&ended["startsAt"], &ended["endsAt"]),
        (&json!("2026-11-23T13:05:00Z"), &json!("2026-11-23T13:05:00Z"))
    );
}

#[tokio::test]
async fn a_silence_that_makes_no_sense_is_refused_as_alertmanager_does() {
    let house = house().await;
    let matcher =
        |name: &str, value: &str, regex: bool| json!({"matchers": [{"name": name, "value": value, "isRegex": regex}]});
    let code = |code: u16, message: &str| json!({"code": code, "message": message});
    for (changes, status, said) in [
        (json!({"comment": null}), 422, code(602, "comment in body is required")),
        (json!({"createdBy": null}), 422, code(602, "createdBy in body is required")),
        (json!({"matchers": null}), 422, code(602, "matchers in body is required")),
        (json!({"startsAt": null}), 422, code(602, "startsAt in body is required")),
        (json!({"matchers": []}), 422, code(612, "matchers in body should have at least 1 items")),
        (json!({"matchers": [{"name": "a", "value": "b"}]}), 422, code(602, "matchers.0.isRegex in body is required")),
        (
            json!({"endsAt": "2026-11-23T11:00:00Z"}),
            400,
            json!("Failed to create silence: start time must be before end time"),
        ),
        (
            json!({"startsAt": "2026-11-23T10:00:00Z", "endsAt": "2026-11-23T10:30:00Z"}),
            400,
            json!("Failed to create silence: end time can't be in the past"),
        ),
        (matcher("a", "", false), 400, json!("silence invalid: at least one matcher must not match the empty string")),
        (matcher("a", ".*", true), 400, json!("silence invalid: at least one matcher must not match the empty string")),
        (
            matcher("a", "(", true),
            400,
            json!("silence invalid: invalid label matcher 0: invalid regular expression \"(\": unclosed group"),
        ),
        (matcher("", "b", false), 400, json!("silence invalid: invalid label matcher 0: invalid label name \"\"")),
        (json!({"id": "01931ab0-0000-7000-8000-000000000000"}), 404, json!("silence not found")),
        (json!({"id": "nonsense"}), 404, json!("silence not found")),
    ] {
        let reply = call(&house, KEY, "POST silences", &silence(changes.clone())).await;
        assert_eq!((reply.status.as_u16(), &reply.json), (status, &said), "{changes}");
    }
    for body in [json!("{"), json!({"matchers": "all"}), silence(json!({"endsAt": "tomorrow"}))] {
        let said = call(&house, KEY, "POST silences", &body).await.with(400);
        assert!(said["message"].as_str().unwrap().starts_with("parsing silence body from"), "{said}");
    }
    let empty = call(&house, KEY, "POST silences", &Value::Null).await.with(422);
    assert_eq!(empty, code(602, "silence in body is required"));
    let said = call(&house, KEY, "GET silence/nonsense", &Value::Null).await.with(422);
    assert_eq!(said, code(601, "silenceID in path must be of type uuid: \"nonsense\""));
    assert_eq!(get(&house, "silences").await, json!([]));
}

#[tokio::test]
async fn a_key_opens_its_own_service_only() {
    let house = with_alerts().await;
    let id = silenced(&house, json!({})).await;
    let of_other = call(&house, OTHER, "GET alerts", &Value::Null).await.with(200);
    assert_eq!(names(&of_other), ["IndexStale"]);
    assert_eq!(call(&house, OTHER, "GET silences", &Value::Null).await.with(200), json!([]));
    for line in [format!("GET silence/{id}"), format!("DELETE silence/{id}")] {
        call(&house, OTHER, &line, &Value::Null).await.with(404);
    }
    call(&house, OTHER, "POST silences", &silence(json!({"id": id}))).await.with(404);
    assert_eq!(get(&house, &format!("silence/{id}")).await["status"]["state"], "active");
}

#[tokio::test]
async fn what_a_silence_says_of_itself_has_an_end() {
    // beyond: AUTHOR_CHARACTERS, ANNOTATION_CHARACTERS
    let house = house().await;
    let (author, annotations) = (limits::AUTHOR_CHARACTERS, limits::ANNOTATION_CHARACTERS);
    let with = |author: usize, annotations: usize| {
        let annotations = json!({"ticket": "x".repeat(annotations - 15), "url": "x".repeat(6)});
        silence(json!({"createdBy": "é".repeat(author), "annotations": annotations}))
    };
    call(&house, KEY, "POST silences", &with(author, annotations)).await.with(200);
    for (wrong, says) in [
        (with(author + 1, annotations), "createdBy has 321 characters"),
        (with(author, annotations + 1), "annotations have 10001 characters"),
    ] {
        let said = call(&house, KEY, "POST silences", &wrong).await.with(400).to_string();
        assert!(said.contains(says), "{said}");
    }
}

#[tokio::test]
async fn a_service_has_room_for_so_many_silences() {
    // beyond: SILENCES, MATCHERS
    let house = house().await;
    for _ in 0..limits::SILENCES {
        silenced(&house, json!({})).await;
    }
    let reply = call(&house, KEY, "POST silences", &silence(json!({}))).await;
    assert!(reply.with(400).to_string().contains("1000 silences"));
    let matcher = json!({"name": "a", "value": "b", "isRegex": false});
    let many = silence(json!({"matchers": vec![matcher; limits::MATCHERS + 1]}));
    assert!(call(&house, OTHER, "POST silences", &many).await.with(400).to_string().contains("101 matchers"));
    let filters = "filter=a%3Db&".repeat(limits::MATCHERS + 1);
    call(&house, KEY, &format!("GET alerts?{filters}"), &Value::Null).await.with(400);
}
