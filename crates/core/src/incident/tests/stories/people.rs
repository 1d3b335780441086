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
    03:13 Ana declines
          Ana said that it was not for them.
          Step 2 of the escalation was taken, for Ben. It goes on at 03:23 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > take back the pages of Ana
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:23
    03:13 Ana declines
        ! That person is not being paged for this incident.
        = triggered, due 03:23
    03:13 Dora declines
        ! That person is not being paged for this incident.
        = triggered, due 03:23
    03:14 Ben declines
          Ben said that it was not for them.
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > take back the pages of Ben
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn a_late_not_me_leaves_those_in_peace_who_were_paged_since() {
    let cast = format!("{CAST} policy Primary: Ana 5m, Ben 5m, Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev1
        +6m Ana declines
    "#;
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (3 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 3 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 1.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:22 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 3 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:22
    03:18 Ana declines
          Ana said that it was not for them.
        > take back the pages of Ana
        = triggered, due 03:22
    "#);
}

#[test]
fn the_last_resort_who_declines_is_not_paged_again() {
    let cast = format!("{CAST} admin Duc: mail");
    let script = r#"
        03:12 alert "High error rate" sev1
        +20m Dora declines
        Duc declines
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
          Duc was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Duc was tried.
        > send page 3.0 by “mail” (mail) of Dora
        > send page 4.0 by “mail” (mail) of Duc
        = triggered, exhausted, nothing is due
    03:32 Dora declines
          Dora said that it was not for them.
        > take back the pages of Dora
        = triggered, exhausted, nothing is due
    03:32 Duc declines
          Duc said that it was not for them.
        > take back the pages of Duc
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn somebody_is_asked_for_while_it_rings() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana requests Ben, Dora, Ben
        Dora acknowledges
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
    03:12 Ana requests Ben, Dora, Ben
          Ben was paged: Ana asked for them.
          “mail” (mail) of Ben was tried.
          Dora was paged: Ana asked for them.
          “mail” (mail) of Dora was tried.
        > send page 2.0 by “mail” (mail) of Ben
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, due 03:14
    03:12 Dora acknowledges
          Dora acknowledged it.
        > take back the pages
        > tell by “mail” (mail) of Ana that somebody is on it
        > tell by “mail” (mail) of Ben that somebody is on it
        = acknowledged, nothing is due
    "#);
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
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:13 Ana requests Ben, Dora
          Ben was paged: Ana asked for them.
          Dora was paged: Ana asked for them.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = acknowledged, due 03:14
    03:13 look
        03:14 “mail” (mail) of Ben is tried unless they join.
        03:16 “phone” (phone) of Ben is tried unless they join.
    03:14 due
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = acknowledged, due 03:16
    03:15
        = acknowledged, due 03:16
    03:15 Ben by link acknowledges
          Ben acknowledged it (from the link of a page).
        > take back the pages of Ben
        = acknowledged, nothing is due
    03:15 Ben acknowledges
        ! Somebody has acknowledged this incident already.
        = acknowledged, nothing is due
    03:15 Ana acknowledges
        ! Somebody has acknowledged this incident already.
        = acknowledged, nothing is due
    03:17 Dora declines
          Dora said that it was not for them.
        > take back the pages of Dora
        = acknowledged, nothing is due
    04:17
        = acknowledged, nothing is due
    "#);
}

#[test]
fn whoever_cannot_be_reached_is_said_to_be_so() {
    let cast = format!("{CAST} person Eve:\n gone Gus: mail");
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana requests Eve
        Ana requests Gus
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
    03:12 Ana requests Eve
          Eve could not be paged: they have no verified contact method.
        = triggered, due 03:14
    03:12 Ana requests Gus
        ! That person or policy is not there any more. Choose another one.
        = triggered, due 03:14
    "#);
}

#[test]
fn given_to_people_and_then_the_services_own_policy_goes_on() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana acknowledges
        Ana assigns Ben, Dora
        +16m
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
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:12 Ana assigns Ben, Dora
          Ana gave it to Ben and Dora.
          The escalation by Primary (3 steps) started, because it was given to somebody else.
          Step 1 of the escalation was taken, for Ben and Dora. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 3 of Primary.
          “mail” (mail) of Ben was tried.
          Dora was paged: step 1 of 3 of Primary.
          “mail” (mail) of Dora was tried.
        > take back the pages
        > send page 2.0 by “mail” (mail) of Ben
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, due 03:27
    03:27 due
          Step 2 of the escalation was taken, for Ana. It goes on at 03:32 UTC unless somebody acknowledges.
          Ana was paged: step 2 of 3 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 4.0 by “mail” (mail) of Ana
        = triggered, due 03:29
    03:28
        = triggered, due 03:29
    "#);
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
    assert_snapshot!(play(cast, script), @r#"
    03:12 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The service has no escalation policy. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 1.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:12 Dora assigns Ana
          Dora gave it to Ana.
          The escalation by People chosen by hand (1 step) started, because it was given to somebody else.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:27 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of People chosen by hand.
          “mail” (mail) of Ana was tried.
        > take back the pages
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:27
    03:27 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 3.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:27
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn given_to_a_policy() {
    let cast = format!("{CAST} policy Database: Dora 5m");
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana hands Database
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
    03:12 Ana hands Database
          Ana gave it to the escalation policy Database.
          The escalation by Database (1 step) started, because it was given to somebody else.
          Step 1 of the escalation was taken, for Dora. It goes on at 03:17 UTC unless somebody acknowledges.
          Dora was paged: step 1 of 1 of Database.
          “mail” (mail) of Dora was tried.
        > take back the pages
        > send page 2.0 by “mail” (mail) of Dora
        = triggered, due 03:17
    "#);
}
