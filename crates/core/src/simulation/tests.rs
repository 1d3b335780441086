//! What would happen, told as stories.

use insta::assert_snapshot;

use super::*;
use crate::directory::Kind;
use crate::incident::tests::cast::{directory, moment};
use crate::wait::Wait;

const CAST: &str = "
    person Ana: mail, phone 2m
    person Ben: mail
    admin Dora: mail
    schedule Platform: Ana until 04:00, Ben
    policy Primary: Platform 5m, Ben 10m, lapses 30m
    service Checkout: Primary
";

fn ask(cast: &str, at: &str, assumptions: &[&str], whole: bool) -> Report {
    let directory = directory(cast);
    let service = directory.of_kind(Kind::Service).next().expect("a service in the cast").uuid();
    let read = |text: &&str| Assumption::read(text, &directory).unwrap_or_else(|error| panic!("{error}"));
    let question = Question {
        service: ServiceId::new(service),
        severity: Severity::Sev1,
        at: moment(at),
        labels: BTreeMap::new(),
        turn: 0,
        assumptions: assumptions.iter().map(read).collect(),
        whole,
    };
    let told = simulate(&directory, &question);
    let report = report(&directory, &question, &told);
    assert_eq!(report.assumptions, assumptions, "what is read is written back");
    report
}

fn shown(report: &Report) -> String {
    let line = |line: &Line| format!("{:>6} {}\n", line.after.to_string(), line.sentence);
    let lines: String = report.lines.iter().map(line).collect();
    format!("{lines}{}: {}", report.end, report.conclusion)
}

