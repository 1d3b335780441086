//! What is announced is what happens.

use insta::assert_snapshot;

use super::*;
use crate::incident::tests::cast::moment;
use crate::incident::tests::stage::{Stage, play};

const CAST: &str = "
    person Ana: mail, phone 2m
    person Ben: mail
    admin Dora: mail
    schedule Platform: Ana until 04:00, Ben
    policy Primary: Platform 5m, Ben 10m, lapses 30m
    service Checkout: Primary
";

#[test]
fn a_step_pages_whoever_is_on_call_by_then() {
    let script = r#"
        03:48 alert "High error rate" sev1
        look
    "#;
    let cast = format!("{CAST} policy Primary: Platform 5m, repeats 2");
    assert_snapshot!(play(&cast, script), @r#"
    03:48 alert "High error rate" sev1
          It was opened: “High error rate” on Checkout, SEV1, high urgency.
          The alert “High error rate” (SEV1) joined. It is the first of its group.
          The escalation by Primary (1 step, 3 rounds) started, because it was opened.
          Step 1 of the escalation was taken, for Ana. It goes on at 03:53 UTC unless somebody acknowledges.
          Ana was paged: step 1 of 1 of Primary, on call by Platform.
          “mail” (mail) of Ana was tried.
        > send page 1.0 by “mail” (mail) of Ana
        = triggered, due 03:50
    03:48 look
        03:50 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:53 Ana is paged (step 1 of 1 of Primary, round 2) unless somebody acknowledges.
        03:55 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:58 Ana is paged (step 1 of 1 of Primary, round 3) unless somebody acknowledges.
        04:00 “phone” (phone) of Ana is tried unless somebody acknowledges.
        04:03 The escalation is exhausted: Dora is paged as the last resort.
    "#);
}

#[test]
fn what_an_acknowledgement_and_a_snooze_lead_to() {
    let script = r#"
        03:12 alert "High error rate" sev1
        Ana acknowledges
        look
        Ana snoozes until tomorrow 07:00
        look
        Ana resolves
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
    03:12 Ana acknowledges
          Ana acknowledged it. It pages again at 03:42 UTC unless it is resolved by then.
        > take back the pages
        = acknowledged, due 03:42
    03:12 look
        03:42 The acknowledgement lapses unless it is resolved.
        03:42 Ana is paged (step 1 of 2 of Primary) unless somebody acknowledges.
        03:44 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:47 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        03:57 The escalation is exhausted: Dora is paged as the last resort.
    03:12 Ana snoozes until tomorrow 07:00
          Ana snoozed it until Tue 07:00 UTC.
        > take back the pages
        = snoozed, due tomorrow 07:00
    03:12 look
        tomorrow 07:00 The snooze ends.
        tomorrow 07:00 Ben is paged (step 1 of 2 of Primary) unless somebody acknowledges.
        tomorrow 07:05 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        tomorrow 07:15 The escalation is exhausted: Dora is paged as the last resort.
    03:12 Ana resolves
          Ana resolved it.
        > clear the alerts
        > take back the pages
        = resolved, nothing is due
    03:12 look
    "#);
}

#[test]
fn what_is_late_is_due_now() {
    let script = r#"
        03:12 alert "High error rate" sev1
        +1h (down)
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
    04:12 (down)
        = triggered, due 03:14
    04:12 look
        04:12 “phone” (phone) of Ana is tried unless somebody acknowledges.
        04:12 Ben is paged (step 2 of 2 of Primary) unless somebody acknowledges.
        04:22 The escalation is exhausted: Dora is paged as the last resort.
    "#);
}

#[test]
fn nobody_will_be_paged() {
    let script = r#"
        03:12 alert "High error rate" sev1
        now gone Ben:
        now gone Dora:
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
    03:12 now gone Ben:
    03:12 now gone Dora:
    03:12 look
        03:14 “phone” (phone) of Ana is tried unless somebody acknowledges.
        03:17 The escalation is exhausted: nobody is paged as the last resort.
    "#);
}

#[test]
fn what_is_said_happens_and_the_list_is_bounded() {
    let cast = format!("{CAST} policy Primary: Platform 5m, Ben 10m, repeats 9");
    let mut stage = Stage::new(&cast);
    stage.line("03:12 alert \"High error rate\" sev1");
    let said = upcoming(stage.incident.as_ref().unwrap(), &stage.directory, stage.now);
    assert_eq!(said.len(), LONGEST);
    assert!(said.is_sorted_by_key(|coming| coming.at));
    stage.line("12:00");
    for coming in &said {
        let Event::Step { round, step, people } = &coming.what else { continue };
        let wanted = (round, step, people);
        let taken = |fact: &Fact| {
            if let Fact::StepTaken { round, step, people, .. } = fact { (round, step, people) == wanted } else { false }
        };
        let happened = stage.entries.iter().any(|entry| entry.at == coming.at && entry.facts.iter().any(taken));
        assert!(happened, "{coming:?}");
    }
    assert!(said[0].at > moment("03:12"));
}
