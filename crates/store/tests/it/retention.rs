//! Retention: old history goes, open work stays.

use allclear_core::actor::Actor;
use allclear_core::alert::{Clearing, Status as AlertStatus};
use allclear_core::delivery::Status;
use allclear_core::id::{AlertId, DeliveryId, IncidentId, ServiceId};
use allclear_core::incident;
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::deliveries::{self, DeliveryRecord};
use allclear_store::inbox::{self, Outcomes};
use allclear_store::incidents;
use allclear_store::retention::Small;
use allclear_store::silences::{self, Counts, Silence, Span};
use allclear_store::{Database, audit, idempotency, retention, tokens};

use crate::place::{self, Engine, Place, commit, commit_inbox, tests, view};
use crate::samples::{alert, at, delivery, each, id, incident, integration, standing};

tests! {
    Engine::ALL => processed_segments_go_with_what_points_into_them,
        alerts_that_are_over_go,
        finished_deliveries_go_with_their_attempts,
        incidents_that_are_over_go_with_their_journals,
        the_audit_log_is_cut_at_its_start,
        tokens_and_answers_go,
        a_silence_holds_between_its_ends,
        silences_are_listed_and_counted;
}

/// The moment before which everything is to go.
const CUT: i64 = 100;

async fn processed_segments_go_with_what_points_into_them(Place { database, .. }: Place) {
    let segments = [(1, 10), (1, 20), (1, 30), (1, 200), (2, 40), (3, 50)];
    let mut numbers = Vec::new();
    for (lane, second) in segments {
        numbers.push(commit_inbox!(database, (), |(), tx| place::append(tx, lane, at(second), b"raw").await).unwrap());
    }
    let given = numbers.clone();
    let stored = commit!(database, given, |numbers, tx| {
        // Lane 1 has come to its fourth segment; lane 2 has processed none; lane 3 is not even known.
        inbox::advance(tx, 1, 0, numbers[3]).await?;
        inbox::advance(tx, 2, 0, 0).await?;
        let outcome = |segment: &i64| Outcomes { integration: integration(1), segment: *segment, body: "{}".into() };
        inbox::record(tx, at(60), &numbers.iter().map(outcome).collect::<Vec<_>>(), &[]).await?;
        let events: Vec<_> = numbers.iter().map(|segment| (AlertId::new(id(1)), *segment, "0".to_owned())).collect();
        alerts::put(tx, &[&alert(1, "disk")]).await?;
        alerts::add_events(tx, &events).await
    });
    stored.unwrap();
    let cut = async |limit| {
        let old = view!(database, (), |(), tx| retention::old_segments(tx, at(CUT), limit).await).unwrap();
        let count = old.len();
        commit!(database, old.clone(), |old, tx| retention::traces(tx, old).await).unwrap();
        commit_inbox!(database, old, |old, tx| retention::segments(tx, old).await).unwrap();
        count
    };
    assert_eq!((cut(2).await, cut(2).await, cut(2).await), (2, 1, 0));
    for (place, number) in numbers.iter().enumerate() {
        let stays = place >= 3;
        let number = *number;
        let segment = view!(database, (), |(), tx| inbox::find(tx, number).await).unwrap();
        let outcome = view!(database, (), |(), tx| inbox::outcome(tx, number, integration(1)).await).unwrap();
        assert_eq!((segment.is_some(), outcome.is_some()), (stays, stays), "segment {place}");
    }
    let events = view!(database, (), |(), tx| alerts::events(tx, AlertId::new(id(1)), 9).await).unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(view!(database, (), |(), tx| alerts::firing_count(tx).await).unwrap(), 1, "the alert itself stays");
}

async fn store_incidents(database: &Database) {
    let closed = incident::Status::Resolved { by: Actor::System, at: at(50) };
    let mut both = vec![incident(50), incident(51)];
    both[1].incident.status = closed;
    let put = commit!(database, both, |both, tx| incidents::put(tx, &each(both)).await);
    put.unwrap();
}

