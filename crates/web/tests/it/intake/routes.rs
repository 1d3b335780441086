//! The routes of the table that tools use.

use allclear_web::{Access, Entry, Face};
use axum::body::Body;
use axum::http::Request;

use crate::api::house::House;

fn sources(house: &House) -> Vec<Entry> {
    allclear_web::table(&house.app).into_iter().filter(|entry| entry.face == Face::Source).collect()
}

#[tokio::test]
async fn they_are_reviewed() {
    let house = House::new().await;
    let lines: Vec<String> = sources(&house).iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    assert_eq!(
        lines,
        [
            "POST /v2/enqueue",
            "POST /v2/change/enqueue",
            "POST /generic/2010-04-15/create_event.json",
            "POST /in/{key}",
            "POST /in/{key}/alertmanager",
            "POST /in/{key}/alertmanager/api/v2/alerts",
            "GET /in/{key}/alertmanager/api/v2/alerts",
            "GET /in/{key}/alertmanager/api/v2/alerts/groups",
            "GET /in/{key}/alertmanager/api/v2/receivers",
            "GET /in/{key}/alertmanager/api/v2/status",
            "GET /in/{key}/alertmanager/api/v2/silences",
            "POST /in/{key}/alertmanager/api/v2/silences",
            "GET /in/{key}/alertmanager/api/v2/silence/{id}",
            "DELETE /in/{key}/alertmanager/api/v2/silence/{id}",
        ]
    );
}

/// A request that fails for its key alone: PagerDuty's shape of it is 400, all others' is 404.
#[tokio::test]
async fn a_wrong_key_opens_none_of_them() {
    let house = House::new().await;
    for Entry { method, path, access, .. } in sources(&house) {
        assert_eq!(access, Access::ByKey, "{path}");
        let address = path.replace("{key}", "wrong").replace("{id}", "01931ab0-0000-7000-8000-000000000000");
        let body = match path.as_ref() {
            "/v2/enqueue" => {
                r#"{"routing_key":"wrong","event_action":"trigger","payload":{"summary":"s","source":"s","severity":"info"}}"#
            }
            "/v2/change/enqueue" => r#"{"routing_key":"wrong","payload":{"summary":"s"}}"#,
            "/generic/2010-04-15/create_event.json" => {
                r#"{"service_key":"wrong","event_type":"trigger","description":"s"}"#
            }
            "/in/{key}" => r#"{"summary":"s"}"#,
            "/in/{key}/alertmanager" => r#"{"version":"4","alerts":[]}"#,
            _ => "[]",
        };
        let request = Request::builder().method(method.clone()).uri(&address).body(Body::from(body)).unwrap();
        let reply = house.send(request).await;
        let expected = if path.starts_with("/in/") { 404 } else { 400 };
        assert_eq!(reply.status.as_u16(), expected, "{method} {path}: {}", reply.json);
        assert!(!reply.json.to_string().contains("checkout"), "{method} {path}: {}", reply.json);
    }
}
