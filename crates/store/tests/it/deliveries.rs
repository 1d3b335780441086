//! Deliveries: the ledger, the outbox, bundles and attempts.

use std::sync::Arc;

use allclear_core::delivery::{Outcome, Status};
use allclear_core::id::{DeliveryId, IncidentId};
use allclear_core::incident::{self, Update};
use allclear_core::severity::Severity;
use allclear_core::throttle::Line;
use allclear_core::wait::Wait;
use allclear_store::deliveries::{self, Attempt, Class, DeliveryRecord, Filter, Purpose, Search};
use allclear_store::{Database, Result, incidents};
use tokio::sync::Barrier;

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, contact, delivery, each, full_delivery, full_incident, id, service, standing, user};

tests! {
    Engine::ALL => every_form_comes_back,
        what_is_due_leaves_in_its_turn,
        no_class_keeps_another_waiting_for_ever,
        what_one_person_is_sent_is_withdrawn,
        searches_are_narrowed_and_paged,
        only_what_has_not_left_is_withdrawn,
        a_bundle_tells_what_it_holds,
        attempts_are_noted,
        lists_go_from_the_newest,
        lines_are_kept;
    &[Engine::Postgres] => two_nodes_never_take_the_same_delivery;
}

async fn put(database: &Database, records: &[DeliveryRecord]) {
    commit!(database, records.to_vec(), |records, tx| deliveries::put(tx, &each(records)).await).unwrap();
}

async fn find(database: &Database, number: u128) -> DeliveryRecord {
    let id = DeliveryId::new(id(number));
    let found = view!(database, id, |id, tx| deliveries::find(tx, *id).await).unwrap().expect("it was stored");
    let taken = commit!(database, id, |id, tx| deliveries::take(tx, *id).await).unwrap();
    assert_eq!(taken.as_ref(), Some(&found));
    found
}

fn numbers(records: &[DeliveryRecord]) -> Vec<u128> {
    records.iter().map(|record| record.id.uuid().as_u128() & 0xff).collect()
}

async fn every_form_comes_back(Place { database, .. }: Place) {
    let purposes = [
        Purpose::Bundle { pages: 37 },
        Purpose::Inform { update: Update::Acknowledged },
        Purpose::Verify { sealed: "c2VhbGVk".into() },
        Purpose::Test,
    ];
    let mut records: Vec<DeliveryRecord> =
        (10..).zip(Status::ALL).map(|(number, status)| full_delivery(number, status)).collect();
    records.extend((30..).zip(purposes).map(|(number, purpose)| DeliveryRecord { purpose, ..delivery(number) }));
    put(&database, &records).await;
    for (record, number) in records.iter().zip(numbers(&records)) {
        assert_eq!(find(&database, number).await, *record);
    }
    let changed: Vec<DeliveryRecord> = records
        .iter()
        .map(|record| DeliveryRecord {
            changed_at: at(50),
            bundle: record.bundle.is_none().then_some(DeliveryId::new(id(3))),
            detail: record.detail.is_none().then(|| "why".into()),
            ..standing(record.clone(), Status::Queued, record.delivery.due_at.is_none().then_some(at(60)))
        })
        .collect();
    put(&database, &changed).await;
    for (record, number) in changed.iter().zip(numbers(&changed)) {
        assert_eq!(find(&database, number).await, *record);
    }
}

async fn what_is_due_leaves_in_its_turn(Place { database, .. }: Place) {
    let due = |number, second, class| DeliveryRecord {
        class,
        ..standing(delivery(number), Status::Queued, Some(at(second)))
    };
    let records = [
        due(1, 20, Class::Low),
        due(2, 10, Class::Normal),
        due(3, 11, Class::Critical),
        due(4, 12, Class::Critical),
        due(5, 30, Class::Critical),
        standing(delivery(6), Status::Sending, Some(at(15))),
        standing(delivery(7), Status::Held, None),
    ];
    put(&database, &records).await;
    let take = async |second, limit: i64| {
        numbers(&commit!(database, (), |(), tx| deliveries::due(tx, at(second), limit).await).unwrap())
    };
    assert_eq!(take(25, 9).await, [3, 4, 6, 2, 1]);
    assert_eq!(take(25, 2).await, [3, 4]);
    assert_eq!(take(25, 4).await, [3, 4, 6, 2], "one place of four is for the most overdue");
    assert!(take(9, 9).await.is_empty());
    let critical = commit!(database, (), |(), tx| deliveries::due_of(tx, at(25), Class::Critical, 9).await);
    assert_eq!(numbers(&critical.unwrap()), [3, 4]);
    assert_eq!(view!(database, (), |(), tx| deliveries::next_due(tx).await).unwrap(), Some(at(10)));
    assert_eq!(view!(database, (), |(), tx| deliveries::oldest_queued(tx).await).unwrap(), Some(at(10)));
}

