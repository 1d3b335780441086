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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:13 alert "Latency" sev2
          The alert “Latency” (SEV2) joined. The incident's latest alert, of the same service, was no more than 5m old.
        = triggered, due 03:14
    03:13 alert "Errors" clears
          The alert “Errors” cleared: its source said so.
        = triggered, due 03:14
    03:13 alert "Latency" expires
          The alert “Latency” cleared: its source fell silent for longer than it had announced.
          It was resolved, because its last alert cleared.
        > take back the pages
        > tell by “mail” (mail) of Ana that it is over
        = resolved, nothing is due
    03:13 alert "Disk" sev1
        ! This incident is resolved already. Re-open it to go on.
        = resolved, nothing is due
    03:13 alert "Errors" clears
          The alert “Errors” cleared: its source said so.
        = resolved, nothing is due
    "#);
}

#[test]
fn an_incident_that_stays_open_waits_for_a_person() {
    let cast = format!("{CAST} service Checkout: Primary, stays open");
    let script = r#"
        03:12 alert "Errors" sev2
        alert "Errors" clears
        Ana resolves
    "#;
    assert_snapshot!(play(&cast, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 alert "Errors" clears
          The alert “Errors” cleared: its source said so.
        = triggered, due 03:14
    03:12 Ana resolves
          Ana resolved it.
        > take back the pages
        = resolved, nothing is due
    "#);
}

#[test]
fn a_person_ends_it_while_alerts_fire() {
    let script = r#"
        03:12 alert "Errors" sev2
        Ana resolves
    "#;
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
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
    "#);
}

#[test]
fn declared_by_a_person() {
    let script = r#"
        09:00 Ana declares "Payments look odd" sev2
        alert "Errors" sev1
        alert "Errors" clears
    "#;
    assert_snapshot!(play(CAST, script), @r#"
    09:00 Ana declares "Payments look odd" sev2
          Ana declared it: “Payments look odd” on Checkout, SEV2, high urgency.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ben. It goes on at 09:05 UTC unless somebody acknowledges.
          Ben was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ben was tried.
        > send page 1.0 by “mail” (mail) of Ben
        = triggered, due 09:05
    09:00 alert "Errors" sev1
          The alert “Errors” (SEV1) joined. The incident's latest alert, of the same service, was no more than 5m old.
          The severity rose from SEV2 to SEV1. Its urgency is high.
        = triggered, due 09:05
    09:00 alert "Errors" clears
          The alert “Errors” cleared: its source said so.
          It was resolved, because its last alert cleared.
        > take back the pages
        > tell by “mail” (mail) of Ben that it is over
        = resolved, nothing is due
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 Ana merges
          Ana made it a part of INC-1.
        > take back the pages
        > move the alerts to INC-1
        = merged, nothing is due
    03:12 Ana merges
        ! This incident was merged into another one. Go on there.
        = merged, nothing is due
    03:12 Ana notes "see there"
          Ana noted: see there
        = merged, nothing is due
    03:12 alert "Errors" clears
          The alert “Errors” cleared: its source said so.
        = merged, nothing is due
    03:12 Ana reopens
        ! This incident was merged into another one. Go on there.
        = merged, nothing is due
    "#);
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
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Slow" sev4
          It was opened: “Slow” on Checkout, SEV4, low urgency.
          The alert “Slow” (SEV4) joined. It is the first of its group.
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
    03:12 Ana absorbs sev4
          INC-2 became a part of it, with 3 alerts, 2 of them firing.
        = acknowledged, nothing is due
    03:12 Ana absorbs sev2
          INC-2 became a part of it, with 3 alerts, 2 of them firing.
          Ana raised the severity from SEV4 to SEV2. Its urgency is high.
          The escalation by Primary (2 steps) started, because it became urgent.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        = resolved, nothing is due
    03:12 Ana absorbs sev1
        ! This incident is resolved already. Re-open it to go on.
        = resolved, nothing is due
    "#);
}

#[test]
fn the_title_and_notes() {
    let script = r#"
        03:12 alert "Errors" sev2
        Ana renames "Checkout fails"
        Ana renames "Checkout fails"
        Ana notes "Rolled back to 1.4."
    "#;
    assert_snapshot!(play(CAST, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    03:12 Ana renames "Checkout fails"
          Ana changed the title to “Checkout fails”.
        = triggered, due 03:14
    03:12 Ana renames "Checkout fails"
        ! It is so already: nothing has changed.
        = triggered, due 03:14
    03:12 Ana notes "Rolled back to 1.4."
          Ana noted: Rolled back to 1.4.
        = triggered, due 03:14
    "#);
}
