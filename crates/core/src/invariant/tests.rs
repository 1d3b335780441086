//! Each invariant holds for what is right, and is broken by what is wrong.

use uuid::Uuid;

use super::*;
use crate::incident::tests::cast::moment;
use crate::incident::tests::stage::Stage;
use crate::journal::{GENESIS, hash};

const CAST: &str = "
    person Ana: mail, phone 2m
    policy Primary: Ana 5m, Ana 5m
    service Checkout: Primary
";

fn stage(script: &[&str]) -> Stage {
    let mut stage = Stage::new(CAST);
    script.iter().for_each(|line| stage.line(line));
    stage.entries.retain(|entry| !entry.facts.is_empty());
    stage
}

fn stored(stage: &Stage) -> StoredIncident<'_> {
    let state = stage.incident.as_ref().unwrap();
    let id = IncidentId::new(Uuid::from_u128(1));
    StoredIncident { id, state, entries: &stage.entries, timer: state.next_due(), firing_alerts: state.firing }
}

fn sent(page: (u32, usize), decided_at: &str, status: DeliveryStatus, attempts: &[&str]) -> StoredDelivery {
    StoredDelivery {
        id: DeliveryId::new(Uuid::from_u128(1)),
        state: Delivery { status, attempts: attempts.len() as u32, due_at: None },
        decided_at: moment(decided_at),
        attempts: attempts.iter().map(|at| moment(at)).collect(),
        succeeded_at: None,
        page: Some(page),
        contact: ContactMethodId::new(Uuid::nil()),
        detail: None,
    }
}

fn ids(violations: &[Violation]) -> Vec<&'static str> {
    violations.iter().map(|violation| violation.invariant.id).collect()
}

#[test]
fn the_numbers_are_in_order_and_for_ever() {
    for (number, invariant) in (1..).zip(ALL) {
        assert_eq!(invariant.id, format!("I-{number:02}"));
        assert!(invariant.statement.ends_with('.'), "{}", invariant.statement);
    }
    assert_eq!(ALL.len(), 11);
}

#[test]
fn an_incident_holds_until_its_record_is_changed() {
    let mut stage = stage(&["03:12 alert \"Errors\" sev1", "03:14", "Ana acknowledges"]);
    assert_eq!(incident_holds(stored(&stage)), []);

    let right = stage.incident.clone().unwrap();
    let wrong_counts = StoredIncident { firing_alerts: 2, timer: Some(moment("03:00")), ..stored(&stage) };
    assert_eq!(ids(&incident_holds(wrong_counts)), ["I-03", "I-07"]);

    let forgotten = Incident { status: Status::Triggered, ..right.clone() };
    let stuck = StoredIncident { state: &forgotten, ..stored(&stage) };
    assert_eq!(ids(&incident_holds(stuck)), ["I-01", "I-02"]);

    let last = stage.entries.pop().unwrap();
    assert_eq!(ids(&facts_replay(stored(&stage))), ["I-01"]);
    stage.entries = vec![last];
    let violations = facts_replay(stored(&stage));
    assert!(violations[0].to_string().contains("I-01 inc_") && violations[0].to_string().contains("does not begin"));
}

#[test]
fn no_page_leaves_after_the_quiet() {
    let stage =
        stage(&["03:12 alert \"Errors\" sev1", "+1m Ana acknowledges", "+1m Ana requests Ana", "+3m Ana acknowledges"]);
    let quiet = |page| ids(&quiet_stays_quiet(stored(&stage), &[page]));
    let none: [&str; 0] = [];
    assert_eq!(quiet(sent((1, 0), "03:12", DeliveryStatus::Accepted, &["03:12"])), none);
    assert_eq!(quiet(sent((1, 0), "03:12", DeliveryStatus::Withdrawn, &[])), none);
    assert_eq!(quiet(sent((1, 0), "03:12", DeliveryStatus::Queued, &[])), ["I-04"]);
    assert_eq!(quiet(sent((1, 0), "03:12", DeliveryStatus::Accepted, &["03:12", "03:13:01"])), ["I-04"]);
    assert_eq!(quiet(sent((2, 0), "03:14", DeliveryStatus::Queued, &[])), none, "asked for since, and joined");
    let notice = StoredDelivery { page: None, ..sent((1, 0), "03:12", DeliveryStatus::Queued, &[]) };
    assert_eq!(quiet(notice), none, "not a page");
}