/// A flood of loud ones that never ends keeps nobody waiting for ever, and a backlog of quiet ones keeps no loud one.
async fn no_class_keeps_another_waiting_for_ever(Place { database, .. }: Place) {
    let due = |number, second, class| DeliveryRecord {
        class,
        ..standing(delivery(number), Status::Queued, Some(at(second)))
    };
    let mut records: Vec<DeliveryRecord> = (0..20).map(|number| due(number, number as i64, Class::Low)).collect();
    records.push(due(100, 50, Class::Critical));
    put(&database, &records).await;
    let mut quiet = 0;
    for round in 0..10 {
        let taken = commit!(database, (), |(), tx| deliveries::due(tx, at(60), 4).await).unwrap();
        if round == 0 {
            assert_eq!(taken[0].class, Class::Critical, "it leaves first, though it came last");
        }
        quiet += taken.iter().filter(|record| record.class == Class::Low).count();
        let mut sent: Vec<DeliveryRecord> =
            taken.into_iter().map(|record| standing(record, Status::Delivered, None)).collect();
        sent.extend((0..9).map(|place| due(101 + round * 9 + place, 50, Class::Critical)));
        put(&database, &sent).await;
    }
    assert!(quiet >= 10, "{quiet} of the quiet ones left beside the loud ones");
}

async fn what_one_person_is_sent_is_withdrawn(Place { database, .. }: Place) {
    let of = |number, person| DeliveryRecord { user: user(person), ..full_delivery(number, Status::Queued) };
    let mut records = vec![of(10, 1), of(11, 2), of(12, 1)];
    records[2].incident = Some(IncidentId::new(id(51)));
    put(&database, &records).await;
    let gone = vec![(IncidentId::new(id(50)), user(1)), (IncidentId::new(id(59)), user(1))];
    commit!(database, gone, |gone, tx| deliveries::withdraw_of(tx, at(70), gone).await).unwrap();
    let status = async |number| find(&database, number).await.delivery.status;
    assert_eq!(
        [status(10).await, status(11).await, status(12).await],
        [Status::Withdrawn, Status::Queued, Status::Queued]
    );
}

async fn only_what_has_not_left_is_withdrawn(Place { database, .. }: Place) {
    let of = |record: DeliveryRecord, number| DeliveryRecord { incident: Some(IncidentId::new(id(number))), ..record };
    let mut records: Vec<DeliveryRecord> =
        (10..).zip(Status::ALL).map(|(number, status)| of(full_delivery(number, status), 50)).collect();
    records.push(of(full_delivery(30, Status::Queued), 51));
    records.push(of(full_delivery(31, Status::Queued), 52));
    put(&database, &records).await;
    let gone = vec![IncidentId::new(id(50)), IncidentId::new(id(52)), IncidentId::new(id(53))];
    commit!(database, gone, |gone, tx| deliveries::withdraw(tx, at(70), gone).await).unwrap();
    for (before, number) in records.iter().zip(numbers(&records)) {
        let expected = match before.delivery.status {
            Status::Held | Status::Queued if number != 30 => {
                DeliveryRecord { changed_at: at(70), detail: None, ..standing(before.clone(), Status::Withdrawn, None) }
            }
            // Its sender is at work: it keeps its lease, and is not tried again.
            Status::Sending => {
                let due_at = before.delivery.due_at;
                DeliveryRecord {
                    changed_at: at(70),
                    detail: None,
                    ..standing(before.clone(), Status::Stopping, due_at)
                }
            }
            Status::Held
            | Status::Queued
            | Status::Stopping
            | Status::Accepted
            | Status::Delivered
            | Status::Bundled
            | Status::Withdrawn
            | Status::Failed => before.clone(),
        };
        assert_eq!(find(&database, number).await, expected);
    }
}

