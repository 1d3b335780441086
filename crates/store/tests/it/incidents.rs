//! Incidents and their journals.

use allclear_core::actor::{Actor, Via};
use allclear_core::fact::Fact;
use allclear_core::id::IncidentId;
use allclear_core::incident::Status;
use allclear_core::journal;
use allclear_core::severity::Severity;
use allclear_store::Database;
use allclear_store::incidents::{self, Filter, IncidentRecord, Place as EntryPlace, StoredEntry};

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, each, full_incident, id, incident, incident_statuses, service, user};

tests! {
    Engine::ALL => every_form_comes_back,
        numbers_count_up_and_changes_use_none_up,
        the_latest_open_incident_of_a_group_is_taken,
        lists_are_filtered_and_paged,
        lists_are_narrowed_by_standing,
        open_ones_that_name_a_person_are_found,
        the_worst_that_rings_is_found,
        open_ones_are_counted_by_status,
        a_journal_is_a_chain,
        what_a_person_did_is_found,
        entries_of_one_moment_are_paged;
    Engine::THREADS => whoever_takes_an_incident_has_it_alone;
}

async fn put(database: &Database, records: &[IncidentRecord]) {
    let put = commit!(database, records.to_vec(), |records, tx| incidents::put(tx, &each(records)).await);
    put.unwrap();
}

async fn find(database: &Database, number: u128) -> IncidentRecord {
    let found = view!(database, IncidentId::new(id(number)), |id, tx| incidents::find(tx, *id).await);
    found.unwrap().expect("it was stored")
}

async fn every_form_comes_back(Place { database, .. }: Place) {
    let mut records = vec![incident(1)];
    records.extend((2..).zip(incident_statuses()).map(|(number, status)| full_incident(number, status)));
    put(&database, &records).await;
    for (number, record) in (1..).zip(&mut records) {
        record.number = Some(number);
        assert_eq!(find(&database, number.unsigned_abs().into()).await, *record);
        let found = view!(database, number, |number, tx| incidents::by_number(tx, *number).await).unwrap();
        assert_eq!(found.unwrap().reference(), format!("INC-{number}"));
    }
    // Each form turns into each other one.
    for status in incident_statuses() {
        for record in &mut records {
            record.incident.status = status.clone();
            record.entries += 1;
            record.head = [record.entries as u8; 32];
        }
        put(&database, &records).await;
        let ids: Vec<IncidentId> = records.iter().map(|record| record.id).collect();
        let taken = commit!(database, ids, |ids, tx| incidents::take(tx, ids).await).unwrap();
        assert_eq!(taken, records);
    }
    assert!(view!(database, (), |(), tx| incidents::by_number(tx, 99).await).unwrap().is_none());
}

/// People say the numbers aloud: an installation with three incidents must not be at INC-1408.
async fn numbers_count_up_and_changes_use_none_up(Place { database, .. }: Place) {
    put(&database, &[incident(1)]).await;
    for _ in 0..20 {
        let record = find(&database, 1).await;
        put(&database, &[record]).await;
    }
    put(&database, &[incident(2), incident(3)]).await;
    assert_eq!(find(&database, 2).await.number, Some(2));
    assert_eq!(find(&database, 3).await.number, Some(3));
    // One that was not read back after it was stored is still the same one.
    put(&database, &[full_incident(1, Status::Triggered)]).await;
    assert_eq!(find(&database, 1).await.number, Some(1));
}

async fn the_latest_open_incident_of_a_group_is_taken(Place { database, .. }: Place) {
    let closed = Status::Resolved { by: Actor::System, at: at(5) };
    let long = "x".repeat(9_000);
    let mut records = vec![
        full_incident(1, Status::Triggered),
        full_incident(2, Status::Triggered),
        full_incident(3, closed),
        full_incident(4, Status::Triggered),
        incident(5),
    ];
    records[3].incident.group = Some(long.clone());
    put(&database, &records).await;
    let take = async |service, group: &str| {
        let group = group.to_owned();
        let taken = commit!(database, group, |group, tx| incidents::take_group(tx, service, group).await);
        taken.unwrap().and_then(|record| record.number)
    };
    assert_eq!(take(service(1), "service").await, Some(2));
    assert_eq!(take(service(1), &long).await, Some(4));
    assert_eq!(take(service(1), "another").await, None);
    assert_eq!(take(service(2), "service").await, None);
}

