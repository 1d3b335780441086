//! A policy that is changed while an escalation follows it.

use insta::assert_snapshot;

use super::play;

const CAST: &str = "
    person Ana: mail
    person Ben: mail
    person Cleo: mail
    admin Dora: mail
    policy Primary: Ana 10m, Ben 10m
    service Checkout: Primary
";

#[test]
fn the_change_is_applied_only_when_somebody_says_so() {
    let script = "03:00 alert \"Errors\" sev1
        +2m now policy Primary: Cleo 5m, Cleo 5m, Ben 5m
        look
        Dora replaces
        look
        Dora replaces
        +20m";
    assert_snapshot!(play(CAST, script), @r#"
    03:00 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (2 steps) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:10 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 2 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:10
    03:02 now policy Primary: Cleo 5m, Cleo 5m, Ben 5m
    03:02 look
        03:10 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        03:20 The escalation is exhausted: Dora is paged as the last resort.
    03:02 Dora replaces
          Dora applied the changed policy Primary to it, from step 1 on. The next step is taken at 03:05 UTC.
        = triggered, due 03:05
    03:02 look
        03:05 Cleo is paged (step 2 of 3 of Primary) unless somebody acknowledges.
        03:10 Ben is paged (step 3 of 3 of Primary) unless somebody acknowledges.
        03:15 The escalation is exhausted: Dora is paged as the last resort.
    03:02 Dora replaces
        ! It is so already: nothing has changed.
        = triggered, due 03:05
    03:05 due
          Step 2 of the escalation was taken, for Cleo. It goes on at 03:10 UTC unless somebody acknowledges.
          Cleo was paged: step 2 of 3 of Primary.
          “mail” (mail) of Cleo was tried.
        > send page 2.0 by “mail” (mail) of Cleo
        = triggered, due 03:10
    03:10 due
          Step 3 of the escalation was taken, for Ben. It goes on at 03:15 UTC unless somebody acknowledges.
          Ben was paged: step 3 of 3 of Primary.
          “mail” (mail) of Ben was tried.
        > send page 3.0 by “mail” (mail) of Ben
        = triggered, due 03:15
    03:15 due
          The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
          Dora was paged: nobody else was left to page, and they are an admin.
          “mail” (mail) of Dora was tried.
        > send page 4.0 by “mail” (mail) of Dora
        = triggered, exhausted, nothing is due
    03:22
        = triggered, exhausted, nothing is due
    "#);
}

#[test]
fn a_wait_that_is_over_by_now_ends_now() {
    let told = play(CAST, "03:00 alert \"Errors\" sev1\n+8m now policy Primary: Ana 5m, Ben 10m\nDora replaces\ndue");
    assert!(told.contains("= triggered, due 03:08") && told.contains("Ben was paged"), "{told}");
}

#[test]
fn fewer_steps_than_were_taken() {
    let script = "03:00 alert \"Errors\" sev1\n+12m\nnow policy Primary: Cleo 5m\nDora replaces\n+30m";
    let told = play(CAST, script);
    assert!(told.contains("from step 1 on. The next step is taken at 03:20 UTC."), "{told}");
    assert!(told.contains("03:20 due\n      The escalation is exhausted"), "{told}");
}

#[test]
fn people_who_were_named_by_hand_keep_their_turn() {
    let script = "03:00 alert \"Errors\" sev1\nDora assigns Ben\n+1m now policy Primary: Cleo 5m\nDora replaces\n+20m";
    let told = play(CAST, script);
    assert!(told.contains("from step 1 on. The next step is taken at 03:15 UTC."), "{told}");
    assert!(told.contains("Cleo was paged: step 2 of 2 of Primary."), "{told}");
}

#[test]
fn while_somebody_is_on_it_nothing_rings() {
    let script = "03:00 alert \"Errors\" sev1\nAna acknowledges\nnow policy Primary: Cleo 5m\nDora replaces\n+1h";
    let told = play(CAST, script);
    assert!(!told.contains("Cleo was paged") && told.ends_with("= acknowledged, nothing is due"), "{told}");
}

#[test]
fn without_a_policy_there_is_nothing_to_apply() {
    let told = play("admin Dora: mail\nservice Checkout:", "03:00 alert \"Errors\" sev1\nDora replaces");
    assert!(told.contains("! The service has no escalation policy."), "{told}");
}