async fn alerts_that_are_over_go(Place { database, .. }: Place) {
    store_incidents(&database).await;
    let over = |number: u128, second, of: Option<u128>| {
        let mut record = alert(number, &number.to_string());
        record.alert.status = AlertStatus::Resolved { at: at(second), how: Clearing::BySource };
        record.alert.incident = of.map(|number| IncidentId::new(id(number)));
        record
    };
    let (open, closed, gone) = (Some(50), Some(51), Some(59));
    let records: Vec<AlertRecord> = vec![
        over(1, 10, None),
        over(2, 20, closed),
        over(3, 30, gone),
        over(4, 40, open),
        over(5, CUT, None),
        alert(6, "fires"),
    ];
    let stored = commit!(database, records, |records, tx| {
        alerts::put(tx, &each(records)).await?;
        let events: Vec<_> = records.iter().map(|record| (record.id, 7, "0".to_owned())).collect();
        alerts::add_events(tx, &events).await
    });
    stored.unwrap();
    let cut = async |limit| commit!(database, (), |(), tx| retention::alerts(tx, at(CUT), limit).await).unwrap();
    assert_eq!((cut(2).await, cut(2).await, cut(2).await), (2, 1, 0));
    let left = view!(database, (), |(), tx| alerts::list(tx, false, None, 9).await).unwrap();
    assert_eq!(left.iter().map(|one| one.id.uuid().as_u128() & 0xff).collect::<Vec<_>>(), [6, 5, 4]);
    for number in 1..=6 {
        let events = view!(database, (), |(), tx| alerts::events(tx, AlertId::new(id(number)), 9).await).unwrap();
        assert_eq!(events.len(), usize::from(number >= 4), "events of alert {number}");
    }
}

async fn finished_deliveries_go_with_their_attempts(Place { database, .. }: Place) {
    store_incidents(&database).await;
    let made = |number, second, status, due: Option<i64>| DeliveryRecord {
        created_at: at(second),
        changed_at: at(second),
        ..standing(delivery(number), status, due.map(at))
    };
    let of = |record: DeliveryRecord, number| DeliveryRecord { incident: Some(IncidentId::new(id(number))), ..record };
    let records = vec![
        made(1, 10, Status::Delivered, None),
        of(made(2, 20, Status::Failed, None), 51),
        made(3, 30, Status::Accepted, None),
        // From here on, they stay: due, being sent, held, of an open incident, changed since, young.
        made(4, 40, Status::Queued, Some(41)),
        made(5, 50, Status::Sending, Some(51)),
        made(6, 60, Status::Held, None),
        of(made(7, 70, Status::Delivered, None), 50),
        DeliveryRecord { changed_at: at(CUT), ..made(8, 80, Status::Delivered, None) },
        made(9, CUT, Status::Delivered, None),
    ];
    let stored = commit!(database, records, |records, tx| {
        deliveries::put(tx, &each(records)).await?;
        let attempts: Vec<_> = records.iter().map(|record| (record.id, 1, false)).collect();
        deliveries::begin_attempts(tx, at(1), &attempts).await
    });
    stored.unwrap();
    let cut = async |limit| commit!(database, (), |(), tx| retention::deliveries(tx, at(CUT), limit).await).unwrap();
    assert_eq!((cut(2).await, cut(2).await, cut(2).await), (2, 1, 0));
    let left = view!(database, (), |(), tx| deliveries::list(tx, deliveries::Filter::All, None, 99).await).unwrap();
    assert_eq!(left.iter().map(|one| one.id.uuid().as_u128() & 0xff).collect::<Vec<_>>(), [9, 8, 7, 6, 5, 4]);
    for number in 1..=9 {
        let attempts =
            view!(database, (), |(), tx| deliveries::attempts(tx, DeliveryId::new(id(number))).await).unwrap();
        assert_eq!(attempts.len(), usize::from(number >= 4), "attempts of delivery {number}");
    }
}

