//! Alerts, and the rule that only one of them fires under a key.

use std::sync::Arc;

use allclear_core::alert::{Clearing, Status};
use allclear_core::correlate::Reason;
use allclear_core::id::{AlertId, IncidentId};
use allclear_store::alerts::{self, AlertRecord};
use allclear_store::{Database, Error};
use tokio::sync::Barrier;

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{alert, at, each, full_alert, id, service};

tests! {
    Engine::ALL => every_form_comes_back,
        what_fires_is_found_by_its_key,
        two_never_fire_under_one_key,
        odd_and_long_keys_are_kept_apart,
        lists_go_from_the_newest,
        all_alerts_of_an_incident_move,
        events_are_noted_once;
    &[Engine::Postgres] => the_loser_of_a_race_begins_again,
        nobody_changes_an_alert_that_somebody_has_taken;
}

pub(crate) async fn put(database: &Database, records: &[AlertRecord]) -> allclear_store::Result<()> {
    commit!(database, records.to_vec(), |records, tx| alerts::put(tx, &each(records)).await)
}

async fn by_id(database: &Database, ids: Vec<AlertId>) -> Vec<AlertRecord> {
    let mut found = commit!(database, ids, |ids, tx| alerts::take(tx, ids).await).unwrap();
    found.sort_by_key(|record| record.id);
    found
}

async fn every_form_comes_back(Place { database, .. }: Place) {
    let mut records = vec![alert(1, "bare")];
    let clearings = [Clearing::BySource, Clearing::Expired, Clearing::ByPerson];
    records.extend((2..).zip(clearings).map(|(number, how)| full_alert(number, "full", how)));
    put(&database, &records).await.unwrap();
    let ids: Vec<AlertId> = records.iter().map(|record| record.id).collect();
    assert_eq!(by_id(&database, ids.clone()).await, records);

    // Changed from one form into the other, and back.
    let mut changed = full_alert(1, "bare", Clearing::Expired);
    changed.alert.first_seen = records[0].alert.first_seen;
    put(&database, &[changed.clone()]).await.unwrap();
    assert_eq!(by_id(&database, vec![changed.id]).await, [changed]);
    put(&database, &records).await.unwrap();
    assert_eq!(by_id(&database, ids).await, records);
    assert!(by_id(&database, vec![]).await.is_empty());
}

async fn what_fires_is_found_by_its_key(Place { database, .. }: Place) {
    let (over, fires, other) = (full_alert(1, "disk", Clearing::BySource), alert(2, "disk"), alert(3, "cpu"));
    put(&database, &[over, fires.clone(), other.clone()]).await.unwrap();
    let keys = vec![(service(1), "disk"), (service(1), "cpu"), (service(1), "none"), (service(2), "disk")];
    let mut found = view!(database, keys, |keys, tx| alerts::firing(tx, keys).await).unwrap();
    found.sort_by_key(|record| record.id);
    assert_eq!(found, [fires, other]);
    assert_eq!(view!(database, (), |(), tx| alerts::firing_count(tx).await).unwrap(), 2);
}

async fn two_never_fire_under_one_key(Place { database, .. }: Place) {
    put(&database, &[alert(1, "disk")]).await.unwrap();
    let refused = put(&database, &[alert(2, "disk")]).await.unwrap_err();
    assert_eq!(refused.is_conflict(), database.is_shared(), "{refused}");
    let mut over = alert(1, "disk");
    over.alert.status = Status::Resolved { at: at(1), how: Clearing::BySource };
    put(&database, &[over, alert(2, "disk")]).await.unwrap();
}

/// A source may send what it likes as a key: as long as a request, and with a NUL in it.
async fn odd_and_long_keys_are_kept_apart(Place { database, .. }: Place) {
    // What cannot be compressed does not fit into an index of PostgreSQL.
    let noise: String =
        (0..20_000_u32).map(|n| char::from(b'!' + (n.wrapping_mul(2_654_435_761) >> 25) as u8 % 90)).collect();
    let keys = [noise.clone(), format!("{noise}x"), "a\u{0}b".to_owned()];
    let records: Vec<AlertRecord> = (1..).zip(&keys).map(|(number, key)| alert(number, key)).collect();
    put(&database, &records).await.unwrap();
    for (key, record) in keys.into_iter().zip(records) {
        let found = view!(database, key, |key, tx| alerts::firing(tx, &[(service(1), key)]).await).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, &found[0].alert.key), (record.id, &record.alert.key.replace('\0', "\u{fffd}")));
    }
}