async fn a_bundle_tells_what_it_holds(Place { database, .. }: Place) {
    let closed = incident::Status::Resolved { by: allclear_core::actor::Actor::System, at: at(5) };
    // Person 1 is being paged for 50 and 51; 52 is over, and on 53 somebody is at work.
    let quiet = incident::Status::Acknowledged { by: allclear_core::actor::Actor::System, at: at(5), until: None };
    let mut stored: Vec<_> = [50, 51, 52, 53].map(|number| full_incident(number, incident::Status::Triggered)).into();
    (stored[2].incident.status, stored[3].incident.status) = (closed, quiet);
    stored[3].incident.pages.clear();
    commit!(database, stored, |stored, tx| incidents::put(tx, &each(stored)).await).unwrap();
    let held = |number, of: u128, severity| DeliveryRecord {
        incident: Some(IncidentId::new(id(of))),
        service: Some(service(of)),
        severity,
        ..standing(delivery(number), Status::Held, None)
    };
    let mut records = vec![
        held(1, 50, Some(Severity::Sev3)),
        held(2, 51, Some(Severity::Sev2)),
        held(3, 51, Some(Severity::Sev1)),
        held(4, 52, Some(Severity::Sev1)),
        held(5, 51, Some(Severity::Sev1)),
        held(6, 50, None),
        held(9, 53, Some(Severity::Sev1)),
    ];
    records.push(DeliveryRecord { contact: contact(2), ..held(7, 50, None) });
    records.push(standing(delivery(8), Status::Queued, Some(at(1))));
    put(&database, &records).await;
    let bundle = DeliveryId::new(id(90));
    let bundled = commit!(database, (), |(), tx| deliveries::bundle_up(tx, at(60), contact(1), bundle).await).unwrap();
    assert_eq!(bundled, 7);
    let one = find(&database, 1).await;
    assert_eq!((one.delivery.status, one.bundle, one.changed_at), (Status::Bundled, Some(bundle), at(60)));
    assert_eq!(find(&database, 7).await.delivery.status, Status::Held);
    assert_eq!(find(&database, 8).await.delivery.status, Status::Queued);

    let holds = view!(database, (), |(), tx| deliveries::bundled(tx, bundle).await).unwrap();
    let expected = [
        (51, Some(Severity::Sev1), 2),
        (52, Some(Severity::Sev1), 1),
        (53, Some(Severity::Sev1), 1),
        (51, Some(Severity::Sev2), 1),
        (50, Some(Severity::Sev3), 1),
        (50, None, 1),
    ];
    assert_eq!(holds, expected.map(|(of, severity, count)| (Some(service(of)), severity, count)));
    let open = view!(database, (), |(), tx| deliveries::bundled_incidents(tx, bundle, 9).await).unwrap();
    assert_eq!(open, [IncidentId::new(id(51)), IncidentId::new(id(50))]);
    let again = commit!(database, (), |(), tx| deliveries::bundle_up(tx, at(61), contact(1), bundle).await).unwrap();
    assert_eq!(again, 0);
}

async fn attempts_are_noted(Place { database, .. }: Place) {
    let (one, other) = (DeliveryId::new(id(1)), DeliveryId::new(id(2)));
    let outcomes = [
        Outcome::Retry { after: Some(Wait::seconds(9)), reason: "451 try again".into() },
        Outcome::Refused { reason: "550 no such user".into() },
        Outcome::Accepted { handle: Some("SM12".into()) },
        Outcome::Accepted { handle: None },
        Outcome::Delivered,
    ];
    let mut expected = Vec::new();
    for (number, outcome) in (1..).zip(outcomes) {
        let repeated = number % 2 == 0;
        let begun = vec![(one, number, repeated), (other, number, false)];
        commit!(database, begun, |begun, tx| deliveries::begin_attempts(tx, at(number.into()), begun).await).unwrap();
        let ended = (number, outcome.clone());
        let end = commit!(database, ended, |(number, outcome), tx| {
            deliveries::end_attempt(tx, at(100 + i64::from(*number)), one, *number, outcome).await
        });
        end.unwrap();
        expected.push(Attempt {
            number,
            began_at: at(number.into()),
            ended_at: Some(at(100 + i64::from(number))),
            maybe_repeated: repeated,
            outcome: Some(outcome),
        });
    }
    let of = async |id| view!(database, id, |id, tx| deliveries::attempts(tx, *id).await).unwrap();
    assert_eq!(of(one).await, expected);
    let open = of(other).await;
    assert_eq!(open.len(), 5);
    assert!(open.iter().all(|attempt| attempt.ended_at.is_none() && attempt.outcome.is_none()));
}

async fn lists_go_from_the_newest(Place { database, .. }: Place) {
    let mut records: Vec<DeliveryRecord> = (1..=6).map(delivery).collect();
    for place in [1, 4] {
        records[place] = standing(records[place].clone(), Status::Failed, None);
    }
    for place in [0, 2, 4] {
        records[place].user = user(2);
        records[place].incident = Some(IncidentId::new(id(50)));
    }
    put(&database, &records).await;
    let list = async |filter, before: Option<u128>, limit: i64| {
        let before = before.map(|number| DeliveryId::new(id(number)));
        numbers(&view!(database, (), |(), tx| deliveries::list(tx, filter, before, limit).await).unwrap())
    };
    assert_eq!(list(Filter::All, None, 4).await, [6, 5, 4, 3]);
    assert_eq!(list(Filter::All, Some(3), 4).await, [2, 1]);
    assert_eq!(list(Filter::Failed, None, 4).await, [5, 2]);
    assert_eq!(list(Filter::Failed, Some(5), 4).await, [2]);
    assert_eq!(list(Filter::User(user(2)), None, 2).await, [5, 3]);
    assert_eq!(list(Filter::User(user(2)), Some(3), 2).await, [1]);
    let of = IncidentId::new(id(50));
    let of_incident = view!(database, of, |of, tx| deliveries::of_incident(tx, *of, 2).await).unwrap();
    assert_eq!(numbers(&of_incident), [1, 3]);
}

