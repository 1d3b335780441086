//! Why, and why not, told as stories.

use insta::assert_snapshot;

use super::*;
use crate::incident::tests::cast::{moment, person};
use crate::incident::tests::stage::Stage;

const CAST: &str = "
    team Storage
    person Ana: mail, phone 2m | Storage
    person Ben: mail
    person Cleo: mail
    person Dan: mail
    person Eve:
    gone Gus: mail
    person Zoe: mail
    admin Dora: mail
    schedule Platform: Ana until 04:00, Ben | Storage
    policy Primary: Platform 5m, Cleo 5m; only low, Ben+Cleo+Dan 5m; turns, Eve+Ben 10m, Zoe 10m
    service Checkout: Primary
";

fn ask(stage: &Stage, name: &str, messages: &[Message]) -> Explanation {
    let (entries, user) = (stage.entries.as_slice(), person(&stage.directory, name));
    let question = Question { directory: &stage.directory, entries, messages, user, now: stage.now };
    explain(question).expect("the journal begins with an opening")
}

fn shown(explanation: &Explanation) -> String {
    let reason = |reason: &Reason| {
        let at = reason.at.map(|at| at.strftime("%H:%M").to_string()).unwrap_or_default();
        let by = reason.decided_by.as_ref().map(|by| format!(" [{} {}]", by.kind.word(), by.slug)).unwrap_or_default();
        format!("{at:5} {}{by}\n", reason.sentence)
    };
    let reasons: String = explanation.reasons.iter().map(reason).collect();
    format!("{}\n{reasons}", explanation.conclusion)
}

fn why(script: &str, name: &str) -> String {
    shown(&ask(&played(script), name, &[]))
}

fn played(script: &str) -> Stage {
    let mut stage = Stage::new(CAST);
    script.lines().for_each(|line| stage.line(line.trim()));
    stage
}

const ERRORS: &str = "03:12 alert \"Errors\" sev1";