async fn lists_go_from_the_newest(Place { database, .. }: Place) {
    let numbers = |list: Vec<AlertRecord>| list.iter().map(|one| one.id.uuid().as_u128() & 0xff).collect::<Vec<_>>();
    let mut records: Vec<AlertRecord> = (1..=5).map(|number| alert(number, &number.to_string())).collect();
    records[3].alert.status = Status::Resolved { at: at(1), how: Clearing::ByPerson };
    put(&database, &records).await.unwrap();
    let list = async |firing: bool, before: Option<u128>, limit: i64| {
        let asked = (firing, before.map(|number| AlertId::new(id(number))), limit);
        let found =
            view!(database, asked, |(firing, before, limit), tx| alerts::list(tx, *firing, *before, *limit).await);
        numbers(found.unwrap())
    };
    assert_eq!(list(false, None, 3).await, [5, 4, 3]);
    assert_eq!(list(false, Some(3), 3).await, [2, 1]);
    assert_eq!(list(true, None, 3).await, [5, 3, 2]);
    assert_eq!(list(true, Some(2), 3).await, [1]);
}

async fn all_alerts_of_an_incident_move(Place { database, .. }: Place) {
    let (from, into) = (IncidentId::new(id(70)), IncidentId::new(id(71)));
    let mut records: Vec<AlertRecord> = (1..=4).map(|number| alert(number, &number.to_string())).collect();
    for record in &mut records[..3] {
        record.alert.incident = Some(from);
    }
    records[0].alert.status = Status::Resolved { at: at(1), how: Clearing::BySource };
    put(&database, &records).await.unwrap();
    assert_eq!(commit!(database, (), |(), tx| alerts::move_all(tx, from, into).await).unwrap(), 3);
    let of = async |incident| view!(database, (), |(), tx| alerts::of_incident(tx, incident, None, 9).await).unwrap();
    assert!(of(from).await.is_empty());
    let moved = of(into).await;
    assert_eq!(moved.len(), 3);
    assert!(moved.iter().all(|record| record.placement == Some(Reason::ByHand)));
    assert!(moved.is_sorted_by_key(|record| std::cmp::Reverse(record.id)));
    let firing = view!(database, (), |(), tx| alerts::firing_of_incident(tx, into).await).unwrap();
    assert_eq!(firing.iter().map(|record| record.id).collect::<Vec<_>>(), [records[1].id, records[2].id]);
}

async fn events_are_noted_once(Place { database, .. }: Place) {
    let alert = AlertId::new(id(1));
    let events = vec![(alert, 5, "0-2".to_owned()), (alert, 7, "1".to_owned())];
    for _ in 0..2 {
        commit!(database, events.clone(), |events, tx| alerts::add_events(tx, events).await).unwrap();
    }
    let noted = view!(database, (), |(), tx| alerts::events(tx, alert, 9).await).unwrap();
    assert_eq!(noted, [(7, "1".to_owned()), (5, "0-2".to_owned())]);
}

/// Two nodes see a new key at the same time: one begins the alert, the other finds it when it is run again.
async fn the_loser_of_a_race_begins_again(place: Place) {
    let other = Database::postgres(place.url()).await.unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let trigger = |database: Database, number: u128| {
        let barrier = Arc::clone(&barrier);
        async move {
            let run = std::sync::atomic::AtomicU32::new(0);
            commit!(database, (barrier, run, number), |(barrier, run, number), tx| {
                let mut found = alerts::firing(tx, &[(service(1), "disk")]).await?;
                if run.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                    barrier.wait().await;
                }
                let mut record = found.pop().unwrap_or_else(|| {
                    let mut new = alert(*number, "disk");
                    new.alert.count = 0;
                    new
                });
                record.alert.count += 1;
                alerts::put(tx, &[&record]).await
            })
        }
    };
    let (one, two) = tokio::join!(trigger(place.database.clone(), 1), trigger(other, 2));
    one.unwrap();
    two.unwrap();
    let open = view!(place.database, (), |(), tx| alerts::list(tx, true, None, 9).await).unwrap();
    assert_eq!(open.iter().map(|record| record.alert.count).collect::<Vec<_>>(), [2]);
}

/// Whoever reads an alert to change it has it for himself: no count, and no resolution, is ever overwritten.
async fn nobody_changes_an_alert_that_somebody_has_taken(place: Place) {
    put(&place.database, &[alert(1, "disk")]).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let database = place.database.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    commit!(database, (), |(), tx| {
                        let found = alerts::firing(tx, &[(service(1), "disk")]).await?;
                        let mut record = found.into_iter().next().ok_or_else(|| Error::Corrupt("gone".into()))?;
                        record.alert.count += 1;
                        alerts::put(tx, &[&record]).await
                    })
                    .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(by_id(&place.database, vec![AlertId::new(id(1))]).await[0].alert.count, 81);
}