async fn incidents_that_are_over_go_with_their_journals(Place { database, .. }: Place) {
    let closed = |second| incident::Status::Resolved { by: Actor::System, at: at(second) };
    // 4 is open, 5 is young, an alert of 6 is still there.
    let mut records: Vec<_> = (1..=6).map(incident).collect();
    for (record, second) in records.iter_mut().zip([10, 20, 30, 0, CUT, 40]) {
        if second > 0 {
            record.incident.status = closed(second);
        }
    }
    let stored = commit!(database, records, |records, tx| {
        let mut records = records.clone();
        let mut entries = Vec::new();
        for record in &mut records {
            for second in 0..900 {
                let facts = vec![allclear_core::fact::Fact::NoteAdded { text: "a note".into() }];
                entries.push(incidents::chain(record, at(second), Actor::System, facts));
            }
        }
        incidents::put(tx, &each(&records)).await?;
        incidents::append(tx, &entries).await?;
        let mut of_six = alert(1, "disk");
        of_six.alert.incident = Some(records[5].id);
        alerts::put(tx, &[&of_six]).await
    });
    stored.unwrap();
    let cut = async |limit| commit!(database, (), |(), tx| retention::incidents(tx, at(CUT), limit).await).unwrap();
    assert_eq!(cut(1).await, 1);
    assert_eq!((cut(9).await, cut(9).await), (2, 0));
    let list = view!(database, (), |(), tx| incidents::list(tx, incidents::Filter::default(), 9).await).unwrap();
    assert_eq!(list.iter().filter_map(|record| record.number).collect::<Vec<_>>(), [6, 5, 4]);
    for number in 1..=6 {
        let of = IncidentId::new(id(number));
        let entries = view!(database, of, |of, tx| incidents::journal(tx, *of, 0, 999).await).unwrap();
        assert_eq!(entries.len(), if number >= 4 { 900 } else { 0 }, "entries of incident {number}");
    }
}

async fn the_audit_log_is_cut_at_its_start(Place { database, .. }: Place) {
    let write = async |second| {
        let facts = vec![allclear_core::audit::AuditFact::SignedIn { user: crate::samples::user(1) }];
        commit!(database, facts, |facts, tx| audit::append(tx, at(second), Actor::System, facts.clone()).await)
            .unwrap();
    };
    for second in [10, 20, 30, CUT] {
        write(second).await;
    }
    let read = async || view!(database, (), |(), tx| audit::chain(tx, 0, 99).await).unwrap();
    let start = async || view!(database, (), |(), tx| audit::start(tx).await).unwrap();
    let cut = async |before, limit| {
        let sign = |number: u64, hash: &[u8; 32]| [hash[0] ^ number as u8; 32];
        commit!(database, (), |(), tx| audit::cut(tx, at(before), limit, sign).await).unwrap()
    };
    let before = read().await;
    assert_eq!(start().await, None);
    assert_eq!((cut(CUT, 2).await, cut(CUT, 2).await, cut(CUT, 2).await), (2, 1, 0));
    assert_eq!(read().await, before[3..]);
    let known = start().await.unwrap();
    assert_eq!((known.number, known.hash), (3, before[2].hash));
    assert_eq!(known.signature, [before[2].hash[0] ^ 3; 32]);
    // Also when nothing is left, the next entry follows from the last one.
    assert_eq!(cut(CUT + 1, 2).await, 1);
    write(CUT + 2).await;
    let after = read().await;
    assert_eq!((after.len(), after[0].number), (1, 5));
    assert_eq!(after[0].hash, allclear_core::journal::hash(&before[3].hash, 5, &after[0].body));
}

async fn tokens_and_answers_go(Place { database, .. }: Place) {
    let stored = commit!(database, (), |(), tx| {
        for number in 1..=3 {
            let token = tokens::Token {
                id: allclear_core::id::TokenId::new(id(number)),
                name: "Terraform".into(),
                scope: "read".into(),
                user: None,
                created_at: at(1),
                used_at: None,
                revoked_at: None,
            };
            tokens::create(tx, &token, &[number as u8; 32]).await?;
        }
        tokens::revoke(tx, at(10), allclear_core::id::TokenId::new(id(1))).await?;
        tokens::revoke(tx, at(CUT), allclear_core::id::TokenId::new(id(2))).await?;
        for (second, key) in [(10, "a"), (CUT, "b")] {
            let key = idempotency::Key { caller: "me".into(), key: key.into() };
            idempotency::claim(tx, at(second), &key, &[1; 32]).await?;
        }
        Ok(())
    });
    stored.unwrap();
    for which in [Small::Tokens, Small::Answers] {
        let cut = async || commit!(database, (), |(), tx| retention::small(tx, which, at(CUT), 9).await).unwrap();
        assert_eq!((cut().await, cut().await), (1, 0), "{which:?}");
    }
}

fn silence(number: u128, starts: i64, ends: i64) -> Silence {
    Silence {
        id: allclear_core::id::SilenceId::new(id(number)),
        service: ServiceId::new(id(90 + number % 2)),
        starts_at: at(starts),
        ends_at: at(ends),
        updated_at: at(0),
        body: r#"{"matchers":[{"name":"job","value":"api","isRegex":false}]}"#.into(),
    }
}

