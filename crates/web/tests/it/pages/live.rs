//! Live updates.

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use axum::http::header::{COOKIE, HOST};
use futures_util::StreamExt as _;
use tower::ServiceExt as _;

use super::house::House;

/// An open stream.
struct Stream(BodyDataStream);

impl Stream {
    async fn open(house: &House, login: &str) -> Self {
        let browser = house.signed_in(login).await;
        let request = Request::builder().uri("/live").header(HOST, "allclear.test").header(COOKIE, browser.cookie());
        let response = house.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = Self(response.into_body().into_data_stream());
        assert!(stream.next().await.contains("retry: 3000"));
        stream
    }

    /// The next message.
    async fn next(&mut self) -> String {
        let limit = std::time::Duration::from_secs(10);
        let chunk = tokio::time::timeout(limit, self.0.next()).await.expect("a message comes").unwrap().unwrap();
        String::from_utf8(chunk.to_vec()).unwrap()
    }

    /// The next message of that kind.
    async fn next_of(&mut self, kind: &str) -> String {
        loop {
            let message = self.next().await;
            if message.starts_with(&format!("event: {kind}\n")) {
                return message;
            }
        }
    }
}

#[tokio::test]
async fn pages_hear_what_changes_and_the_paged_person_that_they_are_paged() {
    let house = House::town().await;
    let background = tokio::spawn(allclear_web::background(house.app.clone()));
    tokio::task::yield_now().await;
    let mut mel = Stream::open(&house, "mel").await;
    let mut rob = Stream::open(&house, "rob").await;
    house.alert("db-1", "Disk is full").await;
    let page = mel.next_of("page").await;
    assert!(page.contains(r#"{"reference":"INC-1","title":"Disk is full"}"#), "{page}");
    let hint = mel.next_of("hint").await;
    assert!(hint.contains("incidents") && hint.contains("incident:INC-1"), "{hint}");
    let first = rob.next().await;
    assert!(first.starts_with("event: hint\n") && first.contains("incident:INC-1"), "{first}");
    let mut browser = house.signed_in("rob").await;
    browser.post("/incidents/INC-1/notes", &[("note", "Looking")]).await.is(303);
    assert!(rob.next_of("hint").await.contains("incident:INC-1"));
    background.abort();
}

#[tokio::test]
async fn strangers_hear_nothing() {
    let house = House::town().await;
    house.browser().get("/live").await.leads_to("/login?next=/live");
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_open_pages() {
    let house = House::town().await;
    let mut mel = Stream::open(&house, "mel").await;
    house.app.streams().end();
    assert!(mel.0.next().await.is_none());
}