#[test]
fn the_first_who_is_tried_knows() {
    let report = ask(CAST, "03:00", &[], false);
    assert_snapshot!(shown(&report), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 03:05 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. Ana surely knows.
    known: Ana surely knows at once, at 03:00 UTC, by “mail” (mail).
    ");
    assert_eq!((report.service.as_str(), report.severity.as_str()), ("checkout", "SEV1"));
    let known = report.known.unwrap();
    assert_eq!((known.person.as_str(), known.channel.as_str(), known.after), ("ana", "mail", Wait::NONE));
}

#[test]
fn a_channel_that_is_down_and_somebody_who_sleeps() {
    assert_snapshot!(shown(&ask(CAST, "03:00", &["mail down"], false)), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 03:05 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. It fails at once: mail is assumed to be down.
        0s The page to Ana did not get through by mail: mail is assumed to be down.
        0s “phone” (phone) of Ana was tried. Ana surely knows.
    known: Ana surely knows at once, at 03:00 UTC, by “phone” (phone).
    ");
    assert_snapshot!(shown(&ask(CAST, "03:00", &["first responder sleeps through"], false)), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 03:05 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. Ana is assumed to sleep through it.
        2m “phone” (phone) of Ana was tried. Ana is assumed to sleep through it.
        5m Step 2 of the escalation was taken, for Ben. It goes on at 03:15 UTC unless somebody acknowledges.
        5m Ben was paged: step 2 of 2 of Primary.
        5m “mail” (mail) of Ben was tried. Ben surely knows.
    known: Ben surely knows after 5m, at 03:05 UTC, by “mail” (mail).
    ");
}

#[test]
fn it_ends_where_nobody_is_left() {
    let asleep = ["ana sleeps through", "ben sleeps through", "dora sleeps through"];
    let report = ask(CAST, "03:00", &asleep, false);
    assert_snapshot!(shown(&report), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 03:05 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. Ana is assumed to sleep through it.
        2m “phone” (phone) of Ana was tried. Ana is assumed to sleep through it.
        5m Step 2 of the escalation was taken, for Ben. It goes on at 03:15 UTC unless somebody acknowledges.
        5m Ben was paged: step 2 of 2 of Primary.
        5m “mail” (mail) of Ben was tried. Ben is assumed to sleep through it.
       15m The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
       15m Dora was paged: nobody else was left to page, and they are an admin.
       15m “mail” (mail) of Dora was tried. Dora is assumed to sleep through it.
    exhausted: Nobody surely knows: everybody was tried, and nobody was reached.
    ");
    assert_eq!(report.known, None);
}

#[test]
fn an_acknowledgement_ends_the_ladder() {
    let report = ask(CAST, "03:00", &["ana sleeps through", "ben acknowledges after 3m"], false);
    assert_snapshot!(shown(&report), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 03:05 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. Ana is assumed to sleep through it.
        2m “phone” (phone) of Ana was tried. Ana is assumed to sleep through it.
        5m Step 2 of the escalation was taken, for Ben. It goes on at 03:15 UTC unless somebody acknowledges.
        5m Ben was paged: step 2 of 2 of Primary.
        5m “mail” (mail) of Ben was tried. Ben surely knows.
        8m Ben acknowledged it (from the link of a page). It pages again at 03:38 UTC unless it is resolved by then.
    acknowledged: Ben surely knows after 5m, at 03:05 UTC, by “mail” (mail).
    ");
}

#[test]
fn the_whole_ladder_goes_on_after_somebody_knows() {
    let report = ask(CAST, "03:58", &[], true);
    assert_snapshot!(shown(&report), @"
        0s It was opened: “What if?” on Checkout, SEV1, high urgency.
        0s The escalation by Primary (2 steps) started, because it was opened.
        0s Step 1 of the escalation was taken, for Ana. It goes on at 04:03 UTC unless somebody acknowledges.
        0s Ana was paged: step 1 of 2 of Primary, on call by Platform. An override puts them on call by Platform until 04:00 UTC.
        0s “mail” (mail) of Ana was tried. Ana surely knows.
        2m “phone” (phone) of Ana was tried. Ana surely knows.
        5m Step 2 of the escalation was taken, for Ben. It goes on at 04:13 UTC unless somebody acknowledges.
        5m Ben was paged: step 2 of 2 of Primary.
        5m “mail” (mail) of Ben was tried. Ben surely knows.
       15m The escalation is exhausted: every step was taken and nobody acknowledged. The admins are the last resort.
       15m Dora was paged: nobody else was left to page, and they are an admin.
       15m “mail” (mail) of Dora was tried. Dora surely knows.
    exhausted: Ana surely knows at once, at 03:58 UTC, by “mail” (mail).
    ");
    assert!(report.known.is_some() && report.end == "exhausted");
}

#[test]
fn a_turn_or_an_override_is_the_reason() {
    let cast = CAST.replace("schedule Platform: Ana until 04:00, Ben", "schedule Platform: Ben");
    let report = ask(&cast, "05:00", &[], false);
    let paged: Vec<&Line> = report.lines.iter().filter(|line| line.kind == "paged").collect();
    assert_eq!(paged.len(), 1);
    assert!(paged[0].sentence.contains("An override puts them on call by Platform"), "{}", paged[0].sentence);
}

#[test]
fn a_service_without_a_policy_pages_the_admins() {
    let report = ask("admin Dora: mail\nservice Checkout:", "03:00", &[], false);
    assert_eq!(report.known.map(|known| known.person), Some("dora".to_owned()));
    let report = ask("person Ana: mail\nservice Checkout:", "03:00", &[], false);
    assert_eq!((report.known, report.end.as_str()), (None, "exhausted"));
}

#[test]
fn what_is_told_has_an_end() {
    // beyond: SIMULATED_MOMENTS
    let steps = vec!["Ana+Ben+Dora 1m"; 20].join(", ");
    let cast = format!("{CAST} policy Primary: {steps}, repeats 9");
    let report = ask(&cast, "03:00", &["ana sleeps through", "ben sleeps through", "dora sleeps through"], false);
    assert_eq!((report.lines.len(), report.end.as_str()), (limits::SIMULATED_MOMENTS, "cut_off"));
}

#[test]
fn assumptions_are_read_or_say_how_to_write_them() {
    let directory = directory(CAST);
    let read = |text: &str| Assumption::read(text, &directory);
    let ana = crate::incident::tests::cast::person(&directory, "Ana");
    assert_eq!(read("SMS is down"), Ok(Assumption::ChannelDown("sms".into())));
    assert_eq!(read("the first responder is asleep"), Ok(Assumption::SleepsThrough(Who::FirstResponder)));
    assert_eq!(read(" Ana acknowledges in 5m "), Ok(Assumption::Acknowledges(Who::Person(ana), Wait::minutes(5))));
    for (text, remedy) in [
        ("", "write it like `sms down`"),
        ("everything is fine", "write it like `sms down`"),
        ("the mail server down", "write it like `sms down`"),
        ("nobody sleeps through", "there is no person `nobody`"),
        ("ana acknowledges after lunch", "write it like `90s`"),
    ] {
        let refusal = read(text).unwrap_err();
        assert!(refusal.contains(remedy), "{text}: {refusal}");
    }
}
