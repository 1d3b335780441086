//! Alerts that join and clear, and incidents that become one.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn alerts_join_and_the_last_to_clear_ends_it() {
    let script = r#"
        03:12 alert "Errors" sev2
        +1m alert "Latency" sev2
        alert "Errors" clears
        alert "Latency" expires
        alert "Disk" sev1
        alert "Errors" clears
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn an_incident_that_stays_open_waits_for_a_person() {
    let cast = format!("{CAST} service Checkout: Primary, stays open");
    let script = r#"
        03:12 alert "Errors" sev2
        alert "Errors" clears
        Ana resolves
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn a_person_ends_it_while_alerts_fire() {
    let script = r#"
        03:12 alert "Errors" sev2
        Ana resolves
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn declared_by_a_person() {
    let script = r#"
        09:00 Ana declares "Payments look odd" sev2
        alert "Errors" sev1
        alert "Errors" clears
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn it_becomes_a_part_of_another_one() {
    let script = r#"
        03:12 alert "Errors" sev2
        Ana merges
        Ana merges
        Ana notes "see there"
        alert "Errors" clears
        Ana reopens
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn it_takes_in_another_one_which_may_be_worse() {
    let script = r#"
        03:12 alert "Slow" sev4
        Ana acknowledges
        Ana absorbs sev4
        Ana absorbs sev2
        Ana resolves
        Ana absorbs sev1
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn the_title_and_notes() {
    let script = r#"
        03:12 alert "Errors" sev2
        Ana renames "Checkout fails"
        Ana renames "Checkout fails"
        Ana notes "Rolled back to 1.4."
    "#;
    assert_snapshot!(play(CAST, script), @"");
}
