//! Several people on a shift, who stands in for whom, who learns, and new orders of turns.

use super::*;

fn replaced(number: u128, by: &str, replaces: &str, starts: &str, ends: &str) -> Override {
    Override { replaces: Some(user(replaces)), ..cover(number, by, starts, ends) }
}

#[test]
fn several_people_take_a_turn_together() {
    let daily = schedule("UTC", &[layer("2026-01-01T00:00", Turn::Days(1), "ann ben+cat cat+ben")]);
    assert_snapshot!(drawn_final(&daily, "2026-01-01T00:00", "2026-01-05T00:00"), @r#"
    Thu 01 Jan 00:00 +00:00 until Fri 02 Jan 00:00 +00:00  24h00m ann by layer 0
    Fri 02 Jan 00:00 +00:00 until Sat 03 Jan 00:00 +00:00  24h00m ben by layer 0, cat by layer 0
    Sat 03 Jan 00:00 +00:00 until Sun 04 Jan 00:00 +00:00  24h00m cat by layer 0, ben by layer 0
    Sun 04 Jan 00:00 +00:00 until Mon 05 Jan 00:00 +00:00  24h00m ann by layer 0
    "#);
    assert_eq!(names(&daily.on_call(moment("2026-01-02T12:00Z"))), ["ben", "cat"]);
    let until = daily.on_call_until(user("cat"), moment("2026-01-02T12:00Z"));
    assert_eq!(until, Some(moment("2026-01-04T00:00Z")), "over the handoff to the same two");
}

#[test]
fn crews_are_stored_as_one_person_or_as_a_list() {
    let ann = r#""usr_00000000000000000000000000""#;
    let both = format!("[{ann},\"usr_00000000000000000000000001\"]");
    for (text, names) in [(ann, "ann"), (&*both, "ann+ben")] {
        assert_eq!(serde_json::from_str::<Crew>(text).unwrap(), crew(names));
        assert_eq!(serde_json::to_string(&crew(names)).unwrap(), text);
    }
}

#[test]
fn an_override_replaces_one_person_wherever_they_are_on_call() {
    let mut daily = schedule("UTC", &[layer("2026-01-01T00:00", Turn::Days(1), "ann+ben cat ann")]);
    // On the second day ann is not on call, so nothing changes then.
    daily.overrides = vec![replaced(1, "dan", "ann", "2026-01-01T12:00:00Z", "2026-01-03T12:00:00Z")];
    assert_snapshot!(drawn_final(&daily, "2026-01-01T00:00", "2026-01-04T00:00"), @r#"
    Thu 01 Jan 00:00 +00:00 until Thu 01 Jan 12:00 +00:00  12h00m ann by layer 0, ben by layer 0
    Thu 01 Jan 12:00 +00:00 until Fri 02 Jan 00:00 +00:00  12h00m dan by override 1, ben by layer 0
    Fri 02 Jan 00:00 +00:00 until Sat 03 Jan 00:00 +00:00  24h00m cat by layer 0
    Sat 03 Jan 00:00 +00:00 until Sat 03 Jan 12:00 +00:00  12h00m dan by override 1
    Sat 03 Jan 12:00 +00:00 until Sun 04 Jan 00:00 +00:00  12h00m ann by layer 0
    "#);
    // Somebody stands in for whoever stands in; who is there already is not there twice.
    daily.overrides.push(replaced(2, "eve", "dan", "2026-01-01T18:00:00Z", "2026-01-02T06:00:00Z"));
    daily.overrides.push(replaced(3, "eve", "ben", "2026-01-01T20:00:00Z", "2026-01-02T06:00:00Z"));
    assert_snapshot!(drawn_final(&daily, "2026-01-01T12:00", "2026-01-02T12:00"), @r#"
    Thu 01 Jan 12:00 +00:00 until Thu 01 Jan 18:00 +00:00   6h00m dan by override 1, ben by layer 0
    Thu 01 Jan 18:00 +00:00 until Thu 01 Jan 20:00 +00:00   2h00m eve by override 2, ben by layer 0
    Thu 01 Jan 20:00 +00:00 until Fri 02 Jan 00:00 +00:00   4h00m eve by override 2
    Fri 02 Jan 00:00 +00:00 until Fri 02 Jan 12:00 +00:00  12h00m cat by layer 0
    "#);
    // One that replaces everybody hides those before it, and is itself replaced by those after it.
    daily.overrides = vec![
        replaced(1, "dan", "ann", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        cover(2, "eve", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        replaced(3, "fay", "eve", "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"),
        replaced(4, "fay", "ann", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
    ];
    assert_snapshot!(drawn_final(&daily, "2026-01-01T00:00", "2026-01-02T00:00"), @r#"
    Thu 01 Jan 00:00 +00:00 until Thu 01 Jan 12:00 +00:00  12h00m eve by override 2
    Thu 01 Jan 12:00 +00:00 until Fri 02 Jan 00:00 +00:00  12h00m fay by override 3
    "#);
}

#[test]
fn whoever_shadows_is_never_counted_on() {
    let mut learner = layer("2026-01-02T00:00", Turn::Days(2), "dan+ann eve");
    learner.shadow = true;
    let schedule = schedule("UTC", &[layer("2026-01-01T00:00", Turn::Days(1), "ann ben"), learner.clone()]);
    let seen = |at: &str| (names(&schedule.on_call(moment(at))), names(&schedule.shadows(moment(at))));
    assert_eq!(seen("2026-01-01T12:00Z"), (vec!["ann"], vec![]));
    assert_eq!(seen("2026-01-02T12:00Z"), (vec!["ben"], vec!["dan", "ann"]));
    assert_eq!(seen("2026-01-03T12:00Z"), (vec!["ann"], vec!["dan"]), "nobody learns from themselves");
    assert_eq!(seen("2026-01-04T12:00Z"), (vec!["ben"], vec!["eve"]));
    let row = schedule.layer_shifts(1, moment("2026-01-01T00:00Z"), moment("2026-01-05T00:00Z"));
    assert_eq!(row.len(), 2);
    let alone = Schedule { layers: vec![learner], ..schedule };
    assert_eq!(alone.gaps(moment("2026-01-01T00:00Z"), moment("2026-01-05T00:00Z")).len(), 1);
    assert_eq!(alone.next_change(moment("2026-01-01T00:00Z")), None);
}

/// The order that is stored for a new order of the participants.
fn new_order(schedule: &Schedule, participants: &str, at: &str) -> Vec<String> {
    let wanted = participants.split_whitespace().map(crew).collect();
    let stored = schedule.reordered(0, wanted, moment(at));
    stored.iter().map(|crew| names(crew.people()).join("+")).collect()
}

#[test]
fn a_new_order_begins_after_the_present_shift() {
    let weekly = schedule("UTC", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ben cat dan")]);
    let ben_is_on_call = "2026-02-12T00:00Z";
    assert_eq!(names(&weekly.on_call(moment(ben_is_on_call))), ["ben"]);
    for (wanted, then) in [
        ("ann ben cat dan", "ben cat dan ann ben"),
        ("dan cat ben ann", "ben ann dan cat ben"),
        ("eve ann ben fay cat", "ben fay cat eve ann"),
        ("ben", "ben ben ben ben ben"),
        // Ben is taken out: whoever comes next takes over at once.
        ("ann cat dan", "cat dan ann cat dan"),
        ("dan ann", "dan ann dan ann dan"),
        ("ann+ben cat", "cat ann+ben cat ann+ben cat"),
    ] {
        let mut changed = weekly.clone();
        let wanted: Vec<Crew> = wanted.split_whitespace().map(crew).collect();
        changed.layers[0].participants = weekly.reordered(0, wanted.clone(), moment(ben_is_on_call));
        let week = jiff::SignedDuration::from_hours(7 * 24);
        let turns = (0..5).map(|number| names(&changed.on_call(moment(ben_is_on_call) + week * number)).join("+"));
        assert_eq!(turns.collect::<Vec<_>>().join(" "), then, "{wanted:?}");
        let around = changed.layers[0].participants.iter().cycle().take(2 * wanted.len()).collect::<Vec<_>>();
        assert!(around.windows(wanted.len()).any(|some| some.iter().copied().eq(&wanted)), "the circle is as given");
    }
    assert_eq!(new_order(&weekly, "eve fay", ben_is_on_call), ["eve", "fay"], "nobody stays");
    assert_eq!(new_order(&weekly, "dan ann", "2026-01-01T00:00Z"), ["dan", "ann"], "before the first turn");
    assert_eq!(new_order(&weekly, "", ben_is_on_call), Vec::<String>::new());
    let twice = schedule("UTC", &[layer("2026-01-05T09:00", Turn::Weeks(1), "ann ann ben")]);
    assert_eq!(new_order(&twice, "ann ann ben", "2026-01-13T00:00Z"), ["ann", "ann", "ben"], "nothing is changed");
}
