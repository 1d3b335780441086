//! Reaching one person: their ladder, and what happens when it breaks.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn a_failed_contact_method_brings_the_next_one_forward_and_the_last_one_the_next_step() {
    let cast = format!("{CAST} person Ana: mail, phone 2m, pager 4m");
    let script = r#"
        03:12 alert "High error rate" sev1
        +10s page 1.0 fails: mailbox full
        +10s page 1.1 fails: no such number
        +10s page 1.2 fails: switched off
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn a_failure_that_is_told_twice_counts_once() {
    let cast = format!("{CAST} person Ana: mail, phone 2m, pager 4m");
    let script = r#"
        03:12 alert "High error rate" sev1
        +10s page 1.0 fails: mailbox full
        page 1.0 fails: mailbox full
        page 1.2 fails: not tried yet
        page 7.0 fails: no such page
        +4m page 1.2 fails: switched off
        page 1.1 fails: no such number
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn the_step_is_not_lost_while_one_of_its_people_may_still_answer() {
    let cast = format!("{CAST} policy Primary: Ana+Ben 5m, Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev3
        page 2.0 fails: mailbox full
        page 1.0 fails: mailbox full
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn somebody_who_was_asked_for_does_not_hold_up_a_lost_step() {
    let script = r#"
        03:12 alert "High error rate" sev3
        Dora requests Ben
        page 1.0 fails: mailbox full
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn the_last_resort_is_lost_and_the_incident_stays_visibly_exhausted() {
    let cast = "
        admin Dora: mail
        service Checkout:
    ";
    let script = r#"
        03:12 alert "High error rate" sev1
        page 1.0 fails: mailbox full
    "#;
    assert_snapshot!(play(cast, script), @"");
}

#[test]
fn whoever_leaves_while_being_paged_is_tried_no_more() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m now gone Ana: mail, phone 2m
        +1m
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn whoever_leaves_before_their_step_is_not_paged() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m now gone Ben: mail
        +5m
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn rules_that_are_edited_meanwhile_count_from_the_next_page() {
    let script = r#"
        03:12 alert "High error rate" sev1
        now person Ana: phone
        +3m
        Dora requests Ana
    "#;
    assert_snapshot!(play(CAST, script), @"");
}
