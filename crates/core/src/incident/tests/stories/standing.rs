//! Acknowledged, snoozed, resolved, opened again: and what rings again by itself.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn an_acknowledgement_ends_everything() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m Ana by link acknowledges
        Ana acknowledges
        Ben acknowledges
        +9h
        Ana resolves
        Ana resolves
        Ana acknowledges
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn those_who_were_paged_are_told_that_somebody_is_on_it_and_that_it_is_over() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +6m Ben acknowledges
        +6m alert "High error rate" clears
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn an_acknowledgement_that_lapses_pages_again() {
    let cast = format!("{CAST} policy Primary: Platform 5m, Ben 10m, lapses 30m");
    let script = r#"
        03:50 alert "High error rate" sev1
        Ana acknowledges
        look
        +31m
        source acknowledges
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn the_end_of_a_snooze_pages_again() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana snoozes until 03:12
        Ana snoozes until 07:00
        look
        07:00
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn somebody_who_is_asked_for_during_a_snooze_is_paged() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ben snoozes until 07:00
        Ben requests Ana
        +3m Ana acknowledges
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn it_is_opened_again() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana resolves
        +1h Ben notes "it is back"
        Ben reopens
        Ben reopens
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn late_news_of_an_old_alert_does_not_end_what_was_opened_again() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana resolves
        Ana reopens
        alert "High error rate" clears
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn what_became_urgent_pages_again() {
    let script = r#"
        03:12 alert "Slow" sev3
        Ana acknowledges
        alert worsens sev3
        alert "Down" sev1
        Ana acknowledges
        Ana sets sev2
        Ana sets sev2
        Ana sets sev4
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn what_became_urgent_pages_again_without_a_policy_too() {
    let cast = "
        admin Dora: mail, phone 5m
        service Checkout:
    ";
    let script = r#"
        03:12 alert "Slow" sev3
        Dora acknowledges
        alert worsens sev1
        +5m
    "#;
    assert_snapshot!(play(cast, script), @"");
}

#[test]
fn whoever_was_asked_for_is_still_wanted_when_it_becomes_urgent() {
    let cast = format!("{CAST} admin Dora: phone; low: mail, phone 10m");
    let script = r#"
        03:12 alert "Slow" sev3
        Ana acknowledges
        Ana requests Dora
        alert worsens sev1
        +10m
    "#;
    assert_snapshot!(play(&cast, script), @"");
}
