//! Secret links to calendars by the API.

use allclear_core::limits;
use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn links_are_made_listed_and_revoked() {
    let house = House::new().await;
    let made = house.ask("POST /schedules/primary/calendar-links", Value::Null).await.with(201);
    assert!(made["address"].as_str().unwrap().contains("/calendars/cal_"), "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    let listed = house.get("/schedules/primary/calendar-links").await;
    assert_eq!(listed["items"][0]["id"], json!(id));
    assert!(listed["items"][0].get("address").is_none(), "{listed}");
    // A link of one schedule is none of another, nor of a person.
    let cy = house.token_of("cy").await;
    let own = async |line: &str| house.call(&cy, line, &[], &Value::Null).await;
    own(&format!("DELETE /me/calendar-links/{id}")).await.with(404);
    house.ask("DELETE /schedules/primary/calendar-links/nonsense", Value::Null).await.with(404);
    house.ask(&format!("DELETE /schedules/primary/calendar-links/{id}"), Value::Null).await.with(204);
    house.ask(&format!("DELETE /schedules/primary/calendar-links/{id}"), Value::Null).await.with(404);
    assert_eq!(house.get("/schedules/primary/calendar-links").await["items"], json!([]));
    house.ask("POST /schedules/nothing/calendar-links", Value::Null).await.with(404);

    // beyond: CALENDAR_LINKS
    for _ in 0..limits::CALENDAR_LINKS {
        own("POST /me/calendar-links").await.with(201);
    }
    own("POST /me/calendar-links").await.refuses("calendar_links");
    let listed = own("GET /me/calendar-links").await.with(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), limits::CALENDAR_LINKS);
    assert_eq!(listed["items"][0]["made_by"]["slug"], "cy");
}