#[test]
fn why_was_i_paged() {
    assert_snapshot!(why(&format!("{ERRORS}\npage 1.0 fails: mailbox full\nAna acknowledges"), "Ana"), @"
    Ana was paged: step 1 of 5 of Primary, on call by Platform.
    03:12 Ana was paged: step 1 of 5 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC. [schedule platform]
    03:12 Their notification rules at that moment: at once by “mail” (mail) of Ana, after 2m by “phone” (phone) of Ana. [user ana]
    03:12 “mail” (mail) of Ana was tried.
    03:12 The page to Ana did not get through by mail: mailbox full.
    03:12 “phone” (phone) of Ana was tried.
    03:12 Ana acknowledged it.
    ");
    assert_snapshot!(why(&format!("{ERRORS}\nDora requests Zoe\nZoe declines"), "Zoe"), @"
    Zoe was paged: Dora asked for them.
    03:12 Zoe was paged: Dora asked for them.
    03:12 Their notification rules at that moment: at once by “mail” (mail) of Zoe. [user zoe]
    03:12 “mail” (mail) of Zoe was tried.
    03:12 Zoe said that it was not for them.
    ");
}

#[test]
fn what_became_of_the_messages() {
    let stage = played(ERRORS);
    let contact = stage.directory.user(person(&stage.directory, "Ana")).unwrap().contacts[0].id;
    let message = |status| Message { at: moment("03:12"), contact, status };
    let told = delivery::Status::ALL.map(message);
    assert_snapshot!(shown(&ask(&stage, "Ana", &told)), @"
    Ana was paged: step 1 of 5 of Primary, on call by Platform.
    03:12 Ana was paged: step 1 of 5 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC. [schedule platform]
    03:12 Their notification rules at that moment: at once by “mail” (mail) of Ana, after 2m by “phone” (phone) of Ana. [user ana]
    03:12 “mail” (mail) of Ana was tried.
    03:12 The message by “mail” (mail) of Ana is held back, to go out with others: that contact method has had enough single messages. [user ana]
    03:12 The message by “mail” (mail) of Ana was on its way when nobody needed it any more. [user ana]
    03:12 The message by “mail” (mail) of Ana went out in a bundle with others: that contact method had had enough single messages. [user ana]
    03:12 The message by “mail” (mail) of Ana was taken back before it left, because nobody needed it any more. [user ana]
    03:12 The message by “mail” (mail) of Ana was given up. [user ana]
    ");
}

#[test]
fn why_was_i_not() {
    let script = format!("{ERRORS}\n+12m");
    assert_snapshot!(why(&script, "Cleo"), @"
    Cleo was not paged. The people of step 3 take turns, and it was the turn of Ben.
    03:17 Step 2 would have paged them, but was passed over: it is not for high urgency. [policy primary]
    03:17 The people of step 3 take turns, and it was the turn of Ben. [policy primary]
    ");
    assert_snapshot!(why(&script, "Zoe"), @"
    Zoe was not paged. Step 5 is for them, and has not been reached yet.
    03:24 Step 5 is for them, and has not been reached yet. [policy primary]
    ");
    assert_snapshot!(why(&format!("{script}\nBen acknowledges"), "Zoe"), @"
    Zoe was not paged. Step 5 is for them, but Ben acknowledged at 03:24 UTC, before it was reached.
    03:24 Step 5 is for them, but Ben acknowledged at 03:24 UTC, before it was reached. [policy primary]
    ");
    assert_snapshot!(why(&format!("{ERRORS}\n+20m"), "Eve"), @"
    Eve was not paged. Eve could not be paged: they have no verified contact method.
          Eve has no verified contact method. [user eve]
    03:22 Eve could not be paged: they have no verified contact method. [user eve]
    ");
    assert_snapshot!(why(&script, "Gus"), @"
    Gus was not paged. Gus has left, and whoever has left is never paged.
          Gus has left, and whoever has left is never paged. [user gus]
    ");
    assert_snapshot!(why(&script, "Dora"), @"
    Dora was not paged. No step of Primary names them, or a schedule or team that they are in.
          No step of Primary names them, or a schedule or team that they are in. [policy primary]
    ");
}

#[test]
fn somebody_else_was_on_call_or_it_was_over_before() {
    let resolved = format!("{ERRORS}\nAna resolves");
    assert_snapshot!(why(&resolved, "Ben"), @"
    Ben was not paged. Step 3 is for them, but it was resolved at 03:12 UTC, before it was reached.
    03:12 Step 1 asks for whoever is on call by Platform; at 03:12 UTC that was Ana. [schedule platform]
    03:12 Step 3 is for them, but it was resolved at 03:12 UTC, before it was reached. [policy primary]
    ");
    assert_snapshot!(why(&format!("{ERRORS}\nAna snoozes until 05:00"), "Zoe"), @"
    Zoe was not paged. Step 5 is for them, but Ana snoozed it at 03:12 UTC, before it was reached.
    03:12 Step 5 is for them, but Ana snoozed it at 03:12 UTC, before it was reached. [policy primary]
    ");
    assert_snapshot!(why(&format!("{ERRORS}\nAna merges"), "Zoe"), @"
    Zoe was not paged. Step 5 is for them, but it became a part of another incident at 03:12 UTC, before it was reached.
    03:12 Step 5 is for them, but it became a part of another incident at 03:12 UTC, before it was reached. [policy primary]
    ");
}

#[test]
fn a_service_without_a_policy() {
    let mut stage = Stage::new("person Ana: mail\nadmin Dora: mail\nservice Checkout:");
    stage.line(ERRORS);
    assert_snapshot!(shown(&ask(&stage, "Ana", &[])), @"
    Ana was not paged. The service has no escalation policy, so the admins alone are paged.
          The service has no escalation policy, so the admins alone are paged. [service checkout]
    ");
    assert!(ask(&stage, "Dora", &[]).paged);
}

#[test]
fn the_answer_has_an_end_and_needs_an_opening() {
    // beyond: REASONS
    let stage = played(ERRORS);
    let contact = stage.directory.user(person(&stage.directory, "Ana")).unwrap().contacts[0].id;
    let message = Message { at: moment("03:12"), contact, status: delivery::Status::Bundled };
    let many = vec![message; limits::REASONS + 1];
    assert_eq!(ask(&stage, "Ana", &many).reasons.len(), limits::REASONS);
    let user = person(&stage.directory, "Ana");
    let nothing = Question { directory: &stage.directory, entries: &[], messages: &[], user, now: stage.now };
    assert_eq!(explain(nothing), None);
}
