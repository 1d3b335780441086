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
    03:13 Ana by link acknowledges
          Ana acknowledged it (from the link of a page).
        > take back the pages
        = acknowledged, nothing is due
    03:13 Ana acknowledges
        ! Somebody has acknowledged this incident already.
        = acknowledged, nothing is due
    03:13 Ben acknowledges
        ! Somebody has acknowledged this incident already.
        = acknowledged, nothing is due
    12:13
        = acknowledged, nothing is due
    12:13 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        = resolved, nothing is due
    12:13 Ana resolves
        ! This incident is resolved already. Re-open it to go on.
        = resolved, nothing is due
    12:13 Ana acknowledges
        ! This incident is resolved already. Re-open it to go on.
        = resolved, nothing is due
    "#);
}

#[test]
fn those_who_were_paged_are_told_that_somebody_is_on_it_and_that_it_is_over() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +6m Ben acknowledges
        +6m alert "High error rate" clears
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
    03:18 Ben acknowledges
          Ben acknowledged it.
        > take back the pages
        > tell by “mail” (mail) of Ana that somebody is on it
        = acknowledged, nothing is due
    03:24 alert "High error rate" clears
          The alert “High error rate” cleared: its source said so.
          It was resolved, because its last alert cleared.
        > take back the pages
        > tell by “mail” (mail) of Ana that it is over
        > tell by “mail” (mail) of Ben that it is over
        = resolved, nothing is due
    "#);
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
    assert_snapshot!(play(&cast, script), @r#"
    03:50 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:55 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:52
    03:50 Ana acknowledges
          Ana acknowledged it. It pages again at 04:20 UTC unless it is resolved by then.
        > take back the pages
        = acknowledged, due 04:20
    03:50 look
        04:20 The acknowledgement lapses unless it is resolved.
        04:20 Ben is paged (step 1 of 2 of Primary) unless somebody acknowledges.
        04:25 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        04:35 The escalation is exhausted: Dora is paged as the last resort.
    04:20 due
          The acknowledgement lapsed, and it was not resolved.
          The escalation by Primary (2 steps) started, because nobody resolved it in time.
          Step 1 of the escalation was taken, for Ben. It goes on at 04:25 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 04:25
    04:21
        = triggered, due 04:25
    04:21 source acknowledges
          It was acknowledged at its source, an integration that is no longer here. It pages again at 04:51 UTC unless it is resolved by then.
        > take back the pages
        > tell by “mail” (mail) of Ben that somebody is on it
        = acknowledged, due 04:51
    "#);
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
    03:12 Ana snoozes until 03:12
        ! A snooze must end in the future, within a year.
        = triggered, due 03:14
    03:12 Ana snoozes until 07:00
          Ana snoozed it until 07:00 UTC.
        > take back the pages
        = snoozed, due 07:00
    03:12 look
        07:00 The snooze ends.
        07:00 Ben is paged (step 1 of 2 of Primary) unless somebody acknowledges.
        07:05 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        07:15 The escalation is exhausted: Dora is paged as the last resort.
    07:00 due
          The snooze ended.
          The escalation by Primary (2 steps) started, because nobody resolved it in time.
          Step 1 of the escalation was taken, for Ben. It goes on at 07:05 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 07:05
    07:00
        = triggered, due 07:05
    "#);
}

#[test]
fn somebody_who_is_asked_for_during_a_snooze_is_paged() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ben snoozes until 07:00
        Ben requests Ana
        +3m Ana acknowledges
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
    03:12 Ben snoozes until 07:00
          Ben snoozed it until 07:00 UTC.
        > take back the pages
        = snoozed, due 07:00
    03:12 Ben requests Ana
          Ana was paged: Ben asked for them.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = snoozed, due 03:14
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 2.1 by “phone” (phone) of Ana
        = snoozed, due 07:00
    03:15 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    "#);
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
    03:12 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        = resolved, nothing is due
    04:12 Ben notes "it is back"
          Ben noted: it is back
        = resolved, nothing is due
    04:12 Ben reopens
          Ben opened it again.
          The escalation by Primary (2 steps) started, because it was opened again.
          Step 1 of the escalation was taken, for Ben. It goes on at 04:17 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 04:17
    04:12 Ben reopens
        ! This incident is open already.
        = triggered, due 04:17
    "#);
}

#[test]
fn late_news_of_an_old_alert_does_not_end_what_was_opened_again() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana resolves
        Ana reopens
        alert "High error rate" clears
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
    03:12 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        = resolved, nothing is due
    03:12 Ana reopens
          Ana opened it again.
          The escalation by Primary (2 steps) started, because it was opened again.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 alert "High error rate" clears
          The alert “High error rate” cleared: its source said so.
        = triggered, due 03:14
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Slow" sev3
          It was opened: “Slow” on Checkout, SEV3, low urgency.
          The alert “Slow” (SEV3) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:12 alert worsens sev3
        ! It is so already: nothing has changed.
        = acknowledged, nothing is due
    03:12 alert "Down" sev1
          The alert “Down” (SEV1) joined. The incident's latest alert, of the same service, was no more than 5m old.
          The severity rose from SEV3 to SEV1. Its urgency is high.
          The escalation by Primary (2 steps) started, because it became urgent.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:12 Ana sets sev2
          Ana lowered the severity from SEV1 to SEV2. Its urgency is high.
        = acknowledged, nothing is due
    03:12 Ana sets sev2
        ! It is so already: nothing has changed.
        = acknowledged, nothing is due
    03:12 Ana sets sev4
          Ana lowered the severity from SEV2 to SEV4. Its urgency is low.
        = acknowledged, nothing is due
    "#);
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
    assert_snapshot!(play(cast, script), @r#"
    03:12 alert "Slow" sev3
          It was opened: “Slow” on Checkout, SEV3, low urgency.
          The alert “Slow” (SEV3) joined. It is the first of its group.
          The service has no escalation policy. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 1.0 by “mail” (mail) of Dora
        = triggered, exhausted, due 03:17
    03:12 Dora acknowledges
          Dora acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:12 alert worsens sev1
          The severity rose from SEV3 to SEV1. Its urgency is high.
          The service has no escalation policy. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 2.0 by “mail” (mail) of Dora
        = triggered, exhausted, due 03:17
    03:17 due
          “phone” (phone) of Dora was tried.
        > send page 2.1 by “phone” (phone) of Dora
        = triggered, exhausted, nothing is due
    03:17
        = triggered, exhausted, nothing is due
    "#);
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
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "Slow" sev3
          It was opened: “Slow” on Checkout, SEV3, low urgency.
          The alert “Slow” (SEV3) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:12 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, nothing is due
    03:12 Ana requests Dora
          Dora was paged: Ana asked for them.
          “mail” (mail) of Dora was tried.
        > send page 2.0 by “mail” (mail) of Dora
        = acknowledged, due 03:22
    03:12 alert worsens sev1
          The severity rose from SEV3 to SEV1. Its urgency is high.
          The escalation by Primary (2 steps) started, because it became urgent.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 3.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:14 due
          “phone” (phone) of Ana was tried.
        > send page 3.1 by “phone” (phone) of Ana
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 4.0 by “mail” (mail) of Ben
        = triggered, due 03:22
    03:22 due
          “phone” (phone) of Dora was tried.
        > send page 2.1 by “phone” (phone) of Dora
        = triggered, due 03:27
    03:22
        = triggered, due 03:27
    "#);
}