async fn silenced(database: &Database) -> [Silence; 3] {
    let all = [silence(1, 10, 20), silence(2, 15, 40), silence(3, 100, 200)];
    for one in all.clone() {
        commit!(database, one, |one, tx| silences::put(tx, one).await).unwrap();
    }
    all
}

async fn a_silence_holds_between_its_ends(Place { database, .. }: Place) {
    let all = silenced(&database).await;
    let active = async |second| view!(database, (), |(), tx| silences::active(tx, at(second), 9).await).unwrap();
    let find = async |one: &Silence| {
        let id = one.id;
        view!(database, (), |(), tx| silences::find(tx, id).await).unwrap()
    };
    let expire = async |one: &Silence, second| {
        let id = one.id;
        commit!(database, (), |(), tx| silences::expire(tx, at(second), id).await).unwrap()
    };
    assert_eq!(active(9).await, []);
    assert_eq!(active(10).await, all[..1]);
    assert_eq!(active(15).await, all[..2]);
    assert_eq!(active(20).await, all[1..2]);
    assert_eq!(find(&all[0]).await.as_ref(), Some(&all[0]));

    assert!(!expire(&all[0], 20).await, "it is over already");
    assert!(expire(&all[1], 16).await);
    assert!(expire(&all[2], 17).await);
    assert_eq!(active(16).await, all[..1]);
    let never_held = find(&all[2]).await.unwrap();
    assert_eq!((never_held.starts_at, never_held.ends_at, never_held.updated_at), (at(17), at(17), at(17)));
    assert_eq!(active(150).await, []);
    let changed = Silence { ends_at: at(900), updated_at: at(18), ..silence(1, 10, 20) };
    commit!(database, changed.clone(), |changed, tx| silences::put(tx, changed).await).unwrap();
    assert_eq!(active(800).await, [changed]);
    let delete =
        async || commit!(database, (), |(), tx| retention::small(tx, Small::Silences, at(18), 9).await).unwrap();
    assert_eq!((delete().await, delete().await), (2, 0));
}

async fn silences_are_listed_and_counted(Place { database, .. }: Place) {
    let all = silenced(&database).await;
    let newest = async |span, before, limit| {
        view!(database, (), |(), tx| silences::newest(tx, span, before, limit).await).unwrap()
    };
    let everything = Span {
        ends_after: jiff::Timestamp::MIN,
        ends_until: jiff::Timestamp::MAX,
        starts_after: jiff::Timestamp::MIN,
        starts_until: jiff::Timestamp::MAX,
    };
    let (odd, even) = (ServiceId::new(id(91)), ServiceId::new(id(90)));
    let of_service = async |service, second| {
        let read = view!(database, (), |(), tx| silences::of_service(tx, service, at(second)).await).unwrap();
        let count = view!(database, (), |(), tx| silences::count_of_service(tx, service, at(second)).await).unwrap();
        assert_eq!(read.len() as u64, count);
        read
    };
    let counts =
        async |second, most| view!(database, (), |(), tx| silences::counts(tx, at(second), at(0), most).await).unwrap();
    assert_eq!(newest(everything, None, 2).await, [all[2].clone(), all[1].clone()]);
    assert_eq!(newest(everything, Some(all[1].id), 9).await, all[..1]);
    assert_eq!(newest(Span { ends_after: at(20), ends_until: at(40), ..everything }, None, 9).await, all[1..2]);
    assert_eq!(newest(Span { starts_after: at(10), starts_until: at(15), ..everything }, None, 9).await, all[1..2]);
    assert_eq!(of_service(odd, 0).await, [all[0].clone(), all[2].clone()]);
    assert_eq!((of_service(odd, 20).await, of_service(even, 40).await), (all[2..].to_vec(), vec![]));
    assert_eq!(counts(18, 9).await, Counts { active: 2, pending: 1, expired: 0 });
    assert_eq!(counts(120, 1).await, Counts { active: 1, pending: 0, expired: 1 });
    let pending = view!(database, (), |(), tx| silences::pending(tx, at(12), 9).await).unwrap();
    assert_eq!(pending, all[1..]);
    let expired = view!(database, (), |(), tx| silences::expired(tx, at(120), at(19), 9).await).unwrap();
    assert_eq!(expired, [all[1].clone(), all[0].clone()]);
}
