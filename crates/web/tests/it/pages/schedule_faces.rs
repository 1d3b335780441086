//! What the page of a schedule shows, for which weeks and on whose clocks; and what an override or an edit would
//! change.

use allclear_core::directory::{Kind, Object};

use super::house::House;

fn overrides(house: &House) -> usize {
    match house.engine.directory().by_slug(Kind::Schedule, "primary") {
        Some(Object::Schedule(schedule)) => schedule.overrides.len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn weeks_and_zone_are_a_choice_that_stays_in_the_address() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let seen = rob.get("/schedules/primary?span=2w&from=2026-10-28&zone=America/New_York").await;
    // The week of 28 October begins on Monday 26; in New York the clocks go back on Sunday 1 November.
    seen.is(200).says(&[
        "26 Oct – 8 Nov 2026",
        "The clocks change on Sun 1 Nov: the day has 25 hours.",
        "span=1w&#38;from=2026-10-26&#38;zone=America/New_York",
        "from=2026-11-09",
        "from=2026-10-12",
        "Times are in America/New_York",
    ]);
    seen.never_says(&["class=\"now\""]);
    rob.get("/schedules/primary").await.says(&["class=\"now\"", "4 weeks", "aria-current=\"date\""]);
    let seen = rob.get("/schedules/primary?span=month&from=2027-02-14").await;
    seen.is(200).says(&["1 Feb – 28 Feb 2027", "from=2027-01-01", "from=2027-03-01"]);
    for (query, says) in [
        ("zone=Mars/Olympus", "Mars/Olympus"),
        ("span=3w", "`3w` is not a length that can be shown"),
        ("from=tomorrow", "`tomorrow` is not a date"),
    ] {
        let seen = rob.get(&format!("/schedules/primary?{query}")).await;
        seen.is(422).says(&["This part of the address was left out", says, "4 weeks"]);
    }
}

#[tokio::test]
async fn gaps_are_named_and_days_are_listed_for_narrow_screens() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    // The layer is restricted to 08:00 until 20:00.
    let seen = rob.get("/schedules/primary?span=1w&from=2026-11-30&zone=Europe/Berlin").await;
    seen.is(200).says(&[
        "Nobody is on call",
        "Mon 30 Nov 20:00 – Tue 1 Dec 08:00",
        "nobody on call 00:00–08:00",
        "<h3>Tue 1 Dec",
        "08:00–20:00",
        "20:00–24:00",
    ]);
}

#[tokio::test]
async fn an_override_says_whom_it_replaces_before_it_is_saved() {
    let house = House::town().await;
    let mut rob = house.signed_in("rob").await;
    let before = overrides(&house);
    let take = [
        ("user", "ada"),
        ("replaces", ""),
        ("starts", "2026-11-24T18:00"),
        ("ends", "2026-11-24T22:00"),
        ("zone", "Europe/Berlin"),
        ("span", "2w"),
        ("from", "2026-11-23"),
    ];
    let preview = [&take[..], &[("action", "preview")]].concat();
    let seen = rob.post("/schedules/primary/overrides", &preview).await;
    seen.is(200).says(&[
        "Not saved yet",
        "Ada Lovelace</a> is on call for more:</span> <strong>4 h</strong>",
        "Mel Manager</a> is on call for less:</span> <strong>2 h</strong>",
        "Tue 24 Nov 18:00–20:00",
        "Gaps vanish:</span> <strong>2 h</strong>",
        "value=\"2026-11-24T18:00\"",
    ]);
    assert_eq!(overrides(&house), before, "nothing is saved");
    let saved = rob.submit("/schedules/primary/overrides", &take).await;
    saved.is(200).says(&["Ada Lovelace takes over", "23 Nov – 6 Dec 2026"]);
    assert_eq!(overrides(&house), before + 1);
    // The same hour on other clocks: 18:00 in Berlin is 12:00 in New York.
    let mut other = preview;
    other[2] = ("starts", "2026-11-25T12:00");
    other[3] = ("ends", "2026-11-25T14:00");
    other[4] = ("zone", "America/New_York");
    let seen = rob.post("/schedules/primary/overrides", &other).await;
    seen.is(200).says(&["Wed 25 Nov 12:00–14:00", "<strong>2 h</strong>"]).never_says(&["Gaps vanish"]);
    other[3] = ("ends", "2026-11-25T10:00");
    let seen = rob.post("/schedules/primary/overrides", &other).await;
    seen.is(422).says(&["Cannot be said yet: It ends before it starts"]);
    other[4] = ("zone", "Mars/Olympus");
    rob.post("/schedules/primary/overrides", &other).await.is(422).says(&["Mars/Olympus"]);
}

#[tokio::test]
async fn only_who_may_take_over_gets_the_chart_to_drag_on() {
    let house = House::town().await;
    house.signed_in("rob").await.get("/schedules/primary").await.says(&["data-pick", "id=\"override-form\""]);
    let seen = house.signed_in("vic").await.get("/schedules/primary").await;
    seen.is(200).never_says(&["data-pick", "id=\"override-form\""]);
}

#[tokio::test]
async fn an_edit_that_cannot_be_read_says_so_where_the_preview_stands() {
    let house = House::town().await;
    let mut mel = house.signed_in("mel").await;
    let fields = [
        ("name", "Primary"),
        ("time_zone", "Europe/Berlin"),
        ("layer.0.start", "tomorrow"),
        ("layer.0.turn", "1"),
        ("layer.0.unit", "weeks"),
        ("action", "preview"),
    ];
    let seen = mel.post("/schedules/primary", &fields).await;
    seen.is(422).says(&["Cannot be said yet: `tomorrow` is not a date and a time"]);
    let fine = [fields[0], fields[1], ("layer.0.start", "2026-11-16T09:00"), fields[3], fields[4], fields[5]];
    let seen = mel.post("/schedules/primary", &fine).await;
    seen.is(200).says(&[
        "Gaps appear, nobody is on call",
        "is on call for less:",
        "The next four weeks if you save this",
    ]);
}