async fn lists_are_filtered_and_paged(Place { database, .. }: Place) {
    let closed = Status::Resolved { by: Actor::System, at: at(5) };
    let mut records: Vec<IncidentRecord> = (1..=6).map(incident).collect();
    for place in [1, 4] {
        records[place].incident.status = closed.clone();
    }
    for place in [2, 4, 5] {
        records[place].incident.service = service(2);
    }
    put(&database, &records).await;
    let list = async |open, of: Option<u128>, before, limit: i64| {
        let filter = Filter { open, service: of.map(service), before, ..Filter::default() };
        let found = view!(database, (filter, limit), |(filter, limit), tx| incidents::list(tx, *filter, *limit).await);
        found.unwrap().iter().filter_map(|record| record.number).collect::<Vec<_>>()
    };
    assert_eq!(list(false, None, None, 9).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(list(false, None, Some(4), 2).await, [3, 2]);
    assert_eq!(list(true, None, None, 9).await, [6, 4, 3, 1]);
    assert_eq!(list(true, None, Some(4), 1).await, [3]);
    assert_eq!(list(false, Some(2), None, 9).await, [6, 5, 3]);
    assert_eq!(list(true, Some(2), None, 9).await, [6, 3]);
    assert_eq!(list(true, Some(2), Some(6), 9).await, [3]);
}

/// Whatever a list is narrowed to, it is what a look at all of them would find.
async fn lists_are_narrowed_by_standing(Place { database, .. }: Place) {
    let mut records = Vec::new();
    for (number, status) in (1..=60).zip(incident_statuses().into_iter().cycle()) {
        let mut record = incident(number);
        record.incident.status = status;
        record.incident.severity = Severity::ALL[usize::try_from(number / 6 % 4).unwrap()];
        record.incident.service = service(number / 7 % 3);
        records.push(record);
    }
    put(&database, &records).await;
    let words = ["triggered", "acknowledged", "snoozed", "resolved", "merged"];
    for status in words.map(Some).into_iter().chain([None]) {
        for severity in Severity::ALL.map(Some).into_iter().chain([None]) {
            for (service, open, before) in [
                (None, false, None),
                (None, true, Some(50)),
                (Some(service(1)), false, Some(45)),
                (Some(service(2)), true, None),
            ] {
                let filter = Filter { open, service, severity, status, before };
                let found = view!(database, filter, |filter, tx| incidents::list(tx, *filter, 4).await).unwrap();
                let wanted = |record: &&IncidentRecord| {
                    let incident = &record.incident;
                    (!open || incident.status.is_open())
                        && service.is_none_or(|service| service == incident.service)
                        && severity.is_none_or(|severity| severity == incident.severity)
                        && status.is_none_or(|status| status == incident.status.word())
                };
                let number = |record: &IncidentRecord| record.id.uuid().as_u128() & 0xff;
                let before = before.map_or(u128::MAX, |before: i64| u128::try_from(before).unwrap());
                let all = records.iter().rev().filter(wanted).map(number).filter(|number| *number < before);
                assert_eq!(found.iter().map(number).collect::<Vec<_>>(), all.take(4).collect::<Vec<_>>(), "{filter:?}");
            }
        }
    }
}

async fn open_ones_that_name_a_person_are_found(Place { database, .. }: Place) {
    let naming = async |person: u128, limit: i64| {
        let found = view!(database, (), |(), tx| incidents::open_naming(tx, user(person), limit).await).unwrap();
        found.iter().filter_map(|record| record.number).collect::<Vec<_>>()
    };
    let by = Actor::User { user: user(9), via: Via::Web };
    let acknowledged = Status::Acknowledged { by, at: at(5), until: None };
    let records = [
        full_incident(1, Status::Triggered),
        incident(2),
        full_incident(3, acknowledged),
        full_incident(4, Status::Triggered),
    ];
    put(&database, &records).await;
    // Paged and assigned: 1, 2; only ever paged: 3; acknowledged without a page: 9; of no account: 4.
    assert_eq!(naming(1, 9).await, [4, 3, 1]);
    assert_eq!(naming(3, 2).await, [4, 3]);
    assert_eq!(naming(9, 9).await, [3]);
    assert!(naming(4, 9).await.is_empty());

    let mut over = find(&database, 3).await;
    over.incident.status = Status::Resolved { by, at: at(6) };
    let mut given = find(&database, 2).await;
    given.incident.assigned = vec![user(4)];
    put(&database, &[over.clone(), given]).await;
    assert_eq!(naming(1, 9).await, [4, 1]);
    assert!(naming(9, 9).await.is_empty());
    assert_eq!(naming(4, 9).await, [2]);
    over.incident.status = Status::Triggered;
    put(&database, &[over]).await;
    assert_eq!(naming(1, 9).await, [4, 3, 1], "it was opened again");
}

async fn the_worst_that_rings_is_found(Place { database, .. }: Place) {
    let ringing = async |person: u128, most: i64| {
        let found = view!(database, (), |(), tx| incidents::ringing(tx, user(person), most).await).unwrap();
        found.map(|found| (found.reference, found.count))
    };
    assert_eq!(ringing(1, 9).await, None);
    let by = Actor::User { user: user(9), via: Via::Web };
    let mut worst = full_incident(1, Status::Triggered);
    worst.incident.severity = Severity::Sev1;
    let mut lesser = full_incident(2, Status::Triggered);
    lesser.incident.severity = Severity::Sev3;
    let mut silent = full_incident(4, Status::Triggered);
    silent.incident.pages.clear();
    let acknowledged = full_incident(3, Status::Acknowledged { by, at: at(5), until: None });
    put(&database, &[worst.clone(), lesser, acknowledged, silent]).await;
    assert_eq!(ringing(1, 9).await, Some(("INC-1".to_owned(), 2)));
    assert_eq!(ringing(1, 2).await, Some(("INC-2".to_owned(), 1)), "only the newest two are looked at");
    assert_eq!(ringing(99, 9).await, None);
    worst.incident.status = Status::Resolved { by, at: at(6) };
    put(&database, &[worst]).await;
    assert_eq!(ringing(1, 9).await, Some(("INC-2".to_owned(), 1)));
}

async fn open_ones_are_counted_by_status(Place { database, .. }: Place) {
    let statuses = incident_statuses();
    let records: Vec<IncidentRecord> =
        (1..).zip(statuses).map(|(number, status)| full_incident(number, status)).collect();
    put(&database, &records).await;
    let mut counts = view!(database, (), |(), tx| incidents::open_counts(tx).await).unwrap();
    counts.sort();
    let expected = [("acknowledged", 2), ("snoozed", 1), ("triggered", 1)];
    assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)));
    let counts = view!(database, (), |(), tx| incidents::open_counts_up_to(tx, 1).await).unwrap();
    let expected = [("triggered", 1), ("acknowledged", 1), ("snoozed", 1)];
    assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)), "no further");
}

