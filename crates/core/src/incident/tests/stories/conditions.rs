//! Steps that are only taken sometimes, and steps that wait for the working hours.

use insta::assert_snapshot;

use super::play;

fn told(policy: &str, script: &str) -> String {
    let cast = format!(
        "person Ana: mail
         person Ben: mail
         admin Dora: mail
         policy Primary: {policy}
         service Checkout: Primary"
    );
    play(&cast, script)
}

#[test]
fn a_step_is_passed_over_with_its_reason() {
    let policy = "Ana 5m; only sev1, Ana 5m; only low, Ana 5m; only 09:00-17:00, Ana 5m; only inside, \
                  Ana 5m; only label team=db, Ben 5m; only outside, office 08:00-18:00";
    assert_snapshot!(told(policy, "03:12 alert \"Errors\" sev2"), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (6 steps) started, because it was opened.
          Step 1 of the escalation was passed over: it is not for SEV2.
          Step 2 of the escalation was passed over: it is not for high urgency.
          Step 3 of the escalation was passed over: it is not for this hour of the week.
          Step 4 of the escalation was passed over: it is only for the working hours.
          Step 5 of the escalation was passed over: it is only for alerts with team=db.
          Step 6 of the escalation was taken, for Ben. It goes on at 03:17 UTC unless somebody acknowledges.
          Ben was paged: step 6 of 6 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 1.0 by “mail” (mail) of Ben
        = triggered, due 03:17
    "#);
}

#[test]
fn a_step_whose_conditions_hold_is_taken() {
    let policy =
        "Ana 5m; only sev1 sev2; only high; only 03:00-04:00; only outside; only label team=db, office 08:00-18:00";
    let told = told(policy, "03:12 alert \"Errors\" sev2 with team=db other=x");
    assert!(told.contains("Ana was paged: step 1 of 1 of Primary."), "{told}");
}

#[test]
fn conditions_that_never_hold_leave_the_admins() {
    assert_snapshot!(told("Ana 5m; only sev1, Ben 5m; only sev1, repeats 3", "03:12 alert \"Errors\" sev2"), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps, 4 rounds) started, because it was opened.
          Step 1 of the escalation was passed over: it is not for SEV2.
          Step 2 of the escalation was passed over: it is not for SEV2.
          The escalation is exhausted: no step had anybody who could be paged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 1.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn by_hand_a_step_is_taken_in_any_case() {
    let script = "03:12 alert \"Errors\" sev2\nDora escalates to 1";
    let told = told("Ana 5m; only sev1, Ben 5m", script);
    assert!(told.contains("Ana was paged: step 1 of 2 of Primary"), "{told}");
}

#[test]
fn a_step_waits_for_the_working_hours_and_is_taken_then() {
    let policy = "Ana 5m, Ben 10m; hours, office 08:00-18:00, lapses 1h";
    let script = "03:12 alert \"Errors\" sev2\nlook\n+5m\nlook\n08:00";
    assert_snapshot!(told(policy, script), @r#"
    03:12 alert "Errors" sev2
          It was opened: “Errors” on Checkout, SEV2, high urgency.
          The alert “Errors” (SEV2) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:17 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:17
    03:12 look
        08:00 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        08:10 The escalation is exhausted: Dora is paged as the last resort.
    03:17 due
          Step 2 of the escalation waits for the working hours, which begin at 08:00 UTC.
        = triggered, due 08:00
    03:17
        = triggered, due 08:00
    03:17 look
        08:00 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        08:10 The escalation is exhausted: Dora is paged as the last resort.
    08:00 due
          Step 2 of the escalation was taken, for Ben. It goes on at 08:10 UTC unless somebody acknowledges.
          Ben was paged: step 2 of 2 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 2.0 by “mail” (mail) of Ben
        = triggered, due 08:10
    08:00
        = triggered, due 08:10
    "#);
}

#[test]
fn a_step_that_waits_is_taken_although_we_were_not_there_in_time() {
    let policy = "Ben 10m; hours, office 08:00-08:10";
    let script = "03:12 alert \"Errors\" sev2\n09:00 (down)\ndue";
    let told = told(policy, script);
    assert!(told.contains("09:00 due\n      Step 1 of the escalation was taken, for Ben."), "{told}");
}

#[test]
fn nothing_but_time_ends_the_wait_for_the_working_hours() {
    let policy = "Ana 5m, Ben 10m; hours, office 08:00-18:00";
    let script = "03:12 alert \"Errors\" sev2\n+5m\nAna declines\nDora requests Dora\npage 2.0 fails: no mailbox\n+1h";
    let told = told(policy, script);
    assert!(!told.contains("Ben was paged") && told.ends_with("due 08:00"), "{told}");
    let acknowledged = self::told(policy, "03:12 alert \"Errors\" sev2\n+6m\nAna acknowledges\n09:00");
    assert!(!acknowledged.contains("Ben was paged") && acknowledged.ends_with("nothing is due"), "{acknowledged}");
}

#[test]
fn within_the_working_hours_nothing_waits() {
    let told = told("Ben 10m; hours, office 08:00-18:00", "09:12 alert \"Errors\" sev2");
    assert!(told.contains("Ben was paged") && !told.contains("waits for the working hours"), "{told}");
}
