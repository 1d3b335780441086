//! The world changes under an incident: a clock that jumps back, things that are gone.

use insta::assert_snapshot;

use super::{CAST, play};

#[test]
fn a_clock_that_jumps_back_loses_nothing() {
    let script = r#"
        03:12 alert "High error rate" sev1
        03:14
        02:14 (down)
        due
        03:18
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
    03:14
        = triggered, due 03:17
    02:14 (down)
        = triggered, due 03:17
    02:14 due
        ! It is not time yet.
        = triggered, due 03:17
    03:17 due
          Step 2 of the escalation was taken, for Ben. It goes on at 03:27 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 03:27
    03:18
        = triggered, due 03:27
    "#);
}

#[test]
fn a_service_that_loses_its_policy_keeps_the_one_it_had() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana resolves
        now service Checkout:
        Ana reopens
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
    03:12 now service Checkout:
    03:12 Ana reopens
          Ana opened it again.
          The escalation by Primary (2 steps) started, because it was opened again.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 03:14
    "#);
}
