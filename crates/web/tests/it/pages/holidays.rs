//! Holidays: in the form of a layer, on the page of a schedule, of a person, and the list of a region.

use allclear_core::directory::{Kind, Object};
use allclear_core::schedule::{OnHolidays, Schedule};

use super::directory::value;
use super::house::House;

fn schedule(house: &House, slug: &str) -> Schedule {
    match house.engine.directory().by_slug(Kind::Schedule, slug) {
        Some(Object::Schedule(schedule)) => Schedule::clone(schedule),
        other => panic!("{other:?}"),
    }
}

const LAYER: [(&str, &str); 10] = [
    ("name", "Nights"),
    ("time_zone", "Europe/Berlin"),
    ("layer.0.name", "Work days"),
    ("layer.0.start", "2026-11-02T09:00"),
    ("layer.0.turn", "1"),
    ("layer.0.unit", "weeks"),
    ("layer.0.participant.0", "rob"),
    ("layer.0.holidays.when", "except"),
    ("layer.0.holidays.of", "de-by"),
    ("layer.0.holidays.also", "2026-12-24\n2026-12-31"),
];

#[tokio::test]
async fn a_layer_leaves_holidays_out_and_the_page_shows_who_is_missing() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let seen = mel.submit("/schedules", &LAYER).await;
    seen.is(200).says(&["Nights is saved", "Thu 24 Dec 2026", "Day of the company", "Fri 25 Dec 2026"]);
    seen.says(&["Christmas Day (DE-BY)", "Nobody"]);
    let stored = schedule(&house, "nights").layers[0].holidays.clone().unwrap();
    assert_eq!((stored.of.code(), stored.when, stored.also.len()), ("DE-BY", OnHolidays::Except, 2));
    let edit = mel.get("/schedules/nights/edit").await;
    edit.says(&["2026-12-24\n2026-12-31", "Except on holidays"]);
    assert_eq!(value(&edit.text, "layer.0.holidays.of"), "DE-BY");
    for (place, wrong, says) in [
        (8, ("layer.0.holidays.of", "Bavaria"), "`Bavaria` is not a country or region"),
        (8, ("layer.0.holidays.of", "DE-XX"), "use `DE` for the whole country"),
        (9, ("layer.0.holidays.also", "Christmas"), "`Christmas` is not a date"),
    ] {
        let mut typed = LAYER;
        typed[place] = wrong;
        let refused = mel.post("/schedules", &typed).await;
        refused.is(422).says(&[says]);
        assert!(refused.text.contains(wrong.1), "what was typed is shown again");
    }
}

#[tokio::test]
async fn a_person_says_whose_holidays_they_have_and_is_warned_of_them() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let profile = [("name", "Rob Responder"), ("email", "rob@example.com"), ("holidays", "DE-BY")];
    rob.submit("/people/rob", &profile).await.is(200).says(&["Saved."]);
    let seen = rob.get("/people/rob").await;
    assert_eq!(value(&seen.text, "holidays"), "DE-BY");
    let wrong = [("name", "Rob Responder"), ("email", "rob@example.com"), ("holidays", "Bayern")];
    rob.post("/people/rob", &wrong).await.is(422).says(&["is not a country or region"]);
    let seen = rob.get("/on-call/holidays").await;
    seen.is(200).says(&["The next twelve months in DE-BY", "Christmas Day", "Rob Responder", "MIT licence"]);
    rob.get("/on-call/holidays?region=FR").await.is(200).says(&["National Day", "Nobody has these holidays"]);
    rob.get("/on-call/holidays?region=XX").await.is(422).says(&["is not a country or region"]);
    rob.get("/on-call/holidays?region=UA").await.is(200).says(&["No holidays in the next twelve months"]);
}