async fn searches_are_narrowed_and_paged(Place { database, .. }: Place) {
    let mut records = Vec::new();
    for (number, status) in (1..=40).zip(Status::ALL.into_iter().cycle()) {
        let is_open = matches!(status, Status::Queued | Status::Sending | Status::Stopping);
        let mut record = standing(delivery(number), status, is_open.then_some(at(1)));
        record.user = user(number % 2);
        record.incident = (number % 3 == 0).then_some(IncidentId::new(id(50)));
        records.push(record);
    }
    put(&database, &records).await;
    for status in Status::ALL.map(Some).into_iter().chain([None]) {
        for (person, incident, before) in
            [(None, None, None), (Some(1), None, Some(33)), (None, Some(50), None), (Some(0), Some(50), None)]
        {
            let search = Search {
                status,
                user: person.map(user),
                incident: incident.map(|number| IncidentId::new(id(number))),
                before: before.map(|number| DeliveryId::new(id(number))),
            };
            let found = view!(database, search, |search, tx| deliveries::search(tx, *search, 3).await).unwrap();
            let wanted = |record: &&DeliveryRecord| {
                status.is_none_or(|status| record.delivery.status == status)
                    && search.user.is_none_or(|user| record.user == user)
                    && search.incident.is_none_or(|incident| record.incident == Some(incident))
                    && search.before.is_none_or(|before| record.id < before)
            };
            let all: Vec<DeliveryRecord> = records.iter().rev().filter(wanted).take(3).cloned().collect();
            assert_eq!(numbers(&found), numbers(&all), "{search:?}");
        }
    }
}

async fn lines_are_kept(Place { database, .. }: Place) {
    let full = Line { sent: vec![at(1), at(2)], critical: vec![at(3)], notices: vec![at(4)], flush_at: Some(at(60)) };
    let lines = vec![(contact(1), Line::default()), (contact(2), full.clone())];
    let put = async |lines: Vec<(_, Line)>| {
        let put = commit!(database, lines, |lines, tx| {
            deliveries::put_lines(tx, &lines.iter().map(|(contact, line)| (*contact, line)).collect::<Vec<_>>()).await
        });
        put.unwrap();
    };
    let take = async || {
        let asked = [contact(1), contact(2), contact(3)];
        let mut taken = commit!(database, asked, |asked, tx| deliveries::take_lines(tx, asked).await).unwrap();
        taken.sort_by_key(|(contact, _)| *contact);
        taken
    };
    put(lines.clone()).await;
    assert_eq!(take().await, lines);
    put(vec![(contact(1), full.clone()), (contact(2), Line::default())]).await;
    assert_eq!(take().await, [(contact(1), full), (contact(2), Line::default())]);
}

/// Two pumps look for work at the same time, on two nodes: each gets its share, at once, and nothing is sent twice.
async fn two_nodes_never_take_the_same_delivery(place: Place) {
    let records: Vec<DeliveryRecord> = (1..=10).map(delivery).collect();
    put(&place.database, &records).await;
    let other = Database::postgres(place.url()).await.unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let pump = |database: Database, limit: i64| {
        let barrier = Arc::clone(&barrier);
        async move {
            let taken: Result<Vec<DeliveryRecord>> = commit!(database, barrier, |barrier, tx| {
                let due = deliveries::due(tx, at(1), limit).await?;
                // Both have looked before either commits.
                barrier.wait().await;
                let sending: Vec<DeliveryRecord> =
                    due.iter().map(|one| standing(one.clone(), Status::Sending, Some(at(90)))).collect();
                deliveries::put(tx, &each(&sending)).await?;
                Ok(due)
            });
            numbers(&taken.unwrap())
        }
    };
    let (mut one, two) = tokio::join!(pump(place.database.clone(), 6), pump(other, 6));
    one.extend(two);
    one.sort_unstable();
    assert_eq!(one, (1..=10).collect::<Vec<_>>());
    let left = commit!(place.database, (), |(), tx| deliveries::due(tx, at(89), 9).await).unwrap();
    assert!(left.is_empty());
}
