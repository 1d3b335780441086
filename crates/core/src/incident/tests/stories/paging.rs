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
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12:10 page 1.0 fails: mailbox full
          The page to Ana did not get through by mail: mailbox full.
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:16
    03:12:20 page 1.1 fails: no such number
          The page to Ana did not get through by phone: no such number.
          “pager” (pager) of Ana was tried.
        > send page 1.2 by “pager” (pager) of Ana
        = triggered, due 03:17
    03:12:30 page 1.2 fails: switched off
          The page to Ana did not get through by pager: switched off.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:22 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:22:30
    "#);
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
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12:10 page 1.0 fails: mailbox full
          The page to Ana did not get through by mail: mailbox full.
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:16
    03:12:10 page 1.0 fails: mailbox full
        ! It is so already: nothing has changed.
        = triggered, due 03:16
    03:12:10 page 1.2 fails: not tried yet
        ! That page is over.
        = triggered, due 03:16
    03:12:10 page 7.0 fails: no such page
        ! That page is over.
        = triggered, due 03:16
    03:16 due
          “pager” (pager) of Ana was tried.
        > send page 1.2 by “pager” (pager) of Ana
        = triggered, due 03:17
    03:16:10 page 1.2 fails: switched off
          The page to Ana did not get through by pager: switched off.
        = triggered, due 03:17
    03:16:10 page 1.1 fails: no such number
          The page to Ana did not get through by phone: no such number.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:26 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:26:10
    "#);
}

#[test]
fn the_step_is_not_lost_while_one_of_its_people_may_still_answer() {
    let cast = format!("{CAST} policy Primary: Ana+Ben 5m, Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev3
        page 2.0 fails: mailbox full
        page 1.0 fails: mailbox full
    "#;
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "High error rate" sev3
          It was opened: “High error rate” on Checkout, SEV3, low urgency.
          The alert “High error rate” (SEV3) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana and Ben. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary.
          “mail” (mail) of Ana was tried.
          Ben was paged: step 1 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 1.0 by “mail” (mail) of Ana
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:17
    03:12 page 2.0 fails: mailbox full
          The page to Ben did not get through by mail: mailbox full.
        = triggered, due 03:17
    03:12 page 1.0 fails: mailbox full
          The page to Ana did not get through by mail: mailbox full.
          Step 2 of the escalation was taken, for Dora. It goes on at 03:17 UTC unless somebody acknowledges.
          Dora was paged: step 2 of 2 of Primary.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, due 03:17
    "#);
}

#[test]
fn somebody_who_was_asked_for_does_not_hold_up_a_lost_step() {
    let script = r#"
        03:12 alert "High error rate" sev3
        Dora requests Ben
        page 1.0 fails: mailbox full
    "#;
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "High error rate" sev3
          It was opened: “High error rate” on Checkout, SEV3, low urgency.
          The alert “High error rate” (SEV3) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:12 Dora requests Ben
          Ben was paged: Dora asked for them.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:17
    03:12 page 1.0 fails: mailbox full
          The page to Ana did not get through by mail: mailbox full.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:22 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 3.0 by “mail” (mail) of Ben
        = triggered, due 03:22
    "#);
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
    assert_snapshot!(play(cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The service has no escalation policy. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 1.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:12 page 1.0 fails: mailbox full
          The page to Dora did not get through by mail: mailbox full.
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn whoever_leaves_while_being_paged_is_tried_no_more() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m now gone Ana: mail, phone 2m
        +1m
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
    03:13 now gone Ana: mail, phone 2m
    03:14 due
          Ana could not be paged: they have left.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:24 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:24
    03:14
        = triggered, due 03:24
    "#);
}

#[test]
fn whoever_leaves_before_their_step_is_not_paged() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1m now gone Ben: mail
        +5m
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
    03:13 now gone Ben: mail
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Ben could not be paged: they have left.
          Step 2 of the escalation had nobody who could be paged.
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 2.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:18
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn rules_that_are_edited_meanwhile_count_from_the_next_page() {
    let script = r#"
        03:12 alert "High error rate" sev1
        now person Ana: phone
        +3m
        Dora requests Ana
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
    03:12 now person Ana: phone
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:15
        = triggered, due 03:17
    03:15 Dora requests Ana
          Ana was paged: Dora asked for them.
          “phone” (phone) of Ana was tried.
        > send page 2.0 by “phone” (phone) of Ana
        = triggered, due 03:17
    "#);
}