#[test]
fn a_broken_chain_is_found() {
    let first = hash(&GENESIS, 1, "a");
    let entries = [(1, "a", first), (2, "b", hash(&first, 2, "b"))];
    assert_eq!(chain_holds(Chain::Audit, entries), []);
    let touched = [(1, "a", first), (2, "B", entries[1].2)];
    let violations = chain_holds(Chain::Audit, touched);
    assert_eq!(violations[0].to_string(), "I-05 the audit log: entry 2 does not follow from the one before it");
}

#[test]
fn an_event_has_its_outcomes_once() {
    let event = |id: &str, says, outcomes| AcceptedEvent { id: id.into(), says, outcomes };
    assert_eq!(no_event_lost(&[event("a", Some(2), 2), event("b", None, 0), event("c", Some(0), 0)], false), []);
    assert_eq!(ids(&no_event_lost(&[event("b", None, 0)], true)), ["I-06"]);
    assert_eq!(ids(&no_event_lost(&[event("a", Some(2), 1), event("c", Some(1), 2)], false)), ["I-06", "I-06"]);
    assert_eq!(ids(&no_event_lost(&[event("a", Some(1), 1), event("a", Some(1), 1)], false)), ["I-06"]);
}

#[test]
fn a_late_decision_is_found_unless_we_were_down() {
    let punctual = stage(&["03:12 alert \"Errors\" sev1", "03:15"]);
    let outage = Outage { from: moment("03:13"), until: moment("03:30") };
    assert_eq!(decisions_are_on_time(stored(&punctual), moment("03:17"), &[]), []);
    assert_eq!(ids(&decisions_are_on_time(stored(&punctual), moment("03:18"), &[])), ["I-08"], "nothing since");
    assert_eq!(decisions_are_on_time(stored(&punctual), moment("03:18"), &[outage]), []);

    let late = stage(&["03:12 alert \"Errors\" sev1", "03:16 (down)", "due"]);
    assert_eq!(ids(&decisions_are_on_time(stored(&late), moment("03:16"), &[])), ["I-08"]);
    let over = Outage { from: moment("03:00"), until: moment("03:10") };
    assert_eq!(ids(&decisions_are_on_time(stored(&late), moment("03:16"), &[over])), ["I-08"]);
    assert_eq!(decisions_are_on_time(stored(&late), moment("03:16"), &[over, outage]), []);
}

#[test]
fn a_late_page_is_found_unless_its_channel_was_down() {
    let page = |status| sent((1, 0), "03:12", status, &[]);
    let on_time = |page: StoredDelivery, flush_at, outages: &[Outage]| {
        ids(&pages_are_on_time(&[page], flush_at, moment("03:13"), outages))
    };
    let none: [&str; 0] = [];
    assert_eq!(on_time(page(DeliveryStatus::Queued), None, &[]), ["I-08"]);
    let arrived = StoredDelivery { succeeded_at: Some(moment("03:12:02")), ..page(DeliveryStatus::Delivered) };
    assert_eq!(on_time(arrived, None, &[]), none);
    assert_eq!(on_time(page(DeliveryStatus::Failed), None, &[]), none, "the next contact method was tried");
    assert_eq!(on_time(page(DeliveryStatus::Held), Some(moment("03:13")), &[]), none);
    assert_eq!(on_time(page(DeliveryStatus::Held), Some(moment("03:12:30")), &[]), ["I-08"]);
    let outage = Outage { from: moment("03:11"), until: moment("03:12:59") };
    assert_eq!(on_time(page(DeliveryStatus::Queued), None, &[outage]), none);
}

#[test]
fn a_failure_must_be_known_to_its_incident() {
    let stage = stage(&["03:12 alert \"Errors\" sev1", "page 1.0 fails: mailbox full"]);
    let failed = |page| StoredDelivery {
        detail: Some("mailbox full".into()),
        ..sent(page, "03:12", DeliveryStatus::Failed, &["03:12"])
    };
    let seen = |delivery| ids(&failure_is_seen(stored(&stage), &[delivery]));
    let none: [&str; 0] = [];
    assert_eq!(seen(failed((1, 0))), none);
    assert_eq!(seen(failed((1, 1))), ["I-09"], "the incident thinks that it got through");
    assert_eq!(seen(failed((7, 0))), none, "the page is over");
    assert_eq!(seen(StoredDelivery { detail: None, ..failed((1, 0)) }), ["I-09"]);
    let often = ["03:12"; limits::DELIVERY_ATTEMPTS as usize + 1];
    assert_eq!(seen(sent((1, 0), "03:12", DeliveryStatus::Queued, &often)), ["I-09"]);
}

