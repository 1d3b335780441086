//! Climbing the policy: who is paged, in which order, and what happens at its end.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn nobody_answers_until_the_admins_are_the_last_resort() {
    let script = r#"
        03:12 alert "High error rate" sev1
        look
        +30m
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn the_ladder_is_climbed_again_by_whoever_is_on_call_then() {
    let cast = format!("{CAST} policy Primary: Platform 5m, repeats 2");
    let script = r#"
        03:52 alert "High error rate" sev1
        look
        +20m
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn steps_without_anybody_are_passed_over_at_once() {
    let cast = "
        person Ana: mail
        person Eve:
        gone Gus: mail
        admin Dora: mail
        schedule Night: nobody until 06:00, Ana
        policy Primary: Night+Eve 5m, Gus 5m, Ana+Eve 5m, Eve 5m
        service Checkout: Primary
    ";
    let script = r#"
        03:12 alert "High error rate" sev1
        +10m
    "#;
    assert_snapshot!(play(cast, script), @"");
}

#[test]
fn nobody_at_all_can_be_paged() {
    let cast = "
        person Eve:
        admin Dora:
        policy Primary: Eve 5m, repeats 9
        service Checkout: Primary
    ";
    assert_snapshot!(play(cast, r#"03:12 alert "High error rate" sev1"#), @"");
}

#[test]
fn without_a_policy_the_admins_are_paged_as_if_it_were_urgent() {
    let cast = "
        admin Dora: phone, mail 5m; low: mail
        service Checkout: low
    ";
    let script = r#"
        03:12 alert "High error rate" sev1
        look
        +10m
        Dora escalates
    "#;
    assert_snapshot!(play(cast, script), @"");
}

#[test]
fn a_step_is_taken_by_hand() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m Ana escalates
        +1m Ana acknowledges
        +1m Ana escalates
        +1m Ana escalates to 2
        Ana escalates to 3
        Ana escalates to 0
        +20m Ben escalates
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn a_policy_that_is_edited_meanwhile_changes_nothing() {
    let script = r#"
        03:12 alert "High error rate" sev1
        now policy Primary: Dora 1m
        +6m
        Ben resolves
        Ben reopens
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn after_a_long_pause_each_thing_is_done_once_and_the_waits_run_on_from_now() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +3h (down)
        due
        due
        look
    "#;
    assert_snapshot!(play(CAST, script), @"");
}
