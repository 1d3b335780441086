//! Managers and senior staff, by the time that an incident stays unresolved.

use insta::assert_snapshot;

use super::play;

const CAST: &str = "
    person Ana: mail
    person Mia: mail
    person Dan: mail
    admin Dora: mail
    policy Primary: Ana 30m, repeats 1, late 1h Mia, late 4h Dan+Mia
    service Checkout: Primary
";

#[test]
fn an_acknowledgement_does_not_keep_the_manager_out() {
    let script =
        "03:00 alert \"Errors\" sev1\nAna acknowledges\nlook\n04:00\nMia acknowledges\n07:00\nAna resolves\n+20h";
    assert_snapshot!(play(CAST, script), @r#"
    03:00 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step, 2 rounds) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:30 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:30
    03:00 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, due 04:00
    03:00 look
        04:00 Mia is paged unless it is resolved within 1h.
        07:00 Dan and Mia are paged unless it is resolved within 4h.
    04:00 due
          It has been unresolved for 1h, the time that it was snoozed left out. To be told: Mia.
          Mia was paged: it has been unresolved for 1h, and Primary wants them told then.
          “mail” (mail) of Mia was tried.
        > send page 2.0 by “mail” (mail) of Mia
        = acknowledged, due 07:00
    04:00
        = acknowledged, due 07:00
    04:00 Mia acknowledges
          Mia acknowledged it.
        > take back the pages of Mia
        = acknowledged, due 07:00
    07:00 due
          It has been unresolved for 4h, the time that it was snoozed left out. To be told: Dan and Mia.
          Dan was paged: it has been unresolved for 4h, and Primary wants them told then.
          “mail” (mail) of Dan was tried.
          Mia was paged: it has been unresolved for 4h, and Primary wants them told then.
          “mail” (mail) of Mia was tried.
        > send page 3.0 by “mail” (mail) of Dan
        > send page 4.0 by “mail” (mail) of Mia
        = acknowledged, nothing is due
    07:00
        = acknowledged, nothing is due
    07:00 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        > tell by “mail” (mail) of Mia that it is over
        > tell by “mail” (mail) of Dan that it is over
        = resolved, nothing is due
    03:00
        = resolved, nothing is due
    "#);
}

#[test]
fn nobody_answered_and_the_manager_is_told_all_the_same() {
    let told = play(CAST, "03:00 alert \"Errors\" sev1\n05:00");
    assert!(told.contains("04:00 due\n"), "{told}");
    assert!(told.contains("Mia was paged: it has been unresolved for 1h"), "{told}");
    assert!(told.contains("The escalation is exhausted"), "{told}");
}

#[test]
fn the_time_does_not_run_while_it_is_snoozed() {
    let script = "03:00 alert \"Errors\" sev1\n03:30 Ana snoozes until 06:00\n03:45 Ana snoozes until 07:00\n07:00\nAna acknowledges\nlook\n07:29\n07:30";
    assert_snapshot!(play(CAST, script), @r#"
    03:00 alert "Errors" sev1
          It was opened: “Errors” on Checkout, SEV1, high urgency.
          The alert “Errors” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step, 2 rounds) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:30 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:30
    03:30 Ana snoozes until 06:00
          Ana snoozed it until 06:00 UTC.
        > take back the pages
        = snoozed, due 06:00
    03:45 Ana snoozes until 07:00
          Ana snoozed it until 07:00 UTC.
        > take back the pages
        = snoozed, due 07:00
    07:00 due
          The snooze ended.
          The escalation by Primary (1 step, 2 rounds) started, because nobody resolved it in time.
          Step 1 of the escalation was taken, for Ana. It goes on at 07:30 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary.
          “mail” (mail) of Ana was tried.
        > send page 2.0 by “mail” (mail) of Ana
        = triggered, due 07:30
    07:00
        = triggered, due 07:30
    07:00 Ana acknowledges
          Ana acknowledged it.
        > take back the pages
        = acknowledged, due 07:30
    07:00 look
        07:30 Mia is paged unless it is resolved within 1h.
        10:30 Dan and Mia are paged unless it is resolved within 4h.
    07:29
        = acknowledged, due 07:30
    07:30 due
          It has been unresolved for 1h, the time that it was snoozed left out. To be told: Mia.
          Mia was paged: it has been unresolved for 1h, and Primary wants them told then.
          “mail” (mail) of Mia was tried.
        > send page 3.0 by “mail” (mail) of Mia
        = acknowledged, due 10:30
    07:30
        = acknowledged, due 10:30
    "#);
}

#[test]
fn whoever_is_on_it_need_not_be_told() {
    let told = play(CAST, "03:00 alert \"Errors\" sev1\nMia acknowledges\n04:00");
    assert!(!told.contains("Mia was paged"), "{told}");
    assert!(told.contains("There is nobody to be told who is not on it already."), "{told}");
}

#[test]
fn opened_again_the_time_begins_anew_and_a_lapse_changes_nothing() {
    let script = "03:00 alert \"Errors\" sev1\nAna resolves\n05:00 Ana reopens\nAna acknowledges\n06:00";
    let told = play(CAST, script);
    assert!(told.contains("06:00 due\n") && !told.contains("\n04:00"), "{told}");
    let lapses = CAST.replace("repeats 1", "lapses 45m");
    let told = play(&lapses, "03:00 alert \"Errors\" sev1\nAna acknowledges\n03:45\nAna acknowledges\n04:29\n04:31");
    assert_eq!(told.matches("Mia was paged").count(), 1, "{told}");
    assert!(told.contains("04:00 due\n"), "{told}");
}

#[test]
fn what_is_late_is_caught_up_with_once() {
    let told = play(CAST, "03:00 alert \"Errors\" sev1\nAna acknowledges\n09:00 (down)\ndue\ndue");
    assert!(told.contains("unresolved for 1h,") && told.contains("unresolved for 4h,"), "{told}");
    assert_eq!(told.matches("Mia was paged").count(), 2, "{told}");
}
