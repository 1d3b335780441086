//! Holidays by the API: of a region, of a person, of a layer, and the conflicts that follow.

use serde_json::{Value, json};

use super::house::House;

#[tokio::test]
async fn the_holidays_of_a_region_are_listed() {
    let house = House::new().await;
    let listed = house.get("/holidays?region=de-by&from=2026-12-24&until=2027-01-06").await;
    assert_eq!(listed["region"], "DE-BY");
    assert!(listed["source"].as_str().unwrap().contains("MIT"));
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Christmas Day", "Second Day of Christmas", "New Year's Day", "Epiphany"]);
    let regions = house.get("/holidays/regions").await;
    assert!(regions["items"].as_array().unwrap().contains(&json!("FR")));
    for (query, field) in
        [("region=Bavaria", "region"), ("region=DE&from=soon", "from"), ("region=DE&until=2027-13-01", "until")]
    {
        house.ask(&format!("GET /holidays?{query}"), Value::Null).await.refuses(field);
    }
}
