//! Several people who have to acknowledge, and steps that go on although somebody did.

use insta::assert_snapshot;

use super::play;

fn told(policy: &str, script: &str) -> String {
    let cast = format!(
        "person Ana: mail
         person Ben: mail
         person Cleo: mail
         admin Dora: mail
         policy Primary: {policy}
         service Checkout: Primary"
    );
    play(&cast, script)
}

#[test]
fn two_have_to_acknowledge() {
    let script = "03:12 alert \"Errors\" sev1\nAna acknowledges by link\nAna acknowledges\nsource acknowledges\n+10m\nCleo acknowledges";
    assert_snapshot!(told("Ana+Ben 5m; acks 2, Cleo 10m, Ana 5m, lapses 30m", script), @r#"
    03:12 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (3 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana and Ben. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 3 of Primary.
          “mail” (mail) of Ana was tried.
          Ben was paged: step 1 of 3 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 1.0 by “mail” (mail) of Ana
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:17
    03:12 Ana acknowledges by link
          Ana acknowledged it. It asks for 2 people, and 1 of them did so far, so the escalation goes on.
        > take back the pages of Ana
        = triggered, due 03:17
    03:12 Ana acknowledges
        ! Somebody has acknowledged this incident already.
        = triggered, due 03:17
    03:12 source acknowledges
        ! Several people have to acknowledge this incident, and a program is not one of them. Acknowledge it as a person.
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Cleo. It goes on at 03:27 UTC unless somebody acknowledges.
          Cleo was paged: step 2 of 3 of Primary.
          “mail” (mail) of Cleo was tried.
        > send page 3.0 by “mail” (mail) of Cleo
        = triggered, due 03:27
    03:22
        = triggered, due 03:27
    03:22 Cleo acknowledges
          Cleo acknowledged it. It pages again at 03:52 UTC unless it is resolved by then.
        > take back the pages
        > tell by “mail” (mail) of Ben that somebody is on it
        = acknowledged, due 03:52
    "#);
}

#[test]
fn whoever_acknowledged_is_not_paged_again() {
    let script = "03:12 alert \"Errors\" sev1\nAna acknowledges\n+5m";
    let told = told("Ana+Ben 5m; acks 2, repeats 2", script);
    let again = told.split_once("03:17 due").expect("a second round").1;
    assert!(again.contains("Ben was paged") && !again.contains("Ana was paged"), "{told}");
}

#[test]
fn when_nobody_of_the_step_is_left_the_next_one_is_taken_at_once() {
    let told = told("Ana 5m; acks 2, Ben 10m", "03:12 alert \"Errors\" sev1\n+1m Ana acknowledges");
    assert!(told.contains("03:13 Ana acknowledges"), "{told}");
    assert!(told.contains("Step 2 of the escalation was taken, for Ben."), "{told}");
}

#[test]
fn a_lapse_asks_all_of_them_anew() {
    let script = "03:12 alert \"Errors\" sev1\nAna acknowledges\nBen acknowledges\n+30m\nAna acknowledges";
    let told = told("Ana+Ben 5m; acks 2, lapses 30m", script);
    let after = told.split_once("03:42 due").expect("it lapses").1;
    assert!(after.contains("Ana was paged") && after.contains("1 of them did so far"), "{told}");
    assert!(told.ends_with("= triggered, due 03:47"), "{told}");
}

#[test]
fn steps_go_on_until_it_is_resolved() {
    let script = "03:12 alert \"Errors\" sev1\n+2m\nlook\nAna acknowledges\nlook\n+20m\nBen acknowledges\n+20m";
    assert_snapshot!(told("Ana 5m; until resolved, Ana+Ben 5m; until resolved, Cleo 5m, Dora 5m", script), @r#"
    03:12 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (4 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless it is resolved.
          Ana was paged: step 1 of 4 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:14
        = triggered, due 03:17
    03:14 look
        03:17 Ana and Ben are paged (step 2 of 4 of Primary) unless it is resolved.
        03:22 Cleo is paged (step 3 of 4 of Primary) unless it is resolved.
        03:27 Dora is paged (step 4 of 4 of Primary) unless somebody acknowledges.
        03:32 The escalation is exhausted: Dora is paged as the last resort.
    03:14 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, due 03:17
    03:14 look
        03:17 Ben is paged (step 2 of 4 of Primary) unless it is resolved.
        03:22 Cleo is paged (step 3 of 4 of Primary) unless it is resolved.
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:22 UTC unless it is resolved.
          Ben was paged: step 2 of 4 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = acknowledged, due 03:22
    03:22 due
          Step 3 of the escalation was taken, for Cleo. Somebody is on it, so no further step is waited for.
          Cleo was paged: step 3 of 4 of Primary.
          “mail” (mail) of Cleo was tried.
        > send page 3.0 by “mail” (mail) of Cleo
        = acknowledged, nothing is due
    03:34
        = acknowledged, nothing is due
    03:34 Ben acknowledges
          Ben acknowledged it.
        > take back the pages of Ben
        = acknowledged, nothing is due
    03:54
        = acknowledged, nothing is due
    "#);
}

#[test]
fn at_the_end_of_what_goes_on_nobody_is_the_last_resort() {
    let script = "03:12 alert \"Errors\" sev1\nAna acknowledges\n+1h";
    assert_snapshot!(told("Ana 5m; until resolved", script), @r#"
    03:12 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless it is resolved.
          Ana was paged: step 1 of 1 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, due 03:17
    03:17 due
          Every step was taken that goes on although somebody acknowledged. Nobody else is paged.
        = acknowledged, nothing is due
    04:12
        = acknowledged, nothing is due
    "#);
}

#[test]
fn a_snooze_stops_what_goes_on() {
    let script = "03:12 alert \"Errors\" sev1\nAna acknowledges\nAna snoozes until 05:00\n04:00";
    let told = told("Ana 5m; until resolved, Ben 5m", script);
    assert!(!told.contains("Ben was paged") && told.ends_with("= snoozed, due 05:00"), "{told}");
}
