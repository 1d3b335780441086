//! Timers: set, cleared, and found when they are due.

use allclear_store::timers::{self, Subject, Timer};
use jiff::Timestamp;
use uuid::Uuid;

use crate::place::{Engine, Place, commit, tests, view};
use crate::samples::{at, id};

tests! {
    Engine::ALL => timers_are_set_moved_and_cleared, what_is_said_last_holds;
    &[Engine::File, Engine::Postgres] => a_timer_of_another_version_stops_nobody;
}

type Wanted = Vec<(Subject, Uuid, Option<Timestamp>)>;

async fn put(place: &Place, wanted: Wanted) {
    commit!(place.database, wanted, |wanted, tx| timers::put(tx, wanted).await).unwrap();
}

async fn due(place: &Place, now: Timestamp, limit: i64) -> Vec<Uuid> {
    let due = view!(place.database, now, |now, tx| timers::due(tx, *now, limit).await).unwrap();
    due.iter().map(|timer| timer.id).collect()
}

async fn timers_are_set_moved_and_cleared(place: Place) {
    let next = async || view!(place.database, (), |(), tx| timers::next(tx).await).unwrap();
    assert_eq!(next().await, None);
    let both = [Subject::Incident, Subject::Alert, Subject::Line].into_iter().zip([30, 10, 20]);
    put(&place, both.map(|(subject, second)| (subject, id(1), Some(at(second)))).collect()).await;
    assert_eq!(next().await, Some(at(10)));
    let all = view!(place.database, (), |(), tx| timers::due(tx, at(30), 9).await).unwrap();
    let timer = |subject, second| Timer { subject, id: id(1), due_at: at(second) };
    assert_eq!(all, [timer(Subject::Alert, 10), timer(Subject::Line, 20), timer(Subject::Incident, 30)]);
    assert_eq!(due(&place, at(29), 9).await.len(), 2);
    assert_eq!(due(&place, at(29), 1).await.len(), 1);
    assert!(due(&place, at(9), 9).await.is_empty());

    put(
        &place,
        vec![(Subject::Alert, id(1), Some(at(40))), (Subject::Line, id(1), None), (Subject::Line, id(9), None)],
    )
    .await;
    let one = async |subject| view!(place.database, (), |(), tx| timers::one(tx, subject, id(1)).await).unwrap();
    assert_eq!(one(Subject::Alert).await, Some(at(40)));
    assert_eq!(one(Subject::Line).await, None);
    assert_eq!(next().await, Some(at(30)));
}

async fn what_is_said_last_holds(place: Place) {
    let subject = Subject::Incident;
    put(&place, vec![(subject, id(1), Some(at(1))), (subject, id(1), Some(at(2))), (subject, id(2), Some(at(1)))])
        .await;
    put(&place, vec![(subject, id(2), Some(at(3))), (subject, id(2), None), (subject, id(3), None)]).await;
    put(&place, vec![(subject, id(3), None), (subject, id(3), Some(at(4)))]).await;
    assert_eq!(due(&place, at(9), 9).await, [id(1), id(3)]);
    assert_eq!(due(&place, at(2), 9).await, [id(1)]);
    put(&place, vec![]).await;
}

/// During an upgrade the next version sets timers that this one has never heard of.
async fn a_timer_of_another_version_stops_nobody(place: Place) {
    put(&place, vec![(Subject::Incident, id(1), Some(at(5)))]).await;
    match place.engine {
        Engine::File | Engine::Memory => {
            let sql = "INSERT INTO timers (kind, subject, due_at) VALUES ('drill', zeroblob(16), 0)";
            place.sqlite().execute(sql, []).unwrap();
        }
        Engine::Postgres => {
            let sql = "INSERT INTO timers (kind, subject, due_at) VALUES ('drill', gen_random_uuid(), 0)";
            place.postgres().await.batch_execute(sql).await.unwrap();
        }
    }
    assert_eq!(due(&place, at(9), 9).await, [id(1)]);
}
