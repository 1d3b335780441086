//! Crews, rules and shadows in the form; new orders of turns; time off, whoever could stand in, and the load.

use allclear_core::schedule::{Schedule, Turn};
use allclear_core::{directory::Kind, directory::Object, limits};

use super::directory::value;
use super::house::House;

fn schedule(house: &House, slug: &str) -> Schedule {
    match house.engine.directory().by_slug(Kind::Schedule, slug) {
        Some(Object::Schedule(schedule)) => Schedule::clone(schedule),
        other => panic!("{other:?}"),
    }
}

const COMMON: [(&str, &str); 2] = [("name", "Nights"), ("time_zone", "Europe/Berlin")];

#[tokio::test]
async fn crews_rules_and_shadows_are_planned_in_the_form() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let layers = [
        ("layer.0.name", "Pairs"),
        ("layer.0.start", "2026-10-31T09:00"),
        ("layer.0.turn", "1"),
        ("layer.0.unit", "months"),
        ("layer.0.participant.0", "rob"),
        ("layer.0.participant.0", "ada"),
        ("layer.0.participant.0", ""),
        ("layer.0.participant.1", "mel"),
        ("layer.1.name", "Learning"),
        ("layer.1.start", "2026-11-01T20:00"),
        ("layer.1.unit", "rule"),
        ("layer.1.rule", "FREQ=WEEKLY;BYDAY=MO,TU"),
        ("layer.1.lasts", "12h"),
        ("layer.1.except", "2026-11-24T20:00\n\n2026-12-01T20:00"),
        ("layer.1.participant.0", "vic"),
        ("layer.1.shadow", "yes"),
    ];
    let all = [&COMMON[..], &layers[..]].concat();
    let seen = mel.submit("/schedules", &all).await;
    seen.is(200).says(&["Nights is saved", "Learning (shadow)", "Rob Responder, Ada Lovelace"]);
    let stored = schedule(&house, "nights");
    assert_eq!((&stored.layers[0].turn, stored.layers[0].participants.len()), (&Turn::Months(1), 2));
    assert!(stored.layers[1].shadow && stored.on_call("2026-11-23T20:00:00Z".parse().unwrap()).len() == 2);
    let seen = mel.get("/schedules/nights/edit").await;
    seen.says(&["FREQ=WEEKLY;BYDAY=MO,TU", "2026-11-24T20:00\n2026-12-01T20:00", "value=\"12h\"", "Together with"]);
    assert_eq!(value(&seen.text, "layer.1.rule"), "FREQ=WEEKLY;BYDAY=MO,TU");
    for (place, wrong, says) in [
        (11, ("layer.1.rule", "FREQ=SOMETIMES"), "use one of YEARLY"),
        (11, ("layer.1.rule", "FREQ=MINUTELY"), "begins more than 48 shifts within 24 hours"),
        (12, ("layer.1.lasts", "long"), "long"),
        (13, ("layer.1.except", "never"), "`never` is not a date and a time"),
        (10, ("layer.1.unit", "fortnights"), "is not a unit"),
        (5, ("layer.0.participant.0", "rob"), "somebody is named twice for one turn"),
    ] {
        let mut typed = layers;
        typed[place] = wrong;
        let typed = [&COMMON[..], &typed[..]].concat();
        mel.post("/schedules", &typed).await.is(422).says(&[says]);
    }
}

#[tokio::test]
async fn a_new_order_takes_nobody_off_call() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let now = house.engine.now();
    let before = schedule(&house, "primary").layers[0].clone();
    let order = |schedule: &Schedule| {
        let directory = house.engine.directory();
        let turn = |day: i64| {
            let at = now + jiff::SignedDuration::from_hours(24 * 7 * day);
            schedule.layer_shifts(0, at, at + jiff::SignedDuration::from_hours(24))[0].people[0].user
        };
        [0, 1, 2].map(|week| directory.user(turn(week)).unwrap().slug.clone())
    };
    assert_eq!(order(&schedule(&house, "primary")), ["mel", "rob", "mel"]);
    let version = mel.get("/schedules/primary/edit").await;
    let version = value(&version.text, "version").to_owned();
    let start = before.start.to_string();
    let fields = [
        ("name", "Primary"),
        ("time_zone", "Europe/Berlin"),
        ("version", version.as_str()),
        ("layer.0.name", "weekly"),
        ("layer.0.start", start.as_str()),
        ("layer.0.turn", "1"),
        ("layer.0.unit", "weeks"),
        ("layer.0.participant.0", "mel"),
        ("layer.0.participant.1", "ada"),
        ("layer.0.participant.2", "rob"),
        ("layer.0.restriction.0.from", "08:00"),
        ("layer.0.restriction.0.until", "20:00"),
    ];
    let preview = [&fields[..], &[("action", "preview")]].concat();
    mel.post("/schedules/primary", &preview).await.is(200).says(&["is on call for more:", "84 h"]);
    mel.submit("/schedules/primary", &fields).await.is(200).says(&["Primary is saved"]);
    assert_eq!(order(&schedule(&house, "primary")), ["mel", "ada", "rob"]);
}