#[test]
fn what_is_held_has_a_time_to_leave() {
    let contact = ContactMethodId::new(Uuid::nil());
    let planned = Line { flush_at: Some(moment("03:13")), ..Line::default() };
    let held = |held, line: &Line, timer: Option<&str>| ids(&held_is_flushed(contact, held, line, timer.map(moment)));
    let none: [&str; 0] = [];
    assert_eq!(held(0, &Line::default(), None), none);
    assert_eq!(held(2, &planned, Some("03:13")), none);
    assert_eq!(held(2, &planned, Some("03:12")), none, "early, and set again");
    assert_eq!(held(2, &planned, Some("03:14")), ["I-10"]);
    assert_eq!(held(2, &planned, None), ["I-10"]);
    assert_eq!(held(2, &Line::default(), Some("03:13")), ["I-10"]);
}

#[test]
fn what_was_tried_is_sent_once() {
    let stage = stage(&["03:12 alert \"Errors\" sev1", "+2m", "+1m Ana acknowledges"]);
    let tried = |page| {
        let incident = stored(&stage);
        incident.facts().filter_map(|(at, _, fact)| Tried::of(at, fact)).find(|tried| tried.page == page).unwrap()
    };
    let made = |page, id| StoredDelivery {
        id: DeliveryId::new(Uuid::from_u128(id)),
        contact: tried(page).contact,
        ..sent(page, "03:12", DeliveryStatus::Withdrawn, &[])
    };
    let (mail, phone) = (made((1, 0), 1), made((1, 1), 2));
    let since = |deliveries: &[&StoredDelivery], kept_since| {
        let deliveries: Vec<StoredDelivery> = deliveries.iter().map(|delivery| (*delivery).clone()).collect();
        let found = tried_is_sent_once(stored(&stage), &deliveries, kept_since);
        assert!(found.iter().all(|violation| violation.invariant == TRIED_IS_SENT_ONCE), "{found:?}");
        found.into_iter().map(|violation| violation.detail).collect::<Vec<_>>().join("; ")
    };
    let found = |deliveries: &[&StoredDelivery]| since(deliveries, Timestamp::MIN);

    assert_eq!(found(&[&mail, &phone]), "", "also those that were taken back");
    let notice = StoredDelivery { page: None, ..made((1, 0), 3) };
    assert_eq!(found(&[&mail, &phone, &notice, &notice]), "", "what is not a page is not looked at");
    assert!(found(&[&mail]).starts_with("page 1, rung 1 was tried at 2"), "{}", found(&[&mail]));
    assert_eq!(since(&[&mail], tried((1, 1)).at + SignedDuration::from_nanos(1)), "", "deleted for its age");
    assert!(since(&[&mail], tried((1, 1)).at).contains("no delivery was made"), "not old enough to be deleted");
    assert_eq!(since(&[&phone], tried((1, 1)).at), "", "only the older one was deleted");

    let again = made((1, 0), 3);
    let twice = found(&[&mail, &phone, &again]);
    assert!(twice.contains("rung 0 was tried once, and has 2 deliveries") && twice.ends_with(&again.id.to_string()));
    let undecided = StoredDelivery { page: Some((2, 0)), ..made((1, 0), 3) };
    assert!(found(&[&mail, &phone, &undecided]).starts_with("nothing tried page 2, rung 0"));
    let elsewhere = StoredDelivery { contact: mail.contact, ..phone.clone() };
    assert!(found(&[&mail, &elsewhere]).starts_with("page 1, rung 1 tried "), "to another contact method");
}

#[test]
fn a_rung_that_is_tried_twice_is_found() {
    let mut stage = stage(&["03:12 alert \"Errors\" sev1"]);
    let (at, fact) = {
        let incident = stored(&stage);
        let mut tried = incident.facts().filter(|(_, _, fact)| matches!(fact, Fact::ContactTried { .. }));
        let (at, _, fact) = tried.next().unwrap();
        (at, fact.clone())
    };
    let mail = StoredDelivery {
        contact: Tried::of(at, &fact).unwrap().contact,
        ..sent((1, 0), "03:12", DeliveryStatus::Queued, &[])
    };
    assert_eq!(tried_is_sent_once(stored(&stage), std::slice::from_ref(&mail), at), []);
    stage.entries.push(Entry { at, actor: Actor::System, facts: vec![fact] });
    let found = tried_is_sent_once(stored(&stage), &[mail], at);
    assert_eq!(found[0].detail, "page 1, rung 0 was tried 2 times");
}