fn note(text: &str) -> Vec<Fact> {
    vec![Fact::NoteAdded { text: text.into() }]
}

async fn journal_of(database: &Database, number: u128) -> Vec<StoredEntry> {
    let id = IncidentId::new(id(number));
    view!(database, id, |id, tx| incidents::journal(tx, *id, 0, 100).await).unwrap()
}

fn first_break(entries: &[StoredEntry]) -> Option<u64> {
    journal::first_break(entries.iter().map(|entry| (entry.number, entry.body.as_str(), entry.hash)))
}

async fn a_journal_is_a_chain(Place { database, .. }: Place) {
    put(&database, &[incident(1), incident(2)]).await;
    let person = Actor::User { user: user(1), via: Via::Web };
    for round in 0..3 {
        let written = commit!(database, round, |round, tx| {
            let mut taken = incidents::take(tx, &[IncidentId::new(id(1)), IncidentId::new(id(2))]).await?;
            let mut entries = Vec::new();
            for record in &mut taken {
                entries.push(incidents::chain(record, at(*round), person, note("a \"quoted\" \u{0} ünïcode note")));
                entries.push(incidents::chain(record, at(*round), Actor::System, note("another")));
            }
            incidents::put(tx, &each(&taken)).await?;
            incidents::append(tx, &entries).await
        });
        written.unwrap();
    }
    for number in [1, 2] {
        let entries = journal_of(&database, number).await;
        assert_eq!(entries.len(), 6);
        assert_eq!(first_break(&entries), None);
        let record = find(&database, number).await;
        assert_eq!((record.entries, record.head), (6, entries[5].hash));
        assert_eq!(entries[0].user, Some(user(1)));
        assert_eq!((entries[1].user, entries[1].entry().unwrap().actor), (None, Actor::System));
        assert_eq!(entries[0].entry().unwrap().facts, note("a \"quoted\" \u{0} ünïcode note"));
        let mut touched = entries;
        touched[3].body.push(' ');
        assert_eq!(first_break(&touched), Some(4));
    }
    let rest = view!(database, IncidentId::new(id(1)), |id, tx| incidents::journal(tx, *id, 4, 1).await).unwrap();
    assert_eq!(rest.iter().map(|entry| entry.number).collect::<Vec<_>>(), [5]);
    // Nobody writes another entry in the place of one.
    let mut old = find(&database, 1).await;
    old.entries = 2;
    let entry = incidents::chain(&mut old, at(9), person, note("instead"));
    commit!(database, entry, |entry, tx| incidents::append(tx, std::slice::from_ref(entry)).await).unwrap_err();
}

