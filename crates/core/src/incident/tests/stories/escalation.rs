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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 look
        03:14 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:17 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        03:27 The escalation is exhausted: Dora is paged as the last resort.
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:27
    03:27 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:42
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn an_alert_that_joins_after_nobody_answered_pages_again_but_not_each_of_a_burst() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +15m
        03:30 alert "Still failing" sev1
        03:45 alert "And again" sev1
    "#;
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:27
    03:27 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:27
        = triggered, exhausted, nothing is due
    03:30 alert "Still failing" sev1
          The alert “Still failing” (SEV1) joined. The incident's latest alert, of the same service, was no more than 5m old.
        = triggered, exhausted, nothing is due
    03:45 alert "And again" sev1
          The alert “And again” (SEV1) joined. The incident's latest alert, of the same service, was no more than 5m old.
          The escalation by Primary (2 steps) started, because another alert joined after nobody had answered.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:50 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 4.0 by “mail” (mail) of Ana
        = triggered, due 03:47
    "#);
}

#[test]
fn the_ladder_is_climbed_again_by_whoever_is_on_call_then() {
    let cast = format!("{CAST} policy Primary: Platform 5m, repeats 2");
    let script = r#"
        03:52 alert "High error rate" sev1
        look
        +20m
    "#;
    assert_snapshot!(play(&cast, script), @r#"
    03:52 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step, 3 rounds) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:57 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:54
    03:52 look
        03:54 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:57 Ana is paged (step 1 of 1 of Primary, round 2) unless somebody acknowledges.
        03:59 “phone” (phone) of Ana is tried unless somebody acknowledges.
        04:02 Ben is paged (step 1 of 1 of Primary, round 3) unless somebody acknowledges.
        04:07 The escalation is exhausted: Dora is paged as the last resort.
    03:54 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:57
    03:57 due
          Step 1 in round 2 of the escalation was taken, for Ana. It goes on at 04:02 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary, round 2, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:59
    03:59 due
          “phone” (phone) of Ana was tried.
        > send page 2.1 by “phone” (phone) of Ana
        = triggered, due 04:02
    04:02 due
          Step 1 in round 3 of the escalation was taken, for Ben. It goes on at 04:07 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 1 of Primary, round 3, on call by Platform.
          “mail” (mail) of Ben was tried.
        > send page 3.0 by “mail” (mail) of Ben
        = triggered, due 04:07
    04:07 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 4.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    04:12
        = triggered, exhausted, nothing is due
    "#);
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
    assert_snapshot!(play(cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (4 steps) started, because it was opened.
          Eve could not be paged: they have no verified contact method.
          Step 1 of the escalation had nobody who could be paged.
          Gus could not be paged: they have left.
          Step 2 of the escalation had nobody who could be paged.
          Step 3 of the escalation was taken, for Ana and Eve. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 3 of 4 of Primary.
          “mail” (mail) of Ana was tried.
          Eve could not be paged: they have no verified contact method.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:17 due
          Eve could not be paged: they have no verified contact method.
          Step 4 of the escalation had nobody who could be paged.
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 2.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:22
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn nobody_at_all_can_be_paged() {
    let cast = "
        person Eve:
        admin Dora:
        policy Primary: Eve 5m, repeats 9
        service Checkout: Primary
    ";
    assert_snapshot!(play(cast, r#"03:12 alert "High error rate" sev1"#), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step, 10 rounds) started, because it was opened.
          Eve could not be paged: they have no verified contact method.
          Step 1 of the escalation had nobody who could be paged.
          The escalation is exhausted: no step had anybody who could be paged. The admins are the last resort.
          Dora could not be paged: they have no verified contact method.
        = triggered, exhausted, nothing is due
    "#);
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
    assert_snapshot!(play(cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, low urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The service has no escalation policy. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “phone” (phone) of Dora was tried.
        > send page 1.0 by “phone” (phone) of Dora
        = triggered, exhausted, due 03:17
    03:12 look
        03:17 “mail” (mail) of Dora is tried unless somebody acknowledges.
    03:17 due
          “mail” (mail) of Dora was tried.
        > send page 1.1 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:22
        = triggered, exhausted, nothing is due
    03:22 Dora escalates
        ! The service has no escalation policy. Give the incident to somebody, or ask for them.
        = triggered, exhausted, nothing is due
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:13 Ana escalates
          Ana moved the escalation on to step 2.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:23 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:14
    03:14 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        > tell by “mail” (mail) of Ben that somebody is on it
        = acknowledged, nothing is due
    03:15 Ana escalates
          Ana moved the escalation on to step 1.
          Step 1 in round 2 of the escalation was taken, for Ana. It goes on at 03:20 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, round 2, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 3.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:16 Ana escalates to 2
          Ana moved the escalation on to step 2.
          Step 2 in round 2 of the escalation was taken, for Ben. It goes on at 03:26 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary, round 2.
          “mail” (mail) of Ben was tried.
        > send page 4.0 by “mail” (mail) of Ben
        = triggered, due 03:17
    03:16 Ana escalates to 3
        ! The escalation policy has no such step.
        = triggered, due 03:17
    03:16 Ana escalates to 0
        ! The escalation policy has no such step.
        = triggered, due 03:17
    03:17 due
          “phone” (phone) of Ana was tried.
        > send page 3.1 by “phone” (phone) of Ana
        = triggered, due 03:26
    03:26 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 5.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:36 Ben escalates
          Ben moved the escalation on to step 1.
          Step 1 in round 3 of the escalation was taken, for Ana. It goes on at 03:41 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, round 3, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 6.0 by “mail” (mail) of Ana
        = triggered, due 03:38
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 now policy Primary: Dora 1m
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:27
    03:18
        = triggered, due 03:27
    03:18 Ben resolves
          Ben resolved it.
        > clear the alerts
        > take back the pages
        > tell by “mail” (mail) of Ana that it is over
        = resolved, nothing is due
    03:18 Ben reopens
          Ben opened it again.
          The escalation by Primary (1 step) started, because it was opened again.
          Step 1 of the escalation was taken, for Dora. It goes on at 03:19 UTC unless somebody acknowledges.
          Dora was paged: step 1 of 1 of Primary.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, due 03:19
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    06:12 (down)
        = triggered, due 03:14
    06:12 due
          “phone” (phone) of Ana was tried.
          Step 2 of the escalation was taken, for Ben. It goes on at 06:22 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 1.1 by “phone” (phone) of Ana
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 06:22
    06:12 due
        ! It is not time yet.
        = triggered, due 06:22
    06:12 look
        06:22 The escalation is exhausted: Dora is paged as the last resort.
    "#);
}
