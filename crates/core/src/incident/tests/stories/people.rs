//! What people do about whom it wakes: decline, request, reassign.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn not_me_page_the_next_one() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m Ana declines
        Ana declines
        Dora declines
        +1m Ben declines
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn a_late_not_me_leaves_those_in_peace_who_were_paged_since() {
    let cast = format!("{CAST} policy Primary: Ana 5m, Ben 5m, Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev1
        +6m Ana declines
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn the_last_resort_who_declines_is_not_paged_again() {
    let cast = format!("{CAST} admin Duc: mail");
    let script = r#"
        03:12 alert "High error rate" sev1
        +20m Dora declines
        Duc declines
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn somebody_is_asked_for_while_it_rings() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana requests Ben, Dora, Ben
        Dora acknowledges
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn somebody_who_is_asked_for_later_is_paged_until_they_join() {
    let cast = format!("{CAST} person Ben: mail 1m, phone 3m");
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana acknowledges
        +1m Ana requests Ben, Dora
        look
        +2m
        Ben by link acknowledges
        Ben acknowledges
        Ana acknowledges
        +2m Dora declines
        +1h
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn whoever_cannot_be_reached_is_said_to_be_so() {
    let cast = format!("{CAST} person Eve:\n gone Gus: mail");
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana requests Eve
        Ana requests Gus
    "#;
    assert_snapshot!(play(&cast, script), @"");
}

#[test]
fn given_to_people_and_then_the_services_own_policy_goes_on() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana acknowledges
        Ana assigns Ben, Dora
        +16m
    "#;
    assert_snapshot!(play(CAST, script), @"");
}

#[test]
fn given_to_people_where_the_service_has_no_policy() {
    let cast = "
        person Ana: mail
        admin Dora: mail
        service Checkout:
    ";
    let script = r#"
        03:12 alert "High error rate" sev1
        Dora assigns Ana
        +15m
    "#;
    assert_snapshot!(play(cast, script), @"");
}

#[test]
fn given_to_a_policy() {
    let cast = format!("{CAST} policy Database: Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana hands Database
    "#;
    assert_snapshot!(play(&cast, script), @"");
}