async fn what_a_person_did_is_found(Place { database, .. }: Place) {
    let mut record = incident(1);
    let mut entries = Vec::new();
    for second in 0..4_u8 {
        let actor = Actor::User { user: user(u128::from(second % 2)), via: Via::Api };
        entries.push(incidents::chain(&mut record, at(second.into()), actor, note("done")));
    }
    commit!(database, entries, |entries, tx| incidents::append(tx, entries).await).unwrap();
    let of = async |before, limit: i64| {
        let found = view!(database, (), |(), tx| incidents::journal_of_user(tx, user(1), before, limit).await);
        found.unwrap().iter().map(|entry| entry.number).collect::<Vec<_>>()
    };
    assert_eq!(of(None, 9).await, [4, 2]);
    let place = EntryPlace { at: at(3), incident: IncidentId::new(id(1)), number: 4 };
    assert_eq!(of(Some(place), 9).await, [2]);
    assert_eq!(of(None, 1).await, [4]);
}

/// A command that changes many incidents writes an entry for each in the same microsecond: none is skipped between two
/// pages.
async fn entries_of_one_moment_are_paged(Place { database, .. }: Place) {
    let actor = Actor::User { user: user(1), via: Via::Api };
    let mut entries = Vec::new();
    for number in 1..=7 {
        let mut record = incident(number);
        entries.extend((0..3).map(|second| incidents::chain(&mut record, at(second / 2), actor, note("done"))));
    }
    let all = commit!(database, entries.clone(), |entries, tx| incidents::append(tx, entries).await);
    all.unwrap();
    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let page = view!(database, (), |(), tx| incidents::journal_of_user(tx, user(1), before, 4).await).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.place());
        read.extend(page);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.place()));
    assert_eq!(read, entries);
}

/// Twelve tasks write into one journal at the same time, and none breaks the chain of another.
async fn whoever_takes_an_incident_has_it_alone(Place { database, .. }: Place) {
    put(&database, &[incident(1)]).await;
    let tasks: Vec<_> = (0..12)
        .map(|task: i64| {
            let database = database.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    let written = commit!(database, task, |task, tx| {
                        let mut taken = incidents::take(tx, &[IncidentId::new(id(1))]).await?;
                        let entry = incidents::chain(&mut taken[0], at(*task), Actor::System, note("mine"));
                        incidents::put(tx, &[&taken[0]]).await?;
                        incidents::append(tx, &[entry]).await
                    });
                    written.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let entries = journal_of(&database, 1).await;
    assert_eq!((entries.len(), first_break(&entries)), (60, None));
}