#[tokio::test]
async fn one_person_of_a_shift_is_replaced() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let take = [("user", "ada"), ("replaces", "mel"), ("starts", "2026-11-24T10:00"), ("ends", "2026-11-24T12:00")];
    rob.submit("/schedules/primary/overrides", &take)
        .await
        .is(200)
        .says(&["Ada Lovelace takes over", "for Mel Manager"]);
    let on_call = schedule(&house, "primary").on_call("2026-11-24T09:30:00Z".parse().unwrap());
    assert_eq!(on_call, [house.user("ada").id]);
    for (replaces, says) in [("ada", "replace themselves"), ("nobody", "Nobody has the login `nobody`")] {
        let wrong = [take[0], ("replaces", replaces), take[2], take[3]];
        rob.post("/schedules/primary/overrides", &wrong).await.is(422).says(&[says]);
    }
}

#[tokio::test]
async fn time_off_is_seen_by_the_schedule_which_proposes_somebody() {
    let house = House::town().await;
    let (mut mel, mut rob, mut vic) =
        (house.signed_in("mel").await, house.signed_in("rob").await, house.signed_in("vic").await);
    let off = [("off-from", "2026-11-25"), ("off-until", "2026-11-25"), ("off-note", "dentist")];
    rob.post("/people/mel/time-off", &off).await.is(403);
    let seen = mel.submit("/people/mel/time-off", &off).await;
    seen.is(200).says(&["Time off is noted", "Wed 25 Nov 2026", "dentist", "Undo"]);
    let seen = rob.get("/schedules/primary").await;
    seen.says(&["Cannot be counted on", "Mel Manager", "has time off (dentist)", "Let Rob Responder stand in"]);
    mel.get("/").await.says(&["You have time off (dentist), and are on call for", "Who could stand in"]);
    rob.get("/").await.never_says(&["time off"]);
    rob.get("/readiness").await.says(&["mel is on call during their time off", "rob is free then"]);
    // What the button sends.
    let names = ["user", "replaces", "starts", "ends"];
    let values = names.map(|name| value(&seen.text, name).to_owned());
    let stand_in: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
    rob.submit("/schedules/primary/overrides", &stand_in).await.is(200).never_says(&["Cannot be counted on"]);
    mel.get("/").await.never_says(&["You have time off"]);

    for (fields, says) in [
        ([("off-from", "soon"), off[1], off[2]], "`soon` is not a date"),
        ([off[0], ("off-until", "2026-11-24"), off[2]], "The last day is before the first"),
        ([off[0], ("off-until", "2026-99-99"), off[2]], "is not a date"),
    ] {
        mel.post("/people/mel/time-off", &fields).await.is(422).says(&[says]);
    }
    // Managers plan for others; nobody else does, and those who look on may note their own.
    mel.submit("/people/rob/time-off", &[("off-from", "2026-12-24")]).await.is(200);
    vic.submit("/people/vic/time-off", &[("off-from", "2026-12-24")]).await.is(200);
    vic.post("/people/rob/time-off", &[("off-from", "2026-12-24")]).await.is(403);
    let id = house.user("rob").time_off[0].id;
    vic.post(&format!("/people/rob/time-off/{id}/remove"), &[]).await.is(403);
    rob.submit(&format!("/people/rob/time-off/{id}/remove"), &[]).await.says(&["The time off is removed"]);
    assert!(house.user("rob").time_off.is_empty());
}

#[tokio::test]
async fn there_is_an_end_to_time_off() {
    // beyond: TIME_OFF
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let one = house.engine.clone();
    let id = house.user("rob").id;
    let plan = |directory: &allclear_core::directory::Directory| {
        let mut rob = allclear_core::directory::User::clone(directory.user(id).unwrap());
        let day = "2026-12-24".parse().unwrap();
        rob.time_off = (0..limits::TIME_OFF)
            .map(|number| allclear_core::directory::TimeOff {
                id: allclear_core::id::TimeOffId::new(uuid::Uuid::from_u128(number as u128)),
                from: day,
                until: day,
                note: String::new(),
            })
            .collect();
        let changes = vec![allclear_core::directory::Change::Put(rob.into())];
        Ok::<_, allclear_engine::NotChanged>(allclear_engine::Draft { changes, keys: Vec::new(), passed: () })
    };
    one.change(allclear_core::actor::Actor::System, plan).await.unwrap();
    rob.post("/people/rob/time-off", &[("off-from", "2026-12-24")]).await.is(422).says(&["at most 200 are possible"]);
}

#[tokio::test]
async fn the_load_is_shown_and_downloaded() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let range = "from=2026-11-02&until=2026-11-15&hour=5.00&night=150&weekend=200&page=10";
    let seen = rob.get(&format!("/on-call/load?{range}")).await;
    // Twelve hours a day by turns of a week; the first day begins at nine, and the handoff is at nine.
    seen.is(200).says(&["On-call load", "Mel Manager", "Rob Responder", "Shared evenly to 100 %", "84 h", "Pay"]);
    let seen = rob.get(&format!("/on-call/load.csv?{range}")).await;
    assert!(seen.text.starts_with("login,name,hours"), "{}", seen.text);
    assert!(seen.text.contains("rob,Rob Responder,84.00,0.00,24.00,0,0,96.00,540.00"), "{}", seen.text);
    for (query, says) in [
        ("from=soon", "`soon` is not a date"),
        ("from=2020-01-01&until=2026-01-01", "not within 400 days"),
        ("hour=much", "write it like 12.50"),
        ("from=2026-11-15&until=2026-11-02", "not within 400 days"),
    ] {
        rob.get(&format!("/on-call/load?{query}")).await.is(422).says(&[says]);
        rob.get(&format!("/on-call/load.csv?{query}")).await.is(422);
    }
}
